//! The quota of one account.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;
use trunkline_core::quota::{Allotment, Allowance, Quota};
use trunkline_core::{AccountName, Lane, Result};

use super::link::{Link, Question};

const SECOND_MICROS: u64 = 1_000_000;

#[derive(Debug)]
pub(super) struct RedisQuota {
    link: Arc<Link>,
    allotment: Allotment,
    key: String,
    /// One permit's worth of time, in microseconds.
    interval: u64,
    /// How often Redis had been lost when it last answered about this account.
    losses: AtomicU64,
    /// Permits that were left, and when.
    left: Mutex<Option<(u32, Instant)>>,
}

impl RedisQuota {
    pub(super) fn new(link: Arc<Link>, allotment: Allotment) -> Self {
        let key = format!(
            "trunkline:quota:{}:{}",
            allotment.provider, allotment.identity
        );
        Self {
            link,
            key,
            // Rounded up: rather a little slower than a little too fast.
            interval: SECOND_MICROS.div_ceil(u64::from(allotment.per_second.get())),
            allotment,
            losses: AtomicU64::new(0),
            left: Mutex::new(None),
        }
    }

    /// How many permits there are now if there were `left` so long ago.
    fn regrown(&self, left: u32, elapsed: Duration) -> u32 {
        let grown = elapsed.as_micros() / u128::from(self.interval);
        let total = u128::from(left).saturating_add(grown);
        u32::try_from(total)
            .unwrap_or(u32::MAX)
            .min(self.allotment.burst.get())
    }
}

#[async_trait]
impl Quota for RedisQuota {
    async fn take(&self, _account: &AccountName, lane: Lane) -> Result<Option<Duration>> {
        let live = self.link.live();
        self.link
            .gauge(&self.allotment.account, &self.allotment.provider);
        let live = live?;
        let question = Question {
            key: &self.key,
            interval: self.interval,
            burst: self.allotment.burst.get(),
            lane: rank(lane),
            // A Redis that was away may have forgotten what was taken: then the quota starts empty.
            refill: self.losses.load(Ordering::Relaxed) == live.losses,
        };
        let losses = live.losses;
        let answer = self.link.ask(live, &question).await?;
        self.losses.store(losses, Ordering::Relaxed);
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        *left = Some((answer.left, Instant::now()));
        Ok((!answer.taken).then_some(answer.wait))
    }

    fn allowance(&self, _account: &AccountName) -> Option<Allowance> {
        self.link.live().ok()?;
        let left = *self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let remaining = match left {
            Some((left, at)) => self.regrown(left, at.elapsed()),
            None => self.allotment.burst.get(),
        };
        Some(Allowance {
            per_second: self.allotment.per_second.get(),
            burst: self.allotment.burst.get(),
            remaining,
        })
    }
}

/// The place of a lane: 0 goes first.
const fn rank(lane: Lane) -> u8 {
    match lane {
        Lane::Reconcile => 0,
        Lane::Purchase => 1,
        Lane::Search => 2,
    }
}
