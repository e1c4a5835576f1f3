//! The states of a purchase: one table of legal moves, and the pure functions that make them.

use std::time::Duration;

use jiff::Timestamp;

use crate::error::{Effect, Error, ErrorKind};
use crate::model::{
    Attempt, Configuration, ConfigurationState, Number, NumberId, PurchaseOrder, PurchaseState,
    Seen, Sighting,
};
use crate::service::journal::Record;

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
    /// The carrier refused without effect, or showed that another has the number.
    Denied,
    /// It can't be told what came of it.
    Lost,
    /// A look shows the number, ours.
    Found,
    /// Every look of the settling time shows nothing.
    Absent,
    /// A person decided.
    Resolved,
    /// The candidate was refused without effect, and there is another.
    Next,
}

impl Cause {
    /// In a few words, for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused before sending",
            Self::Dispatch => "about to be sent",
            Self::Confirmed => "the carrier confirms",
            Self::Denied => "refused, or another's number",
            Self::Lost => "the answer is lost",
            Self::Found => "a look finds it",
            Self::Absent => "absent for the settling time",
            Self::Resolved => "a person decides",
            Self::Next => "refused, the next candidate",
        }
    }
}

/// Every legal move. The one way out of a settled state is from a presumed failure to a late success.
pub const MOVES: &[(PurchaseState, Cause, PurchaseState)] = &[
    (Intended, Cause::Refused, Failed),
    (Intended, Cause::Dispatch, Dispatched),
    (Intended, Cause::Next, Intended),
    (Dispatched, Cause::Confirmed, Succeeded),
    (Dispatched, Cause::Denied, Failed),
    (Dispatched, Cause::Next, Intended),
    (Dispatched, Cause::Lost, Unknown),
    (Dispatched, Cause::Found, Succeeded),
    (Unknown, Cause::Confirmed, Succeeded),
    (Unknown, Cause::Denied, Failed),
    (Unknown, Cause::Found, Succeeded),
    (Unknown, Cause::Absent, Failed),
    (Unknown, Cause::Resolved, Succeeded),
    (Unknown, Cause::Resolved, Failed),
    (Failed, Cause::Confirmed, Succeeded),
    (Failed, Cause::Found, Succeeded),
];

/// Whether a purchase in `from` may move to `to` for this cause.
#[must_use]
pub fn is_legal(from: PurchaseState, cause: Cause, to: PurchaseState) -> bool {
    MOVES.contains(&(from, cause, to))
}

/// What a look, or an answer, says of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The number is held and may be ours: the unique index on the carrier's id has the last word.
    Ours(String),
    /// The number is held, and was before we asked.
    Others,
    /// The number is not held.
    Absent,
}

/// Judges what was seen of an attempt's number: pure, so that every row can be tested.
///
/// The carrier's creation time decides, against its own clock at our first look. Where it says no
/// time, the number was absent at that look and is held now: it may be ours.
#[must_use]
pub fn judge(attempt: &Attempt, sighting: &Sighting) -> Verdict {
    match &sighting.seen {
        Seen::Absent => Verdict::Absent,
        Seen::Held {
            provider_id,
            created_at,
        } => match (created_at, attempt.not_before) {
            (Some(created), Some(not_before)) if *created < not_before => Verdict::Others,
            _ => Verdict::Ours(provider_id.clone()),
        },
    }
}

impl Record {
    /// The attempt under way.
    #[must_use]
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
        self.purchase.late |= from == Failed;
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

    /// The candidate was refused, certainly without effect: `order` for the next one is made by `attempt`.
    pub fn move_on(
        &mut self,
        refusal: Error,
        (order, attempt): (PurchaseOrder, Attempt),
        now: Timestamp,
    ) -> bool {
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
        let purchase = &mut self.purchase;
        purchase.state = Intended;
        purchase.account = order.account.clone();
        purchase.number = order.number;
        purchase.price = order.monthly_price;
        purchase.setup_price = order.setup_price;
        purchase.price_source = order.price_source;
        purchase.attempts.push(attempt);
        self.order = order;
        true
    }

    /// The request is about to leave; what the carrier created before `not_before` is not ours.
    pub fn dispatch(&mut self, not_before: Timestamp, now: Timestamp) -> bool {
        let moved = self.go(Cause::Dispatch, Dispatched, now);
        if let (true, Some(attempt)) = (moved, self.attempt_mut()) {
            attempt.not_before = Some(not_before);
            attempt.sent_at = Some(now);
        }
        moved
    }

