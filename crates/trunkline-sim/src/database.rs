//! The database of a simulation: the journal in memory behind a connection, on a disk that loses what was not synced.

mod through;

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rand::RngExt;
use rand::rngs::StdRng;
use tokio::sync::broadcast;
use tokio::time::{Instant, sleep};
use trunkline_core::model::{Ceilings, E164, KeyId, NumberId};
use trunkline_core::{Error, ErrorKind, Result, Retry};
use trunkline_engine::MemoryJournal;
use trunkline_engine::buy::Bought;
use trunkline_engine::domain_event::DomainEvent;
use trunkline_engine::journal::{Record, Scope};
use trunkline_engine::memory::Companion;

use crate::accounts::kind_of;
use crate::history::{History, Line};
use crate::machine::Machine;
use crate::trace::Trace;

/// How the database fares.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Health {
    /// How likely it refuses.
    pub(crate) refusing: f64,
    /// How likely the connection breaks after the write is made.
    pub(crate) breaking: f64,
    /// How likely it takes long.
    pub(crate) slow: f64,
    /// How long at most.
    pub(crate) slowest: Duration,
}

/// How long an operation usually takes at most.
const USUAL: Duration = Duration::from_millis(2);

/// One database, which all gateways share.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) journal: MemoryJournal,
    pub(crate) health: Mutex<Health>,
    pub(crate) history: Arc<Mutex<History>>,
    /// The machines that do something after which it hurts most to be cut off.
    pub(crate) perils: broadcast::Sender<(Arc<Machine>, Peril)>,
    dice: Mutex<StdRng>,
    /// What the disk has, while a crash is near: without what was written since the last sync.
    synced: Mutex<Synced>,
    trace: Trace,
}

/// What a process has just done when it hurts most to be cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peril {
    /// It has written down that an order, or a release, leaves; the database's answer is on its way.
    Written,
    /// An order has left.
    Order,
    /// A release has left.
    Release,
    /// A look has left that may settle a purchase.
    Look,
}

#[derive(Debug, Default)]
enum Synced {
    /// No crash is near.
    #[default]
    Unwatched,
    /// Everything is on the disk.
    All,
    /// This is on the disk.
    Older(Box<MemoryJournal>),
}

/// Whether an operation waits for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sync {
    /// It reads.
    Reads,
    /// What it writes may be lost when the database crashes.
    Lazy,
    /// What it writes, and what was written before it, is on the disk when it is done.
    Durable,
    /// The same, and once it is done something is sent.
    BeforeSending,
}

/// One process's connection to the database.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) database: Arc<Database>,
    pub(crate) from: Arc<Machine>,
}

impl Connection {
    /// The way back: what was done can be old by the time that it is heard of.
    async fn after(&self, operation: &str, sync: Sync) -> Result<()> {
        let from = &self.from;
        if sync == Sync::BeforeSending && self.database.is_perilous(from, Peril::Written) {
            sleep(USUAL).await;
        }
        self.database.after(operation, sync).await
    }
}

impl Database {
    pub(crate) fn new(dice: StdRng, trace: Trace) -> Arc<Self> {
        let history = Arc::<Mutex<History>>::default();
        Arc::new(Self {
            journal: MemoryJournal::default().beside(Arc::new(Chronicle {
                trace: trace.clone(),
                history: Arc::clone(&history),
            })),
            history,
            perils: broadcast::channel(16).0,
            health: Mutex::default(),
            dice: Mutex::new(dice),
            synced: Mutex::default(),
            trace,
        })
    }

