//! Sending releases: when they are asked for, when their time has come, and again until they are done.

use crate::call::{Call, Lane};
use crate::error::{Effect, Error, ErrorKind, Result, Retry};
use crate::failpoint;
use crate::model::{Caller, E164, NumberId, Seen};
use crate::provider::registry::AccountEntry;
use crate::service::journal::{Lease, Release};
use crate::service::numbers::{Numbers, not_found};
use std::time::Duration;
use tokio::time::Instant;

use super::{after, lease_name, protected};

/// When a release that was refused for the moment is tried again, unless the carrier says.
const SOON: Duration = Duration::from_secs(60);

/// When one is that needs a person first.
const LATER: Duration = Duration::from_secs(3_600);

/// And at the latest, whatever the carrier says.
const AT_LAST: Duration = Duration::from_secs(30 * 24 * 3_600);

impl Numbers {
    /// Sends the releases whose grace period is over, and finishes those that a process left open. Answers how many.
    ///
    /// # Errors
    /// Those of the journal; a carrier that fails is asked again the next time.
    pub async fn finish_releases(&self) -> Result<usize> {
        let mut finished = 0;
        for release in self.store.open_releases(1_000).await? {
            let caller = Caller::of(release.tenant.clone());
            let Ok(entry) = self
                .registry
                .of_caller(&caller, release.number_id.account())
            else {
                continue;
            };
            if entry.provider.identity() != release.identity {
                continue;
            }
            let Some(lease) = self
                .store
                .acquire(&lease_name(&release), &self.owner)
                .await?
            else {
                continue;
            };
            let outcome = self.finish_release(entry, release, &lease).await;
            self.store.unlock(&lease).await?;
            finished += usize::from(outcome?);
        }
        Ok(finished)
    }

    async fn finish_release(
        &self,
        entry: &AccountEntry,
        mut release: Release,
        lease: &Lease,
    ) -> Result<bool> {
        // It may have been undone, put off or ended since it was listed.
        let (tenant, id) = (&release.tenant, &release.number_id);
        if self.store.find_release(tenant, id).await?.as_ref() != Some(&release) {
            return Ok(false);
        }
        if self.is_protected(id).await? {
            let told = release.clone().told_of_error(&protected(id));
            self.store.end_release(&told).await?;
            return Ok(false);
        }
        if !release.sent {
            release.sent = true;
            if !self.store.send_release(&release).await? {
                return Ok(false);
            }
        }
        // Whoever has the lease by now sends it.
        if lease.expires <= Instant::now() {
            return Ok(false);
        }
        release.trail.taken_over = true;
        let call = Call::within(Self::TIMEOUT, Lane::Reconcile);
        let outcome = call.scope(self.send_release(entry, release)).await;
        Ok(outcome.is_ok())
    }

    /// Sends a release that is written down as sent, and writes down what came of it.
    pub(super) async fn send_release(&self, entry: &AccountEntry, release: Release) -> Result<()> {
        let sent = entry
            .provider
            .release(release.number_id.provider_id())
            .await;
        failpoint::hit(failpoint::RELEASE_SENT);
        match sent {
            Ok(()) => {}
            // Somebody else, or an answer of ours that was lost: gone only if a complete look agrees.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let gone = match &release.number {
                    Some(number) => self.is_gone(entry, number, &release.number_id).await?,
                    None => true,
                };
                if !gone {
                    let error = not_found(release.number_id.as_str());
                    return self.refused(release, error).await;
                }
            }
            Err(error) if error.effect() == Effect::None => {
                return self.refused(release, error).await;
            }
            // It stays open, and is sent again when the carrier answers.
            Err(error) if release.trail.taken_over => return Err(error),
            Err(error) => {
                let told = release.told_of_error(&error).trail;
                self.audit.write(&told).await;
                return Err(error);
            }
        }
        let mut release = release.told_of_end();
        release.done = true;
        self.store.end_release(&release).await?;
        failpoint::hit(failpoint::RELEASE_ENDED);
        Ok(())
    }

    /// Nothing has happened. Whoever waits for the answer is told, and it is not sent again behind their back. After a
    /// grace period nobody waits: what was promised is tried again, and can be undone meanwhile.
    async fn refused(&self, release: Release, error: Error) -> Result<()> {
        let mut release = release.told_of_error(&error);
        if release.release_at.is_none() {
            self.store.end_release(&release).await?;
            return Err(error);
        }
        let wait = match error.retry() {
            Retry::Never => LATER,
            Retry::Backoff => SOON,
            Retry::After(wait) => wait.clamp(SOON, AT_LAST),
        };
        release.release_at = Some(after(wait));
        release.sent = false;
        self.store.begin_release(&release, wait).await?;
        let id = crate::mask_numbers(release.number_id.as_str());
        let why = crate::mask_numbers(&error.to_string());
        tracing::warn!(number.id = %id, retry.wait_s = wait.as_secs(), "{id} can't be released yet: {why}");
        Err(error)
    }

    pub(super) async fn is_gone(
        &self,
        entry: &AccountEntry,
        number: &E164,
        id: &NumberId,
    ) -> Result<bool> {
        let seen = entry.provider.find_owned(number).await?.seen;
        Ok(!matches!(seen, Seen::Held { provider_id, .. } if provider_id == id.provider_id()))
    }
}
