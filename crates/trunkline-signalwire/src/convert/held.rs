//! Numbers held.

use trunkline_core::{AccountName, E164, Number, NumberType, ProviderData, Result};
use trunkline_http::wire::{self as shared, Text, lacks, take_date};

use crate::config::PROVIDER;
use crate::convert::routing::routing;
use crate::plan::{is_toll_free, type_by_digits};
use crate::routing::{MESSAGING, VOICE};
use crate::wire;

/// A number held by the account. What the unified model has no place for stays in the row and becomes the provider data:
/// the state of the emergency address, whether it takes calls or faxes, and the pointers of handlers that are not in
/// use. Errors: `Protocol` naming the member without which it is no number.
pub(crate) fn number(account: &AccountName, mut row: wire::PhoneNumber<'_>) -> Result<Number> {
    let id = row.id.take().into_string().ok_or_else(|| lacks("id"))?;
    let digits = row.number.take();
    let digits = digits.get().ok_or_else(|| lacks("number"))?;
    let mut number = shared::number(account, &PROVIDER, id, digits)?;
    let e164 = digits.parse::<E164>().ok();
    if let Some(number_type) = number_type(&mut row.number_type, e164.as_ref()) {
        number.number_type = number_type;
    }
    if let Some(country) = row.country_code.get().and_then(|code| code.parse().ok()) {
        number.country = Some(country);
        row.country_code = Text::default();
    }
    number.features = row.capabilities.known;
    number.features.emergency = row.e911_status.is("active");
    number.label = row.name.take().into_string();
    number.emergency_address_id = row.e911_address_id.take().into_string();
    number.purchased_at = take_date(&mut row.created_at);
    number.updated_at = take_date(&mut row.updated_at);
    number.next_billing_at = take_date(&mut row.next_billed_at);
    number.voice = routing(&VOICE, &mut row.rest)?;
    number.messaging = routing(&MESSAGING, &mut row.rest)?;
    VOICE.webhook.drop_idle_methods(&mut row.rest);
    MESSAGING.webhook.drop_idle_methods(&mut row.rest);
    number.provider_data = ProviderData::of(&row)?;
    Ok(number)
}

/// SignalWire calls a local number `longcode` where it is held. A missing type is read from the digits.
fn number_type(text: &mut Text<'_>, number: Option<&E164>) -> Option<NumberType> {
    let named = text.take();
    let lower = named.get().map(str::to_ascii_lowercase);
    Some(match lower.as_deref() {
        None => type_by_digits(number?),
        Some("longcode") if number.is_some_and(is_toll_free) => NumberType::TollFree,
        Some("longcode" | "local") => NumberType::Local,
        Some("toll-free" | "tollfree" | "toll_free") => NumberType::TollFree,
        Some(_) => NumberType::from(named.get().unwrap_or_default()),
    })
}

/// Whether a number has this emergency address, or none if that is wanted. One that is being removed is still shown, but
/// counts as removed.
pub(crate) fn has_emergency_address(row: &wire::PhoneNumber<'_>, wanted: Option<&str>) -> bool {
    let leaving = row.e911_status.is("pending_removal");
    match wanted {
        Some(_) => !leaving && row.e911_address_id.get() == wanted,
        None => leaving || row.e911_address_id.is_unset(),
    }
}
