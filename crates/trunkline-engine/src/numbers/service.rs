//! What the work on numbers is done with, and what all of it shares.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::action_log::ActionLog;
use crate::journal::{Annotation, Store};
use crate::purchase::Purchases;
use crate::seal::Sealer;
use trunkline_core::capability::Operation;
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::host;
use trunkline_core::model::{HeldRow, Number, NumberId};
use trunkline_core::provider::Provider;
use trunkline_core::registry::{AccountEntry, Registry};

/// A release that was sent and is not wanted any more.
#[derive(Debug)]
pub(super) struct Stopping {
    /// When it was asked for, which tells it from an earlier one that another process has ended.
    pub(super) asked_at: Option<Timestamp>,
    /// Since when it is looked at.
    pub(super) since: Instant,
}

/// A release that could not be finished, and is left alone for a while.
#[derive(Debug)]
pub(super) struct PutOff {
    /// How often in a row.
    pub(super) failures: u32,
    /// Until when.
    pub(super) until: Instant,
}

/// The numbers held. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Numbers {
    pub(super) registry: Arc<Registry>,
    pub(super) store: Arc<dyn Store>,
    pub(super) sealer: Sealer,
    pub(super) purchases: Purchases,
    pub(super) actions: ActionLog,
    pub(super) owner: String,
    /// By number.
    pub(super) stopping: Arc<Mutex<HashMap<NumberId, Stopping>>>,
    /// By number.
    pub(super) put_off: Arc<Mutex<HashMap<NumberId, PutOff>>>,
}

impl Numbers {
    /// Longest that one operation on one number takes.
    pub(super) const TIMEOUT: Duration = Duration::from_secs(30);

    /// A service over these accounts.
    #[must_use]
    pub fn new(
        registry: Arc<Registry>,
        store: Arc<dyn Store>,
        sealer: Sealer,
        purchases: Purchases,
    ) -> Self {
        Self {
            registry,
            actions: ActionLog::new(Arc::clone(&store)),
            store,
            sealer,
            purchases,
            owner: format!("{:016x}", host::random::<u64>()),
            stopping: Arc::default(),
            put_off: Arc::default(),
        }
    }

    /// A number from its carrier. One of ours that it does not know is looked for from then on.
    pub(super) async fn get_from(&self, entry: &AccountEntry, id: &NumberId) -> Result<Number> {
        match entry.provider.get(id.provider_id()).await {
            Ok(number) => Ok(number),
            Err(error) => Err(self.purchases.not_found(entry, id, error).await),
        }
    }

    /// A number with what is noted of it here.
    pub(super) async fn annotated(&self, mut number: Number) -> Result<Number> {
        self.annotate_all(std::slice::from_mut(&mut number)).await?;
        Ok(number)
    }

    pub(super) async fn annotate_all(&self, numbers: &mut [Number]) -> Result<()> {
        if numbers.is_empty() {
            return Ok(());
        }
        let ids: Vec<NumberId> = numbers.iter().map(|number| number.id.clone()).collect();
        let notes = self.store.annotations(&ids).await?.into_iter();
        let mut notes: HashMap<NumberId, Annotation> = notes.collect();
        for number in numbers {
            let Some(note) = notes.remove(&number.id) else {
                continue;
            };
            if note.gone
                && let Some(entry) = self.registry.get(number.id.account())
            {
                let identity = entry.provider.identity();
                let row = HeldRow::of(number);
                self.purchases.is_shown(identity, &row).await;
            }
            (number.tags, number.protected) = (note.tags, note.protected);
            (number.release_at, number.release_held) = (note.release_at, note.release_held);
        }
        Ok(())
    }
}

pub(super) fn not_found(id: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("no number {id}"))
}

pub(super) fn supports_lookup(provider: &dyn Provider) -> bool {
    provider.capability().supports(Operation::FindOwned)
}
