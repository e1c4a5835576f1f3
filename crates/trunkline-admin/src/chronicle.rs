//! Audit rows and published events of domain events, written in the transaction of the change.

mod action;
mod caller_id;
mod inventory;
mod log;
mod missing;
mod purchase;
mod redact;
mod release;
mod trail;

use jiff::Timestamp;
use serde_json::json;

use crate::events::{Draft, EventType};
use trunkline_engine::domain_event::{DomainEvent, Unhealthy};
use trunkline_engine::inventory::steps;

pub use log::{Lines, TARGET};
pub use redact::redacted;
pub use trail::Trail;

impl Trail {
    /// What these domain events leave behind.
    #[must_use]
    pub fn of(events: &[DomainEvent<'_>]) -> Self {
        let mut trail = Self {
            steps: steps(events),
            ..Self::default()
        };
        for event in events {
            trail.add(event);
        }
        trail
    }

    fn add(&mut self, event: &DomainEvent<'_>) {
        self.began = self.began.or_else(|| began(event));
        match *event {
            DomainEvent::PurchaseBegun(record) => purchase::begun(self, record),
            DomainEvent::PurchaseChanged { before, after } => {
                purchase::changed(self, before, after)
            }
            DomainEvent::PurchaseRecovered(record) => purchase::recovered(self, record),
            DomainEvent::PurchaseResolved {
                caller,
                before,
                after,
                reason,
            } => purchase::resolved(self, caller, [before, after], reason),
            DomainEvent::ReleaseBegun(release) => release::begun(self, release),
            DomainEvent::ReleaseEnded(release) => release::ended(self, release),
            DomainEvent::ReleaseFailed { release, error } => release::failed(self, release, error),
            DomainEvent::ReleaseHeld(release) => release::held(self, release),
            DomainEvent::ReleaseUndone { caller, release } => {
                release::undone(self, caller, release);
            }
            DomainEvent::CallerIdEnded { record, state } => caller_id::ended(self, record, state),
            DomainEvent::NumberGone(missing) => missing::gone(self, missing),
            DomainEvent::NumberReturned(missing) => missing::returned(self, missing),
            DomainEvent::AccountUnhealthy(unhealthy) => self.events.push(unwell(&unhealthy)),
            DomainEvent::ActionBegun(action) => self.audit.push(action::begun(action)),
            DomainEvent::ActionEnded(ended) => action::ended(self, ended),
            DomainEvent::Drifted(drift) => self.events.push(inventory::drifted(drift)),
            DomainEvent::DriftsFound {
                shelf,
                class,
                gone,
                count,
            } => self.events.push(inventory::found(
                shelf,
                inventory::kind(class, gone),
                class,
                count,
            )),
            DomainEvent::ReadingSuspect {
                shelf,
                missing,
                held,
            } => self.events.push(inventory::suspect(shelf, missing, held)),
            DomainEvent::HoldingStep(_) => {}
        }
    }
}

/// When that was asked for which a domain event ends.
fn began(event: &DomainEvent<'_>) -> Option<Timestamp> {
    match *event {
        DomainEvent::PurchaseChanged { after, .. } => Some(after.purchase.created_at),
        DomainEvent::PurchaseRecovered(record) => Some(record.purchase.created_at),
        DomainEvent::ReleaseEnded(release) | DomainEvent::ReleaseFailed { release, .. } => {
            release.asked_at
        }
        DomainEvent::CallerIdEnded { record, .. } => record.caller_id.created_at,
        DomainEvent::ActionEnded(ended) => Some(ended.action.at),
        _ => None,
    }
}

fn unwell(unhealthy: &Unhealthy<'_>) -> Draft {
    let data = json!({
        "provider": unhealthy.provider.to_string(),
        "reason": unhealthy.reason,
        "breaker": unhealthy.health.breaker.as_str(),
        "error": unhealthy.health.last_error,
    });
    let account = unhealthy.account.as_str();
    Draft::new(EventType::AccountUnhealthy, unhealthy.tenant, account).with(data)
}
