//! Sending releases: when they are asked for, when their time has come, and again until they are done.

use futures_util::StreamExt;
use futures_util::stream;

use crate::action::now;
use crate::domain_event::DomainEvent;
use crate::held_lease::HeldLease;
use crate::journal::{Release, Releasing};
use crate::numbers::Numbers;
use crate::numbers::service::{PutOff, Stopping};
use jiff::{Timestamp, Unit};
use std::sync::PoisonError;
use std::time::Duration;
use tokio::time::Instant;
use trunkline_core::call::{Call, Lane};
use trunkline_core::error::{Effect, Error, ErrorKind, Result, Retry};
use trunkline_core::failpoint;
use trunkline_core::host;
use trunkline_core::model::{E164, NumberId};
use trunkline_core::registry::AccountEntry;
use trunkline_core::strength::Safeguard;

/// Whether what became of an earlier release of the number is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sending {
    /// None was sent.
    First,
    /// One was, and may have been carried out.
    Again,
}

/// Releases that are sent at the same time.
const AT_ONCE: usize = 32;

/// When a release that was refused for the moment is tried again, unless the carrier says.
const SOON: Duration = Duration::from_secs(60);

/// When one is that needs a person first.
const LATER: Duration = Duration::from_secs(3_600);

/// And at the latest, whatever the carrier says.
const AT_LAST: Duration = Duration::from_secs(30 * 24 * 3_600);

/// How long a release that could not be finished twice is left alone, and how long one is at most.
const LEFT_ALONE: Duration = Duration::from_secs(10);
const LEFT_ALONE_MAX: Duration = Duration::from_secs(30);

impl Numbers {
    /// Sends the releases whose grace period is over, and finishes those that a process left open. Answers how many.
    ///
    /// # Errors
    /// Those of the journal; a carrier that fails is asked again the next time.
    pub async fn finish_releases(&self) -> Result<usize> {
        let open = self.store.open_releases(1_000).await?;
        let open = self.without_put_off(open);
        // A carrier that is silent keeps nobody from the releases of the others.
        let outcomes: Vec<Result<bool>> = stream::iter(open)
            .map(|release| async move { self.finish_open(release).await })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let mut finished = 0;
        for outcome in outcomes {
            finished += usize::from(outcome?);
        }
        Ok(finished)
    }

    /// The releases that are not left alone now.
    fn without_put_off(&self, mut open: Vec<Release>) -> Vec<Release> {
        let now = Instant::now();
        let mut put_off = self.put_off.lock().unwrap_or_else(PoisonError::into_inner);
        put_off.retain(|_, it| it.until + LEFT_ALONE_MAX > now);
        open.retain(|release| {
            let until = put_off.get(&release.number_id).map(|it| it.until);
            until.is_none_or(|until| until <= now)
        });
        open
    }

    /// Leaves a release that could not be finished alone for a while, longer each time: a carrier that refuses it for days
    /// is not asked every few seconds.
    fn put_off(&self, id: &NumberId) {
        let mut put_off = self.put_off.lock().unwrap_or_else(PoisonError::into_inner);
        let failures = put_off.get(id).map_or(0, |it| it.failures);
        // The first time it is tried again as soon as open releases are looked for.
        let pause = LEFT_ALONE * (2u32.saturating_pow(failures.min(7)) - 1);
        let now = PutOff {
            failures: failures + 1,
            until: Instant::now() + pause.min(LEFT_ALONE_MAX),
        };
        put_off.insert(id.clone(), now);
    }

    async fn finish_open(&self, release: Release) -> Result<bool> {
        let account = release.number_id.account();
        let Some(entry) = self.registry.find(&release.identity, account) else {
            return Ok(false);
        };
        if entry.tenant != release.tenant {
            return Ok(false);
        }
        let name = release.lease_name();
        let Some(lease) = self.store.acquire(&name, &self.owner).await? else {
            return Ok(false);
        };
        let held = HeldLease::new(lease);
        let work = self.finish_release(&entry, release, &held);
        let outcome = held.only_during(&*self.store, work).await;
        outcome.unwrap_or(Ok(false))
    }

