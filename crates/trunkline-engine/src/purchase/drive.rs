//! One purchase from intent to done, under its lease.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::held_lease::HeldLease;
use crate::journal::{Lease, Record};
use crate::purchase::choose::last_word;
use crate::purchase::service::{Purchases, Working, now};
use crate::purchase::slots::Slot;
use crate::purchase::spans::{Origin, Spans};
use trunkline_core::call::{Call, Lane};
use trunkline_core::error::{Effect, Error, ErrorKind, Result, Retry};
use trunkline_core::failpoint;
use trunkline_core::host;
use trunkline_core::model::{ConfigurationState, HeldRow, Look, Number, PurchaseState, Sighting};
use trunkline_core::registry::AccountEntry;
use trunkline_core::strength::Safeguard;

impl Purchases {
    /// Works on a purchase on a task that outlives the request. With a slot it is one that another process left.
    pub(super) fn spawn(&self, record: Record, lease: Lease, slot: Option<Slot>) {
        let working = Arc::new(Working::default());
        let ended = working.ended.clone().drop_guard();
        let id = record.purchase.id.clone();
        self.working().insert(id.clone(), Arc::clone(&working));
        let this = self.clone();
        let origin = match slot {
            Some(_) => Origin::TakenOver,
            None => Origin::Fresh,
        };
        let spans = Spans::of(&record.purchase, origin);
        self.0
            .tasks
            .spawn(host::carried(spans.clone().within(async move {
            let (held, store) = (HeldLease::new(lease), &*this.0.store);
            let work = Box::pin(this.work(record, &held, origin));
            let result = held.hold(store, work).await;
            spans.end(&result);
            drop(slot);
            if let Err(error) = &result {
                tracing::warn!(purchase = %id, %error, "{id} is left to be settled later: {error}");
            }
            this.working().remove(&id);
            // Of a purchase that succeeded nothing is left to do, so the journal has ended the lease, or it lapses.
            let is_leased = !result.as_ref().is_ok_and(is_over);
            // The lease is given back afterwards: the answer does not wait for that to be written.
            let _ = working.outcome.set(result);
            drop(ended);
            if is_leased {
                held.give_back(store).await;
            }
        })));
    }

    async fn work(&self, mut record: Record, held: &HeldLease, origin: Origin) -> Result<Record> {
        record.provenance.taken_over = origin == Origin::TakenOver;
        let result = self.steps(&mut record, held, origin).await;
        self.close(&record, held, result.is_err()).await;
        result.map(|()| record)
    }

    /// Works through the states of a purchase under its lease, one step for each, until nothing is left to do here.
    async fn steps(&self, record: &mut Record, held: &HeldLease, mut origin: Origin) -> Result<()> {
        let taken_over = record.provenance.taken_over;
        loop {
            match record.purchase.state {
                PurchaseState::Intended if origin == Origin::Fresh => {
                    self.look_and_send(record, held).await?;
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
                    if !self.settle(record, held, taken_over).await? {
                        return Ok(());
                    }
                }
                PurchaseState::Succeeded if !record.purchase.is_done() => {
                    self.configure(record, held).await?;
                }
                PurchaseState::Failed if origin == Origin::TakenOver && record.is_presumed() => {
                    if !self.watch(record, held).await? {
                        return Ok(());
                    }
                }
                PurchaseState::Succeeded | PurchaseState::Failed => return Ok(()),
            }
            origin = Origin::Fresh;
        }
    }

    /// Leaves a purchase to the next worker.
    async fn close(&self, record: &Record, held: &HeldLease, failed: bool) {
        // After losing the lease nothing is postponed: the next holder may have to be followed at once.
        if failed
            && !self.is_stopping()
            && matches!(self.0.store.renew(&held.lease()).await, Ok(Some(_)))
        {
            self.postpone(record).await;
        }
        if record.purchase.state == PurchaseState::Failed {
            self.let_go(record).await;
        }
    }

