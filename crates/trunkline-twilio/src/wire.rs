//! Twilio's documents, as they come. Everything is borrowed from the answer where the JSON text allows it, and every member
//! may be missing: null, absent and `""` all mean unset.

use serde_json::value::RawValue;
use trunkline_http::document;
use trunkline_http::wire::{Capabilities, Flag, Listing};

/// Any of Twilio's lists. A search answer has none of the paging members.
pub(crate) struct List;

impl Listing for List {
    const ROWS: &'static [&'static str] = &[
        "incoming_phone_numbers",
        "available_phone_numbers",
        "outgoing_caller_ids",
        "dependent_phone_numbers",
        "countries",
    ];
    const NEXT: &'static str = "next_page_uri";
}

document! {
    /// A row of `AvailablePhoneNumbers/{country}/{type}.json`.
    AvailableNumber {
        phone_number,
        friendly_name,
        rate_center,
        latitude,
        longitude,
        locality,
        region,
        postal_code,
        iso_country,
        address_requirements,
        capabilities: Capabilities,
        lata,
        beta: Flag,
        ..rest except "uri"
    }
}

document! {
    /// `IncomingPhoneNumbers/{sid}.json`, or a row of that list. Where calls and messages go stands in `rest`.
    IncomingNumber {
        sid,
        account_sid,
        phone_number,
        friendly_name,
        capabilities: Capabilities,
        kind = "type",
        status,
        address_requirements,
        emergency_address_sid,
        emergency_address_status,
        emergency_status,
        address_sid,
        bundle_sid,
        identity_sid,
        origin,
        beta: Flag,
        api_version,
        voice_receive_mode,
        voice_caller_id_lookup: Flag,
        date_created,
        date_updated,
        ..rest except "uri"
    }
}

document! {
    /// `OutgoingCallerIds/{sid}.json`, or a row of that list. Only verified ones are in it.
    OutgoingCallerId {
        sid,
        phone_number,
        friendly_name,
        date_created,
        date_updated,
        ..rest except "uri" | "account_sid"
    }
}

document! {
    /// The answer to a start of a caller-ID validation; it has no sid.
    ValidationRequest {
        phone_number,
        friendly_name,
        call_sid,
        validation_code,
    }
}

document! {
    /// A row of `AvailablePhoneNumbers.json`. The names of its resources are the types on sale.
    CountryOnSale {
        country_code,
        country,
        subresource_uris: Option<&'a RawValue>,
    }
}

document! {
    /// The price list of a country on the pricing host.
    CountryPrices {
        price_unit,
        phone_number_prices: Option<Vec<Option<TypePrice<'a>>>>,
    }
}

document! {
    /// The price of one type of number.
    TypePrice {
        number_type,
        base_price,
        current_price,
    }
}

document! {
    /// The body of a refusal.
    Refusal {
        code,
        message,
        detail,
    }
}

#[cfg(test)]
mod tests {
    use trunkline_http::wire::Rows;

    use super::*;

    fn count(text: &str) -> Option<usize> {
        let page = Rows::<OutgoingCallerId<'_>>::from_json::<List>(text);
        page.ok().map(|page| page.rows.len())
    }

    #[test]
    fn collection_has_one_of_its_names_and_may_be_null() {
        assert_eq!(
            count(r#"{"dependent_phone_numbers": [{"sid": "PN1"}]}"#),
            Some(1)
        );
        assert_eq!(count(r#"{"incoming_phone_numbers": null}"#), Some(0));
        assert_eq!(count(r#"{"page": 0}"#), None);
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
}
