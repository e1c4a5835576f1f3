//! What the steps of a purchase leave behind.

use serde_json::{Value, json};

use super::{By, Trail, json as value};
use crate::error::Effect;
use crate::model::{Attempt, Caller, ConfigurationState, PurchaseState};
use crate::service::audit::{Entry, Outcome, action};
use crate::service::events::{Draft, EventType};
use crate::service::journal::Record;

impl Trail {
    /// A purchase is written down.
    #[must_use]
    pub fn of_intent(caller: &Caller, record: &Record) -> Self {
        let trail = Self::of(caller);
        let row = row(record, trail.by.clone());
        let after = json!({
            "state": record.purchase.state.as_str(),
            "price": record.purchase.price,
            "criteria": record.purchase.criteria.as_ref().map(value),
        });
        trail.with(row.changing(None, Some(after)))
    }

    /// A step of a purchase. Looks, and whatever else leaves its state as it is, are not told of.
    #[must_use]
    pub fn of_step(before: &Record, after: &Record) -> Self {
        let mut trail = Self {
            by: before.trail.by.clone(),
            taken_over: before.trail.taken_over,
            ..Self::default()
        };
        let (from, to) = (before.purchase.state, after.purchase.state);
        // What is found out by asking is found out by trunkline, whoever bought.
        let asked = matches!(from, PurchaseState::Unknown | PurchaseState::Failed);
        let by = trail.acting(asked);
        if let Some(refused) = passed_over(before, after) {
            trail.audit.push(refused_row(before, refused, by.clone()));
        }
        if from == to {
            trail.settings(before, after, by.clone());
            trail.question(before, after, by);
            return trail;
        }
        let outcome = match to {
            PurchaseState::Intended | PurchaseState::Dispatched => return trail,
            PurchaseState::Unknown => Outcome::Unknown,
            PurchaseState::Succeeded => Outcome::Ok,
            PurchaseState::Failed => outcome_of(after),
        };
        let row = row(after, by).ended(outcome);
        let mut row = row.changing(
            Some(json!({ "state": from.as_str() })),
            Some(outline(after)),
        );
        row.error = reason(after).map(Into::into);
        trail.audit.push(row);
        trail.events.extend(events(before, after));
        trail
    }

    /// A purchase had vanished from the database while it was carried out, and is written back.
    #[must_use]
    pub fn of_recovery(record: &Record) -> Self {
        let by = record.trail.by.system();
        let row = row(record, by).changing(None, Some(outline(record))).ended(
            match record.purchase.state {
                PurchaseState::Succeeded => Outcome::Ok,
                PurchaseState::Failed => outcome_of(record),
                _ => Outcome::Unknown,
            },
        );
        let purchase = &record.purchase;
        let account = purchase.account.as_str();
        let event = |kind| Draft::new(kind, &record.tenant, account);
        let recovered = event(EventType::PurchaseRecovered).on(purchase.id.as_str());
        Self {
            by: record.trail.by.clone(),
            audit: vec![row],
            events: vec![recovered.with(outline(record))],
            taken_over: record.trail.taken_over,
        }
    }

    /// A question for a person was opened, or answered by what was seen.
    fn question(&mut self, before: &Record, after: &Record, by: By) {
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
        self.audit.push(row);
        self.events.extend(asked(before, after));
        if !asks {
            let purchase = &after.purchase;
            let event = Draft::new(
                EventType::PurchaseSettled,
                &after.tenant,
                purchase.account.as_str(),
            );
            self.events
                .push(event.on(purchase.id.as_str()).with(outline(after)));
        }
    }

    /// A person says what became of a purchase.
    #[must_use]
    pub fn of_resolution(
        caller: &Caller,
        (before, after): (&Record, &Record),
        reason: &str,
    ) -> Self {
        let mut told = outline(after);
        told["reason"] = reason.into();
        let by = By::of(caller);
        let row = Entry::by((&after.tenant, by), action::PURCHASE_RESOLVE)
            .at(after.purchase.account.as_str())
            .about(Some(after.purchase.number.as_str()))
            .on(after.purchase.id.as_str())
            .changing(
                Some(json!({ "state": before.purchase.state.as_str() })),
                Some(told),
            )
            .ended(Outcome::Ok);
        Self {
            by: before.trail.by.clone(),
            audit: vec![row],
            events: events(before, after),
            taken_over: before.trail.taken_over,
        }
    }

    /// The settings that follow a purchase were made, or refused.
    fn settings(&mut self, before: &Record, after: &Record, by: By) {
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
        let row = Entry::by((&after.tenant, by), action::NUMBER_UPDATE)
            .at(account.as_str())
            .about(Some(number.as_str()))
            .on(id.as_str())
            .changing(None, Some(set.clone()));
        if let Some(error) = &is.error {
            self.audit.push(row.refused(error));
            return;
        }
        self.audit.push(row.ended(Outcome::Ok));
        let data = json!({
            "number": number,
            "changes": set,
            "purchase": after.purchase.id,
        });
        let event = Draft::new(EventType::NumberUpdated, &after.tenant, account.as_str());
        self.events.push(event.on(id.as_str()).with(data));
    }
}

fn row(record: &Record, by: By) -> Entry {
    let purchase = &record.purchase;
    Entry::by((&record.tenant, by), action::NUMBER_PURCHASE)
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

fn refused_row(before: &Record, attempt: &Attempt, by: By) -> Entry {
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
    let effect = record.purchase.error.as_ref().map(crate::Error::effect);
    if presumed || effect != Some(Effect::None) {
        Outcome::Failed
    } else {
        Outcome::Refused
    }
}

fn reason(record: &Record) -> Option<&crate::Error> {
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

/// That a person has to decide is told once for each question.
fn asked(before: &Record, after: &Record) -> Option<Draft> {
    let purchase = &after.purchase;
    let question = purchase.needs_person.as_ref()?;
    if before.purchase.needs_person.as_ref() == Some(question) {
        return None;
    }
    let event = Draft::new(
        EventType::PurchaseNeedsPerson,
        &after.tenant,
        purchase.account.as_str(),
    );
    Some(event.on(purchase.id.as_str()).with(outline(after)))
}

fn events(before: &Record, after: &Record) -> Vec<Draft> {
    let (from, to) = (before.purchase.state, after.purchase.state);
    let purchase = &after.purchase;
    let event = |kind| Draft::new(kind, &after.tenant, purchase.account.as_str());
    let of_purchase = |kind| event(kind).on(purchase.id.as_str()).with(outline(after));
    let mut events = Vec::new();
    if to == PurchaseState::Unknown {
        events.push(of_purchase(EventType::PurchaseUnknown));
    }
    // A late success is the other end of an outcome that was only presumed.
    let was_open = matches!(from, PurchaseState::Unknown | PurchaseState::Failed);
    if was_open && to.is_settled() {
        events.push(of_purchase(EventType::PurchaseSettled));
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
        events.push(event(EventType::NumberPurchased).on(id.as_str()).with(data));
    }
    events
}
