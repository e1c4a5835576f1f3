//! Quotas that replicas share through a Redis of the test's own.

#[path = "quotas/outage.rs"]
mod outage;
#[path = "quotas/script.rs"]
mod script;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use trunkline_core::quota::{Allotment, Allowance, Quota, SharedQuotas};
use trunkline_core::{AccountName, ErrorKind, Lane, ProviderName};
use trunkline_store::{RedisOptions, RedisQuotas};
use trunkline_testkit::services::redis::Redis;

/// Patient with a busy machine, and quick to dial again.
const OPTIONS: RedisOptions = RedisOptions {
    answer_timeout: Duration::from_secs(5),
    connect_timeout: Duration::from_secs(5),
    pause: Duration::from_millis(20),
};

fn name() -> AccountName {
    AccountName::new("us-main").unwrap()
}

fn allotment(per_second: u32, burst: u32) -> Allotment {
    Allotment {
        account: name(),
        provider: ProviderName::new("twilio"),
        identity: "AC1".to_owned(),
        per_second: NonZeroU32::new(per_second).unwrap(),
        burst: NonZeroU32::new(burst).unwrap(),
    }
}

/// What a process of its own has of the account's quota.
async fn replica(redis: &Redis, allotment: Allotment) -> Arc<dyn Quota> {
    let quotas = RedisQuotas::open_with(&redis.url(), OPTIONS).await.unwrap();
    quotas.quota(allotment)
}

async fn take(quota: &Arc<dyn Quota>, lane: Lane) -> Option<Duration> {
    quota.take(&name(), lane).await.unwrap()
}

/// Takes what it gets, in order, until the time is up. Says how many that were.
async fn take_until(quota: &Arc<dyn Quota>, end: Instant) -> u32 {
    let mut taken = 0;
    while Instant::now() < end {
        match take(quota, Lane::Search).await {
            None => taken += 1,
            Some(wait) => sleep(wait).await,
        }
    }
    taken
}

#[tokio::test]
async fn replicas_keep_to_the_quota_together_and_use_it() {
    let Some(redis) = Redis::start().await.unwrap() else {
        return;
    };
    let first = replica(&redis, allotment(100, 20)).await;
    let second = replica(&redis, allotment(100, 20)).await;
    let start = Instant::now();
    let end = start + Duration::from_secs(1);
    let (one, other) = tokio::join!(take_until(&first, end), take_until(&second, end));
    let allowed = 20.0 + 100.0 * start.elapsed().as_secs_f64();
    let taken = f64::from(one + other);
    assert!(taken <= allowed, "{taken} of {allowed}");
    assert!(taken >= allowed * 0.6, "{taken} of {allowed}");
    assert!(one > 0 && other > 0, "{one} and {other}");
}

#[tokio::test]
async fn accounts_have_quotas_of_their_own() {
    let Some(redis) = Redis::start().await.unwrap() else {
        return;
    };
    let one = replica(&redis, allotment(1, 1)).await;
    let other = Allotment {
        identity: "AC2".to_owned(),
        ..allotment(1, 1)
    };
    let other = replica(&redis, other).await;
    assert_eq!(take(&one, Lane::Search).await, None);
    assert_eq!(take(&other, Lane::Search).await, None);
    assert!(take(&one, Lane::Search).await.is_some());
}

#[tokio::test]
async fn priority_is_the_same_locally_and_in_redis() {
    let Some(redis) = Redis::start().await.unwrap() else {
        return;
    };
    let here = replica(&redis, allotment(1, 1)).await;
    let there = replica(&redis, allotment(1, 1)).await;
    assert_eq!(take(&here, Lane::Search).await, None);
    let purchase = take(&here, Lane::Purchase).await.unwrap();
    let search = take(&there, Lane::Search).await.unwrap();
    let reconcile = take(&there, Lane::Reconcile).await.unwrap();
    let purchase_then = take(&here, Lane::Purchase).await.unwrap();
    assert!(search > purchase, "{search:?}, {purchase:?}");
    assert!(
        purchase_then > reconcile,
        "{purchase_then:?}, {reconcile:?}"
    );
}

#[tokio::test]
async fn a_quota_that_is_full_again_leaves_nothing_behind() {
    let Some(redis) = Redis::start().await.unwrap() else {
        return;
    };
    let quota = replica(&redis, allotment(50, 5)).await;
    assert_eq!(take(&quota, Lane::Search).await, None);
    let client = redis::Client::open(redis.url()).unwrap();
    let mut plain = client.get_multiplexed_async_connection().await.unwrap();
    let key = "trunkline:quota:twilio:AC1";
    let left: i64 = redis::cmd("PTTL")
        .arg(key)
        .query_async(&mut plain)
        .await
        .unwrap();
    assert!(left <= 21, "{left} ms");
    crate::eventually("the key vanishes", async || {
        let there: bool = redis::cmd("EXISTS")
            .arg(key)
            .query_async(&mut plain)
            .await
            .unwrap();
        !there
    })
    .await;
}

#[tokio::test]
async fn remaining_quota_is_known_without_a_request() {
    let Some(redis) = Redis::start().await.unwrap() else {
        return;
    };
    let quota = replica(&redis, allotment(1, 30)).await;
    let whole = Allowance {
        per_second: 1,
        burst: 30,
        remaining: 30,
    };
    assert_eq!(quota.allowance(&name()), Some(whole));
    for _ in 0..10 {
        take(&quota, Lane::Search).await;
    }
    let remaining = quota.allowance(&name()).unwrap().remaining;
    assert!((20..30).contains(&remaining), "{remaining}");
}

#[tokio::test]
async fn a_script_that_redis_has_forgotten_is_loaded_again() {
    let Some(redis) = Redis::start().await.unwrap() else {
        return;
    };
    let quota = replica(&redis, allotment(1, 5)).await;
    let client = redis::Client::open(redis.url()).unwrap();
    let mut plain = client.get_multiplexed_async_connection().await.unwrap();
    let flush = redis::cmd("SCRIPT")
        .arg("FLUSH")
        .exec_async(&mut plain)
        .await;
    flush.unwrap();
    assert_eq!(take(&quota, Lane::Search).await, None);
}

#[tokio::test]
async fn a_password_is_used_and_never_shown() {
    let Some(redis) = Redis::start_with(Some("hunter2")).await.unwrap() else {
        return;
    };
    let quotas = RedisQuotas::open_with(&redis.url(), OPTIONS).await.unwrap();
    let quota = quotas.quota(allotment(1, 1));
    assert_eq!(take(&quota, Lane::Search).await, None);
    let shown = format!("{quotas:?} {quota:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[tokio::test]
async fn invalid_url_is_rejected_without_being_shown() {
    for wrong in [
        "",
        "http://:hunter2@127.0.0.1",
        "redis://:hunter2@127.0.0.1:x",
    ] {
        let error = RedisQuotas::open(wrong).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
}
