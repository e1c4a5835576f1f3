//! The documents of numbers, with the keys that Twilio sends today.

use serde::Serialize;

use super::state::Owned;
use super::text::name_on_sale;
use crate::world::stock::{AddressNeed, StockNumber};

/// A number that an account holds.
#[derive(Debug, Serialize)]
pub(super) struct IncomingPhoneNumber<'a> {
    sid: &'a str,
    account_sid: &'a str,
    friendly_name: &'a str,
    phone_number: &'a str,
    voice_url: &'a str,
    voice_method: &'a str,
    voice_fallback_url: &'a str,
    voice_fallback_method: &'a str,
    voice_caller_id_lookup: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    voice_receive_mode: Option<&'a str>,
    date_created: &'a str,
    date_updated: &'a str,
    sms_url: &'a str,
    sms_method: &'a str,
    sms_fallback_url: &'a str,
    sms_fallback_method: &'a str,
    address_requirements: &'static str,
    beta: bool,
    capabilities: Owns,
    status_callback: &'a str,
    status_callback_method: &'a str,
    api_version: &'a str,
    voice_application_sid: &'a str,
    sms_application_sid: &'a str,
    origin: &'static str,
    trunk_sid: Option<&'a str>,
    emergency_status: &'static str,
    emergency_address_sid: Option<&'a str>,
    emergency_address_status: &'static str,
    address_sid: Option<&'a str>,
    identity_sid: Option<&'a str>,
    bundle_sid: Option<&'a str>,
    uri: String,
    status: &'static str,
}

/// An owned number's capabilities are in lower case and know no fax.
#[derive(Debug, Serialize)]
struct Owns {
    voice: bool,
    sms: bool,
    mms: bool,
}

impl<'a> From<&'a Owned> for IncomingPhoneNumber<'a> {
    fn from(owned: &'a Owned) -> Self {
        let settings = &owned.settings;
        let features = owned.number.features();
        let emergency_address_sid = filled(&settings.emergency_address_sid);
        Self {
            sid: &owned.sid,
            account_sid: &owned.account,
            friendly_name: &settings.friendly_name,
            phone_number: &owned.number.number,
            voice_url: &settings.voice_url,
            voice_method: &settings.voice_method,
            voice_fallback_url: &settings.voice_fallback_url,
            voice_fallback_method: &settings.voice_fallback_method,
            voice_caller_id_lookup: settings.voice_caller_id_lookup,
            voice_receive_mode: settings.voice_receive_mode.as_deref(),
            date_created: &owned.date_created,
            date_updated: &owned.date_updated,
            sms_url: &settings.sms_url,
            sms_method: &settings.sms_method,
            sms_fallback_url: &settings.sms_fallback_url,
            sms_fallback_method: &settings.sms_fallback_method,
            address_requirements: owned.number.address.name(),
            beta: owned.number.beta,
            capabilities: Owns {
                voice: features.voice,
                sms: features.sms,
                mms: features.mms,
            },
            status_callback: &settings.status_callback,
            status_callback_method: &settings.status_callback_method,
            api_version: &settings.api_version,
            voice_application_sid: &settings.voice_application_sid,
            sms_application_sid: &settings.sms_application_sid,
            origin: "twilio",
            trunk_sid: filled(&settings.trunk_sid),
            // Says nothing about an address being registered, and never did.
            emergency_status: "Active",
            emergency_address_sid,
            emergency_address_status: if emergency_address_sid.is_some() {
                "registered"
            } else {
                "unregistered"
            },
            address_sid: filled(&settings.address_sid),
            identity_sid: filled(&settings.identity_sid),
            bundle_sid: filled(&settings.bundle_sid),
            uri: number_uri(&owned.account, &owned.sid),
            status: "in-use",
        }
    }
}

