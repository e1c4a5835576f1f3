use std::time::Duration;

use trunkline_core::{BreakerState, Effect, ErrorKind, Retry};
use trunkline_http::{HttpClient, Profile, Retries};

use crate::harness::*;

fn without_retries(base: &str) -> HttpClient {
    let retries = Retries {
        attempts: 1,
        ..Retries::default()
    };
    HttpClient::new(Profile {
        retries,
        ..profile(base)
    })
    .unwrap()
}

async fn fail_often(client: &HttpClient) {
    for _ in 0..10 {
        client.send(read()).await.unwrap_err();
    }
}

#[tokio::test]
async fn calls_are_kept_back_after_failures_in_a_row() {
    let server = server([status(500)]).await;
    let client = without_retries(&server.uri());
    fail_often(&client).await;
    let error = client.send(purchase()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::UpstreamUnavailable, Effect::None)
    );
    assert!(matches!(error.retry(), Retry::After(wait) if wait > Duration::from_secs(25)));
    assert_eq!(received(&server).await, 10);
    assert_eq!(client.health().breaker, BreakerState::Open);
}

#[tokio::test]
async fn a_good_answer_after_the_pause_lets_calls_through_again() {
    let mut answers = vec![status(500); 10];
    answers.push(status(200));
    let server = server(answers).await;
    let client = without_retries(&server.uri());
    fail_often(&client).await;
    assert!(client.health().last_error.is_some());
    pass_time(Duration::from_secs(30)).await;
    client.send(read()).await.unwrap();
    let health = client.health();
    assert_eq!(
        (health.breaker, health.last_error),
        (BreakerState::Closed, None)
    );
}

#[tokio::test]
async fn refused_connections_open_it_too() {
    let client = without_retries(&nobody());
    fail_often(&client).await;
    assert_eq!(client.health().breaker, BreakerState::Open);
}

#[tokio::test]
async fn refusals_and_429_never_open_it() {
    for answer in [404, 422, 429, 501] {
        let server = server([status(answer)]).await;
        let client = without_retries(&server.uri());
        fail_often(&client).await;
        assert_eq!(client.health().breaker, BreakerState::Closed, "{answer}");
    }
}
