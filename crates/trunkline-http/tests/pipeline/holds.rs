use std::time::Duration;

use trunkline_core::host;
use trunkline_core::{Effect, ErrorKind, Operation, Retry};
use trunkline_http::ApiRequest;

use crate::harness::*;

const BRIEFLY: Duration = Duration::from_millis(500);

#[tokio::test]
async fn a_429_with_retry_after_holds_the_other_calls_of_the_account() {
    let server = server([told_to_wait(429, "5"), status(200)]).await;
    let client = client(&server.uri());
    send_within(&client, read(), BRIEFLY).await.unwrap_err();
    let other = ApiRequest::get(Operation::Get, "numbers/PN1");
    let error = send_within(&client, other, BRIEFLY).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert!(matches!(error.retry(), Retry::After(wait) if wait > Duration::from_secs(4)));
    assert_eq!(received(&server).await, 1);
}

#[tokio::test]
async fn wait_beyond_the_deadline_fails_at_once_with_the_carriers_message() {
    let answer = told_to_wait(429, "5").set_body_string(r#"{"code": 20429, "message": "slow"}"#);
    let server = server([answer]).await;
    let client = client(&server.uri());
    let error = send_within(&client, read(), Duration::from_secs(4))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::RateLimited, Effect::None)
    );
    assert!(error.retry_after().unwrap() > Duration::from_secs(4));
    assert_eq!(error.upstream().unwrap().code.as_deref(), Some("20429"));
}

#[tokio::test]
async fn held_calls_are_sent_when_the_hold_ends() {
    let server = server([told_to_wait(503, "7"), status(200)]).await;
    let client = client(&server.uri());
    let time = async {
        until(|| client.health().held_for.is_some()).await;
        pass_time(Duration::from_secs(7)).await;
    };
    let (first, ()) = tokio::join!(client.send(read()), time);
    first.unwrap();
    client.send(read()).await.unwrap();
    assert_eq!(client.health().held_for, None);
    assert_eq!(received(&server).await, 3);
}

#[tokio::test]
async fn a_date_in_retry_after_is_honoured() {
    let now = host::wall() - Duration::from_secs(86_400);
    let answer = told_to_wait(423, &httpdate::fmt_http_date(now + Duration::from_secs(20)))
        .insert_header("Date", httpdate::fmt_http_date(now));
    let server = server([answer]).await;
    let client = client(&server.uri());
    let error = send_within(&client, read(), BRIEFLY).await.unwrap_err();
    let wait = error.retry_after().unwrap();
    assert!(
        wait > Duration::from_secs(19) && wait <= Duration::from_secs(20),
        "{wait:?}"
    );
}

#[tokio::test]
async fn a_hold_counts_at_every_origin_of_the_account() {
    let busy = server([told_to_wait(429, "5")]).await;
    let prices = server([status(200)]).await;
    let client = client(&busy.uri());
    send_within(&client, read(), BRIEFLY).await.unwrap_err();
    let elsewhere = client.at(prices.uri().parse().unwrap()).unwrap();
    let error = send_within(&elsewhere, read(), BRIEFLY).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(received(&prices).await, 0);
}

#[tokio::test]
async fn another_account_is_not_held() {
    let server = server([told_to_wait(429, "5"), status(200)]).await;
    send_within(&client(&server.uri()), read(), BRIEFLY)
        .await
        .unwrap_err();
    send_within(&client(&server.uri()), read(), BRIEFLY)
        .await
        .unwrap();
}

#[tokio::test]
async fn retry_after_on_400_delays_no_other_call() {
    let server = server([told_to_wait(400, "5"), status(200)]).await;
    let client = client(&server.uri());
    client.send(read()).await.unwrap_err();
    client.send(read()).await.unwrap();
}

#[tokio::test]
async fn a_429_halves_the_concurrency_and_health_shows_it() {
    let server = server([status(429), status(200)]).await;
    let client = client(&server.uri());
    assert_eq!(client.health().concurrency, 10);
    client.send(read()).await.unwrap();
    let health = client.health();
    assert_eq!(
        (health.concurrency, health.in_flight, health.last_error),
        (5, 0, None)
    );
}
