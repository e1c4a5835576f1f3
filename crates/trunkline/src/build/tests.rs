use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use trunkline_core::quota::{Allotment, Quota};
use trunkline_core::vault::{MemoryVault, TokenVault};
use trunkline_core::{AccountName, Lane, ProviderName};

use super::*;

const SID: &str = "AC00000000000000000000000000000000";

fn config(text: &str) -> Config {
    Config::parse(text).unwrap_or_else(|problems| panic!("{problems}"))
}

fn accounts(rest: &str) -> String {
    format!("[[accounts]]\nname = 'us-main'\nprovider = 'twilio'\naccount_sid = '{SID}'\n{rest}")
}

#[test]
fn account_is_built_as_configured() {
    let prices =
        "prices = [{ country = 'US', type = 'local', monthly = '1.15', currency = 'USD' }]";
    let rest = format!(
        "auth_token = 'sandbox'\ntenant = 'acme'\npriority = 7\nsettle = '2s'\ngone_after = '1m'\nquarantine = '1h'\n{prices}"
    );
    let registry = config(&accounts(&rest)).registry(&nowhere()).unwrap();
    let entry = registry.get("us-main").unwrap();
    assert_eq!(entry.provider.identity(), SID);
    assert_eq!(
        (entry.tenant.as_str(), entry.priority, entry.settle),
        ("acme", 7, Duration::from_secs(2))
    );
    assert_eq!(entry.gone_after, Duration::from_secs(60));
    assert_eq!(entry.quarantine, Duration::from_secs(3_600));
    assert_eq!(entry.prices[0].monthly.to_string(), "1.15 USD");
}

#[test]
fn every_missing_secret_is_reported_with_its_key() {
    let text = accounts(
        "api_key_sid = 'SK00000000000000000000000000000000'\napi_key_secret = { env = 'TRUNKLINE_NO_1' }\n",
    ) + &accounts("auth_token = { file = '/no/such/file' }")
        .replace("us-main", "other")
        .replace("C0", "C1");
    let problems = config(&text).registry(&nowhere()).unwrap_err().to_string();
    let lines: Vec<_> = problems.lines().collect();
    assert_eq!(
        lines[0],
        "line 6: accounts[0].api_key_secret: environment variable TRUNKLINE_NO_1 is not set"
    );
    assert!(
        lines[1].starts_with("line 11: accounts[1].auth_token: can't read /no/such/file: "),
        "{problems}"
    );
}

#[test]
fn replicas_divide_the_limits_and_leave_at_least_one() {
    let limits = "auth_token = 'x'\nlimits = { per_second = 10, burst = 20, concurrency = 2 }\n";
    let health = |replicas: u32| {
        let text = format!("[rate_limit]\nreplicas = {replicas}\n{}", accounts(limits));
        let registry = config(&text).registry(&nowhere()).unwrap();
        let health = registry.get("us-main").unwrap().provider.health();
        (health.per_second, health.burst, health.concurrency)
    };
    assert_eq!(health(1), (Some(10), Some(20), 2));
    assert_eq!(health(3), (Some(3), Some(6), 1));
    assert_eq!(health(1000), (Some(1), Some(1), 1));
}

/// Gives a quota that was never asked, and remembers for whom.
#[derive(Debug, Default)]
struct Asked(Mutex<Vec<Allotment>>);

#[derive(Debug)]
struct Unasked;

#[async_trait]
impl Quota for Unasked {
    async fn take(&self, _: &AccountName, _: Lane) -> trunkline_core::Result<Option<Duration>> {
        Ok(None)
    }
}

impl SharedQuotas for Asked {
    fn is_live(&self) -> bool {
        true
    }

    fn quota(&self, allotment: Allotment) -> Arc<dyn Quota> {
        self.0.lock().unwrap().push(allotment);
        Arc::new(Unasked)
    }
}

