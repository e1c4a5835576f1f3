//! Numbers held.

use trunkline_core::{AccountName, Number, NumberState, ProviderData, Result, Routing};
use trunkline_http::wire::{self as shared, Unnamed, address_requirement, lacks, take_date};

use crate::config::PROVIDER;
use crate::routing::{MESSAGING, VOICE};
use crate::wire;
use crate::words::number_type;

/// A number held by the account of this sid. Shown with another account, it has been moved there. What the unified model
/// has no place for stays in the row and becomes the provider data: the routing that a trunk or application overrides,
/// methods that make no sense, dates that can't be read, and the account where it is another one. Errors: `Protocol`
/// naming the member without which it is no number.
pub(crate) fn number(
    account: &AccountName,
    account_sid: &str,
    mut row: wire::IncomingNumber<'_>,
) -> Result<Number> {
    let sid = row.sid.take().into_string().ok_or_else(|| lacks("sid"))?;
    let digits = row.phone_number.take();
    let digits = digits.get().ok_or_else(|| lacks("phone_number"))?;
    let mut number = shared::number(account, &PROVIDER, sid, digits)?;
    if let Some(kind) = row.kind.take().get() {
        number.number_type = number_type(kind);
    }
    number.features = std::mem::take(&mut row.capabilities).known;
    number.features.emergency = row.emergency_address_status.is("registered");
    if row.account_sid.is(account_sid) {
        row.account_sid.take();
    }
    number.state = state(&mut row);
    number.label = row.friendly_name.take().into_string();
    number.voice = voice(&mut row.rest);
    number.messaging = messaging(&mut row.rest);
    number.emergency_address_id = row.emergency_address_sid.take().into_string();
    number.address_requirement = address_requirement(&row.address_requirements.take());
    number.purchased_at = take_date(&mut row.date_created);
    number.updated_at = take_date(&mut row.date_updated);
    VOICE.drop_idle_methods(&mut row.rest);
    MESSAGING.drop_idle_methods(&mut row.rest);
    number.provider_data = ProviderData::of(&row)?;
    Ok(number)
}

/// Takes the state of a number; one that another account has now is given away.
fn state(row: &mut wire::IncomingNumber<'_>) -> NumberState {
    let status = row.status.take();
    if !row.account_sid.is_unset() {
        return NumberState::Released;
    }
    let Some(text) = status.get().filter(|_| !status.is("in-use")) else {
        return NumberState::Active;
    };
    match NumberState::from(text.to_ascii_lowercase().as_str()) {
        NumberState::Other(_) => NumberState::from(text),
        known => known,
    }
}

/// Takes the trunk, else the application, else the webhook; what stays is overridden.
fn voice(row: &mut Unnamed<'_>) -> Routing {
    if let Some(id) = row.take("trunk_sid").into_string() {
        return Routing::Trunk { id };
    }
    if let Some(id) = row.take("voice_application_sid").into_string() {
        return Routing::Application { id };
    }
    VOICE.take(row)
}

fn messaging(row: &mut Unnamed<'_>) -> Routing {
    match row.take("sms_application_sid").into_string() {
        Some(id) => Routing::Application { id },
        None => MESSAGING.take(row),
    }
}
