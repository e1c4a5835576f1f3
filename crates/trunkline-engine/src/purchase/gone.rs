//! Numbers of ours that their carrier does not know any more. One that is gone ends as released; one that shows again
//! is booked again.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use metrics::counter;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::held_lease::HeldLease;
use crate::journal::Record;
use crate::missing::MissingNumber;
use crate::purchase::service::{Purchases, now};
use crate::purchase::settle::Settling;
use crate::spend::{Full, full};
use trunkline_core::call::{Call, Lane};
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::host;
use trunkline_core::model::{E164, HeldRow, NumberId, Provenance, PurchaseId};
use trunkline_core::registry::AccountEntry;
use trunkline_core::strength::Safeguard;
use trunkline_core::telemetry::names;

/// Numbers that are looked for at the same time.
const AT_ONCE: usize = 256;

/// How long a number whose account can't be asked is left alone at most.
const LEFT_ALONE: Duration = Duration::from_secs(60);

/// After how many looks in a row that failed it is.
const FAILURES: u32 = 4;

/// How often it is asked whether what fills a purse is still there, and of how many numbers.
const DOUBT_EVERY: Duration = Duration::from_secs(60);
const DOUBTED: usize = 10;

impl Purchases {
    /// The error for a number that its carrier does not know. One of ours is looked for from now on.
    pub(crate) async fn not_found(
        &self,
        entry: &AccountEntry,
        id: &NumberId,
        error: Error,
    ) -> Error {
        if error.kind() != ErrorKind::NotFound {
            return error;
        }
        match self.suspect(entry, id.provider_id()).await {
            Ok(Some(missing)) => told(id, &missing).with_source(error),
            Ok(None) => error,
            Err(failed) => {
                tracing::warn!(error = %failed, "it can't be written down that a number is missing");
                error
            }
        }
    }

    /// Notes that a carrier answered 404 for this id, if it is one of ours. Returns what is known of it.
    ///
    /// # Errors
    /// Those of the journal.
    pub(crate) async fn suspect(
        &self,
        entry: &AccountEntry,
        provider_id: &str,
    ) -> Result<Option<MissingNumber>> {
        let (store, identity) = (&self.0.store, entry.provider.identity());
        let (known, winner) = (
            store.missing(identity, provider_id).await?,
            store.winner(identity, provider_id).await?,
        );
        let id = match (known, winner) {
            // One that was gone and that another purchase has won since is missing anew.
            (Some(known), Some(id)) if known.gone_at.is_some() => {
                store.return_missing(&known, &[]).await?;
                id
            }
            (Some(known), _) => return Ok(Some(known)),
            (None, Some(id)) => id,
            (None, None) => return Ok(None),
        };
        let Some(record) = store.load(&id).await? else {
            return Ok(None);
        };
        let missing = MissingNumber {
            tenant: record.tenant.clone(),
            identity: identity.to_owned(),
            number_id: NumberId::of(entry.provider.account(), provider_id)?,
            number: record.purchase.number,
            purchase: id,
            since: now(),
            gone_at: None,
            provenance: Provenance {
                requester: record.provenance.requester.clone(),
                taken_over: false,
            },
        };
        let wait = entry.gone_after.saturating_sub(held_for(&record));
        let wait = wait.min(MissingNumber::LONGEST_PAUSE);
        store.suspect(&missing, wait).await?;
        Ok(Some(missing))
    }

    /// The same of a number in E.164 form that no look at the account shows.
    ///
    /// # Errors
    /// Those of the journal.
    pub(crate) async fn suspect_number(&self, entry: &AccountEntry, number: &E164) -> Result<()> {
        // From the view of a purchase that is not written down: only who has won an id is of interest.
        let nobody = PurchaseId::generate(now());
        let identity = entry.provider.identity();
        for known in self.0.store.known_ids(identity, number, &nobody).await? {
            if known.holder().is_some() {
                self.suspect(entry, &known.provider_id).await?;
            }
        }
        Ok(())
    }

    /// The error for a purse without room. Asks now and then whether the numbers that fill it are still held.
    pub(super) fn no_room(&self, record: &Record, purse: &Full) -> Error {
        self.doubt(purse.purse.clone());
        full(&record.purchase.account, &record.charges, purse)
    }

