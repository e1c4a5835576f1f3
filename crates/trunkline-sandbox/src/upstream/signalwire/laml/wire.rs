//! The documents of the compatibility API, in the shape that was seen.

use serde::Serialize;

use super::super::state::Owned;
use super::super::text::{dashed, mail_date};
use crate::world::stock::{NumberKind, StockNumber};

/// A number that is held. Much in it never changes: it is there for those who expect Twilio.
#[derive(Debug, Serialize)]
pub(super) struct IncomingPhoneNumber<'a> {
    sid: &'a str,
    account_sid: &'a str,
    account_id: &'a str,
    friendly_name: String,
    phone_number: &'a str,
    voice_url: Option<&'a str>,
    voice_method: &'a str,
    voice_fallback_url: Option<&'a str>,
    voice_fallback_method: &'a str,
    voice_caller_id_lookup: bool,
    voice_receive_mode: &'a str,
    voice_application_sid: Option<&'a str>,
    date_created: String,
    date_updated: String,
    sms_url: Option<&'a str>,
    sms_method: &'a str,
    sms_fallback_url: Option<&'a str>,
    sms_fallback_method: &'a str,
    sms_application_sid: Option<&'a str>,
    capabilities: Capabilities,
    status_callback: Option<&'a str>,
    status_callback_method: &'a str,
    api_version: &'static str,
    origin: &'static str,
    beta: bool,
    address_requirements: &'static str,
    address_sid: Option<&'a str>,
    identity_sid: Option<&'a str>,
    trunk_sid: Option<&'a str>,
    country_code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    verification_status: Option<&'static str>,
    uri: String,
}

/// Owned numbers can fax, too; all in lower case.
#[derive(Debug, Serialize)]
struct Capabilities {
    voice: bool,
    sms: bool,
    mms: bool,
    fax: bool,
}

impl<'a> From<&'a Owned> for IncomingPhoneNumber<'a> {
    fn from(owned: &'a Owned) -> Self {
        let settings = &owned.settings;
        let method = |name| settings.filled(name).unwrap_or("POST");
        let features = owned.number.features();
        let number = &owned.number.number;
        let name = settings.filled("name").map(str::to_owned);
        Self {
            sid: &owned.id,
            account_sid: owned.project,
            account_id: owned.project,
            friendly_name: name.unwrap_or_else(|| dashed(number)),
            phone_number: number,
            voice_url: settings.get("call_request_url"),
            voice_method: method("call_request_method"),
            voice_fallback_url: settings.get("call_fallback_url"),
            voice_fallback_method: method("call_fallback_method"),
            voice_caller_id_lookup: false,
            voice_receive_mode: settings.get("call_receive_mode").unwrap_or("voice"),
            voice_application_sid: settings.get("call_laml_application_id"),
            date_created: mail_date(owned.created.at),
            date_updated: mail_date(owned.updated.at),
            sms_url: settings.get("message_request_url"),
            sms_method: method("message_request_method"),
            sms_fallback_url: settings.get("message_fallback_url"),
            sms_fallback_method: method("message_fallback_method"),
            sms_application_sid: settings.get("message_laml_application_id"),
            capabilities: Capabilities {
                voice: features.voice,
                sms: features.sms,
                mms: features.mms,
                fax: features.fax,
            },
            status_callback: settings.get("call_status_callback_url"),
            status_callback_method: method("call_status_callback_method"),
            api_version: "2010-04-01",
            origin: "signalwire",
            beta: false,
            address_requirements: "none",
            address_sid: None,
            identity_sid: None,
            trunk_sid: None,
            country_code: owned.number.country,
            verification_status: (owned.number.kind == NumberKind::TollFree)
                .then_some("Unverified"),
            uri: format!(
                "/api/laml/2010-04-01/Accounts/{}/IncomingPhoneNumbers/{}",
                owned.project, owned.id
            ),
        }
    }
}

/// A number on sale: less is known of it than at Twilio.
#[derive(Debug, Serialize)]
pub(super) struct AvailablePhoneNumber<'a> {
    friendly_name: String,
    phone_number: &'a str,
    lata: Option<&'static str>,
    rate_center: Option<&'static str>,
    latitude: Option<&'static str>,
    longitude: Option<&'static str>,
    region: Option<&'static str>,
    postal_code: Option<&'static str>,
    iso_country: &'static str,
    capabilities: Sells,
    beta: bool,
}

/// On sale, messaging is in upper case.
#[derive(Debug, Serialize)]
struct Sells {
    voice: bool,
    #[serde(rename = "SMS")]
    sms: bool,
    #[serde(rename = "MMS")]
    mms: bool,
}

impl<'a> From<&'a StockNumber> for AvailablePhoneNumber<'a> {
    fn from(number: &'a StockNumber) -> Self {
        let features = number.features();
        Self {
            friendly_name: dashed(&number.number),
            phone_number: &number.number,
            lata: None,
            rate_center: number.place.map(|place| place.rate_center),
            latitude: None,
            longitude: None,
            region: number.place.map(|place| place.region),
            postal_code: None,
            iso_country: number.country,
            capabilities: Sells {
                voice: features.voice,
                sms: features.sms,
                mms: features.mms,
            },
            beta: false,
        }
    }
}