    /// The answer to a request for a purchase: what is kept under its key, or what it came to, which is kept if it failed
    /// for good.
    ///
    /// # Errors
    /// `Internal` if a record can't be written as text.
    pub(crate) fn answer(&self, scope: &Scope, bought: Bought) -> Result<Bought> {
        let Bought::Purchase { record, known } = bought else {
            return Ok(bought);
        };
        let broken = |error: serde_json::Error| {
            Error::new(ErrorKind::Internal, "a kept answer can't be read").with_source(error)
        };
        let kept = self.journal.key(scope).and_then(|(_, answer)| answer);
        if let (true, true, Some(text)) = (known, record.purchase.is_done(), kept) {
            let record = serde_json::from_str(&text).map_err(broken)?;
            return Ok(Bought::Purchase { record, known });
        }
        if record.purchase.is_done() && record.purchase.error.is_some() && !record.may_start_over()
        {
            let text = serde_json::to_string(&record).map_err(broken)?;
            self.journal.keep_answer(scope, text, Some(record.version));
        }
        Ok(Bought::Purchase { record, known })
    }

    /// A crash is near: from now on it is known what would be lost.
    pub(crate) fn watch(&self) {
        *self.synced.lock() = Synced::All;
    }

    /// Crashes, and comes back with what is on the disk.
    pub(crate) fn crash(&self) {
        self.is_troubled();
        let synced = std::mem::take(&mut *self.synced.lock());
        let lost = match synced {
            Synced::Older(older) => {
                self.journal.restore(*older);
                "what was not synced is lost"
            }
            Synced::Unwatched | Synced::All => "nothing is lost",
        };
        self.trace
            .tell(&"database", &format_args!("crashes: {lost}"));
    }

    /// How much longer than usual an operation takes on one way.
    fn delay(&self) -> Duration {
        let health = *self.health.lock();
        let mut dice = self.dice.lock();
        if !dice.random_bool(health.slow / 2.0) {
            return Duration::ZERO;
        }
        let delay = dice.random_range(Duration::ZERO..=health.slowest);
        drop(dice);
        self.is_troubled();
        delay
    }

    /// Says that a process does something after which it hurts most to be cut off; gives whether anybody listens.
    pub(crate) fn is_perilous(&self, machine: &Arc<Machine>, peril: Peril) -> bool {
        let told = self.perils.receiver_count() > 0;
        told && self.perils.send((Arc::clone(machine), peril)).is_ok()
    }

    fn is_troubled(&self) {
        self.history.lock().trouble = Some(Instant::now());
    }

    /// The way to the database.
    async fn before(&self, operation: &str, sync: Sync) -> Result<()> {
        let usual = self.dice.lock().random_range(USUAL / 20..USUAL);
        sleep(usual + self.delay()).await;
        let refusing = self.health.lock().refusing;
        if self.dice.lock().random_bool(refusing) {
            self.is_troubled();
            self.trace
                .tell(&"database", &format_args!("refuses {operation}"));
            return Err(away());
        }
        let mut synced = self.synced.lock();
        if let (Sync::Lazy, Synced::All) = (sync, &*synced) {
            *synced = Synced::Older(Box::new(self.journal.copy()));
        }
        Ok(())
    }

    /// The way back: what was done can be old by the time that it is heard of.
    async fn after(&self, operation: &str, sync: Sync) -> Result<()> {
        if matches!(sync, Sync::Durable | Sync::BeforeSending) {
            let mut synced = self.synced.lock();
            if let Synced::Older(_) = &*synced {
                *synced = Synced::All;
            }
        }
        let delay = self.delay();
        if !delay.is_zero() {
            sleep(delay).await;
        }
        if sync == Sync::Reads {
            return Ok(());
        }
        let breaking = self.health.lock().breaking;
        if self.dice.lock().random_bool(breaking) {
            self.is_troubled();
            self.trace.tell(
                &"database",
                &format_args!("loses the answer to {operation}"),
            );
            return Err(away());
        }
        Ok(())
    }
}

/// Writes what happens to purchases and releases into the story.
#[derive(Debug)]
struct Chronicle {
    trace: Trace,
    history: Arc<Mutex<History>>,
}

impl Chronicle {
    /// Notes something of a number.
    fn note(&self, id: &NumberId, number: Option<&E164>, noted: impl FnOnce(&mut History, Line)) {
        if let (Some(kind), Some(number)) = (kind_of(id.account()), number) {
            let line = (kind, number.as_str().to_owned());
            noted(&mut self.history.lock(), line);
        }
    }
}

