//! The states of a purchase: one table of legal moves, and the pure functions that make them.

mod judge;

use std::time::Duration;

use jiff::Timestamp;

use crate::journal::Record;
use trunkline_core::error::{Effect, Error, ErrorKind, Retry};
use trunkline_core::model::{
    AccountName, Attempt, Configuration, ConfigurationState, HeldRow, Number, NumberId,
    PurchaseState, Question, QuestionReason, Sighting,
};
use trunkline_core::strength::Safeguard;

pub use judge::{Evidence, KnownId, Verdict, Winner};

use PurchaseState::{Dispatched, Failed, Intended, Succeeded, Unknown};

/// How the evidence of a person's verdict begins.
const DECIDED_BY_PERSON: &str = "decided by a person: ";

/// What makes a purchase move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// It is refused before anything was sent: held already, or the look failed.
    Refused,
    /// It is about to be sent.
    Dispatch,
    /// The carrier answered that it is done.
    Confirmed,
    /// The carrier refused without effect, or showed that another purchase has the number.
    Denied,
    /// The number is held, but only a person can say whether by this purchase.
    Disputed,
    /// It can't be told what came of it.
    Lost,
    /// A look shows the number, ours.
    Found,
    /// Every look of the settling time shows nothing.
    Absent,
    /// A person decided.
    Resolved,
    /// The candidate was refused, certainly without effect; [`Record::order`] is already that of the next, `attempt`.
    Next,
}

impl Cause {
    /// In a few words, for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused before sending",
            Self::Dispatch => "about to be sent",
            Self::Confirmed => "the carrier confirms",
            Self::Denied => "refused, or another's number",
            Self::Disputed => "disputed, a person is asked",
            Self::Lost => "the answer is lost",
            Self::Found => "a look finds it",
            Self::Absent => "absent for the settling time",
            Self::Resolved => "a person decides",
            Self::Next => "refused, the next candidate",
        }
    }
}

/// Every legal move. A settled state is left only from a watched failure, by a late find or a person.
pub const MOVES: &[(PurchaseState, Cause, PurchaseState)] = &[
    (Intended, Cause::Refused, Failed),
    (Intended, Cause::Dispatch, Dispatched),
    (Intended, Cause::Next, Intended),
    (Dispatched, Cause::Confirmed, Succeeded),
    (Dispatched, Cause::Denied, Failed),
    (Dispatched, Cause::Disputed, Failed),
    (Dispatched, Cause::Next, Intended),
    (Dispatched, Cause::Lost, Unknown),
    (Dispatched, Cause::Found, Succeeded),
    (Unknown, Cause::Confirmed, Succeeded),
    (Unknown, Cause::Denied, Failed),
    (Unknown, Cause::Disputed, Failed),
    (Unknown, Cause::Found, Succeeded),
    (Unknown, Cause::Absent, Failed),
    (Unknown, Cause::Resolved, Succeeded),
    (Unknown, Cause::Resolved, Failed),
    (Failed, Cause::Confirmed, Succeeded),
    (Failed, Cause::Found, Succeeded),
    (Failed, Cause::Resolved, Succeeded),
];

/// Whether a purchase in `from` may move to `to` for this cause.
#[must_use]
pub fn is_legal(from: PurchaseState, cause: Cause, to: PurchaseState) -> bool {
    MOVES.contains(&(from, cause, to))
}

impl Record {
    /// The attempt under way.
    pub fn attempt(&self) -> Option<&Attempt> {
        self.purchase.attempts.last()
    }

    pub(crate) fn attempt_mut(&mut self) -> Option<&mut Attempt> {
        self.purchase.attempts.last_mut()
    }

    /// Moves the purchase and its attempt; answers whether the move is legal, and does nothing if not.
    fn go(&mut self, cause: Cause, to: PurchaseState, now: Timestamp) -> bool {
        let from = self.purchase.state;
        let out_of_final =
            from == Failed && !self.attempt().is_some_and(|attempt| attempt.presumed);
        if !is_legal(from, cause, to) || out_of_final {
            return false;
        }
        self.purchase.state = to;
        let disputed = |question: &Question| question.why == QuestionReason::Disputed;
        let question = self.purchase.needs_person.take();
        self.purchase.late |= from == Failed && !question.as_ref().is_some_and(disputed);
        if to.is_settled() {
            self.purchase.settled_at = Some(now);
        }
        if let Some(attempt) = self.attempt_mut() {
            attempt.state = to;
        }
        true
    }

