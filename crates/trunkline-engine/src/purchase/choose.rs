//! Buying one of several candidates: in order, and going on only from one that was certainly not bought.

use crate::allocations::Lot;
use crate::domain_event::DomainEvent;
use crate::journal::{Begin, Change, Commit, Lease, Record};
use crate::purchase::service::{Purchases, now};
use crate::purchase::start::{Keyed, Started, attempt, draft};
use crate::search::CANDIDATES_KEPT;
use crate::spend::{Budget, Charge, Full, charges};
use std::time::Duration;
use trunkline_core::Ceilings;
use trunkline_core::error::{Error, ErrorKind, Result, Retry};
use trunkline_core::failpoint;
use trunkline_core::model::{
    Attempt, Caller, Candidate, CandidateState, IdempotencyKey, KeyId, NumberUpdate, ProviderData,
    PurchaseOrder, Strategy, Tenant,
};
use trunkline_core::strength::Safeguard;

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

/// How long a candidate is leased: longer than a purchase takes, and than search results count as current.
const LEASED_FOR: Duration = Duration::from_secs(30);

/// From how many candidates the first that is free is leased: what an order would be is worked out for these alone.
const LEASED_FROM: usize = 8;

const BUSY: &str = "it is being bought or released by another";

const ABSENT: &str = "an earlier purchase of it was not answered, and may still be carried out";

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
    pub async fn start_choice(&self, keyed: Keyed<'_>, choice: Choice) -> Result<Started> {
        let caller = keyed.caller;
        let mut candidates = choice.candidates;
        self.leave_out(caller, &mut candidates);
        let holder = holder(&keyed.scope.tenant, &keyed.scope.key);
        let mut row = Row::new(candidates, &choice.wishes, holder);
        row.key = caller.key.clone().map(|key| (key, caller.spend));
        while let Some(turn) = self.turn(&mut row).await? {
            let account = turn.order.account.as_str();
            let entry = self.0.registry.of_caller(caller, account)?;
            let mut record = draft(keyed, turn.order, &entry);
            record.settings = turn.settings;
            record.charges = turn.charges;
            row.candidates[turn.at].take(match choice.strategy {
                Strategy::Cheapest => "the cheapest of those left",
                Strategy::Priority => "of the account with the highest priority of those left",
            });
            record.purchase.criteria = Some(choice.criteria.clone());
            record.purchase.candidates = row.kept(turn.at);
            if let Some(attempt) = record.attempt_mut() {
                attempt.reason.clone_from(&row.candidates[turn.at].reason);
            }
            let id = record.purchase.id.clone();
            failpoint::hit(failpoint::BEFORE_INTENT);
            let begun = self.0.store.begin(keyed.scope, &record, &self.0.owner);
            match begun.await? {
                Begin::Fresh(lease) => {
                    failpoint::hit(failpoint::AFTER_INTENT);
                    record.version = 1;
                    self.spawn(record, lease, None);
                    return Ok(Started::Fresh(id));
                }
                Begin::Known(record) => return Ok(Started::Known(record)),
                Begin::Mismatch => return Ok(Started::Mismatch),
                Begin::Busy { .. } => {
                    row.busy = true;
                    self.leave(&mut row, turn.at, BUSY).await?;
                }
                Begin::Full(purse) => {
                    let error = self.no_room(&record, &purse);
                    self.leave(&mut row, turn.at, error.message()).await?;
                    row.full.push((purse, error.message().to_owned()));
                    row.refused.get_or_insert(error);
                }
            }
        }
        Err(match row.refused {
            Some(refused) if !row.busy => refused,
            _ if row.busy => nothing_left(&row.candidates).with_retry(Retry::After(SEARCH_AGAIN)),
            _ => nothing_left(&row.candidates),
        })
    }

    /// Moves the purchase with its claim to the next candidate after a refusal without effect. `false`: the refusal
    /// stands.
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
        let ceilings = self.ceilings(record).await?;
        let mut candidates = record.purchase.candidates.clone();
        give_up(&mut candidates, record, refusal);
        let (wishes, key) = (
            record.order.clone(),
            record.purchase.idempotency_key.clone(),
        );
        let mut row = Row::new(candidates, &wishes, holder(&record.tenant, &key));
        row.key = record.key.clone().map(|key| (key, ceilings));
        loop {
            let Some(mut turn) = self.turn(&mut row).await? else {
                record.purchase.candidates = row.candidates;
                return Ok(false);
            };
            let why = format!("the one before was refused: {}", refusal.message());
            row.take(&mut turn, why);
            let mut next = record.clone();
            next.purchase.candidates.clone_from(&row.candidates);
            next.settings = turn.settings;
            next.charges = turn.charges;
            next.order = turn.order;
            if !next.move_on(refusal.clone(), turn.attempt, now()) {
                return Ok(false);
            }
            let change = Change {
                event: Some(DomainEvent::PurchaseChanged {
                    before: record,
                    after: &next,
                }),
                lease: Some(lease),
                gives_up: Some((&identity, &number)),
                ..Change::to(&next)
            };
            failpoint::hit(failpoint::BEFORE_NEXT);
            match self.0.store.commit(change).await? {
                Commit::Done(version) => {
                    failpoint::hit(failpoint::AFTER_NEXT);
                    next.version = version;
                    *record = next;
                    return Ok(true);
                }
                Commit::Busy => self.leave(&mut row, turn.at, BUSY).await?,
                Commit::Full(purse) => {
                    let error = self.no_room(&next, &purse);
                    self.leave(&mut row, turn.at, error.message()).await?;
                    row.full.push((purse, error.message().to_owned()));
                }
                Commit::Stale | Commit::LeaseLost | Commit::NotOurs(_) => return Ok(false),
            }
        }
    }

    /// Passes over what the caller may not have, now and when the purchase moves on.
    fn leave_out(&self, caller: &Caller, candidates: &mut [Candidate]) {
        for candidate in candidates {
            let account = candidate.account.as_str();
            if self.0.registry.of_caller(caller, account).is_err() {
                candidate.pass_over("its account is gone");
            }
        }
    }

    /// What the purchases of the key that a purchase was asked for with may cost together, as it is now.
    async fn ceilings(&self, record: &Record) -> Result<Ceilings> {
        let Some(key) = &record.key else {
            return Ok(Ceilings::default());
        };
        self.0.store.ceilings_of(key).await
    }

    /// Leases the next candidate to order. Passes over those before it, and those that may still come late.
    async fn turn(&self, row: &mut Row<'_>) -> Result<Option<Turn>> {
        while let Some(turn) = self.free_turn(row).await? {
            if !self.is_awaited(&turn).await? {
                return Ok(Some(turn));
            }
            self.leave(row, turn.at, ABSENT).await?;
        }
        Ok(None)
    }

    /// Whether an earlier purchase of the number may still come late, at a carrier that might sell it twice.
    async fn is_awaited(&self, turn: &Turn) -> Result<bool> {
        let entry = self.0.registry.get(turn.order.account.as_str());
        if entry.is_some_and(|entry| entry.provider.capability().repeated_purchase_is_safe) {
            return Ok(false);
        }
        let (identity, number) = (&turn.attempt.identity, &turn.attempt.number);
        let presumed = self.0.store.presumed(identity, number).await?;
        Ok(!Safeguard::AwaitedNumber.is_off()
            && presumed.iter().any(|record| self.may_come_late(record)))
    }

    async fn free_turn(&self, row: &mut Row<'_>) -> Result<Option<Turn>> {
        let mut at = 0;
        loop {
            let mut ready = Vec::new();
            while ready.len() < LEASED_FROM && at < row.candidates.len() {
                ready.extend(self.ready(row, at));
                at += 1;
            }
            if ready.is_empty() {
                return Ok(None);
            }
            let lots: Vec<_> = ready.iter().map(|turn| row.lot(turn.at)).collect();
            let store = &self.0.store;
            let leased = store.lease_candidate(&row.holder, &lots, LEASED_FOR);
            let leased = leased.await?;
            let first = leased.and_then(|lot| lots.iter().position(|other| *other == lot));
            for turn in &ready[..first.unwrap_or(ready.len())] {
                row.busy = true;
                row.candidates[turn.at].pass_over(BUSY);
            }
            if let Some(first) = first {
                return Ok(Some(ready.swap_remove(first)));
            }
        }
    }

    /// Passes over a candidate that somebody else has, and lets others have it.
    async fn leave(&self, row: &mut Row<'_>, at: usize, why: &str) -> Result<()> {
        row.candidates[at].pass_over(why);
        let lot = row.lot(at);
        self.0.store.free_candidate(&row.holder, &lot).await
    }

    /// Frees the candidate of a failed purchase for others, unless the number is gone.
    pub(super) async fn let_go(&self, record: &Record) {
        let purchase = &record.purchase;
        let (Some(error), Some(attempt)) = (&purchase.error, record.attempt()) else {
            return;
        };
        if purchase.candidates.is_empty() || is_gone(error) || attempt.presumed {
            return;
        }
        let holder = holder(&record.tenant, &purchase.idempotency_key);
        let lot = Lot {
            provider: attempt.provider.clone(),
            number: attempt.number,
        };
        if let Err(error) = self.0.store.free_candidate(&holder, &lot).await {
            tracing::debug!(%error, "the lease on a candidate is left to lapse");
        }
    }

    /// The order for a candidate whose turn may be next, or nothing: it is passed over then.
    fn ready(&self, row: &mut Row<'_>, at: usize) -> Option<Turn> {
        let candidate = &mut row.candidates[at];
        if candidate.state != CandidateState::Waiting {
            return None;
        }
        if candidate.expires_at <= now() {
            candidate.pass_over("its quote has expired");
            return None;
        }
        let Some(entry) = self.0.registry.get(candidate.account.as_str()) else {
            candidate.pass_over("its account is gone");
            return None;
        };
        let order = candidate.order(row.wishes);
        let key = row.key.as_ref();
        let key = key.map(|(key, ceilings)| Budget::of_key(key, *ceilings));
        let charges = charges(&entry, key, &order, now());
        let settings = entry.provider.settings_after(&order);
        match settings.and_then(|settings| Ok((settings, charges?))) {
            Ok((settings, charges)) => {
                let too_much = |(full, _): &&(Full, String)| {
                    charges.iter().any(|charge| charge.is_too_much_for(full))
                };
                if let Some((_, why)) = row.full.iter().find(too_much) {
                    candidate.pass_over(why);
                    return None;
                }
                Some(Turn {
                    at,
                    attempt: attempt(&entry, &order),
                    order,
                    settings,
                    charges,
                })
            }
            Err(error) => {
                candidate.pass_over(error.message());
                row.refused
                    .get_or_insert_with(|| self.unpriced(error, &entry, &order));
                None
            }
        }
    }
}

