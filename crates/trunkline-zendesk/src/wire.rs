//! Zendesk's documents, as they come. Everything is borrowed from the answer where the JSON text
//! allows it, and every member may be missing: null, absent and `""` all mean unset.

#[macro_use]
mod document;
mod page;
mod scalar;

pub(crate) use page::{Page, Single};
pub(crate) use scalar::{Capabilities, Flag, Raw, Text, ids};

document! {
    /// A row of `phone_numbers/search`.
    AvailableNumber {
        number "number": Text<'a>,
        display_number "display_number": Text<'a>,
        toll_free "toll_free": Flag,
        location "location": Text<'a>,
        country_code "country_code": Text<'a>,
        token "token": Text<'a>,
        price "price": Text<'a>,
        address_requirements "address_requirements": Text<'a>,
        nickname "nickname": Text<'a>,
        capabilities "capabilities": Capabilities,
        ..rest but "url"
    }
}

document! {
    /// `phone_numbers/{id}`, or a row of `phone_numbers` or `lines`. The answers of 2013 have `country_id`
    /// and a name, those of today `country_code` and a nickname; digital lines have a `line_id` and no number.
    PhoneNumber {
        id "id": Text<'a>,
        number "number": Text<'a>,
        display_number "display_number": Text<'a>,
        name "name": Text<'a>,
        nickname "nickname": Text<'a>,
        country_code "country_code": Text<'a>,
        country_id "country_id": Raw<'a>,
        location "location": Text<'a>,
        toll_free "toll_free": Flag,
        external "external": Flag,
        created_at "created_at": Text<'a>,
        capabilities "capabilities": Capabilities,
        line_type "line_type": Text<'a>,
        line_id "line_id": Raw<'a>,
        outbound_number "outbound_number": Raw<'a>,
        bot_id "bot_id": Raw<'a>,
        brand_id "brand_id": Raw<'a>,
        group_ids "group_ids": Raw<'a>,
        default_group_id "default_group_id": Raw<'a>,
        ivr_id "ivr_id": Text<'a>,
        schedule_id "schedule_id": Raw<'a>,
        priority "priority": Raw<'a>,
        sms_group_id "sms_group_id": Text<'a>,
        sms_enabled "sms_enabled": Raw<'a>,
        voice_enabled "voice_enabled": Raw<'a>,
        outbound_enabled "outbound_enabled": Flag,
        recorded "recorded": Raw<'a>,
        transcription "transcription": Raw<'a>,
        call_recording_consent "call_recording_consent": Raw<'a>,
        failover_number "failover_number": Raw<'a>,
        greeting_ids "greeting_ids": Raw<'a>,
        default_greeting_ids "default_greeting_ids": Raw<'a>,
        categorised_greetings "categorised_greetings": Raw<'a>,
        categorised_greetings_with_sub_settings "categorised_greetings_with_sub_settings": Raw<'a>,
        post_call_voice_ai_enabled "post_call_voice_ai_enabled": Raw<'a>,
        voice_qa_enabled "voice_qa_enabled": Raw<'a>,
        settings "settings": Raw<'a>,
        ..rest but "url"
    }
}

document! {
    /// The members of a row that tell whether it is the number looked for.
    HeldNumber {
        id "id": Text<'a>,
        number "number": Text<'a>,
        display_number "display_number": Text<'a>,
        external "external": Flag,
        line_type "line_type": Text<'a>,
        line_id "line_id": Text<'a>,
        created_at "created_at": Text<'a>,
    }
}

document! {
    /// Where the pages next to one are, if they are told apart by a cursor.
    Links {
        next "next": Text<'a>,
    }
}

document! {
    /// What `addresses/{id}` holds.
    Address {
        provider_reference "provider_reference": Text<'a>,
    }
}

document! {
    /// `addresses/{id}`.
    SingleAddress {
        address "address": Address<'a>,
    }
}

