//! Finding out what became of a purchase, by asking and never by sending again.

use std::time::Duration;

use tokio::time::Instant;

use crate::domain_event::DomainEvent;
use crate::held_lease::HeldLease;
use crate::journal::{Change, Commit, Record};
use crate::machine::Verdict;
use crate::purchase::drive::seen;
use crate::purchase::service::{Purchases, now};
use trunkline_core::call::{Call, Lane};
use trunkline_core::error::{Error, Result};
use trunkline_core::failpoint;
use trunkline_core::model::{Attempt, Number, PurchaseState, QuestionReason, Sighting};
use trunkline_core::strength::Safeguard;

/// When looks are due, as parts of the settling time: 0, 2, 5, 15 and 30 s of 30.
const LOOKS: [f64; 5] = [0.0, 2.0 / 30.0, 5.0 / 30.0, 15.0 / 30.0, 1.0];

/// Longest pause between looks that fail: what the carrier has done is known within a minute of its answering again.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// How long a purchase that can't be gone on with is left alone at first; each time in a row twice as long, up to
/// [`PAUSE_MAX`].
const LEFT_ALONE: Duration = Duration::from_secs(1);

/// After how many looks in a row that failed a purchase makes room for those of accounts that can be asked.
const FAILURES: u32 = 3;

/// How long after it was sent a purchase whose outcome is still not known needs a person.
const NEEDS_A_PERSON_AFTER: Duration = Duration::from_secs(3_600);

/// The settling time so far: counted on our monotonic clock from our own first complete look.
#[derive(Debug)]
pub(crate) struct Settling {
    time: Duration,
    first: Option<Instant>,
    failures: u32,
}

impl Settling {
    /// One of which no complete look has been made yet.
    pub(crate) const fn new(time: Duration) -> Self {
        Self {
            time,
            first: None,
            failures: 0,
        }
    }

    /// A complete look showed nothing; answers whether every one has, for as long as it takes.
    pub(crate) fn absent(&mut self) -> bool {
        self.failures = 0;
        self.first.get_or_insert_with(Instant::now);
        self.is_over()
    }

    /// A look failed: when to make the next one, given how long the carrier asks to wait.
    pub(crate) fn failed(&mut self, wait: Option<Duration>) -> Instant {
        self.failures += 1;
        let grown = Duration::from_millis(500) * 2u32.saturating_pow(self.failures.min(7));
        let least = Duration::from_millis(50);
        Instant::now() + wait.unwrap_or(grown).clamp(least, PAUSE_MAX)
    }

    fn is_over(&self) -> bool {
        let is_over = |first: Instant| first.elapsed() >= self.time;
        Safeguard::SettlingTime.is_off() || self.first.is_some_and(is_over)
    }

    /// When the next look is due after a complete one.
    pub(crate) fn next(&self) -> Instant {
        let now = Instant::now();
        let Some(first) = self.first else {
            return now;
        };
        let due = LOOKS
            .iter()
            .map(|part| first + self.time.mul_f64(*part))
            .find(|due| *due > now);
        due.unwrap_or(first + self.time)
    }
}

impl Purchases {
    /// Asks until an unknown purchase is settled. `false` if it is left open. One that was `taken_over` makes room for
    /// others.
    pub(super) async fn settle(
        &self,
        record: &mut Record,
        held: &HeldLease,
        taken_over: bool,
    ) -> Result<bool> {
        let Some(entry) = self.entry(record) else {
            self.leave_alone(record).await?;
            return Ok(false);
        };
        let mut settling = Settling::new(entry.settle);
        let mut failing: Option<String> = None;
        loop {
            let sighting = self.look(record, Lane::Reconcile).await;
            failpoint::hit(failpoint::SETTLING);
            if let Some(attempt) = record.attempt_mut() {
                attempt.keep_look(seen(sighting.as_ref()));
            }
            // A number that is found may have to be asked for, which can fail as the look can.
            let taken = match &sighting {
                Ok(sighting) => self.take_in(record, sighting).await.map(|_| sighting),
                Err(error) => Err(error.clone()),
            };
            let next = match taken {
                Ok(sighting) => {
                    if failing.take().is_some() {
                        say_that_it_answers(record);
                    }
                    record.watch_failures = 0;
                    let is_open = record.purchase.state == PurchaseState::Unknown;
                    let absent = is_open && self.is_absent(record, sighting).await?;
                    if absent && Safeguard::UnknownStays.is_off() && try_again(record) {
                        return Ok(true);
                    }
                    if absent && settling.absent() {
                        let step = |next: &mut Record, now| next.presume_failed(entry.settle, now);
                        let lease = held.lease();
                        let lease = (!Safeguard::LeaseForAbsence.is_off()).then_some(&lease);
                        if self.apply(record, lease, step).await? {
                            return Ok(true);
                        }
                    }
                    settling.next()
                }
                Err(error) => {
                    say_that_it_fails(record, &mut failing, &error);
                    settling.failed(error.retry_after())
                }
            };
            if record.purchase.state != PurchaseState::Unknown {
                return Ok(true);
            }
            self.note(record, None).await?;
            if taken_over && settling.failures >= FAILURES && self.0.slots.are_scarce() {
                self.leave_alone(record).await?;
                return Ok(false);
            }
            tokio::select! {
                biased;
                () = self.0.stop.cancelled() => return Ok(false),
                () = tokio::time::sleep_until(next) => {}
            }
        }
    }

