//! SignalWire's documents, as they come. Everything is borrowed from the answer where the JSON text allows it, and
//! every member may be missing: null, absent and `""` all mean unset, in one and the same object.

#[macro_use]
mod document;
mod page;
mod scalar;

use serde_json::value::RawValue;

pub(crate) use page::Page;
pub(crate) use scalar::{Capabilities, Flag, Member, Text};

document! {
    /// A row of `phone_numbers/search`. The description has `number`, the answers seen have `e164`.
    AvailableNumber {
        number "number" | "phone_number": Text<'a>,
        e164 "e164": Text<'a>,
        region "region": Text<'a>,
        city "city": Text<'a>,
        rate_center "rate_center": Text<'a>,
        lata "lata": Text<'a>,
        country_code "country_code" | "iso_country": Text<'a>,
        national_number_formatted "national_number_formatted": Text<'a>,
        international_number_formatted "international_number_formatted": Text<'a>,
        capabilities "capabilities": Capabilities,
        ..rest
    }
}

document! {
    /// `phone_numbers/{id}`, or a row of that list. It keeps the pointers of every handler it ever had: only those of
    /// the one that `call_handler` or `message_handler` names are live.
    PhoneNumber {
        id "id": Text<'a>,
        number "number": Text<'a>,
        name "name": Text<'a>,
        capabilities "capabilities": Capabilities,
        number_type "number_type": Text<'a>,
        country_code "country_code": Text<'a>,
        e911_address_id "e911_address_id": Text<'a>,
        e911_status "e911_status": Text<'a>,
        created_at "created_at": Text<'a>,
        updated_at "updated_at": Text<'a>,
        next_billed_at "next_billed_at": Text<'a>,
        call_handler "call_handler": Text<'a>,
        calling_handler_resource_id "calling_handler_resource_id": Text<'a>,
        call_receive_mode "call_receive_mode": Text<'a>,
        call_request_url "call_request_url": Text<'a>,
        call_request_method "call_request_method": Text<'a>,
        call_fallback_url "call_fallback_url": Text<'a>,
        call_fallback_method "call_fallback_method": Text<'a>,
        call_status_callback_url "call_status_callback_url": Text<'a>,
        call_status_callback_method "call_status_callback_method": Text<'a>,
        call_laml_application_id "call_laml_application_id": Text<'a>,
        call_dialogflow_agent_id "call_dialogflow_agent_id": Text<'a>,
        call_relay_topic "call_relay_topic": Text<'a>,
        call_relay_topic_status_callback_url "call_relay_topic_status_callback_url": Text<'a>,
        call_relay_script_url "call_relay_script_url": Text<'a>,
        call_relay_context "call_relay_context": Text<'a>,
        call_relay_context_status_callback_url "call_relay_context_status_callback_url": Text<'a>,
        call_relay_application "call_relay_application": Text<'a>,
        call_relay_connector_id "call_relay_connector_id": Text<'a>,
        call_sip_endpoint_id "call_sip_endpoint_id": Text<'a>,
        call_verto_resource "call_verto_resource": Text<'a>,
        call_video_room_id "call_video_room_id": Text<'a>,
        call_ai_agent_id "call_ai_agent_id": Text<'a>,
        call_flow_id "call_flow_id": Text<'a>,
        call_flow_version "call_flow_version": Text<'a>,
        message_handler "message_handler": Text<'a>,
        messaging_handler_resource_id "messaging_handler_resource_id": Text<'a>,
        message_request_url "message_request_url": Text<'a>,
        message_request_method "message_request_method": Text<'a>,
        message_fallback_url "message_fallback_url": Text<'a>,
        message_fallback_method "message_fallback_method": Text<'a>,
        message_laml_application_id "message_laml_application_id": Text<'a>,
        message_relay_topic "message_relay_topic": Text<'a>,
        message_relay_context "message_relay_context": Text<'a>,
        message_relay_application "message_relay_application": Text<'a>,
        ..rest
    }
}

document! {
    /// The members of a held number that tell whether it is the one looked for.
    HeldNumber {
        id "id": Text<'a>,
        number "number": Text<'a>,
        created_at "created_at": Text<'a>,
    }
}

