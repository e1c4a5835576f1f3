//! Releases, annotations, caller IDs and sealed texts in memory.

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use crate::domain_event::DomainEvent;
use crate::inventory::HoldingKey;
use crate::journal::{
    Annotation, CallerIdRecord, CallerIdStore, Release, Releases, Releasing, TokenStore,
};
use crate::memory::MemoryJournal;
use crate::memory::releases::is_same;
use trunkline_core::error::Result;
use trunkline_core::model::{AccountName, CallerIdState, NumberId, Tenant};
use trunkline_core::strength::Safeguard;

#[async_trait]
impl Releases for MemoryJournal {
    async fn begin_release(
        &self,
        release: &Release,
        after: Duration,
        event: DomainEvent<'_>,
    ) -> Result<Releasing> {
        let mut state = self.state();
        if state.is_protected(release) && !Safeguard::ProtectedAtSending.is_off() {
            return Ok(Releasing::Protected);
        }
        if let Some(number) = release.number {
            let claim = (release.identity.clone(), number.as_str().to_owned());
            if let Some(by) = state.claimed(&claim).filter(|by| *by != "release") {
                return Ok(Releasing::Busy { by: by.clone() });
            }
            state.claims.insert(claim, "release".to_owned());
        }
        state.keep_release(release, after);
        state.tell(&[event])?;
        Ok(Releasing::Written)
    }

    async fn send_release(&self, release: &Release) -> Result<Releasing> {
        let mut state = self.state();
        if state.is_protected(release) && !Safeguard::ProtectedAtSending.is_off() {
            return Ok(Releasing::Protected);
        }
        let now = Instant::now();
        let row = state.releases.iter_mut().find(|(old, due)| {
            is_same(old, release) && old.undoable_until().is_some() && *due <= now
        });
        let Some((old, due)) = row else {
            return Ok(Releasing::Moved);
        };
        if now.duration_since(*due) > Release::OVERDUE {
            return Ok(Releasing::Overdue);
        }
        *old = Release {
            sent: true,
            ..release.clone()
        };
        let key = HoldingKey::new(&release.identity, release.number_id.provider_id());
        state.inventory.begun(&key);
        Ok(Releasing::Written)
    }

    async fn hold_release(&self, release: &Release) -> Result<bool> {
        let mut state = self.state();
        let row = state.releases.iter_mut().find(|(old, _)| {
            is_same(old, release) && old.undoable_until().is_some() && old.held_since.is_none()
        });
        let Some((old, _)) = row else {
            return Ok(false);
        };
        *old = release.clone();
        state.tell(&[DomainEvent::ReleaseHeld(release)])?;
        Ok(true)
    }

    async fn undo_release(&self, release: &Release, event: DomainEvent<'_>) -> Result<bool> {
        let mut state = self.state();
        let undone = state
            .releases
            .iter()
            .any(|(old, _)| is_same(old, release) && old.undoable_until().is_some());
        if undone {
            state.forget_release(release);
            state.free_release(release);
            state.tell(&[event])?;
        }
        Ok(undone)
    }

    async fn end_release(&self, release: &Release, event: DomainEvent<'_>) -> Result<()> {
        let mut state = self.state();
        let is_over = |(old, _): &(Release, Instant)| is_same(old, release) && old.done;
        // Another process has ended it: by now the number may have been bought again under its id.
        if state.releases.iter().any(is_over) {
            return Ok(());
        }
        state.end_release(release);
        state.tell(&[event])
    }

    async fn open_releases(&self, limit: usize) -> Result<Vec<Release>> {
        let state = self.state();
        Ok(state
            .releases
            .iter()
            .filter(|(release, due)| {
                !release.done && release.held_since.is_none() && *due <= Instant::now()
            })
            .take(limit)
            .map(|(release, _)| release.clone())
            .collect())
    }

    async fn find_release(&self, tenant: &Tenant, id: &NumberId) -> Result<Option<Release>> {
        let state = self.state();
        let mut releases = state.releases.iter();
        Ok(releases
            .find(|(release, _)| release.tenant == *tenant && release.number_id == *id)
            .map(|(release, _)| release.clone()))
    }

    async fn released(&self, after: i64, limit: usize) -> Result<Vec<(i64, NumberId)>> {
        let state = self.state();
        let ids = state.releases.iter().map(|(release, _)| &release.number_id);
        let placed = (1..).zip(ids.cloned());
        Ok(placed
            .filter(|(place, _)| *place > after)
            .take(limit)
            .collect())
    }

