//! Requests about numbers.

use trunkline_core::{ErrorKind, ProviderData};
use trunkline_http::{Body, Replay};

use super::*;

const ID: &str = "aaaaaaaa-0000-4000-8000-000000000001";

fn order() -> PurchaseOrder {
    PurchaseOrder::new("main".parse().unwrap(), "+14155550100".parse().unwrap())
}

fn options(json: &str) -> ProviderData {
    serde_json::from_str(json).unwrap()
}

fn body(request: &ApiRequest) -> &str {
    match &request.body {
        Body::Json(json) => std::str::from_utf8(json).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn purchase_is_the_number_alone_and_never_repeated() {
    let order = PurchaseOrder {
        label: Some("Front desk".into()),
        provider_options: options(r#"{"call_receive_mode": "fax"}"#),
        ..order()
    };
    let request = purchase(&order).unwrap();
    assert_eq!(request.replay, Replay::Never);
    assert_eq!(body(&request), r#"{"number":"+14155550100"}"#);
    let after = settings_after(&order, false).unwrap().unwrap();
    assert_eq!(
        serde_json::to_string(&after).unwrap(),
        r#"{"label":"Front desk","provider_options":{"call_receive_mode":"fax"}}"#
    );
    assert_eq!(settings_after(&self::order(), false).unwrap(), None);
}

#[test]
fn order_with_an_impossible_setting_is_rejected_before_it_is_paid_for() {
    let refused = |order: PurchaseOrder| {
        let error = settings_after(&order, false).unwrap_err();
        (error.kind(), error.fields()[0].field.clone())
    };
    let addressed = PurchaseOrder {
        address_id: Some(ID.into()),
        ..order()
    };
    assert_eq!(
        purchase(&addressed).unwrap_err().kind(),
        ErrorKind::Unsupported
    );
    let field = (ErrorKind::Unsupported, "address_id".to_owned());
    assert_eq!(refused(addressed), field);
    let odd = PurchaseOrder {
        provider_options: options(r#"{"call_recieve_mode": "fax"}"#),
        ..order()
    };
    let field = "provider_options.call_recieve_mode".to_owned();
    assert_eq!(refused(odd), (ErrorKind::InvalidRequest, field));
}

#[test]
fn cursor_leads_only_to_its_collection() {
    let pages = |link: &str| ApiRequest::at_cursor(Operation::List, &collection(NUMBERS), link);
    for link in [
        "/api/relay/rest/phone_numbers?filter_number=%2B1415&page_number=1&page_token=PAx",
        "https://acme.signalwire.example/api/relay/rest/phone_numbers?filter_number=%2B1415&page_number=1&page_token=PAx",
        "/relay/rest/phone_numbers?filter_number=%2B1415&page_number=1&page_token=PAx",
        "https://10.0.0.1:8443/api/relay/rest/phone_numbers?filter_number=%2B1415&page_number=1&page_token=PAx",
    ] {
        let next = pages(link).unwrap();
        assert_eq!(next.path, "api/relay/rest/phone_numbers");
        let query: Vec<_> = next.query.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(query, ["+1415", "1", "PAx"], "{link}");
    }
    for bad in [
        "?page_number=1",
        "/api/relay/rest/verified_caller_ids?page_number=1",
        "/api/relay/rest/phone_numbers/search?page_number=1",
        "/api/relay/rest/phone_numbers/../addresses?page_number=1",
        "/api/relay/rest/phone_numbers",
        "/../x?page_number=1",
        "nonsense",
        "",
    ] {
        let error = pages(bad).unwrap_err();
        assert_eq!(error.fields()[0].field, "cursor", "{bad}");
    }
}

#[test]
fn only_a_uuid_is_an_id() {
    assert!(get(Operation::Get, ID).is_ok());
    for id in ["", "search", "../addresses", "no such id", "?x=1"] {
        for request in [
            get(Operation::Get, id),
            release(id),
            emergency_address(id, None),
        ] {
            assert_eq!(request.unwrap_err().kind(), ErrorKind::NotFound, "{id}");
        }
    }
}

#[test]
fn digits_are_searched_with_the_number_filter() {
    let query = |query: ListQuery| {
        let request = list(&query).unwrap();
        let pairs = request.query.into_iter();
        pairs.map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>()
    };
    let by = ListQuery {
        contains: Some("0142".into()),
        label: Some("Desk".into()),
        limit: 5000,
        ..ListQuery::default()
    };
    let wanted = ["filter_number=0142", "filter_name=Desk", "page_size=1000"];
    assert_eq!(query(by), wanted);
    assert!(query(ListQuery::default()).is_empty());
}

#[test]
fn emergency_address_is_set_or_removed_once() {
    let set = emergency_address(ID, Some("x")).unwrap();
    assert_eq!(
        (set.replay, body(&set)),
        (Replay::Never, r#"{"e911_address_id":"x"}"#)
    );
    let taken = emergency_address(ID, None).unwrap();
    assert_eq!(
        (taken.replay, taken.method.as_str()),
        (Replay::Never, "DELETE")
    );
}
