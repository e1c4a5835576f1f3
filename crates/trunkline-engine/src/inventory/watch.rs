//! Readings: on demand, and every so often.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use metrics::gauge;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::service::{Inventory, identities, inside, shelf};
use super::store::Shelf;
use super::sync::{Pass, Report, SyncRequest};
use crate::action::{Action, ActionKind, Outcome, now};
use crate::action_log::ActionLog;
use trunkline_core::capability::Operation;
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::host;
use trunkline_core::inventory::{
    DriftClass, InventoryEntry, InventoryQuery, SyncProgress, SyncReading, SyncState,
};
use trunkline_core::model::{Caller, SyncId};
use trunkline_core::registry::AccountEntry;
use trunkline_core::telemetry::names;

/// How often it is looked which accounts are to be read.
const TICK: Duration = Duration::from_secs(5);

/// How often it is looked for numbers of removed accounts that are to be forgotten.
const SHELVE_EVERY: Duration = Duration::from_secs(3_600);

/// How soon an account is read again whose reading was not complete, at the earliest.
const AGAIN_AFTER: Duration = Duration::from_secs(60);

/// Accounts that a process reads at the same time.
const AT_ONCE: usize = 4;

/// How often the progress of a sync is written down while it goes on.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// A reading whose progress nobody follows.
struct Unheard;

impl Report for Unheard {
    async fn report(&self, _: &SyncReading) {}
}

/// A sync whose progress is written down.
struct Followed {
    inventory: Inventory,
    state: Mutex<(SyncProgress, Instant)>,
}

impl Report for Followed {
    async fn report(&self, progress: &SyncReading) {
        let mut state = self.state.lock().await;
        let (sync, told) = &mut *state;
        let kept = sync
            .accounts
            .iter_mut()
            .find(|it| it.account == progress.account);
        let Some(kept) = kept else { return };
        let moved = kept.state != progress.state;
        kept.clone_from(progress);
        let over = sync.accounts.iter().all(|it| it.state.is_over());
        if over && sync.ended_at.is_none() {
            sync.ended_at = Some(now());
        }
        if moved || told.elapsed() >= TELL_EVERY {
            *told = Instant::now();
            if let Err(error) = self.inventory.store.keep_sync(sync).await {
                tracing::debug!(%error, "the progress of a sync can't be written down");
            }
        }
    }
}

impl Inventory {
    /// Reads accounts now, in the background, and gives the progress so far; see [`Inventory::syncing`].
    ///
    /// # Errors
    /// `NotFound` for an account that is not the caller's; those of the store.
    pub async fn sync(&self, caller: &Caller, request: &SyncRequest) -> Result<SyncProgress> {
        let entries = self.entries(caller, &request.accounts, None)?;
        self.shelve().await?;
        let names = entries.iter().map(|entry| entry.provider.account().clone());
        let mut sync = SyncProgress {
            id: SyncId::generate(now()),
            tenant: caller.tenant.clone(),
            created_at: now(),
            ended_at: None,
            accounts: names.map(SyncReading::new).collect(),
        };
        if sync.accounts.is_empty() {
            sync.ended_at = Some(sync.created_at);
        }
        self.store.keep_sync(&sync).await?;
        let mut action = Action::new(caller, ActionKind::InventorySync).on(sync.id.as_str());
        action.after = serde_json::to_value(request).ok();
        ActionLog::new(Arc::clone(&self.store))
            .done(action, Outcome::Ok)
            .await;
        let followed = Arc::new(Followed {
            inventory: self.clone(),
            state: Mutex::new((sync.clone(), Instant::now())),
        });
        for entry in entries {
            let (followed, believe) = (Arc::clone(&followed), request.believe_missing);
            let work = async move {
                let inventory = &followed.inventory;
                inventory.read_for(&entry, believe, &followed).await;
            };
            self.purchases.tasks().spawn(host::carried(work));
        }
        Ok(sync)
    }

    /// How far a sync has come.
    ///
    /// # Errors
    /// `NotFound` if there is none, or it is another's; those of the store.
    pub async fn syncing(&self, caller: &Caller, id: &SyncId) -> Result<SyncProgress> {
        let found = self.store.sync(id).await?;
        let seen = |sync: &SyncProgress| {
            let mut accounts = sync.accounts.iter();
            accounts.all(|it| caller.sees(&sync.tenant, it.account.as_str()))
        };
        let none = || Error::new(ErrorKind::NotFound, format!("no sync {id}"));
        found.filter(seen).ok_or_else(none)
    }

    /// Reads one account now, and waits until that is done. `None` if another process reads it.
    ///
    /// # Errors
    /// Those of the store; a reading that is not complete says so itself.
    pub async fn read_now(&self, entry: &AccountEntry) -> Result<Option<SyncReading>> {
        let pass = Pass {
            inventory: self,
            entry,
            believe_missing: false,
            report: &Unheard,
        };
        pass.run().await
    }

