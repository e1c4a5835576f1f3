//! What stands beside a phone number if it is asked for. Its shape is not documented: identifiers and names here.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::line::Line;
use super::params::Query;
use super::wire::Whole;

#[derive(Clone, Copy, Debug, Serialize)]
struct Named {
    id: u64,
    name: &'static str,
}

const fn named(id: u64, name: &'static str) -> Named {
    Named { id, name }
}

/// What can be included besides the settings, by the name it is asked for and shown with.
const BESIDE: [(&str, &[Named]); 4] = [
    ("ivrs", &[named(900_000_000_201, "Main menu")]),
    (
        "all_greetings",
        &[
            named(900_000_000_301, "Our voicemail"),
            named(900_000_000_302, "Our hold music"),
        ],
    ),
    (
        "all_groups",
        &[
            named(900_000_000_401, "Support"),
            named(900_000_000_402, "Sales"),
        ],
    ),
    ("all_schedules", &[named(900_000_000_501, "Business hours")]),
];

/// One phone number in its envelope, with what the request includes.
#[derive(Debug)]
pub(super) struct Shown<'a> {
    pub(super) line: &'a Line,
    pub(super) query: &'a Query,
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let whole = Whole {
            line: self.line,
            settings: self.query.includes("settings"),
        };
        map.serialize_entry("phone_number", &whole)?;
        for (name, all) in BESIDE {
            if self.query.includes(name) {
                map.serialize_entry(name, all)?;
            }
        }
        map.end()
    }
}
