//! Webex's documents to the unified model: here and below is all that names both.

mod caller_ids;

use serde::Serialize;
use serde_json::value::RawValue;
use trunkline_core::{
    AccountName, E164, Error, ErrorKind, Features, Location, Number, NumberState, NumberType,
    Owner, ProviderData, Result,
};

use trunkline_http::Unnamed;

pub(crate) use caller_ids::{of_location, of_number, of_owner};

use crate::PROVIDER;
use crate::id::Key;
use crate::wire::{self, Flag, Text};

/// What a number has and the unified model has no place for.
#[derive(Default, Serialize)]
struct NumberData<'a> {
    #[serde(skip_serializing_if = "Text::is_unset")]
    routing_prefix: Text,
    #[serde(skip_serializing_if = "Text::is_unset")]
    esn: Text,
    #[serde(skip_serializing_if = "Text::is_unset")]
    phone_number_type: Text,
    #[serde(skip_serializing_if = "Text::is_unset")]
    included_telephony_types: Text,
    #[serde(skip_serializing_if = "Text::is_unset")]
    mobile_network: Text,
    #[serde(skip_serializing_if = "Text::is_unset")]
    routing_profile: Text,
    #[serde(skip_serializing_if = "Flag::is_unset")]
    toll_free_number: Flag,
    #[serde(skip_serializing_if = "Flag::is_unset")]
    is_reserved_number: Flag,
    #[serde(skip_serializing_if = "Flag::is_unset")]
    elin_enabled: Flag,
    /// `isServiceNumber` and `elinEnabled` in the words of the option that changes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    number_usage_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Text::is_unset")]
    owner_first_name: Text,
    #[serde(skip_serializing_if = "Text::is_unset")]
    owner_last_name: Text,
    #[serde(flatten)]
    rest: Unnamed<'a>,
}

/// A number, or a bare extension.
///
/// # Errors
/// `Protocol` naming the member without which it is none.
pub(crate) fn number(account: &AccountName, mut row: wire::NumberRow) -> Result<Number> {
    let whole = row.whole.take();
    let rest = wire::NumberRow::unnamed(whole.as_deref());
    let mut number = named(account, &row)?;
    number.extension = row.extension.get().map(str::to_owned);
    number.state = state(&row);
    number.main = row.main_number.is_on() || row.is_main_number.is_on();
    number.service_number = row.is_service_number.is_on();
    let fax = row.phone_number_type.is("FAX");
    number.features = Features {
        voice: !fax,
        fax,
        ..Features::default()
    };
    let telephony = row.included_telephony_types.or(row.telephony_type);
    if telephony.is("MOBILE_NUMBER") {
        number.number_type = NumberType::Mobile;
    } else if row.toll_free_number.is_on() {
        number.number_type = NumberType::TollFree;
    }
    if let Some(place) = row.location {
        number.location = Location {
            id: place.id.into_string(),
            name: place.name.into_string(),
            ..Location::default()
        };
    }
    let owner = row.owner.unwrap_or_default();
    let usage = row.is_service_number.0.or(row.elin_enabled.0);
    number.provider_data = ProviderData::of(&NumberData {
        routing_prefix: row.routing_prefix,
        esn: row.esn,
        phone_number_type: row.phone_number_type,
        included_telephony_types: telephony,
        mobile_network: row.mobile_network,
        routing_profile: row.routing_profile,
        toll_free_number: row.toll_free_number,
        is_reserved_number: row.is_reserved_number,
        elin_enabled: row.elin_enabled,
        rest,
        number_usage_type: usage.map(|_| match () {
            () if row.elin_enabled.is_on() => "ELIN",
            () if row.is_service_number.is_on() => "SERVICE",
            () => "NONE",
        }),
        owner_first_name: owner.first_name.clone(),
        owner_last_name: owner.last_name.clone(),
    })?;
    number.owner = assigned(owner);
    Ok(number)
}

/// The number by what it is known by: its digits, or if it has none its extension and location.
fn named(account: &AccountName, row: &wire::NumberRow) -> Result<Number> {
    let (account, provider) = (account.clone(), PROVIDER.clone());
    let Some(digits) = row.phone_number.get() else {
        let extension = row.extension.get().ok_or_else(|| lacks("phoneNumber"))?;
        let location = row.location_id().ok_or_else(|| lacks("location.id"))?;
        let id = Key::of_extension(extension, location);
        let bare = Number::bare(account, provider, id).map_err(|_| lacks("extension"))?;
        return Ok(Number {
            display_number: extension.to_owned(),
            number_type: NumberType::Extension,
            ..bare
        });
    };
    let id = digits.to_owned();
    match digits.parse::<E164>() {
        Ok(e164) => Number::new(account, provider, id, e164),
        Err(_) => Number::bare(account, provider, id).map(|bare| Number {
            number: Some(digits.to_owned()),
            display_number: digits.to_owned(),
            ..bare
        }),
    }
    .map_err(|_| lacks("phoneNumber"))
}

