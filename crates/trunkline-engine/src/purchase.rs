//! Buying exactly once: written down, looked for, sent bare and once, and then asked about.

mod choose;
mod drive;
mod evidence;
mod gone;
mod readings;
mod reconcile;
mod settle;
mod skew;
mod spans;
mod start;
mod step;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::domain_event::DomainEvent;
use crate::journal::{Change, Commit, PurchaseFilter, Record, Store};
use crate::prices::PriceLists;
use readings::Readings;
use reconcile::Crowd;
use skew::Skews;
use trunkline_core::call::{Call, Lane};
use trunkline_core::error::{Error, ErrorKind, Result, Retry};
use trunkline_core::model::{Caller, NumberId, PurchaseId, PurchaseState};
use trunkline_core::registry::{AccountEntry, Registry};

pub use choose::Choice;
pub(crate) use drive::Held;
pub use start::{Keyed, Replay, Started};

/// How long things take; the defaults are for production.
#[derive(Clone, Debug)]
pub struct Timing {
    /// Longest that a purchase waits for the carrier's answer, from the moment it may leave.
    pub send: Duration,
    /// Longest that each request of a look takes; a look at a long list takes many.
    pub look: Duration,
    /// How long after it was presumed failed a purchase is looked for again; the last one repeats.
    pub watch: Vec<Duration>,
    /// How many complete looks in the last of these pauses end the watch.
    pub watch_looks: u32,
    /// How often the journal is searched for work that nobody does.
    pub tick: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        Self {
            send: Duration::from_secs(40),
            look: Duration::from_secs(10),
            watch: vec![minutes(1), minutes(2), minutes(5), minutes(10), minutes(60)],
            watch_looks: 24,
            tick: Duration::from_secs(1),
        }
    }
}

/// A person's verdict on a purchase.
#[derive(Clone, Copy, Debug)]
pub struct Resolution<'a> {
    /// The carrier's id of the number if it was bought, `None` if it was not.
    pub provider_id: Option<&'a str>,
    /// How the person knows.
    pub reason: &'a str,
}

/// What became of a purchase that this process works on, once it has done its part.
type Outcome = Option<Result<Record>>;

/// Buys, and settles what is open. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Purchases(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Arc<Registry>,
    store: Arc<dyn Store>,
    timing: Timing,
    owner: String,
    tasks: TaskTracker,
    stop: CancellationToken,
    working: Mutex<HashMap<PurchaseId, watch::Receiver<Outcome>>>,
    crowd: Crowd,
    readings: Readings,
    prices: Arc<PriceLists>,
    skews: Skews,
}

impl Purchases {
    /// A service over these accounts and this journal.
    #[must_use]
    pub fn new(registry: Arc<Registry>, store: Arc<dyn Store>, timing: Timing) -> Self {
        Self(Arc::new(Inner {
            registry,
            store,
            timing,
            owner: format!("{:016x}", rand::random::<u64>()),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            working: Mutex::default(),
            crowd: Crowd::default(),
            readings: Readings::default(),
            prices: Arc::default(),
            skews: Skews::default(),
        }))
    }

    /// One purchase of a tenant.
    ///
    /// # Errors
    /// `NotFound` if there is none, or it is another's.
    pub async fn get(&self, caller: &Caller, id: &PurchaseId) -> Result<Record> {
        let record = self.whole(caller, id).await?;
        Ok(seen_by(caller, record))
    }