document! {
    /// `verified_caller_ids/{id}`, or a row of that list; pending ones are in it too.
    CallerId {
        id "id": Text<'a>,
        number "number": Text<'a>,
        name "name": Text<'a>,
        extension "extension": Text<'a>,
        verified "verified": Flag,
        verified_at "verified_at": Text<'a>,
        status "status": Text<'a>,
        ..rest but "type"
    }
}

document! {
    /// The links of a page.
    Links {
        next "next": Text<'a>,
    }
}

document! {
    /// The body of a refusal, in any of its three shapes.
    Refusal {
        error "error": Option<&'a RawValue>,
        errors "errors": Option<&'a RawValue>,
        code "code": Text<'a>,
        message "message": Text<'a>,
    }
}

document! {
    /// One of several reasons: with `detail` and `title`, or with `message` and `attribute`.
    Reason {
        code "code": Text<'a>,
        detail "detail": Option<&'a RawValue>,
        message "message": Text<'a>,
        title "title": Text<'a>,
    }
}

impl Member for Option<&RawValue> {
    fn is_unset(&self) -> bool {
        self.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn able(text: &str) -> Vec<&'static str> {
        let found: Capabilities = serde_json::from_str(text).unwrap();
        let known = found.known;
        [
            ("voice", known.voice),
            ("sms", known.sms),
            ("mms", known.mms),
            ("fax", known.fax),
        ]
        .into_iter()
        .filter_map(|(name, able)| able.then_some(name))
        .collect()
    }

    #[test]
    fn null_absent_and_empty_all_mean_unset() {
        let row: PhoneNumber<'_> = serde_json::from_str(
            r#"{"call_video_room_id": "", "call_request_url": null, "name": "Desk"}"#,
        )
        .unwrap();
        assert!(row.call_video_room_id.is_unset() && row.call_request_url.is_unset());
        assert!(row.call_relay_topic.is_unset());
        assert_eq!(row.name.get(), Some("Desk"));
    }

    #[test]
    fn text_is_borrowed_unless_it_was_escaped() {
        let row: CallerId<'_> = serde_json::from_str(r#"{"id": "x", "name": "a\u0062"}"#).unwrap();
        assert!(row.id.is_borrowed() && !row.name.is_borrowed());
        assert_eq!(row.name.get(), Some("ab"));
    }

    #[test]
    fn what_a_number_can_do_comes_as_a_list_or_as_flags() {
        let three = ["voice", "sms", "fax"];
        assert_eq!(able(r#"["fax", "voice", "SMS", null, 7]"#), three);
        let flags = r#"{"voice": true, "sms": "true", "mms": false, "fax": 1}"#;
        assert_eq!(able(flags), three);
        for text in ["null", "true", "3", r#""voice""#, "[[1]]"] {
            assert!(able(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn an_ability_that_is_none_of_ours_is_kept() {
        let found: Capabilities = serde_json::from_str(r#"["voice", "rcs"]"#).unwrap();
        assert_eq!(found.other, ["rcs"]);
        assert_eq!(serde_json::to_string(&found).unwrap(), r#"["rcs"]"#);
    }

    #[test]
    fn of_a_member_that_comes_twice_the_last_counts() {
        let row: HeldNumber<'_> =
            serde_json::from_str(r#"{"id": "1", "other": [], "id": "2"}"#).unwrap();
        assert_eq!(row.id.get(), Some("2"));
    }

    #[test]
    fn links_may_be_anything_and_rows_may_be_missing() {
        let page = |text: &str| {
            let page: Page<'_, HeldNumber<'_>> = serde_json::from_str(text).unwrap();
            let rows = page.rows.as_ref().map(Vec::len);
            (page.next.into_string(), rows)
        };
        assert_eq!(page("{}"), (None, None));
        assert_eq!(page(r#"{"links": {}, "data": null}"#), (None, None));
        assert_eq!(page(r#"{"links": [], "data": []}"#), (None, Some(0)));
        assert_eq!(page(r#"{"links": null, "data": [{}]}"#), (None, Some(1)));
        let more = r#"{"links": {"self": "/a", "next": "/b", "prev": null}, "data": [{}, {}]}"#;
        assert_eq!(page(more), (Some("/b".to_owned()), Some(2)));
    }
}
