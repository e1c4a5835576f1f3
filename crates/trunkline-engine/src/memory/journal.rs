//! Purchases and their keys in memory.

use std::ops::Bound;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::time::Instant;

use super::MemoryJournal;
use super::state::{Key, Row, claim_of, no_attempt};
use super::unsettled::unsettled;
use crate::domain_event::DomainEvent;
use crate::journal::{
    Begin, Change, Commit, ForgottenPurchases, Journal, KeyEntry, OldPurchases, PurchaseFilter,
    Record, Scope, Unsettled,
};
use crate::machine::{KnownId, Winner};
use crate::spend::Booking;
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::host;
use trunkline_core::model::{Ceilings, E164, HeldRow, KeyId, PurchaseId, PurchaseState, Tenant};
use trunkline_core::strength::Safeguard;

#[async_trait]
impl Journal for MemoryJournal {
    async fn begin(&self, scope: &Scope, record: &Record, owner: &str) -> Result<Begin> {
        let mut state = self.state();
        let known = state.keys.get(scope);
        if let Some(Key { entry, .. }) = known.filter(|_| !Safeguard::OnePerKey.is_off()) {
            let known = entry
                .purchase
                .as_ref()
                .and_then(|id| state.purchases.get(id));
            match known {
                Some(row) if row.record.may_start_over() => {}
                _ if entry.fingerprint != record.fingerprint => return Ok(Begin::Mismatch),
                Some(row) => return Ok(Begin::Known(Box::new(row.record.clone()))),
                None => return Ok(Begin::Mismatch),
            }
        }
        let claim = claim_of(&record.purchase).ok_or_else(no_attempt)?;
        if let Some(by) = state.claimed(&claim) {
            return Ok(Begin::Busy { by: by.clone() });
        }
        let id = record.purchase.id.clone();
        if let Some(full) = state.purses.take(&id, &record.charges, Booking::Bounded) {
            return Ok(Begin::Full(full));
        }
        state.tell(&[DomainEvent::PurchaseBegun(record)])?;
        state.claims.insert(claim, id.as_str().to_owned());
        state.keys.insert(scope.clone(), Key::of(record));
        state.keep(record, 1, None);
        let lease = state.lease(id.as_str(), owner, self.ttl);
        lease
            .map(Begin::Fresh)
            .ok_or_else(|| Error::new(ErrorKind::Internal, "a new purchase is leased already"))
    }

    async fn find_key(&self, scope: &Scope) -> Result<Option<KeyEntry>> {
        let state = self.state();
        Ok(state.keys.get(scope).map(|key| key.entry.clone()))
    }

    async fn commit(&self, change: Change<'_>) -> Result<Commit> {
        let mut state = self.state();
        let record = change.record;
        let id = &record.purchase.id;
        let is_lost = |lease| !state.holds(lease) && !Safeguard::Fence.is_off();
        if change.lease.is_some_and(is_lost) {
            return Ok(Commit::LeaseLost);
        }
        let current = state.purchases.get(id).map(|row| row.record.version);
        if current != Some(record.version) {
            return Ok(Commit::Stale);
        }
        let claim = claim_of(&record.purchase).ok_or_else(no_attempt)?;
        let claimed = state.claimed(&claim);
        if change.unclaimed && claimed.is_some_and(|by| by != id.as_str()) {
            return Ok(Commit::Busy);
        }
        if let Some((identity, number)) = change.gives_up {
            if claimed.is_some_and(|by| by != id.as_str()) {
                return Ok(Commit::Busy);
            }
            if let Some(full) = state.charge(&change) {
                return Ok(Commit::Full(full));
            }
            let old = (identity.to_owned(), number.as_str().to_owned());
            state.claims.remove(&old);
            state.claims.insert(claim.clone(), id.as_str().to_owned());
        }
        if change.wins()
            && let Some(winner) = state.win(&claim.0, record)
        {
            return Ok(Commit::NotOurs(winner));
        }
        if change.gives_up.is_none() {
            state.charge(&change);
        }
        if change.wins() {
            state.keep_won(record);
        }
        if record.purchase.state == PurchaseState::Dispatched {
            state.ids.dispatch(id);
        }
        if record.purchase.state.is_settled()
            && state.claims.get(&claim).is_some_and(|by| by == id.as_str())
        {
            state.claims.remove(&claim);
        }
        let version = record.version + 1;
        if change.forget_answer {
            state.forget_answers(id, version);
        }
        let next_look = change.look_in.map(|pause| Instant::now() + pause);
        state.tell(change.event.as_slice())?;
        state.keep(record, version, next_look);
        Ok(Commit::Done(version))
    }

