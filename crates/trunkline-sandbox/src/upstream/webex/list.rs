//! The list of an organization's numbers: the only way to read them.

use std::borrow::Cow;

use serde::Serialize;

use super::error::{ApiError, Result};
use super::ids::{self, Uuid};
use super::params::one_of;
use super::plan;
use super::rows::{self, Row, listed, telephony};
use super::state::{Context, Webex};
use crate::exchange::Answer;
use crate::json::object;
use crate::query::Query;

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
fn counts(rows: &[Row<'_>]) -> impl Serialize + use<> {
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
        let filter = Filter::of(&params)?;
        let order = Order::of(&params)?;
        let details = params.flag("details")?.unwrap_or_default();
        let (visit, now) = (context.visit, self.clock.now());
        let fresh = |row: &Row<'_>| {
            let number = row.number;
            number.is_none_or(|(text, number)| visit.lists(text, number.since, now))
        };
        let state = self.lock();
        let mut all = rows::of_org(&state, context.caller);
        if let Some(then) = visit.shows_released_since(now) {
            all.extend(rows::released(&state, context.caller, then));
        }
        let wanted = |row: &&Row<'_>| fresh(row) && filter.lets_through(row);
        let mut found: Vec<_> = all.iter().filter(wanted).collect();
        order.sort(&mut found);
        self.paged(context, &found, |page| {
            object! {
                "count"?: details.then(|| counts(&all)),
                "phoneNumbers": page.iter().map(|row| listed(row)).collect::<Vec<_>>(),
            }
        })
    }
}

/// What the list is narrowed down by.
struct Filter<'p> {
    location: Option<Uuid>,
    number: Option<Cow<'p, str>>,
    /// Whether the numbers must be assigned, or must not; asked for in two ways.
    available: Option<bool>,
    assigned: Option<bool>,
    elin: Option<bool>,
    owner_name: Option<String>,
    owner: Option<Uuid>,
    owner_type: Option<&'static str>,
    extension: Option<&'p str>,
    number_type: Option<&'static str>,
    role: Option<&'static str>,
    state: Option<&'static str>,
    toll_free: bool,
    restricted: bool,
    telephony: Vec<&'p str>,
    service: bool,
    reserved: Option<bool>,
}

impl<'p> Filter<'p> {
    fn of(params: &'p Query) -> Result<Self> {
        let on = |name| params.flag(name).map(Option::unwrap_or_default);
        // An identifier of another kind of thing, or none at all, is nobody's.
        let id = |name| {
            let id = params.filled(name);
            id.map(|id| ids::decode(id).unwrap_or_default())
        };
        let one_of = |name: &str, known: &[&'static str]| one_of(name, params.filled(name), known);
        let telephony = params.list("includedTelephonyTypes");
        if let Some(odd) = telephony.iter().find(|kind| !TELEPHONY.contains(kind)) {
            return Err(ApiError::invalid("includedTelephonyTypes", odd));
        }
        let filter = Self {
            location: id("locationId"),
            number: params.filled("phoneNumber").map(pattern),
            available: params.flag("available")?,
            assigned: params.flag("assigned")?,
            elin: params.flag("elinEnabled")?,
            owner_name: params.filled("ownerName").map(str::to_lowercase),
            owner: id("ownerId"),
            owner_type: one_of("ownerType", OWNER_TYPES)?,
            extension: params.filled("extension"),
            number_type: one_of("numberType", &["NUMBER", "EXTENSION"])?,
            role: one_of("phoneNumberType", ROLES)?,
            state: one_of("state", STATES)?,
            toll_free: on("tollFreeNumbers")?,
            restricted: on("restrictedNonGeoNumbers")?,
            telephony,
            service: on("serviceNumber")?,
            reserved: params.flag("reservedNumber")?,
        };
        filter.check(params)?;
        Ok(filter)
    }

    /// The pairs that exclude each other.
    fn check(&self, params: &Query) -> Result<()> {
        let has = |name| params.filled(name).is_some();
        let excluded = [
            ("available", "ownerType"),
            ("numberType", "available"),
            ("numberType", "state"),
            ("reservedNumber", "available"),
            ("reservedNumber", "assigned"),
        ];
        for (one, other) in excluded {
            // Who asks for assigned numbers may say whose.
            let harmless = other == "ownerType" && self.available != Some(true);
            if has(one) && has(other) && !harmless {
                let message = format!("Parameter {one} cannot be used along with {other}");
                return Err(ApiError::bad(message));
            }
        }
        let name = self.owner_name.as_deref().unwrap_or_default();
        if name.chars().count() > 255 {
            return Err(ApiError::bad("ownerName is longer than 255 characters"));
        }
        Ok(())
    }

    fn lets_through(&self, row: &Row<'_>) -> bool {
        self.of_number(row) && self.of_owner(row)
    }

    fn of_number(&self, row: &Row<'_>) -> bool {
        let text = row.number.map_or("", |(text, _)| text);
        let kind = telephony(row.is(|number| number.mobile));
        let role = |wanted| row.is(|number| wanted == "Default" || number.role == Some(wanted));
        let state =
            |wanted| row.is(|number| wanted == "Default" || number.active == (wanted == "ACTIVE"));
        is_wanted(self.number.as_ref(), |wanted| text.contains(&**wanted))
            && is_wanted(self.number_type, |wanted| {
                (wanted == "NUMBER") == row.number.is_some()
            })
            && is_wanted(self.role, role)
            && is_wanted(self.state, state)
            && (!self.toll_free || row.is(|number| number.toll_free))
            && (!self.restricted || plan::is_restricted(text))
            && (self.telephony.is_empty() || self.telephony.contains(&kind))
            && (!self.service || row.is(|number| number.service))
            && is_wanted(self.elin, |wanted| row.is(|number| number.elin) == wanted)
            && is_wanted(self.reserved, |wanted| {
                row.is(|number| number.reserved) == wanted
            })
    }

    fn of_owner(&self, row: &Row<'_>) -> bool {
        let kind = match self.owner_type {
            Some("GROUP_PAGING") => Some("PAGING_GROUP"),
            other => other,
        };
        let owner = row.owner;
        let name = owner.map(|owner| owner.name().to_lowercase());
        is_wanted(self.location, |wanted| row.location.uuid == wanted)
            && is_wanted(self.available, |wanted| owner.is_none() == wanted)
            && is_wanted(self.assigned, |wanted| owner.is_some() == wanted)
            && is_wanted(self.extension, |wanted| row.extension() == Some(wanted))
            && is_wanted(self.owner, |wanted| {
                owner.is_some_and(|owner| owner.uuid == wanted)
            })
            && is_wanted(self.owner_name.as_ref(), |wanted| {
                name.is_some_and(|name| name.contains(wanted))
            })
            && is_wanted(kind, |wanted| {
                owner.is_some_and(|owner| owner.kind.filter() == wanted)
            })
    }
}

/// Whether a filter lets a row through: one that is absent lets everything through.
fn is_wanted<T>(filter: Option<T>, fits: impl FnOnce(T) -> bool) -> bool {
    filter.is_none_or(fits)
}

/// A number or a part of one. A plus sign that was not escaped arrives as a space.
fn pattern(text: &str) -> Cow<'_, str> {
    match text.strip_prefix(' ') {
        Some(digits) => Cow::Owned(format!("+{digits}")),
        None => Cow::Borrowed(text),
    }
}

/// What the rows are sorted by.
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
