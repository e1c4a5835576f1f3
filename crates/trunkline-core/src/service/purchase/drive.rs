//! One purchase from intent to done, under its lease.

use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use crate::call::{Call, Lane};
use crate::error::{Effect, Error, ErrorKind, Result, Retry};
use crate::failpoint;
use crate::model::{ConfigurationState, E164, Look, Number, PurchaseState, Seen, Sighting};
use crate::service::journal::{Change, Commit, Lease, Record};
use crate::service::purchase::choose::last_word;
use crate::service::purchase::reconcile::Seat;
use crate::service::purchase::spans::Spans;
use crate::service::purchase::{Purchases, now};
use crate::service::trail::Trail;

/// Who wrote the purchase down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// This process, just now.
    Fresh,
    /// A process that is gone, or gave it up.
    TakenOver,
}

/// A lease that is renewed while the work goes on.
pub(crate) struct Held {
    lease: Mutex<Lease>,
    /// Whether it is one of the purchases that others left, of which only so many are worked on at once.
    pub(super) seated: bool,
}

impl Held {
    pub(crate) const fn new(lease: Lease) -> Self {
        Self {
            lease: Mutex::new(lease),
            seated: false,
        }
    }

    pub(crate) fn lease(&self) -> Lease {
        self.lock().clone()
    }

    fn set(&self, lease: Lease) {
        *self.lock() = lease;
    }

