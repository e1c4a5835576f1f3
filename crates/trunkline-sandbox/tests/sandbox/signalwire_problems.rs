//! Requests with several things wrong: all of them are named at once.

use serde_json::json;
use trunkline_sandbox::CarrierSettings;

use crate::signalwire_support::{SIGNALWIRE, Space, column, refused};
use crate::support::Read;

fn codes(answer: &Read) -> Vec<&str> {
    let (status, codes) = refused(answer);
    assert_eq!(status, 422, "{}", answer.text);
    codes
}

#[tokio::test]
async fn everything_wrong_with_a_body_is_named_at_once() {
    let space = Space::start().await;
    let body = json!({ "number": "0100", "name": "x".repeat(201), "extension": "seven" });
    assert_eq!(
        codes(&space.post("verified_caller_ids", &body).await),
        [
            "invalid_number_format",
            "invalid_parameter",
            "invalid_parameter"
        ]
    );
    let body = json!({ "sticky_sender": "yes" });
    assert_eq!(
        codes(&space.post("number_groups", &body).await),
        ["missing_required_parameter", "not_a_boolean"]
    );
    let body = json!({
        "label": "Desk", "country": "US", "first_name": "A", "last_name": 1, "street_number": "1",
        "street_name": "Main", "city": "X", "state": "CA", "postal_code": "94102",
        "address_type": "Castle", "emergency_enabled": "yes",
    });
    assert_eq!(
        codes(&space.post("addresses", &body).await),
        ["not_a_string", "unsupported_option", "not_a_boolean"]
    );
}

#[tokio::test]
async fn everything_wrong_with_a_query_is_named_at_once() {
    let space = Space::start().await;
    let query = "phone_numbers?page_size=0&page_number=x&page_token=x";
    assert_eq!(
        codes(&space.get(query).await),
        [
            "invalid_parameter",
            "invalid_parameter",
            "page_token_is_invalid"
        ]
    );
    let query =
        "phone_numbers/search?number_type=mobile&max_results=1000&starts_with=415&ends_with=0100";
    assert_eq!(
        codes(&space.get(query).await),
        [
            "invalid_parameter",
            "invalid_parameter",
            "incompatible_parameters"
        ]
    );
}

#[tokio::test]
async fn a_page_size_that_is_not_declared_is_ignored_if_so_set() {
    let space = Space::start().await;
    for number in ["+14155550101", "+14155550102"] {
        let body = json!({ "number": number });
        assert_eq!(space.post("verified_caller_ids", &body).await.status, 201);
    }
    let page = "verified_caller_ids?page_size=1";
    assert_eq!(column(&space.get(page).await, "id").len(), 1);
    let settings = CarrierSettings {
        declared_paging_only: true,
        ..CarrierSettings::OFF
    };
    space.sandbox.set_settings(SIGNALWIRE, settings).unwrap();
    assert_eq!(column(&space.get(page).await, "id").len(), 2);
    space.buy_some(2).await;
    let declared = space.get("phone_numbers?page_size=1").await;
    assert_eq!(column(&declared, "id").len(), 1, "that list declares it");
}
