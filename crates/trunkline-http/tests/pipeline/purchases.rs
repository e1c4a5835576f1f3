use std::time::Duration;

use trunkline_core::{Effect, ErrorKind, Retry};
use trunkline_http::{ApiRequest, Explained, HttpClient};

use crate::harness::*;

const CUT: &str = "HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{\"sid\":";

#[tokio::test]
async fn a_purchase_is_never_sent_again_after_a_503_with_retry_after() {
    let server = server([told_to_wait(503, "5"), status(201)]).await;
    let client = client(&server.uri());
    let error = client.send(purchase()).await.unwrap_err();
    assert_eq!(received(&server).await, 1);
    assert_eq!(error.kind(), ErrorKind::UpstreamUnavailable);
    assert_eq!(
        (error.effect(), error.retry()),
        (Effect::Unknown, Retry::Never)
    );
    assert!(client.health().held_for.is_some());
}

#[tokio::test]
async fn a_purchase_is_never_sent_again_after_a_status_that_proves_nothing() {
    for answer in [302, 408, 409, 500, 502, 504] {
        let server = server([status(answer), status(201)]).await;
        let error = client(&server.uri()).send(purchase()).await.unwrap_err();
        assert_eq!(received(&server).await, 1, "{answer}");
        assert_eq!(error.effect(), Effect::Unknown, "{answer}");
    }
}

#[tokio::test]
async fn a_purchase_whose_connection_was_reset_is_unknown() {
    let server = RawServer::start(&[Then::Close, Then::Close]);
    let error = client(&server.base).send(purchase()).await.unwrap_err();
    assert_eq!(server.requests(), 1);
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(error.effect(), Effect::Unknown);
}

#[tokio::test]
async fn a_purchase_whose_answer_was_cut_is_unknown() {
    let server = RawServer::start(&[Then::Write(CUT), Then::Close]);
    let error = client(&server.base).send(purchase()).await.unwrap_err();
    assert_eq!((server.requests(), error.effect()), (1, Effect::Unknown));
}

#[tokio::test]
async fn a_purchase_without_an_answer_in_its_time_is_unknown() {
    let server = RawServer::start(&[Then::Hang, Then::Hang]);
    let mut profile = profile(&server.base);
    profile.timeouts.once = Duration::from_millis(50);
    let client = HttpClient::new(profile).unwrap();
    let error = client.send(purchase()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Timeout, Effect::Unknown)
    );
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_purchase_on_its_way_is_not_cut_by_the_callers_deadline() {
    let server = server([status(201).set_delay(Duration::from_millis(100))]).await;
    let client = client(&server.uri());
    let response = send_within(&client, purchase(), Duration::from_millis(40)).await;
    assert_eq!(response.unwrap().status, 201);
}

#[tokio::test]
async fn a_purchase_that_never_connected_has_no_effect() {
    let error = client(&nobody()).send(purchase()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UpstreamUnavailable);
    assert_eq!(
        (error.effect(), error.retry()),
        (Effect::None, Retry::Backoff)
    );
}

#[tokio::test]
async fn a_purchase_refused_as_too_early_is_sent_again_if_the_adapter_vouches() {
    let server = server([told_to_wait(429, "5"), status(201)]).await;
    let client = client(&server.uri());
    let time = async {
        until(|| client.health().held_for.is_some()).await;
        pass_time(Duration::from_secs(5)).await;
    };
    let (response, ()) = tokio::join!(client.send(purchase()), time);
    assert_eq!(response.unwrap().status, 201);
    assert_eq!(received(&server).await, 2);
}

#[tokio::test]
async fn purchase_refused_as_too_early_is_unknown_unless_the_adapter_rules_it_out() {
    let server = server([told_to_wait(429, "5"), status(201)]).await;
    let mut profile = profile(&server.uri());
    profile.explain = Explained::by_status;
    let client = HttpClient::new(profile).unwrap();
    let error = client.send(purchase()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::RateLimited, Effect::Unknown)
    );
    assert_eq!(received(&server).await, 1);
}

#[tokio::test]
async fn a_refused_purchase_keeps_the_carriers_words() {
    let problem = r#"{"code": 21422, "message": "not available"}"#;
    let answer = status(400)
        .set_body_string(problem)
        .insert_header("X-Request-Id", "RQ7");
    let server = server([answer]).await;
    let error = client(&server.uri()).send(purchase()).await.unwrap_err();
    let upstream = error.upstream().unwrap();
    assert_eq!(upstream.code.as_deref(), Some("21422"));
    assert_eq!(upstream.message.as_deref(), Some("not available"));
    assert_eq!(upstream.request_id.as_deref(), Some("RQ7"));
    assert_eq!(
        (error.effect(), error.retry()),
        (Effect::None, Retry::Never)
    );
}

#[tokio::test]
async fn an_unreadable_success_is_unknown_for_a_purchase_only() {
    let server = server([status(200).set_body_string("<html>")]).await;
    let client = client(&server.uri());
    let effect = async |request: ApiRequest| {
        let error = client
            .send(request)
            .await
            .unwrap()
            .json::<Vec<u8>>()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol);
        error.effect()
    };
    assert_eq!(effect(purchase()).await, Effect::Unknown);
    assert_eq!(effect(read()).await, Effect::None);
}
