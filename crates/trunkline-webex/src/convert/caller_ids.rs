//! Caller IDs: settings of owners and locations, and numbers that can be shown.

use std::mem::take;

use trunkline_core::{AccountName, CallerId, ProviderData, Result};
use trunkline_http::wire::{Flag, Text, data_with, lacks, listed_caller_id};

use crate::request::CallerOwner;
use crate::wire;

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

/// A number that can be shown; its key is the number.
///
/// # Errors
/// `Protocol` if the row has no number.
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
