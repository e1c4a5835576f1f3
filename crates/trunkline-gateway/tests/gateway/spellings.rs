//! An id has one spelling: what is known of a number is known however its id is written.

use axum::http::StatusCode;
use serde_json::{Value, json};
use trunkline_core::NumberId;
use trunkline_core::service::journal::Annotation;

use crate::Gateway;

/// A number that each carrier holds: the first of its list.
async fn held(gateway: &Gateway, account: &str) -> String {
    let listed = gateway
        .get(&format!("/v1/numbers?account={account}&limit=1"))
        .await;
    let first = listed.json()["data"][0]["id"].clone();
    first
        .as_str()
        .map(ToOwned::to_owned)
        .unwrap_or_else(|| panic!("{account}: {}", listed.text))
}

/// Five other ways to write an id.
fn spellings(id: &str) -> [String; 5] {
    let (account, own) = id.split_once(':').unwrap();
    let encoded: String = own.bytes().map(|byte| format!("%{byte:02X}")).collect();
    [
        own.to_ascii_uppercase(),
        own.to_ascii_lowercase(),
        format!("000{own}"),
        format!("{own}="),
        encoded,
    ]
    .map(|own| format!("{account}:{own}"))
}

/// Buys or registers a number where an account holds none so far.
async fn stock(gateway: &Gateway, account: &str) {
    let listed = gateway
        .get(&format!("/v1/numbers?account={account}&limit=1"))
        .await
        .json();
    if listed["data"][0].is_object() {
        return;
    }
    let body = json!({"account": account, "number": "+14155550142"}).to_string();
    let made = match account {
        "twilio" | "signalwire" | "zendesk" => {
            let search = format!("/v1/available-numbers?country=US&accounts={account}&limit=1");
            let found = gateway.get(&search).await.json();
            let body = json!({"account": account, "number": found["data"][0]["number"]});
            gateway.buy(account, &body.to_string()).await
        }
        _ => gateway.call("POST", "/v1/numbers/register", &body).await,
    };
    assert!(made.status.is_success(), "{account}: {}", made.text);
}

#[tokio::test]
async fn an_id_means_one_number_however_it_is_written() {
    let gateway = Gateway::with_all_carriers().await;
    for account in ["twilio", "signalwire", "zendesk", "webex", "wazo"] {
        stock(&gateway, account).await;
        let id = held(&gateway, account).await;
        let own = format!("/v1/numbers/{id}");
        let body = json!({"protected": true, "tags": ["front"]}).to_string();
        let protected = gateway.call("PATCH", &own, &body).await;
        assert_eq!(protected.status, StatusCode::OK, "{}", protected.text);
        for spelling in spellings(&id) {
            let path = format!("/v1/numbers/{spelling}");
            let missing = |status: StatusCode| {
                matches!(status, StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST)
            };
            let shown = gateway.get(&path).await;
            if !missing(shown.status) {
                let shown = shown.json();
                assert_eq!(shown["id"], id.as_str(), "{spelling}");
                assert_eq!(shown["protected"], true, "{spelling}");
            }
            let released = gateway.call("DELETE", &path, "").await;
            let kept = released.status == StatusCode::LOCKED || missing(released.status);
            assert!(kept, "{spelling}: {} {}", released.status, released.text);
            let tagged = json!({"tags": [spelling]}).to_string();
            let tagged = gateway.call("PATCH", &path, &tagged).await;
            let now = gateway.get(&own).await.json();
            let wanted = match missing(tagged.status) {
                true => Value::Null,
                false => spelling.clone().into(),
            };
            if !wanted.is_null() {
                assert_eq!(
                    now["tags"][0], wanted,
                    "{spelling}: kept where nobody reads it"
                );
            }
            let restored = gateway
                .call("POST", &format!("{path}/restore"), "{}")
                .await
                .status;
            assert!(
                restored == StatusCode::CONFLICT || missing(restored),
                "{spelling}: {restored}"
            );
            let purchases = format!("/v1/audit?limit=1&account={account}");
            let row = gateway.get(&purchases).await.json();
            let resource = row["data"][0]["resource"]
                .as_str()
                .unwrap_or(&id)
                .to_owned();
            assert!(
                resource == id || missing(tagged.status),
                "{spelling}: audited as {resource}"
            );
        }
        let body = json!({"protected": false}).to_string();
        assert_eq!(
            gateway.call("PATCH", &own, &body).await.status,
            StatusCode::OK
        );
    }
}

/// As an earlier version left it in the database.
#[tokio::test]
async fn what_was_noted_under_other_spellings_is_joined_under_the_one() {
    let gateway = Gateway::with_all_carriers().await;
    stock(&gateway, "zendesk").await;
    let id = held(&gateway, "zendesk").await;
    let store = &gateway.services.store;
    let noted = |tag: &str, protected: bool| Annotation {
        tags: vec![tag.to_owned()],
        protected,
        ..Annotation::default()
    };
    let other: NumberId = id.replace(':', ":0").parse().unwrap();
    store
        .annotate(&id.parse().unwrap(), &noted("a", false))
        .await
        .unwrap();
    store.annotate(&other, &noted("b", true)).await.unwrap();
    for _ in 0..2 {
        gateway.services.numbers.respell().await.unwrap();
        let shown = gateway.get(&format!("/v1/numbers/{id}")).await.json();
        assert_eq!(shown["tags"], json!(["a", "b"]));
        assert_eq!(shown["protected"], true);
    }
    let left = store.annotations(&[other]).await.unwrap();
    assert!(
        left.iter()
            .all(|(_, noted)| *noted == Annotation::default()),
        "{left:?}"
    );
}
