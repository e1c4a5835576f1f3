//! Releasing numbers: written down first, sent now or after the grace period, and again until it is done.

mod finish;
mod restore;

use crate::action::{Action, ActionKind, Findings, now};
use crate::domain_event::DomainEvent;
use crate::held_lease::HeldLease;
use crate::journal::{Release, Releasing};
use crate::numbers::Numbers;
use crate::numbers::resolve::{For, Found};
use finish::{Sending, after, in_time, protected};
use jiff::{SignedDuration, Timestamp, Unit};
use std::time::Duration;
use trunkline_core::call::{Call, Lane};
use trunkline_core::error::{Error, ErrorKind, Result, Retry};
use trunkline_core::failpoint;
use trunkline_core::model::{Caller, HeldRow, Number, NumberId, Provenance, Sighting};
use trunkline_core::registry::AccountEntry;
use trunkline_core::strength::Safeguard;

/// What came of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Released {
    /// The carrier has it back.
    Now(NumberId),
    /// It had been given back before.
    Before(NumberId),
    /// It goes back when the grace period ends, unless [`Numbers::restore`] undoes that.
    Later {
        /// The number.
        id: NumberId,
        /// When.
        at: Timestamp,
    },
}

/// A release that is written down.
enum Begun {
    /// It is sent later.
    Waits(Released),
    /// It is to be sent now.
    Leaves(Box<Release>, Sending),
}

/// A number that could be given back.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Releasable {
    /// The number.
    pub number: Number,
    /// When the carrier takes it back by its rules, if that is after the release would be sent. The carrier decides.
    pub from: Option<Timestamp>,
}

impl Numbers {
    /// Releases a number, now or after the grace period. A repetition changes nothing and is no error.
    ///
    /// # Errors
    /// `Locked` for a protected number, and with the wait for one that the carrier does not take back yet; `Conflict`
    /// with a wait while the number is being bought; as [`Numbers::update`] otherwise.
    pub async fn release(&self, caller: &Caller, id: &str) -> Result<Released> {
        let mut action = Action::new(caller, ActionKind::NumberRelease).on(id);
        let released = Call::within(Self::TIMEOUT, Lane::Purchase)
            .scope(Box::pin(self.give_back(caller, id, &mut action)))
            .await;
        if released.is_ok() {
            // What came of it was written with it, or had been before.
            action.leave();
        }
        self.actions
            .end(action, &released, |_| Findings::default())
            .await;
        released
    }

    /// What a release would do: the number it would give back, and whether the carrier may find that too early.
    ///
    /// # Errors
    /// As [`Numbers::release`].
    pub async fn check_release(&self, caller: &Caller, id: &str) -> Result<Releasable> {
        let number = self.get(caller, id).await?;
        if number.protected {
            return Err(protected(&number.id));
        }
        let entry = self.registry.of_caller(caller, number.id.account())?;
        entry.provider.check_release(&number)?;
        Ok(Releasable {
            from: releasable_from(&entry, &number),
            number,
        })
    }

