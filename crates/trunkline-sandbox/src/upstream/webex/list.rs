//! The list of an organization's numbers: the only way to read them.

use std::borrow::Cow;

use serde::Serialize;

use super::error::{ApiError, Result};
use super::ids::{self, Uuid};
use super::params::{Params, invalid};
use super::rows::{self, Listed, Row};
use super::{Context, Webex};
use crate::exchange::Answer;

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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'s> {
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<Count>,
    phone_numbers: Vec<Listed<'s>>,
}

/// How many there are in the whole organization, whatever the filters.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Count {
    assigned: usize,
    un_assigned: usize,
    in_active: usize,
    extension_only: usize,
    toll_free_numbers: usize,
    total: usize,
    /// Mobile numbers of those who have no other number and no extension.
    mobile_number: usize,
    service_number: usize,
    reserved_number: usize,
}

impl Count {
    fn of(rows: &[Row<'_>]) -> Self {
        let count = |test: &dyn Fn(&Row<'_>) -> bool| rows.iter().filter(|row| test(row)).count();
        let numbered = |row: &Row<'_>| row.number.is_some();
        Self {
            assigned: count(&|row| numbered(row) && row.owner.is_some()),
            un_assigned: count(&|row| numbered(row) && row.owner.is_none()),
            in_active: count(&|row| row.is(|number| !number.active)),
            extension_only: count(&|row| !numbered(row)),
            toll_free_numbers: count(&|row| row.is(|number| number.toll_free)),
            total: rows.len(),
            mobile_number: count(&|row| {
                row.is(|number| number.mobile) && row.extension().is_none()
            }),
            service_number: count(&|row| row.is(|number| number.service && !number.mobile)),
            reserved_number: count(&|row| row.is(|number| number.reserved)),
        }
    }
}

impl Webex {
    pub(super) fn list_numbers(&self, context: &Context<'_>) -> Result<Answer> {
        let params = Params::of_query(context.request);
        let filter = Filter::of(&params)?;
        let order = Order::of(&params)?;
        let details = params.flag("details")?.unwrap_or_default();
        let (visit, now, org) = (context.visit, self.clock.now(), context.caller.org);
        let fresh = |row: &Row<'_>| {
            row.number
                .is_none_or(|(text, number)| visit.lists(text, number.since, now))
        };
        let state = self.lock();
        let mut all = rows::of_org(&state, org);
        if let Some(then) = visit.shows_released_since(now) {
            all.extend(rows::released(&state, org, then));
        }
        let mut found: Vec<_> = all
            .iter()
            .filter(|row| fresh(row) && filter.lets_through(row))
            .collect();
        order.sort(&mut found);
        self.paged(context, &found, |page| Document {
            count: details.then(|| Count::of(&all)),
            phone_numbers: page.iter().map(|row| Listed::from(*row)).collect(),
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
    fn of(params: &'p Params) -> Result<Self> {
        let on = |name| params.flag(name).map(Option::unwrap_or_default);
        // An identifier of another kind of thing, or none at all, is nobody's.
        let id = |name| {
            params
                .get(name)
                .map(|id| ids::decode(id).unwrap_or_default())
        };
        let telephony = params.list("includedTelephonyTypes");
        if let Some(odd) = telephony.iter().find(|kind| !TELEPHONY.contains(kind)) {
            return Err(invalid("includedTelephonyTypes", odd));
        }
        let filter = Self {
            location: id("locationId"),
            number: params.get("phoneNumber").map(pattern),
            available: params.flag("available")?,
            assigned: params.flag("assigned")?,
            elin: params.flag("elinEnabled")?,
            owner_name: params.get("ownerName").map(str::to_lowercase),
            owner: id("ownerId"),
            owner_type: params.one_of("ownerType", OWNER_TYPES)?,
            extension: params.get("extension"),
            number_type: params.one_of("numberType", &["NUMBER", "EXTENSION"])?,
            role: params.one_of("phoneNumberType", ROLES)?,
            state: params.one_of("state", STATES)?,
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
    fn check(&self, params: &Params) -> Result<()> {
        let has = |name| params.get(name).is_some();
        let excluded = [
            (
                "available",
                "ownerType",
                self.available == Some(true) && has("ownerType"),
            ),
            (
                "numberType",
                "available",
                has("numberType") && has("available"),
            ),
            ("numberType", "state", has("numberType") && has("state")),
            (
                "reservedNumber",
                "available",
                has("reservedNumber") && has("available"),
            ),
            (
                "reservedNumber",
                "assigned",
                has("reservedNumber") && has("assigned"),
            ),
        ];
        if let Some((one, other, _)) = excluded.into_iter().find(|(_, _, both)| *both) {
            return Err(ApiError::bad(format!(
                "Parameter {one} cannot be used along with {other}"
            )));
        }
        let long = self
            .owner_name
            .as_ref()
            .map_or(0, |name| name.chars().count());
        if long > 255 {
            return Err(ApiError::bad("ownerName is longer than 255 characters"));
        }
        Ok(())
    }

    fn lets_through(&self, row: &Row<'_>) -> bool {
        self.of_number(row) && self.of_owner(row)
    }

    fn of_number(&self, row: &Row<'_>) -> bool {
        let text = row.number.map_or("", |(text, _)| text);
        let telephony = if row.is(|number| number.mobile) {
            "MOBILE_NUMBER"
        } else {
            "PSTN_NUMBER"
        };
        let numbered = row.number.is_some();
        self.number
            .as_ref()
            .is_none_or(|wanted| text.contains(&**wanted))
            && self
                .number_type
                .is_none_or(|wanted| (wanted == "NUMBER") == numbered)
            && self.role.is_none_or(|wanted| {
                row.is(|number| wanted == "Default" || number.role == Some(wanted))
            })
            && self.state.is_none_or(|wanted| {
                row.is(|number| wanted == "Default" || number.active == (wanted == "ACTIVE"))
            })
            && (!self.toll_free || row.is(|number| number.toll_free))
            && (!self.restricted || super::plan::is_restricted(text))
            && (self.telephony.is_empty() || self.telephony.contains(&telephony))
            && (!self.service || row.is(|number| number.service))
            && self
                .elin
                .is_none_or(|wanted| row.is(|number| number.elin) == wanted)
            && self
                .reserved
                .is_none_or(|wanted| row.is(|number| number.reserved) == wanted)
    }

    fn of_owner(&self, row: &Row<'_>) -> bool {
        let wanted_type = match self.owner_type {
            Some("GROUP_PAGING") => Some("PAGING_GROUP"),
            other => other,
        };
        self.location
            .is_none_or(|wanted| row.location.uuid == wanted)
            && self
                .available
                .is_none_or(|wanted| row.owner.is_none() == wanted)
            && self
                .assigned
                .is_none_or(|wanted| row.owner.is_some() == wanted)
            && self
                .extension
                .is_none_or(|wanted| row.extension() == Some(wanted))
            && self
                .owner
                .is_none_or(|wanted| row.owner.is_some_and(|owner| owner.uuid == wanted))
            && self.owner_name.as_ref().is_none_or(|wanted| {
                row.owner
                    .is_some_and(|owner| owner.name().to_lowercase().contains(wanted))
            })
            && wanted_type
                .is_none_or(|wanted| row.owner.is_some_and(|owner| owner.kind.filter() == wanted))
    }
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
    fn of(params: &Params) -> Result<Self> {
        let Some(text) = params.get("order") else {
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
            _ => return Err(invalid("order", text)),
        };
        match direction {
            "asc" | "desc" => Ok(Self {
                key,
                descending: direction == "desc",
            }),
            _ => Err(invalid("order", text)),
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