    fn doubt(&self, purse: String) {
        let this = self.clone();
        self.0.tasks.spawn(host::carried(async move {
            if let Err(error) = this.ask_for_spenders(&purse).await {
                tracing::debug!(%error, "it can't be asked what fills a purse");
            }
        }));
    }

    async fn ask_for_spenders(&self, purse: &str) -> Result<()> {
        let (store, name) = (&self.0.store, format!("doubt:{purse}"));
        if !store.tell_once(&name, DOUBT_EVERY, &[]).await? {
            return Ok(());
        }
        for id in store.spenders(purse, DOUBTED).await? {
            if self.is_stopping() {
                return Ok(());
            }
            self.ask_for(&id).await?;
        }
        Ok(())
    }

    async fn ask_for(&self, id: &PurchaseId) -> Result<()> {
        let Some(record) = self.0.store.load(id).await? else {
            return Ok(());
        };
        let won = record.attempt().and_then(|won| won.provider_id.clone());
        let (Some(entry), Some(won)) = (self.entry(&record), won) else {
            return Ok(());
        };
        let call = Call::within(self.0.timing.look, Lane::Reconcile);
        match call.scope(entry.provider.get(&won)).await {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.suspect(&entry, &won).await.map(drop)
            }
            // An account that can't be asked now is asked the next time.
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Looks for numbers that are missing, until [`Purchases::shutdown`]. Run it once per process.
    pub(crate) async fn look_for_missing(&self) {
        let room = Arc::new(Semaphore::new(AT_ONCE));
        while !self.is_stopping() {
            if let Err(error) = self.take_up_missing(&room).await {
                tracing::warn!(%error, "missing numbers can't be read");
            }
            self.idle(self.0.timing.tick).await;
        }
    }

    async fn take_up_missing(&self, room: &Arc<Semaphore>) -> Result<()> {
        let store = &self.0.store;
        for missing in store.suspects(room.available_permits()).await? {
            let Ok(permit) = Arc::clone(room).try_acquire_owned() else {
                return Ok(());
            };
            let name = missing.lease_name();
            if let Some(lease) = store.acquire(&name, &self.0.owner).await? {
                let this = self.clone();
                let work =
                    async move { this.look_for(missing, HeldLease::new(lease), permit).await };
                self.0.tasks.spawn(host::carried(work));
            }
        }
        Ok(())
    }

    async fn look_for(
        &self,
        missing: MissingNumber,
        held: HeldLease,
        permit: OwnedSemaphorePermit,
    ) {
        let decided = held.during(&*self.0.store, self.decide(&missing, &held));
        if let Err(error) = decided.await {
            tracing::warn!(%error, "a missing number is looked for later");
        }
        drop(permit);
    }

    /// Looks until it is there, or was absent for the settling time.
    async fn decide(&self, missing: &MissingNumber, held: &HeldLease) -> Result<()> {
        let store = &self.0.store;
        let account = missing.number_id.account();
        let Some(entry) = self.0.registry.find(&missing.identity, account) else {
            return store.put_off_suspect(missing, pause(missing)).await;
        };
        let mut settling = Settling::new(entry.settle);
        let mut failures = 0;
        loop {
            let there = match self.is_there(&entry, missing).await {
                Err(_) if Safeguard::GoneNeedsLook.is_off() => Ok(false),
                there => there,
            };
            let next = match there {
                Ok(true) => return store.clear_suspect(missing).await,
                Ok(false) => {
                    if settling.absent() || Safeguard::GoneNeedsTime.is_off() {
                        return self.end_missing(missing, held).await;
                    }
                    failures = 0;
                    settling.next()
                }
                Err(error) => {
                    failures += 1;
                    if failures >= FAILURES {
                        return store.put_off_suspect(missing, pause(missing)).await;
                    }
                    settling.failed(error.retry_after())
                }
            };
            tokio::select! {
                biased;
                () = self.0.stop.cancelled() => return Ok(()),
                () = tokio::time::sleep_until(next) => {}
            }
        }
    }

    /// Whether the account has it: by its id, or in a complete look. A failed look says nothing.
    async fn is_there(&self, entry: &AccountEntry, missing: &MissingNumber) -> Result<bool> {
        let provider_id = missing.number_id.provider_id();
        let call = Call::within(self.0.timing.look, Lane::Reconcile);
        let look = async {
            match entry.provider.get(provider_id).await {
                // An id that was given to another number since is not ours any more.
                Ok(number) => {
                    let other = number.e164().filter(|number| *number != missing.number);
                    return Ok(other.is_none());
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
            let sighting = self.sight(entry, &missing.number).await?;
            // A row of its id that can't be read may be it; one of another id is not.
            let ids = sighting.rows.iter().map(|row| &row.provider_id);
            let mut ids = ids.chain(&sighting.unreadable);
            Ok(ids.any(|id| id == provider_id))
        };
        call.scope(look).await
    }

    async fn end_missing(&self, missing: &MissingNumber, held: &HeldLease) -> Result<()> {
        if !held.lease().holds() {
            return Ok(());
        }
        let gone = MissingNumber {
            gone_at: Some(now()),
            ..missing.clone()
        };
        if self.0.store.end_missing(&gone).await? {
            let account = gone.number_id.account().to_owned();
            counter!(names::NUMBERS_GONE, "account" => account).increment(1);
            let id = trunkline_core::mask_numbers(gone.number_id.as_str());
            tracing::warn!(
                number.id = %id, purchase = %gone.purchase,
                "{id} is gone: its carrier does not know it any more, so nothing is committed for it"
            );
        }
        Ok(())
    }

    /// Books a number again that was taken for gone and shows. A failure only waits for the next look.
    pub(crate) async fn is_shown(&self, identity: &str, row: &HeldRow) {
        if let Err(error) = self.take_back(identity, row).await {
            tracing::warn!(%error, "it can't be written down that a number is there again");
        }
    }

    /// The same of each row of a look.
    pub(super) async fn are_shown(&self, identity: &str, rows: &[HeldRow]) {
        for row in rows {
            self.is_shown(identity, row).await;
        }
    }

    /// The same.
    ///
    /// # Errors
    /// Those of the journal.
    pub(crate) async fn take_back(&self, identity: &str, row: &HeldRow) -> Result<()> {
        let store = &self.0.store;
        let missing = store.missing(identity, &row.provider_id).await?;
        let is_gone =
            |it: &MissingNumber| it.gone_at.is_some() && !Safeguard::ReturnedBooked.is_off();
        let Some(gone) = missing.filter(is_gone) else {
            return Ok(());
        };
        let record = store.load(&gone.purchase).await?;
        // A carrier that uses its ids again may have sold the number anew: to whom, its purchase finds out.
        let won = record.as_ref().and_then(Record::attempt);
        let won_at = won.and_then(|won| won.created_at);
        let is_another =
            matches!((won_at, row.created_at), (Some(won), Some(shown)) if shown > won);
        let winner = store.winner(identity, &row.provider_id);
        if is_another && winner.await?.is_none() {
            return Ok(());
        }
        let mut charges = record.map_or_else(Vec::new, |record| record.charges);
        charges.retain(|charge| charge.monthly);
        if store.return_missing(&gone, &charges).await? {
            let account = gone.number_id.account().to_owned();
            counter!(names::NUMBERS_RETURNED, "account" => account).increment(1);
            let id = trunkline_core::mask_numbers(gone.number_id.as_str());
            tracing::warn!(number.id = %id, purchase = %gone.purchase, "{id} was taken for gone and is there again");
        }
        Ok(())
    }
}

/// For how long a purchase has had its number.
fn held_for(record: &Record) -> Duration {
    record.purchase.settled_at.map(since).unwrap_or_default()
}

/// How long a number whose account can't be asked is left alone: half as long as it has been missing.
fn pause(missing: &MissingNumber) -> Duration {
    (since(missing.since) / 2).clamp(Duration::from_secs(1), LEFT_ALONE)
}

fn since(then: Timestamp) -> Duration {
    Duration::try_from(now().duration_since(then)).unwrap_or_default()
}

fn told(id: &NumberId, missing: &MissingNumber) -> Error {
    let message = match missing.gone_at {
        Some(at) => {
            format!("{id} is gone: it was released without trunkline, which was noticed at {at:.0}")
        }
        None => format!(
            "{id} is missing: its carrier has not known it since {:.0}, and trunkline looks whether it is gone",
            missing.since
        ),
    };
    Error::new(ErrorKind::NotFound, message)
}
