//! Where calls and messages go: read from the fields that the handler names, for the others are left over from handlers
//! that were in use before.

use trunkline_core::{ProviderData, ProviderRouting, Result, Routing};
use trunkline_http::wire::{Fields, Text, Unnamed};

use crate::routing::{APPLICATION, RoutingFields, SIP_ENDPOINT, WEBHOOK};

/// Takes where calls or messages go. A handler without what it needs goes nowhere and stays in the row.
pub(super) fn routing(names: &RoutingFields, row: &mut Unnamed<'_>) -> Result<Routing> {
    let handler = row.text(names.handler);
    let Some(handler) = handler.get() else {
        return Ok(Routing::None);
    };
    let routing = match (handler, names.sip_endpoint) {
        (WEBHOOK, _) => names.webhook.take(row),
        (APPLICATION, _) => with_id(row.take(names.application), |id| Routing::Application {
            id,
        }),
        (SIP_ENDPOINT, Some(field)) => with_id(row.take(field), |id| Routing::SipEndpoint { id }),
        _ => Routing::Provider(ProviderRouting {
            handler: handler.to_owned(),
            options: ProviderData::of(&options(names, handler, row))?,
        }),
    };
    if routing != Routing::None {
        row.take(names.handler);
    }
    Ok(routing)
}

fn with_id(id: Text<'_>, routing: impl FnOnce(String) -> Routing) -> Routing {
    id.into_string().map_or(Routing::None, routing)
}

/// Takes the options of a handler of SignalWire's own. One that its API can't set has a resource.
fn options(names: &RoutingFields, handler: &str, row: &mut Unnamed<'_>) -> Fields {
    let mut options = Fields::default();
    let mut set = |name, text: Text<'_>| {
        if let Some(text) = text.into_string() {
            options.set(name, text);
        }
    };
    let mut known = names.options(handler).peekable();
    if known.peek().is_none() {
        set("resource_id", row.take(names.resource));
    }
    for option in known {
        let mut text = row.take(option.field);
        if text.is_unset() && option.or_resource {
            text = row.take(names.resource);
        }
        set(option.setting.name, text);
    }
    options
}