    /// Whether a look shows no trace of what the purchase may have bought.
    async fn is_absent(&self, record: &Record, sighting: &Sighting) -> Result<bool> {
        if !sighting.is_held() {
            return Ok(true);
        }
        let evidence = self.evidence(record).await?;
        // An id that the number had before says nothing about a purchase, unless a person is asked about it.
        let question = record.purchase.needs_person.as_ref();
        let asked = question.and_then(|question| question.provider_id.as_ref());
        let mut rows = sighting.rows.iter();
        let is_there = rows.any(|row| Some(&row.provider_id) == asked);
        Ok(match record.judge(sighting, &evidence, now()) {
            Verdict::Absent => !is_there,
            Verdict::Won { provider_id, .. } => !is_there || Some(&provider_id) == asked,
            Verdict::Ours(_) | Verdict::Asks(..) => false,
        })
    }

    /// One look at a number presumed not bought. `true` if it was bought after all.
    pub(super) async fn watch(&self, record: &mut Record, held: &HeldLease) -> Result<bool> {
        let sighting = self.look(record, Lane::Reconcile).await;
        failpoint::hit(failpoint::WATCHING);
        if let Some(attempt) = record.attempt_mut() {
            attempt.keep_look(seen(sighting.as_ref()));
        }
        let taken = match &sighting {
            Ok(sighting) => self.take_in(record, sighting).await,
            Err(error) => Err(error.clone()),
        };
        match (taken, &sighting) {
            (Ok(true), _) => {
                let id = &record.purchase.id;
                tracing::warn!(purchase = %id, "a purchase presumed failed was carried out late");
                return Ok(true);
            }
            (Ok(false), Ok(sighting)) => {
                if record.purchase.needs_person.is_some() {
                    self.look_for_absence(record, held, sighting).await?;
                }
                // Found, and claimed by another purchase for now: this can't be the last look.
                let is_open = record.purchase.needs_person.is_some();
                if is_open || self.is_absent(record, sighting).await? {
                    record.watch_looks += 1;
                    record.watch_failures = 0;
                } else {
                    record.watch_failures += 1;
                }
            }
            _ if Safeguard::WatchCountsLooks.is_off() => record.watch_looks += 1,
            _ => record.watch_failures += 1,
        }
        let look_in = self.next_look(record);
        self.note(record, look_in).await?;
        Ok(false)
    }

    /// What a question is about may have gone: if it is absent at every look of a settling time the question is closed.
    async fn look_for_absence(
        &self,
        record: &mut Record,
        held: &HeldLease,
        first: &Sighting,
    ) -> Result<()> {
        let Some(entry) = self.entry(record) else {
            return Ok(());
        };
        let mut settling = Settling::new(entry.settle);
        let mut sighting = first.clone();
        while self.is_absent(record, &sighting).await? {
            if settling.absent() {
                let step = |next: &mut Record, _| next.drop_question(entry.settle);
                self.apply(record, Some(&held.lease()), step).await?;
                return Ok(());
            }
            tokio::select! {
                biased;
                () = self.0.stop.cancelled() => return Ok(()),
                () = tokio::time::sleep_until(settling.next()) => {}
            }
            match self.look(record, Lane::Reconcile).await {
                Ok(look) => sighting = look,
                Err(_) => return Ok(()),
            }
        }
        Ok(())
    }

    /// Whether a purchase failed by absence alone and is still watched, without a person's verdict: nothing may replace
    /// it.
    pub(crate) fn may_come_late(&self, record: &Record) -> bool {
        self.is_watched(record) && !record.is_decided_by_person()
    }

    /// Whether a purchase that failed is looked for again.
    pub(crate) fn is_watched(&self, record: &Record) -> bool {
        self.next_look(record).is_some()
    }

