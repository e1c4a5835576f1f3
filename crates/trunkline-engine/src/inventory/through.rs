//! What our own work does to the inventory, from what it tells.

use super::step::{HeldNow, HoldingKey, HoldingStep};
use crate::action::Outcome;
use crate::domain_event::DomainEvent;
use crate::journal::{Record, Release};
use crate::missing::MissingNumber;
use trunkline_core::error::Effect;
use trunkline_core::inventory::Origin;
use trunkline_core::model::{AccountName, Number, PriceSource, PurchaseState};

/// The steps that these events make.
#[must_use]
pub fn steps(events: &[DomainEvent<'_>]) -> Vec<HoldingStep> {
    let mut steps = Vec::new();
    for event in events {
        add(&mut steps, event);
    }
    steps
}

fn add(steps: &mut Vec<HoldingStep>, event: &DomainEvent<'_>) {
    match *event {
        DomainEvent::HoldingStep(step) => steps.push(step.clone()),
        DomainEvent::PurchaseBegun(record) => begun(steps, record),
        DomainEvent::PurchaseChanged { before, after }
        | DomainEvent::PurchaseResolved { before, after, .. } => changed(steps, before, after),
        DomainEvent::PurchaseRecovered(record) => recorded(steps, record, true),
        DomainEvent::ReleaseBegun(release) if release.sent => {
            steps.push(HoldingStep::Begun(key_of(release)));
        }
        DomainEvent::ReleaseEnded(release) => steps.push(HoldingStep::Released(key_of(release))),
        DomainEvent::ReleaseFailed { release, error } if error.effect() == Effect::None => {
            steps.push(HoldingStep::Over(key_of(release)));
        }
        DomainEvent::NumberGone(missing) => steps.push(HoldingStep::Released(missing_key(missing))),
        DomainEvent::NumberReturned(missing) => {
            if let Ok(account) = AccountName::new(missing.number_id.account()) {
                steps.push(HoldingStep::Returned(missing_key(missing), account));
            }
        }
        DomainEvent::ActionBegun(action) => {
            steps.extend(action.touches.iter().cloned().map(HoldingStep::Begun));
        }
        DomainEvent::ActionEnded(ended) => {
            // What nobody knows the outcome of is left to the next reading.
            if matches!(ended.outcome, Outcome::Ok | Outcome::Refused) {
                steps.extend(ended.action.touches.iter().cloned().map(HoldingStep::Over));
            }
            steps.extend(ended.action.held.iter().cloned());
        }
        // One that waits begins when it is sent.
        DomainEvent::ReleaseBegun(_)
        | DomainEvent::ReleaseFailed { .. }
        | DomainEvent::ReleaseUndone { .. }
        | DomainEvent::ReleaseHeld(_)
        | DomainEvent::CallerIdEnded { .. }
        | DomainEvent::AccountUnhealthy(_)
        | DomainEvent::Drifted(_)
        | DomainEvent::DriftsFound { .. }
        | DomainEvent::ReadingSuspect { .. } => {}
    }
}

fn key_of(release: &Release) -> HoldingKey {
    HoldingKey::new(&release.identity, release.number_id.provider_id())
}

fn missing_key(missing: &MissingNumber) -> HoldingKey {
    HoldingKey::new(&missing.identity, missing.number_id.provider_id())
}

fn ordered(record: &Record) -> Option<HoldingKey> {
    let attempt = record.attempt()?;
    Some(HoldingKey::new(&attempt.identity, attempt.number.as_str()))
}

fn begun(steps: &mut Vec<HoldingStep>, record: &Record) {
    steps.extend(ordered(record).map(HoldingStep::Begun));
}

fn changed(steps: &mut Vec<HoldingStep>, before: &Record, after: &Record) {
    let (old, new) = (&before.purchase, &after.purchase);
    let passed = ordered(before).filter(|key| ordered(after).as_ref() != Some(key));
    let next = passed.is_some();
    steps.extend(passed.map(HoldingStep::Over));
    let settled = old.state != new.state && new.state.is_settled();
    let same = (&old.held, &old.configuration) == (&new.held, &new.configuration);
    if next || settled || !same || before.is_presumed() != after.is_presumed() {
        recorded(steps, after, settled);
    }
}

/// What a purchase is to the inventory in the state that it is in. `settled`: it has just come to it.
fn recorded(steps: &mut Vec<HoldingStep>, record: &Record, settled: bool) {
    match record.purchase.state {
        PurchaseState::Succeeded => match won(record, settled) {
            Some(held) => steps.push(HoldingStep::Held(Box::new(held))),
            None => steps.extend(ordered(record).map(HoldingStep::Over)),
        },
        // It may have been carried out all the same.
        PurchaseState::Failed if record.is_presumed() || record.purchase.needs_person.is_some() => {
        }
        PurchaseState::Failed => steps.extend(ordered(record).map(HoldingStep::Over)),
        PurchaseState::Intended | PurchaseState::Dispatched | PurchaseState::Unknown => {
            begun(steps, record);
        }
    }
}

fn won(record: &Record, new: bool) -> Option<HeldNow> {
    let (purchase, attempt) = (&record.purchase, record.attempt()?);
    let number = match &purchase.held {
        Some(number) => Number::clone(number),
        None => {
            let provider_id = attempt.provider_id.clone()?;
            let account = attempt.account.clone();
            let mut number = Number::new(
                account,
                attempt.provider.clone(),
                provider_id,
                attempt.number,
            )
            .ok()?;
            number.purchased_at = purchase.settled_at;
            number
        }
    };
    let price = purchase.price.map(|price| (price, purchase.price_source));
    Some(HeldNow {
        tenant: record.tenant.clone(),
        identity: attempt.identity.clone(),
        number,
        origin: Some(Origin::Purchased {
            purchase_id: purchase.id.clone(),
        }),
        price: price.filter(|(_, source)| *source != PriceSource::Unknown),
        over: purchase.is_done(),
        new,
    })
}
