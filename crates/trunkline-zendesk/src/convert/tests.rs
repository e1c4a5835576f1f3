use trunkline_core::{Number, Routing};

use trunkline_http::wire::Unnamed;

use super::fields::place;
use super::*;
use crate::wire;

fn read(json: &str) -> Number {
    let row: wire::PhoneNumber<'_> = serde_json::from_str(json).unwrap();
    number(&"main".parse().unwrap(), row, Unnamed::default()).unwrap()
}

#[test]
fn digits_decide_the_country_and_another_of_zendesks_is_kept() {
    let number = read(r#"{"id": 6, "number": "+353209105124", "country_code": "US"}"#);
    assert_eq!(number.country.unwrap().as_str(), "IE");
    assert_eq!(number.provider_data.as_json(), r#"{"country_code":"US"}"#);
    let odd = read(r#"{"id": 6, "number": "+353209105124", "country_code": "XX"}"#);
    assert_eq!(odd.country.unwrap().as_str(), "IE");
    assert_eq!(odd.provider_data.as_json(), r#"{"country_code":"XX"}"#);
}

#[test]
fn name_is_a_label_only_if_somebody_gave_it() {
    let label = |rest: &str| {
        let json = format!(
            r#"{{"id": 6, "number": "+14155550100", "display_number": "+1 (415) 555-0100"{rest}}}"#
        );
        read(&json).label
    };
    assert_eq!(label(r#", "name": "+1 (415) 555-0100""#), None);
    assert_eq!(label(r#", "name": "+14155550100", "nickname": null"#), None);
    assert_eq!(label(r#", "name": "Sales""#).as_deref(), Some("Sales"));
    assert_eq!(
        label(r#", "name": "Sales", "nickname": "West""#).as_deref(),
        Some("West")
    );
}

#[test]
fn a_menu_comes_before_groups_which_are_kept() {
    let number = read(r#"{"id": 6, "ivr_id": 4, "group_ids": [1, 2], "sms_group_id": 7}"#);
    assert_eq!(number.voice, Routing::Ivr { id: "4".into() });
    assert_eq!(
        number.messaging,
        Routing::Group {
            ids: vec!["7".into()]
        }
    );
    assert_eq!(number.provider_data.as_json(), r#"{"group_ids":[1, 2]}"#);
    let groups = read(r#"{"id": 6, "ivr_id": null, "group_ids": [1, 2]}"#);
    assert_eq!(
        groups.voice,
        Routing::Group {
            ids: vec!["1".into(), "2".into()]
        }
    );
}

#[test]
fn row_without_a_number_has_the_one_that_people_read() {
    let shown = |json: &str| {
        let number = read(json);
        (number.number, number.display_number)
    };
    assert_eq!(
        shown(r#"{"id": 6, "display_number": "+1 (240) 5550123"}"#),
        (Some("+12405550123".into()), "+1 (240) 5550123".into())
    );
    assert_eq!(
        shown(r#"{"id": 6, "display_number": "0123"}"#),
        (None, "0123".into())
    );
    assert_eq!(shown(r#"{"id": 6}"#), (None, String::new()));
    assert_eq!(
        shown(r#"{"id": 6, "number": "12405550123"}"#).0,
        Some("12405550123".into())
    );
}

#[test]
fn an_unreadable_date_is_kept_and_an_external_number_was_not_purchased() {
    let odd = read(r#"{"id": 6, "created_at": "yesterday"}"#);
    assert_eq!(odd.purchased_at, None);
    assert_eq!(odd.provider_data.as_json(), r#"{"created_at":"yesterday"}"#);
    let external = read(r#"{"id": 6, "external": true, "created_at": "2026-03-02T10:00:00Z"}"#);
    assert!(external.external && external.purchased_at.is_none());
    assert_eq!(
        external.provider_data.as_json(),
        r#"{"created_at":"2026-03-02T10:00:00Z"}"#
    );
}

#[test]
fn a_place_is_a_state_or_a_city() {
    assert_eq!(place(Some("CA".into())).region.as_deref(), Some("CA"));
    assert_eq!(
        place(Some("Leeds".into())).locality.as_deref(),
        Some("Leeds")
    );
    assert_eq!(place(None), Default::default());
}
