//! The list of an organization's numbers: the only way to read them.

use std::borrow::Cow;

use super::error::{ApiError, Result};
use super::ids;
use super::params::one_of;
use super::rows::{self, Row, listed, telephony};
use super::state::{Context, Webex};
use crate::exchange::Answer;
use crate::json::{Object, object};
use crate::query::{Filters, Query};

const OWNER_TYPES: &[&str] = &[
    "PEOPLE",
    "PLACE",
    "AUTO_ATTENDANT",
    "CALL_QUEUE",
    "PAGING_GROUP",
    "GROUP_PAGING",
    "HUNT_GROUP",
    "VOICE_MESSAGING",
    "BROADWORKS_ANYWHERE",
    "CONTACT_CENTER_LINK",
    "ROUTE_LIST",
    "VOICEMAIL_GROUP",
    "VIRTUAL_LINE",
];
const ROLES: &[&str] = &["PRIMARY", "ALTERNATE", "FAX", "DNIS", "Default"];
const STATES: &[&str] = &["ACTIVE", "INACTIVE", "Default"];
const TELEPHONY: &[&str] = &["PSTN_NUMBER", "MOBILE_NUMBER"];

/// How many there are in the whole organization, whatever the filters. `mobileNumber` counts the mobile numbers of those
/// who have no other number and no extension.
fn counts(rows: &[Row<'_>]) -> Object {
    let count = |test: &dyn Fn(&Row<'_>) -> bool| rows.iter().filter(|row| test(row)).count();
    let numbered = |row: &Row<'_>| row.number.is_some();
    object! {
        "assigned": count(&|row| numbered(row) && row.owner.is_some()),
        "unAssigned": count(&|row| numbered(row) && row.owner.is_none()),
        "inActive": count(&|row| row.is(|number| !number.active)),
        "extensionOnly": count(&|row| !numbered(row)),
        "tollFreeNumbers": count(&|row| row.is(|number| number.toll_free)),
        "total": rows.len(),
        "mobileNumber": count(&|row| row.is(|number| number.mobile) && row.extension().is_none()),
        "serviceNumber": count(&|row| row.is(|number| number.service && !number.mobile)),
        "reservedNumber": count(&|row| row.is(|number| number.reserved)),
    }
}

impl Webex {
    pub(super) fn list_numbers(&self, context: &Context<'_>) -> Result<Answer> {
        let params = context.query();
        let (visit, now) = (context.visit, self.clock.now());
        let fresh = |row: &Row<'_>| {
            let number = row.number;
            number.is_none_or(|(text, number)| visit.lists(text, number.since, now))
        };
        let state = self.lock();
        let filters = filters(&params)?;
        check(&params)?;
        let order = Order::of(&params)?;
        let details = params.flag("details")?.unwrap_or_default();
        let mut all = rows::of_org(&state, context.caller);
        if let Some(then) = visit.shows_released_since(now) {
            all.extend(rows::released(&state, context.caller, then));
        }
        let wanted = all
            .iter()
            .filter(|row| fresh(row) && filters.let_through(row));
        let mut found: Vec<_> = wanted.collect();
        order.sort(&mut found);
        self.paged(context, &found, |page| {
            object! {
                "count"?: details.then(|| counts(&all)),
                "phoneNumbers": page.iter().map(|row| listed(row)).collect::<Vec<_>>(),
            }
        })
    }
}

fn filters<'p, 's>(params: &'p Query) -> Result<Filters<'p, Row<'s>>> {
    let mut filters = Filters::<Row<'s>>::default();
    by_number(&mut filters, params)?;
    by_owner(&mut filters, params)?;
    Ok(filters)
}

fn by_number<'p, 's>(filters: &mut Filters<'p, Row<'s>>, params: &'p Query) -> Result<()> {
    let on = |name| params.flag(name).map(|flag| flag.filter(|on| *on));
    let one_of = |name: &str, known: &[&'static str]| one_of(name, params.filled(name), known);
    let kinds = params.list("includedTelephonyTypes");
    if let Some(odd) = kinds.iter().find(|kind| !TELEPHONY.contains(kind)) {
        return Err(ApiError::invalid("includedTelephonyTypes", odd));
    }
    let kinds = Some(kinds).filter(|kinds| !kinds.is_empty());
    filters.add(kinds, |kinds, row| {
        kinds.contains(&telephony(row.is(|number| number.mobile)))
    });
    filters.add(params.filled("phoneNumber").map(pattern), |wanted, row| {
        row.number.is_some_and(|(text, _)| text.contains(&**wanted))
    });
    filters.add(params.flag("elinEnabled")?, |wanted, row| {
        row.is(|number| number.elin) == *wanted
    });
    let kind = one_of("numberType", &["NUMBER", "EXTENSION"])?;
    filters.add(kind, |wanted, row| {
        (*wanted == "NUMBER") == row.number.is_some()
    });
    filters.add(one_of("phoneNumberType", ROLES)?, |wanted, row| {
        row.is(|number| *wanted == "Default" || number.role == Some(*wanted))
    });
    filters.add(one_of("state", STATES)?, |wanted, row| {
        row.is(|number| *wanted == "Default" || number.active == (*wanted == "ACTIVE"))
    });
    filters.add(on("tollFreeNumbers")?, |_, row| {
        row.is(|number| number.toll_free)
    });
    filters.add(on("restrictedNonGeoNumbers")?, |_, row| {
        row.number.is_some_and(|(text, _)| ids::is_restricted(text))
    });
    filters.add(on("serviceNumber")?, |_, row| {
        row.is(|number| number.service)
    });
    filters.add(params.flag("reservedNumber")?, |wanted, row| {
        row.is(|number| number.reserved) == *wanted
    });
    Ok(())
}

fn by_owner<'p, 's>(filters: &mut Filters<'p, Row<'s>>, params: &'p Query) -> Result<()> {
    // An identifier of another kind of thing, or an invalid one, matches nothing.
    let id = |name| {
        let id = params.filled(name);
        id.map(|id| ids::decode(id).unwrap_or_default())
    };
    filters.add(id("locationId"), |id, row| row.location.uuid == *id);
    filters.add(params.flag("available")?, |wanted, row| {
        row.owner.is_none() == *wanted
    });
    filters.add(params.flag("assigned")?, |wanted, row| {
        row.owner.is_some() == *wanted
    });
    let name = params.filled("ownerName").map(str::to_lowercase);
    filters.add(name, |wanted, row| {
        let name = row.owner.map(|owner| owner.name().to_lowercase());
        name.is_some_and(|name| name.contains(wanted))
    });
    filters.add(id("ownerId"), |id, row| {
        row.owner.is_some_and(|owner| owner.uuid == *id)
    });
    let kind = one_of("ownerType", params.filled("ownerType"), OWNER_TYPES)?;
    filters.add(kind, |wanted, row| {
        let wanted = match *wanted {
            "GROUP_PAGING" => "PAGING_GROUP",
            other => other,
        };
        row.owner.is_some_and(|owner| owner.kind.filter() == wanted)
    });
    filters.add(params.filled("extension"), |wanted, row| {
        row.extension() == Some(*wanted)
    });
    Ok(())
}

/// Refuses the pairs that exclude each other.
fn check(params: &Query) -> Result<()> {
    let has = |name| params.filled(name).is_some();
    let excluded = [
        ("available", "ownerType"),
        ("numberType", "available"),
        ("numberType", "state"),
        ("reservedNumber", "available"),
        ("reservedNumber", "assigned"),
    ];
    for (one, other) in excluded {
        // Who asks for numbers that are not available may say whose.
        let harmless = other == "ownerType" && params.flag(one)? != Some(true);
        if has(one) && has(other) && !harmless {
            let message = format!("Parameter {one} cannot be used along with {other}");
            return Err(ApiError::bad(message));
        }
    }
    if params
        .filled("ownerName")
        .unwrap_or_default()
        .chars()
        .count()
        > 255
    {
        return Err(ApiError::bad("ownerName is longer than 255 characters"));
    }
    Ok(())
}

/// A number or a part of one. A plus sign that was not escaped arrives as a space.
fn pattern(text: &str) -> Cow<'_, str> {
    match text.strip_prefix(' ') {
        Some(digits) => Cow::Owned(format!("+{digits}")),
        None => Cow::Borrowed(text),
    }
}

#[derive(Clone, Copy, Debug)]
struct Order {
    key: Key,
    descending: bool,
}

#[derive(Clone, Copy, Debug)]
enum Key {
    Number,
    LastName,
    Extension,
}

impl Order {
    fn of(params: &Query) -> Result<Self> {
        let Some(text) = params.filled("order") else {
            return Ok(Self {
                key: Key::Number,
                descending: false,
            });
        };
        let (key, direction) = text.split_once('-').unwrap_or((text, "asc"));
        let key = match key {
            "dn" => Key::Number,
            "lastName" => Key::LastName,
            "extension" => Key::Extension,
            _ => return Err(ApiError::invalid("order", text)),
        };
        match direction {
            "asc" | "desc" => Ok(Self {
                key,
                descending: direction == "desc",
            }),
            _ => Err(ApiError::invalid("order", text)),
        }
    }

    /// Rows are in the order of numbers already; what has no key goes last either way.
    fn sort(self, rows: &mut [&Row<'_>]) {
        let key = |row: &Row<'_>| -> Option<String> {
            match self.key {
                Key::Number => row.number.map(|(text, _)| text.to_owned()),
                Key::LastName => row.owner.map(|owner| owner.last_name.to_lowercase()),
                Key::Extension => row.extension().map(str::to_owned),
            }
        };
        rows.sort_by(|a, b| {
            let (a, b) = (key(a), key(b));
            let order = if self.descending {
                b.cmp(&a)
            } else {
                a.cmp(&b)
            };
            // `None` comes first by itself.
            match (&a, &b) {
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                _ => order,
            }
        });
    }
}
