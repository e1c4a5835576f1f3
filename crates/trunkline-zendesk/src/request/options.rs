//! What Zendesk alone has: the `provider_options` of an order, an update or a caller ID, spelled as in its answers.

use serde::{Deserialize, Serialize};
use trunkline_core::{Patch, ProviderData, PurchaseOrder, Result};
use trunkline_http::options::{self, Given};

/// A custom greeting, a number; some accounts have texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum GreetingId {
    Number(u64),
    Text(String),
}

/// With or without a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LineType {
    Phone,
    Digital,
}

/// How long a recording is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum DeleteAfter {
    #[serde(rename = "never")]
    Never,
    #[serde(rename = "1.days")]
    OneDay,
    #[serde(rename = "1.weeks")]
    OneWeek,
    #[serde(rename = "2.weeks")]
    TwoWeeks,
    #[serde(rename = "1.months")]
    OneMonth,
    #[serde(rename = "2.months")]
    TwoMonths,
    #[serde(rename = "3.months")]
    ThreeMonths,
    #[serde(rename = "6.months")]
    SixMonths,
    #[serde(rename = "1.years")]
    OneYear,
    #[serde(rename = "2.years")]
    TwoYears,
}

trunkline_http::options! {
    /// The writable fields of a number that have no unified name, and those behind the routings. Flags and settings can't be
    /// unset.
    pub(crate) struct NumberOptions {
        group_ids: Patch<Vec<u64>>,
        ivr_id: Patch<u64>,
        sms_group_id: Patch<u64>,
        brand_id: Patch<u64>,
        call_recording_consent: Patch<String>,
        default_group_id: Patch<u64>,
        failover_number: Patch<String>,
        greeting_ids: Patch<Vec<GreetingId>>,
        priority: Patch<i64>,
        schedule_id: Patch<u64>,
        line_type: Given<LineType>,
        outbound_enabled: Given<bool>,
        post_call_voice_ai_enabled: Given<bool>,
        recorded: Given<bool>,
        sms_enabled: Given<bool>,
        transcription: Given<bool>,
        voice_enabled: Given<bool>,
        voice_qa_enabled: Given<bool>,
        settings: Given<Settings>,
    }

    /// The settings of a number, which are shown and changed only with `include=settings`. The last three are no part of
    /// Zendesk's documentation.
    pub(crate) struct Settings {
        allow_outbound_calls: Given<bool>,
        average_wait_time_message_enabled: Given<bool>,
        /// Seconds.
        call_offering_duration: Given<u32>,
        call_recording_delete_after: Given<DeleteAfter>,
        callback_from_queue: Given<bool>,
        /// ISO 639-1.
        callback_locale: Given<String>,
        create_ticket_for_abandoned_calls: Given<bool>,
        dequeue_retry_if_attempted: Given<bool>,
        /// Calls.
        maximum_queue_size: Given<u32>,
        /// Minutes.
        maximum_queue_wait_time: Given<u32>,
        /// An object whose members Zendesk does not document.
        overflow_number: Given<ProviderData>,
        priority: Given<i64>,
        voicemail: Given<bool>,
        voicemail_outside_business_hours: Given<bool>,
        voicemail_recording_delete_after: Given<DeleteAfter>,
        forwarding_caller_id: Given<String>,
        wrap_up_enabled: Given<bool>,
        wrap_up_time_limit: Given<u32>,
    }

    /// What Zendesk can change of a caller ID besides its name.
    pub(crate) struct CallerIdOptions {
        /// Whether it is in use for outgoing calls.
        outbound_enabled: Given<bool>,
    }
}

impl NumberOptions {
    /// Reads the options of an update. A list is unset by being emptied, and settings that set nothing are left out.
    /// Errors: `InvalidRequest` naming `provider_options` or the member below it.
    pub(super) fn read(data: &Patch<ProviderData>) -> Result<Self> {
        let mut options: Self = options::read_change(data)?;
        if options.group_ids == Patch::Clear {
            options.group_ids = Patch::Set(Vec::new());
        }
        if options.greeting_ids == Patch::Clear {
            options.greeting_ids = Patch::Set(Vec::new());
        }
        let settings = options.settings.0.take();
        options.settings = Given(settings.filter(|all| *all != Settings::default()));
        Ok(options)
    }

    /// Frees a number for outgoing calls, or no longer.
    pub(super) fn outbound(enabled: Given<bool>) -> Self {
        Self {
            outbound_enabled: enabled,
            ..Self::default()
        }
    }
}