/// Candidates in order, and what became of those whose turn it was.
struct Row<'a> {
    candidates: Vec<Candidate>,
    wishes: &'a PurchaseOrder,
    holder: String,
    /// The API key it is bought with, and what its purchases may cost together.
    key: Option<(KeyId, Ceilings)>,
    /// What was wrong with the wishes, or which ceiling left no room.
    refused: Option<Error>,
    /// The purses that had no room for one of them, and what to say of the others for which they have none.
    full: Vec<(Full, String)>,
    /// Whether others are at some of them.
    busy: bool,
}

impl<'a> Row<'a> {
    fn new(candidates: Vec<Candidate>, wishes: &'a PurchaseOrder, holder: String) -> Self {
        Self {
            candidates,
            wishes,
            holder,
            key: None,
            refused: None,
            full: Vec::new(),
            busy: false,
        }
    }

    /// It is this candidate's turn, for this reason.
    fn take(&mut self, turn: &mut Turn, why: String) {
        let candidate = &mut self.candidates[turn.at];
        candidate.take(why);
        turn.attempt.reason.clone_from(&candidate.reason);
    }

    fn lot(&self, at: usize) -> Lot {
        let candidate = &self.candidates[at];
        Lot {
            provider: candidate.provider.clone(),
            number: candidate.number,
        }
    }

