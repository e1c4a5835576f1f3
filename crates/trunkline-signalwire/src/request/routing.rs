//! Where calls and messages go, whole: the handler and all that it reads. What earlier handlers left behind stays; it
//! means nothing until one of them is chosen again.

use trunkline_core::{Error, HttpMethod, ProviderRouting, Result, Routing, Webhook};

use super::fields::Fields;
use super::options::{is_deprecated, read};
use super::{cannot, check};
use crate::handler;

/// Where a call goes.
///
/// # Errors
/// `Unsupported` or `InvalidRequest` naming the field.
pub(super) fn voice(fields: &mut Fields, routing: &Routing, deprecated: bool) -> Result<()> {
    match routing {
        Routing::None => hook(fields, &VOICE, &Webhook::default()),
        Routing::Webhook(wanted) => hook(fields, &VOICE, wanted),
        Routing::Application { id } => {
            fields.set("call_handler", "laml_application");
            fields.set("call_laml_application_id", required("voice.id", Some(id))?);
            Ok(())
        }
        Routing::SipEndpoint { id } => {
            fields.set("call_handler", "relay_sip_endpoint");
            fields.set("call_sip_endpoint_id", required("voice.id", Some(id))?);
            Ok(())
        }
        Routing::Provider(own) => voice_handler(fields, own, deprecated),
        Routing::Trunk { .. } | Routing::Group { .. } | Routing::Ivr { .. } => Err(cannot(
            "voice",
            "SignalWire routes calls to a webhook, an application, a SIP endpoint or a handler of its own",
        )),
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "a table with one row for each handler"
)]
fn voice_handler(fields: &mut Fields, own: &ProviderRouting, deprecated: bool) -> Result<()> {
    const AT: &str = "voice.options";
    let options = &own.options;
    let (needed, value) = match own.handler.as_str() {
        "relay_script" => {
            let handler::Script { url } = read(AT, options)?;
            check::web_address("voice.options.url", url.as_deref().unwrap_or_default())?;
            (("call_relay_script_url", "url"), url)
        }
        "relay_topic" => {
            let told: handler::CallTopic = read(AT, options)?;
            told_of(
                fields,
                "call_relay_topic_status_callback_url",
                told.status_callback_url,
            )?;
            (("call_relay_topic", "topic"), told.topic)
        }
        "relay_context" if !deprecated => return Err(is_deprecated("voice.handler".to_owned())),
        "relay_context" => {
            let told: handler::CallContext = read(AT, options)?;
            told_of(
                fields,
                "call_relay_context_status_callback_url",
                told.status_callback_url,
            )?;
            (("call_relay_context", "context"), told.context)
        }
        "relay_application" => {
            let handler::Application { application } = read(AT, options)?;
            (("call_relay_application", "application"), application)
        }
        "relay_connector" => {
            let handler::Connector { connector_id } = read(AT, options)?;
            (("call_relay_connector_id", "connector_id"), connector_id)
        }
        "relay_verto_endpoint" => {
            let handler::Verto { resource } = read(AT, options)?;
            (("call_verto_resource", "resource"), resource)
        }
        "dialogflow" => {
            let handler::Dialogflow { agent_id } = read(AT, options)?;
            (("call_dialogflow_agent_id", "agent_id"), agent_id)
        }
        "video_room" => {
            let handler::VideoRoom { room_id } = read(AT, options)?;
            check::uuid(
                "voice.options.room_id",
                room_id.as_deref().unwrap_or_default(),
            )?;
            (("call_video_room_id", "room_id"), room_id)
        }
        "ai_agent" => {
            let handler::AiAgent { agent_id } = read(AT, options)?;
            check::uuid(
                "voice.options.agent_id",
                agent_id.as_deref().unwrap_or_default(),
            )?;
            (("call_ai_agent_id", "agent_id"), agent_id)
        }
        "call_flow" => {
            let handler::CallFlow { flow_id, version } = read(AT, options)?;
            check::uuid(
                "voice.options.flow_id",
                flow_id.as_deref().unwrap_or_default(),
            )?;
            fields.set("call_flow_version", flow_version(version)?);
            (("call_flow_id", "flow_id"), flow_id)
        }
        other => return Err(no_handler("voice", other)),
    };
    let (name, option) = needed;
    let value = required(&format!("{AT}.{option}"), value.as_ref())?;
    fields.set("call_handler", own.handler.as_str());
    fields.set(name, value);
    Ok(())
}

/// Which version of a flow a call takes: the one deployed last unless said.
fn flow_version(version: Option<String>) -> Result<String> {
    const VERSIONS: [&str; 2] = ["current_deployed", "working_copy"];
    let version = version.unwrap_or_else(|| VERSIONS[0].to_owned());
    if VERSIONS.contains(&version.as_str()) {
        return Ok(version);
    }
    let why = format!("{} or {}", VERSIONS[0], VERSIONS[1]);
    Err(Error::invalid("voice.options.version", why))
}

/// Who is told of a call's state; nobody unless said.
fn told_of(fields: &mut Fields, name: &'static str, url: Option<String>) -> Result<()> {
    let url = url.unwrap_or_default();
    check::web_address("voice.options.status_callback_url", &url)?;
    fields.set(name, url);
    Ok(())
}

