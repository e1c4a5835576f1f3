//! What stands beside a phone number if it is asked for. Its shape is not documented: identifiers and names here.

use serde::Serialize;

use super::line::Line;
use super::params::includes;
use super::wire::Whole;
use crate::exchange::Answer;
use crate::json::object;
use crate::query::Query;

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
pub(super) fn shown(line: &Line, query: &Query) -> Answer {
    let whole = Whole {
        line,
        settings: includes(query, "settings"),
    };
    let [ivrs, greetings, groups, schedules] =
        BESIDE.map(|(name, all)| includes(query, name).then_some(all));
    let document = object! {
        "phone_number": whole,
        "ivrs"?: ivrs,
        "all_greetings"?: greetings,
        "all_groups"?: groups,
        "all_schedules"?: schedules,
    };
    Answer::ok_utf8(&document)
}
