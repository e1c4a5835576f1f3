//! Redis away, slow and back again.

use std::cell::RefCell;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::time::Instant;
use trunkline_core::quota::{Quota, SharedQuotas};
use trunkline_core::{ErrorKind, Lane, Result};
use trunkline_store::{RedisOptions, RedisQuotas};
use trunkline_testkit::services::redis::Redis;

use super::{OPTIONS, allotment, name, replica, take};

async fn ask(quota: &Arc<dyn Quota>) -> Result<Option<Duration>> {
    quota.take(&name(), Lane::Search).await
}

/// Asks until there is an answer.
async fn back(quota: &Arc<dyn Quota>) -> Option<Duration> {
    let mut answer = None;
    crate::eventually("the quota is shared again", async || {
        answer = ask(quota).await.ok();
        answer.is_some()
    })
    .await;
    answer.flatten()
}

thread_local! {
    /// What this thread, and so the test that runs on it, has logged.
    static LOGGED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct Logged;

impl Write for Logged {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOGGED.with_borrow_mut(|logged| logged.write(bytes))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// How often this test has logged the text.
fn told(text: &str) -> usize {
    LOGGED.with_borrow(|logged| String::from_utf8_lossy(logged).matches(text).count())
}

#[tokio::test]
async fn outage_and_its_end_are_each_reported_once() {
    let Some(mut redis) = Redis::start().await.unwrap() else {
        return;
    };
    // For all threads: with one for this thread alone, whether a line counts would depend on who logs it first.
    let subscriber = tracing_subscriber::fmt().with_writer(|| Logged).finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let recorder = PrometheusBuilder::new().build_recorder();
    let metrics = recorder.handle();
    let _metrics = metrics::set_default_local_recorder(&recorder);
    let gauge = |value: u8| {
        let line =
            format!("trunkline_quota_shared{{account=\"us-main\",provider=\"twilio\"}} {value}\n");
        let rendered = metrics.render();
        assert!(rendered.contains(&line), "{rendered}");
    };

    let quota = replica(&redis, allotment(1000, 1000)).await;
    assert_eq!(take(&quota, Lane::Search).await, None);
    gauge(1);
    redis.kill().unwrap();
    for _ in 0..20 {
        let error = ask(&quota).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UpstreamUnavailable);
    }
    gauge(0);
    assert_eq!(quota.allowance(&name()), None);
    assert_eq!(told("Redis is away"), 1);

    redis.restart().await.unwrap();
    back(&quota).await;
    gauge(1);
    assert_eq!(told("Redis is back"), 1);
    assert_eq!(told("Redis is away"), 1);
}

#[tokio::test]
async fn outage_is_noticed_while_nobody_asks() {
    let Some(mut redis) = Redis::start().await.unwrap() else {
        return;
    };
    let quotas = RedisQuotas::open_with(&redis.url(), OPTIONS).await.unwrap();
    assert!(quotas.is_live());
    redis.kill().unwrap();
    crate::eventually("the outage is noticed", async || !quotas.is_live()).await;
    redis.restart().await.unwrap();
    crate::eventually("Redis is back", async || quotas.is_live()).await;
}

#[tokio::test]
async fn redis_that_lost_its_data_starts_with_full_quotas() {
    let Some(mut redis) = Redis::start().await.unwrap() else {
        return;
    };
    let quota = replica(&redis, allotment(1, 60)).await;
    for _ in 0..60 {
        take(&quota, Lane::Search).await;
    }
    redis.kill().unwrap();
    ask(&quota).await.unwrap_err();
    redis.restart().await.unwrap();
    assert!(back(&quota).await.is_some(), "a wait, not sixty permits");
    let newcomer = replica(&redis, allotment(1, 60)).await;
    assert!(take(&newcomer, Lane::Search).await.is_some());
}

#[tokio::test]
async fn a_redis_that_is_slow_is_as_good_as_away_until_it_answers() {
    let Some(redis) = Redis::start().await.unwrap() else {
        return;
    };
    let options = RedisOptions {
        answer_timeout: Duration::from_millis(50),
        ..OPTIONS
    };
    let quotas = RedisQuotas::open_with(&redis.url(), options).await.unwrap();
    let quota = quotas.quota(allotment(1000, 1000));
    back(&quota).await;
    let client = redis::Client::open(redis.url()).unwrap();
    let mut plain = client.get_multiplexed_async_connection().await.unwrap();
    let pause = redis::cmd("CLIENT")
        .arg(&["PAUSE", "1500", "ALL"])
        .exec_async(&mut plain)
        .await;
    pause.unwrap();
    let start = Instant::now();
    ask(&quota).await.unwrap_err();
    let took = start.elapsed();
    assert!(
        took >= Duration::from_millis(50) && took < Duration::from_secs(1),
        "{took:?}"
    );
    let start = Instant::now();
    ask(&quota).await.unwrap_err();
    assert!(
        start.elapsed() < Duration::from_millis(40),
        "nobody waits again"
    );
    back(&quota).await;
}

#[tokio::test]
async fn a_redis_that_is_away_from_the_start_is_found_when_it_comes() {
    let Some(mut redis) = Redis::start().await.unwrap() else {
        return;
    };
    redis.kill().unwrap();
    let quota = replica(&redis, allotment(1000, 1000)).await;
    ask(&quota).await.unwrap_err();
    redis.restart().await.unwrap();
    back(&quota).await;
}

#[tokio::test]
async fn a_redis_that_takes_no_more_is_away() {
    let Some(redis) = Redis::start().await.unwrap() else {
        return;
    };
    let quota = replica(&redis, allotment(1000, 1000)).await;
    take(&quota, Lane::Search).await;
    let client = redis::Client::open(redis.url()).unwrap();
    let mut plain = client.get_multiplexed_async_connection().await.unwrap();
    let full = async |bytes: &str, plain: &mut redis::aio::MultiplexedConnection| {
        let set = redis::cmd("CONFIG")
            .arg(&["SET", "maxmemory", bytes])
            .exec_async(plain)
            .await;
        set.unwrap();
    };
    full("1", &mut plain).await;
    for _ in 0..3 {
        ask(&quota).await.unwrap_err();
    }
    full("0", &mut plain).await;
    back(&quota).await;
}
