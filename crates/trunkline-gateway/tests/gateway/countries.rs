//! Where numbers are on sale.

use axum::http::StatusCode;
use serde_json::{Value, json};
use trunkline_sandbox::{Fault, FaultPlan, ProviderKind};

use crate::Gateway;

fn source<'a>(answer: &'a Value, account: &str) -> &'a Value {
    let mut sources = answer["sources"].as_array().unwrap().iter();
    sources.find(|source| source["account"] == account).unwrap()
}

#[tokio::test]
async fn countries_on_sale_are_listed_for_each_account() {
    let gateway = Gateway::with_all_carriers().await;
    let answer = gateway.get("/v1/countries").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let answer = answer.json();
    let data = answer["data"].as_array().unwrap();
    let rows = data
        .iter()
        .map(|row| (row["country"].as_str(), row["account"].as_str()));
    assert!(rows.is_sorted(), "{answer:#}");
    let of = |account: &str, country: &str| {
        let mut rows = data.iter();
        rows.find(|row| row["account"] == account && row["country"] == country)
    };
    let british = of("twilio", "GB").unwrap();
    assert_eq!(british["name"], "United Kingdom");
    let types = british["number_types"].as_array().unwrap();
    assert!(types.contains(&json!("local")) && types.contains(&json!("mobile")));
    // What SignalWire sells is the same for everybody.
    let american = of("signalwire", "US").unwrap();
    assert_eq!(american["number_types"], json!(["local", "toll_free"]));
    assert_eq!(of("signalwire", "GB"), None);
    for account in ["webex", "wazo"] {
        assert_eq!(
            source(&answer, account)["status"],
            "unsupported",
            "{account}"
        );
    }
    let told = source(&answer, "twilio");
    assert_eq!(
        (&told["status"], &told["count"]),
        (&json!("ok"), &json!(16))
    );
}

#[tokio::test]
async fn countries_are_filtered_by_country_and_account() {
    let gateway = Gateway::with_all_carriers().await;
    let path = "/v1/countries?country=gb&accounts=twilio,signalwire";
    let answer = gateway.get(path).await.json();
    assert_eq!(answer["data"].as_array().unwrap().len(), 1, "{answer:#}");
    assert_eq!(answer["sources"].as_array().unwrap().len(), 2);
    assert_eq!(source(&answer, "signalwire")["count"], 0);
    for (query, status, field) in [
        ("country=UK", StatusCode::BAD_REQUEST, "country"),
        ("country=xx", StatusCode::BAD_REQUEST, "country"),
        ("accounts=", StatusCode::BAD_REQUEST, "accounts"),
        ("accounts=nobody", StatusCode::NOT_FOUND, "accounts"),
        ("land=GB", StatusCode::BAD_REQUEST, "land"),
    ] {
        let refused = gateway.get(&format!("/v1/countries?{query}")).await;
        let found = (refused.status, refused.field());
        assert_eq!(
            found,
            (status, field.to_owned()),
            "{query}: {}",
            refused.text
        );
    }
}

#[tokio::test]
async fn unreachable_carrier_is_a_source_with_an_error() {
    let gateway = Gateway::with_all_carriers().await;
    let away = Fault::status(401);
    let plan = FaultPlan::always(ProviderKind::Twilio, "list_countries", away);
    gateway.sandbox.inject(plan).unwrap();
    let answer = gateway.get("/v1/countries?country=US").await.json();
    assert_eq!(source(&answer, "twilio")["status"], "error", "{answer:#}");
    assert_eq!(source(&answer, "signalwire")["status"], "ok");
}
