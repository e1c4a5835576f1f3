//! Searches that a carrier answers only in part, and words that it does not know.

use axum::http::StatusCode;
use serde_json::{Value, json};
use trunkline_sandbox::{ProviderKind, StockOrder};

use crate::{Gateway, request};

fn stock(gateway: &Gateway, kind: ProviderKind, count: usize) {
    let order = StockOrder {
        country: "US".to_owned(),
        area_code: Some("415".to_owned()),
        number_type: None,
        count,
    };
    gateway.sandbox.set_stock(kind, &order).unwrap();
}

async fn search(gateway: &Gateway, query: &str) -> (Vec<String>, Value) {
    let path = format!("/v1/available-numbers?country=US&{query}");
    let answer = gateway.get(&path).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let answer = answer.json();
    let numbers = answer["data"].as_array().unwrap().iter();
    let numbers = numbers.map(|row| row["number"].as_str().unwrap().to_owned());
    (numbers.collect(), answer["sources"][0].clone())
}

/// Every other digit of a national number, anchored at both ends.
fn gaps(number: &str) -> String {
    let digits = number.trim_start_matches("+1").char_indices();
    let kept = digits.map(|(at, digit)| if at % 2 == 0 { digit } else { '*' });
    format!("^{}$", kept.collect::<String>())
}

#[tokio::test]
async fn pattern_with_gaps_is_found_at_a_carrier_without_patterns() {
    let gateway = Gateway::start().await;
    stock(&gateway, ProviderKind::Twilio, 200);
    let (all, _) = search(&gateway, "area_code=415&limit=100").await;
    for wanted in [&all[7], &all[63]] {
        let query = format!("area_code=415&contains={}&limit=5", gaps(wanted));
        let (found, source) = search(&gateway, &query).await;
        assert!(found.contains(wanted), "{wanted}: {found:?}");
        assert_eq!(
            source["filters"]["local"],
            json!(["contains"]),
            "{source:#}"
        );
    }
}

#[tokio::test]
async fn matching_number_is_found_beyond_the_first_rows() {
    let gateway = Gateway::with_all_carriers().await;
    for account in ["twilio", "signalwire", "zendesk"] {
        for feature in ["sms", "mms", "fax"] {
            let path = format!("accounts={account}&features={feature}");
            let (all, _) = search(&gateway, &format!("{path}&limit=100")).await;
            let (few, source) = search(&gateway, &format!("{path}&limit=1")).await;
            assert_eq!(few.len(), all.len().min(1), "{path}: {source:#}");
        }
    }
}

/// More numbers than Twilio shows at once, and a pattern that none of them fits.
#[tokio::test]
async fn no_match_is_partial_where_the_carrier_has_more() {
    let gateway = Gateway::start().await;
    stock(&gateway, ProviderKind::Twilio, 1_500);
    let criteria = json!({"country": "US", "area_code": "415", "contains": "^4*5*9*9*9*$"});
    let (found, source) = search(&gateway, "area_code=415&contains=^4*5*9*9*9*$").await;
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(
        (&source["status"], &source["truncated"]),
        (&json!("ok"), &json!(true))
    );
    let order = json!({"criteria": criteria}).to_string();
    let refused = gateway.buy("order-1", &order).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text);
    let refused = refused.json();
    assert_eq!(refused["kind"], "not_available");
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains("it may have more"), "{detail}");
    assert_eq!(gateway.ledger().purchases.len(), 0);
}

#[tokio::test]
async fn type_is_read_in_any_case_and_foreign_area_code_is_explained() {
    let gateway = Gateway::with_all_carriers().await;
    let (free, _) = search(&gateway, "type=toll_free&accounts=twilio&limit=1").await;
    let order = json!({"account": "twilio", "number": free[0]}).to_string();
    let headers = [("idempotency-key", "order-1")];
    let bought = gateway
        .send(request("POST", "/v1/numbers", &headers, &order))
        .await;
    assert_eq!(bought.status, StatusCode::CREATED, "{}", bought.text);
    for word in ["toll_free", "TOLL_FREE", "Toll-Free", "tollfree"] {
        let path = format!("/v1/numbers?account=twilio&type={word}");
        let listed = gateway.get(&path).await.json();
        assert_eq!(listed["data"][0]["number"], free[0].as_str(), "{word}");
    }
    let elsewhere = gateway
        .get("/v1/available-numbers?country=US&area_code=787")
        .await;
    assert_eq!(
        elsewhere.status,
        StatusCode::BAD_REQUEST,
        "{}",
        elsewhere.text
    );
    assert_eq!(elsewhere.field(), "area_code");
    assert!(
        elsewhere.text.contains("search with country PR"),
        "{}",
        elsewhere.text
    );
}