    /// The record as it is kept.
    async fn whole(&self, caller: &Caller, id: &PurchaseId) -> Result<Record> {
        let record = self.0.store.load(id).await?;
        record
            .filter(|record| caller.sees(&record.tenant, record.purchase.account.as_str()))
            .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("no purchase {id}")))
    }

    /// A tenant's purchases at the accounts that the caller sees, newest first.
    ///
    /// # Errors
    /// Those of the journal.
    pub async fn list(
        &self,
        caller: &Caller,
        filter: &PurchaseFilter,
        limit: usize,
    ) -> Result<Vec<Record>> {
        let filter = PurchaseFilter {
            accounts: caller.accounts.clone(),
            ..filter.clone()
        };
        let found = self.0.store.purchases(&caller.tenant, &filter, limit);
        let found = found.await?.into_iter();
        Ok(found.map(|record| seen_by(caller, record)).collect())
    }

    /// Waits until a purchase is done, at most this long, and gives it as it is then.
    ///
    /// # Errors
    /// Those of the journal; `NotFound` if there is no such purchase.
    pub async fn wait(&self, id: &PurchaseId, timeout: Duration) -> Result<Record> {
        // Many may wait for what another replica works on: the journal is asked often at first, and then seldom.
        const POLL: Duration = Duration::from_millis(100);
        const POLL_MAX: Duration = Duration::from_secs(1);
        let mut pause = POLL;
        let deadline = Instant::now() + timeout;
        let here = self.working().get(id).cloned();
        let mut failed = None;
        if let Some(mut outcome) = here
            && let Ok(Ok(done)) =
                tokio::time::timeout_at(deadline, outcome.wait_for(Option::is_some)).await
        {
            match done.clone() {
                Some(Ok(record)) => return Ok(record),
                Some(Err(error)) => failed = Some(error),
                None => {}
            }
        }
        loop {
            let record = self.0.store.load(id).await?;
            let record = record
                .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("no purchase {id}")))?;
            // Nothing was sent, and nobody here works on it any more: that is no open outcome.
            if let Some(error) = &failed
                && record.purchase.state == PurchaseState::Intended
            {
                return Err(error.clone());
            }
            if record.purchase.is_done() || Instant::now() >= deadline {
                return Ok(record);
            }
            tokio::time::sleep_until(deadline.min(Instant::now() + pause)).await;
            pause = (pause * 2).min(POLL_MAX);
        }
    }

    /// Settles by a person's verdict a purchase that can't be settled by asking: one whose outcome is unknown, or that is
    /// presumed failed, with or without an open question.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` if its outcome is certain, or the number is another purchase's, or is being bought.
    pub async fn resolve(
        &self,
        caller: &Caller,
        id: &PurchaseId,
        verdict: Resolution<'_>,
    ) -> Result<Record> {
        let asked = self.whole(caller, id).await?;
        let won = match verdict.provider_id {
            Some(written) => Some(self.check_held(&asked, written).await?),
            None => None,
        };
        loop {
            let mut record = self.whole(caller, id).await?;
            let before = record.clone();
            if !record.resolve(won.as_deref(), verdict.reason, now()) {
                let message = match record.purchase.state {
                    PurchaseState::Failed if verdict.provider_id.is_none() => {
                        "it has failed already".to_owned()
                    }
                    state => format!(
                        "only an outcome that is unknown, or presumed failed, can be decided by hand; this purchase is {}",
                        state.as_str()
                    ),
                };
                return Err(Error::new(ErrorKind::Conflict, message));
            }
            let change = Change {
                event: Some(DomainEvent::PurchaseResolved {
                    caller,
                    before: &before,
                    after: &record,
                    reason: verdict.reason,
                }),
                record: &record,
                lease: None,
                durable: true,
                look_in: self.next_look(&record),
                forget_answer: true,
                unclaimed: before.purchase.state == PurchaseState::Failed,
                gives_up: None,
            };
            match self.0.store.commit(change).await? {
                Commit::Done(version) => {
                    record.version = version;
                    self.fill_in(&mut record).await;
                    self.settle_others(&record).await;
                    return Ok(seen_by(caller, record));
                }
                Commit::Busy => {
                    let message = format!(
                        "{} is being bought or released by another request",
                        record.purchase.number
                    );
                    let wait = Duration::from_secs(2);
                    return Err(
                        Error::new(ErrorKind::Conflict, message).with_retry(Retry::After(wait))
                    );
                }
                Commit::NotOurs(other) => {
                    let message = format!("the carrier's number was bought by {other}");
                    return Err(
                        Error::new(ErrorKind::Conflict, message).with_purchase(other.as_str())
                    );
                }
                Commit::Stale | Commit::LeaseLost | Commit::Full(_) => {}
            }
        }
    }

    /// A number that a person says was bought must be there, if the account can be asked. Gives the one spelling of its id.
    async fn check_held(&self, record: &Record, written: &str) -> Result<String> {
        let field = |message: String| Error::invalid("provider_id", message);
        NumberId::of(&record.purchase.account, written)
            .map_err(|_| field("not an id of a carrier's".to_owned()))?;
        let Some(entry) = self.entry(record) else {
            return Ok(written.to_owned());
        };
        let call = Call::within(self.0.timing.look, Lane::Purchase);
        let own = entry.provider.canonical(written);
        match call.scope(entry.provider.get(&own)).await {
            Ok(number) if number.e164() != Some(record.purchase.number) => {
                Err(field(format!("that is not {}", record.purchase.number)))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(field("the account holds no such number".to_owned()))
            }
            Ok(number) => Ok(number.provider_id),
            Err(_) => Ok(own),
        }
    }

    /// Whether [`Purchases::shutdown`] has begun.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.0.stop.is_cancelled()
    }

    /// What tells all work of the process to end.
    pub(crate) fn stop(&self) -> CancellationToken {
        self.0.stop.clone()
    }

    /// Waits for so long, or until [`Purchases::shutdown`] begins.
    pub async fn idle(&self, pause: Duration) {
        tokio::select! {
            () = self.0.stop.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }

    /// Stops settling, waits for what is being sent, and leaves the rest to the next process.
    pub async fn shutdown(&self) {
        self.0.stop.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    /// The tracker that all work outliving its caller runs on.
    #[must_use]
    pub fn tasks(&self) -> &TaskTracker {
        &self.0.tasks
    }

    /// How often the journal is searched for work that nobody does.
    pub(crate) fn tick(&self) -> Duration {
        self.0.timing.tick
    }

    /// The price lists that it keeps.
    pub(crate) fn prices(&self) -> Arc<PriceLists> {
        Arc::clone(&self.0.prices)
    }

    fn working(&self) -> std::sync::MutexGuard<'_, HashMap<PurchaseId, watch::Receiver<Outcome>>> {
        self.0
            .working
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn entry(&self, record: &Record) -> Option<Arc<AccountEntry>> {
        let attempt = record.attempt()?;
        let registry = &self.0.registry;
        registry.find(&attempt.identity, attempt.account.as_str())
    }
}

/// The record without what happened at accounts that the caller does not see: another key may have asked for more.
fn seen_by(caller: &Caller, mut record: Record) -> Record {
    let tenant = record.tenant.clone();
    let purchase = &mut record.purchase;
    purchase
        .attempts
        .retain(|attempt| caller.sees(&tenant, attempt.account.as_str()));
    purchase
        .candidates
        .retain(|candidate| caller.sees(&tenant, candidate.account.as_str()));
    record
}

fn now() -> Timestamp {
    Timestamp::now()
}
