//! Rows of numbers, as the several lists show them.

use jiff::Timestamp;

use super::ids::{Org, Uuid};
use super::state::{Location, Number, Owner, State};
use crate::json::{Object, object};

/// A number, or an extension without one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'s> {
    /// In E.164 form, with what is known of it.
    pub(super) number: Option<(&'s str, &'s Number)>,
    pub(super) location: &'s Location,
    pub(super) owner: Option<&'s Owner>,
}

impl<'s> Row<'s> {
    pub(super) fn extension(&self) -> Option<&'s str> {
        // Only the first number of somebody has the extension.
        if self
            .number
            .is_some_and(|(_, number)| number.role != Some("PRIMARY"))
        {
            return None;
        }
        self.owner.and_then(|owner| owner.extension)
    }

    pub(super) fn is_main(&self) -> bool {
        self.number
            .is_some_and(|(text, _)| self.location.is_main(text))
    }

    pub(super) fn is(&self, test: impl FnOnce(&Number) -> bool) -> bool {
        self.number.is_some_and(|(_, number)| test(number))
    }
}

/// All rows of an organization in the order of numbers; bare extensions follow in theirs.
pub(super) fn of_org(state: &State, org: Org) -> Vec<Row<'_>> {
    let numbers = state
        .numbers
        .iter()
        .filter_map(|(text, number)| of_number(state, text, number));
    let numbered: Vec<Uuid> = state.numbers.values().filter_map(|n| n.owner).collect();
    let bare = |owner: &&Owner| owner.extension.is_some() && !numbered.contains(&owner.uuid);
    let mut extensions: Vec<Row<'_>> = state
        .owners
        .iter()
        .filter(bare)
        .filter_map(|owner| {
            Some(Row {
                number: None,
                location: state.location_of(owner.location)?,
                owner: Some(owner),
            })
        })
        .collect();
    extensions.sort_by_key(|row| (row.extension(), row.location.uuid));
    numbers
        .chain(extensions)
        .filter(|row| row.location.org == org)
        .collect()
}

fn of_number<'s>(state: &'s State, text: &'s str, number: &'s Number) -> Option<Row<'s>> {
    Some(Row {
        number: Some((text, number)),
        location: state.location_of(number.location)?,
        owner: number.owner.and_then(|owner| state.owner(owner)),
    })
}

/// The rows of an organization that were removed after `then` and have not come back.
pub(super) fn released(state: &State, org: Org, then: Timestamp) -> impl Iterator<Item = Row<'_>> {
    state
        .released
        .iter()
        .filter(move |(at, text, _)| *at > then && !state.numbers.contains_key(text))
        .filter_map(|(_, text, number)| of_number(state, text, number))
        .filter(move |row| row.location.org == org)
}

pub(super) const fn state_of(number: &Number) -> &'static str {
    if number.active { "ACTIVE" } else { "INACTIVE" }
}

pub(super) const fn telephony(mobile: bool) -> &'static str {
    if mobile {
        "MOBILE_NUMBER"
    } else {
        "PSTN_NUMBER"
    }
}

fn location_shown(location: &Location) -> Object {
    object! { "id": location.id(), "name": location.name }
}

fn owner_shown(owner: &Owner) -> Object {
    object! {
        "id": owner.id(),
        "type": owner.kind.name(),
        "firstName"?: owner.first_name,
        "lastName": owner.last_name,
    }
}

/// A row of the list of numbers. The row of an extension without a number has a null there, and no state, type or ELIN.
pub(super) fn listed<'s>(row: &Row<'s>) -> Object {
    let number = row.number.map(|(_, number)| number);
    let extension = row.extension();
    let prefix = extension.map(|_| row.location.routing_prefix.as_str());
    let esn = extension.zip(prefix);
    let mobile = row.is(|number| number.mobile);
    object! {
        "phoneNumber": row.number.map(|(text, _)| text),
        "extension"?: extension,
        "routingPrefix"?: prefix,
        "esn"?: esn.map(|(extension, prefix)| format!("{prefix}{extension}")),
        "state"?: number.map(state_of),
        "phoneNumberType"?: number.and_then(|number| number.role),
        "mainNumber": row.is_main(),
        "includedTelephonyTypes": telephony(mobile),
        "mobileNetwork"?: mobile.then_some("Sandbox Mobile"),
        "routingProfile"?: mobile.then_some("SandboxProfile"),
        "tollFreeNumber": row.is(|number| number.toll_free),
        "isServiceNumber": row.is(|number| number.service),
        "elinEnabled"?: number.map(|number| number.elin),
        "isReservedNumber"?: row.is(|number| number.reserved).then_some(true),
        "location": location_shown(row.location),
        "owner"?: row.owner.map(owner_shown),
    }
}

/// A row of the lists of numbers for a purpose: the same things under other names. `None` for a bare extension.
pub(super) fn available<'s>(row: &Row<'s>, with_location: bool) -> Option<Object> {
    let (text, number) = row.number?;
    Some(object! {
        "phoneNumber": text,
        "state": state_of(number),
        "isMainNumber": row.is_main(),
        "tollFreeNumber": number.toll_free,
        "telephonyType": telephony(number.mobile),
        "isServiceNumber": number.service,
        "location"?: with_location.then(|| location_shown(row.location)),
        "owner"?: row.owner.map(owner_shown),
    })
}