    async fn give_back(
        &self,
        caller: &Caller,
        text: &str,
        action: &mut Action,
    ) -> Result<Released> {
        let Found { entry, id, .. } = match self.resolve(caller, text, For::Writing).await {
            Ok(found) => found,
            Err(error) => {
                return self
                    .given_back_under_another_name(caller, text, error)
                    .await;
            }
        };
        action.account = Some(id.account().to_owned());
        action.resource = Some(id.to_string());
        if self.is_protected(&id).await? {
            return Err(protected(&id));
        }
        let before = self.store.find_release(&caller.tenant, &id).await?;
        if let Some(later) = before.as_ref().and_then(waiting) {
            return Ok(later);
        }
        // By now the id may stand for a number that was bought since.
        if before.is_some_and(|before| answers(&before, caller)) {
            return Ok(Released::Before(id));
        }
        let number = match entry.provider.get(id.provider_id()).await {
            Ok(number) => number,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let missing = self.purchases.not_found(&entry, &id, error).await;
                return self.given_back_before(caller, &id, missing).await;
            }
            Err(error) => return Err(error),
        };
        action.number.clone_from(&number.number);
        // The carrier's own spelling counts.
        let id = number.id.clone();
        action.resource = Some(id.to_string());
        if self.is_protected(&id).await? {
            return Err(protected(&id));
        }
        entry.provider.check_release(&number)?;
        if let Some(from) = releasable_from(&entry, &number) {
            let account = entry.provider.account();
            tracing::warn!(%account, %from, "a number is given back that the carrier may find too young: it decides");
        }
        self.notice(&entry, &number).await?;
        let release = draft(caller, &entry, &number);
        let name = release.lease_name();
        let Some(lease) = self.store.acquire(&name, &self.owner).await? else {
            return Err(busy(&id, "release"));
        };
        let held = HeldLease::new(lease);
        let work = async {
            let begun = self.begin(&entry, release, action).await?;
            self.carry_out(&entry, begun, &held).await
        };
        let outcome = held.only_during(&*self.store, work).await;
        // The process that has the lease now finishes the release, which is written down.
        outcome.unwrap_or_else(|| Err(busy(&id, "release")))
    }

    async fn begin(
        &self,
        entry: &AccountEntry,
        mut release: Release,
        action: &mut Action,
    ) -> Result<Begun> {
        let id = release.number_id.clone();
        let before = self.store.find_release(&release.tenant, &id).await?;
        let before = before.filter(|before| !before.done);
        if let Some(later) = before.as_ref().and_then(waiting) {
            return Ok(Begun::Waits(later));
        }
        // What was sent before may have had an effect: that can't be undone, so it is sent again at once.
        let sending = match before {
            Some(before) if before.sent => Sending::Again,
            _ => Sending::First,
        };
        let grace = match sending {
            Sending::Again => Duration::ZERO,
            Sending::First => entry.quarantine,
        };
        if !grace.is_zero() {
            release.release_at = Some(after(grace));
            release.sent = false;
        }
        failpoint::hit(failpoint::BEFORE_RELEASE);
        let event = DomainEvent::ReleaseBegun(&release);
        let begun = match Safeguard::ReleaseWritten.is_off() && release.sent {
            true => Releasing::Written,
            false => self.store.begin_release(&release, grace, event).await?,
        };
        match begun {
            Releasing::Written => {}
            Releasing::Busy { by } => return Err(busy(&id, &by)),
            // It was protected while the carrier was asked.
            _ => return Err(protected(&id)),
        }
        action.leave();
        failpoint::hit(failpoint::RELEASE_BEGUN);
        Ok(match release.release_at {
            Some(at) => Begun::Waits(Released::Later { id, at }),
            None => Begun::Leaves(Box::new(release), sending),
        })
    }

    async fn carry_out(
        &self,
        entry: &AccountEntry,
        begun: Begun,
        held: &HeldLease,
    ) -> Result<Released> {
        let (release, sending) = match begun {
            Begun::Waits(later) => return Ok(later),
            Begun::Leaves(release, sending) => (*release, sending),
        };
        let id = release.number_id.clone();
        // Another process may have the lease by now, or the number may be protected.
        if !held.lease().holds() {
            return Err(busy(&id, "release"));
        }
        let sent = self.send_release(entry, release, sending).await;
        sent.map(|()| Released::Now(id))
    }

    /// A purchase that was presumed failed may have got it: it is recorded before the number goes.
    async fn notice(&self, entry: &AccountEntry, number: &Number) -> Result<()> {
        let identity = entry.provider.identity();
        let row = HeldRow::of(number);
        self.purchases.is_shown(identity, &row).await;
        let Some(e164) = number.e164() else {
            return Ok(());
        };
        let sighting = Sighting::of(vec![row], None);
        self.purchases
            .notice(entry.provider.identity(), &e164, &sighting)
            .await
            .map(drop)
    }

    async fn is_protected(&self, id: &NumberId) -> Result<bool> {
        let notes = self.store.annotations(std::slice::from_ref(id)).await?;
        Ok(notes.iter().any(|(_, note)| note.protected))
    }

    async fn given_back_before(
        &self,
        caller: &Caller,
        id: &NumberId,
        error: Error,
    ) -> Result<Released> {
        match self.store.find_release(&caller.tenant, id).await? {
            Some(release) if self.is_over(&release).await? => Ok(Released::Before(id.clone())),
            // A purchase has won the id again since, and the carrier may not show yet what it has just sold.
            Some(release) if release.done => Err(error),
            Some(release) => {
                let entry = self.registry.of_caller(caller, id.account())?;
                let gone = match &release.number {
                    Some(number) => self.is_gone(&entry, number, id).await?,
                    None => true,
                };
                if !gone {
                    return Err(error);
                }
                let release = Release {
                    done: true,
                    ..release
                };
                let event = DomainEvent::ReleaseEnded(&release);
                self.store.end_release(&release, event).await?;
                Ok(Released::Before(id.clone()))
            }
            None if self.was_given_back(caller, id).await? => Ok(Released::Before(id.clone())),
            None => Err(error),
        }
    }

    /// Whether a release is done, and no purchase has won the same id since.
    async fn is_over(&self, release: &Release) -> Result<bool> {
        let provider_id = release.number_id.provider_id();
        let winner = self.store.winner(&release.identity, provider_id).await?;
        Ok(release.done && winner.is_none())
    }

    /// Whether one of the tenant's purchases had the number, and it was given back when the account had another name.
    async fn was_given_back(&self, caller: &Caller, id: &NumberId) -> Result<bool> {
        let entry = self.registry.of_caller(caller, id.account())?;
        let releaser = self
            .store
            .releaser(entry.provider.identity(), id.provider_id());
        let Some(purchase) = releaser.await? else {
            return Ok(false);
        };
        let record = self.store.load(&purchase).await?;
        Ok(record.is_some_and(|record| record.tenant == caller.tenant))
    }

    /// The account may have had the name when the number was given back; otherwise it is this error.
    async fn given_back_under_another_name(
        &self,
        caller: &Caller,
        text: &str,
        error: Error,
    ) -> Result<Released> {
        let (ErrorKind::NotFound, Ok(id)) = (error.kind(), NumberId::new(text)) else {
            return Err(error);
        };
        if !caller.sees(&caller.tenant, id.account()) {
            return Err(error);
        }
        match self.store.find_release(&caller.tenant, &id).await? {
            Some(release) if self.is_over(&release).await? => Ok(Released::Before(id)),
            _ => Err(error),
        }
    }
}

