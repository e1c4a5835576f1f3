//! What releases leave behind.

use serde_json::json;

use super::Trail;
use crate::audit::Entry;
use crate::events::{Draft, EventType};
use trunkline_core::error::Error;
use trunkline_core::model::{Caller, Requester};
use trunkline_engine::action::{ActionKind, Outcome};
use trunkline_engine::journal::Release;

/// Who acts: the requester, or trunkline for them once they do not wait any more.
fn acting(release: &Release) -> Requester {
    release.provenance.acting(release.release_at.is_some())
}

fn row(release: &Release, by: Requester, kind: ActionKind) -> Entry {
    Entry::by(&release.tenant, by, kind.as_str())
        .at(release.number_id.account())
        .about(release.number.as_ref().map(|number| number.as_str()))
        .on(release.number_id.as_str())
}

fn event(release: &Release, kind: EventType) -> Draft {
    let event = Draft::new(kind, &release.tenant, release.number_id.account());
    event.on(release.number_id.as_str())
}

pub(super) fn begun(trail: &mut Trail, release: &Release) {
    let after = release.release_at.map(|at| json!({ "release_at": at }));
    let by = release.provenance.requester.clone();
    let row = row(release, by, ActionKind::NumberRelease);
    trail.audit.push(row.changing(None, after));
}

pub(super) fn ended(trail: &mut Trail, release: &Release) {
    let row = row(release, acting(release), ActionKind::NumberRelease);
    trail.audit.push(row.ended(Outcome::Ok));
    let data = json!({ "number": release.number });
    trail
        .events
        .push(event(release, EventType::NumberReleased).with(data));
}

pub(super) fn failed(trail: &mut Trail, release: &Release, error: &Error) {
    let row = row(release, acting(release), ActionKind::NumberRelease);
    trail.audit.push(row.refused(error));
}

pub(super) fn held(trail: &mut Trail, release: &Release) {
    let row = row(release, acting(release), ActionKind::NumberRelease);
    let after = json!({ "release_at": release.release_at, "held_since": release.held_since });
    let row = row.changing(None, Some(after)).ended(Outcome::Refused);
    trail.audit.push(row);
    let data = json!({ "number": release.number, "release_at": release.release_at });
    trail
        .events
        .push(event(release, EventType::NumberReleaseHeld).with(data));
}

pub(super) fn undone(trail: &mut Trail, caller: &Caller, release: &Release) {
    let before = release.release_at.map(|at| json!({ "release_at": at }));
    let row = row(release, Requester::of(caller), ActionKind::NumberRestore);
    let row = row.changing(before, None).ended(Outcome::Ok);
    trail.audit.push(row);
}