/// Of a bare extension Webex says nothing.
fn state(row: &wire::NumberRow) -> NumberState {
    let text = row.state.get().unwrap_or("unknown");
    match NumberState::from(text.to_ascii_lowercase().as_str()) {
        NumberState::Other(_) => NumberState::from(text),
        known => known,
    }
}

fn assigned(owner: wire::OwnerRow) -> Option<Owner> {
    if owner.is_nobody() {
        return None;
    }
    let name = match (owner.first_name.get(), owner.last_name.get()) {
        (Some(first), Some(last)) if first != last => Some(format!("{first} {last}")),
        (first, last) => first.or(last).map(str::to_owned),
    };
    Some(Owner {
        id: owner.id.into_string(),
        kind: owner
            .kind
            .into_string()
            .unwrap_or_else(|| "unknown".to_owned()),
        name: name.or_else(|| owner.display_name.into_string()),
    })
}

/// A number that Webex has taken on and does not show yet.
pub(crate) fn just_added(account: &AccountName, number: &E164, location: &str) -> Result<Number> {
    let added = Number::new(
        account.clone(),
        PROVIDER.clone(),
        number.as_str().to_owned(),
        *number,
    )?;
    Ok(Number {
        features: Features {
            voice: true,
            ..Features::default()
        },
        location: Location {
            id: Some(location.to_owned()),
            ..Location::default()
        },
        ..added
    })
}

/// What Webex says about the list as a whole.
pub(crate) fn list_data(count: Option<&RawValue>) -> Result<ProviderData> {
    #[derive(Serialize)]
    struct Data<'a> {
        count: &'a RawValue,
    }

    count.map_or_else(
        || Ok(ProviderData::default()),
        |count| ProviderData::of(&Data { count }),
    )
}

/// An answer that lacks a member without which it means nothing.
pub(crate) fn lacks(member: &str) -> Error {
    let message = format!("Webex's answer has no usable {member}");
    Error::new(ErrorKind::Protocol, message).with_provider(PROVIDER.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Number> {
        number(
            &"webex".parse().unwrap(),
            serde_json::from_str(json).unwrap(),
        )
    }

    #[test]
    fn an_extension_without_a_number_is_known_by_it_and_its_location() {
        for number in [r#""phoneNumber": null, "#, r#""phoneNumber": "", "#, ""] {
            let json = format!(
                r#"{{{number}"extension": "568", "location": {{"id": "LOC", "name": "Richardson"}}}}"#
            );
            let read = read(&json).unwrap();
            assert_eq!(read.id.as_str(), "webex:ext-568@LOC");
            assert_eq!(
                (read.number, read.extension.as_deref()),
                (None, Some("568"))
            );
            assert_eq!(read.number_type, NumberType::Extension);
            assert_eq!(read.state, NumberState::Other("unknown".to_owned()));
        }
    }

    #[test]
    fn a_row_that_names_nothing_is_refused() {
        for json in [
            "{}",
            r#"{"extension": "568"}"#,
            r#"{"phoneNumber": "+1 416"}"#,
        ] {
            assert_eq!(
                read(json).unwrap_err().kind(),
                ErrorKind::Protocol,
                "{json}"
            );
        }
    }

    #[test]
    fn digits_that_are_no_e164_are_kept_as_they_are() {
        let number = read(r#"{"phoneNumber": "4165550171", "state": "ACTIVE"}"#).unwrap();
        assert_eq!(number.number.as_deref(), Some("4165550171"));
        assert_eq!((number.country, number.e164()), (None, None));
    }

    #[test]
    fn webex_knows_better_than_the_plan_what_is_mobile_or_toll_free() {
        let kind = |more: &str| {
            let json = format!(r#"{{"phoneNumber": "+14165550171", {more}}}"#);
            read(&json).unwrap().number_type
        };
        let mobile = r#""includedTelephonyTypes": "MOBILE_NUMBER""#;
        assert_eq!(kind(mobile), NumberType::Mobile);
        assert_eq!(kind(r#""tollFreeNumber": true"#), NumberType::TollFree);
    }

    #[test]
    fn an_owner_has_one_name_or_two() {
        let name = |owner: &str| {
            let json = format!(r#"{{"phoneNumber": "+14165550171", "owner": {owner}}}"#);
            read(&json).unwrap().owner.and_then(|owner| owner.name)
        };
        let both = r#"{"id": "P", "type": "PEOPLE", "firstName": "Ada", "lastName": "King"}"#;
        assert_eq!(name(both).as_deref(), Some("Ada King"));
        let same = r#"{"id": "P", "type": "PEOPLE", "firstName": "ada96", "lastName": "ada96"}"#;
        assert_eq!(name(same).as_deref(), Some("ada96"));
        let one = r#"{"id": "Q", "type": "CALL_QUEUE", "lastName": "Sales"}"#;
        assert_eq!(name(one).as_deref(), Some("Sales"));
        assert_eq!(name("{}"), None);
    }

    #[test]
    fn a_state_that_nobody_knows_is_kept_as_it_came() {
        let number = read(r#"{"phoneNumber": "+14165550171", "state": "PORTING"}"#).unwrap();
        assert_eq!(number.state, NumberState::Other("PORTING".to_owned()));
    }
}
