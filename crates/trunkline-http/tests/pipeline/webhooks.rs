//! Parcels to webhooks, over real sockets.

use trunkline_core::courier::{Courier, Parcel};
use trunkline_http::{Allowed, WebhookCourier};
use wiremock::matchers::{body_string, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn parcel(url: String) -> Parcel {
    Parcel {
        url,
        headers: vec![
            ("content-type", "application/json".to_owned()),
            ("webhook-id", "evt_1".to_owned()),
        ],
        body: r#"{"id":"evt_1"}"#.to_owned(),
    }
}

fn courier(allowed: &[&str]) -> WebhookCourier {
    WebhookCourier::new(Allowed::parse(allowed.iter().copied()).unwrap()).unwrap()
}

#[tokio::test]
async fn webhook_is_delivered_to_an_allowed_address() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/hook"))
        .and(header("webhook-id", "evt_1"))
        .and(header("content-type", "application/json"))
        .and(body_string(r#"{"id":"evt_1"}"#))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    let courier = courier(&["127.0.0.0/8"]);
    let status = courier
        .carry(&parcel(format!("{}/hook", server.uri())))
        .await;
    assert_eq!(status.unwrap(), 204);
}

#[tokio::test]
async fn private_addresses_are_unreachable_for_webhooks() {
    let server = MockServer::start().await;
    for allowed in [&[][..], &["10.0.0.0/8"][..]] {
        let port = server.address().port();
        for url in [
            format!("http://127.0.0.1:{port}/"),
            format!("http://localhost:{port}/"),
            format!("https://127.0.0.1:{port}/"),
            format!("https://localhost:{port}/"),
            format!("https://[::ffff:127.0.0.1]:{port}/"),
        ] {
            let refused = courier(allowed).carry(&parcel(url.clone())).await;
            assert!(refused.is_err(), "{url}");
        }
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let server = MockServer::start().await;
    let elsewhere = format!("{}/elsewhere", server.uri());
    Mock::given(path("/hook"))
        .respond_with(ResponseTemplate::new(307).insert_header("location", elsewhere))
        .mount(&server)
        .await;
    let courier = courier(&["127.0.0.1"]);
    let status = courier
        .carry(&parcel(format!("{}/hook", server.uri())))
        .await;
    assert_eq!(status.unwrap(), 307);
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn connection_errors_name_no_address() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let url = format!("http://127.0.0.1:{port}/token-in-path");
    let error = courier(&["127.0.0.1"])
        .carry(&parcel(url))
        .await
        .unwrap_err();
    assert!(!format!("{error}").contains("token-in-path"), "{error}");
}