document! {
    /// The body of a refusal: `error` is a text or an object, `details` an object of lists; or there is a list of
    /// `errors`.
    Refusal {
        error "error": Raw<'a>,
        errors "errors": Raw<'a>,
        description "description": Text<'a>,
        error_description "error_description": Text<'a>,
        message "message": Text<'a>,
        details "details": Raw<'a>,
    }
}

document! {
    /// A refusal's `error` where it is an object, or one of its `errors`.
    RefusalError {
        code "code": Text<'a>,
        title "title": Text<'a>,
        message "message": Text<'a>,
        detail "detail": Text<'a>,
    }
}

document! {
    /// What is wrong with one field.
    Detail {
        description "description": Text<'a>,
        error "error": Text<'a>,
        kind "type": Text<'a>,
    }
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
        assert!(row.settings.is_none() && row.external.is_unset() && row.group_ids.is_none());
    }

    #[test]
    fn ids_come_as_numbers_or_texts_and_keep_all_their_digits() {
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
    fn capabilities_of_any_shape_spoil_nothing() {
        let read = |text: &str| serde_json::from_str::<Capabilities>(text).unwrap();
        let found = read(r#"{"sms": true, "voice": "true", "mms": null, "other": []}"#);
        assert!(found.sms && found.voice && !found.mms && !found.emergency_address);
        for odd in ["null", "[]", "true", r#""sms""#] {
            assert_eq!(read(odd), Capabilities::default(), "{odd}");
        }
    }

    #[test]
    fn text_is_borrowed_and_a_member_of_an_unexpected_type_is_unset() {
        let row: HeldNumber<'_> =
            serde_json::from_str(r#"{"id": "6", "number": {"a": 1}, "external": "maybe"}"#)
                .unwrap();
        assert_eq!(
            (row.id.get(), row.number.get(), row.external.0),
            (Some("6"), None, None)
        );
    }

    #[test]
    fn of_a_member_that_comes_twice_the_last_counts() {
        let row: HeldNumber<'_> = serde_json::from_str(r#"{"id": 1, "x": [], "id": 2}"#).unwrap();
        assert_eq!(row.id.get(), Some("2"));
    }

    #[test]
    fn a_page_has_one_of_two_collections_which_may_be_null() {
        let count = |text: &str| {
            serde_json::from_str::<Page<'_, HeldNumber<'_>>>(text).map(|page| page.rows.len())
        };
        assert_eq!(count(r#"{"lines": [{"id": 1}], "count": 1}"#).unwrap(), 1);
        assert_eq!(count(r#"{"phone_numbers": null}"#).unwrap(), 0);
        assert!(count(r#"{"count": 0}"#).is_err());
    }

    #[test]
    fn the_next_page_of_a_list_with_a_cursor_is_there_if_there_is_more() {
        let next = |rest: &str| {
            let text = format!(r#"{{"lines": [], {rest}}}"#);
            let page: Page<'_, HeldNumber<'_>> = serde_json::from_str(&text).unwrap();
            page.next_page.into_string()
        };
        let more = r#""meta": {"has_more": true, "after_cursor": "x"}, "links": {"next": "/b"}"#;
        assert_eq!(next(more).as_deref(), Some("/b"));
        assert_eq!(next(r#""links": {"next": "/b"}"#).as_deref(), Some("/b"));
        let last = r#""meta": {"has_more": false}, "links": {"prev": "/a", "next": "/b"}"#;
        assert_eq!(next(last), None);
        assert_eq!(
            next(r#""next_page": null, "meta": [], "links": null"#),
            None
        );
        let both = r#""next_page": "/c", "links": {"next": "/b"}"#;
        assert_eq!(next(both).as_deref(), Some("/c"));
    }

    #[test]
    fn what_stands_beside_a_number_is_kept() {
        let single: Single<'_> =
            serde_json::from_str(r#"{"phone_number": {"id": 6}, "ivrs": [{"id": 1}]}"#).unwrap();
        assert_eq!(single.phone_number.id.get(), Some("6"));
        assert_eq!(single.included["ivrs"].get(), r#"[{"id": 1}]"#);
        assert!(serde_json::from_str::<Single<'_>>(r#"{"ivrs": []}"#).is_err());
    }
}
