//! The fields of a number that say where its calls and messages go, and SignalWire's own handlers with their options.

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
    /// The handlers that SignalWire alone has.
    pub(crate) own: &'static [Handler],
}

/// A handler that SignalWire alone has.
pub(crate) struct Handler {
    pub(crate) name: &'static str,
    /// Its options, of which the first is required.
    pub(crate) options: &'static [HandlerOption],
}

/// An option of a handler.
pub(crate) struct HandlerOption {
    /// The option of the routing.
    pub(crate) setting: Setting,
    /// The field of the number that has it.
    pub(crate) field: &'static str,
    /// Whether the resource stands for it where the field is not set.
    pub(crate) or_resource: bool,
}

impl HandlerOption {
    const fn new(field: &'static str, setting: Setting) -> Self {
        Self {
            setting,
            field,
            or_resource: false,
        }
    }

    const fn or_resource(self) -> Self {
        Self {
            or_resource: true,
            ..self
        }
    }
}

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
        Handler {
            name: "relay_script",
            options: &[HandlerOption::new(
                "call_relay_script_url",
                Setting::address("url"),
            )],
        },
        Handler {
            name: "relay_topic",
            options: &[
                HandlerOption::new("call_relay_topic", Setting::text("topic")),
                HandlerOption::new("call_relay_topic_status_callback_url", STATUS_CALLBACK),
            ],
        },
        Handler {
            name: CONTEXT,
            options: &[
                HandlerOption::new("call_relay_context", Setting::text("context")),
                HandlerOption::new("call_relay_context_status_callback_url", STATUS_CALLBACK),
            ],
        },
        Handler {
            name: "relay_application",
            options: &[HandlerOption::new(
                "call_relay_application",
                Setting::text("application"),
            )],
        },
        Handler {
            name: "relay_connector",
            options: &[HandlerOption::new(
                "call_relay_connector_id",
                Setting::text("connector_id"),
            )],
        },
        Handler {
            name: "relay_verto_endpoint",
            options: &[HandlerOption::new(
                "call_verto_resource",
                Setting::text("resource"),
            )],
        },
        Handler {
            name: "dialogflow",
            options: &[HandlerOption::new(
                "call_dialogflow_agent_id",
                Setting::text("agent_id"),
            )],
        },
        Handler {
            name: "video_room",
            options: &[HandlerOption::new(
                "call_video_room_id",
                Setting::uuid("room_id"),
            )],
        },
        Handler {
            name: "ai_agent",
            options: &[
                HandlerOption::new("call_ai_agent_id", Setting::uuid("agent_id")).or_resource(),
            ],
        },
        Handler {
            name: "call_flow",
            options: &[
                HandlerOption::new("call_flow_id", Setting::uuid("flow_id")).or_resource(),
                HandlerOption::new(
                    "call_flow_version",
                    Setting::words("version", &FLOW_VERSIONS),
                ),
            ],
        },
    ],
};

/// The address that hears what becomes of a call.
const STATUS_CALLBACK: Setting = Setting::address("status_callback_url");

/// The versions of a call flow; by default, the one deployed last.
pub(crate) const FLOW_VERSIONS: [&str; 2] = ["current_deployed", "working_copy"];

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
        Handler {
            name: "relay_topic",
            options: &[HandlerOption::new(
                "message_relay_topic",
                Setting::text("topic"),
            )],
        },
        Handler {
            name: CONTEXT,
            options: &[HandlerOption::new(
                "message_relay_context",
                Setting::text("context"),
            )],
        },
        Handler {
            name: "relay_application",
            options: &[HandlerOption::new(
                "message_relay_application",
                Setting::text("application"),
            )],
        },
    ],
};
