//! The document of a number that is held, in the order of keys that was seen in 2025.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::emergency::Emergency;
use super::state::Owned;
use crate::world::stock::{NumberKind, StockNumber};

/// How long after a purchase the first month is still shown as due.
const BILLING: SignedDuration = SignedDuration::from_secs(60);

/// A number as it is shown at some time.
pub(super) struct PhoneNumber<'a> {
    pub(super) owned: &'a Owned,
    pub(super) now: Timestamp,
    /// Whether every key of the documents is shown. The service leaves out `e911_status` of a number that never had an
    /// emergency address.
    pub(super) whole: bool,
}

impl Serialize for PhoneNumber<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let owned = self.owned;
        let emergency = owned.emergency.as_ref();
        let shown = emergency.map(|emergency| emergency.shown(self.now));
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &owned.id)?;
        map.serialize_entry("name", &owned.settings.get("name"))?;
        map.serialize_entry("number", &owned.number.number)?;
        map.serialize_entry("capabilities", &capabilities(&owned.number, HELD))?;
        map.serialize_entry("number_type", number_type(&owned.number))?;
        map.serialize_entry(
            "e911_address_id",
            &shown.as_ref().and_then(|(address, _)| address.as_deref()),
        )?;
        if self.whole || emergency.is_some() {
            map.serialize_entry("e911_status", &shown.as_ref().map(|(_, status)| status))?;
        }
        map.serialize_entry("created_at", &owned.created.iso())?;
        map.serialize_entry("updated_at", &owned.updated.iso())?;
        map.serialize_entry(
            "next_billed_at",
            &owned
                .created
                .like(next_billed(owned.created.at, self.now))
                .iso(),
        )?;
        for (field, value) in owned.settings.all() {
            if field.name == "name" || !field.shown {
                continue;
            }
            map.serialize_entry(field.name, &value)?;
            match field.name {
                "call_handler" => {
                    map.serialize_entry("calling_handler_resource_id", &owned.calling_resource)?;
                }
                "message_handler" => {
                    map.serialize_entry("messaging_handler_resource_id", &None::<&str>)?;
                }
                _ => {}
            }
        }
        map.serialize_entry("country_code", owned.number.country)?;
        map.end()
    }
}

impl Emergency {
    fn shown(&self, now: Timestamp) -> (Option<String>, &'static str) {
        (self.address(now).map(str::to_owned), self.status(now))
    }
}

/// The order in which a held number says what it can.
const HELD: [&str; 4] = ["voice", "fax", "sms", "mms"];
/// The order in which a number on sale does.
pub(super) const ON_SALE: [&str; 4] = ["voice", "sms", "mms", "fax"];

/// What a number can do, in that order.
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
    fn a_number_is_billed_at_once_and_then_by_the_month() {
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
