//! Twilio's documents, as they come. Everything is borrowed from the answer where the JSON text
//! allows it, and every member may be missing: null, absent and `""` all mean unset.

#[macro_use]
mod document;
mod page;
mod scalar;

use serde_json::value::RawValue;

pub(crate) use page::Page;
pub(crate) use scalar::{Capabilities, Flag, Text};

document! {
    /// A row of `AvailablePhoneNumbers/{country}/{type}.json`.
    AvailableNumber {
        phone_number "phone_number": Text<'a>,
        friendly_name "friendly_name": Text<'a>,
        lata "lata": Text<'a>,
        rate_center "rate_center": Text<'a>,
        latitude "latitude": Text<'a>,
        longitude "longitude": Text<'a>,
        locality "locality": Text<'a>,
        region "region": Text<'a>,
        postal_code "postal_code": Text<'a>,
        iso_country "iso_country": Text<'a>,
        address_requirements "address_requirements": Text<'a>,
        beta "beta": Flag,
        capabilities "capabilities": Capabilities,
        ..rest but "uri"
    }
}

document! {
    /// `IncomingPhoneNumbers/{sid}.json`, or a row of that list.
    IncomingNumber {
        sid "sid": Text<'a>,
        account_sid "account_sid": Text<'a>,
        phone_number "phone_number": Text<'a>,
        friendly_name "friendly_name": Text<'a>,
        capabilities "capabilities": Capabilities,
        kind "type": Text<'a>,
        status "status": Text<'a>,
        origin "origin": Text<'a>,
        address_requirements "address_requirements": Text<'a>,
        address_sid "address_sid": Text<'a>,
        bundle_sid "bundle_sid": Text<'a>,
        identity_sid "identity_sid": Text<'a>,
        emergency_status "emergency_status": Text<'a>,
        emergency_address_sid "emergency_address_sid": Text<'a>,
        emergency_address_status "emergency_address_status": Text<'a>,
        voice_url "voice_url": Text<'a>,
        voice_method "voice_method": Text<'a>,
        voice_fallback_url "voice_fallback_url": Text<'a>,
        voice_fallback_method "voice_fallback_method": Text<'a>,
        voice_application_sid "voice_application_sid": Text<'a>,
        voice_caller_id_lookup "voice_caller_id_lookup": Flag,
        voice_receive_mode "voice_receive_mode": Text<'a>,
        sms_url "sms_url": Text<'a>,
        sms_method "sms_method": Text<'a>,
        sms_fallback_url "sms_fallback_url": Text<'a>,
        sms_fallback_method "sms_fallback_method": Text<'a>,
        sms_application_sid "sms_application_sid": Text<'a>,
        status_callback "status_callback": Text<'a>,
        status_callback_method "status_callback_method": Text<'a>,
        trunk_sid "trunk_sid": Text<'a>,
        beta "beta": Flag,
        api_version "api_version": Text<'a>,
        date_created "date_created": Text<'a>,
        date_updated "date_updated": Text<'a>,
        ..rest but "uri"
    }
}

document! {
    /// The two members of a held number that tell whether it is the one looked for.
    HeldNumber {
        sid "sid": Text<'a>,
        phone_number "phone_number": Text<'a>,
        date_created "date_created": Text<'a>,
    }
}

document! {
    /// `OutgoingCallerIds/{sid}.json`, or a row of that list. Being there means being verified.
    OutgoingCallerId {
        sid "sid": Text<'a>,
        phone_number "phone_number": Text<'a>,
        friendly_name "friendly_name": Text<'a>,
        date_created "date_created": Text<'a>,
        date_updated "date_updated": Text<'a>,
        ..rest but "uri" | "account_sid"
    }
}

document! {
    /// The answer to a start of a caller-ID validation; it has no sid.
    ValidationRequest {
        phone_number "phone_number": Text<'a>,
        friendly_name "friendly_name": Text<'a>,
        call_sid "call_sid": Text<'a>,
        validation_code "validation_code": Text<'a>,
    }
}

document! {
    /// A row of `AvailablePhoneNumbers.json`. The names of its resources are the types on sale.
    CountryOnSale {
        country_code "country_code": Text<'a>,
        country "country": Text<'a>,
        subresource_uris "subresource_uris": Option<&'a RawValue>,
    }
}

document! {
    /// The price list of a country on the pricing host.
    CountryPrices {
        price_unit "price_unit": Text<'a>,
        phone_number_prices "phone_number_prices": Option<Vec<Option<TypePrice<'a>>>>,
    }
}

document! {
    /// The price of one type of number.
    TypePrice {
        number_type "number_type": Text<'a>,
        base_price "base_price": Text<'a>,
        current_price "current_price": Text<'a>,
    }
}

document! {
    /// The body of a refusal.
    Refusal {
        code "code": Text<'a>,
        message "message": Text<'a>,
        detail "detail": Text<'a>,
    }
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
    fn what_a_number_can_do_comes_as_flags_words_numbers_or_a_list() {
        let read = |text: &str| serde_json::from_str::<Capabilities>(text).unwrap();
        for text in [
            r#"{"voice": "True", "sms": 1, "mms": 0, "fax": "FALSE"}"#,
            r#"["voice", "SMS", 7]"#,
        ] {
            let found = read(text);
            assert!(
                found.voice && found.sms && !found.mms && !found.fax,
                "{text}"
            );
        }
        for text in ["true", "3", "-1", "0.5", r#""voice""#] {
            assert_eq!(read(text), Capabilities::default(), "{text}");
        }
    }

    #[test]
    fn of_a_member_that_comes_twice_the_last_counts() {
        let row: HeldNumber<'_> =
            serde_json::from_str(r#"{"sid": "PN1", "other": [], "sid": "PN2"}"#).unwrap();
        assert_eq!(row.sid.get(), Some("PN2"));
    }

    #[test]
    fn a_collection_has_one_of_its_names_and_may_be_null() {
        let count = |text: &str| {
            let page = serde_json::from_str::<Page<'_, HeldNumber<'_>>>(text).unwrap();
            page.rows.len()
        };
        assert_eq!(count(r#"{"dependent_phone_numbers": [{"sid": "PN1"}]}"#), 1);
        assert_eq!(count(r#"{"incoming_phone_numbers": null}"#), 0);
    }

    #[test]
    fn a_page_without_its_collection_is_an_error() {
        assert!(serde_json::from_str::<Page<'_, HeldNumber<'_>>>(r#"{"page": 0}"#).is_err());
    }
}
