//! Writing one step of a purchase down, on the record as it stands by then.

use jiff::Timestamp;

use crate::domain_event::DomainEvent;
use crate::journal::{Change, Commit, Lease, Record};
use crate::purchase::drive::lost;
use crate::purchase::service::{Purchases, now};
use crate::purchase::settle::tell_a_person;
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::failpoint;
use trunkline_core::model::{Purchase, PurchaseState};
use trunkline_core::strength::Safeguard;

impl Purchases {
    /// Writes back a record that has vanished from the database, for example by a restore or a failover.
    async fn write_back(&self, mut record: Record) -> Result<Record> {
        let vanished = || {
            Error::new(
                ErrorKind::Internal,
                "a purchase has vanished from the journal",
            )
        };
        let (id, account) = (record.purchase.id.clone(), record.purchase.account.clone());
        let sent = record.attempt().is_some_and(|a| a.sent_at.is_some());
        if !sent {
            return Err(vanished());
        }
        record.purchase.recovered = true;
        let version = self.0.store.write_back(&record).await?;
        record.version = version.ok_or_else(vanished)?;
        let number = trunkline_core::mask_numbers(record.purchase.number.as_str());
        let state = record.purchase.state.as_str();
        tracing::warn!(
            purchase = %id, %account, %number, number_id = ?record.purchase.number_id, state,
            "{id} had vanished from the database and was written back as {state}: compare what is held with \
             `trunkline doctor --numbers`"
        );
        Ok(record)
    }

    /// Makes a step on the record as it stands in the journal. Returns `false` if the step is not legal any more.
    pub(super) async fn apply(
        &self,
        record: &mut Record,
        lease: Option<&Lease>,
        step: impl Fn(&mut Record, Timestamp) -> bool,
    ) -> Result<bool> {
        let mut beaten = false;
        loop {
            let mut next = record.clone();
            if let Some(entry) = self.entry(&next)
                && *entry.provider.account() != next.purchase.account
            {
                next.rename_account(entry.provider.account());
            }
            let moved = if beaten {
                next.lost_race(now())
            } else {
                step(&mut next, now())
            };
            if !moved {
                return Ok(false);
            }
            let change = Change {
                event: Some(DomainEvent::PurchaseChanged {
                    before: record,
                    after: &next,
                }),
                lease,
                look_in: self.next_look(&next),
                durable: next.purchase.state != PurchaseState::Dispatched
                    || !Safeguard::DispatchSynced.is_off(),
                forget_answer: answers_otherwise(&record.purchase, &next.purchase),
                unclaimed: record.purchase.state == PurchaseState::Failed,
                ..Change::to(&next)
            };
            let (before, after) = points(record, &next);
            failpoint::hit(before);
            match self.0.store.commit(change).await? {
                Commit::Done(version) => {
                    failpoint::hit(after);
                    next.version = version;
                    if next.purchase.needs_person != record.purchase.needs_person {
                        tell_a_person(&next);
                    }
                    *record = next;
                    return Ok(true);
                }
                Commit::Stale => match self.0.store.load(&record.purchase.id).await? {
                    Some(current) => *record = current,
                    None => {
                        *record = self.write_back(next).await?;
                        return Ok(true);
                    }
                },
                Commit::LeaseLost => {
                    // The lease may be gone with the record.
                    if self.0.store.load(&record.purchase.id).await?.is_none() {
                        *record = self.write_back(record.clone()).await?;
                    }
                    return Err(lost());
                }
                Commit::NotOurs(_) => beaten = true,
                // Another purchase or release of the number goes first; the watch goes on.
                Commit::Busy | Commit::Full(_) => return Ok(false),
            }
        }
    }
}

/// Whether the key of a settled purchase answers otherwise after this step.
fn answers_otherwise(before: &Purchase, after: &Purchase) -> bool {
    before.state.is_settled()
        && !Safeguard::AnswerForgotten.is_off()
        && (before.state != after.state || before.needs_person != after.needs_person)
}

/// What a test may interrupt before and after a step is written.
fn points(from: &Record, to: &Record) -> (&'static str, &'static str) {
    match to.purchase.state {
        PurchaseState::Intended | PurchaseState::Dispatched => {
            (failpoint::BEFORE_DISPATCH, failpoint::AFTER_DISPATCH)
        }
        PurchaseState::Failed if to.is_presumed() => {
            (failpoint::BEFORE_PRESUMED, failpoint::AFTER_PRESUMED)
        }
        PurchaseState::Succeeded if from.purchase.state == PurchaseState::Succeeded => {
            (failpoint::SETTINGS_MADE, failpoint::AFTER_SETTINGS)
        }
        PurchaseState::Unknown | PurchaseState::Succeeded | PurchaseState::Failed => {
            (failpoint::BEFORE_OUTCOME, failpoint::AFTER_OUTCOME)
        }
    }
}
