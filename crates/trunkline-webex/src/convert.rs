//! Webex's documents to the unified model: here and below is all that names both.

use std::mem::take;

use trunkline_core::{
    AccountName, CallerId, E164, Features, Location, Number, NumberState, NumberType, Owner,
    ProviderData, Result,
};
use trunkline_http::wire::{self as shared, Flag, Text, data_with, lacks, listed_caller_id};

use crate::id::Key;
use crate::request::{Addition, CallerOwner, Usage};
use crate::{PROVIDER, wire};

/// A number, or a bare extension, and what it is used for.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) number: Number,
    pub(crate) usage: Usage,
}

/// A number, or a bare extension. Errors: `Protocol` naming the member without which it is neither.
pub(crate) fn number(account: &AccountName, row: wire::NumberRow<'_>) -> Result<Number> {
    held(account, row).map(|held| held.number)
}

/// The same with its usage. Errors: as for [`number`].
pub(crate) fn held(account: &AccountName, mut row: wire::NumberRow<'_>) -> Result<Held> {
    let mut number = named(account, &row)?;
    row.phone_number = Text::default();
    number.extension = row.extension.take().into_string();
    number.state = state(&row.state.take());
    let (main, other) = (take(&mut row.main_number), take(&mut row.is_main_number));
    number.main = main.is_on() || other.is_on();
    let fax = row.phone_number_type.is("FAX");
    number.features = Features {
        voice: !fax,
        fax,
        ..Features::default()
    };
    if row.included_telephony_types.0.is_unset() {
        row.included_telephony_types = take(&mut row.telephony_type);
    }
    if row.included_telephony_types.0.is("MOBILE_NUMBER") {
        number.number_type = NumberType::Mobile;
    } else if row.toll_free_number.is_on() {
        number.number_type = NumberType::TollFree;
    }
    if let Some(place) = row.location.0.take() {
        number.location = Location {
            id: place.id.into_string(),
            name: place.name.into_string(),
            ..Location::default()
        };
    }
    let service = take(&mut row.is_service_number);
    number.service_number = service.is_on();
    let (usage, word) = match (row.elin_enabled.is_on(), service.is_on()) {
        (true, _) => (Usage::Elin, "ELIN"),
        (false, true) => (Usage::Service, "SERVICE"),
        (false, false) => (Usage::None, "NONE"),
    };
    // `isServiceNumber` and `elinEnabled` in the words of the option that changes them.
    let shown = service.0.or(row.elin_enabled.0);
    let word = Text::of(shown.map_or("", |_| word));
    let owner = row.owner.0.take().unwrap_or_default();
    let more = [
        ("number_usage_type", &word),
        ("owner_first_name", &owner.first_name),
        ("owner_last_name", &owner.last_name),
    ];
    number.provider_data = data_with(row, &more)?;
    number.owner = assigned(owner);
    Ok(Held { number, usage })
}

/// The number with its id: its digits, or if it has none its extension and location.
fn named(account: &AccountName, row: &wire::NumberRow<'_>) -> Result<Number> {
    if let Some(digits) = row.phone_number.get() {
        return shared::number(account, &PROVIDER, digits.to_owned(), digits);
    }
    let extension = row.extension.get().ok_or_else(|| lacks("phoneNumber"))?;
    let location = row.location_id().ok_or_else(|| lacks("location.id"))?;
    let id = Key::of_extension(extension, location);
    let bare = Number::bare(account.clone(), PROVIDER.clone(), id);
    Ok(Number {
        display_number: extension.to_owned(),
        number_type: NumberType::Extension,
        ..bare.map_err(|_| lacks("extension"))?
    })
}

/// Webex shows no state of a bare extension.
fn state(text: &Text<'_>) -> NumberState {
    let text = text.get().unwrap_or("unknown");
    match NumberState::from(text.to_ascii_lowercase().as_str()) {
        NumberState::Other(_) => NumberState::from(text),
        known => known,
    }
}

fn assigned(owner: wire::OwnerRow<'_>) -> Option<Owner> {
    if owner.is_nobody() {
        return None;
    }
    let name = match (owner.first_name.get(), owner.last_name.get()) {
        (Some(first), Some(last)) if first != last => Some(format!("{first} {last}")),
        (first, last) => first.or(last).map(str::to_owned),
    };
    Some(Owner {
        id: owner.id.into_string(),
        kind: owner.kind.get().unwrap_or("unknown").to_owned(),
        name: name.or_else(|| owner.display_name.into_string()),
    })
}

