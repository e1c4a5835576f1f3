//! Zendesk's documents to the unified model: below is all that names both.

mod available;
mod held;

use serde::Serialize;
use trunkline_core::{AccountName, CallerId, Features, Location, NumberType, ProviderData, Result};
use trunkline_http::wire::{
    Capabilities, Flag, Member, Text, Unnamed, date, lacks, listed_caller_id,
};

pub(crate) use available::available;
pub(crate) use held::{digital_line, international, is_digital, number};

use crate::wire;

pub(super) fn features(capabilities: &Capabilities) -> Features {
    let mut other = capabilities.other.iter();
    Features {
        fax: false,
        emergency: other.any(|other| other == "emergency_address"),
        ..capabilities.known
    }
}

/// Zendesk knows two types: toll-free, and local for all else. `None` if it does not say.
pub(super) fn number_type(toll_free: Flag) -> Option<NumberType> {
    toll_free.0.map(|toll_free| match toll_free {
        true => NumberType::TollFree,
        false => NumberType::Local,
    })
}

/// A place is a state or province of North America, written with two capitals, or else a city.
pub(super) fn place(text: Option<String>) -> Location {
    let state = text
        .as_ref()
        .is_some_and(|text| text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase()));
    let (region, locality) = if state { (text, None) } else { (None, text) };
    Location {
        region,
        locality,
        ..Location::default()
    }
}

/// Whether a row may be shown to callees.
pub(crate) fn is_caller_id(row: &wire::PhoneNumber<'_>) -> bool {
    row.external.is_on() || row.outbound_enabled.is_on()
}

/// A caller ID. Its proof stands, or Zendesk would not list it; whether it is in use for outgoing calls is said in
/// `provider_data`. Errors: `Protocol` if it has no number.
pub(crate) fn caller_id(account: &AccountName, row: &wire::PhoneNumber<'_>) -> Result<CallerId> {
    #[derive(Serialize)]
    struct Data<'a> {
        id: &'a Text<'a>,
        external: Flag,
        #[serde(skip_serializing_if = "Member::is_unset")]
        outbound_enabled: Flag,
        #[serde(flatten)]
        rest: &'a Unnamed<'a>,
    }

    let number = held::digits(row).ok_or_else(|| lacks("number"))?;
    Ok(CallerId {
        label: held::label(row),
        created_at: date(&row.created_at).unwrap_or_default(),
        provider_data: ProviderData::of(&Data {
            id: &row.id,
            external: Flag(Some(row.external.is_on())),
            outbound_enabled: row.outbound_enabled,
            rest: &row.rest,
        })?,
        ..listed_caller_id(account, &number, Some(number.clone()))
    })
}

#[cfg(test)]
mod tests;
