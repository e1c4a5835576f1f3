//! Quotas that replicas share through Redis.
//!
//! Each account's quota is one key, `trunkline:quota:{provider}:{identity}`, and one script: a generic cell rate
//! algorithm on the server's own clock, so that no replica's clock matters. Lanes are kept among replicas too: who is
//! told to wait is expected back, and until then nobody of a lower lane passes. Keys vanish when the quota is full.
//!
//! Nothing fails and nothing waits because Redis is away. What it does not answer within tens of milliseconds counts
//! as an outage, told once; until a connection stands again, which is tried in the background, every question is
//! answered at once with an error, and the caller keeps to its own part of the quota.
//!
//! ```no_run
//! use trunkline_store::redis::RedisQuotas;
//!
//! # async fn example() -> trunkline_core::Result<()> {
//! let quotas = RedisQuotas::open("redis://127.0.0.1:6379").await?;
//! // let services = config.prepare(stores, sealer, Some(&quotas))?; services.start()?;
//! # drop(quotas);
//! # Ok(())
//! # }
//! ```

mod link;
mod quota;

use std::sync::Arc;
use std::time::Duration;

use trunkline_core::Result;
use trunkline_core::quota::{Allotment, Quota, SharedQuotas};

use link::Link;
use quota::RedisQuota;

/// Gauge by `account` and `provider`: 1 while the quota is shared, 0 while Redis is away and each replica keeps to
/// its part.
pub const QUOTA_SHARED: &str = trunkline_core::telemetry::names::QUOTA_SHARED;

/// How Redis is used; the defaults are for production.
#[derive(Clone, Copy, Debug)]
pub struct RedisOptions {
    /// How long an answer may take. Default: 50 ms.
    pub answer_timeout: Duration,
    /// How long a connection may take to stand, name lookup, TLS and password included. Default: 1 s.
    pub connect_timeout: Duration,
    /// The pause before the first new attempt after an outage; it doubles up to twenty times that. Default: 250 ms.
    pub pause: Duration,
}

impl Default for RedisOptions {
    fn default() -> Self {
        Self {
            answer_timeout: Duration::from_millis(50),
            connect_timeout: Duration::from_secs(1),
            pause: Duration::from_millis(250),
        }
    }
}

/// The quotas in one Redis. `Debug` shows no password.
#[derive(Debug)]
pub struct RedisQuotas {
    link: Arc<Link>,
}

impl RedisQuotas {
    /// The quotas in the Redis at a URL: `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS. One
    /// server, not a cluster: the keys are few and small. A Redis that is away is no error; this waits for a connection as long as one may take, and no longer.
    ///
    /// # Errors
    /// `Config` for an invalid URL.
    pub async fn open(url: &str) -> Result<Self> {
        Self::open_with(url, RedisOptions::default()).await
    }

    /// The same with options of your own.
    ///
    /// # Errors
    /// As [`RedisQuotas::open`].
    pub async fn open_with(url: &str, options: RedisOptions) -> Result<Self> {
        let link = Link::open(url, options).await?;
        Ok(Self { link })
    }
}

impl RedisQuotas {
    /// Whether a connection stands on which the script has run, as far as is known.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.link.live().is_ok()
    }
}

impl SharedQuotas for RedisQuotas {
    fn is_live(&self) -> bool {
        self.link.live().is_ok()
    }

    fn quota(&self, allotment: Allotment) -> Arc<dyn Quota> {
        self.link.announce(&allotment.account, &allotment.provider);
        Arc::new(RedisQuota::new(Arc::clone(&self.link), allotment))
    }
}