    async fn finish_release(
        &self,
        entry: &AccountEntry,
        mut release: Release,
        held: &HeldLease,
    ) -> Result<bool> {
        // It may have been undone, put off or ended since it was listed.
        let (tenant, id) = (&release.tenant, &release.number_id);
        if self.store.find_release(tenant, id).await?.as_ref() != Some(&release) {
            return Ok(false);
        }
        let sending = match release.sent {
            true => Sending::Again,
            false => Sending::First,
        };
        if sending == Sending::Again && self.is_protected(id).await? {
            return self.stop(entry, release).await;
        }
        if sending == Sending::First {
            release.sent = true;
            match self.store.send_release(&release).await? {
                Releasing::Written => {}
                Releasing::Protected => {
                    let why = protected(&release.number_id);
                    let event = DomainEvent::ReleaseFailed {
                        release: &release,
                        error: &why,
                    };
                    self.store.undo_release(&release, event).await?;
                    return Ok(false);
                }
                Releasing::Overdue => {
                    release.sent = false;
                    return self.hold(release).await.map(|()| false);
                }
                Releasing::Busy { .. } | Releasing::Moved => return Ok(false),
            }
        }
        // Another process may have the lease by now.
        if !held.lease().holds() {
            return Ok(false);
        }
        release.provenance.taken_over = true;
        let call = Call::within(Self::TIMEOUT, Lane::Reconcile);
        let id = release.number_id.clone();
        let outcome = call.scope(self.send_release(entry, release, sending)).await;
        if let Err(error) = &outcome {
            self.put_off(&id);
            tracing::info!(%error, "a release is not finished yet");
        }
        Ok(outcome.is_ok())
    }

    /// Ends a release of a number that is protected by now, without sending it again. What was sent may have arrived, or
    /// arrive yet: it is over when the number is gone, or is held still after the settling time.
    async fn stop(&self, entry: &AccountEntry, mut release: Release) -> Result<bool> {
        let call = Call::within(Self::TIMEOUT, Lane::Reconcile);
        let gone = call.scope(self.is_released(entry, &release)).await?;
        release.done = gone;
        if !self.arrives_no_more(&release, entry.settle) && !gone {
            return Ok(false);
        }
        let error = &protected(&release.number_id);
        let event = match gone {
            true => DomainEvent::ReleaseEnded(&release),
            false => DomainEvent::ReleaseFailed {
                release: &release,
                error,
            },
        };
        self.store.end_release(&release, event).await?;
        Ok(gone)
    }

    /// Whether a release that is not to be sent again has been looked at for the settling time, counted from the first time
    /// that this is asked: what was sent would have arrived by then.
    fn arrives_no_more(&self, release: &Release, settle: Duration) -> bool {
        let mut stopping = self.stopping.lock().unwrap_or_else(PoisonError::into_inner);
        let asked_at = release.asked_at;
        let begun = || Stopping {
            asked_at,
            since: Instant::now(),
        };
        let known = stopping.entry(release.number_id.clone());
        let known = known.or_insert_with(begun);
        if known.asked_at != asked_at {
            *known = begun();
        }
        let over = known.since.elapsed() >= settle;
        if over {
            stopping.remove(&release.number_id);
        }
        over
    }

    /// Leaves an overdue release to a person, once: the database was most likely restored.
    async fn hold(&self, mut release: Release) -> Result<()> {
        release.held_since = Some(now());
        if self.store.hold_release(&release).await? {
            let id = trunkline_core::mask_numbers(release.number_id.as_str());
            tracing::warn!(
                number.id = %id,
                "the release of {id} is more than a day overdue and is not sent: release it again to let it go on, or undo it \
                 with `trunkline numbers restore {id}`"
            );
        }
        Ok(())
    }