/// A number that Webex has added and does not show yet.
pub(crate) fn just_added(
    account: &AccountName,
    addition: &Addition<'_>,
    number: &E164,
) -> Result<Number> {
    let digits = number.as_str();
    let mut added = shared::number(account, &PROVIDER, digits.to_owned(), digits)?;
    added.features.voice = true;
    added.location.id = Some(addition.location.to_owned());
    if let Some(state) = addition.options.state {
        added.state = state.into();
    }
    Ok(added)
}

/// The setting of an owner: the number is the one presented, the label the name of the owner's own that goes with it.
pub(crate) fn of_owner(
    account: &AccountName,
    owner: &CallerOwner,
    setting: &wire::CallerIdSetting<'_>,
) -> Result<CallerId> {
    let number = setting.presented().map(str::to_owned);
    let own_name = setting.external_caller_id_name_policy.is("OTHER");
    let name = setting.custom_external_caller_id_name.get();
    Ok(CallerId {
        label: name.filter(|_| own_name).map(str::to_owned),
        provider_data: ProviderData::of(setting)?,
        ..listed_caller_id(account, &owner.key(), number)
    })
}

/// The caller ID of a location, with everything about its calling side.
pub(crate) fn of_location(
    account: &AccountName,
    id: &str,
    mut location: wire::Location<'_>,
) -> Result<CallerId> {
    location.id = Text::default();
    let line = location.calling_line_id.0.take().unwrap_or_default();
    let number = line.phone_number.get().map(str::to_owned);
    let label = location.external_caller_id_name.get().map(str::to_owned);
    let more = [
        ("calling_line_id_name", &line.name),
        ("calling_line_id_number", &line.phone_number),
    ];
    Ok(CallerId {
        label,
        provider_data: data_with(location, &more)?,
        ..listed_caller_id(account, &format!("location-{id}"), number)
    })
}

/// A number that can be shown; its key is the number. Errors: `Protocol` if the row has no number.
pub(crate) fn of_number(account: &AccountName, mut row: wire::NumberRow<'_>) -> Result<CallerId> {
    let number = row.phone_number.take().into_string();
    let number = number.ok_or_else(|| lacks("phoneNumber"))?;
    if row.telephony_type.0.is_unset() {
        row.telephony_type = take(&mut row.included_telephony_types);
    }
    let (main, other) = (take(&mut row.main_number), take(&mut row.is_main_number));
    row.is_main_number = Flag(Some(main.is_on() || other.is_on()));
    let place = row.location.0.take().unwrap_or_default();
    let owner = row.owner.0.take().unwrap_or_default();
    let more = [
        ("location_id", &place.id),
        ("location_name", &place.name),
        ("owner_id", &owner.id),
        ("owner_type", &owner.kind),
        ("owner_first_name", &owner.first_name),
        ("owner_last_name", &owner.last_name),
        ("owner_display_name", &owner.display_name),
    ];
    Ok(CallerId {
        provider_data: data_with(row, &more)?,
        ..listed_caller_id(account, &number, Some(number.clone()))
    })
}

#[cfg(test)]
mod tests {
    use trunkline_core::ErrorKind;

    use super::*;

    fn read(json: &str) -> Result<Number> {
        number(
            &"webex".parse().unwrap(),
            serde_json::from_str(json).unwrap(),
        )
    }

    #[test]
    fn id_of_a_bare_extension_has_its_location() {
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
    fn row_without_number_or_extension_is_an_error() {
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
    fn digits_that_are_not_e164_are_kept() {
        let number = read(r#"{"phoneNumber": "4165550171", "state": "ACTIVE"}"#).unwrap();
        assert_eq!(number.number.as_deref(), Some("4165550171"));
        assert_eq!((number.country, number.e164()), (None, None));
    }

    #[test]
    fn mobile_and_toll_free_types_come_from_the_carrier() {
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
    fn unknown_state_is_kept_as_it_came() {
        let number = read(r#"{"phoneNumber": "+14165550171", "state": "PORTING"}"#).unwrap();
        assert_eq!(number.state, NumberState::Other("PORTING".to_owned()));
    }
}
