//! Twilio's documents, as they come. Everything is borrowed from the answer where the JSON text
//! allows it, and every member may be missing: null, absent and `""` all mean unset.

mod scalar;

use serde::Deserialize;

pub(crate) use scalar::{Capabilities, Flag, Text};

/// A page of any list. The name of the collection depends on the resource; a search answer has
/// none of the paging members.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a, T: Deserialize<'de>"))]
pub(crate) struct Page<'a, T> {
    #[serde(borrow, default)]
    pub(crate) next_page_uri: Text<'a>,
    #[serde(
        rename = "incoming_phone_numbers",
        alias = "available_phone_numbers",
        alias = "outgoing_caller_ids"
    )]
    pub(crate) rows: Vec<T>,
}

/// A row of `AvailablePhoneNumbers/{country}/{type}.json`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AvailableNumber<'a> {
    #[serde(borrow)]
    pub(crate) phone_number: Text<'a>,
    pub(crate) friendly_name: Text<'a>,
    pub(crate) lata: Text<'a>,
    pub(crate) rate_center: Text<'a>,
    pub(crate) latitude: Text<'a>,
    pub(crate) longitude: Text<'a>,
    pub(crate) locality: Text<'a>,
    pub(crate) region: Text<'a>,
    pub(crate) postal_code: Text<'a>,
    pub(crate) iso_country: Text<'a>,
    pub(crate) address_requirements: Text<'a>,
    pub(crate) beta: Flag,
    pub(crate) capabilities: Capabilities,
}

/// `IncomingPhoneNumbers/{sid}.json`, or a row of that list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct IncomingNumber<'a> {
    #[serde(borrow)]
    pub(crate) sid: Text<'a>,
    pub(crate) phone_number: Text<'a>,
    pub(crate) friendly_name: Text<'a>,
    pub(crate) capabilities: Capabilities,
    pub(crate) r#type: Text<'a>,
    pub(crate) status: Text<'a>,
    pub(crate) origin: Text<'a>,
    pub(crate) address_requirements: Text<'a>,
    pub(crate) address_sid: Text<'a>,
    pub(crate) bundle_sid: Text<'a>,
    pub(crate) identity_sid: Text<'a>,
    pub(crate) emergency_status: Text<'a>,
    pub(crate) emergency_address_sid: Text<'a>,
    pub(crate) emergency_address_status: Text<'a>,
    pub(crate) voice_url: Text<'a>,
    pub(crate) voice_method: Text<'a>,
    pub(crate) voice_fallback_url: Text<'a>,
    pub(crate) voice_fallback_method: Text<'a>,
    pub(crate) voice_application_sid: Text<'a>,
    pub(crate) voice_caller_id_lookup: Flag,
    pub(crate) voice_receive_mode: Text<'a>,
    pub(crate) sms_url: Text<'a>,
    pub(crate) sms_method: Text<'a>,
    pub(crate) sms_fallback_url: Text<'a>,
    pub(crate) sms_fallback_method: Text<'a>,
    pub(crate) sms_application_sid: Text<'a>,
    pub(crate) status_callback: Text<'a>,
    pub(crate) status_callback_method: Text<'a>,
    pub(crate) trunk_sid: Text<'a>,
    pub(crate) beta: Flag,
    pub(crate) api_version: Text<'a>,
    pub(crate) date_created: Text<'a>,
    pub(crate) date_updated: Text<'a>,
}

/// The two members of a held number that tell whether it is the one looked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct HeldNumber<'a> {
    #[serde(borrow)]
    pub(crate) sid: Text<'a>,
    pub(crate) phone_number: Text<'a>,
    pub(crate) date_created: Text<'a>,
}

/// `OutgoingCallerIds/{sid}.json`, or a row of that list. Being there means being verified.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct OutgoingCallerId<'a> {
    #[serde(borrow)]
    pub(crate) sid: Text<'a>,
    pub(crate) phone_number: Text<'a>,
    pub(crate) friendly_name: Text<'a>,
    pub(crate) date_created: Text<'a>,
    pub(crate) date_updated: Text<'a>,
}

/// The answer to a start of a caller-ID validation; it has no sid.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ValidationRequest<'a> {
    #[serde(borrow)]
    pub(crate) phone_number: Text<'a>,
    pub(crate) friendly_name: Text<'a>,
    pub(crate) call_sid: Text<'a>,
    pub(crate) validation_code: Text<'a>,
}

/// The price list of a country on the pricing host.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CountryPrices<'a> {
    #[serde(borrow)]
    pub(crate) price_unit: Text<'a>,
    pub(crate) phone_number_prices: Vec<TypePrice<'a>>,
}

/// The price of one type of number.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TypePrice<'a> {
    #[serde(borrow)]
    pub(crate) number_type: Text<'a>,
    pub(crate) base_price: Text<'a>,
    pub(crate) current_price: Text<'a>,
}

/// The body of a refusal.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Refusal<'a> {
    #[serde(borrow)]
    pub(crate) code: Text<'a>,
    pub(crate) message: Text<'a>,
    pub(crate) detail: Text<'a>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_absent_and_empty_all_mean_unset() {
        let row: IncomingNumber<'_> =
            serde_json::from_str(r#"{"voice_url": null, "sms_url": "", "trunk_sid": "TK1"}"#)
                .unwrap();
        assert_eq!((row.voice_url.get(), row.sms_url.get()), (None, None));
        assert_eq!(
            (row.status_callback.get(), row.trunk_sid.get()),
            (None, Some("TK1"))
        );
    }

    #[test]
    fn text_is_borrowed_unless_it_was_escaped() {
        let row: OutgoingCallerId<'_> =
            serde_json::from_str(r#"{"sid": "PN1", "friendly_name": "a\u0062"}"#).unwrap();
        assert!(row.sid.is_borrowed() && !row.friendly_name.is_borrowed());
        assert_eq!(row.friendly_name.get(), Some("ab"));
    }

    #[test]
    fn coordinates_and_codes_come_as_strings_or_numbers() {
        let row: AvailableNumber<'_> =
            serde_json::from_str(r#"{"latitude": "37.774900", "longitude": -122.4194}"#).unwrap();
        assert_eq!(row.latitude.get(), Some("37.774900"));
        assert_eq!(row.longitude.get(), Some("-122.4194"));
        let code: ValidationRequest<'_> =
            serde_json::from_str(r#"{"validation_code": 48213}"#).unwrap();
        assert_eq!(code.validation_code.get(), Some("48213"));
    }

    #[test]
    fn capability_keys_come_in_any_case() {
        for text in [
            r#"{"voice": true, "SMS": true, "MMS": false}"#,
            r#"{"Voice": true, "sms": "true", "other": [1]}"#,
        ] {
            let found: Capabilities = serde_json::from_str(text).unwrap();
            assert!(
                found.voice && found.sms && !found.mms && !found.fax,
                "{text}"
            );
        }
        assert!(!serde_json::from_str::<Capabilities>("null").unwrap().voice);
    }

    #[test]
    fn a_member_of_an_unexpected_type_is_unset() {
        let row: IncomingNumber<'_> = serde_json::from_str(
            r#"{"sid": "PN1", "origin": {"a": 1}, "beta": "maybe", "capabilities": []}"#,
        )
        .unwrap();
        assert_eq!(
            (row.sid.get(), row.origin.get(), row.beta.0),
            (Some("PN1"), None, None)
        );
    }

    #[test]
    fn a_page_without_its_collection_is_an_error() {
        assert!(serde_json::from_str::<Page<'_, HeldNumber<'_>>>(r#"{"page": 0}"#).is_err());
    }
}
