//! Caller IDs: settings of owners and locations, and numbers that can be shown.

use serde::Serialize;
use trunkline_core::{AccountName, CallerId, CallerIdMethod, CallerIdState, ProviderData, Result};
use trunkline_http::Unnamed;

use crate::request::OwnerKind;
use crate::wire::{self, Flag, Text};

fn caller_id(account: &AccountName, key: &str, number: Option<String>) -> CallerId {
    CallerId {
        id: format!("{account}:{key}"),
        account: account.clone(),
        number,
        label: None,
        state: CallerIdState::Verified,
        method: CallerIdMethod::Directory,
        validation_code: None,
        extension: None,
        call_delay: None,
        status_callback: None,
        created_at: None,
        verified_at: None,
        error: None,
        provider_data: ProviderData::default(),
    }
}

/// The setting of an owner: the number is the one presented, the label the name of the owner's own that goes with it.
pub(crate) fn of_owner(
    account: &AccountName,
    kind: OwnerKind,
    id: &str,
    whole: &wire::Whole<wire::CallerIdSetting>,
) -> Result<CallerId> {
    #[derive(Serialize)]
    struct Data<'a> {
        #[serde(flatten)]
        setting: &'a wire::CallerIdSetting,
        #[serde(flatten)]
        rest: Unnamed<'a>,
    }

    let setting = &whole.known;
    let key = format!("{}-{id}", kind.as_str());
    let number = setting.presented().map(str::to_owned);
    let own_name = setting.external_caller_id_name_policy.is("OTHER");
    let name = setting.custom_external_caller_id_name.get();
    Ok(CallerId {
        label: name.filter(|_| own_name).map(str::to_owned),
        provider_data: ProviderData::of(&Data {
            setting,
            rest: whole.unnamed(),
        })?,
        ..caller_id(account, &key, number)
    })
}

/// Everything that a location says about its calling side.
#[derive(Serialize)]
struct LocationData<'a> {
    #[serde(skip_serializing_if = "Text::is_unset")]
    name: Text,
    #[serde(skip_serializing_if = "Text::is_unset")]
    calling_line_id_name: Text,
    #[serde(skip_serializing_if = "Text::is_unset")]
    calling_line_id_number: Text,
    #[serde(skip_serializing_if = "Text::is_unset")]
    external_caller_id_name: Text,
    #[serde(skip_serializing_if = "Text::is_unset")]
    announcement_language: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<RouteData>,
    #[serde(skip_serializing_if = "Text::is_unset")]
    subscription_id: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_limit: Option<u64>,
    #[serde(skip_serializing_if = "Text::is_unset")]
    p_access_network_info: Text,
    #[serde(skip_serializing_if = "Text::is_unset")]
    outside_dial_digit: Text,
    #[serde(skip_serializing_if = "Flag::is_unset")]
    enforce_outside_dial_digit: Flag,
    #[serde(skip_serializing_if = "Text::is_unset")]
    routing_prefix: Text,
    #[serde(skip_serializing_if = "Text::is_unset")]
    default_domain: Text,
    #[serde(skip_serializing_if = "Text::is_unset")]
    charge_number: Text,
    #[serde(skip_serializing_if = "Flag::is_unset")]
    use_charge_number_for_p_charge_info: Flag,
    #[serde(skip_serializing_if = "Flag::is_unset")]
    e911_setup_required: Flag,
    #[serde(flatten)]
    rest: Unnamed<'a>,
}

/// A trunk or route group.
#[derive(Serialize)]
struct RouteData {
    #[serde(rename = "type", skip_serializing_if = "Text::is_unset")]
    kind: Text,
    #[serde(skip_serializing_if = "Text::is_unset")]
    id: Text,
}