impl Chronicle {
    /// What an event says of a number that is or was held, and of which.
    fn hear_of_number<'e>(&self, event: &'e DomainEvent<'_>) -> Option<(&'e str, String)> {
        type Noted = fn(&mut History, Line);
        let (id, number, noted, what): (_, _, Noted, _) = match event {
            DomainEvent::ReleaseBegun(release) => {
                let noted: Noted = |history, line| {
                    history.releasing.insert(line);
                };
                let number = release.number.as_ref();
                (&release.number_id, number, noted, "is to be released")
            }
            DomainEvent::ReleaseUndone { release, .. } => {
                let noted: Noted = |history, line| {
                    history.releasing.remove(&line);
                };
                let number = release.number.as_ref();
                (&release.number_id, number, noted, "is not to be released")
            }
            DomainEvent::ReleaseEnded(release) => {
                let noted: Noted = |history, line| {
                    history.releasing.remove(&line);
                    history.ended(&line, true);
                };
                let number = release.number.as_ref();
                (&release.number_id, number, noted, "is released")
            }
            DomainEvent::NumberGone(missing) => {
                let noted: Noted = |history, line| {
                    history.ended(&line, true);
                    history.gone.push((line, Instant::now()));
                };
                let number = Some(&missing.number);
                (&missing.number_id, number, noted, "is gone")
            }
            DomainEvent::NumberReturned(missing) => {
                let noted: Noted = |history, line| history.ended(&line, false);
                let number = Some(&missing.number);
                (&missing.number_id, number, noted, "is there again")
            }
            _ => return None,
        };
        self.note(id, number, noted);
        Some((id.as_str(), what.to_owned()))
    }
}

impl Companion for Chronicle {
    fn hear(&self, events: &[DomainEvent<'_>]) -> Result<()> {
        for event in events {
            let (id, what) = match event {
                DomainEvent::PurchaseBegun(record) => {
                    let (number, account) = (&record.order.number, &record.order.account);
                    let key = &record.purchase.idempotency_key;
                    let what = format!("{key:?} wants {number} at {account}");
                    self.history.lock().begun(record);
                    (record.purchase.id.as_str(), what)
                }
                DomainEvent::PurchaseChanged { before, after } => {
                    let name = |record: &Record| record.purchase.state.as_str();
                    let late = if after.purchase.late { ", late" } else { "" };
                    let asks = after.purchase.needs_person.as_ref();
                    let asks = asks.map_or("", |question| question.why.as_str());
                    self.history.lock().changed(after);
                    let what = format!("{} -> {}{late} {asks}", name(before), name(after));
                    (after.purchase.id.as_str(), what)
                }
                DomainEvent::PurchaseResolved { after, reason, .. } => {
                    self.history.lock().decided(after);
                    let state = after.purchase.state.as_str();
                    let what = format!("a person says that it has {state}: {reason}");
                    (after.purchase.id.as_str(), what)
                }
                DomainEvent::PurchaseRecovered(record) => {
                    (record.purchase.id.as_str(), "is written back".to_owned())
                }
                DomainEvent::Drifted(drift) => {
                    self.history.lock().drifted(drift);
                    let what = format!("differs from the inventory: {}", drift.class);
                    (drift.number_id.as_str(), what)
                }
                other => match self.hear_of_number(other) {
                    Some(heard) => heard,
                    None => continue,
                },
            };
            self.trace.tell(&"journal", &format_args!("{id} {what}"));
        }
        Ok(())
    }

    fn ceilings_of(&self, _: &KeyId) -> Ceilings {
        Ceilings::default()
    }
}

fn away() -> Error {
    Error::new(
        ErrorKind::UpstreamUnavailable,
        "the simulated database is away",
    )
    .with_retry(Retry::Backoff)
}
