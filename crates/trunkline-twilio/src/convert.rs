//! Twilio's documents to the unified model: the only file that names both.

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use serde::Serialize;
use trunkline_core::{
    AccountName, AddressRequirement, AvailableNumber, CallerId, CallerIdMethod, CallerIdRequest,
    CallerIdState, E164, Error, ErrorKind, Features, HttpMethod, Location, Money, Number,
    NumberState, NumberType, PriceSource, ProviderData, Result, Routing, SearchQuery, Webhook,
};

use crate::PROVIDER;
use crate::config::MACHINE_TO_MACHINE;
use crate::wire::{self, Flag, Text};

/// Dates are read even if their weekday is wrong: it carries nothing.
const DATES: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);

/// What a held number has and the unified model has no place for. The routing members stand here
/// only when a trunk or application overrides them.
#[derive(Default, Serialize)]
struct HeldData<'a> {
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
}

/// A number held.
///
/// # Errors
/// `Protocol` naming the member without which it is no number.
pub(crate) fn number(account: &AccountName, mut row: wire::IncomingNumber<'_>) -> Result<Number> {
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
    if let Some(kind) = row.r#type.get() {
        number.number_type = number_type(kind);
    }
    number.features = features(row.capabilities);
    number.features.emergency = row.emergency_address_status.get() == Some("registered");
    number.state = match row.status.get() {
        None | Some("in-use") => NumberState::Active,
        Some(other) => NumberState::from(other),
    };
    number.label = row.friendly_name.take().into_string();
    number.voice = voice(&mut row);
    number.messaging = messaging(&mut row);
    number.emergency_address_id = row.emergency_address_sid.take().into_string();
    number.address_requirement = address_requirement(&row.address_requirements);
    number.purchased_at = timestamp(&row.date_created);
    number.updated_at = timestamp(&row.date_updated);
    number.provider_data = ProviderData::of(&held_data(row))?;
    Ok(number)
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
        method: method(&row.voice_method, &row.voice_url),
        url: row.voice_url.take().into_string(),
        fallback_method: method(&row.voice_fallback_method, &row.voice_fallback_url),
        fallback_url: row.voice_fallback_url.take().into_string(),
        status_callback_method: method(&row.status_callback_method, &row.status_callback),
        status_callback_url: row.status_callback.take().into_string(),
    })
}

