//! What the API says of each provider is what its adapter's descriptor says, and what the adapter does.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::Gateway;

async fn providers(gateway: &Gateway) -> Vec<Value> {
    let answer = gateway.get("/v1/providers").await.json();
    answer["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn each_provider_has_label_documentation_rights_and_settings_without_values() {
    let gateway = Gateway::with_all_carriers().await;
    let providers = providers(&gateway).await;
    assert_eq!(providers.len(), trunkline::descriptors().len());
    assert!(providers.is_sorted_by_key(|provider| provider["name"].to_string()));
    for (provider, text) in providers.iter().map(|one| (one, one.to_string())) {
        let name = provider["name"].as_str();
        let all = trunkline::descriptors();
        let own = all.iter().find(|it| Some(it.provider.as_str()) == name);
        let own = own.unwrap();
        assert_eq!(provider["label"], own.label);
        assert_eq!(provider["documentation"], json!(own.documentation));
        assert_eq!(provider["write_rights"], own.to_write);
        let settings = provider["settings"].as_array().unwrap();
        let secrets = settings.iter().filter(|it| it["secret"] == true);
        let secrets: Vec<_> = secrets.map(|it| it["key"].as_str().unwrap()).collect();
        assert_eq!(secrets, own.secrets().collect::<Vec<_>>());
        assert!(
            !text.contains("'sandbox'") && !text.contains("\"sandbox\""),
            "{text}"
        );
    }
}

#[tokio::test]
async fn account_can_do_what_its_provider_can() {
    let gateway = Gateway::with_all_carriers().await;
    for provider in providers(&gateway).await {
        let name = provider["name"].as_str().unwrap();
        let account = gateway.get(&format!("/v1/accounts/{name}")).await.json();
        assert_eq!(account["capability"], provider["capability"], "{name}");
    }
}

/// A number that an account holds: bought where numbers are sold, else registered.
async fn held(gateway: &Gateway, provider: &Value) -> String {
    let name = provider["name"].as_str().unwrap();
    let sells = provider["capability"]["search_limit_max"] != 0;
    let answer = if sells {
        let body = json!({"criteria": {"country": "US", "accounts": [name]}});
        gateway.buy(name, &body.to_string()).await.json()["number"].clone()
    } else {
        let listed = gateway
            .get(&format!("/v1/numbers?account={name}&limit=1"))
            .await
            .json();
        match listed["data"].get(0) {
            Some(number) => number.clone(),
            None => {
                let body = json!({"account": name, "number": "+14155550142"}).to_string();
                gateway
                    .call("POST", "/v1/numbers/register", &body)
                    .await
                    .json()
            }
        }
    };
    answer["id"]
        .as_str()
        .unwrap_or_else(|| panic!("{name}: {answer}"))
        .to_owned()
}

#[tokio::test]
async fn only_routing_types_of_the_descriptor_are_supported() {
    let gateway = Gateway::with_all_carriers().await;
    let types = [
        json!({"type": "none"}),
        json!({"type": "webhook", "url": "https://voice.example.com/in"}),
        json!({"type": "application", "id": "x"}),
        json!({"type": "sip_endpoint", "id": "x"}),
        json!({"type": "trunk", "id": "x"}),
        json!({"type": "group", "ids": ["x"]}),
        json!({"type": "ivr", "id": "x"}),
        json!({"type": "provider", "handler": "relay_topic", "options": {"topic": "office"}}),
    ];
    for provider in providers(&gateway).await {
        let id = held(&gateway, &provider).await;
        for (field, routing) in ["voice", "messaging"]
            .iter()
            .flat_map(|field| types.iter().map(move |it| (field, it)))
        {
            let body = json!({*field: routing}).to_string();
            let answer = gateway
                .call("PATCH", &format!("/v1/numbers/{id}"), &body)
                .await;
            let refused = answer.status == StatusCode::UNPROCESSABLE_ENTITY
                && answer.json()["kind"] == "unsupported";
            let known = provider[field]
                .as_array()
                .unwrap()
                .contains(&routing["type"]);
            assert_eq!(refused, !known, "{id} {body}: {}", answer.text);
        }
    }
}
