//! Finding out what became of a purchase, by asking and never by sending again.

use std::time::Duration;

use tokio::time::Instant;

use crate::call::Lane;
use crate::error::Result;
use crate::failpoint;
use crate::model::{PurchaseState, Seen, Sighting};
use crate::service::journal::{Change, Commit, Record};
use crate::service::purchase::drive::{Held, seen};
use crate::service::purchase::{Purchases, now};

/// When looks are due, as parts of the settling time: 0, 2, 5, 15 and 30 s of 30.
const LOOKS: [f64; 5] = [0.0, 2.0 / 30.0, 5.0 / 30.0, 15.0 / 30.0, 1.0];

/// Longest pause between looks that fail.
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// How long an unknown purchase whose account can't be asked is left alone.
const LEFT_ALONE: Duration = Duration::from_secs(30);

/// After how many looks in a row that failed a purchase makes room for those of accounts that can be asked.
const FAILURES: u32 = 3;

/// How long after it was sent a purchase whose outcome is still not known needs a person.
const NEEDS_A_PERSON_AFTER: Duration = Duration::from_secs(3_600);

/// The settling time so far: counted on our monotonic clock from our own first complete look.
#[derive(Debug)]
struct Settling {
    time: Duration,
    first: Option<Instant>,
    failures: u32,
}

impl Settling {
    fn is_over(&self) -> bool {
        self.first.is_some_and(|first| first.elapsed() >= self.time)
    }

    /// When the next look is due.
    fn next(&self, failed_with_wait: Option<Option<Duration>>) -> Instant {
        if let Some(wait) = failed_with_wait {
            let grown = Duration::from_millis(500) * 2u32.saturating_pow(self.failures.min(5));
            return Instant::now()
                + wait
                    .unwrap_or(grown)
                    .clamp(Duration::from_millis(50), PAUSE_MAX);
        }
        let Some(first) = self.first else {
            return Instant::now();
        };
        let now = Instant::now();
        let due = LOOKS
            .iter()
            .map(|part| first + self.time.mul_f64(*part))
            .find(|due| *due > now);
        due.unwrap_or(first + self.time)
    }
}

impl Purchases {
    /// Asks until it can be told what became of an unknown purchase. `false` if it is left open.
    pub(super) async fn settle(&self, record: &mut Record, held: &Held) -> Result<bool> {
        let Some(entry) = self.entry(record) else {
            self.leave_alone(record).await?;
            return Ok(false);
        };
        let mut settling = Settling {
            time: entry.settle,
            first: None,
            failures: 0,
        };
        loop {
            let sighting = self.look_in_turn(record).await;
            failpoint::hit(failpoint::SETTLING);
            if let Some(attempt) = record.attempt_mut() {
                attempt.keep_look(seen(sighting.as_ref()));
            }
            let failed = match &sighting {
                Ok(Sighting {
                    seen: Seen::Absent, ..
                }) => {
                    settling.failures = 0;
                    settling.first.get_or_insert_with(Instant::now);
                    let over = settling.is_over();
                    let presume = |next: &mut Record, now| next.presume_failed(settling.time, now);
                    if over && self.apply(record, Some(&held.lease()), presume).await? {
                        return Ok(true);
                    }
                    None
                }
                Ok(sighting) => {
                    if self
                        .apply(record, None, |next, now| next.see(sighting, now))
                        .await?
                    {
                        self.fill_in(record).await;
                        return Ok(true);
                    }
                    None
                }
                Err(error) => {
                    settling.failures += 1;
                    tracing::info!(purchase = %record.purchase.id, %error, "the account can't be asked yet");
                    Some(error.retry_after())
                }
            };
            if record.purchase.state != PurchaseState::Unknown {
                return Ok(true);
            }
            self.note(record).await?;
            if held.seated && settling.failures >= FAILURES && self.0.crowd.is_dense() {
                self.leave_alone(record).await?;
                return Ok(false);
            }
            tokio::select! {
                () = self.0.stop.cancelled() => return Ok(false),
                () = tokio::time::sleep_until(settling.next(failed)) => {}
            }
        }
    }