#[test]
fn whole_rate_is_shared_and_the_part_is_the_fallback() {
    let registry = |limits: &str, asked: &Asked| {
        let rest = format!("auth_token = 'x'\nlimits = {{ {limits} }}\n");
        let text = format!(
            "[rate_limit]\nreplicas = 2\nshared = 'redis://127.0.0.1'\n{}",
            accounts(&rest)
        );
        let shared = config(&text).registry_within(Within {
            registry: &Registry::default(),
            vault: &nowhere(),
            quotas: Some(asked),
        });
        shared.unwrap()
    };
    let asked = Asked::default();
    let entry = registry("per_second = 10, concurrency = 8", &asked);
    let health = entry.get("us-main").unwrap().provider.health();
    assert_eq!(
        (health.per_second, health.burst, health.concurrency),
        (Some(5), Some(5), 4)
    );
    let expected = Allotment {
        account: AccountName::new("us-main").unwrap(),
        provider: ProviderName::new("twilio"),
        identity: SID.to_owned(),
        per_second: NonZeroU32::new(10).unwrap(),
        burst: NonZeroU32::new(10).unwrap(),
    };
    assert_eq!(*asked.0.lock().unwrap(), [expected]);
    // Without a rate there is nothing to share.
    let asked = Asked::default();
    registry("concurrency = 8", &asked);
    assert_eq!(*asked.0.lock().unwrap(), []);
}

#[test]
fn address_of_shared_quotas_is_a_secret() {
    let url = |shared: &str| config(&format!("[rate_limit]\n{shared}")).quotas_url();
    assert!(url("").unwrap().is_none());
    assert!(url("shared = 'redis://127.0.0.1'").unwrap().is_some());
    let missing = url("shared = { env = 'TRUNKLINE_NO_3' }").unwrap_err();
    assert_eq!(
        missing.to_string(),
        "line 2: rate_limit.shared: environment variable TRUNKLINE_NO_3 is not set"
    );
}

#[test]
fn secret_key_makes_a_sealer() {
    assert!(config("").sealer().unwrap().is_none());
    let key = "0123456789abcdef0123456789abcdef";
    let sealer = config(&format!("[server]\nsecret_key = '{key}'"))
        .sealer()
        .unwrap()
        .unwrap();
    let token = sealer.seal("test", &1).unwrap();
    let same = Sealer::new(key.as_bytes());
    assert_eq!(same.open::<i32>("test", &token), Some(1));
    let missing = config("[server]\nsecret_key = { env = 'TRUNKLINE_NO_2' }")
        .sealer()
        .unwrap_err();
    assert_eq!(
        missing.to_string(),
        "line 2: server.secret_key: environment variable TRUNKLINE_NO_2 is not set"
    );
}

#[test]
fn short_secret_key_is_rejected() {
    for short in ["x", "0123456789abcdef0123456789abcde"] {
        let refused = config(&format!("[server]\nsecret_key = '{short}'"))
            .sealer()
            .unwrap_err()
            .to_string();
        assert!(
            refused.starts_with("line 2: server.secret_key: shorter than 32 bytes"),
            "{refused}"
        );
    }
}

#[test]
fn services_outside_a_tokio_runtime_are_rejected_with_the_reason() {
    let config = config(&accounts("auth_token = 'x'"));
    let refused = config.services(Stores::memory(), Sealer::new(b"x"));
    let error = refused.unwrap_err();
    assert_eq!(error.kind(), trunkline_core::ErrorKind::Config);
    assert!(error.message().contains("no tokio runtime"), "{error}");
}

#[tokio::test]
async fn services_run_on_the_configured_timing() {
    let config = config(&format!(
        "[purchases]\nwatch = ['1s', '2s']\nwatch_for = '1m'\n{}",
        accounts("auth_token = 'x'")
    ));
    let timing = config.timing();
    assert_eq!((timing.watch.len(), timing.watch_looks), (2, 30));
    let services = config
        .services(Stores::memory(), Sealer::new(b"x"))
        .unwrap();
    assert!(services.engine.registry.get("us-main").is_some());
}

fn nowhere() -> Arc<dyn TokenVault> {
    Arc::new(MemoryVault::default())
}