    /// The carrier answered with a number it says is bought.
    pub fn confirm(&mut self, number: Number, now: Timestamp) -> bool {
        let seen = Seen::Held {
            provider_id: number.provider_id.clone(),
            created_at: number.purchased_at,
        };
        let verdict = self.attempt().map(|a| {
            judge(
                a,
                &Sighting {
                    seen,
                    carrier_time: None,
                },
            )
        });
        if let Some(attempt) = self.attempt_mut() {
            attempt.answered_at = Some(now);
        }
        match verdict {
            Some(Verdict::Ours(id)) => {
                let moved = self.go(Cause::Confirmed, Succeeded, now);
                moved && self.win(&id, "the carrier confirmed it", Some(number))
            }
            _ => {
                self.go(Cause::Denied, Failed, now)
                    && self.fail(already_held(), "the carrier showed a number held before")
            }
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

    /// Whoever sent it is gone.
    pub fn lose(&mut self, now: Timestamp) -> bool {
        self.go(Cause::Lost, Unknown, now)
    }

    /// A complete look saw the number: applies what it says, if it says anything final.
    pub fn see(&mut self, sighting: &Sighting, now: Timestamp) -> bool {
        match self.attempt().map(|attempt| judge(attempt, sighting)) {
            Some(Verdict::Ours(id)) => {
                self.go(Cause::Found, Succeeded, now)
                    && self.win(&id, "the account was seen to hold it", None)
            }
            Some(Verdict::Others) => {
                self.go(Cause::Denied, Failed, now)
                    && self.fail(
                        already_held(),
                        "the account held it before it was asked for",
                    )
            }
            Some(Verdict::Absent) | None => false,
        }
    }

    /// Every look of the settling time was complete and showed nothing.
    pub fn presume_failed(&mut self, settle: Duration, now: Timestamp) -> bool {
        let answer = self.attempt().and_then(|attempt| attempt.answer.clone());
        let lost = "the carrier's answer was lost".to_owned();
        let told = answer
            .as_ref()
            .map_or(lost, |answer| answer.message().to_owned());
        let message = format!("{told}; the number did not turn up");
        let mut error = Error::new(ErrorKind::Timeout, message).with_effect(Effect::Unknown);
        if let Some(upstream) = answer.as_ref().and_then(Error::upstream) {
            error = error.with_upstream(upstream.clone());
        }
        let evidence = format!(
            "absent at every look for {} s; watched on",
            settle.as_secs_f32()
        );
        let moved = self.go(Cause::Absent, Failed, now) && self.fail(error, &evidence);
        if let (true, Some(attempt)) = (moved, self.attempt_mut()) {
            attempt.presumed = true;
        }
        moved
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
    #[must_use]
    pub fn is_presumed(&self) -> bool {
        let presumed = self.attempt().is_some_and(|attempt| attempt.presumed);
        presumed && self.purchase.state == Failed
    }

    /// Whether its outcome is a person's verdict.
    #[must_use]
    pub fn is_decided_by_person(&self) -> bool {
        let evidence = self.attempt().and_then(|attempt| attempt.evidence.as_ref());
        evidence.is_some_and(|evidence| evidence.starts_with(DECIDED_BY_PERSON))
    }

    /// A person decided: `provider_id` if the number was bought.
    pub fn resolve(&mut self, provider_id: Option<&str>, reason: &str, now: Timestamp) -> bool {
        let evidence = format!("{DECIDED_BY_PERSON}{reason}");
        match provider_id {
            Some(id) => self.go(Cause::Resolved, Succeeded, now) && self.win(id, &evidence, None),
            None => {
                let error = Error::new(
                    ErrorKind::Timeout,
                    "a person decided that it was not bought",
                );
                let moved = self.go(Cause::Resolved, Failed, now) && self.fail(error, &evidence);
                // A person can be wrong: the watch goes on.
                if let (true, Some(attempt)) = (moved, self.attempt_mut()) {
                    attempt.presumed = true;
                }
                moved
            }
        }
    }

    /// Writes down that a person is needed, if it was sent so long ago, its outcome is not known and nobody was asked
    /// yet; answers whether it did.
    pub fn ask_a_person(&mut self, after: Duration, now: Timestamp) -> bool {
        let unknown = self.purchase.state == Unknown;
        let Some(attempt) = self.attempt_mut().filter(|_| unknown) else {
            return false;
        };
        let sent = attempt.sent_at.map(|sent| now.duration_since(sent));
        let long_ago = sent
            .and_then(|ago| Duration::try_from(ago).ok())
            .is_some_and(|ago| ago >= after);
        if !long_ago || attempt.person_asked_at.is_some() {
            return false;
        }
        attempt.person_asked_at = Some(now);
        true
    }

    fn win(&mut self, provider_id: &str, evidence: &str, number: Option<Number>) -> bool {
        self.purchase.error = None;
        self.purchase.number_id = NumberId::of(&self.purchase.account, provider_id).ok();
        self.purchase.held = number.map(Box::new);
        if self.settings.is_some() {
            self.purchase.configuration = Configuration {
                state: ConfigurationState::Pending,
                error: None,
            };
        }
        if let Some(attempt) = self.attempt_mut() {
            attempt.presumed = false;
            attempt.provider_id = Some(provider_id.to_owned());
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