    /// Nothing will be sent: `error` says why.
    pub fn refuse(&mut self, error: Error, now: Timestamp) -> bool {
        self.go(Cause::Refused, Failed, now) && self.fail(error, "nothing was sent")
    }

    /// The candidate was refused, certainly without effect; [`Record::order`] is already that of the next, `attempt`.
    pub fn move_on(&mut self, refusal: Error, attempt: Attempt, now: Timestamp) -> bool {
        let from = self.purchase.state;
        if !is_legal(from, Cause::Next, Intended) || refusal.effect() != Effect::None {
            return false;
        }
        if let Some(refused) = self.attempt_mut() {
            refused.state = Failed;
            refused.answered_at = (from == Dispatched).then_some(now);
            refused.evidence = Some(
                if from == Intended {
                    "nothing was sent"
                } else {
                    "the carrier refused it"
                }
                .to_owned(),
            );
            refused.error = Some(refusal);
        }
        let (purchase, order) = (&mut self.purchase, &self.order);
        purchase.state = Intended;
        purchase.account = order.account.clone();
        purchase.number = order.number;
        purchase.price = order.monthly_price;
        purchase.setup_price = order.setup_price;
        purchase.price_source = order.price_source;
        purchase.attempts.push(attempt);
        true
    }

    /// The request is about to leave. `look` is the complete look before it, in which the number was absent.
    pub fn dispatch(&mut self, look: &Sighting, now: Timestamp) -> bool {
        let moved = self.go(Cause::Dispatch, Dispatched, now);
        if let (true, Some(attempt)) = (moved, self.attempt_mut()) {
            attempt.t0 = Some(look.carrier_time.unwrap_or(now));
            attempt.t0_is_ours = look.carrier_time.is_none();
            attempt.unreadable.clone_from(&look.unreadable);
            attempt.sent_at = Some(now);
        }
        moved
    }

    /// The carrier answered with a number it says is bought.
    pub fn confirm(&mut self, number: &Number, evidence: &Evidence, now: Timestamp) -> bool {
        let row = HeldRow::of(number);
        let Some(attempt) = self.attempt_mut() else {
            return false;
        };
        attempt.answered_at = Some(now);
        match evidence.of_answer(attempt, &row) {
            Verdict::Ours(row) => {
                self.go(Cause::Confirmed, Succeeded, now)
                    && self.win(&row, "the carrier confirmed it", Some(number.clone()))
            }
            Verdict::Asks(why, row) => self.ask(why, Some(row), now),
            Verdict::Won { .. } => {
                self.go(Cause::Denied, Failed, now)
                    && self.fail(
                        already_held(),
                        "the carrier answered with a number held before",
                    )
            }
            Verdict::Absent => false,
        }
    }

    /// The carrier answered with an error: a refusal if it certainly had no effect.
    pub fn deny(&mut self, error: Error, now: Timestamp) -> bool {
        if let Some(attempt) = self.attempt_mut() {
            attempt.answered_at = error.upstream().and_then(|u| u.status).map(|_| now);
        }
        if error.effect() == Effect::None {
            return self.go(Cause::Denied, Failed, now)
                && self.fail(error, "the carrier refused it");
        }
        let moved = self.go(Cause::Lost, Unknown, now);
        if let (true, Some(attempt)) = (moved, self.attempt_mut()) {
            attempt.answer = Some(error);
        }
        moved
    }

    /// The process that sent it is gone.
    pub fn lose(&mut self, now: Timestamp) -> bool {
        self.go(Cause::Lost, Unknown, now)
    }

    /// Applies a complete look. A number that another purchase has won is left to [`Record::see_anothers`].
    pub fn see(&mut self, sighting: &Sighting, evidence: &Evidence, now: Timestamp) -> bool {
        match self.judge(sighting, evidence, now) {
            Verdict::Ours(row) => {
                let number = sighting.number(&row.provider_id).cloned();
                self.purchase.late |= Safeguard::OnlyLateIsLate.is_off();
                self.go(Cause::Found, Succeeded, now)
                    && self.win(&row, "the account was seen to hold it", number)
            }
            Verdict::Asks(why, row) => self.ask(why, Some(row), now),
            Verdict::Won { .. } | Verdict::Absent => false,
        }
    }