/// The options of an order: all of them are set once the number is held.
pub(super) fn of_order(order: &PurchaseOrder) -> Result<Patch<ProviderData>> {
    let options = NumberOptions::read(&Patch::Set(order.provider_options.clone()))?;
    if options == NumberOptions::default() {
        return Ok(Patch::Keep);
    }
    ProviderData::of(&options).map(Patch::Set)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<NumberOptions> {
        NumberOptions::read(&Patch::Set(serde_json::from_str(json).unwrap()))
    }

    fn field_of(json: &str) -> String {
        parse(json).unwrap_err().fields()[0].field.clone()
    }

    #[test]
    fn option_is_written_as_it_was_read() {
        let all = r#"{"group_ids":[1,2],"ivr_id":null,"sms_group_id":3,"brand_id":4,"call_recording_consent":"always",
            "default_group_id":1,"failover_number":"+14155550101","greeting_ids":[5,"6"],"priority":-1,"schedule_id":null,
            "line_type":"phone","outbound_enabled":true,"post_call_voice_ai_enabled":false,"recorded":true,"sms_enabled":false,
            "transcription":true,"voice_enabled":true,"voice_qa_enabled":false,"settings":{"voicemail":true}}"#;
        let written = serde_json::to_string(&parse(all).unwrap()).unwrap();
        assert_eq!(written, all.replace(['\n', ' '], ""));
    }

    #[test]
    fn unreadable_option_is_rejected_by_name() {
        for (json, field) in [
            (r#"{"recorded": "yes"}"#, "recorded"),
            (r#"{"recorded": null}"#, "recorded"),
            (r#"{"colour": 1}"#, "colour"),
            (r#"{"capabilities": {}}"#, "capabilities"),
            (r#"{"line_type": "analogue"}"#, "line_type"),
            (r#"{"settings": null}"#, "settings"),
            (r#"{"settings": {"voicemail": 1}}"#, "settings.voicemail"),
            (
                r#"{"settings": {"voice_mail": true}}"#,
                "settings.voice_mail",
            ),
            (
                r#"{"settings": {"call_recording_delete_after": "3.days"}}"#,
                "settings.call_recording_delete_after",
            ),
        ] {
            assert_eq!(
                field_of(json),
                format!("provider_options.{field}"),
                "{json}"
            );
        }
    }

    #[test]
    fn list_is_unset_by_being_emptied_and_empty_settings_are_left_out() {
        let options =
            parse(r#"{"greeting_ids": null, "group_ids": null, "settings": {}}"#).unwrap();
        let written = serde_json::to_string(&options).unwrap();
        assert_eq!(written, r#"{"group_ids":[],"greeting_ids":[]}"#);
        let empty = parse(r#"{"settings": {}}"#).unwrap();
        assert_eq!(empty, NumberOptions::default());
    }

    #[test]
    fn setting_is_written_as_it_was_read() {
        let all = r#"{"allow_outbound_calls":true,"average_wait_time_message_enabled":false,"call_offering_duration":30,
            "call_recording_delete_after":"6.months","callback_from_queue":true,"callback_locale":"en",
            "create_ticket_for_abandoned_calls":true,"dequeue_retry_if_attempted":false,"maximum_queue_size":5,
            "maximum_queue_wait_time":3,"overflow_number":{"enabled":true,"number":"+14155550101"},"priority":2,
            "voicemail":true,"voicemail_outside_business_hours":false,"voicemail_recording_delete_after":"never",
            "forwarding_caller_id":"+14155550102","wrap_up_enabled":true,"wrap_up_time_limit":60}"#;
        let settings: Settings = serde_json::from_str(all).unwrap();
        let written = serde_json::to_string(&settings).unwrap();
        assert_eq!(written, all.replace(['\n', ' '], ""));
    }

    #[test]
    fn recording_is_kept_for_one_of_ten_times() {
        for time in [
            "never", "1.days", "1.weeks", "2.weeks", "1.months", "2.months", "3.months",
            "6.months", "1.years", "2.years",
        ] {
            let text = format!(r#"{{"voicemail_recording_delete_after":"{time}"}}"#);
            let settings: Settings = serde_json::from_str(&text).unwrap();
            assert_eq!(serde_json::to_string(&settings).unwrap(), text);
        }
        let odd = r#"{"voicemail_recording_delete_after":"1.day"}"#;
        assert!(serde_json::from_str::<Settings>(odd).is_err());
    }
}
