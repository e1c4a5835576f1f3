//! What numbers leave behind that go away, and come again, without us.

use serde_json::{Value, json};

use super::Trail;
use crate::audit::{Entry, action};
use crate::events::{Draft, EventType};
use trunkline_engine::action::Outcome;
use trunkline_engine::missing::MissingNumber;

/// It is gone: released without us.
pub(super) fn gone(trail: &mut Trail, missing: &MissingNumber) {
    let data = json!({ "number": missing.number, "purchase": missing.purchase, "missing_since": missing.since });
    let row = row(missing, action::NUMBER_GONE, &data);
    trail.audit.push(row);
    trail
        .events
        .push(event(missing, EventType::NumberGone, data));
}

/// It is there again.
pub(super) fn returned(trail: &mut Trail, missing: &MissingNumber) {
    let data = json!({ "number": missing.number, "purchase": missing.purchase, "gone_at": missing.gone_at });
    let row = row(missing, action::NUMBER_RETURNED, &data);
    trail.audit.push(row);
    trail
        .events
        .push(event(missing, EventType::NumberReturned, data));
}

fn row(missing: &MissingNumber, action: &'static str, data: &Value) -> Entry {
    let by = missing.provenance.acting(true);
    Entry::by(&missing.tenant, by, action)
        .at(missing.number_id.account())
        .about(Some(missing.number.as_str()))
        .on(missing.number_id.as_str())
        .changing(None, Some(data.clone()))
        .ended(Outcome::Ok)
}

fn event(missing: &MissingNumber, kind: EventType, data: Value) -> Draft {
    let event = Draft::new(kind, &missing.tenant, missing.number_id.account());
    event.on(missing.number_id.as_str()).with(data)
}
