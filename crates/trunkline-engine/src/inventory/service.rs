//! What the inventory is kept and read with.

use std::sync::Arc;
use std::time::Duration;

use super::store::{Inside, Shelf};
use crate::journal::Store;
use crate::purchase::Purchases;
use crate::seal::Sealer;
use crate::search::entries_of;
use trunkline_core::error::Result;
use trunkline_core::host;
use trunkline_core::inventory::InventorySource;
use trunkline_core::model::Caller;
use trunkline_core::registry::{AccountEntry, Registry};

/// How often accounts are read, and what a reading is judged by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// How long after the end of a reading the next begins; zero for readings on demand alone.
    pub every: Duration,
    /// How long after the start of the process the first reading begins at the earliest.
    pub first_after: Duration,
    /// A reading that lacks more numbers than this, and more than `missing_percent`, is not believed.
    pub missing_max: u64,
    /// See `missing_max`.
    pub missing_percent: u64,
    /// How many drifts of one class in one reading have events of their own.
    pub events_each: usize,
    /// How many numbers are written at once.
    pub batch: usize,
    /// How long the numbers of an account are kept once it is removed.
    pub forget_after: Duration,
}

impl Default for Pace {
    /// Readings on demand alone.
    fn default() -> Self {
        Self {
            every: Duration::ZERO,
            first_after: Duration::from_secs(20),
            missing_max: 10,
            missing_percent: 5,
            events_each: 100,
            batch: 500,
            forget_after: Duration::from_secs(30 * 24 * 3_600),
        }
    }
}

impl Pace {
    /// How often accounts are read by default: 15 minutes.
    pub const EVERY: Duration = Duration::from_secs(15 * 60);
}

/// What accounts hold, remembered. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Inventory {
    pub(super) registry: Arc<Registry>,
    pub(super) store: Arc<dyn Store>,
    pub(super) sealer: Sealer,
    pub(super) purchases: Purchases,
    pub(super) pace: Pace,
    pub(super) owner: String,
}

impl Inventory {
    /// A service over these accounts, which reads them on demand alone.
    #[must_use]
    pub fn new(
        registry: Arc<Registry>,
        store: Arc<dyn Store>,
        sealer: Sealer,
        purchases: Purchases,
    ) -> Self {
        Self {
            registry,
            store,
            sealer,
            purchases,
            pace: Pace::default(),
            owner: format!("{:016x}", host::random::<u64>()),
        }
    }

    /// The same at another pace.
    #[must_use]
    pub fn paced(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// The accounts of these names that the caller sees, of all it sees if there is none, of this provider if there is
    /// one.
    pub(super) fn entries(
        &self,
        caller: &Caller,
        accounts: &[String],
        provider: Option<&str>,
    ) -> Result<Vec<Arc<AccountEntry>>> {
        let mut entries = entries_of(&self.registry, caller, accounts)?;
        if let Some(wanted) = provider {
            entries.retain(|entry| entry.provider.provider().as_str() == wanted);
        }
        Ok(entries)
    }

    /// How fresh the inventory of these accounts is, in their order.
    pub(super) async fn sources(
        &self,
        entries: &[Arc<AccountEntry>],
    ) -> Result<Vec<InventorySource>> {
        let inside = identities(entries);
        let known = self.store.shelves(&inside).await?;
        let source = |entry: &Arc<AccountEntry>| {
            let identity = entry.provider.identity();
            let known = known.iter().find(|known| known.shelf.identity == identity);
            InventorySource {
                account: entry.provider.account().clone(),
                provider: entry.provider.provider().clone(),
                as_of: known.and_then(|known| known.as_of),
                error: known.and_then(|known| known.error.clone()),
            }
        };
        Ok(entries.iter().map(source).collect())
    }
}

/// The upstream identities of accounts.
pub(super) fn identities(entries: &[Arc<AccountEntry>]) -> Vec<String> {
    entries
        .iter()
        .map(|entry| entry.provider.identity().to_owned())
        .collect()
}

/// What a caller sees of accounts.
pub(super) fn inside(caller: &Caller, entries: &[Arc<AccountEntry>]) -> Inside {
    Inside {
        tenant: caller.tenant.clone(),
        identities: identities(entries),
    }
}

/// An account as the inventory knows it.
pub(super) fn shelf(entry: &AccountEntry) -> Shelf {
    Shelf {
        identity: entry.provider.identity().to_owned(),
        tenant: entry.tenant.clone(),
        account: entry.provider.account().clone(),
        provider: entry.provider.provider().clone(),
    }
}
