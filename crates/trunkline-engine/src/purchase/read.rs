//! Showing, listing and waiting for purchases.

use std::time::Duration;

use tokio::time::Instant;

use crate::journal::{PurchaseFilter, Record};
use crate::purchase::Purchases;
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::model::{Caller, PurchaseId, PurchaseState};

impl Purchases {
    /// One purchase of a tenant.
    ///
    /// # Errors
    /// `NotFound` if there is none, or it is another's.
    pub async fn get(&self, caller: &Caller, id: &PurchaseId) -> Result<Record> {
        let record = self.whole(caller, id).await?;
        Ok(seen_by(caller, record))
    }

    /// The record as it is kept.
    pub(super) async fn whole(&self, caller: &Caller, id: &PurchaseId) -> Result<Record> {
        let record = self.0.store.load(id).await?;
        record
            .filter(|record| caller.sees(&record.tenant, record.purchase.account.as_str()))
            .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("no purchase {id}")))
    }

    /// A tenant's purchases at the accounts that the caller sees, newest first.
    ///
    /// # Errors
    /// Those of the journal.
    pub async fn list(
        &self,
        caller: &Caller,
        filter: &PurchaseFilter,
        limit: usize,
    ) -> Result<Vec<Record>> {
        let filter = PurchaseFilter {
            accounts: caller.accounts.clone(),
            ..filter.clone()
        };
        let found = self.0.store.purchases(&caller.tenant, &filter, limit);
        let found = found.await?.into_iter();
        Ok(found.map(|record| seen_by(caller, record)).collect())
    }

    /// Waits until a purchase is done, at most this long, and gives it as it is then.
    ///
    /// # Errors
    /// Those of the journal; `NotFound` if there is no such purchase.
    pub async fn wait(&self, id: &PurchaseId, timeout: Duration) -> Result<Record> {
        // Many may wait for what another replica works on: the journal is asked often at first, and then seldom.
        const POLL: Duration = Duration::from_millis(100);
        const POLL_MAX: Duration = Duration::from_secs(1);
        let mut pause = POLL;
        let deadline = Instant::now() + timeout;
        let here = self.working().get(id).cloned();
        let mut failed = None;
        if let Some(here) = here
            && let ended = tokio::time::timeout_at(deadline, here.ended.cancelled()).await
            && ended.is_ok()
        {
            match here.outcome.get() {
                Some(Ok(record)) => return Ok(record.clone()),
                Some(Err(error)) => failed = Some(error.clone()),
                None => {}
            }
        }
        loop {
            let record = self.0.store.load(id).await?;
            let record = record
                .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("no purchase {id}")))?;
            // Nothing was sent, and nobody here works on it any more: that is no open outcome.
            if let Some(error) = &failed
                && record.purchase.state == PurchaseState::Intended
            {
                return Err(error.clone());
            }
            if record.purchase.is_done() || Instant::now() >= deadline {
                return Ok(record);
            }
            tokio::time::sleep_until(deadline.min(Instant::now() + pause)).await;
            pause = (pause * 2).min(POLL_MAX);
        }
    }
}

/// The record without what happened at accounts that the caller does not see: another key may have asked for more.
pub(super) fn seen_by(caller: &Caller, mut record: Record) -> Record {
    let tenant = record.tenant.clone();
    let purchase = &mut record.purchase;
    purchase
        .attempts
        .retain(|attempt| caller.sees(&tenant, attempt.account.as_str()));
    purchase
        .candidates
        .retain(|candidate| caller.sees(&tenant, candidate.account.as_str()));
    record
}
