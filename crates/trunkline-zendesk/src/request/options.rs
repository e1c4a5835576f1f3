//! What Zendesk alone has: the `provider_options` of an order, an update or a caller ID.

mod settings;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use trunkline_core::{Error, Patch, ProviderData, PurchaseOrder, Result};

use settings::Settings;

/// A custom greeting, a number; some accounts have texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum GreetingId {
    Number(u64),
    Text(String),
}

/// With or without a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum LineType {
    Phone,
    Digital,
}

/// The writable fields of a number that have no unified name, and those behind the routings, spelled as in Zendesk's
/// answers. Flags and settings can't be unset.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct NumberOptions {
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub(super) group_ids: Patch<Vec<u64>>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub(super) ivr_id: Patch<u64>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub(super) sms_group_id: Patch<u64>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    brand_id: Patch<u64>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    call_recording_consent: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    default_group_id: Patch<u64>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    failover_number: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    greeting_ids: Patch<Vec<GreetingId>>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    priority: Patch<i64>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    schedule_id: Patch<u64>,
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    line_type: Option<LineType>,
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    outbound_enabled: Option<bool>,
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    post_call_voice_ai_enabled: Option<bool>,
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    recorded: Option<bool>,
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    sms_enabled: Option<bool>,
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    transcription: Option<bool>,
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    voice_enabled: Option<bool>,
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    voice_qa_enabled: Option<bool>,
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    settings: Option<Settings>,
}

impl NumberOptions {
    /// Reads them. Lists are unset by being emptied, and settings that set nothing are none.
    ///
    /// # Errors
    /// `InvalidRequest` naming `provider_options` or the member below it.
    pub(super) fn parse(data: &ProviderData) -> Result<Self> {
        let mut options: Self = parse(data)?;
        if options.group_ids == Patch::Clear {
            options.group_ids = Patch::Set(Vec::new());
        }
        if options.greeting_ids == Patch::Clear {
            options.greeting_ids = Patch::Set(Vec::new());
        }
        options.settings = options.settings.filter(|all| *all != Settings::default());
        Ok(options)
    }

    /// Frees a number for outgoing calls, or no longer.
    pub(super) fn outbound(enabled: Option<bool>) -> Self {
        Self {
            outbound_enabled: enabled,
            ..Self::default()
        }
    }

    /// Whether nothing changes.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What Zendesk can change of a caller ID besides its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct CallerIdOptions {
    /// Whether it is in use for outgoing calls.
    #[serde(deserialize_with = "set")]
    pub(super) outbound_enabled: Option<bool>,
}

impl CallerIdOptions {
    /// Reads them.
    ///
    /// # Errors
    /// `InvalidRequest` naming `provider_options` or the member below it.
    pub(super) fn parse(data: &Patch<ProviderData>) -> Result<Self> {
        match data {
            Patch::Set(data) => parse(data),
            Patch::Keep | Patch::Clear => Ok(Self::default()),
        }
    }
}

/// Those of an order: all of them are set once the number is held.
pub(super) fn of_order(order: &PurchaseOrder) -> Result<Patch<ProviderData>> {
    let options = NumberOptions::parse(&order.provider_options)?;
    if options.is_empty() {
        return Ok(Patch::Keep);
    }
    ProviderData::of(&options).map(Patch::Set)
}

fn parse<T: DeserializeOwned>(data: &ProviderData) -> Result<T> {
    let mut json = serde_json::Deserializer::from_str(data.as_json());
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let field = match path.as_str() {
            "." | "?" => "provider_options".to_owned(),
            path => format!("provider_options.{path}"),
        };
        Error::invalid(field, error.into_inner().to_string())
    })
}

/// A value that is there: null is none.
fn set<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<NumberOptions> {
        NumberOptions::parse(&serde_json::from_str(json).unwrap())
    }

    fn field_of(json: &str) -> String {
        parse(json).unwrap_err().fields()[0].field.clone()
    }

    #[test]
    fn every_option_is_written_as_it_was_read() {
        let all = r#"{"group_ids":[1,2],"ivr_id":null,"sms_group_id":3,"brand_id":4,"call_recording_consent":"always",
            "default_group_id":1,"failover_number":"+14155550101","greeting_ids":[5,"6"],"priority":-1,"schedule_id":null,
            "line_type":"phone","outbound_enabled":true,"post_call_voice_ai_enabled":false,"recorded":true,"sms_enabled":false,
            "transcription":true,"voice_enabled":true,"voice_qa_enabled":false,"settings":{"voicemail":true}}"#;
        let written = serde_json::to_string(&parse(all).unwrap()).unwrap();
        assert_eq!(written, all.replace(['\n', ' '], ""));
    }

    #[test]
    fn what_can_t_be_read_names_its_member() {
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
    fn a_list_is_unset_by_being_emptied_and_empty_settings_are_none() {
        let options =
            parse(r#"{"greeting_ids": null, "group_ids": null, "settings": {}}"#).unwrap();
        let written = serde_json::to_string(&options).unwrap();
        assert_eq!(written, r#"{"group_ids":[],"greeting_ids":[]}"#);
        assert!(parse(r#"{"settings": {}}"#).unwrap().is_empty());
    }
}
