//! The fields of a number that say where its calls and messages go, and SignalWire's own handlers with their options.

use trunkline_core::{Error, Result};
use trunkline_http::wire::{AddressFields, Setting, WebhookFields};

/// The fields for calls or for messages.
pub(crate) struct RoutingFields {
    /// The unified field, `voice` or `messaging`.
    pub(crate) field: &'static str,
    /// What SignalWire routes to, for the error.
    pub(crate) accepts: &'static str,
    /// Names the handler.
    pub(crate) handler: &'static str,
    /// The application, for the handler `laml_application`.
    pub(crate) application: &'static str,
    /// The SIP endpoint, for the handler `relay_sip_endpoint`, which calls have.
    pub(crate) sip_endpoint: Option<&'static str>,
    /// What answers, for the handlers that only SignalWire's console can set.
    pub(crate) resource: &'static str,
    /// The addresses, for the handler `laml_webhooks`.
    pub(crate) webhook: WebhookFields,
    /// The options of the handlers that SignalWire alone has. The first of a handler is required.
    pub(crate) own: &'static [HandlerOption],
}

impl RoutingFields {
    /// The options of a handler that SignalWire alone has; none if there is no such handler.
    pub(crate) fn options(&self, handler: &str) -> impl Iterator<Item = &'static HandlerOption> {
        self.own
            .iter()
            .filter(move |option| option.handler == handler)
    }

    /// Checks that a handler can be set. Errors: `InvalidRequest` naming the field.
    pub(crate) fn check_handler(&self, field: &str, handler: &str) -> Result<()> {
        let known = [WEBHOOK, APPLICATION].contains(&handler)
            || (handler == SIP_ENDPOINT && self.sip_endpoint.is_some())
            || self.options(handler).next().is_some();
        if known {
            return Ok(());
        }
        Err(Error::invalid(
            field,
            "not a handler that SignalWire's API can set",
        ))
    }
}

/// An option of a handler that SignalWire alone has.
pub(crate) struct HandlerOption {
    handler: &'static str,
    /// The field of the number that has it.
    pub(crate) field: &'static str,
    /// The option of the routing.
    pub(crate) setting: Setting,
    /// Whether the resource stands for it where the field is not set.
    pub(crate) or_resource: bool,
}

impl HandlerOption {
    const fn or_resource(self) -> Self {
        Self {
            or_resource: true,
            ..self
        }
    }
}

const fn option(handler: &'static str, field: &'static str, setting: Setting) -> HandlerOption {
    HandlerOption {
        handler,
        field,
        setting,
        or_resource: false,
    }
}

/// The handler that asks web addresses, which a new number has.
pub(crate) const WEBHOOK: &str = "laml_webhooks";
pub(crate) const APPLICATION: &str = "laml_application";
pub(crate) const SIP_ENDPOINT: &str = "relay_sip_endpoint";

/// Contexts are deprecated by SignalWire in favour of topics.
pub(crate) const CONTEXT: &str = "relay_context";

/// The fields for calls.
pub(crate) const VOICE: RoutingFields = RoutingFields {
    field: "voice",
    accepts: "SignalWire routes calls to a webhook, an application, a SIP endpoint or a handler of its own",
    handler: "call_handler",
    application: "call_laml_application_id",
    sip_endpoint: Some("call_sip_endpoint_id"),
    resource: "calling_handler_resource_id",
    webhook: WebhookFields {
        field: "voice",
        main: AddressFields::new("call_request_url", "call_request_method"),
        fallback: AddressFields::new("call_fallback_url", "call_fallback_method"),
        status_callback: Some(AddressFields::new(
            "call_status_callback_url",
            "call_status_callback_method",
        )),
    },
    own: &[
        option(
            "relay_script",
            "call_relay_script_url",
            Setting::address("url"),
        ),
        option("relay_topic", "call_relay_topic", Setting::text("topic")),
        option(
            "relay_topic",
            "call_relay_topic_status_callback_url",
            STATUS_CALLBACK,
        ),
        option(CONTEXT, "call_relay_context", Setting::text("context")),
        option(
            CONTEXT,
            "call_relay_context_status_callback_url",
            STATUS_CALLBACK,
        ),
        option(
            "relay_application",
            "call_relay_application",
            Setting::text("application"),
        ),
        option(
            "relay_connector",
            "call_relay_connector_id",
            Setting::text("connector_id"),
        ),
        option(
            "relay_verto_endpoint",
            "call_verto_resource",
            Setting::text("resource"),
        ),
        option(
            "dialogflow",
            "call_dialogflow_agent_id",
            Setting::text("agent_id"),
        ),
        option("video_room", "call_video_room_id", Setting::uuid("room_id")),
        option("ai_agent", "call_ai_agent_id", Setting::uuid("agent_id")).or_resource(),
        option("call_flow", "call_flow_id", Setting::uuid("flow_id")).or_resource(),
        option(
            "call_flow",
            "call_flow_version",
            Setting::words("version", FLOW_VERSIONS),
        ),
    ],
};

/// The address that hears what becomes of a call.
const STATUS_CALLBACK: Setting = Setting::address("status_callback_url");

/// The versions of a call flow; by default, the one deployed last.
pub(crate) const FLOW_VERSIONS: &[&str] = &["current_deployed", "working_copy"];

/// The fields for messages.
pub(crate) const MESSAGING: RoutingFields = RoutingFields {
    field: "messaging",
    accepts: "SignalWire routes messages to a webhook, an application or a handler of its own",
    handler: "message_handler",
    application: "message_laml_application_id",
    sip_endpoint: None,
    resource: "messaging_handler_resource_id",
    webhook: WebhookFields {
        field: "messaging",
        main: AddressFields::new("message_request_url", "message_request_method"),
        fallback: AddressFields::new("message_fallback_url", "message_fallback_method"),
        status_callback: None,
    },
    own: &[
        option("relay_topic", "message_relay_topic", Setting::text("topic")),
        option(CONTEXT, "message_relay_context", Setting::text("context")),
        option(
            "relay_application",
            "message_relay_application",
            Setting::text("application"),
        ),
    ],
};
