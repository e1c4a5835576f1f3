//! Where calls and messages go: read from the fields that the handler names, for the others are left over from
//! handlers that were in use before.

use serde::Serialize;
use trunkline_core::{HttpMethod, ProviderData, ProviderRouting, Result, Routing, Webhook};

use crate::handler;
use crate::wire::{self, Member, Text};

/// Takes where calls go.
pub(super) fn voice(row: &mut wire::PhoneNumber<'_>) -> Result<Routing> {
    let text = |text: &mut Text<'_>| text.take().into_string();
    let name = row.call_handler.take();
    let Some(handler) = name.get() else {
        return Ok(Routing::None);
    };
    let routing = match handler {
        "laml_webhooks" => voice_webhook(row),
        "laml_application" => {
            let id = text(&mut row.call_laml_application_id);
            id.map(|id| Routing::Application { id })
        }
        "relay_sip_endpoint" => {
            let id = text(&mut row.call_sip_endpoint_id);
            id.map(|id| Routing::SipEndpoint { id })
        }
        own => Some(voice_handler(own, row)?),
    };
    // A handler without what it needs goes nowhere; it is shown all the same.
    row.call_handler = match routing {
        None => name,
        Some(_) => Text::default(),
    };
    Ok(routing.unwrap_or_default())
}

#[expect(
    clippy::too_many_lines,
    reason = "a table with one row for each handler"
)]
fn voice_handler(handler: &str, row: &mut wire::PhoneNumber<'_>) -> Result<Routing> {
    let text = |text: &mut Text<'_>| text.take().into_string();
    match handler {
        "relay_script" => provider(
            handler,
            &handler::Script {
                url: text(&mut row.call_relay_script_url),
            },
        ),
        "relay_topic" => provider(
            handler,
            &handler::CallTopic {
                topic: text(&mut row.call_relay_topic),
                status_callback_url: text(&mut row.call_relay_topic_status_callback_url),
            },
        ),
        "relay_context" => provider(
            handler,
            &handler::CallContext {
                context: text(&mut row.call_relay_context),
                status_callback_url: text(&mut row.call_relay_context_status_callback_url),
            },
        ),
        "relay_application" => provider(
            handler,
            &handler::Application {
                application: text(&mut row.call_relay_application),
            },
        ),
        "relay_connector" => provider(
            handler,
            &handler::Connector {
                connector_id: text(&mut row.call_relay_connector_id),
            },
        ),
        "relay_verto_endpoint" => provider(
            handler,
            &handler::Verto {
                resource: text(&mut row.call_verto_resource),
            },
        ),
        "dialogflow" => provider(
            handler,
            &handler::Dialogflow {
                agent_id: text(&mut row.call_dialogflow_agent_id),
            },
        ),
        "ai_agent" => provider(
            handler,
            &handler::AiAgent {
                agent_id: text(&mut row.call_ai_agent_id)
                    .or_else(|| text(&mut row.calling_handler_resource_id)),
            },
        ),
        "call_flow" => provider(
            handler,
            &handler::CallFlow {
                flow_id: text(&mut row.call_flow_id)
                    .or_else(|| text(&mut row.calling_handler_resource_id)),
                version: text(&mut row.call_flow_version),
            },
        ),
        "video_room" => provider(
            handler,
            &handler::VideoRoom {
                room_id: text(&mut row.call_video_room_id),
            },
        ),
        _ => provider(
            handler,
            &handler::Resource {
                resource_id: text(&mut row.calling_handler_resource_id),
            },
        ),
    }
}

/// Takes where messages go.
pub(super) fn messaging(row: &mut wire::PhoneNumber<'_>) -> Result<Routing> {
    let text = |text: &mut Text<'_>| text.take().into_string();
    let name = row.message_handler.take();
    let Some(handler) = name.get() else {
        return Ok(Routing::None);
    };
    let routing = match handler {
        "laml_webhooks" => message_webhook(row),
        "laml_application" => {
            let id = text(&mut row.message_laml_application_id);
            id.map(|id| Routing::Application { id })
        }
        "relay_topic" => {
            let topic = text(&mut row.message_relay_topic);
            Some(provider(handler, &handler::MessageTopic { topic })?)
        }
        "relay_context" => {
            let context = text(&mut row.message_relay_context);
            Some(provider(handler, &handler::MessageContext { context })?)
        }
        "relay_application" => {
            let application = text(&mut row.message_relay_application);
            Some(provider(handler, &handler::Application { application })?)
        }
        _ => {
            let resource_id = text(&mut row.messaging_handler_resource_id);
            Some(provider(handler, &handler::Resource { resource_id })?)
        }
    };
    row.message_handler = match routing {
        None => name,
        Some(_) => Text::default(),
    };
    Ok(routing.unwrap_or_default())
}

fn provider(handler: &str, options: &impl Serialize) -> Result<Routing> {
    Ok(Routing::Provider(ProviderRouting {
        handler: handler.to_owned(),
        options: ProviderData::of(options)?,
    }))
}

fn voice_webhook(row: &mut wire::PhoneNumber<'_>) -> Option<Routing> {
    let (url, method) = address(&mut row.call_request_url, &mut row.call_request_method);
    let (fallback_url, fallback_method) =
        address(&mut row.call_fallback_url, &mut row.call_fallback_method);
    let (status_callback_url, status_callback_method) = address(
        &mut row.call_status_callback_url,
        &mut row.call_status_callback_method,
    );
    webhook(Webhook {
        url,
        method,
        fallback_url,
        fallback_method,
        status_callback_url,
        status_callback_method,
    })
}

fn message_webhook(row: &mut wire::PhoneNumber<'_>) -> Option<Routing> {
    let (url, method) = address(
        &mut row.message_request_url,
        &mut row.message_request_method,
    );
    let (fallback_url, fallback_method) = address(
        &mut row.message_fallback_url,
        &mut row.message_fallback_method,
    );
    webhook(Webhook {
        url,
        method,
        fallback_url,
        fallback_method,
        ..Webhook::default()
    })
}

fn webhook(hook: Webhook) -> Option<Routing> {
    (hook != Webhook::default()).then_some(Routing::Webhook(hook))
}

/// Takes an address with its method. A method without an address, or that is none, stays.
fn address(url: &mut Text<'_>, method: &mut Text<'_>) -> (Option<String>, Option<HttpMethod>) {
    let Some(url) = url.take().into_string() else {
        return (None, None);
    };
    let read = method
        .get()
        .and_then(|text| HttpMethod::try_from(text.to_owned()).ok());
    if read.is_some() {
        method.take();
    }
    (Some(url), read)
}

/// Drops the methods of addresses that are not there: SignalWire shows `POST` for every one of them once a number has
/// been changed.
pub(super) fn drop_idle_methods(row: &mut wire::PhoneNumber<'_>) {
    for (url, method) in [
        (&row.call_request_url, &mut row.call_request_method),
        (&row.call_fallback_url, &mut row.call_fallback_method),
        (
            &row.call_status_callback_url,
            &mut row.call_status_callback_method,
        ),
        (&row.message_request_url, &mut row.message_request_method),
        (&row.message_fallback_url, &mut row.message_fallback_method),
    ] {
        if url.is_unset() && method.is("POST") {
            method.take();
        }
    }
}