    /// Looks whether the number is held, and sends once if neither the journal nor a complete look shows it. What the
    /// carrier answers counts whether or not the lease still holds by then.
    async fn look_and_send(&self, record: &mut Record, held: &HeldLease) -> Result<()> {
        let sighting = match self.look_first(record).await {
            Ok(sighting) => sighting,
            Err(error) => {
                let error = error.with_effect(Effect::None);
                let refuse = |next: &mut Record, now| next.refuse(error.clone(), now);
                if !self.advance(record, &held.lease(), &error).await? {
                    self.apply(record, Some(&held.lease()), refuse).await?;
                }
                return Ok(());
            }
        };
        failpoint::hit(failpoint::AFTER_LOOK);
        if sighting.is_held() {
            return self.refuse_held(record, &held.lease(), &sighting).await;
        }
        let dispatch = |next: &mut Record, now| next.dispatch(&sighting, now);
        if Safeguard::DispatchWritten.is_off() {
            dispatch(record, now());
        } else if !self.apply(record, Some(&held.lease()), dispatch).await? {
            return Ok(());
        }
        let (lease, entry) = (held.lease(), self.entry(record));
        let entry = entry.ok_or_else(|| gone(record))?;
        failpoint::hit(failpoint::BEFORE_SEND);
        // The request must leave while the lease holds; from then on it has its own time.
        let leaves_by = match lease.holds() {
            _ if Safeguard::LeaseBeforeSending.is_off() => Instant::now() + Lease::TTL,
            true => lease.deadline(),
            false => return Err(lost()),
        };
        let call = Call::until(leaves_by, Lane::Purchase);
        let work = call.scope_dated(entry.provider.purchase(&record.order));
        let answered = tokio::time::timeout(self.0.timing.send, work).await;
        let (answer, date) = answered.unwrap_or_else(|_| (Err(no_answer()), None));
        let answer = answer.and_then(|number| for_this(record, number));
        let answer = answer.map_err(|error| match Safeguard::ErrorEffect.is_off() {
            true => error.with_effect(Effect::None),
            false => error,
        });
        failpoint::hit(failpoint::ANSWERED);
        self.take_answer(record, held, &answer).await?;
        if let Ok(number) = &answer {
            self.0.skews.measure(&entry, number.purchased_at, date);
        }
        Ok(())
    }

    /// Asks the journal and then the account whether the number is held.
    async fn look_first(&self, record: &Record) -> Result<Sighting> {
        if !Safeguard::OwnJournalFirst.is_off() {
            self.ask_journal(record).await?;
        }
        if Safeguard::LookFirst.is_off() {
            return Ok(Sighting::of(Vec::new(), None));
        }
        self.look(record, Lane::Purchase).await
    }

    /// The account holds the number already: goes on to the next candidate, or refuses.
    async fn refuse_held(
        &self,
        record: &mut Record,
        lease: &Lease,
        sighting: &Sighting,
    ) -> Result<()> {
        let looked_at = record.attempt().map(|a| (a.identity.clone(), a.number));
        // Refused first: while this purchase has the number claimed no other may turn out to have it.
        let held = held_already(record);
        if !self.advance(record, lease, &held).await? {
            let refuse =
                |next: &mut Record, now| next.refuse(last_word(next, &held_already(next)), now);
            self.apply(record, Some(lease), refuse).await?;
        }
        match looked_at {
            Some((identity, number)) => self.notice(&identity, &number, sighting).await,
            None => Ok(()),
        }
    }

