//! Numbers held.

use serde::Serialize;
use trunkline_core::{
    AccountName, E164, HttpMethod, Number, NumberState, ProviderData, Result, Routing, Webhook,
};

use trunkline_http::Unnamed;

use super::{address_requirement, features, lacks, number_type, readable_date};
use crate::PROVIDER;
use crate::wire::{self, Flag, Text};

/// What a held number has and the unified model has no place for. The routing members stand here when
/// a trunk or application overrides them, the methods also where they make no sense, the dates where they
/// can't be read, and the account where it is another one.
#[derive(Default, Serialize)]
struct HeldData<'a> {
    #[serde(skip_serializing_if = "Text::is_unset")]
    account_sid: Text<'a>,
    #[serde(skip_serializing_if = "Text::is_unset")]
    address_sid: Text<'a>,
    #[serde(skip_serializing_if = "Text::is_unset")]
    bundle_sid: Text<'a>,
    #[serde(skip_serializing_if = "Text::is_unset")]
    identity_sid: Text<'a>,
    #[serde(skip_serializing_if = "Text::is_unset")]
    origin: Text<'a>,
    #[serde(skip_serializing_if = "Text::is_unset")]
    emergency_status: Text<'a>,
    #[serde(skip_serializing_if = "Text::is_unset")]
    emergency_address_status: Text<'a>,
    #[serde(skip_serializing_if = "Flag::is_unset")]
    beta: Flag,
    #[serde(skip_serializing_if = "Text::is_unset")]
    api_version: Text<'a>,
    #[serde(skip_serializing_if = "Text::is_unset")]
    voice_receive_mode: Text<'a>,
    #[serde(skip_serializing_if = "Flag::is_unset")]
    voice_caller_id_lookup: Flag,
    #[serde(skip_serializing_if = "Text::is_unset")]
    voice_application_sid: Text<'a>,
    #[serde(skip_serializing_if = "Text::is_unset")]
    voice_url: Text<'a>,
    #[serde(skip_serializing_if = "Text::is_unset")]
    voice_method: Text<'a>,
    #[serde(skip_serializing_if = "Text::is_unset")]
    voice_fallback_url: Text<'a>,
    #[serde(skip_serializing_if = "Text::is_unset")]
    voice_fallback_method: Text<'a>,
    #[serde(skip_serializing_if = "Text::is_unset")]
    status_callback: Text<'a>,
    #[serde(skip_serializing_if = "Text::is_unset")]
    status_callback_method: Text<'a>,
    #[serde(skip_serializing_if = "Text::is_unset")]
    sms_url: Text<'a>,
    #[serde(skip_serializing_if = "Text::is_unset")]
    sms_method: Text<'a>,
    #[serde(skip_serializing_if = "Text::is_unset")]
    sms_fallback_url: Text<'a>,
    #[serde(skip_serializing_if = "Text::is_unset")]
    sms_fallback_method: Text<'a>,
    #[serde(skip_serializing_if = "Text::is_unset")]
    date_created: Text<'a>,
    #[serde(skip_serializing_if = "Text::is_unset")]
    date_updated: Text<'a>,
    #[serde(flatten)]
    rest: Unnamed<'a>,
}

/// A number held by the account of this sid. Shown with another account, it has been moved there.
///
/// # Errors
/// `Protocol` naming the member without which it is no number.
pub(crate) fn number(
    account: &AccountName,
    account_sid: &str,
    mut row: wire::IncomingNumber<'_>,
) -> Result<Number> {
    let sid = row.sid.take().into_string().ok_or_else(|| lacks("sid"))?;
    let digits = row
        .phone_number
        .get()
        .ok_or_else(|| lacks("phone_number"))?;
    let mut number = match digits.parse::<E164>() {
        Ok(e164) => Number::new(account.clone(), PROVIDER.clone(), sid, e164),
        Err(_) => Number::bare(account.clone(), PROVIDER.clone(), sid).map(|bare| Number {
            number: Some(digits.to_owned()),
            display_number: digits.to_owned(),
            ..bare
        }),
    }
    .map_err(|_| lacks("sid"))?;
    if let Some(kind) = row.kind.get() {
        number.number_type = number_type(kind);
    }
    number.features = features(row.capabilities);
    number.features.emergency = row
        .emergency_address_status
        .get()
        .is_some_and(|status| status.eq_ignore_ascii_case("registered"));
    if row.account_sid.is(account_sid) {
        row.account_sid.take();
    }
    number.state = state(&row);
    number.label = row.friendly_name.take().into_string();
    number.voice = voice(&mut row);
    number.messaging = messaging(&mut row);
    number.emergency_address_id = row.emergency_address_sid.take().into_string();
    number.address_requirement = address_requirement(&row.address_requirements);
    number.purchased_at = readable_date(&mut row.date_created);
    number.updated_at = readable_date(&mut row.date_updated);
    number.provider_data = ProviderData::of(&held_data(row))?;
    Ok(number)
}

