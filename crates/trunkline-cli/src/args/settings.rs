//! What can be set on a number, when it is bought and afterwards.

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::args::members::members;
use crate::args::parse;

/// Settings of a number.
#[derive(Debug, Args, Serialize)]
#[command(next_help_heading = "Settings")]
pub(crate) struct SettingsArgs {
    /// Name of the number
    #[arg(long)]
    label: Option<String>,
    #[command(flatten)]
    #[serde(skip)]
    voice: VoiceArgs,
    #[command(flatten)]
    #[serde(skip)]
    messaging: MessagingArgs,
    /// The carrier's id of the address for emergency services
    #[arg(long, value_name = "ID")]
    emergency_address_id: Option<String>,
    #[command(flatten)]
    #[serde(skip)]
    options: OptionArgs,
}

/// Options that only one carrier has.
#[derive(Debug, Args)]
pub(crate) struct OptionArgs {
    /// Option that only this carrier has; JSON or text; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse::pair)]
    provider_option: Vec<(String, Value)>,
    /// Options that only this carrier has, as one JSON object
    #[arg(long, value_name = "JSON", value_parser = parse::object)]
    provider_options: Option<Value>,
}

/// What happens to a call.
#[derive(Debug, Args, Serialize)]
struct VoiceArgs {
    /// Address that decides what happens to a call
    #[arg(long, value_name = "URL")]
    #[serde(rename = "url")]
    voice_url: Option<String>,
    /// Method for --voice-url: GET or POST
    #[arg(long, value_name = "METHOD")]
    #[serde(rename = "method")]
    voice_method: Option<String>,
    /// Address that is asked if --voice-url fails
    #[arg(long, value_name = "URL")]
    #[serde(rename = "fallback_url")]
    voice_fallback_url: Option<String>,
    /// Method for --voice-fallback-url
    #[arg(long, value_name = "METHOD")]
    #[serde(rename = "fallback_method")]
    voice_fallback_method: Option<String>,
    /// Address to which the outcome of calls is reported
    #[arg(long, value_name = "URL")]
    #[serde(rename = "status_callback_url")]
    voice_status_callback_url: Option<String>,
    /// Method for --voice-status-callback-url
    #[arg(long, value_name = "METHOD")]
    #[serde(rename = "status_callback_method")]
    voice_status_callback_method: Option<String>,
    /// Routing of calls as JSON, such as {"type":"application","id":"AP0123..."}
    #[arg(long, value_name = "JSON", value_parser = parse::json, conflicts_with_all = [
        "voice_url", "voice_method", "voice_fallback_url", "voice_fallback_method", "voice_status_callback_url",
        "voice_status_callback_method",
    ])]
    #[serde(skip)]
    voice: Option<Value>,
}

/// What happens to a message.
#[derive(Debug, Args, Serialize)]
struct MessagingArgs {
    /// Address that decides what happens to a message
    #[arg(long, value_name = "URL")]
    #[serde(rename = "url")]
    messaging_url: Option<String>,
    /// Method for --messaging-url: GET or POST
    #[arg(long, value_name = "METHOD")]
    #[serde(rename = "method")]
    messaging_method: Option<String>,
    /// Address that is asked if --messaging-url fails
    #[arg(long, value_name = "URL")]
    #[serde(rename = "fallback_url")]
    messaging_fallback_url: Option<String>,
    /// Method for --messaging-fallback-url
    #[arg(long, value_name = "METHOD")]
    #[serde(rename = "fallback_method")]
    messaging_fallback_method: Option<String>,
    /// Address to which the outcome of messages is reported
    #[arg(long, value_name = "URL")]
    #[serde(rename = "status_callback_url")]
    messaging_status_callback_url: Option<String>,
    /// Method for --messaging-status-callback-url
    #[arg(long, value_name = "METHOD")]
    #[serde(rename = "status_callback_method")]
    messaging_status_callback_method: Option<String>,
    /// Routing of messages as JSON
    #[arg(long, value_name = "JSON", value_parser = parse::json, conflicts_with_all = [
        "messaging_url", "messaging_method", "messaging_fallback_url", "messaging_fallback_method",
        "messaging_status_callback_url", "messaging_status_callback_method",
    ])]
    #[serde(skip)]
    messaging: Option<Value>,
}

impl OptionArgs {
    /// The member `provider_options`, if any were given.
    pub(crate) fn body(&self) -> Map<String, Value> {
        let mut options = self.provider_options.clone();
        for (key, value) in &self.provider_option {
            options.get_or_insert_with(|| json!({}))[key.as_str()] = value.clone();
        }
        members(&json!({ "provider_options": options }))
    }
}

impl SettingsArgs {
    /// The settings that were given, as members of a body.
    pub(crate) fn body(&self) -> Map<String, Value> {
        let mut body = members(self);
        let (voice, messaging) = (&self.voice, &self.messaging);
        let routings = [
            ("voice", voice.voice.clone().or_else(|| webhook(voice))),
            (
                "messaging",
                messaging.messaging.clone().or_else(|| webhook(messaging)),
            ),
        ];
        for (name, routing) in routings {
            body.extend(routing.map(|routing| (name.to_owned(), routing)));
        }
        body.extend(self.options.body());
        body
    }
}

/// A webhook of the members that were given, if any.
fn webhook(args: &impl Serialize) -> Option<Value> {
    let mut hook = members(args);
    if hook.is_empty() {
        return None;
    }
    hook.insert("type".to_owned(), Value::from("webhook"));
    Some(Value::Object(hook))
}