fn messaging(row: &mut wire::IncomingNumber<'_>) -> Routing {
    if let Some(id) = row.sms_application_sid.take().into_string() {
        return Routing::Application { id };
    }
    webhook(Webhook {
        method: method(&row.sms_method, &row.sms_url),
        url: row.sms_url.take().into_string(),
        fallback_method: method(&row.sms_fallback_method, &row.sms_fallback_url),
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

/// The method of an address. Twilio shows one, usually `POST`, even where there is no address.
fn method(method: &Text<'_>, url: &Text<'_>) -> Option<HttpMethod> {
    if url.is_unset() {
        return None;
    }
    HttpMethod::try_from(method.get()?.to_owned()).ok()
}

fn held_data(row: wire::IncomingNumber<'_>) -> HeldData<'_> {
    HeldData {
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
        voice_method: row.voice_method.beside(&row.voice_url),
        voice_url: row.voice_url,
        voice_fallback_method: row.voice_fallback_method.beside(&row.voice_fallback_url),
        voice_fallback_url: row.voice_fallback_url,
        status_callback_method: row.status_callback_method.beside(&row.status_callback),
        status_callback: row.status_callback,
        sms_method: row.sms_method.beside(&row.sms_url),
        sms_url: row.sms_url,
        sms_fallback_method: row.sms_fallback_method.beside(&row.sms_fallback_url),
        sms_fallback_url: row.sms_fallback_url,
    }
}

/// A number for sale, of the type that was searched.
///
/// # Errors
/// `Protocol` if it has no E.164 number, which is all there is to order it by.
pub(crate) fn available(
    query: &SearchQuery,
    row: wire::AvailableNumber<'_>,
) -> Result<AvailableNumber> {
    #[derive(Serialize)]
    struct Data<'a> {
        #[serde(skip_serializing_if = "Text::is_unset")]
        lata: Text<'a>,
        #[serde(skip_serializing_if = "Flag::is_unset")]
        beta: Flag,
    }

    let digits = row
        .phone_number
        .get()
        .ok_or_else(|| lacks("phone_number"))?;
    let number: E164 = digits.parse().map_err(|_| lacks("phone_number"))?;
    let (latitude, longitude) = coordinates(&row.latitude, &row.longitude);
    let country = row.iso_country.get().and_then(|code| code.parse().ok());
    Ok(AvailableNumber {
        display_number: display(&number, row.friendly_name),
        number,
        country: country.or(Some(query.country)),
        number_type: query.number_type.clone(),
        features: features(row.capabilities),
        location: Location {
            region: row.region.into_string(),
            locality: row.locality.into_string(),
            postal_code: row.postal_code.into_string(),
            latitude,
            longitude,
            rate_center: row.rate_center.into_string(),
            ..Location::default()
        },
        address_requirement: address_requirement(&row.address_requirements),
        monthly_price: None,
        setup_price: None,
        price_source: PriceSource::Unknown,
        handle: None,
        expires_at: None,
        provider_data: ProviderData::of(&Data {
            lata: row.lata,
            beta: row.beta,
        })?,
    })
}

/// Twilio's own format where it is one and belongs to the number; outside of +1 it is the bare number.
fn display(number: &E164, friendly_name: Text<'_>) -> String {
    let formats = |text: &str| {
        text.bytes().any(|b| !b.is_ascii_digit() && b != b'+')
            && text.bytes().rev().filter(u8::is_ascii_digit).eq(number
                .digits()
                .bytes()
                .rev()
                .take(text.bytes().filter(u8::is_ascii_digit).count()))
    };
    match friendly_name.get() {
        Some(text) if formats(text) => friendly_name.into_string().unwrap_or_default(),
        _ => number.describe().display,
    }
}

/// Degrees north and east; where Twilio does not know them it may write zeros.
fn coordinates(latitude: &Text<'_>, longitude: &Text<'_>) -> (Option<f64>, Option<f64>) {
    let degrees = |text: &Text<'_>| text.get().and_then(|text| text.trim().parse::<f64>().ok());
    match (degrees(latitude), degrees(longitude)) {
        (Some(0.0), Some(0.0)) => (None, None),
        found => found,
    }
}

/// The prices of a country that can be read.
pub(crate) fn prices(country: &wire::CountryPrices<'_>) -> Vec<(NumberType, Money)> {
    let currency = country.price_unit.get().unwrap_or_default();
    let price = |row: &wire::TypePrice<'_>| {
        let amount = row.current_price.get().or_else(|| row.base_price.get())?;
        let money = Money::parse(amount, currency).ok()?;
        Some((number_type(row.number_type.get()?), money))
    };
    country
        .phone_number_prices
        .iter()
        .filter_map(price)
        .collect()
}

/// A verified caller ID: being in Twilio's list is the proof.
///
/// # Errors
/// `Protocol` if it has no E.164 number.
pub(crate) fn caller_id(
    account: &AccountName,
    row: wire::OutgoingCallerId<'_>,
) -> Result<CallerId> {
    #[derive(Serialize)]
    struct Data<'a> {
        #[serde(skip_serializing_if = "Text::is_unset")]
        sid: Text<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        updated_at: Option<Timestamp>,
    }

    let digits = row
        .phone_number
        .get()
        .ok_or_else(|| lacks("phone_number"))?;
    let number = digits.parse().map_err(|_| lacks("phone_number"))?;
    let created_at = timestamp(&row.date_created);
    Ok(CallerId {
        label: row.friendly_name.into_string(),
        created_at,
        verified_at: created_at,
        provider_data: ProviderData::of(&Data {
            sid: row.sid,
            updated_at: timestamp(&row.date_updated),
        })?,
        ..CallerId::new(
            account.clone(),
            number,
            CallerIdMethod::CallEnterCode,
            CallerIdState::Verified,
        )
    })
}

/// A caller ID that Twilio is about to call, with the code to be keyed in: six digits, though Twilio
/// has also written it as a number.
///
/// # Errors
/// `Protocol` if the answer is about another number.
pub(crate) fn pending_caller_id(
    account: &AccountName,
    request: &CallerIdRequest,
    row: wire::ValidationRequest<'_>,
) -> Result<CallerId> {
    #[derive(Serialize)]
    struct Data<'a> {
        #[serde(skip_serializing_if = "Text::is_unset")]
        call_sid: Text<'a>,
    }

    if row
        .phone_number
        .get()
        .is_some_and(|other| other != request.number.as_str())
    {
        return Err(lacks("phone_number"));
    }
    Ok(CallerId {
        label: row
            .friendly_name
            .into_string()
            .or_else(|| request.label.clone()),
        validation_code: row.validation_code.get().map(|code| format!("{code:0>6}")),
        extension: request.extension.clone(),
        call_delay: request.call_delay,
        status_callback: request.status_callback.clone(),
        provider_data: ProviderData::of(&Data {
            call_sid: row.call_sid,
        })?,
        ..CallerId::new(
            account.clone(),
            request.number,
            CallerIdMethod::CallEnterCode,
            CallerIdState::Pending,
        )
    })
}

/// A date in the form of RFC 2822; `None` if there is none or it can't be read.
pub(crate) fn timestamp(text: &Text<'_>) -> Option<Timestamp> {
    DATES.parse_timestamp(text.get()?).ok()
}

/// An answer that lacks a member without which it means nothing.
pub(crate) fn lacks(member: &str) -> Error {
    let message = format!("Twilio's answer has no usable {member}");
    Error::new(ErrorKind::Protocol, message).with_provider(PROVIDER.clone())
}

fn features(capabilities: wire::Capabilities) -> Features {
    Features {
        voice: capabilities.voice,
        sms: capabilities.sms,
        mms: capabilities.mms,
        fax: capabilities.fax,
        emergency: false,
    }
}

fn address_requirement(text: &Text<'_>) -> AddressRequirement {
    text.get()
        .map_or(AddressRequirement::None, AddressRequirement::from)
}

/// `toll-free`, `tollfree`, `toll free` and `TollFree` are one type.
fn number_type(text: &str) -> NumberType {
    let letters: String = text
        .chars()
        .filter(char::is_ascii_alphabetic)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    match letters.as_str() {
        "local" => NumberType::Local,
        "mobile" => NumberType::Mobile,
        "tollfree" => NumberType::TollFree,
        "national" => NumberType::National,
        "sharedcost" => NumberType::SharedCost,
        "voip" => NumberType::Voip,
        "machinetomachine" => NumberType::Other(MACHINE_TO_MACHINE.to_owned()),
        _ => NumberType::Other(text.to_owned()),
    }
}

#[cfg(test)]
mod tests;