    async fn known_ids(
        &self,
        identity: &str,
        number: &E164,
        purchase: &PurchaseId,
    ) -> Result<Vec<KnownId>> {
        Ok(self.state().ids.known(identity, number, purchase))
    }

    async fn winners(&self, identity: &str) -> Result<Vec<Winner>> {
        Ok(self.state().ids.winners(identity))
    }

    async fn keep_ids(&self, identity: &str, number: &E164, rows: &[HeldRow]) -> Result<()> {
        let mut state = self.state();
        for row in rows {
            state.ids.see(identity, number, row);
        }
        Ok(())
    }

    async fn write_back(&self, record: &Record) -> Result<Option<i64>> {
        let mut state = self.state();
        let id = record.purchase.id.clone();
        if state.purchases.contains_key(&id) {
            return Ok(None);
        }
        let claim = claim_of(&record.purchase).ok_or_else(no_attempt)?;
        if state.win(&claim.0, record).is_some() {
            return Ok(None);
        }
        state.keep_won(record);
        state.purses.take(&id, &record.charges, Booking::Owed);
        let scope = record.scope();
        state.keys.entry(scope).or_insert_with(|| Key::of(record));
        if !record.purchase.state.is_settled() {
            let claims = &mut state.claims;
            claims
                .entry(claim)
                .or_insert_with(|| id.as_str().to_owned());
        }
        state.tell(&[DomainEvent::PurchaseRecovered(record)])?;
        let version = record.version + 1;
        state.keep(record, version, None);
        Ok(Some(version))
    }

    async fn spent(&self, purse: &str) -> Result<i64> {
        Ok(self.state().purses.spent(purse))
    }

    async fn ceilings_of(&self, key: &KeyId) -> Result<Ceilings> {
        let companion = self.state().companion.clone();
        Ok(companion.map_or_else(Ceilings::default, |companion| companion.ceilings_of(key)))
    }

    async fn load(&self, id: &PurchaseId) -> Result<Option<Record>> {
        Ok(self.state().purchases.get(id).map(|row| row.record.clone()))
    }

    async fn purchases(
        &self,
        tenant: &Tenant,
        filter: &PurchaseFilter,
        limit: usize,
    ) -> Result<Vec<Record>> {
        let state = self.state();
        let newest_first = state.purchases.values().rev().map(|row| &row.record);
        Ok(newest_first
            .filter(|record| record.tenant == *tenant && filter.fits(&record.purchase))
            .take(limit)
            .cloned()
            .collect())
    }

    async fn presumed(&self, identity: &str, number: &E164) -> Result<Vec<Record>> {
        let state = self.state();
        let fits = |record: &Record| {
            record
                .attempt()
                .is_some_and(|a| a.presumed && a.identity == identity && a.number == *number)
        };
        Ok(state
            .purchases
            .values()
            .map(|row| &row.record)
            .filter(|record| fits(record))
            .cloned()
            .collect())
    }

    async fn due(&self, limit: usize) -> Result<Vec<PurchaseId>> {
        let (state, now) = (self.state(), Instant::now());
        let is_due = |row: &Row| match row.next_look {
            Some(at) => at <= now,
            None => !row.record.purchase.is_done(),
        };
        let due = state
            .purchases
            .iter()
            .filter(|(id, row)| is_due(row) && state.is_free(id.as_str()));
        let mut due: Vec<_> = due.map(|(id, row)| (row.next_look, id.clone())).collect();
        due.sort();
        Ok(due.into_iter().take(limit).map(|(_, id)| id).collect())
    }

    async fn unsettled(&self) -> Result<Vec<Unsettled>> {
        let state = self.state();
        let rows = state.purchases.values();
        Ok(unsettled(
            rows.map(|row| (&row.record, row.next_look.is_some())),
        ))
    }

    async fn forget_purchases(&self, old: &OldPurchases) -> Result<ForgottenPurchases> {
        let before = host::now().checked_sub(old.kept).unwrap_or(Timestamp::MIN);
        let mut state = self.state();
        let after = old.after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let page = state
            .purchases
            .range::<PurchaseId, _>((after, Bound::Unbounded));
        let page: Vec<_> = page.take(old.limit).map(|(_, row)| row.clone()).collect();
        let mut count = 0;
        for row in &page {
            let is_watched = row.next_look.is_some();
            if !is_watched && row.record.is_over_before(before) && !state.needs(&row.record) {
                state.forget_purchase(&row.record.purchase.id);
                count += 1;
            }
        }
        let next = page.last().map(|row| row.record.purchase.id.clone());
        let next =
            next.filter(|last| page.len() == old.limit && last.made_ms() < before.as_millisecond());
        Ok(ForgottenPurchases { count, next })
    }

    async fn check(&self) -> Result<()> {
        Ok(())
    }
}
