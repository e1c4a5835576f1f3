//! Tokens that rotate: kept between processes, renewed by one of them at a time.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretString;

use crate::error::Result;

/// What a carrier issued last.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Sent with every request.
    pub access: SecretString,
    /// Buys the next pair; the carrier may forget this one as soon as it has been used.
    pub refresh: Option<SecretString>,
    /// When the access token stops working, by our clock.
    pub expires_at: Option<Timestamp>,
    /// From when on it is renewed; set by the process that renews it.
    pub renew_at: Option<Timestamp>,
}

/// The right to renew, for a short while. Giving it back is [`TokenVault::unlock`], or [`TokenVault::keep`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenewalLease {
    /// What is renewed.
    pub name: String,
    /// Counts up with every holder.
    pub fence: i64,
}

/// Where rotating tokens are kept. Names tell carrier, identity and configured credential apart, and hold no secret.
///
/// # Errors
/// Every method answers `UpstreamUnavailable` if the database can't be reached or written.
#[async_trait]
pub trait TokenVault: Debug + Send + Sync + 'static {
    /// What was kept last under a name.
    async fn load(&self, name: &str) -> Result<Option<Tokens>>;

    /// Takes the right to renew; `None` while another has it.
    async fn lock(&self, name: &str) -> Result<Option<RenewalLease>>;

    /// Keeps new tokens durably and gives the lease back, even if it lapsed: the carrier has forgotten the old ones.
    async fn keep(&self, lease: &RenewalLease, tokens: &Tokens) -> Result<()>;

    /// Gives the right back, nothing renewed.
    async fn unlock(&self, lease: &RenewalLease) -> Result<()>;
}

/// Keeps tokens as long as the process lives: for tests, and for credentials that do not rotate.
#[derive(Debug, Default)]
pub struct MemoryVault {
    entries: Mutex<HashMap<String, Entry>>,
}

#[derive(Debug, Default)]
struct Entry {
    tokens: Option<Tokens>,
    fence: i64,
    locked: bool,
}

impl MemoryVault {
    fn with<T>(&self, name: &str, work: impl FnOnce(&mut Entry) -> T) -> T {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        work(entries.entry(name.to_owned()).or_default())
    }
}

#[async_trait]
impl TokenVault for MemoryVault {
    async fn load(&self, name: &str) -> Result<Option<Tokens>> {
        Ok(self.with(name, |entry| entry.tokens.clone()))
    }

    async fn lock(&self, name: &str) -> Result<Option<RenewalLease>> {
        Ok(self.with(name, |entry| {
            (!entry.locked).then(|| {
                entry.locked = true;
                entry.fence += 1;
                RenewalLease {
                    name: name.to_owned(),
                    fence: entry.fence,
                }
            })
        }))
    }

    async fn keep(&self, lease: &RenewalLease, tokens: &Tokens) -> Result<()> {
        self.with(&lease.name, |entry| {
            entry.tokens = Some(tokens.clone());
            entry.locked = false;
        });
        Ok(())
    }

    async fn unlock(&self, lease: &RenewalLease) -> Result<()> {
        self.with(&lease.name, |entry| entry.locked = false);
        Ok(())
    }
}