/// Whether a release is what the caller's key has asked for before, and its answer was lost.
fn answers(before: &Release, caller: &Caller) -> bool {
    let (key, asked) = (
        &before.provenance.requester.idempotency_key,
        caller.idempotency_key.as_ref(),
    );
    before.done && asked.is_some() && key.as_ref() == asked
}

/// The release of a number, nothing of which is done.
fn draft(caller: &Caller, entry: &AccountEntry, number: &Number) -> Release {
    Release {
        tenant: caller.tenant.clone(),
        number_id: number.id.clone(),
        identity: entry.provider.identity().to_owned(),
        number: number.e164(),
        done: false,
        release_at: None,
        sent: true,
        held_since: None,
        asked_at: Some(now()),
        provenance: Provenance::of(caller),
    }
}

/// When the carrier takes it back by its rules, if that is after the release would be sent. The carrier decides.
fn releasable_from(entry: &AccountEntry, number: &Number) -> Option<Timestamp> {
    let days = i64::from(entry.provider.capability().release_cooldown_days);
    let bought = number.purchased_at.filter(|_| days > 0)?;
    let from = bought
        .checked_add(SignedDuration::from_hours(24 * days))
        .ok()?;
    let sent = in_time(entry.quarantine);
    (from > sent).then(|| from.round(Unit::Second).unwrap_or(from))
}

/// The answer to a release that waits already. One that was left to a person goes on if it is asked for again.
fn waiting(release: &Release) -> Option<Released> {
    let at = release.undoable_until();
    let at = at.filter(|_| release.held_since.is_none())?;
    let id = release.number_id.clone();
    Some(Released::Later { id, at })
}

fn busy(id: &NumberId, by: &str) -> Error {
    let error = Error::new(
        ErrorKind::Conflict,
        format!("{id} is being bought or released"),
    )
    .with_retry(Retry::After(Duration::from_secs(2)));
    if by.starts_with("pur_") {
        error.with_purchase(by)
    } else {
        error
    }
}