/// What Twilio says of a number; one that another account has now is given away.
fn state(row: &wire::IncomingNumber<'_>) -> NumberState {
    if !row.account_sid.is_unset() {
        return NumberState::Released;
    }
    let Some(text) = row.status.get() else {
        return NumberState::Active;
    };
    if text.eq_ignore_ascii_case("in-use") {
        return NumberState::Active;
    }
    match NumberState::from(text.to_ascii_lowercase().as_str()) {
        NumberState::Other(_) => NumberState::from(text),
        known => known,
    }
}

/// Takes the trunk, else the application, else the webhook; what stays behind is overridden.
fn voice(row: &mut wire::IncomingNumber<'_>) -> Routing {
    if let Some(id) = row.trunk_sid.take().into_string() {
        return Routing::Trunk { id };
    }
    if let Some(id) = row.voice_application_sid.take().into_string() {
        return Routing::Application { id };
    }
    webhook(Webhook {
        method: method(&mut row.voice_method, &row.voice_url),
        url: row.voice_url.take().into_string(),
        fallback_method: method(&mut row.voice_fallback_method, &row.voice_fallback_url),
        fallback_url: row.voice_fallback_url.take().into_string(),
        status_callback_method: method(&mut row.status_callback_method, &row.status_callback),
        status_callback_url: row.status_callback.take().into_string(),
    })
}

fn messaging(row: &mut wire::IncomingNumber<'_>) -> Routing {
    if let Some(id) = row.sms_application_sid.take().into_string() {
        return Routing::Application { id };
    }
    webhook(Webhook {
        method: method(&mut row.sms_method, &row.sms_url),
        url: row.sms_url.take().into_string(),
        fallback_method: method(&mut row.sms_fallback_method, &row.sms_fallback_url),
        fallback_url: row.sms_fallback_url.take().into_string(),
        ..Webhook::default()
    })
}

fn webhook(hook: Webhook) -> Routing {
    if hook == Webhook::default() {
        Routing::None
    } else {
        Routing::Webhook(hook)
    }
}

/// Takes the method of an address. One without an address, or that is none, stays behind.
fn method(method: &mut Text<'_>, url: &Text<'_>) -> Option<HttpMethod> {
    if url.is_unset() {
        return None;
    }
    let read = HttpMethod::try_from(method.get()?.to_owned()).ok()?;
    method.take();
    Some(read)
}

/// What is worth keeping of a method: Twilio shows `POST` even where there is no address.
fn left<'a>(method: Text<'a>, url: &Text<'_>) -> Text<'a> {
    if url.is_unset() && method.is("POST") {
        return Text::default();
    }
    method
}

fn held_data(row: wire::IncomingNumber<'_>) -> HeldData<'_> {
    HeldData {
        account_sid: row.account_sid,
        date_created: row.date_created,
        date_updated: row.date_updated,
        address_sid: row.address_sid,
        bundle_sid: row.bundle_sid,
        identity_sid: row.identity_sid,
        origin: row.origin,
        emergency_status: row.emergency_status,
        emergency_address_status: row.emergency_address_status,
        beta: row.beta,
        api_version: row.api_version,
        voice_receive_mode: row.voice_receive_mode,
        voice_caller_id_lookup: row.voice_caller_id_lookup,
        voice_application_sid: row.voice_application_sid,
        voice_method: left(row.voice_method, &row.voice_url),
        voice_url: row.voice_url,
        voice_fallback_method: left(row.voice_fallback_method, &row.voice_fallback_url),
        voice_fallback_url: row.voice_fallback_url,
        status_callback_method: left(row.status_callback_method, &row.status_callback),
        status_callback: row.status_callback,
        sms_method: left(row.sms_method, &row.sms_url),
        sms_url: row.sms_url,
        sms_fallback_method: left(row.sms_fallback_method, &row.sms_fallback_url),
        sms_fallback_url: row.sms_fallback_url,
        rest: row.rest,
    }
}
