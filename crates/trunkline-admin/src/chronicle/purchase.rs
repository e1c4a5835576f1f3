//! What the steps of a purchase leave behind.

use serde_json::{Value, json};

use super::{Trail, redacted};
use crate::audit::{Entry, action};
use crate::events::{Draft, EventType};
use trunkline_core::error::Effect;
use trunkline_core::model::{Attempt, Caller, ConfigurationState, PurchaseState, Requester};
use trunkline_engine::action::{ActionKind, Outcome};
use trunkline_engine::journal::Record;

/// A purchase is written down.
pub(super) fn begun(trail: &mut Trail, record: &Record) {
    let row = row(record, record.provenance.requester.clone());
    let after = json!({
        "state": record.purchase.state.as_str(),
        "price": record.purchase.price,
        "criteria": record.purchase.criteria.as_ref().map(value),
    });
    trail.audit.push(row.changing(None, Some(known(after))));
}

/// The members that are not null.
fn known(mut members: Value) -> Value {
    if let Some(members) = members.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    members
}

/// A step of a purchase. Looks, and what else leaves its state as it is, are left out.
pub(super) fn changed(trail: &mut Trail, before: &Record, after: &Record) {
    let (from, to) = (before.purchase.state, after.purchase.state);
    // What is found out by asking is found out by trunkline, not by the buyer.
    let asked = matches!(from, PurchaseState::Unknown | PurchaseState::Failed);
    let by = before.provenance.acting(asked);
    if let Some(refused) = passed_over(before, after) {
        trail.audit.push(refused_row(before, refused, by.clone()));
    }
    if from == to {
        settings(trail, before, after, by.clone());
        question(trail, before, after, by);
        return;
    }
    let outcome = match to {
        PurchaseState::Intended | PurchaseState::Dispatched => return,
        PurchaseState::Unknown => Outcome::Unknown,
        PurchaseState::Succeeded => Outcome::Ok,
        PurchaseState::Failed => outcome_of(after),
    };
    let mut row = row(after, by).ended(outcome).changing(
        Some(json!({ "state": from.as_str() })),
        Some(known(outline(after))),
    );
    row.error = reason(after).map(Into::into);
    trail.audit.push(row);
    trail.events.extend(events(before, after));
}

/// A purchase had vanished from the database while it was carried out, and is written back.
pub(super) fn recovered(trail: &mut Trail, record: &Record) {
    let outcome = match record.purchase.state {
        PurchaseState::Succeeded => Outcome::Ok,
        PurchaseState::Failed => outcome_of(record),
        _ => Outcome::Unknown,
    };
    let row = row(record, record.provenance.requester.system());
    let row = row.changing(None, Some(outline(record))).ended(outcome);
    trail.audit.push(row);
    let event = of_purchase(record, EventType::PurchaseRecovered);
    trail.events.push(event);
}

/// A question for a person was opened, or answered by what was seen.
fn question(trail: &mut Trail, before: &Record, after: &Record, by: Requester) {
    if before.purchase.needs_person == after.purchase.needs_person {
        return;
    }
    let asks = after.purchase.needs_person.is_some();
    let outcome = if asks {
        Outcome::Unknown
    } else {
        Outcome::Failed
    };
    let mut row = row(after, by)
        .changing(Some(outline(before)), Some(outline(after)))
        .ended(outcome);
    row.error = after.purchase.error.as_ref().map(Into::into);
    trail.audit.push(row);
    trail.events.extend(asked(before, after));
    if !asks {
        let event = of_purchase(after, EventType::PurchaseSettled);
        trail.events.push(event);
    }
}

/// A person says what became of a purchase.
pub(super) fn resolved(trail: &mut Trail, caller: &Caller, records: [&Record; 2], reason: &str) {
    let [before, after] = records;
    let mut told = outline(after);
    told["reason"] = reason.into();
    let by = Requester::of(caller);
    let row = Entry::by(&after.tenant, by, action::PURCHASE_RESOLVE)
        .at(after.purchase.account.as_str())
        .about(Some(after.purchase.number.as_str()))
        .on(after.purchase.id.as_str())
        .changing(
            Some(json!({ "state": before.purchase.state.as_str() })),
            Some(told),
        )
        .ended(Outcome::Ok);
    trail.audit.push(row);
    trail.events.extend(events(before, after));
}

