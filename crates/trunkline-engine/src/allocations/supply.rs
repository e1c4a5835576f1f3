//! The numbers that an allocation may buy, as they were last found.

use std::time::Duration;

use tokio::time::Instant;

use crate::allocations::AllocationRecord;
use crate::allocations::plan::is_taken;
use crate::search::Search;
use trunkline_core::error::{Error, ErrorKind, Result, Retry};
use trunkline_core::model::{AccountName, AllocationMode, Candidate, CandidateState, E164};

/// How long search results count as current. Leases on candidates last longer, so that what was bought since is not
/// tried.
const CURRENT: Duration = Duration::from_secs(10);

/// How long an allocation tries for more without buying any.
const PATIENCE: Duration = Duration::from_secs(60);

/// Rounds without a number, or with a carrier that fails, before the allocation is given up.
const ROUNDS_MAX: u32 = 40;

/// What is on offer, and how the search for it goes.
#[derive(Debug)]
pub(super) struct Supply {
    candidates: Vec<Candidate>,
    found: Option<Instant>,
    /// Until when carriers are left alone.
    rests_until: Instant,
    /// Since when no number was bought.
    dry_since: Instant,
    /// Rounds since then that led to nothing.
    dry_rounds: u32,
}

/// What a round of searching came to.
#[derive(Debug)]
pub(super) enum Found {
    /// Something to buy.
    Some,
    /// Nothing for the moment: ask again after this long.
    Later(Duration),
    /// Nothing, and there will be nothing.
    Never(Error),
}

impl Supply {
    pub(super) fn new() -> Self {
        Self {
            candidates: Vec::new(),
            found: None,
            rests_until: Instant::now(),
            dry_since: Instant::now(),
            dry_rounds: 0,
        }
    }

    /// What can be bought, best first.
    pub(super) fn candidates(&self) -> impl Iterator<Item = &Candidate> {
        self.candidates.iter()
    }

    /// Takes a number out: it is being bought.
    pub(super) fn take(&mut self, number: &E164) {
        self.candidates
            .retain(|candidate| candidate.number != *number);
    }

    /// Takes all of an account's out: it sells no more.
    pub(super) fn leave(&mut self, account: &AccountName) {
        self.candidates
            .retain(|candidate| candidate.account != *account);
    }

    /// Forgets what was found, so that it is searched for again.
    pub(super) fn forget(&mut self) {
        self.found = None;
    }

    /// Leaves the carriers alone for a while.
    pub(super) fn rest(&mut self, pause: Duration) {
        self.rests_until = Instant::now() + pause;
    }

    /// A number was bought: it goes well.
    pub(super) fn bought(&mut self) {
        self.dry_since = Instant::now();
        self.dry_rounds = 0;
    }

    /// A round led to nothing: how long to wait before the next, or `error` if it has been tried long enough.
    pub(super) fn dry(&mut self, error: Error) -> Found {
        self.forget();
        self.dry_rounds += 1;
        if self.dry_rounds >= ROUNDS_MAX || self.dry_since.elapsed() >= PATIENCE {
            return Found::Never(error);
        }
        let grown = Duration::from_millis(200) * 2u32.pow(self.dry_rounds.min(4));
        let wait = match error.retry() {
            Retry::After(wait) if error.kind() == ErrorKind::RateLimited => wait.min(PATIENCE),
            _ => grown,
        };
        Found::Later(wait)
    }

    /// Makes sure that there is something to buy that is still on offer.
    pub(super) async fn fill(
        &mut self,
        search: &Search,
        record: &mut AllocationRecord,
    ) -> Result<Found> {
        let rest = self.rests_until.saturating_duration_since(Instant::now());
        if !rest.is_zero() {
            return Ok(Found::Later(rest));
        }
        let current = self.found.is_some_and(|at| at.elapsed() < CURRENT);
        if current && !self.candidates.is_empty() {
            return Ok(Found::Some);
        }
        let caller = record.caller();
        let pool = search.pool(&caller, &record.search, &record.preference);
        let pool = match pool.await {
            Ok(pool) => pool,
            // An account that is gone, or a query that makes no sense any more.
            Err(error) => return Ok(Found::Never(error)),
        };
        self.found = Some(Instant::now());
        record.allocation.searches += 1;
        let nothing = pool.nothing();
        let complete = pool.complete;
        let refusing = &record.refusing;
        self.candidates = pool
            .candidates
            .into_iter()
            .filter(|candidate| candidate.state == CandidateState::Waiting)
            .filter(|candidate| !refusing.contains_key(&candidate.account))
            .collect();
        if let Some(error) = too_few(record, &self.candidates, complete) {
            return Ok(Found::Never(error));
        }
        if !self.candidates.is_empty() {
            return Ok(Found::Some);
        }
        if let Some((account, why)) = record.refusing.iter().next() {
            let message = format!("{account} sells no more: {why}");
            let error = Error::new(ErrorKind::NotAvailable, message);
            return Ok(Found::Never(error.with_account(account.clone())));
        }
        Ok(match nothing.retry() {
            Retry::Never => Found::Never(nothing),
            Retry::Backoff | Retry::After(_) => self.dry(nothing),
        })
    }
}

/// Why nothing more is bought where all that there is would not be enough.
fn too_few(record: &AllocationRecord, left: &[Candidate], complete: bool) -> Option<Error> {
    let allocation = &record.allocation;
    let left = left
        .iter()
        .filter(|candidate| !is_taken(allocation, candidate))
        .count();
    let (most, enough) = (allocation.places() + left, allocation.enough());
    let certain = complete && allocation.mode != AllocationMode::BestEffort;
    (certain && most < enough).then(|| {
        let refusing = record
            .refusing
            .iter()
            .map(|(account, why)| format!("; {account} sells no more: {why}"));
        let refusing: String = refusing.collect();
        let message = format!(
            "{most} numbers that fit can be had at most, and {enough} are needed{refusing}"
        );
        Error::new(ErrorKind::NotAvailable, message)
    })
}
