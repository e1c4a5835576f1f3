use std::time::Duration;

use trunkline_core::{Effect, ErrorKind, Retry};
use trunkline_http::{HttpClient, Profile, Retries};

use crate::harness::*;

const CUT: &str = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"numbers\":";
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";

#[tokio::test]
async fn a_read_is_sent_again_after_a_server_error() {
    let server = server([status(503), status(500), status(408), status(200)]).await;
    client(&server.uri()).send(read()).await.unwrap();
    assert_eq!(received(&server).await, 4);
}

#[tokio::test]
async fn a_read_is_sent_again_after_a_cut_answer_and_a_reset() {
    let server = RawServer::start(&[Then::Write(CUT), Then::Close, Then::Write(OK)]);
    let response = client(&server.base).send(read()).await.unwrap();
    assert_eq!((response.status.as_u16(), server.requests()), (200, 3));
}

#[tokio::test]
async fn a_read_is_sent_again_after_a_silent_attempt() {
    let server = RawServer::start(&[Then::Hang, Then::Write(OK)]);
    let mut profile = profile(&server.base);
    profile.timeouts.repeatable = Duration::from_millis(50);
    let client = HttpClient::new(profile).unwrap();
    client.send(read()).await.unwrap();
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn a_read_gives_up_after_the_last_attempt() {
    let server = server([status(500)]).await;
    let error = client(&server.uri()).send(read()).await.unwrap_err();
    assert_eq!(received(&server).await, 5);
    assert_eq!(error.kind(), ErrorKind::UpstreamUnavailable);
    assert_eq!(
        (error.retry(), error.effect()),
        (Retry::Backoff, Effect::None)
    );
    assert_eq!(error.upstream().unwrap().status, Some(500));
    assert_eq!(error.account().unwrap().as_str(), "us-main");
}

#[tokio::test]
async fn a_plain_refusal_is_not_sent_again() {
    for refusal in [400, 403, 404, 409, 422, 423, 501] {
        let server = server([status(refusal)]).await;
        let error = client(&server.uri()).send(read()).await.unwrap_err();
        assert_eq!(received(&server).await, 1, "{refusal}");
        assert_eq!(error.effect(), Effect::None);
    }
}

#[tokio::test]
async fn an_update_is_sent_again_and_is_unknown_if_that_does_not_help() {
    let server = server([status(502)]).await;
    let error = client(&server.uri()).send(update()).await.unwrap_err();
    assert_eq!(received(&server).await, 5);
    assert_eq!(
        (error.retry(), error.effect()),
        (Retry::Backoff, Effect::Unknown)
    );
}

#[tokio::test]
async fn an_update_that_may_have_been_applied_stays_unknown_after_a_later_refusal() {
    let server = server([status(500), status(404)]).await;
    let error = client(&server.uri()).send(update()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::NotFound, Effect::Unknown)
    );
}

#[tokio::test]
async fn a_pause_that_would_outlast_the_deadline_is_not_begun() {
    let server = server([status(500)]).await;
    let profile = Profile {
        retries: Retries {
            first_pause: Duration::from_secs(1_000_000),
            longest_pause: Duration::from_secs(1_000_000),
            ..Retries::default()
        },
        ..profile(&server.uri())
    };
    let client = HttpClient::new(profile).unwrap();
    let error = send_within(&client, read(), Duration::from_secs(5))
        .await
        .unwrap_err();
    assert_eq!(received(&server).await, 1);
    assert_eq!(error.kind(), ErrorKind::UpstreamUnavailable);
    assert!(
        error.message().ends_with("the time for this call is up"),
        "{error}"
    );
}

#[tokio::test]
async fn last_carrier_error_is_reported_at_the_deadline() {
    let silent = status(200).set_delay(Duration::from_secs(20));
    for (refusal, kind) in [
        (500, ErrorKind::UpstreamUnavailable),
        (429, ErrorKind::RateLimited),
    ] {
        let body = r#"{"code": 17, "message": "overloaded"}"#;
        let refused = status(refusal).set_body_string(body);
        let server = server([refused.clone(), refused, silent.clone()]).await;
        let client = client(&server.uri());
        let request = tokio::time::timeout(
            Duration::from_millis(300),
            send_within(&client, read(), Duration::from_millis(300)),
        );
        // Told before whoever set the deadline gives up.
        let error = request.await.unwrap().unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (kind, Effect::None),
            "{error}"
        );
        assert_eq!(error.upstream().unwrap().code.as_deref(), Some("17"));
        let words = error.message();
        assert!(
            words.contains("overloaded") && words.ends_with("the time for this call is up"),
            "{words}"
        );
    }
}

#[tokio::test]
async fn a_read_ends_with_the_deadline() {
    let server = server([status(200).set_delay(Duration::from_secs(20))]).await;
    let client = client(&server.uri());
    let error = send_within(&client, read(), Duration::from_millis(50))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Timeout, Effect::None)
    );
}

#[tokio::test]
async fn expired_call_sends_nothing() {
    let server = server([status(200)]).await;
    let client = client(&server.uri());
    let error = send_within(&client, purchase(), Duration::ZERO)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Timeout, Effect::None)
    );
    assert_eq!(received(&server).await, 0);
}
