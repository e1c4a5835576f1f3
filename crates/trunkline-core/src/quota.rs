//! How an account's request quota is shared.

use std::fmt::Debug;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;

use crate::call::Lane;
use crate::error::Result;
use crate::model::{AccountName, ProviderName};

/// How many requests an account may have on their way, and how fast they may leave.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Requests per second; default no limit.
    pub per_second: Option<NonZeroU32>,
    /// Requests that may leave at once under the rate limit; default as many as `per_second`.
    pub burst: Option<NonZeroU32>,
    /// Most requests on their way at once. Default: 10.
    pub concurrency: NonZeroUsize,
    /// Whether the cap halves on a 429 and grows back by one for each round of successes. Default: true.
    pub adaptive: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            per_second: None,
            burst: None,
            concurrency: const { NonZeroUsize::new(10).unwrap() },
            adaptive: true,
        }
    }
}

/// Says when the next request to an account may leave.
///
/// Each replica has one of its own, unless a shared one is configured.
#[async_trait]
pub trait Quota: Debug + Send + Sync + 'static {
    /// Takes a permit and answers `None`, or answers how long to wait before asking again.
    ///
    /// # Errors
    /// `UpstreamUnavailable` if the quota can't be asked now. Whoever asked then keeps to its own part of it.
    async fn take(&self, account: &AccountName, lane: Lane) -> Result<Option<Duration>>;

    /// What is left, as far as this process has heard. `None` if nothing is known, or the quota can't be asked now.
    fn allowance(&self, account: &AccountName) -> Option<Allowance> {
        let _ = account;
        None
    }
}

/// What an account may do under a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Requests per second, of all replicas together.
    pub per_second: u32,
    /// Requests that may leave at once, of all replicas together.
    pub burst: u32,
    /// Requests that may leave this instant.
    pub remaining: u32,
}

/// Where the quotas are that replicas share.
pub trait SharedQuotas: Debug + Send + Sync + 'static {
    /// The quota of one account: the same for the same provider and identity, in any process.
    fn quota(&self, allotment: Allotment) -> Arc<dyn Quota>;

    /// Whether the quotas are shared now. Without that each process keeps to its own part.
    fn is_live(&self) -> bool;
}

/// What the replicas may do at one account, all together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allotment {
    /// Name that the operator gave the account.
    pub account: AccountName,
    /// Kind of carrier.
    pub provider: ProviderName,
    /// Who the account is at the carrier.
    pub identity: String,
    /// Requests per second.
    pub per_second: NonZeroU32,
    /// Requests that may leave at once.
    pub burst: NonZeroU32,
}
