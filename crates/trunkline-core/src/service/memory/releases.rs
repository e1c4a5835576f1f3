//! Releases in memory.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::Result;
use crate::model::NumberId;
use crate::service::journal::Release;
use crate::service::memory::{State, missing};

impl State {
    pub(super) fn is_protected(&self, id: &NumberId) -> bool {
        self.annotations.get(id).is_some_and(|note| note.protected)
    }

    pub(super) fn forget_release(&mut self, release: &Release) {
        self.releases.retain(|(old, _)| !is_same(old, release));
    }

    pub(super) fn keep_release(&mut self, release: &Release, after: Duration) {
        self.forget_release(release);
        let mut release = release.clone();
        release.trail.clear();
        self.releases.push((release, Instant::now() + after));
    }

    pub(super) fn end_release(&mut self, release: &Release) -> Result<()> {
        self.free_release(release);
        if release.done {
            let won = missing::key(&release.identity, release.number_id.provider_id());
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
            self.annotations.remove(&release.number_id);
            self.keep_release(release, Duration::ZERO);
        } else {
            self.forget_release(release);
        }
        self.chains.write(&release.trail)
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
