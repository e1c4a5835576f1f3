//! The documents of numbers that are held, in the order of keys that was seen in 2025, and of caller IDs.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

use super::state::{CallerId, Owned};
use crate::clock::Recorded;
use crate::json::{Object, object};
use crate::world::stock::{NumberKind, StockNumber};

/// How long after a purchase the first month is still shown as due.
const BILLING: SignedDuration = SignedDuration::from_secs(60);

/// A number as it is shown at some time. The service leaves out `e911_status` of a number that never had an emergency
/// address; the documents don't.
pub(super) fn number(owned: &Owned, now: Timestamp) -> Object {
    let emergency = owned.emergency.as_ref();
    let status = emergency.map(|emergency| emergency.status(now));
    let status_is_shown = owned.project.documented || emergency.is_some();
    let billed = owned.created.like(next_billed(owned.created.at, now));
    object! {
        "id": &owned.id,
        "name": owned.settings.get("name"),
        "number": &owned.number.number,
        "capabilities": capabilities(&owned.number, HELD),
        "number_type": number_type(&owned.number),
        "e911_address_id": emergency.and_then(|emergency| emergency.address(now)),
        "e911_status"?: status_is_shown.then_some(status),
        "created_at": owned.created.iso(),
        "updated_at": owned.updated.iso(),
        "next_billed_at": billed.iso(),
        ..settings(owned).0,
        "country_code": owned.number.country,
    }
}

/// The settings of a number as members of its document, with the resources that handle calls and messages.
fn settings(owned: &Owned) -> Object {
    let mut settings = Object::default();
    let all = owned.settings.all();
    for (field, value) in all.filter(|(field, _)| field.shown && field.name != "name") {
        settings.put(field.name, &value);
        match field.name {
            "call_handler" => settings.put("calling_handler_resource_id", &owned.calling_resource),
            "message_handler" => settings.put("messaging_handler_resource_id", &()),
            _ => {}
        }
    }
    settings
}

/// A caller ID; its code is never in the document.
pub(super) fn caller_id(caller_id: &CallerId) -> Object {
    let verified = caller_id.verified.is_some();
    object! {
        "type": "verified_caller_id",
        "id": &caller_id.id,
        "number": &caller_id.number,
        "name": &caller_id.name,
        "extension": &caller_id.extension,
        "verified": verified,
        "verified_at": caller_id.verified.map(Recorded::iso),
        "status": if verified { "Verified" } else { "Awaiting Verification" },
    }
}

/// The order in which a held number says what it can.
const HELD: [&str; 4] = ["voice", "fax", "sms", "mms"];
/// The order in which a number on sale does.
pub(super) const ON_SALE: [&str; 4] = ["voice", "sms", "mms", "fax"];

pub(super) fn capabilities(number: &StockNumber, order: [&'static str; 4]) -> Vec<&'static str> {
    let features = number.features();
    order
        .into_iter()
        .filter(|name| match *name {
            "voice" => features.voice,
            "sms" => features.sms,
            "mms" => features.mms,
            _ => features.fax,
        })
        .collect()
}

pub(super) fn number_type(number: &StockNumber) -> &'static str {
    if number.kind == NumberKind::TollFree {
        "toll-free"
    } else {
        "longcode"
    }
}

/// At first the time of the purchase; once that is paid, the next monthly return of it.
fn next_billed(created: Timestamp, now: Timestamp) -> Timestamp {
    if now.duration_since(created) < BILLING {
        return created;
    }
    let bought: DateTime = created.to_zoned(TimeZone::UTC).datetime();
    (1..)
        .map_while(|months| bought.checked_add(Span::new().months(months)).ok())
        .filter_map(|due| due.to_zoned(TimeZone::UTC).ok())
        .map(|due| due.timestamp())
        .find(|due| *due > now)
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_is_billed_at_once_and_then_by_the_month() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let bought = at("2026-01-31T10:00:00Z");
        for (now, due) in [
            ("2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z"),
            ("2026-01-31T10:05:00Z", "2026-02-28T10:00:00Z"),
            ("2026-03-01T00:00:00Z", "2026-03-31T10:00:00Z"),
        ] {
            assert_eq!(next_billed(bought, at(now)), at(due), "{now}");
        }
    }
}