    fn lock(&self) -> MutexGuard<'_, Lease> {
        self.lease.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Purchases {
    /// Works on a purchase that this process has just written down.
    pub(super) fn spawn(&self, record: Record, lease: Lease) {
        self.spawn_on(record, lease, None);
    }

    /// Works on a purchase; with a seat it is one that was left by another process.
    pub(super) fn spawn_on(&self, record: Record, lease: Lease, seat: Option<Seat>) {
        let (done, outcome) = watch::channel(None);
        let id = record.purchase.id.clone();
        self.working().insert(id.clone(), outcome);
        let this = self.clone();
        let origin = match seat {
            Some(_) => Origin::TakenOver,
            None => Origin::Fresh,
        };
        let spans = Spans::of(&record.purchase, origin);
        self.0.tasks.spawn(spans.clone().within(async move {
            let result = Box::pin(this.drive(record, lease, origin)).await;
            spans.end(&result);
            drop(seat);
            if let Err(error) = &result {
                tracing::warn!(purchase = %id, %error, "{id} is left to be settled later: {error}");
            }
            this.working().remove(&id);
            done.send_replace(Some(result));
        }));
    }

    async fn drive(&self, mut record: Record, lease: Lease, origin: Origin) -> Result<Record> {
        record.trail.taken_over = origin == Origin::TakenOver;
        let held = Held {
            seated: origin == Origin::TakenOver,
            ..Held::new(lease)
        };
        let result = tokio::select! {
            result = self.work(&mut record, &held, origin) => result,
            never = self.keep(&held) => match never {},
        };
        // Who has lost the lease puts nothing off: whoever has it now may need to be followed at once.
        if result.is_err() && !self.is_stopping() && self.still_holds(&held).await {
            self.postpone(&record).await;
        }
        if record.purchase.state == PurchaseState::Failed {
            self.let_go(&record).await;
        }
        if let Err(error) = self.0.store.unlock(&held.lease()).await {
            tracing::debug!(%error, "a lease is left to lapse");
        }
        result.map(|()| record)
    }

    async fn still_holds(&self, held: &Held) -> bool {
        matches!(self.0.store.renew(&held.lease()).await, Ok(Some(_)))
    }

    /// Renews the lease for as long as it can be. Losing it ends nothing: the steps that need it are
    /// refused by the journal, and a carrier's answer is waited for, lease or not.
    pub(crate) async fn keep(&self, held: &Held) -> Infallible {
        loop {
            tokio::time::sleep(Lease::TTL / 3).await;
            match self.0.store.renew(&held.lease()).await {
                Ok(Some(lease)) => held.set(lease),
                Ok(None) => std::future::pending().await,
                Err(error) => tracing::warn!(%error, "a lease can't be renewed"),
            }
        }
    }

    async fn work(&self, record: &mut Record, held: &Held, origin: Origin) -> Result<()> {
        let mut origin = origin;
        loop {
            match record.purchase.state {
                PurchaseState::Intended if origin == Origin::Fresh => {
                    self.look_and_send(record, held).await?
                }
                PurchaseState::Intended => {
                    let step = |next: &mut Record, now| next.refuse(lapsed(), now);
                    self.apply(record, Some(&held.lease()), step).await?;
                }
                PurchaseState::Dispatched => {
                    self.apply(record, Some(&held.lease()), Record::lose)
                        .await?;
                }
                PurchaseState::Unknown => {
                    if !self.settle(record, held).await? {
                        return Ok(());
                    }
                }
                PurchaseState::Succeeded
                    if record.purchase.configuration.state == ConfigurationState::Pending =>
                {
                    self.configure(record, held).await?;
                }
                PurchaseState::Failed if origin == Origin::TakenOver && is_presumed(record) => {
                    if !self.watch(record).await? {
                        return Ok(());
                    }
                }
                PurchaseState::Succeeded | PurchaseState::Failed => return Ok(()),
            }
            origin = Origin::Fresh;
        }
    }

    /// Rule 2 and 3: nothing is sent unless a complete look shows that the number is not held.
    async fn look_and_send(&self, record: &mut Record, held: &Held) -> Result<()> {
        let lease = held.lease();
        let sighting = match self.look(record, Lane::Purchase).await {
            Ok(sighting) => sighting,
            Err(error) => {
                let error = error.with_effect(Effect::None);
                if self.advance(record, &lease, &error).await? {
                    return Ok(());
                }
                self.apply(record, Some(&lease), |next, now| {
                    next.refuse(error.clone(), now)
                })
                .await?;
                return Ok(());
            }
        };
        failpoint::hit(failpoint::AFTER_LOOK);
        if let Seen::Held { .. } = sighting.seen {
            let looked_at = record.attempt().map(|a| (a.identity.clone(), a.number));
            // Refused first: while this purchase has the number claimed no other may turn out to have it.
            let held = held_already(record);
            if !self.advance(record, &lease, &held).await? {
                let refuse =
                    |next: &mut Record, now| next.refuse(last_word(next, &held_already(next)), now);
                self.apply(record, Some(&lease), refuse).await?;
            }
            if let Some((identity, number)) = looked_at {
                self.notice(&identity, &number, &sighting).await?;
            }
            return Ok(());
        }
        let not_before = sighting
            .carrier_time
            .unwrap_or_else(|| five_minutes_ago(now()));
        if !self
            .apply(record, Some(&held.lease()), |next, now| {
                next.dispatch(not_before, now)
            })
            .await?
        {
            return Ok(());
        }
        self.send(record, held).await
    }

    /// Sends once. What the carrier answers counts whether or not the lease still holds by then.
    async fn send(&self, record: &mut Record, held: &Held) -> Result<()> {
        let lease = held.lease();
        let Some(entry) = self.entry(record) else {
            return Err(gone(record));
        };
        failpoint::hit(failpoint::BEFORE_SEND);
        if !lease.holds() {
            return Err(lost());
        }
        // The request must leave while the lease holds; from then on it has its own time.
        let call = Call {
            deadline: lease.deadline(),
            lane: Lane::Purchase,
        };
        let work = call.scope(entry.provider.purchase(&record.order));
        let answer = tokio::time::timeout(self.0.timing.send, work)
            .await
            .unwrap_or_else(|_| {
                let error = Error::new(ErrorKind::Timeout, "the carrier did not answer in time");
                Err(error.with_effect(Effect::Unknown))
            });
        let answer = answer.and_then(|number| for_this(record, number));
        failpoint::hit(failpoint::ANSWERED);
        if let Err(refusal) = &answer
            && refusal.effect() == Effect::None
        {
            match self.advance(record, &held.lease(), refusal).await {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                // The refusal must not be lost to a database that is away for a moment.
                Err(error) => tracing::warn!(%error, "the next candidate can't be taken"),
            }
        }
        let mut pause = Duration::from_millis(100);
        loop {
            let step = |next: &mut Record, now| match &answer {
                Ok(number) => next.confirm(number.clone(), now),
                Err(error) if error.effect() == Effect::None => {
                    next.deny(last_word(next, error), now)
                }
                Err(error) => next.deny(error.clone(), now),
            };
            match self.apply(record, None, step).await {
                Ok(_) => return Ok(()),
                // The answer must not be lost to a database that is away for a moment.
                Err(error) if pause < Duration::from_secs(10) => {
                    tracing::warn!(purchase = %record.purchase.id, %error, "the carrier's answer can't be written down yet");
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// What follows a purchase: settings by update, repeated until done or refused. Under the lease, since whoever
    /// bought it is told once they are made, and may change them from then on.
    async fn configure(&self, record: &mut Record, held: &Held) -> Result<()> {
        const TRIES: u32 = 4;
        let Some(entry) = self.entry(record) else {
            return Err(gone(record));
        };
        let (Some(settings), Some(id)) =
            (record.settings.clone(), record.purchase.number_id.clone())
        else {
            return Ok(());
        };
        let mut outcome = Err(Error::new(ErrorKind::Internal, "not tried"));
        for attempt in 0..TRIES {
            failpoint::hit(failpoint::BEFORE_SETTINGS);
            let lease = held.lease();
            if !lease.holds() {
                return Err(lost());
            }
            let call = Call {
                deadline: lease.deadline(),
                lane: Lane::Purchase,
            };
            outcome = call
                .scope(entry.provider.update(id.provider_id(), &settings))
                .await;
            // A carrier may not know a number yet that it has just sold.
            let again = outcome
                .as_ref()
                .is_err_and(|e| e.kind() == ErrorKind::NotFound || e.retry() != Retry::Never);
            if !again {
                break;
            }
            if self.0.stop.is_cancelled() {
                return Err(Error::new(
                    ErrorKind::Internal,
                    "stopped before the settings were made",
                ));
            }
            tokio::time::sleep(Duration::from_millis(300) * 2u32.pow(attempt)).await;
        }
        let step = |next: &mut Record, _: Timestamp| {
            if next.purchase.configuration.state != ConfigurationState::Pending {
                return false;
            }
            match &outcome {
                Ok(number) => {
                    next.purchase.configuration.state = ConfigurationState::Applied;
                    next.purchase.held = Some(Box::new(number.clone()));
                }
                Err(error) => {
                    next.purchase.configuration.state = ConfigurationState::Failed;
                    next.purchase.configuration.error = Some(error.clone());
                }
            }
            true
        };
        self.apply(record, None, step).await.map(|_| ())
    }

    /// A purchase presumed failed, and still watched, may turn out to have been carried out: any look at its number says so.
    pub(crate) async fn notice(
        &self,
        identity: &str,
        number: &E164,
        sighting: &Sighting,
    ) -> Result<()> {
        for mut other in self.0.store.presumed(identity, number).await? {
            let watched = self.next_look(&other).is_some();
            if watched
                && self
                    .apply(&mut other, None, |next, now| next.see(sighting, now))
                    .await?
            {
                self.fill_in(&mut other).await;
                return Ok(());
            }
        }
        Ok(())
    }

    /// One complete look at the account for the number.
    pub(super) async fn look(&self, record: &Record, lane: Lane) -> Result<Sighting> {
        let Some(entry) = self.entry(record) else {
            return Err(gone(record));
        };
        let call = Call::within(self.0.timing.look, lane);
        let look = entry.provider.find_owned(&record.order.number);
        let sighting = call.scope(look).await?;
        if let Seen::Held { provider_id, .. } = &sighting.seen {
            self.shows(entry.provider.identity(), provider_id).await;
        }
        Ok(sighting)
    }

    /// Makes a step on the record as it stands in the journal, whoever changed it meanwhile.
    /// Answers whether the step was made; `false` if it is not legal (any more).
    pub(super) async fn apply(
        &self,
        record: &mut Record,
        lease: Option<&Lease>,
        step: impl Fn(&mut Record, Timestamp) -> bool,
    ) -> Result<bool> {
        let mut beaten = false;
        loop {
            let mut next = record.clone();
            let moved = if beaten {
                next.lost_race(now())
            } else {
                step(&mut next, now())
            };
            if !moved {
                return Ok(false);
            }
            next.trail = Trail::of_step(record, &next);
            let presumed = next.purchase.state == PurchaseState::Failed && is_presumed(&next);
            let change = Change {
                record: &next,
                lease,
                durable: true,
                look_in: presumed.then(|| self.next_look(&next)).flatten(),
                forget_answer: next.purchase.late,
                unclaimed: record.purchase.state == PurchaseState::Failed,
                gives_up: None,
            };
            let (before, after) = points(record, &next);
            failpoint::hit(before);
            match self.0.store.commit(change).await? {
                Commit::Done(version) => {
                    failpoint::hit(after);
                    next.version = version;
                    next.trail.clear();
                    *record = next;
                    return Ok(true);
                }
                Commit::Stale => match self.0.store.load(&record.purchase.id).await? {
                    Some(current) => *record = current,
                    None => {
                        return Err(Error::new(
                            ErrorKind::Internal,
                            "a purchase has vanished from the journal",
                        ));
                    }
                },
                Commit::LeaseLost => return Err(lost()),
                Commit::NotOurs(_) => beaten = true,
                // Whoever is at the number now has the first word; the watch goes on.
                Commit::Busy | Commit::Full(_) => return Ok(false),
            }
        }
    }
}

/// What a test may interrupt before and after a step is written.
fn points(from: &Record, to: &Record) -> (&'static str, &'static str) {
    match to.purchase.state {
        PurchaseState::Intended | PurchaseState::Dispatched => {
            (failpoint::BEFORE_DISPATCH, failpoint::AFTER_DISPATCH)
        }
        PurchaseState::Failed if is_presumed(to) => {
            (failpoint::BEFORE_PRESUMED, failpoint::AFTER_PRESUMED)
        }
        PurchaseState::Succeeded if from.purchase.state == PurchaseState::Succeeded => {
            (failpoint::SETTINGS_MADE, failpoint::AFTER_SETTINGS)
        }
        PurchaseState::Unknown | PurchaseState::Succeeded | PurchaseState::Failed => {
            (failpoint::BEFORE_OUTCOME, failpoint::AFTER_OUTCOME)
        }
    }
}

pub(super) fn is_presumed(record: &Record) -> bool {
    record.attempt().is_some_and(|attempt| attempt.presumed)
}

pub(super) fn seen(sighting: Result<&Sighting, &Error>) -> Look {
    Look {
        at: now(),
        sighting: sighting.ok().cloned(),
        error: sighting.err().cloned(),
    }
}

fn for_this(record: &Record, number: Number) -> Result<Number> {
    if number.e164() == Some(record.order.number) {
        return Ok(number);
    }
    Err(Error::new(
        ErrorKind::Protocol,
        "the carrier answered for another number",
    )
    .with_effect(Effect::Unknown))
}

fn held_already(record: &Record) -> Error {
    let message = format!(
        "{} holds {} already",
        record.purchase.account, record.purchase.number
    );
    Error::new(ErrorKind::Conflict, message)
}

fn five_minutes_ago(now: Timestamp) -> Timestamp {
    now.checked_sub(SignedDuration::from_mins(5)).unwrap_or(now)
}

fn lapsed() -> Error {
    let message = "interrupted before anything was sent: send it again";
    Error::new(ErrorKind::UpstreamUnavailable, message)
        .with_retry(Retry::After(Duration::from_secs(1)))
}

fn lost() -> Error {
    Error::new(
        ErrorKind::Internal,
        "another replica has taken the purchase over",
    )
    .with_retry(Retry::Backoff)
}

fn gone(record: &Record) -> Error {
    let account = &record.purchase.account;
    Error::new(
        ErrorKind::Config,
        format!("account {account} is gone or is another identity now"),
    )
}
