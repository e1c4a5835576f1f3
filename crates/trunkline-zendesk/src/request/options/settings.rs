//! The settings of a number, which are shown and changed only with `include=settings`.

use serde::{Deserialize, Serialize};
use trunkline_core::ProviderData;

use super::set;

/// How long a recording is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum DeleteAfter {
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

/// The settings, spelled as in Zendesk's answers. The last three are no part of its documentation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Settings {
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    allow_outbound_calls: Option<bool>,
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    average_wait_time_message_enabled: Option<bool>,
    /// Seconds.
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    call_offering_duration: Option<u32>,
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    call_recording_delete_after: Option<DeleteAfter>,
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    callback_from_queue: Option<bool>,
    /// ISO 639-1.
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    callback_locale: Option<String>,
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    create_ticket_for_abandoned_calls: Option<bool>,
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    dequeue_retry_if_attempted: Option<bool>,
    /// Calls.
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    maximum_queue_size: Option<u32>,
    /// Minutes.
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    maximum_queue_wait_time: Option<u32>,
    /// An object whose members Zendesk does not document.
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    overflow_number: Option<ProviderData>,
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    priority: Option<i64>,
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    voicemail: Option<bool>,
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    voicemail_outside_business_hours: Option<bool>,
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    voicemail_recording_delete_after: Option<DeleteAfter>,
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    forwarding_caller_id: Option<String>,
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    wrap_up_enabled: Option<bool>,
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    wrap_up_time_limit: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_written_as_it_was_read() {
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
    fn a_recording_is_kept_for_one_of_ten_times() {
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