    /// What a complete look says about this purchase as it stands.
    pub fn judge(&self, sighting: &Sighting, evidence: &Evidence, now: Timestamp) -> Verdict {
        let watched = (self.purchase.state == Failed).then_some(now);
        self.attempt().map_or(Verdict::Absent, |attempt| {
            evidence.of_look(attempt, sighting, watched)
        })
    }

    /// Another purchase has won the number's id: an unknown purchase fails, and a question about that id is closed.
    pub fn see_anothers(&mut self, provider_id: &str, now: Timestamp) -> bool {
        let evidence = "another purchase has won the number";
        if self.purchase.state == Unknown {
            return self.go(Cause::Denied, Failed, now) && self.fail(already_held(), evidence);
        }
        let about = |question: &Question| question.provider_id.as_deref() == Some(provider_id);
        if !self.purchase.needs_person.as_ref().is_some_and(about) {
            return false;
        }
        self.purchase.needs_person = None;
        self.fail(already_held(), evidence)
    }

    /// Closes a question whose number was absent at every look of a settling time; the watch goes on.
    pub fn drop_question(&mut self, settle: Duration) -> bool {
        let seen = |question: &Question| question.provider_id.is_some();
        if self.purchase.state != Failed || !self.purchase.needs_person.as_ref().is_some_and(seen) {
            return false;
        }
        self.purchase.needs_person = None;
        let (error, evidence) = self.absence(settle);
        self.fail(error, &evidence)
    }

    /// Every look of the settling time was complete and showed nothing.
    pub fn presume_failed(&mut self, settle: Duration, now: Timestamp) -> bool {
        let (error, evidence) = self.absence(settle);
        let moved = self.go(Cause::Absent, Failed, now) && self.fail(error, &evidence);
        if let (true, Some(attempt)) = (moved, self.attempt_mut()) {
            attempt.presumed = true;
        }
        moved
    }

    /// The error and the evidence of a purchase whose number does not turn up.
    fn absence(&self, settle: Duration) -> (Error, String) {
        let answer = self.attempt().and_then(|attempt| attempt.answer.as_ref());
        let said = answer.map_or("the carrier's answer was lost", Error::message);
        let message = format!("{said}; the number did not turn up");
        let mut error = Error::new(ErrorKind::Timeout, message).with_effect(Effect::Unknown);
        if let Some(upstream) = answer.and_then(Error::upstream) {
            error = error.with_upstream(upstream.clone());
        }
        let seconds = settle.as_secs_f32();
        let evidence = format!("absent at every look for {seconds} s; watched on");
        (error, evidence)
    }

    /// Opens a question for a person, once: until it is answered the purchase counts as not settled.
    fn ask(&mut self, why: QuestionReason, row: Option<HeldRow>, now: Timestamp) -> bool {
        let seen = |question: &Question| question.provider_id.is_some();
        let watched = self.attempt().is_some_and(|attempt| attempt.presumed);
        let may = match self.purchase.state {
            Failed => watched && self.purchase.needs_person.is_none(),
            _ => !self.purchase.needs_person.as_ref().is_some_and(seen),
        };
        if !may || (self.purchase.state != Failed && !self.go(Cause::Disputed, Failed, now)) {
            return false;
        }
        let (account, number) = (&self.purchase.account, self.purchase.number);
        let (provider_id, created_at) = row
            .map(|row| (Some(row.provider_id), row.created_at))
            .unwrap_or_default();
        let what = match why {
            QuestionReason::Late => "so late that another may have bought it",
            _ => "but seems to have held it before it was ordered",
        };
        let message = format!("{account} holds {number}, {what}: a person has to decide");
        let evidence = format!("{}: a person is asked", why.as_str());
        let error = Error::new(ErrorKind::Conflict, message).with_effect(Effect::Unknown);
        self.purchase.needs_person = Some(Question {
            since: now,
            why,
            provider_id,
            created_at,
            t0: self.attempt().and_then(|attempt| attempt.t0),
        });
        if let Some(attempt) = self.attempt_mut() {
            attempt.presumed = true;
        }
        self.fail(error.with_retry(Retry::Never), &evidence)
    }

    /// The carrier's id belongs to another purchase already.
    pub fn lost_race(&mut self, now: Timestamp) -> bool {
        let moved = match self.purchase.state {
            Unknown | Dispatched => self.go(Cause::Denied, Failed, now),
            _ => false,
        };
        moved
            && self.fail(
                already_held(),
                "the carrier's number was bought by another purchase",
            )
    }

