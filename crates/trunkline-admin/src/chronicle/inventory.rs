//! What readings of accounts leave behind.

use serde_json::json;

use crate::events::{Draft, EventType};
use trunkline_core::inventory::{Drift, DriftClass};
use trunkline_engine::inventory::Shelf;

/// The event of a drift of this class.
pub(super) const fn kind(class: DriftClass, gone: bool) -> EventType {
    match class {
        DriftClass::Appeared | DriftClass::Duplicate => EventType::NumberAppeared,
        DriftClass::Missing if gone => EventType::NumberGone,
        DriftClass::Missing => EventType::NumberMissing,
        DriftClass::Changed | DriftClass::PriceChanged => EventType::NumberChanged,
    }
}

/// One difference.
pub(super) fn drifted(drift: &Drift) -> Draft {
    let data = json!({
        "number": drift.number,
        "drift": drift.id,
        "class": drift.class,
        "field": drift.field,
        "was": drift.was,
        "is": drift.is,
    });
    let kind = kind(drift.class, drift.gone_at.is_some());
    let event = Draft::new(kind, &drift.tenant, drift.account.as_str());
    event.on(drift.number_id.as_str()).with(data)
}

/// So many differences that each has no event of its own.
pub(super) fn found(shelf: &Shelf, kind: EventType, class: DriftClass, count: u64) -> Draft {
    let data = json!({ "class": class, "count": count });
    Draft::new(kind, &shelf.tenant, shelf.account.as_str()).with(data)
}

/// A reading that is not believed.
pub(super) fn suspect(shelf: &Shelf, missing: u64, held: u64) -> Draft {
    let data = json!({ "missing": missing, "held": held });
    Draft::new(
        EventType::InventorySuspect,
        &shelf.tenant,
        shelf.account.as_str(),
    )
    .with(data)
}
