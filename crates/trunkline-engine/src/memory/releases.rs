//! Releases in memory.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::inventory::Shelf;
use crate::journal::Release;
use crate::memory::state::{State, key};
use trunkline_core::error::Result;
use trunkline_core::model::{AccountName, NumberId, Tenant};

impl State {
    pub(super) fn is_protected(&self, release: &Release) -> bool {
        let id = self.id_now(&release.identity, &release.number_id);
        self.annotations.get(&id).is_some_and(|note| note.protected)
    }

    /// The id that a number has by the name that its account has now.
    pub(super) fn id_now(&self, identity: &str, id: &NumberId) -> NumberId {
        let name = self.inventory.name(identity);
        let now = name.and_then(|name| NumberId::of(name, id.provider_id()).ok());
        now.unwrap_or_else(|| id.clone())
    }

    pub(super) fn forget_release(&mut self, release: &Release) {
        self.releases.retain(|(old, _)| !is_same(old, release));
    }

    pub(super) fn keep_release(&mut self, release: &Release, after: Duration) {
        self.forget_release(release);
        self.releases
            .push((release.clone(), Instant::now() + after));
    }

    pub(super) fn end_release(&mut self, release: &Release) {
        self.free_release(release);
        if release.done {
            let won = key(&release.identity, release.number_id.provider_id());
            self.ids.release(&won.0, &won.1);
            if let Some(purchase) = self.winners.remove(&won) {
                self.purses.give_back(&purchase, |charge| charge.monthly);
            }
            if self
                .missing
                .get(&won)
                .is_some_and(|(number, _)| number.gone_at.is_none())
            {
                self.missing.remove(&won);
            }
            let id = self.id_now(&release.identity, &release.number_id);
            self.annotations.remove(&id);
            self.keep_release(release, Duration::ZERO);
        } else {
            self.forget_release(release);
        }
    }

    /// Moves what is noted of numbers to the ids that they have under the new names of their accounts.
    pub(super) fn follow(&mut self, names: &[(AccountName, Shelf)]) -> Result<()> {
        let moved = |id: &NumberId| -> Result<Option<NumberId>> {
            let mut names = names.iter();
            let named = names.find(|(old, _)| *old.as_str() == *id.account());
            named
                .map(|(_, new)| NumberId::of(&new.account, id.provider_id()))
                .transpose()
        };
        // Accounts may have swapped their names.
        let mut annotations = HashMap::new();
        for (id, note) in &self.annotations {
            annotations.insert(moved(id)?.unwrap_or_else(|| id.clone()), note.clone());
        }
        self.annotations = annotations;
        let (mut waiting, mut kept): (Vec<_>, Vec<_>) = std::mem::take(&mut self.releases)
            .into_iter()
            .partition(|(release, _)| release.undoable_until().is_some());
        for (release, _) in &mut waiting {
            let id = moved(&release.number_id)?;
            let is_free = |id: &NumberId| {
                let has = |(other, _): &(Release, Instant)| {
                    other.number_id == *id && other.tenant == release.tenant
                };
                !kept.iter().any(has)
            };
            // Where an earlier release has the id this one stays where it was.
            if let Some(id) = id.filter(is_free) {
                release.number_id = id;
            }
        }
        kept.append(&mut waiting);
        self.releases = kept;
        for (missing, _) in self.missing.values_mut() {
            if let Some(id) = moved(&missing.number_id)? {
                missing.number_id = id;
            }
        }
        Ok(())
    }

    /// Keeps the releases of a number under another spelling of its id.
    pub(super) fn respell_releases(&mut self, from: &NumberId, own: &NumberId) {
        let tenants = |id: &NumberId, done: bool| -> Vec<Tenant> {
            let of_id = |(release, _): &&(Release, Instant)| release.number_id == *id;
            let releases = self.releases.iter().filter(of_id);
            let wanted = releases.filter(|(release, _)| release.done == done);
            wanted.map(|(release, _)| release.tenant.clone()).collect()
        };
        let (open, done, kept) = (
            tenants(from, false),
            tenants(own, true),
            tenants(own, false),
        );
        self.releases.retain(|(release, _)| {
            let tenant = &release.tenant;
            let is_passed =
                release.number_id == *own && done.contains(tenant) && open.contains(tenant);
            let is_left = release.number_id == *from
                && (kept.contains(tenant) || (done.contains(tenant) && !open.contains(tenant)));
            !is_passed && !is_left
        });
        let respelled = self.releases.iter_mut().map(|(release, _)| release);
        for release in respelled.filter(|release| release.number_id == *from) {
            release.number_id = own.clone();
        }
    }

    pub(super) fn free_release(&mut self, release: &Release) {
        let Some(number) = release.number else { return };
        let claim = (release.identity.clone(), number.as_str().to_owned());
        if self.claims.get(&claim).is_some_and(|by| by == "release") {
            self.claims.remove(&claim);
        }
    }
}

/// Whether both are of one number.
pub(super) fn is_same(one: &Release, other: &Release) -> bool {
    (&one.tenant, &one.number_id) == (&other.tenant, &other.number_id)
}
