//! The documents of the compatibility API, in the shape that was seen.

use serde::Serialize;

use super::super::state::Owned;
use super::super::text::dashed;
use crate::json::object;
use crate::text::mail_date;
use crate::world::stock::{NumberKind, StockNumber};

/// A number that is held. Much in it never changes: it is there for those who expect Twilio.
pub(super) fn incoming(owned: &Owned) -> impl Serialize {
    let settings = &owned.settings;
    let method = |name| settings.filled(name).unwrap_or("POST");
    let (number, project, id) = (&owned.number.number, owned.project.id, &owned.id);
    let name = settings.filled("name").map(str::to_owned);
    let toll_free = owned.number.kind == NumberKind::TollFree;
    object! {
        "sid": id,
        "account_sid": project,
        "account_id": project,
        "friendly_name": name.unwrap_or_else(|| dashed(number)),
        "phone_number": number,
        "voice_url": settings.get("call_request_url"),
        "voice_method": method("call_request_method"),
        "voice_fallback_url": settings.get("call_fallback_url"),
        "voice_fallback_method": method("call_fallback_method"),
        "voice_caller_id_lookup": false,
        "voice_receive_mode": settings.get("call_receive_mode").unwrap_or("voice"),
        "voice_application_sid": settings.get("call_laml_application_id"),
        "date_created": mail_date(owned.created.at),
        "date_updated": mail_date(owned.updated.at),
        "sms_url": settings.get("message_request_url"),
        "sms_method": method("message_request_method"),
        "sms_fallback_url": settings.get("message_fallback_url"),
        "sms_fallback_method": method("message_fallback_method"),
        "sms_application_sid": settings.get("message_laml_application_id"),
        "capabilities": owned.number.features(),
        "status_callback": settings.get("call_status_callback_url"),
        "status_callback_method": method("call_status_callback_method"),
        "api_version": "2010-04-01",
        "origin": "signalwire",
        "beta": false,
        "address_requirements": "none",
        "address_sid": (),
        "identity_sid": (),
        "trunk_sid": (),
        "country_code": owned.number.country,
        "verification_status"?: toll_free.then_some("Unverified"),
        "uri": format!("/api/laml/2010-04-01/Accounts/{project}/IncomingPhoneNumbers/{id}"),
    }
}

/// A number on sale: less is known of it than at Twilio.
pub(super) fn available(number: &StockNumber) -> impl Serialize {
    let features = number.features();
    object! {
        "friendly_name": dashed(&number.number),
        "phone_number": &number.number,
        "lata": (),
        "rate_center": number.place.map(|place| place.rate_center),
        "latitude": (),
        "longitude": (),
        "region": number.place.map(|place| place.region),
        "postal_code": (),
        "iso_country": number.country,
        "capabilities": object! { "voice": features.voice, "SMS": features.sms, "MMS": features.mms },
        "beta": false,
    }
}
