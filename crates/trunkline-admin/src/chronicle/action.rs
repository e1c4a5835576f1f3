//! What actions leave behind.

use std::borrow::Cow;

use serde_json::json;

use super::{Trail, redacted};
use crate::audit::Entry;
use crate::events::{Draft, EventType};
use trunkline_engine::action::{Action, ActionKind, Ended, Outcome};

/// The row of something that is about to be sent.
pub(super) fn begun(action: &Action) -> Entry {
    let by = action.requester.clone();
    Entry {
        account: action.account.clone(),
        number: action.number.clone(),
        resource: action.resource.clone(),
        before: action.before.clone().map(redacted),
        after: action.after.clone().map(redacted),
        ..Entry::by(&action.tenant, by, action.kind.as_str())
    }
}

pub(super) fn ended(trail: &mut Trail, ended: &Ended<'_>) {
    let action = &ended.action;
    let row = Entry {
        id: ended.id.clone(),
        at: ended.at,
        action: Cow::Borrowed(action.kind.as_str()),
        outcome: ended.outcome,
        error: ended.error.map(Into::into),
        ..begun(action)
    };
    if let (ActionKind::NumberUpdate, Outcome::Ok) = (action.kind, ended.outcome) {
        let account = action.account.as_deref().unwrap_or_default();
        let event = Draft::new(EventType::NumberUpdated, &action.tenant, account);
        let data = json!({ "number": row.number, "changes": row.after });
        let event = match &row.resource {
            Some(id) => event.on(id.as_str()),
            None => event,
        };
        trail.events.push(event.with(data));
    }
    trail.audit.push(row);
}