    async fn respell_releases(&self, from: &NumberId, own: &NumberId) -> Result<()> {
        self.state().respell_releases(from, own);
        Ok(())
    }

    async fn annotations(&self, ids: &[NumberId]) -> Result<Vec<(NumberId, Annotation)>> {
        let state = self.state();
        let undoable = |id: &NumberId| {
            let mut releases = state.releases.iter();
            let release = releases.find(|(release, _)| release.number_id == *id);
            release.filter(|(release, _)| release.undoable_until().is_some())
        };
        let found = ids.iter().filter_map(|id| {
            let (kept, undoable) = (state.annotations.get(id).cloned(), undoable(id));
            let mut missing = state.missing.values().map(|(number, _)| number);
            let gone = missing.any(|number| number.number_id == *id && number.gone_at.is_some());
            let shown = undoable.is_some() || gone;
            let mut annotation = kept.or_else(|| shown.then(Annotation::default))?;
            annotation.gone = gone;
            if let Some((release, _)) = undoable {
                annotation.waits_for(release);
            }
            Some((id.clone(), annotation))
        });
        Ok(found.collect())
    }

    async fn annotated(&self, after: Option<&NumberId>, limit: usize) -> Result<Vec<NumberId>> {
        let state = self.state();
        let mut ids: Vec<_> = state.annotations.keys().cloned().collect();
        ids.sort();
        ids.retain(|id| after.is_none_or(|after| id > after));
        ids.truncate(limit);
        Ok(ids)
    }

    async fn annotate_at(
        &self,
        identity: &str,
        id: &NumberId,
        annotation: &Annotation,
    ) -> Result<NumberId> {
        let id = self.state().id_now(identity, id);
        self.annotate(&id, annotation).await?;
        Ok(id)
    }

    async fn annotate(&self, id: &NumberId, annotation: &Annotation) -> Result<()> {
        let annotation = Annotation {
            release_at: None,
            release_held: false,
            gone: false,
            ..annotation.clone()
        };
        let mut state = self.state();
        state.inventory.annotate(id, Some(&annotation))?;
        state.annotations.insert(id.clone(), annotation);
        Ok(())
    }
}

#[async_trait]
impl CallerIdStore for MemoryJournal {
    async fn keep_caller_id(
        &self,
        record: &CallerIdRecord,
        event: Option<DomainEvent<'_>>,
    ) -> Result<()> {
        let mut state = self.state();
        state.tell(event.as_slice())?;
        let id = record.caller_id.id.clone();
        state.caller_ids.insert(id, record.clone());
        Ok(())
    }

    async fn end_caller_id(&self, record: &CallerIdRecord, event: DomainEvent<'_>) -> Result<()> {
        let mut state = self.state();
        state.caller_ids.remove(&record.caller_id.id);
        state.tell(&[event])
    }

    async fn caller_id(&self, id: &str) -> Result<Option<CallerIdRecord>> {
        Ok(self.state().caller_ids.get(id).cloned())
    }

    async fn open_caller_ids(&self, tenant: &Tenant) -> Result<Vec<CallerIdRecord>> {
        Ok(self
            .state()
            .caller_ids
            .values()
            .filter(|record| {
                record.tenant == *tenant && record.caller_id.state != CallerIdState::Verified
            })
            .cloned()
            .collect())
    }

    async fn caller_ids(&self, ids: &[String]) -> Result<Vec<CallerIdRecord>> {
        let state = self.state();
        let found = ids.iter().filter_map(|id| state.caller_ids.get(id));
        Ok(found.cloned().collect())
    }

    async fn keep_verified(
        &self,
        account: &AccountName,
        verified: &[CallerIdRecord],
    ) -> Result<()> {
        let mut state = self.state();
        let is_verified = |it: &CallerIdRecord| it.caller_id.state == CallerIdState::Verified;
        state
            .caller_ids
            .retain(|_, it| !is_verified(it) || it.caller_id.account != *account);
        for record in verified {
            let id = record.caller_id.id.clone();
            state.caller_ids.entry(id).or_insert_with(|| record.clone());
        }
        Ok(())
    }

    async fn forget_caller_id(&self, id: &str) -> Result<()> {
        self.state().caller_ids.remove(id);
        Ok(())
    }
}

#[async_trait]
impl TokenStore for MemoryJournal {
    async fn keep_sealed(&self, name: &str, sealed: &str) -> Result<()> {
        self.state()
            .sealed
            .insert(name.to_owned(), sealed.to_owned());
        Ok(())
    }

    async fn sealed(&self, name: &str) -> Result<Option<String>> {
        Ok(self.state().sealed.get(name).cloned())
    }
}
