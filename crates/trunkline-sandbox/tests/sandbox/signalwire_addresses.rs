//! Emergency addresses, lookups and number groups at SignalWire.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::signalwire_support::{LONG, Space, column, plain, refused};

fn address(country: &str) -> Value {
    json!({
        "label": "Head office", "country": country, "first_name": "Ada", "last_name": "Byte",
        "street_number": "1", "street_name": "Main St", "city": "Oakland", "state": "CA", "postal_code": "94601",
    })
}

#[tokio::test]
async fn an_address_is_made_listed_changed_and_deleted() {
    let space = Space::start().await;
    let made = space.post("addresses", &address("US")).await;
    assert_eq!(made.status, 200);
    assert_eq!(made.json["zip_code"], "94601");
    assert_eq!(made.json["validated"], true);
    assert_eq!(made.json["address_type"], Value::Null);
    let path = format!("addresses/{}", made.text_of("id"));
    for (query, found) in [("", 1), ("filter_label=head", 1), ("filter_label=x", 0)] {
        let list = space.get(&format!("addresses?{query}")).await;
        assert_eq!(column(&list, "id").len(), found, "{query}");
    }
    let mut moved = address("US");
    moved["city"] = "Fremont".into();
    assert_eq!(space.put(&path, &moved).await.json["city"], "Fremont");
    assert_eq!(space.get(&path).await.json["city"], "Fremont");
    assert_eq!(space.delete(&path).await.status, 204);
    assert_eq!(plain(&space.get(&path).await), (404, "Not Found"));
    let missing = space.post("addresses", &json!({ "label": "x" })).await;
    assert_eq!(refused(&missing).1, ["missing_required_parameter"; 8]);
    moved["address_type"] = "Cave".into();
    let cave = space.post("addresses", &moved).await;
    assert_eq!(refused(&cave), (422, vec!["unsupported_option"]));
}

#[tokio::test]
async fn an_emergency_address_takes_two_minutes_to_come_and_to_go() {
    let space = Space::start().await;
    let number = format!("phone_numbers/{}", space.buy_some(1).await[0]);
    let path = format!("{number}/e911_address");
    let made = space.post("addresses", &address("US")).await.text_of("id");
    let body = json!({ "e911_address_id": made });
    let status = async || space.get(&number).await.json["e911_status"].clone();
    let pending = space.post(&path, &body).await;
    assert_eq!(pending.json["e911_status"], "pending");
    assert_eq!(pending.json["e911_address_id"], made.as_str());
    let early = space.delete(&path).await;
    assert_eq!(refused(&early), (422, vec!["invalid_state"]));
    let twice = space.post(&path, &body).await;
    assert_eq!(refused(&twice), (422, vec!["already_assigned"]));
    let used = space.delete(&format!("addresses/{made}")).await;
    assert_eq!(refused(&used), (422, vec!["resource_not_deletable"]));
    space.sandbox.advance_clock(Duration::from_secs(120));
    assert_eq!(status().await, "active");
    let removing = space.delete(&path).await;
    assert_eq!(removing.json["e911_status"], "pending_removal");
    space.sandbox.advance_clock(Duration::from_secs(120));
    assert_eq!(status().await, "unregistered");
    let gone = space.get(&number).await;
    assert_eq!(gone.json["e911_address_id"], Value::Null);
}

#[tokio::test]
async fn only_an_address_in_the_united_states_is_assigned() {
    let space = Space::start().await;
    let number = format!("phone_numbers/{}", space.buy_some(1).await[0]);
    let path = format!("{number}/e911_address");
    let made = space.post("addresses", &address("CA")).await;
    assert_eq!(made.json["validated"], false);
    let body = json!({ "e911_address_id": made.text_of("id") });
    let answer = space.post(&path, &body).await;
    let wanted = (422, vec!["not_available_for_assignment"]);
    assert_eq!(refused(&answer), wanted);
    let unknown = space.post(&path, &json!({ "e911_address_id": "x" })).await;
    assert_eq!(refused(&unknown), (422, vec!["does_not_exist"]));
}

#[tokio::test]
async fn a_lookup_takes_a_bare_plus_sign() {
    let space = Space::start().await;
    let path = "lookup/phone_number/";
    for number in ["+14155550100", "%2B14155550100"] {
        let found = space.get(&format!("{path}{number}?include=carrier")).await;
        assert_eq!(found.json["e164"], "+14155550100");
        assert_eq!(found.json["country_code"], "US");
        assert_eq!(found.json["country_code_number"], 1);
        assert!(found.json["carrier"].is_object());
        assert_eq!(found.json.get("cnam"), None);
    }
    let none = space.get(&format!("{path}911")).await;
    assert_eq!(refused(&none), (422, vec!["invalid_number_format"]));
}

#[tokio::test]
async fn a_group_counts_its_numbers() {
    let space = Space::start().await;
    let ids = space.buy_some(2).await;
    let made = space
        .post("number_groups", &json!({ "name": "Sales" }))
        .await;
    let group = format!("number_groups/{}", made.text_of("id"));
    let members = format!("{group}/number_group_memberships");
    let mut joined = Vec::new();
    for id in &ids {
        let body = json!({ "phone_number_id": id });
        joined.push(space.post(&members, &body).await.text_of("id"));
        let twice = space.post(&members, &body).await;
        assert_eq!(refused(&twice), (422, vec!["value_not_unique"]));
    }
    let count = async || space.get(&group).await.json["phone_number_count"].clone();
    assert_eq!(count().await, 2);
    joined.reverse();
    assert_eq!(column(&space.get(&members).await, "id"), joined);
    let member = format!("number_group_memberships/{}", joined[0]);
    let shown = space.get(&member).await;
    assert_eq!(shown.json["phone_number"]["id"], ids[1].as_str());
    assert_eq!(space.delete(&member).await.status, 204);
    assert_eq!(count().await, 1);
    space.sandbox.advance_clock(LONG);
    space.delete(&format!("phone_numbers/{}", ids[0])).await;
    assert_eq!(count().await, 0, "a released number is in no group");
    let renamed = space.put(&group, &json!({ "name": "Support" })).await;
    assert_eq!(renamed.json["name"], "Support");
    assert_eq!(column(&space.get("number_groups").await, "id").len(), 1);
    assert_eq!(space.delete(&group).await.status, 204);
    assert_eq!(plain(&space.get(&group).await), (404, "Not Found"));
}

#[tokio::test]
async fn importing_is_not_enabled() {
    let space = Space::start().await;
    let answer = space.bare(Method::POST, "imported_phone_numbers").await;
    assert_eq!(refused(&answer), (422, vec!["feature_not_available"]));
}