    /// Whether it failed by absence alone, so that it may still turn out to have been carried out.
    pub fn is_presumed(&self) -> bool {
        let presumed = self.attempt().is_some_and(|attempt| attempt.presumed);
        presumed && self.purchase.state == Failed
    }

    /// Whether its outcome is a person's verdict.
    pub fn is_decided_by_person(&self) -> bool {
        let evidence = self.attempt().and_then(|attempt| attempt.evidence.as_ref());
        evidence.is_some_and(|evidence| evidence.starts_with(DECIDED_BY_PERSON))
    }

    /// A person decided: `provider_id` if the number was bought. If it was not, the id that the question was about is
    /// never this purchase's again.
    pub fn resolve(&mut self, provider_id: Option<&str>, reason: &str, now: Timestamp) -> bool {
        let evidence = format!("{DECIDED_BY_PERSON}{reason}");
        let question = self.purchase.needs_person.clone();
        if let Some(id) = provider_id {
            let about = question.filter(|question| question.provider_id.as_deref() == Some(id));
            let row = HeldRow {
                provider_id: id.to_owned(),
                created_at: about.and_then(|question| question.created_at),
            };
            return self.go(Cause::Resolved, Succeeded, now) && self.win(&row, &evidence, None);
        }
        let asked = self.purchase.state == Failed && question.is_some();
        if !asked && !self.go(Cause::Resolved, Failed, now) {
            return false;
        }
        self.purchase.needs_person = None;
        // A person can be wrong: the watch goes on.
        if let Some(attempt) = self.attempt_mut() {
            attempt.presumed = true;
            let id = question.and_then(|question| question.provider_id);
            attempt.not_ours.extend(id);
        }
        let message = "a person decided that it was not bought";
        self.fail(Error::new(ErrorKind::Timeout, message), &evidence)
    }

    /// Asks a person, if the purchase was sent so long ago, its outcome is not known and nobody was asked yet.
    pub fn ask_a_person(&mut self, after: Duration, now: Timestamp) -> bool {
        let sent = self.attempt().and_then(|attempt| attempt.sent_at);
        let ago = sent.and_then(|sent| Duration::try_from(now.duration_since(sent)).ok());
        let due = self.purchase.state == Unknown && ago.is_some_and(|ago| ago >= after);
        if !due || self.purchase.needs_person.is_some() {
            return false;
        }
        self.purchase.needs_person = Some(Question {
            since: now,
            why: QuestionReason::Unknown,
            provider_id: None,
            created_at: None,
            t0: self.attempt().and_then(|attempt| attempt.t0),
        });
        true
    }

    /// The account that it was ordered at has another name now.
    pub fn rename_account(&mut self, account: &AccountName) {
        self.purchase.account = account.clone();
        self.order.account = account.clone();
        if let Some(attempt) = self.attempt_mut() {
            attempt.account = account.clone();
        }
    }

    /// Whether another may have changed the number before its settings are made: it was created too early, or found
    /// late.
    pub fn may_be_shared(&self) -> bool {
        let created_before = |attempt: &Attempt| match (attempt.created_at, attempt.t0) {
            (Some(created), Some(t0)) => created < t0,
            _ => false,
        };
        self.purchase.late || self.attempt().is_some_and(created_before)
    }

    fn win(&mut self, row: &HeldRow, evidence: &str, number: Option<Number>) -> bool {
        self.purchase.error = None;
        self.purchase.number_id = NumberId::of(&self.purchase.account, &row.provider_id).ok();
        self.purchase.held = number.map(Box::new);
        if self.settings.is_some() {
            self.purchase.configuration = Configuration {
                state: ConfigurationState::Pending,
                error: None,
            };
        }
        if let Some(attempt) = self.attempt_mut() {
            attempt.presumed = false;
            attempt.provider_id = Some(row.provider_id.clone());
            attempt.created_at = row.created_at;
            attempt.evidence = Some(evidence.to_owned());
            attempt.error = None;
        }
        true
    }

    fn fail(&mut self, error: Error, evidence: &str) -> bool {
        if let Some(attempt) = self.attempt_mut() {
            attempt.evidence = Some(evidence.to_owned());
            attempt.error = Some(error.clone());
        }
        self.purchase.error = Some(error);
        true
    }
}

fn already_held() -> Error {
    Error::new(ErrorKind::Conflict, "the account holds this number already")
}

#[cfg(test)]
mod tests;