    /// A look among those of the account that are made at the same time.
    async fn look_in_turn(&self, record: &Record) -> Result<Sighting> {
        let account = &record.order.account;
        let _turn = self.0.crowd.turn(account).await;
        self.look(record, Lane::Reconcile).await
    }

    /// One look at a number presumed not bought. `true` if it was bought after all.
    pub(super) async fn watch(&self, record: &mut Record) -> Result<bool> {
        let sighting = self.look_in_turn(record).await;
        failpoint::hit(failpoint::WATCHING);
        record.watch_looks += 1;
        if let Some(attempt) = record.attempt_mut() {
            attempt.keep_look(seen(sighting.as_ref()));
        }
        if let Ok(sighting) = &sighting
            && self
                .apply(record, None, |next, now| next.see(sighting, now))
                .await?
        {
            tracing::warn!(purchase = %record.purchase.id, "a purchase presumed failed was carried out late");
            self.fill_in(record).await;
            return Ok(true);
        }
        self.note(record).await?;
        Ok(false)
    }

    /// Whether a purchase failed by absence alone, is still watched for a late commit, and no person has said that it was
    /// not carried out: nothing may take its place.
    pub(crate) fn may_come_late(&self, record: &Record) -> bool {
        let watched = record.is_presumed() && self.next_look(record).is_some();
        watched && !record.is_decided_by_person()
    }

    /// The pause before the next look of the watch; `None` once it is over.
    pub(super) fn next_look(&self, record: &Record) -> Option<Duration> {
        let timing = &self.0.timing;
        let settled = record.purchase.settled_at?;
        let watched = Duration::try_from(now().duration_since(settled)).unwrap_or_default();
        let upcoming = timing
            .watch
            .iter()
            .find_map(|after| after.checked_sub(watched).filter(|p| !p.is_zero()));
        let pause = upcoming.or_else(|| timing.watch.last().copied())?;
        (watched < timing.watch_for).then_some(pause)
    }

    /// Writes the looks down, so that they can be shown. Lost without harm.
    async fn note(&self, record: &mut Record) -> Result<()> {
        let open = !record.purchase.state.is_settled();
        let look_in = if open { None } else { self.next_look(record) };
        let asks = record.ask_a_person(NEEDS_A_PERSON_AFTER, now());
        let change = Change {
            record,
            lease: None,
            durable: false,
            look_in,
            forget_answer: false,
            unclaimed: false,
            gives_up: None,
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
        let look_in = Some(LEFT_ALONE);
        let mut record = record.clone();
        let asks = record.ask_a_person(NEEDS_A_PERSON_AFTER, now());
        let change = Change {
            record: &record,
            lease: None,
            durable: false,
            look_in,
            forget_answer: false,
            unclaimed: false,
            gives_up: None,
        };
        let committed = self.0.store.commit(change).await?;
        if asks && matches!(committed, Commit::Done(_)) {
            tell_a_person(&record);
        }
        Ok(())
    }

    /// A number found by looking is read whole, for the answer; without it the answer has only its id.
    pub(super) async fn fill_in(&self, record: &mut Record) {
        let Some(entry) = self.entry(record) else {
            return;
        };
        let Some(id) = record
            .purchase
            .number_id
            .clone()
            .filter(|_| record.purchase.held.is_none())
        else {
            return;
        };
        let call = crate::Call::within(self.0.timing.look, Lane::Reconcile);
        let Ok(number) = call.scope(entry.provider.get(id.provider_id())).await else {
            return;
        };
        let step = |next: &mut Record, _| {
            next.purchase.held = Some(Box::new(number.clone()));
            true
        };
        if let Err(error) = self.apply(record, None, step).await {
            tracing::warn!(purchase = %record.purchase.id, %error, "the number's record can't be written down");
        }
    }
}

/// Says, once for each purchase, that it can't be settled without a person, and what the person is to do.
fn tell_a_person(record: &Record) {
    let (id, account) = (&record.purchase.id, &record.purchase.account);
    let number = crate::mask_numbers(record.purchase.number.as_str());
    tracing::warn!(
        purchase = %id, %account, %number,
        "what became of {id} ({number} at {account}) can't be found out: look at the carrier's console, and say so with \
         `trunkline purchases resolve {id}`"
    );
}
