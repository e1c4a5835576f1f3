//! Two replicas in front of one account, with a carrier that counts what it is asked.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use trunkline::quota::SharedQuotas;
use trunkline::reload::Within;
use trunkline::{Config, ListQuery, Provider, Registry};
use trunkline_core::vault::{MemoryVault, TokenVault};
use trunkline_sandbox::{Options, ProviderKind, Sandbox, credentials};
use trunkline_store::{RedisOptions, RedisQuotas};
use trunkline_testkit::services::redis::Redis;

const PER_SECOND: f64 = 40.0;
const BURST: f64 = 10.0;

/// The account as a process of its own has it.
async fn replica(sandbox: &Sandbox, redis: &Redis) -> Arc<dyn Provider> {
    let config = format!(
        "[rate_limit]
        shared = '{}'
        replicas = 2
        [[accounts]]
        name = 'us-main'
        provider = 'twilio'
        account_sid = '{}'
        auth_token = 'sandbox'
        base_url = '{}'
        limits = {{ per_second = {PER_SECOND}, burst = {BURST}, concurrency = 12 }}",
        redis.url(),
        credentials::TWILIO_ACCOUNT_SID,
        sandbox.url(ProviderKind::Twilio),
    );
    let config = Config::parse(&config).unwrap();
    // Patient with a busy machine.
    let options = RedisOptions {
        answer_timeout: Duration::from_secs(5),
        pause: Duration::from_millis(20),
        ..RedisOptions::default()
    };
    let quotas = RedisQuotas::open_with(&redis.url(), options).await.unwrap();
    let vault: Arc<dyn TokenVault> = Arc::new(MemoryVault::default());
    let quotas: &dyn SharedQuotas = &quotas;
    let within = Within {
        registry: &Registry::default(),
        vault: &vault,
        quotas: Some(quotas),
    };
    let registry = config.registry_within(within).unwrap();
    Arc::clone(&registry.get("us-main").unwrap().provider)
}

/// Lists as fast as it may for a second, four at a time at each replica. Says how often the carrier was asked, and in
/// how many seconds.
async fn press(sandbox: &Sandbox, replicas: &[&Arc<dyn Provider>]) -> (f64, f64) {
    let asked = || u32::try_from(sandbox.requests(ProviderKind::Twilio).len()).unwrap();
    let (before, start) = (asked(), Instant::now());
    let end = start + Duration::from_secs(1);
    let mut crowd = tokio::task::JoinSet::new();
    for provider in replicas.iter().flat_map(|replica| [*replica; 4]) {
        let provider = Arc::clone(provider);
        crowd.spawn(async move {
            while Instant::now() < end {
                provider.list(&ListQuery::default()).await.unwrap();
            }
        });
    }
    while let Some(done) = crowd.join_next().await {
        done.unwrap();
    }
    let took = start.elapsed().as_secs_f64();
    (f64::from(asked() - before), took)
}

#[tokio::test]
async fn replicas_share_a_quota_and_use_their_parts_while_redis_is_unreachable() {
    let Some(mut redis) = Redis::start().await.unwrap() else {
        return;
    };
    let sandbox = Sandbox::start(Options::free_ports()).await.unwrap();
    let one = replica(&sandbox, &redis).await;
    let other = replica(&sandbox, &redis).await;

    let (sent, took) = press(&sandbox, &[&one, &other]).await;
    let allowed = BURST + PER_SECOND * took;
    assert!(sent <= allowed, "{sent} of {allowed} together");
    assert!(sent >= allowed * 0.6, "{sent} of {allowed} together");
    assert_eq!(one.health().per_second, Some(40));

    redis.kill().unwrap();
    let (sent, took) = press(&sandbox, &[&one, &other]).await;
    // No burst of anyone's own: the one just used was everybody's.
    let allowed = PER_SECOND * took;
    assert!(sent <= allowed, "{sent} of {allowed} apart");
    assert!(sent >= allowed * 0.5, "{sent} of {allowed} apart");
    assert_eq!(
        (one.health().per_second, one.health().burst),
        (Some(20), Some(5))
    );

    redis.restart().await.unwrap();
    let give_up = Instant::now() + Duration::from_secs(20);
    while one.health().per_second != Some(40) {
        assert!(Instant::now() < give_up, "it is never shared again");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    // What one leaves is the other's again.
    let (sent, took) = press(&sandbox, &[&one]).await;
    let allowed = BURST + PER_SECOND * took;
    assert!(sent <= allowed, "{sent} of {allowed} alone");
    assert!(
        sent >= 0.75 * PER_SECOND * took,
        "{sent} of {allowed} alone"
    );
    sandbox.shutdown().await;
}
