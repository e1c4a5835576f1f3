//! Buying one of several candidates: in order, and going on only from one that was certainly not bought.

use crate::error::{Error, ErrorKind, Result, Retry};
use crate::failpoint;
use crate::model::{
    Attempt, Caller, Candidate, CandidateState, NumberUpdate, ProviderData, PurchaseOrder, Strategy,
};
use crate::provider::registry::AccountEntry;
use crate::service::journal::{Begin, Change, Commit, Lease, Record, Scope};
use crate::service::purchase::drive::Origin;
use crate::service::purchase::start::draft;
use crate::service::purchase::{Purchases, Started, now};
use crate::service::spend::{Charge, charges, full};
use crate::service::trail::Trail;
use std::time::Duration;

/// What may be bought, best first.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// What was asked for, as the caller wrote it: kept with the purchase.
    pub criteria: ProviderData,
    /// By what the candidates are ordered.
    pub strategy: Strategy,
    /// The numbers that fit, those passed over already among them.
    pub candidates: Vec<Candidate>,
    /// What else shall be ordered; its account and number do not matter.
    pub wishes: PurchaseOrder,
}

/// After what time a search is likely to find other numbers than those that went to others.
const SEARCH_AGAIN: Duration = Duration::from_secs(1);

/// After how many refusals as invalid the next one is no more about the number but about its account.
const INVALID_MAX: usize = 2;

/// A candidate whose turn it is, ready to be ordered.
struct Turn {
    at: usize,
    order: PurchaseOrder,
    attempt: Attempt,
    settings: Option<NumberUpdate>,
    charges: Vec<Charge>,
}

impl Purchases {
    /// Writes down the purchase of the first candidate that nobody else is at, and starts to carry it out.
    ///
    /// # Errors
    /// Nothing was written or sent: `NotAvailable` if no candidate is left, saying why, with a wait if another search may
    /// find more; what is wrong with the wishes if no candidate's carrier can fulfil them; `PaymentRequired` if ceilings
    /// leave no room; those of the journal.
    pub async fn start_choice(
        &self,
        scope: &Scope,
        fingerprint: &str,
        choice: Choice,
    ) -> Result<Started> {
        let (mut candidates, wishes) = (choice.candidates, &choice.wishes);
        let (mut refused, mut busy) = (None, false);
        while let Some(turn) = self.turn(&mut candidates, wishes, &mut refused) {
            let entry = self.0.registry.get(turn.order.account.as_str());
            let Some(entry) = entry.filter(|entry| entry.tenant == scope.tenant) else {
                candidates[turn.at].pass_over("its account is gone");
                continue;
            };
            let mut record = draft(scope, fingerprint, turn.order, entry);
            record.settings = turn.settings;
            record.charges = turn.charges;
            candidates[turn.at].take(match choice.strategy {
                Strategy::Cheapest => "the cheapest of those left",
                Strategy::Priority => "of the account with the highest priority of those left",
            });
            record.purchase.criteria = Some(choice.criteria.clone());
            record.purchase.candidates.clone_from(&candidates);
            record.trail = Trail::of_intent(&Caller::of(scope.tenant.clone()), &record);
            if let Some(attempt) = record.attempt_mut() {
                attempt.reason.clone_from(&candidates[turn.at].reason);
            }
            let id = record.purchase.id.clone();
            failpoint::hit(failpoint::BEFORE_INTENT);
            match self.0.store.begin(scope, &record, &self.0.owner).await? {
                Begin::Fresh(lease) => {
                    failpoint::hit(failpoint::AFTER_INTENT);
                    record.version = 1;
                    record.trail.clear();
                    self.spawn(record, lease, Origin::Fresh);
                    return Ok(Started::Fresh(id));
                }
                Begin::Known(record) => return Ok(Started::Known(record.purchase.id)),
                Begin::Mismatch => return Ok(Started::Mismatch),
                Begin::Busy { .. } => {
                    busy = true;
                    candidates[turn.at].pass_over("it is being bought or released by another");
                }
                Begin::Full(purse) => {
                    let error = full(&record.purchase.account, &record.charges, &purse);
                    candidates[turn.at].pass_over(error.message());
                    refused.get_or_insert(error);
                }
            }
        }
        Err(match refused {
            Some(refused) if !busy => refused,
            _ if busy => nothing_left(&candidates).with_retry(Retry::After(SEARCH_AGAIN)),
            _ => nothing_left(&candidates),
        })
    }

