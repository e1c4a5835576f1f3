//! What can be set on a number, when it is purchased and afterwards.

use clap::Args;
use serde_json::{Map, Value, json};

use crate::args::parse;

/// Settings of a number.
#[derive(Debug, Args)]
#[command(next_help_heading = "Settings")]
pub(crate) struct SettingsArgs {
    /// Name
    #[arg(long)]
    label: Option<String>,
    #[command(flatten)]
    voice: VoiceArgs,
    #[command(flatten)]
    messaging: MessagingArgs,
    /// The carrier's id of the address given to emergency services
    #[arg(long, value_name = "ID")]
    emergency_address_id: Option<String>,
    #[command(flatten)]
    options: OptionArgs,
}

/// What one carrier alone has.
#[derive(Debug, Args)]
pub(crate) struct OptionArgs {
    /// What one carrier alone has; a value that is JSON is taken as such; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse::pair)]
    provider_option: Vec<(String, Value)>,
    /// The same as one JSON object
    #[arg(long, value_name = "JSON", value_parser = parse::object)]
    provider_options: Option<Value>,
}

/// What happens to a call.
#[derive(Debug, Args)]
struct VoiceArgs {
    /// Web address that is asked what to do with a call
    #[arg(long, value_name = "URL")]
    voice_url: Option<String>,
    /// Its method: GET or POST
    #[arg(long, value_name = "METHOD")]
    voice_method: Option<String>,
    /// Asked if --voice-url fails
    #[arg(long, value_name = "URL")]
    voice_fallback_url: Option<String>,
    /// Its method
    #[arg(long, value_name = "METHOD")]
    voice_fallback_method: Option<String>,
    /// Told how a call went
    #[arg(long, value_name = "URL")]
    voice_status_callback_url: Option<String>,
    /// Its method
    #[arg(long, value_name = "METHOD")]
    voice_status_callback_method: Option<String>,
    /// The routing of calls as JSON, such as {"type":"application","id":"AP0123..."}
    #[arg(long, value_name = "JSON", value_parser = parse::json, conflicts_with_all = [
        "voice_url", "voice_method", "voice_fallback_url", "voice_fallback_method", "voice_status_callback_url",
        "voice_status_callback_method",
    ])]
    voice: Option<Value>,
}

/// What happens to a message.
#[derive(Debug, Args)]
struct MessagingArgs {
    /// Web address that is asked what to do with a message
    #[arg(long, value_name = "URL")]
    messaging_url: Option<String>,
    /// Its method: GET or POST
    #[arg(long, value_name = "METHOD")]
    messaging_method: Option<String>,
    /// Asked if --messaging-url fails
    #[arg(long, value_name = "URL")]
    messaging_fallback_url: Option<String>,
    /// Its method
    #[arg(long, value_name = "METHOD")]
    messaging_fallback_method: Option<String>,
    /// Told how a message went
    #[arg(long, value_name = "URL")]
    messaging_status_callback_url: Option<String>,
    /// Its method
    #[arg(long, value_name = "METHOD")]
    messaging_status_callback_method: Option<String>,
    /// The routing of messages as JSON
    #[arg(long, value_name = "JSON", value_parser = parse::json, conflicts_with_all = [
        "messaging_url", "messaging_method", "messaging_fallback_url", "messaging_fallback_method",
        "messaging_status_callback_url", "messaging_status_callback_method",
    ])]
    messaging: Option<Value>,
}

impl OptionArgs {
    /// `provider_options`, if there are any.
    pub(crate) fn body(&self) -> Map<String, Value> {
        let mut body = Map::new();
        let mut options = self.provider_options.clone();
        for (key, value) in &self.provider_option {
            options.get_or_insert_with(|| json!({}))[key.as_str()] = value.clone();
        }
        insert(&mut body, "provider_options", &options);
        body
    }
}

impl SettingsArgs {
    /// The members of a body.
    pub(crate) fn body(&self) -> Map<String, Value> {
        let mut body = Map::new();
        insert(&mut body, "label", &self.label);
        let (voice, messaging) = (&self.voice, &self.messaging);
        let calls = webhook([
            ("url", &voice.voice_url),
            ("method", &voice.voice_method),
            ("fallback_url", &voice.voice_fallback_url),
            ("fallback_method", &voice.voice_fallback_method),
            ("status_callback_url", &voice.voice_status_callback_url),
            (
                "status_callback_method",
                &voice.voice_status_callback_method,
            ),
        ]);
        insert(&mut body, "voice", &voice.voice.clone().or(calls));
        let messages = webhook([
            ("url", &messaging.messaging_url),
            ("method", &messaging.messaging_method),
            ("fallback_url", &messaging.messaging_fallback_url),
            ("fallback_method", &messaging.messaging_fallback_method),
            (
                "status_callback_url",
                &messaging.messaging_status_callback_url,
            ),
            (
                "status_callback_method",
                &messaging.messaging_status_callback_method,
            ),
        ]);
        insert(
            &mut body,
            "messaging",
            &messaging.messaging.clone().or(messages),
        );
        insert(
            &mut body,
            "emergency_address_id",
            &self.emergency_address_id,
        );
        body.extend(self.options.body());
        body
    }
}

/// A member, if it was given.
pub(crate) fn insert<T: Clone + Into<Value>>(
    body: &mut Map<String, Value>,
    name: &str,
    value: &Option<T>,
) {
    if let Some(value) = value {
        body.insert(name.to_owned(), value.clone().into());
    }
}

/// A webhook of the members that were given, if any.
fn webhook(members: [(&str, &Option<String>); 6]) -> Option<Value> {
    let mut hook = Map::new();
    for (name, value) in members {
        insert(&mut hook, name, value);
    }
    if hook.is_empty() {
        return None;
    }
    hook.insert("type".to_owned(), Value::from("webhook"));
    Some(Value::Object(hook))
}
