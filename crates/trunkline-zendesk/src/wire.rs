//! Zendesk's documents, as they come. Every member may be missing: null, absent and `""` all mean unset.

use serde_json::value::RawValue;
use trunkline_http::document;
use trunkline_http::wire::{Capabilities, Flag, Listing, Text};

/// A value that is passed on as it came.
pub(crate) type Raw<'a> = Option<&'a RawValue>;

/// A page of numbers or lines. The name of the collection depends on the resource.
pub(crate) struct Numbers;

impl Listing for Numbers {
    const ROWS: &'static [&'static str] = &["phone_numbers", "lines"];
    const NEXT: &'static str = "next_page";
    const TOTAL: &'static str = "count";
}

document! {
    /// A row of `phone_numbers/search`.
    AvailableNumber {
        number,
        display_number,
        toll_free: Flag,
        location,
        country_code,
        token,
        price,
        address_requirements,
        nickname,
        capabilities: Capabilities,
        ..rest except "url"
    }

    /// `phone_numbers/{id}`, or a row of `phone_numbers` or `lines`. The answers of 2013 have `country_id`
    /// and a name, those of today `country_code` and a nickname; digital lines have a `line_id` and no number.
    PhoneNumber {
        id,
        number,
        display_number,
        name,
        nickname,
        country_code,
        country_id: Raw<'a>,
        location,
        toll_free: Flag,
        external: Flag,
        created_at,
        capabilities: Capabilities,
        line_type,
        line_id: Raw<'a>,
        outbound_number: Raw<'a>,
        bot_id: Raw<'a>,
        brand_id: Raw<'a>,
        group_ids: Raw<'a>,
        default_group_id: Raw<'a>,
        ivr_id,
        schedule_id: Raw<'a>,
        priority: Raw<'a>,
        sms_group_id,
        sms_enabled: Raw<'a>,
        voice_enabled: Raw<'a>,
        outbound_enabled: Flag,
        recorded: Raw<'a>,
        transcription: Raw<'a>,
        call_recording_consent: Raw<'a>,
        failover_number: Raw<'a>,
        greeting_ids: Raw<'a>,
        default_greeting_ids: Raw<'a>,
        categorised_greetings: Raw<'a>,
        categorised_greetings_with_sub_settings: Raw<'a>,
        post_call_voice_ai_enabled: Raw<'a>,
        voice_qa_enabled: Raw<'a>,
        settings: Raw<'a>,
        ..rest except "url"
    }

    /// A single number, and beside it what was loaded with it.
    Single {
        phone_number: Option<PhoneNumber<'a>>,
        ..included
    }

    /// The members of a row that tell whether it is the number looked for.
    HeldNumber {
        id,
        number,
        display_number,
        external: Flag,
        line_type,
        line_id,
        created_at,
    }

    /// `addresses/{id}`.
    SingleAddress {
        address: Option<Address<'a>>,
    }

    /// An address.
    Address {
        provider_reference,
    }

    /// The body of a refusal: `error` is a text or an object, `details` an object of lists; or there is a list of
    /// `errors`.
    Refusal {
        error: Raw<'a>,
        errors: Raw<'a>,
        description,
        error_description,
        message,
        details: Raw<'a>,
    }

    /// A refusal's `error` where it is an object, or one of its `errors`.
    RefusalError {
        code,
        title,
        message,
        detail,
    }

    /// An entry about one field in the `details` of a refusal.
    Detail {
        description,
        error,
        kind = "type",
    }
}

/// The ids in a list, numbers or texts; none for null, absent and anything else.
pub(crate) fn ids(list: Raw<'_>) -> Vec<String> {
    let list = list.map_or("[]", RawValue::get);
    let ids: Vec<Text<'_>> = serde_json::from_str(list).unwrap_or_default();
    ids.into_iter().filter_map(Text::into_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_absent_and_empty_all_mean_unset() {
        let row: PhoneNumber<'_> = serde_json::from_str(
            r#"{"id": 6, "nickname": null, "location": "", "settings": null}"#,
        )
        .unwrap();
        assert_eq!(row.id.get(), Some("6"));
        assert_eq!((row.nickname.get(), row.location.get()), (None, None));
        assert!(row.settings.is_none() && row.external.0.is_none() && row.group_ids.is_none());
    }

    #[test]
    fn ids_are_numbers_or_texts_and_keep_all_their_digits() {
        let row: PhoneNumber<'_> = serde_json::from_str(
            r#"{"id": 900000120986, "group_ids": [1, "2", null], "ivr_id": 7}"#,
        )
        .unwrap();
        assert_eq!(row.id.get(), Some("900000120986"));
        assert_eq!(
            (ids(row.group_ids).join(" "), row.ivr_id.get()),
            ("1 2".to_owned(), Some("7"))
        );
        for odd in [
            r#"{"group_ids": null}"#,
            r#"{"group_ids": {"a": 1}}"#,
            r#"{"group_ids": 7}"#,
        ] {
            let row: PhoneNumber<'_> = serde_json::from_str(odd).unwrap();
            assert!(ids(row.group_ids).is_empty(), "{odd}");
        }
    }

    #[test]
    fn emergency_address_is_a_capability_beside_the_features() {
        let json = r#"{"capabilities": {"sms": true, "voice": "true", "mms": null, "emergency_address": true}}"#;
        let row: PhoneNumber<'_> = serde_json::from_str(json).unwrap();
        let found = row.capabilities;
        assert!(found.known.sms && found.known.voice && !found.known.mms);
        assert_eq!(found.other, ["emergency_address"]);
    }

    #[test]
    fn members_beside_a_number_are_kept() {
        let single: Single<'_> =
            serde_json::from_str(r#"{"phone_number": {"id": 6}, "ivrs": [{"id": 1}]}"#).unwrap();
        assert_eq!(single.phone_number.unwrap().id.get(), Some("6"));
        assert_eq!(
            single.included.iter().next().unwrap().1.get(),
            r#"[{"id": 1}]"#
        );
    }
}