    /// Reads an account once nobody else does.
    async fn read_for(&self, entry: &AccountEntry, believe_missing: bool, report: &Followed) {
        let pass = Pass {
            inventory: self,
            entry,
            believe_missing,
            report,
        };
        let failed = loop {
            match pass.run().await {
                Ok(Some(_)) => return,
                Ok(None) if self.purchases.is_stopping() => {
                    break Error::new(ErrorKind::Internal, "trunkline was stopped");
                }
                Ok(None) => self.purchases.idle(Duration::from_millis(500)).await,
                Err(error) => break error,
            }
        };
        let progress = SyncReading {
            state: SyncState::Incomplete,
            error: Some(failed),
            ..SyncReading::new(entry.provider.account().clone())
        };
        report.report(&progress).await;
    }

    /// Tells the store which accounts there are, after a start and after accounts changed: what is noted of the numbers
    /// of one that has another name now, such as their protection, follows it.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn follow_accounts(&self) -> Result<()> {
        self.shelve().await.map(drop)
    }

    pub(super) async fn shelve(&self) -> Result<Vec<Shelf>> {
        let shelves: Vec<Shelf> = self.registry.iter().map(|entry| shelf(&entry)).collect();
        self.store.shelve(&shelves, self.pace.forget_after).await?;
        Ok(shelves)
    }

    /// Reads each account every so often, until the process stops.
    pub(crate) async fn watch(&self) {
        let mut reading: JoinSet<()> = JoinSet::new();
        let mut shelved = (Vec::new(), Instant::now());
        let mut counted: HashMap<(String, DriftClass), f64> = HashMap::new();
        let begin = Instant::now() + self.pace.first_after;
        while !self.purchases.is_stopping() {
            while reading.try_join_next().is_some() {}
            let looked = self.look(&mut shelved, &mut reading, begin).await;
            let counted = self.count(&mut counted).await;
            if let Err(error) = looked.and(counted) {
                tracing::debug!(%error, "the inventory can't be looked after yet");
            }
            self.purchases.idle(TICK).await;
        }
        // A reading stops at its next page.
        while reading.join_next().await.is_some() {}
    }

    async fn look(
        &self,
        shelved: &mut (Vec<Shelf>, Instant),
        reading: &mut JoinSet<()>,
        begin: Instant,
    ) -> Result<()> {
        let entries: Vec<Arc<AccountEntry>> = self.registry.iter().collect();
        let now: Vec<Shelf> = entries.iter().map(|entry| shelf(entry)).collect();
        if shelved.0 != now || shelved.1.elapsed() >= SHELVE_EVERY {
            *shelved = (self.shelve().await?, Instant::now());
        }
        if self.pace.every.is_zero() || Instant::now() < begin || !reading.is_empty() {
            return Ok(());
        }
        let states = self.store.shelves(&identities(&entries)).await?;
        for entry in entries {
            let identity = entry.provider.identity();
            let state = states.iter().find(|state| state.shelf.identity == identity);
            let pause = match state.and_then(|state| state.error.as_ref()) {
                Some(_) => self.pace.every.min(AGAIN_AFTER),
                None => self.pace.every,
            };
            let ago = state.and_then(|state| state.ended_ago);
            if ago.is_none_or(|ago| ago >= pause) && reading.len() < AT_ONCE {
                let this = self.clone();
                reading.spawn(host::carried(async move {
                    if let Err(error) = this.read_now(&entry).await {
                        let account = entry.provider.account();
                        tracing::warn!(%account, %error, "{account} can't be read for the inventory: {error}");
                    }
                }));
            }
        }
        Ok(())
    }

    /// Counts open drifts for the metrics.
    async fn count(&self, counted: &mut HashMap<(String, DriftClass), f64>) -> Result<()> {
        for count in counted.values_mut() {
            *count = 0.0;
        }
        for (identity, class, count) in self.store.open_drifts().await? {
            let account = self
                .registry
                .iter()
                .find(|it| it.provider.identity() == identity);
            let Some(account) = account else { continue };
            let name = account.provider.account().to_string();
            #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
            counted.insert((name, class), count as f64);
        }
        for ((account, class), count) in &*counted {
            let labels = [("account", account.clone()), ("class", class.to_string())];
            gauge!(names::DRIFTS_OPEN, &labels).set(*count);
        }
        Ok(())
    }

    /// Records of the same number at other accounts of the tenant that sell numbers, if this one does.
    pub(super) async fn twins(
        &self,
        entry: &AccountEntry,
        new: &InventoryEntry,
    ) -> Result<Vec<InventoryEntry>> {
        let sells = |it: &AccountEntry| it.provider.capability().supports(Operation::Purchase);
        let Some(number) = new.number.number.clone().filter(|_| sells(entry)) else {
            return Ok(Vec::new());
        };
        let caller = Caller::of(entry.tenant.clone());
        let mut others = self.entries(&caller, &[], None)?;
        others.retain(|it| it.provider.identity() != new.identity && sells(it));
        if others.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = InventoryQuery {
            limit: InventoryQuery::LIMIT_MAX,
            ..InventoryQuery::default()
        };
        query.numbers.number = Some(number);
        let found = self
            .store
            .inventory(&inside(&caller, &others), &query, None)
            .await?;
        Ok(found.into_iter().map(|(entry, _)| entry).collect())
    }
}