/// A number that uses an address: fewer keys, and a third spelling of the capabilities.
#[derive(Debug, Serialize)]
pub(super) struct DependentPhoneNumber<'a> {
    sid: &'a str,
    account_sid: &'a str,
    friendly_name: &'a str,
    phone_number: &'a str,
    voice_url: Option<&'a str>,
    voice_method: &'a str,
    voice_fallback_url: Option<&'a str>,
    voice_fallback_method: &'a str,
    voice_caller_id_lookup: bool,
    date_created: &'a str,
    date_updated: &'a str,
    sms_url: Option<&'a str>,
    sms_method: &'a str,
    sms_fallback_url: Option<&'a str>,
    sms_fallback_method: &'a str,
    address_requirements: &'static str,
    capabilities: Depends,
    status_callback: &'a str,
    status_callback_method: &'a str,
    api_version: &'a str,
    voice_application_sid: &'a str,
    sms_application_sid: &'a str,
    trunk_sid: &'a str,
    emergency_status: &'static str,
    emergency_address_sid: &'a str,
    uri: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "UPPERCASE")]
struct Depends {
    #[serde(rename = "Voice")]
    voice: bool,
    sms: bool,
    mms: bool,
}

impl<'a> From<&'a Owned> for DependentPhoneNumber<'a> {
    fn from(owned: &'a Owned) -> Self {
        let settings = &owned.settings;
        let features = owned.number.features();
        Self {
            sid: &owned.sid,
            account_sid: &owned.account,
            friendly_name: &settings.friendly_name,
            phone_number: &owned.number.number,
            voice_url: filled(&settings.voice_url),
            voice_method: &settings.voice_method,
            voice_fallback_url: filled(&settings.voice_fallback_url),
            voice_fallback_method: &settings.voice_fallback_method,
            voice_caller_id_lookup: settings.voice_caller_id_lookup,
            date_created: &owned.date_created,
            date_updated: &owned.date_updated,
            sms_url: filled(&settings.sms_url),
            sms_method: &settings.sms_method,
            sms_fallback_url: filled(&settings.sms_fallback_url),
            sms_fallback_method: &settings.sms_fallback_method,
            address_requirements: owned.number.address.name(),
            capabilities: Depends {
                voice: features.voice,
                sms: features.sms,
                mms: features.mms,
            },
            status_callback: &settings.status_callback,
            status_callback_method: &settings.status_callback_method,
            api_version: &settings.api_version,
            voice_application_sid: &settings.voice_application_sid,
            sms_application_sid: &settings.sms_application_sid,
            trunk_sid: &settings.trunk_sid,
            emergency_status: "Inactive",
            emergency_address_sid: &settings.emergency_address_sid,
            uri: number_uri(&owned.account, &owned.sid),
        }
    }
}

/// A number on sale. In North America its place comes along; elsewhere those keys are absent.
#[derive(Debug, Serialize)]
pub(super) struct AvailablePhoneNumber<'a> {
    friendly_name: String,
    phone_number: &'a str,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    place: Option<PlaceKeys>,
    iso_country: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    address_requirements: Option<&'static str>,
    beta: bool,
    capabilities: Sells,
}

#[derive(Debug, Serialize)]
struct PlaceKeys {
    lata: &'static str,
    rate_center: &'static str,
    latitude: String,
    longitude: String,
    locality: &'static str,
    region: &'static str,
    postal_code: Option<&'static str>,
}

/// On sale, messaging is in upper case and fax is missing outside North America.
#[derive(Debug, Serialize)]
struct Sells {
    voice: bool,
    #[serde(rename = "SMS")]
    sms: bool,
    #[serde(rename = "MMS")]
    mms: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    fax: Option<bool>,
}

impl<'a> From<&'a StockNumber> for AvailablePhoneNumber<'a> {
    fn from(number: &'a StockNumber) -> Self {
        let home = number.is_north_american();
        let features = number.features();
        let place = number.place.filter(|_| home).map(|place| PlaceKeys {
            lata: place.lata,
            rate_center: place.rate_center,
            latitude: format!("{:.6}", place.position.0),
            longitude: format!("{:.6}", place.position.1),
            locality: place.locality,
            region: place.region,
            postal_code: place.postal_code,
        });
        Self {
            friendly_name: name_on_sale(number),
            phone_number: &number.number,
            place,
            iso_country: number.country,
            address_requirements: (home || number.address != AddressNeed::None)
                .then(|| number.address.name()),
            beta: number.beta,
            capabilities: Sells {
                voice: features.voice,
                sms: features.sms,
                mms: features.mms,
                fax: home.then_some(features.fax),
            },
        }
    }
}

fn filled(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn number_uri(account: &str, sid: &str) -> String {
    format!("/2010-04-01/Accounts/{account}/IncomingPhoneNumbers/{sid}.json")
}
