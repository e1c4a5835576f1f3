//! A quota that replicas share, and what happens while it can't be asked.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use trunkline_core::ErrorKind;
use trunkline_core::quota::Allowance;

use super::*;

/// Lets every third request pass.
#[derive(Debug, Default)]
struct EveryThird(AtomicUsize);

#[async_trait]
impl Quota for EveryThird {
    async fn take(
        &self,
        _account: &AccountName,
        _lane: Lane,
    ) -> trunkline_core::Result<Option<Duration>> {
        let asked = self.0.fetch_add(1, Ordering::Relaxed);
        Ok((asked % 3 != 2).then_some(Duration::from_secs(1)))
    }
}

/// A gate under a shared quota.
fn shared_gate(limits: Limits, quota: Arc<dyn Quota>) -> Gate {
    let profile = profile(limits);
    Gate::new(&Profile {
        quota: Some(quota),
        ..profile
    })
}

#[tokio::test(start_paused = true)]
async fn a_shared_quota_decides_instead_of_the_local_one() {
    let limits = Limits {
        per_second: NonZeroU32::new(1),
        ..Limits::default()
    };
    let gate = shared_gate(limits, Arc::new(EveryThird::default()));
    let start = Instant::now();
    drop(gate.enter(call(Lane::Search)).await.unwrap());
    assert!(start.elapsed() >= Duration::from_secs(2));
    let start = Instant::now();
    let shut = gate
        .enter(Call::within(Duration::from_millis(500), Lane::Search))
        .await;
    assert!(matches!(shut, Err(Shut::Limited(_))));
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(gate.lock().in_flight, 0);
}

/// Lets everything pass as long as it can be asked.
#[derive(Debug, Default)]
struct Generous {
    away: AtomicBool,
}

impl Generous {
    fn go_away(&self, away: bool) {
        self.away.store(away, Ordering::Relaxed);
    }

    fn is_away(&self) -> bool {
        self.away.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Quota for Generous {
    async fn take(
        &self,
        _account: &AccountName,
        _lane: Lane,
    ) -> trunkline_core::Result<Option<Duration>> {
        if self.is_away() {
            Err(Error::new(ErrorKind::UpstreamUnavailable, "away"))
        } else {
            Ok(None)
        }
    }

    fn allowance(&self, _account: &AccountName) -> Option<Allowance> {
        (!self.is_away()).then_some(Allowance {
            per_second: 12,
            burst: 24,
            remaining: 7,
        })
    }
}

/// A gate whose own part is 2 a second and a burst of 4.
fn sharing(quota: &Arc<Generous>) -> Gate {
    let limits = Limits {
        per_second: NonZeroU32::new(2),
        burst: NonZeroU32::new(4),
        ..Limits::default()
    };
    shared_gate(limits, quota.clone())
}

async fn time_of(gate: &Gate, requests: usize) -> Duration {
    let start = Instant::now();
    for _ in 0..requests {
        drop(gate.enter(call(Lane::Search)).await.unwrap());
    }
    start.elapsed()
}

#[tokio::test(start_paused = true)]
async fn local_share_applies_while_the_shared_quota_is_unavailable() {
    let quota = Arc::new(Generous::default());
    let gate = sharing(&quota);
    assert_eq!(time_of(&gate, 50).await, Duration::ZERO);
    quota.go_away(true);
    let took = time_of(&gate, 4).await.as_secs_f64();
    assert!(
        (2.0..2.1).contains(&took),
        "{took}: no burst, then 2 a second"
    );
    quota.go_away(false);
    assert_eq!(time_of(&gate, 50).await, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_shared_quota_that_never_answered_leaves_the_whole_own_part() {
    let quota = Arc::new(Generous::default());
    quota.go_away(true);
    assert_eq!(time_of(&sharing(&quota), 4).await, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn the_limits_that_are_in_force_are_shown() {
    let quota = Arc::new(Generous::default());
    let gate = sharing(&quota);
    let mut health = AccountHealth::default();
    gate.health(&mut health);
    assert_eq!(
        (health.per_second, health.burst, health.remaining),
        (Some(12), Some(24), Some(7))
    );
    quota.go_away(true);
    let mut health = AccountHealth::default();
    gate.health(&mut health);
    assert_eq!(health.remaining, Some(4));
}

#[tokio::test(start_paused = true)]
async fn unreachable_quota_without_a_local_rate_is_reported() {
    let quota = Arc::new(Generous::default());
    quota.go_away(true);
    let gate = shared_gate(Limits::default(), quota);
    assert!(matches!(gate.enter(brief(1)).await, Err(Shut::Quota(_))));
}