    /// What is kept with the purchase: all of them, or the one whose turn it is and those that come after.
    fn kept(&self, at: usize) -> Vec<Candidate> {
        let most = CANDIDATES_KEPT;
        let from = if self.candidates.len() > most { at } else { 0 };
        self.candidates[from..].iter().take(most).cloned().collect()
    }
}

/// In whose name candidates are leased: a key buys one number, and may try for one again that it was at before.
fn holder(tenant: &Tenant, key: &IdempotencyKey) -> String {
    format!("{tenant}:{key}")
}

/// The last error of a purchase by criteria. If the number is gone, another search may find more.
pub(super) fn last_word(record: &Record, refusal: &Error) -> Error {
    if record.purchase.candidates.is_empty() || !is_gone(refusal) {
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

/// Whether a refusal says that the number has gone to somebody else.
fn is_gone(refusal: &Error) -> bool {
    matches!(
        refusal.kind(),
        ErrorKind::NotAvailable | ErrorKind::NotFound | ErrorKind::Conflict
    )
}

/// Says why the current candidate is given up, and passes over what would fail for the same reason.
fn give_up(candidates: &mut [Candidate], record: &Record, refusal: &Error) {
    let about_the_number = match refusal.kind() {
        _ if is_gone(refusal) => true,
        // A carrier may refuse every number for a reason of the account's, such as missing funds or papers.
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