/// Where a message goes.
///
/// # Errors
/// `Unsupported` or `InvalidRequest` naming the field.
pub(super) fn messaging(fields: &mut Fields, routing: &Routing, deprecated: bool) -> Result<()> {
    match routing {
        Routing::None => hook(fields, &MESSAGING, &Webhook::default()),
        Routing::Webhook(wanted) => {
            if wanted.status_callback_url.is_some() || wanted.status_callback_method.is_some() {
                return Err(cannot(
                    "messaging.status_callback_url",
                    "SignalWire tells of the state of calls alone",
                ));
            }
            hook(fields, &MESSAGING, wanted)
        }
        Routing::Application { id } => {
            let id = required("messaging.id", Some(id))?;
            fields.set("message_handler", "laml_application");
            fields.set("message_laml_application_id", id);
            Ok(())
        }
        Routing::Provider(own) => message_handler(fields, own, deprecated),
        Routing::SipEndpoint { .. }
        | Routing::Trunk { .. }
        | Routing::Group { .. }
        | Routing::Ivr { .. } => Err(cannot(
            "messaging",
            "SignalWire routes messages to a webhook, an application or a handler of its own",
        )),
    }
}

fn message_handler(fields: &mut Fields, own: &ProviderRouting, deprecated: bool) -> Result<()> {
    const AT: &str = "messaging.options";
    let options = &own.options;
    let (needed, value) = match own.handler.as_str() {
        "relay_topic" => {
            let handler::MessageTopic { topic } = read(AT, options)?;
            (("message_relay_topic", "topic"), topic)
        }
        "relay_context" if !deprecated => {
            return Err(is_deprecated("messaging.handler".to_owned()));
        }
        "relay_context" => {
            let handler::MessageContext { context } = read(AT, options)?;
            (("message_relay_context", "context"), context)
        }
        "relay_application" => {
            let handler::Application { application } = read(AT, options)?;
            (("message_relay_application", "application"), application)
        }
        other => return Err(no_handler("messaging", other)),
    };
    let (name, option) = needed;
    let value = required(&format!("{AT}.{option}"), value.as_ref())?;
    fields.set("message_handler", own.handler.as_str());
    fields.set(name, value);
    Ok(())
}

/// What to write instead of a handler that is none here.
fn no_handler(field: &str, handler: &str) -> Error {
    let field = format!("{field}.handler");
    match handler {
        "laml_webhooks" => Error::invalid(field, "write it as a routing of type webhook"),
        "laml_application" => Error::invalid(field, "write it as a routing of type application"),
        "relay_sip_endpoint" => Error::invalid(field, "write it as a routing of type sip_endpoint"),
        _ => cannot(field, "not a handler that SignalWire's API can set"),
    }
}

fn required(field: &str, value: Option<&String>) -> Result<String> {
    match value {
        Some(value) if !value.is_empty() => Ok(value.clone()),
        _ => Err(Error::invalid(field, "missing")),
    }
}

/// The fields of one kind of webhook.
struct Names {
    field: &'static str,
    handler: &'static str,
    url: &'static str,
    method: &'static str,
    fallback_url: &'static str,
    fallback_method: &'static str,
    /// Only calls have a status callback.
    callback: Option<(&'static str, &'static str)>,
}

const VOICE: Names = Names {
    field: "voice",
    handler: "call_handler",
    url: "call_request_url",
    method: "call_request_method",
    fallback_url: "call_fallback_url",
    fallback_method: "call_fallback_method",
    callback: Some(("call_status_callback_url", "call_status_callback_method")),
};

const MESSAGING: Names = Names {
    field: "messaging",
    handler: "message_handler",
    url: "message_request_url",
    method: "message_request_method",
    fallback_url: "message_fallback_url",
    fallback_method: "message_fallback_method",
    callback: None,
};

/// A webhook whole; nowhere is a webhook without addresses, which is what a new number has.
fn hook(fields: &mut Fields, names: &Names, hook: &Webhook) -> Result<()> {
    let set = |url: &Option<String>| url.as_ref().is_some_and(|url| !url.is_empty());
    if set(&hook.fallback_url) && !set(&hook.url) {
        let field = format!("{}.fallback_url", names.field);
        return Err(Error::invalid(field, "only together with url"));
    }
    for (name, url) in [
        ("url", &hook.url),
        ("fallback_url", &hook.fallback_url),
        ("status_callback_url", &hook.status_callback_url),
    ] {
        let field = format!("{}.{name}", names.field);
        check::web_address(&field, url.as_deref().unwrap_or_default())?;
    }
    fields.set(names.handler, "laml_webhooks");
    let (url, fallback) = (&hook.url, &hook.fallback_url);
    address(fields, (names.url, url), (names.method, hook.method));
    let method = (names.fallback_method, hook.fallback_method);
    address(fields, (names.fallback_url, fallback), method);
    if let Some((name, method)) = names.callback {
        let method = (method, hook.status_callback_method);
        address(fields, (name, &hook.status_callback_url), method);
    }
    Ok(())
}

/// An address with its method; without an address the method stays as it is.
fn address(
    fields: &mut Fields,
    (url_name, url): (&'static str, &Option<String>),
    (method_name, method): (&'static str, Option<HttpMethod>),
) {
    let url = url.clone().unwrap_or_default();
    let unset = url.is_empty();
    fields.set(url_name, url);
    if !unset {
        fields.set(method_name, method.unwrap_or_default().as_str());
    }
}
