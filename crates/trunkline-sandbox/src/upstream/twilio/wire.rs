//! The documents of numbers, with the keys that Twilio sends today.

use super::state::Owned;
use crate::json::{Object, object};
use crate::text::national;
use crate::world::stock::{AddressNeed, StockNumber};

/// Settings that stand together, in their order.
const VOICE: [&str; 4] = [
    "voice_url",
    "voice_method",
    "voice_fallback_url",
    "voice_fallback_method",
];
const SMS: [&str; 4] = [
    "sms_url",
    "sms_method",
    "sms_fallback_url",
    "sms_fallback_method",
];
const REST: [&str; 5] = [
    "status_callback",
    "status_callback_method",
    "api_version",
    "voice_application_sid",
    "sms_application_sid",
];

/// A number that an account holds. Its capabilities are in lower case and don't include fax.
pub(super) fn incoming(owned: &Owned) -> Object {
    let settings = &owned.settings;
    let features = owned.number.features();
    let emergency_address = settings.filled("emergency_address_sid");
    object! {
        "sid": &owned.sid,
        "account_sid": &owned.account,
        "friendly_name": settings.get("friendly_name"),
        "phone_number": &owned.number.number,
        ..settings.texts(&VOICE),
        "voice_caller_id_lookup": settings.get("voice_caller_id_lookup") == "true",
        "voice_receive_mode"?: settings.filled("voice_receive_mode"),
        "date_created": &owned.date_created,
        "date_updated": &owned.date_updated,
        ..settings.texts(&SMS),
        "address_requirements": owned.number.address.name(),
        "beta": owned.number.beta,
        "capabilities": object! { "voice": features.voice, "sms": features.sms, "mms": features.mms },
        ..settings.texts(&REST),
        "origin": "twilio",
        "trunk_sid": settings.filled("trunk_sid"),
        // Says nothing about an address being registered, and never did.
        "emergency_status": "Active",
        "emergency_address_sid": emergency_address,
        "emergency_address_status": if emergency_address.is_some() { "registered" } else { "unregistered" },
        ..settings.nullable(&["address_sid", "identity_sid", "bundle_sid"]),
        "uri": number_uri(owned),
        "status": "in-use",
    }
}

/// A number that uses an address: fewer keys, and a third spelling of the capabilities.
pub(super) fn dependent(owned: &Owned) -> Object {
    let settings = &owned.settings;
    let features = owned.number.features();
    object! {
        "sid": &owned.sid,
        "account_sid": &owned.account,
        "friendly_name": settings.get("friendly_name"),
        "phone_number": &owned.number.number,
        ..settings.nullable(&VOICE),
        "voice_caller_id_lookup": settings.get("voice_caller_id_lookup") == "true",
        "date_created": &owned.date_created,
        "date_updated": &owned.date_updated,
        ..settings.nullable(&SMS),
        "address_requirements": owned.number.address.name(),
        "capabilities": object! { "Voice": features.voice, "SMS": features.sms, "MMS": features.mms },
        ..settings.texts(&REST),
        "trunk_sid": settings.get("trunk_sid"),
        "emergency_status": "Inactive",
        "emergency_address_sid": settings.get("emergency_address_sid"),
        "uri": number_uri(owned),
    }
}

/// A number on sale. In North America its place comes along; elsewhere those keys and fax are absent.
pub(super) fn available(number: &StockNumber) -> Object {
    let home = number.is_north_american();
    let features = number.features();
    let place = number.place.filter(|_| home);
    let needs_address = home || number.address != AddressNeed::None;
    object! {
        "friendly_name": national(&number.number).unwrap_or_else(|| number.number.clone()),
        "phone_number": &number.number,
        "lata"?: place.map(|place| place.lata),
        "rate_center"?: place.map(|place| place.rate_center),
        "latitude"?: place.map(|place| format!("{:.6}", place.position.north)),
        "longitude"?: place.map(|place| format!("{:.6}", place.position.east)),
        "locality"?: place.map(|place| place.locality),
        "region"?: place.map(|place| place.region),
        "postal_code"?: place.map(|place| place.postal_code),
        "iso_country": number.country,
        "address_requirements"?: needs_address.then(|| number.address.name()),
        "beta": number.beta,
        "capabilities": object! {
            "voice": features.voice,
            "SMS": features.sms,
            "MMS": features.mms,
            "fax"?: home.then_some(features.fax),
        },
    }
}

fn number_uri(owned: &Owned) -> String {
    let (account, sid) = (&owned.account, &owned.sid);
    format!("/2010-04-01/Accounts/{account}/IncomingPhoneNumbers/{sid}.json")
}