    /// Sends a release that is written down as sent, and writes down what came of it.
    pub(super) async fn send_release(
        &self,
        entry: &AccountEntry,
        mut release: Release,
        sending: Sending,
    ) -> Result<()> {
        let sent = entry
            .provider
            .release(release.number_id.provider_id())
            .await;
        failpoint::hit(failpoint::RELEASE_SENT);
        match sent {
            Ok(()) => {}
            // Somebody else, or an answer of ours that was lost: gone only if the carrier does not show it either. One that
            // was bought a moment ago it may not know everywhere yet.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let gone = Safeguard::NotFoundNeedsLook.is_off()
                    || self.is_released(entry, &release).await?;
                match sending {
                    _ if gone => {}
                    // No request of the same call before it was lost.
                    Sending::First if error.effect() == Effect::None => {
                        let error = held_still(&release, &error);
                        return self.refused(release, error).await;
                    }
                    // Given back by what was sent before, it seems, and the list lags behind.
                    Sending::First | Sending::Again => return Err(listed_still(&release)),
                }
            }
            Err(error) if error.effect() == Effect::None => match sending {
                Sending::Again if Safeguard::RefusalOfSecond.is_off() => {
                    return self.refused(release, error).await;
                }
                // What was sent before may have been carried out: this refusal says nothing of it.
                Sending::Again if self.is_released(entry, &release).await? => {}
                Sending::Again if error.retry() != Retry::Never => return Err(error),
                Sending::Again if !self.arrives_no_more(&release, entry.settle) => {
                    return Err(error);
                }
                Sending::Again | Sending::First => return self.refused(release, error).await,
            },
            // It stays open, and is sent again when the carrier answers.
            Err(error) if release.provenance.taken_over => return Err(error),
            Err(error) => {
                let event = DomainEvent::ReleaseFailed {
                    release: &release,
                    error: &error,
                };
                self.actions.tell(event).await;
                return Err(error);
            }
        }
        release.done = true;
        let event = DomainEvent::ReleaseEnded(&release);
        self.store.end_release(&release, event).await?;
        failpoint::hit(failpoint::RELEASE_ENDED);
        Ok(())
    }

    /// The release was refused. It is not sent again while a caller waits; after a grace period it is tried again
    /// later.
    async fn refused(&self, mut release: Release, error: Error) -> Result<()> {
        let failed = |release| DomainEvent::ReleaseFailed {
            release,
            error: &error,
        };
        if release.release_at.is_none() {
            self.store.end_release(&release, failed(&release)).await?;
            return Err(error);
        }
        let wait = match error.retry() {
            Retry::Never => LATER,
            Retry::Backoff => SOON,
            Retry::After(wait) => wait.clamp(SOON, AT_LAST),
        };
        release.release_at = Some(after(wait));
        release.sent = false;
        let begun = self.store.begin_release(&release, wait, failed(&release));
        if begun.await? == Releasing::Protected {
            self.store.end_release(&release, failed(&release)).await?;
            return Err(error);
        }
        let id = trunkline_core::mask_numbers(release.number_id.as_str());
        let why = trunkline_core::mask_numbers(&error.to_string());
        tracing::warn!(number.id = %id, retry.wait_s = wait.as_secs(), "{id} can't be released yet: {why}");
        Err(error)
    }

    /// Whether the account holds it no more: the carrier does not know its id, and a complete look agrees. A list alone may
    /// lag behind, and a refusal other than 404 rather says that the number is held.
    async fn is_released(&self, entry: &AccountEntry, release: &Release) -> Result<bool> {
        let id = &release.number_id;
        match entry.provider.get(id.provider_id()).await {
            Ok(held) if release.number.is_none() || held.e164() == release.number => {
                return Ok(false);
            }
            // The id stands for another number now.
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        match &release.number {
            Some(number) => self.is_gone(entry, number, id).await,
            None => Ok(true),
        }
    }

    pub(super) async fn is_gone(
        &self,
        entry: &AccountEntry,
        number: &E164,
        id: &NumberId,
    ) -> Result<bool> {
        let rows = entry.provider.find_owned(number).await?.rows;
        Ok(rows.iter().all(|row| row.provider_id != id.provider_id()))
    }
}

/// The error of a release that the carrier did not know what to do with, though it shows the number: in its own words.
fn held_still(release: &Release, error: &Error) -> Error {
    let id = &release.number_id;
    let message = format!(
        "{id} was not given back, it is still held and billed: the carrier shows it, and answered the release with: {}",
        error.message()
    );
    let told = Error::new(ErrorKind::Conflict, message).with_retry(Retry::Backoff);
    let told = match error.upstream() {
        Some(said) => told.with_upstream(said.clone()),
        None => told,
    };
    match (error.account(), error.provider()) {
        (Some(account), Some(provider)) => told
            .with_account(account.clone())
            .with_provider(provider.clone()),
        _ => told,
    }
}

/// The error of a release that the carrier does not know any more and still lists.
fn listed_still(release: &Release) -> Error {
    let message = format!("{} is being released, and still listed", release.number_id);
    Error::new(ErrorKind::Conflict, message).with_retry(Retry::After(Duration::from_secs(2)))
}

/// When this long has passed, to the second; by our clock, for people. What is due is the store's to say.
pub(super) fn after(wait: Duration) -> Timestamp {
    let then = in_time(wait);
    then.round(Unit::Second).unwrap_or(then)
}

pub(super) fn in_time(wait: Duration) -> Timestamp {
    let now = host::now();
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

pub(super) fn protected(id: &NumberId) -> Error {
    let message = format!("{id} is protected: set protected to false before releasing it");
    Error::new(ErrorKind::Locked, message)
}
