//! Tokens that rotate, sealed in the store and renewed under its leases.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::journal::{Lease, Moment, Store};
use crate::seal::Sealer;
use secrecy::{ExposeSecret, SecretString};
use trunkline_core::error::Result;
use trunkline_core::host;
use trunkline_core::vault::{RenewalLease, TokenVault, Tokens};

const PURPOSE: &str = "tokens";

/// A [`TokenVault`] over the shared store. Tokens sealed with another secret key are ignored.
#[derive(Clone, Debug)]
pub struct StoreVault {
    store: Arc<dyn Store>,
    sealer: Sealer,
    owner: String,
}

/// What stands under the seal.
#[derive(Serialize, Deserialize)]
struct Sealed {
    #[serde(rename = "a")]
    access: String,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    refresh: Option<String>,
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    renew_at: Option<Timestamp>,
}

impl StoreVault {
    /// A vault in this store, under this seal.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, sealer: Sealer) -> Self {
        Self {
            store,
            sealer,
            owner: format!("{:016x}", host::random::<u64>()),
        }
    }
}

#[async_trait]
impl TokenVault for StoreVault {
    async fn load(&self, name: &str) -> Result<Option<Tokens>> {
        let Some(text) = self.store.sealed(name).await? else {
            return Ok(None);
        };
        let Some(sealed) = self.sealer.open::<Sealed>(PURPOSE, &text) else {
            tracing::warn!(name, "kept tokens were sealed with another secret key");
            return Ok(None);
        };
        Ok(Some(Tokens {
            access: sealed.access.into(),
            refresh: sealed.refresh.map(Into::into),
            expires_at: sealed.expires_at,
            renew_at: sealed.renew_at,
        }))
    }

    async fn lock(&self, name: &str) -> Result<Option<RenewalLease>> {
        let lease = self.store.acquire(&lease_name(name), &self.owner).await?;
        Ok(lease.map(|lease| RenewalLease {
            name: name.to_owned(),
            fence: lease.fence,
        }))
    }

    async fn keep(&self, lease: &RenewalLease, tokens: &Tokens) -> Result<()> {
        let sealed = Sealed {
            access: exposed(&tokens.access).to_owned(),
            refresh: tokens
                .refresh
                .as_ref()
                .map(|token| exposed(token).to_owned()),
            expires_at: tokens.expires_at,
            renew_at: tokens.renew_at,
        };
        let text = self.sealer.seal(PURPOSE, &sealed)?;
        self.store.keep_sealed(&lease.name, &text).await?;
        // They are kept: that the lease could not be given back only makes the next one wait.
        if let Err(error) = self.unlock(lease).await {
            tracing::warn!(%error, "the lease of a renewal is left to lapse");
        }
        Ok(())
    }

    async fn unlock(&self, lease: &RenewalLease) -> Result<()> {
        self.store
            .unlock(&Lease {
                name: lease_name(&lease.name),
                owner: self.owner.clone(),
                fence: lease.fence,
                ends: Moment::now(),
            })
            .await
    }
}

fn lease_name(name: &str) -> String {
    format!("tokens:{name}")
}

/// The text of a token, to be sealed.
fn exposed(token: &SecretString) -> &str {
    token.expose_secret()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryJournal;

    fn tokens() -> Tokens {
        Tokens {
            access: "access-1".into(),
            refresh: Some("refresh-1".into()),
            expires_at: Some(Timestamp::UNIX_EPOCH),
            renew_at: None,
        }
    }

    #[tokio::test]
    async fn tokens_are_kept_sealed_and_found_by_another_process() {
        let store: Arc<dyn Store> = Arc::new(MemoryJournal::default());
        let vault = || StoreVault::new(store.clone(), Sealer::new(b"secret"));
        let lease = vault().lock("zendesk/acme").await.unwrap().unwrap();
        vault().keep(&lease, &tokens()).await.unwrap();
        let text = store.sealed("zendesk/acme").await.unwrap().unwrap();
        assert!(!text.contains("access-1") && !text.contains("refresh-1"));
        let found = vault().load("zendesk/acme").await.unwrap().unwrap();
        assert_eq!(exposed(&found.access), "access-1");
        assert_eq!(found.expires_at, Some(Timestamp::UNIX_EPOCH));
    }

    #[tokio::test]
    async fn one_process_renews_at_a_time() {
        let store: Arc<dyn Store> = Arc::new(MemoryJournal::default());
        let vault = StoreVault::new(store.clone(), Sealer::new(b"secret"));
        let other = StoreVault::new(store, Sealer::new(b"secret"));
        let lease = vault.lock("zendesk/acme").await.unwrap().unwrap();
        assert!(other.lock("zendesk/acme").await.unwrap().is_none());
        vault.unlock(&lease).await.unwrap();
        assert!(other.lock("zendesk/acme").await.unwrap().is_some());
    }

    #[tokio::test]
    async fn new_secret_key_starts_from_scratch() {
        let store: Arc<dyn Store> = Arc::new(MemoryJournal::default());
        let vault = StoreVault::new(store.clone(), Sealer::new(b"secret"));
        let lease = vault.lock("zendesk/acme").await.unwrap().unwrap();
        vault.keep(&lease, &tokens()).await.unwrap();
        let other = StoreVault::new(store, Sealer::new(b"another"));
        assert!(other.load("zendesk/acme").await.unwrap().is_none());
    }
}