/// What a location presents.
pub(crate) fn of_location(
    account: &AccountName,
    id: &str,
    location: wire::Whole<wire::Location>,
) -> Result<CallerId> {
    let wire::Whole {
        known: location,
        raw,
    } = location;
    let line = location.calling_line_id.unwrap_or_default();
    let number = line.phone_number.get().map(str::to_owned);
    let label = location.external_caller_id_name.get().map(str::to_owned);
    Ok(CallerId {
        label,
        provider_data: ProviderData::of(&LocationData {
            name: location.name,
            calling_line_id_name: line.name,
            calling_line_id_number: line.phone_number,
            external_caller_id_name: location.external_caller_id_name,
            announcement_language: location.announcement_language,
            connection: location.connection.map(|route| RouteData {
                kind: route.kind,
                id: route.id,
            }),
            subscription_id: location.subscription_id,
            user_limit: location
                .user_limit
                .get()
                .and_then(|limit| limit.parse().ok()),
            p_access_network_info: location.p_access_network_info,
            outside_dial_digit: location.outside_dial_digit,
            enforce_outside_dial_digit: location.enforce_outside_dial_digit,
            routing_prefix: location.routing_prefix,
            default_domain: location.default_domain,
            charge_number: location.charge_number,
            use_charge_number_for_p_charge_info: location.use_charge_number_for_p_charge_info,
            e911_setup_required: location.e911_setup_required,
            rest: wire::Whole::<wire::Location>::unnamed(&raw),
        })?,
        ..caller_id(account, &format!("location-{id}"), number)
    })
}

/// A number that can be shown, known by itself.
///
/// # Errors
/// `Protocol` if the row has no number.
pub(crate) fn of_number(account: &AccountName, mut row: wire::NumberRow) -> Result<CallerId> {
    #[derive(Serialize)]
    struct Data<'a> {
        #[serde(skip_serializing_if = "Text::is_unset")]
        extension: Text,
        #[serde(skip_serializing_if = "Text::is_unset")]
        state: Text,
        is_main_number: bool,
        #[serde(skip_serializing_if = "Flag::is_unset")]
        toll_free_number: Flag,
        #[serde(skip_serializing_if = "Flag::is_unset")]
        is_service_number: Flag,
        #[serde(skip_serializing_if = "Text::is_unset")]
        telephony_type: Text,
        #[serde(skip_serializing_if = "Text::is_unset")]
        mobile_network: Text,
        #[serde(skip_serializing_if = "Text::is_unset")]
        routing_profile: Text,
        #[serde(skip_serializing_if = "Text::is_unset")]
        location_id: Text,
        #[serde(skip_serializing_if = "Text::is_unset")]
        location_name: Text,
        #[serde(skip_serializing_if = "Text::is_unset")]
        owner_id: Text,
        #[serde(skip_serializing_if = "Text::is_unset")]
        owner_type: Text,
        #[serde(skip_serializing_if = "Text::is_unset")]
        owner_first_name: Text,
        #[serde(skip_serializing_if = "Text::is_unset")]
        owner_last_name: Text,
        #[serde(skip_serializing_if = "Text::is_unset")]
        owner_display_name: Text,
        #[serde(flatten)]
        rest: Unnamed<'a>,
    }

    let whole = row.whole.take();
    let number = row.phone_number.into_string();
    let number = number.ok_or_else(|| super::lacks("phoneNumber"))?;
    let place = row.location.unwrap_or_default();
    let owner = row.owner.unwrap_or_default();
    Ok(CallerId {
        provider_data: ProviderData::of(&Data {
            extension: row.extension,
            state: row.state,
            is_main_number: row.main_number.is_on() || row.is_main_number.is_on(),
            toll_free_number: row.toll_free_number,
            is_service_number: row.is_service_number,
            telephony_type: row.telephony_type.or(row.included_telephony_types),
            mobile_network: row.mobile_network,
            routing_profile: row.routing_profile,
            location_id: place.id,
            location_name: place.name,
            owner_id: owner.id,
            owner_type: owner.kind,
            owner_first_name: owner.first_name,
            owner_last_name: owner.last_name,
            owner_display_name: owner.display_name,
            rest: wire::NumberRow::unnamed(whole.as_deref()),
        })?,
        ..caller_id(account, &number.clone(), Some(number))
    })
}
