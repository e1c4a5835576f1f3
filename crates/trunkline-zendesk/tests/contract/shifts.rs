//! A list that changes between two of its pages, a carrier that is not where its links say, and an answer without its number.

use serde_json::{Value, json};
use trunkline_core::{Effect, ErrorKind, ListQuery, NumberUpdate, Provider};
use trunkline_zendesk::ZendeskConfig;
use wiremock::matchers::{path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::behaviours::adapter_of;

const NUMBERS: &str = "/api/v2/channels/voice/phone_numbers";

/// Two pages, whose links name another host; the second says how many rows there are then.
async fn server(count: u64) -> MockServer {
    let row = |id: u32| json!({"id": id, "number": format!("+1415555010{id}"), "created_at": "2026-03-02T10:00:00Z"});
    let next = "https://acme.zendesk.com/api/v2/channels/voice/phone_numbers.json?page=2";
    let first = json!({"phone_numbers": [row(1), row(2)], "count": 3, "next_page": next});
    let second = json!({"phone_numbers": [row(3)], "count": count, "next_page": Value::Null});
    let server = MockServer::start().await;
    Mock::given(path(NUMBERS))
        .and(query_param_is_missing("page"))
        .respond_with(ResponseTemplate::new(200).set_body_json(first))
        .mount(&server)
        .await;
    Mock::given(path(NUMBERS))
        .and(query_param("page", "2"))
        .respond_with(ResponseTemplate::new(200).set_body_json(second))
        .mount(&server)
        .await;
    server
}

async fn last_page(server: &MockServer) -> (std::sync::Arc<dyn Provider>, bool) {
    let config = ZendeskConfig::new("acme").with_access_token("token".into());
    let zendesk = adapter_of(&config.with_base_url(server.uri()));
    let first = zendesk.list(&ListQuery::default()).await.unwrap();
    let next = ListQuery {
        cursor: first.next,
        ..ListQuery::default()
    };
    let page = zendesk.list(&next).await.unwrap();
    assert_eq!((page.items.len(), page.next), (1, None));
    (zendesk, page.shifted)
}

#[tokio::test]
async fn pages_are_requested_from_the_accounts_own_host() {
    let server = server(3).await;
    let (zendesk, shifted) = last_page(&server).await;
    assert!(!shifted);
    let look = zendesk.find_owned(&"+14155550103".parse().unwrap()).await;
    assert!(look.unwrap().is_held());
}

#[tokio::test]
async fn a_row_that_went_between_two_pages_makes_the_list_partial_and_a_look_incomplete() {
    let server = server(2).await;
    let (zendesk, shifted) = last_page(&server).await;
    assert!(shifted);
    let look = zendesk.find_owned(&"+14155550109".parse().unwrap()).await;
    assert!(
        look.unwrap_err()
            .message()
            .contains("changed while it was read")
    );
}

#[tokio::test]
async fn answer_without_its_number_is_a_protocol_error() {
    let server = MockServer::start().await;
    let beside = json!({"ivrs": [], "all_groups": []});
    Mock::given(path(format!("{NUMBERS}/6")))
        .respond_with(ResponseTemplate::new(200).set_body_json(beside))
        .mount(&server)
        .await;
    let config = ZendeskConfig::new("acme").with_access_token("token".into());
    let zendesk = adapter_of(&config.with_base_url(server.uri()));
    let error = zendesk.get("6").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error:?}");
    let update: NumberUpdate = serde_json::from_value(json!({"label": "West"})).unwrap();
    let error = zendesk.update("6", &update).await.unwrap_err();
    let found = (error.kind(), error.effect());
    assert_eq!(found, (ErrorKind::Protocol, Effect::Unknown), "{error:?}");
}