    /// After a refusal without effect: makes the next candidate the purchase's, claim and all, under its lease.
    /// `false` if there is none, or the lease is lost: the refusal stands then.
    pub(super) async fn advance(
        &self,
        record: &mut Record,
        lease: &Lease,
        refusal: &Error,
    ) -> Result<bool> {
        let before = record.attempt().map(|a| (a.identity.clone(), a.number));
        let Some((identity, number)) = before.filter(|_| !record.purchase.candidates.is_empty())
        else {
            return Ok(false);
        };
        let mut candidates = record.purchase.candidates.clone();
        give_up(&mut candidates, record, refusal);
        loop {
            let Some(mut turn) = self.turn(&mut candidates, &record.order, &mut None) else {
                record.purchase.candidates = candidates;
                return Ok(false);
            };
            candidates[turn.at].take(format!("the one before was refused: {}", refusal.message()));
            turn.attempt.reason.clone_from(&candidates[turn.at].reason);
            let mut next = record.clone();
            next.purchase.candidates.clone_from(&candidates);
            next.settings = turn.settings;
            next.charges = turn.charges;
            if !next.move_on(refusal.clone(), (turn.order, turn.attempt), now()) {
                return Ok(false);
            }
            next.trail = Trail::of_step(record, &next);
            let change = Change {
                record: &next,
                lease: Some(lease),
                durable: true,
                look_in: None,
                forget_answer: false,
                unclaimed: false,
                gives_up: Some((&identity, &number)),
            };
            failpoint::hit(failpoint::BEFORE_NEXT);
            match self.0.store.commit(change).await? {
                Commit::Done(version) => {
                    failpoint::hit(failpoint::AFTER_NEXT);
                    next.version = version;
                    next.trail.clear();
                    *record = next;
                    return Ok(true);
                }
                Commit::Busy => {
                    candidates[turn.at].pass_over("it is being bought or released by another");
                }
                Commit::Full(purse) => {
                    let error = full(&next.purchase.account, &next.charges, &purse);
                    candidates[turn.at].pass_over(error.message());
                }
                Commit::Stale | Commit::LeaseLost | Commit::NotOurs(_) => return Ok(false),
            }
        }
    }

    /// The next candidate that can be ordered. Those that can't are passed over; `refused` is why, if it was the wishes
    /// or a ceiling of the account's.
    fn turn(
        &self,
        candidates: &mut [Candidate],
        wishes: &PurchaseOrder,
        refused: &mut Option<Error>,
    ) -> Option<Turn> {
        for (at, candidate) in candidates.iter_mut().enumerate() {
            if candidate.state != CandidateState::Waiting {
                continue;
            }
            if candidate.expires_at <= now() {
                candidate.pass_over("its quote has expired");
                continue;
            }
            let Some(entry) = self.0.registry.get(candidate.account.as_str()) else {
                candidate.pass_over("its account is gone");
                continue;
            };
            let order = candidate.order(wishes);
            let prices = (order.monthly_price, order.setup_price);
            let charges = charges(entry, prices, now());
            let settings = entry.provider.settings_after(&order);
            match settings.and_then(|settings| Ok((settings, charges?))) {
                Ok((settings, charges)) => {
                    return Some(Turn {
                        at,
                        attempt: attempt(entry, &order),
                        order,
                        settings,
                        charges,
                    });
                }
                Err(error) => {
                    candidate.pass_over(error.message());
                    refused.get_or_insert(error);
                }
            }
        }
        None
    }
}

pub(super) fn attempt(entry: &AccountEntry, order: &PurchaseOrder) -> Attempt {
    let provider = &entry.provider;
    Attempt::new(
        order.account.clone(),
        provider.provider().clone(),
        provider.identity().to_owned(),
        order.number,
    )
}

/// The error that a purchase ends with when `refusal` was its last word. If the numbers that fitted have gone to
/// others there may be more: the refusal of one of many does not say that there is none.
pub(super) fn last_word(record: &Record, refusal: &Error) -> Error {
    let gone = matches!(
        refusal.kind(),
        ErrorKind::NotAvailable | ErrorKind::NotFound | ErrorKind::Conflict
    );
    if record.purchase.candidates.is_empty() || !gone {
        return refusal.clone();
    }
    let message = format!("the numbers that fit are gone: {}", refusal.message());
    let error = Error::new(ErrorKind::NotAvailable, message)
        .with_account(record.purchase.account.clone())
        .with_retry(Retry::After(SEARCH_AGAIN));
    match refusal.upstream() {
        Some(upstream) => error.with_upstream(upstream.clone()),
        None => error,
    }
}

/// Says why the current candidate is given up, and passes over what would fail for the same reason.
fn give_up(candidates: &mut [Candidate], record: &Record, refusal: &Error) {
    let about_the_number = match refusal.kind() {
        ErrorKind::NotAvailable | ErrorKind::NotFound | ErrorKind::Conflict => true,
        // A carrier may refuse for want of money or papers without saying so: then it does so every time.
        ErrorKind::InvalidRequest => refused_as_invalid(record) < INVALID_MAX,
        _ => false,
    };
    for candidate in candidates {
        if candidate.account != record.order.account {
            continue;
        }
        if candidate.number == record.order.number {
            candidate.pass_over(format!("refused: {}", refusal.message()));
        } else if !about_the_number && candidate.state == CandidateState::Waiting {
            candidate.pass_over(format!(
                "its account refused another: {}",
                refusal.message()
            ));
        }
    }
}

/// How often the account of the current attempt has refused numbers as invalid before it.
fn refused_as_invalid(record: &Record) -> usize {
    let earlier = record.purchase.attempts.iter();
    earlier
        .filter(|attempt| attempt.account == record.order.account)
        .filter_map(|attempt| attempt.error.as_ref())
        .filter(|error| error.kind() == ErrorKind::InvalidRequest)
        .count()
}

fn nothing_left(candidates: &[Candidate]) -> Error {
    let last = candidates.iter().rev().find_map(|c| c.reason.as_deref());
    let message = match last {
        Some(reason) => format!("no number that fits can be bought: {reason}"),
        None => "no number fits".to_owned(),
    };
    Error::new(ErrorKind::NotAvailable, message)
}