    /// Goes on to the next candidate after a refusal; writes down any other answer, or the last refusal.
    async fn take_answer(
        &self,
        record: &mut Record,
        held: &HeldLease,
        answer: &Result<Number>,
    ) -> Result<()> {
        if let Err(refusal) = answer
            && (refusal.effect() == Effect::None || Safeguard::NextAfterRefusal.is_off())
        {
            let refusal = refusal.clone().with_effect(Effect::None);
            match self.advance(record, &held.lease(), &refusal).await {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                // The refusal must not be lost to a database that is away for a moment.
                Err(error) => tracing::warn!(%error, "the next candidate can't be taken"),
            }
        }
        let mut pause = Duration::from_millis(100);
        let lease = Safeguard::EvidenceWithoutLease
            .is_off()
            .then(|| held.lease());
        while let Err(error) = self.record_answer(record, lease.as_ref(), answer).await {
            // The answer must not be lost to a database that is away for a moment.
            if pause >= Duration::from_secs(10) {
                return Err(error);
            }
            tracing::warn!(purchase = %record.purchase.id, %error, "the carrier's answer can't be written down yet");
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        if answer.is_ok() {
            self.settle_others(record).await;
        }
        Ok(())
    }

    async fn record_answer(
        &self,
        record: &mut Record,
        lease: Option<&Lease>,
        answer: &Result<Number>,
    ) -> Result<()> {
        let evidence = self.evidence(record).await?;
        let step = |next: &mut Record, now| match answer {
            Ok(number) => next.confirm(number, &evidence, now),
            Err(error) if error.effect() == Effect::None => next.deny(last_word(next, error), now),
            Err(error) => next.deny(error.clone(), now),
        };
        self.apply(record, lease, step).await?;
        if let (Ok(number), Some(attempt)) = (answer, record.attempt())
            && record.purchase.state != PurchaseState::Succeeded
        {
            let row = HeldRow::of(number);
            let (store, rows) = (&self.0.store, std::slice::from_ref(&row));
            store
                .keep_ids(&attempt.identity, &attempt.number, rows)
                .await?;
        }
        Ok(())
    }

    /// Makes the settings that follow a purchase, until done or refused; under the lease, since the buyer may change
    /// them afterwards.
    async fn configure(&self, record: &mut Record, held: &HeldLease) -> Result<()> {
        const TRIES: u32 = 4;
        let Some(entry) = self.entry(record) else {
            return Err(gone(record));
        };
        let (Some(settings), Some(id)) =
            (record.settings.clone(), record.purchase.number_id.clone())
        else {
            return Ok(());
        };
        let untouched = self.untouched(record, &entry).await;
        let tries = if untouched.is_ok() { TRIES } else { 0 };
        let mut outcome = untouched.and(Err(Error::new(ErrorKind::Internal, "not tried")));
        for attempt in 0..tries {
            failpoint::hit(failpoint::BEFORE_SETTINGS);
            let lease = held.lease();
            if !lease.holds() {
                return Err(lost());
            }
            let call = Call::until(lease.deadline(), Lane::Purchase);
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

    /// Checks that the fields to set were not changed by others: each has the adapter's default or the wanted value.
    async fn untouched(&self, record: &Record, entry: &AccountEntry) -> Result<()> {
        let purchase = &record.purchase;
        let (true, Some(settings), Some(id)) = (
            record.may_be_shared(),
            &record.settings,
            &purchase.number_id,
        ) else {
            return Ok(());
        };
        let now_held = match &purchase.held {
            Some(number) => Number::clone(number),
            None => {
                let call = Call::within(self.0.timing.look, Lane::Purchase);
                call.scope(entry.provider.get(id.provider_id())).await?
            }
        };
        match entry.provider.changed_field(&now_held, settings) {
            None => Ok(()),
            Some(field) => {
                let message = format!(
                    "{field} of {} has been set by somebody else: it is left as it is",
                    purchase.number
                );
                Err(Error::new(ErrorKind::Conflict, message)
                    .with_field(field.as_str(), "set already"))
            }
        }
    }
}

fn is_over(record: &Record) -> bool {
    record.purchase.state == PurchaseState::Succeeded && record.purchase.is_done()
}

pub(super) fn seen(sighting: Result<&Sighting, &Error>) -> Look {
    Look {
        at: now(),
        sighting: sighting.ok().map(Sighting::evidence),
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

pub(super) fn held_already(record: &Record) -> Error {
    let message = format!(
        "{} holds {} already",
        record.purchase.account, record.purchase.number
    );
    Error::new(ErrorKind::Conflict, message)
}

fn no_answer() -> Error {
    let error = Error::new(ErrorKind::Timeout, "the carrier did not answer in time");
    error.with_effect(Effect::Unknown)
}

fn lapsed() -> Error {
    let message = "interrupted before anything was sent: send it again";
    Error::new(ErrorKind::UpstreamUnavailable, message)
        .with_retry(Retry::After(Duration::from_secs(1)))
}

pub(super) fn lost() -> Error {
    Error::new(
        ErrorKind::Internal,
        "another replica has taken the purchase over",
    )
    .with_retry(Retry::Backoff)
}

pub(super) fn gone(record: &Record) -> Error {
    let account = &record.purchase.account;
    Error::new(
        ErrorKind::Config,
        format!("account {account} is gone or is another identity now"),
    )
}