    /// The pause before the next look of the watch; `None` once its last complete look is made and no question is open.
    pub(super) fn next_look(&self, record: &Record) -> Option<Duration> {
        let timing = &self.0.timing;
        if !record.is_presumed() || Safeguard::Watch.is_off() {
            return None;
        }
        let (made, watch) = (record.watch_looks, &timing.watch);
        let last = watch.last().copied()?;
        let early = u32::try_from(watch.len() - 1).unwrap_or(u32::MAX);
        if made >= early.saturating_add(timing.watch_looks)
            && record.purchase.needs_person.is_none()
        {
            return None;
        }
        let at = usize::try_from(made).unwrap_or(usize::MAX);
        let before = at.checked_sub(1).and_then(|at| watch.get(at));
        let pause = match watch.get(at) {
            Some(due) if made < early => due.saturating_sub(before.copied().unwrap_or_default()),
            _ => last,
        };
        // A look that failed is made again sooner, then ever more seldom.
        let failures = record.watch_failures;
        let sooner = watch.first().copied().unwrap_or(last);
        Some(match failures {
            0 => pause,
            _ => pause.min(sooner * 2u32.saturating_pow(failures.min(16) - 1)),
        })
    }

    /// Writes the looks down; losing them does no harm. If no process works on it, the next look is due after
    /// `look_in`.
    async fn note(&self, record: &mut Record, look_in: Option<Duration>) -> Result<()> {
        let before = record.clone();
        let asks = record.ask_a_person(NEEDS_A_PERSON_AFTER, now());
        let change = Change {
            event: Some(DomainEvent::PurchaseChanged {
                before: &before,
                after: record,
            }),
            durable: false,
            look_in,
            ..Change::to(record)
        };
        match self.0.store.commit(change).await? {
            Commit::Done(version) => {
                record.version = version;
                if asks {
                    tell_a_person(record);
                }
            }
            _ => {
                if let Some(current) = self.0.store.load(&record.purchase.id).await? {
                    *record = current;
                }
            }
        }
        Ok(())
    }

    /// What can't be gone on with now is left alone for a while, so that it keeps nobody from anything else.
    pub(super) async fn postpone(&self, record: &Record) {
        if let Ok(Some(current)) = self.0.store.load(&record.purchase.id).await
            && !current.purchase.is_done()
            && let Err(error) = self.leave_alone(&current).await
        {
            tracing::debug!(%error, "a purchase can't be put off");
        }
    }

    async fn leave_alone(&self, record: &Record) -> Result<()> {
        let mut record = record.clone();
        let pause = LEFT_ALONE * 2u32.saturating_pow(record.watch_failures.min(7));
        record.watch_failures += 1;
        self.note(&mut record, Some(pause.min(PAUSE_MAX))).await
    }

    /// A number as its account shows it; `None` if it can't be had now.
    pub(super) async fn number_at(&self, record: &Record, provider_id: &str) -> Option<Number> {
        let entry = self.entry(record)?;
        let call = Call::within(self.0.timing.look, Lane::Reconcile);
        call.scope(entry.provider.get(provider_id)).await.ok()
    }
}

/// Makes an unknown purchase one that is sent again, once, as an attempt of its own: what [`Safeguard::UnknownStays`]
/// prevents.
fn try_again(record: &mut Record) -> bool {
    let Some(lost) = record.purchase.attempts.last() else {
        return false;
    };
    let (account, provider) = (lost.account.clone(), lost.provider.clone());
    let again = Attempt::new(account, provider, lost.identity.clone(), lost.number);
    let is_first = record.purchase.attempts.len() == 1;
    if is_first {
        record.purchase.state = PurchaseState::Intended;
        record.purchase.attempts.push(again);
    }
    is_first
}

/// Says once that the account can't be asked, and again when the reason changes.
fn say_that_it_fails(record: &Record, failing: &mut Option<String>, error: &Error) {
    let why = error.to_string();
    if failing.as_ref() == Some(&why) {
        tracing::debug!(purchase = %record.purchase.id, %error, "the account can't be asked yet");
        return;
    }
    let (id, account) = (&record.purchase.id, &record.purchase.account);
    tracing::warn!(purchase = %id, %account, %error, "{account} can't be asked what became of {id}: {error}; trying again");
    *failing = Some(why);
}

/// Says that the account can be asked again.
fn say_that_it_answers(record: &Record) {
    let (id, account) = (&record.purchase.id, &record.purchase.account);
    tracing::info!(purchase = %id, %account, "{account} answers again");
}

/// Says, once for each question, that a purchase can't be settled without a person, and what the person is to do.
pub(super) fn tell_a_person(record: &Record) {
    let Some(question) = &record.purchase.needs_person else {
        return;
    };
    let (id, account) = (&record.purchase.id, &record.purchase.account);
    let number = trunkline_core::mask_numbers(record.purchase.number.as_str());
    let why = match question.why {
        QuestionReason::Disputed => {
            "the carrier's records say that it was held before it was ordered"
        }
        QuestionReason::Late => "it turned up so late that somebody else may have bought it",
        QuestionReason::Unknown => "nobody could find out for an hour what the carrier did",
    };
    tracing::warn!(
        purchase = %id, %account, %number, why = question.why.as_str(), provider_id = question.provider_id,
        "{id} ({number} at {account}) needs a person: {why}. Look at the carrier's console, and say so with \
         `trunkline purchases resolve {id}`"
    );
}