/// The settings that follow a purchase were made, or refused.
fn settings(trail: &mut Trail, before: &Record, after: &Record, by: Requester) {
    let (was, is) = (
        &before.purchase.configuration,
        &after.purchase.configuration,
    );
    if was.state == is.state || is.state == ConfigurationState::Pending {
        return;
    }
    let (Some(id), Some(settings)) = (&after.purchase.number_id, &after.settings) else {
        return;
    };
    let (account, number) = (&after.purchase.account, after.purchase.number);
    let set = value(settings);
    let row = Entry::by(&after.tenant, by, ActionKind::NumberUpdate.as_str())
        .at(account.as_str())
        .about(Some(number.as_str()))
        .on(id.as_str())
        .changing(None, Some(set.clone()));
    if let Some(error) = &is.error {
        trail.audit.push(row.refused(error));
        return;
    }
    trail.audit.push(row.ended(Outcome::Ok));
    let data = json!({
        "number": number,
        "changes": set,
        "purchase": after.purchase.id,
    });
    let event = Draft::new(EventType::NumberUpdated, &after.tenant, account.as_str());
    trail.events.push(event.on(id.as_str()).with(data));
}

/// Anything as JSON, without secrets.
fn value<T: serde::Serialize>(value: &T) -> Value {
    redacted(serde_json::to_value(value).unwrap_or_default())
}

fn of_purchase(record: &Record, kind: EventType) -> Draft {
    let account = record.purchase.account.as_str();
    let event = Draft::new(kind, &record.tenant, account);
    event.on(record.purchase.id.as_str()).with(outline(record))
}

fn row(record: &Record, by: Requester) -> Entry {
    let purchase = &record.purchase;
    Entry::by(&record.tenant, by, ActionKind::NumberPurchase.as_str())
        .at(purchase.account.as_str())
        .about(Some(purchase.number.as_str()))
        .on(purchase.id.as_str())
}

/// The candidate that was given up for the next one.
fn passed_over<'a>(before: &Record, after: &'a Record) -> Option<&'a Attempt> {
    let (was, is) = (&before.purchase.attempts, &after.purchase.attempts);
    (is.len() > was.len())
        .then(|| is.get(was.len().checked_sub(1)?))
        .flatten()
}

fn refused_row(before: &Record, attempt: &Attempt, by: Requester) -> Entry {
    let row = Entry {
        account: Some(attempt.account.to_string()),
        number: Some(attempt.number.as_str().to_owned()),
        ..row(before, by)
    };
    let row = row.ended(Outcome::Refused);
    Entry {
        error: attempt.error.as_ref().map(Into::into),
        ..row
    }
}

/// A purchase that failed was refused if nothing can have come of it.
fn outcome_of(record: &Record) -> Outcome {
    let presumed = record.attempt().is_some_and(|attempt| attempt.presumed);
    let effect = record
        .purchase
        .error
        .as_ref()
        .map(trunkline_core::Error::effect);
    if presumed || effect != Some(Effect::None) {
        Outcome::Failed
    } else {
        Outcome::Refused
    }
}

fn reason(record: &Record) -> Option<&trunkline_core::Error> {
    let purchase = &record.purchase;
    let answer = record.attempt().and_then(|attempt| attempt.answer.as_ref());
    purchase
        .error
        .as_ref()
        .or_else(|| answer.filter(|_| purchase.state == PurchaseState::Unknown))
}

/// What there is to know of a purchase.
fn outline(record: &Record) -> Value {
    let purchase = &record.purchase;
    json!({
        "id": purchase.id,
        "state": purchase.state.as_str(),
        "number": purchase.number,
        "number_id": purchase.number_id,
        "price": purchase.price,
        "late": purchase.late,
        "recovered": purchase.recovered,
        "needs_person": purchase.needs_person,
        "error": purchase.error.as_ref().map(|error| json!({
            "kind": error.kind().as_str(),
            "message": error.message(),
        })),
    })
}

/// The event that asks a person to decide, once for each question.
fn asked(before: &Record, after: &Record) -> Option<Draft> {
    let question = after.purchase.needs_person.as_ref()?;
    if before.purchase.needs_person.as_ref() == Some(question) {
        return None;
    }
    Some(of_purchase(after, EventType::PurchaseNeedsPerson))
}

fn events(before: &Record, after: &Record) -> Vec<Draft> {
    let (from, to) = (before.purchase.state, after.purchase.state);
    let purchase = &after.purchase;
    let mut events = Vec::new();
    if to == PurchaseState::Unknown {
        events.push(of_purchase(after, EventType::PurchaseUnknown));
    }
    // A late success is the other end of an outcome that was only presumed.
    let was_open = matches!(from, PurchaseState::Unknown | PurchaseState::Failed);
    if was_open && to.is_settled() {
        events.push(of_purchase(after, EventType::PurchaseSettled));
    }
    events.extend(asked(before, after));
    if let (PurchaseState::Succeeded, Some(id)) = (to, &purchase.number_id) {
        let data = json!({
            "number": purchase.number,
            "purchase": purchase.id,
            "price": purchase.price,
            "setup_price": purchase.setup_price,
            "late": purchase.late,
        });
        let account = purchase.account.as_str();
        let event = Draft::new(EventType::NumberPurchased, &after.tenant, account);
        events.push(event.on(id.as_str()).with(data));
    }
    events
}
