//! Rows of numbers, as the several lists show them.

use jiff::Timestamp;
use serde::Serialize;

use super::ids::Uuid;
use super::state::{Location, Number, Org, Owner, State};

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

/// A row of the list of numbers.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed<'s> {
    /// Null on the row of an extension without a number.
    phone_number: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extension: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    routing_prefix: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    esn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number_type: Option<&'static str>,
    main_number: bool,
    included_telephony_types: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mobile_network: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    routing_profile: Option<&'static str>,
    toll_free_number: bool,
    is_service_number: bool,
    /// Absent on the row of an extension.
    #[serde(skip_serializing_if = "Option::is_none")]
    elin_enabled: Option<bool>,
    /// Shown of reserved numbers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_reserved_number: Option<bool>,
    location: Named<'s>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<OwnerShown<'s>>,
}

/// A row of the lists of numbers for a purpose: the same things under other names.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AvailableRow<'s> {
    phone_number: &'s str,
    state: &'static str,
    is_main_number: bool,
    toll_free_number: bool,
    telephony_type: &'static str,
    is_service_number: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Named<'s>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<OwnerShown<'s>>,
}

#[derive(Debug, Serialize)]
struct Named<'s> {
    id: String,
    name: &'s str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OwnerShown<'s> {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<&'s str>,
    last_name: &'s str,
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

fn named(location: &Location) -> Named<'_> {
    Named {
        id: location.id(),
        name: location.name,
    }
}

fn owner(owner: &Owner) -> OwnerShown<'_> {
    OwnerShown {
        id: owner.id(),
        kind: owner.kind.name(),
        first_name: owner.first_name,
        last_name: owner.last_name,
    }
}

impl<'s> From<&Row<'s>> for Listed<'s> {
    fn from(row: &Row<'s>) -> Self {
        let number = row.number.map(|(_, number)| number);
        let extension = row.extension();
        let prefix = extension.map(|_| row.location.routing_prefix.as_str());
        let mobile = row.is(|number| number.mobile);
        Self {
            phone_number: row.number.map(|(text, _)| text),
            extension,
            routing_prefix: prefix,
            esn: extension.and_then(|extension| Some(format!("{}{extension}", prefix?))),
            state: number.map(state_of),
            phone_number_type: number.and_then(|number| number.role),
            main_number: row.is_main(),
            included_telephony_types: telephony(mobile),
            mobile_network: mobile.then_some("Sandbox Mobile"),
            routing_profile: mobile.then_some("SandboxProfile"),
            toll_free_number: row.is(|number| number.toll_free),
            is_service_number: row.is(|number| number.service),
            elin_enabled: number.map(|number| number.elin),
            is_reserved_number: row.is(|number| number.reserved).then_some(true),
            location: named(row.location),
            owner: row.owner.map(owner),
        }
    }
}

impl<'s> AvailableRow<'s> {
    /// None of a bare extension.
    pub(super) fn of(row: &Row<'s>, with_location: bool) -> Option<Self> {
        let (text, number) = row.number?;
        Some(Self {
            phone_number: text,
            state: state_of(number),
            is_main_number: row.is_main(),
            toll_free_number: number.toll_free,
            telephony_type: telephony(number.mobile),
            is_service_number: number.service,
            location: with_location.then(|| named(row.location)),
            owner: row.owner.map(owner),
        })
    }
}
