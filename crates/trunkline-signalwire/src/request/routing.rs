//! Where calls and messages go, whole: the handler and all that it reads. What earlier handlers left behind stays; it is not
//! used until one of them is chosen again.

use trunkline_core::{Error, ProviderRouting, Result, Routing, Webhook};
use trunkline_http::wire::{Fields, settings};

use super::cannot;
use super::options::is_deprecated;
use crate::routing::{CONTEXT, RoutingFields};

/// Sets where calls or messages go. `deprecated` allows contexts.
///
/// # Errors
/// `Unsupported` or `InvalidRequest` naming the field.
pub(super) fn set(
    fields: &mut Fields,
    names: &RoutingFields,
    routing: &Routing,
    deprecated: bool,
) -> Result<()> {
    match (routing, names.sip_endpoint) {
        (Routing::None, _) => hook(fields, names, &Webhook::default()),
        (Routing::Webhook(wanted), _) => hook(fields, names, wanted),
        (Routing::Application { id }, _) => {
            fields.set(names.handler, "laml_application");
            fields.set(names.application, required(names.field, id)?);
            Ok(())
        }
        (Routing::SipEndpoint { id }, Some(field)) => {
            fields.set(names.handler, "relay_sip_endpoint");
            fields.set(field, required(names.field, id)?);
            Ok(())
        }
        (Routing::Provider(own), _) => own_handler(fields, names, own, deprecated),
        (
            Routing::SipEndpoint { .. }
            | Routing::Trunk { .. }
            | Routing::Group { .. }
            | Routing::Ivr { .. },
            _,
        ) => Err(cannot(names.field, names.accepts)),
    }
}

/// Sets a webhook whole; without addresses it is nowhere, which is what a new number has.
fn hook(fields: &mut Fields, names: &RoutingFields, hook: &Webhook) -> Result<()> {
    let callback = hook.status_callback_url.is_some() || hook.status_callback_method.is_some();
    if callback && names.webhook.status_callback.is_none() {
        let field = format!("{}.status_callback_url", names.field);
        return Err(cannot(field, "SignalWire reports the state of calls alone"));
    }
    fields.set(names.handler, "laml_webhooks");
    names.webhook.set(fields, hook)
}

fn required<'a>(field: &str, id: &'a str) -> Result<&'a str> {
    if id.is_empty() {
        return Err(Error::invalid(format!("{field}.id"), "missing"));
    }
    Ok(id)
}

/// Sets a handler that SignalWire alone has, with all its options.
fn own_handler(
    fields: &mut Fields,
    names: &RoutingFields,
    own: &ProviderRouting,
    deprecated: bool,
) -> Result<()> {
    let handler = names.own.iter().find(|known| known.name == own.handler);
    let handler = handler.ok_or_else(|| unknown_handler(names.field, &own.handler))?;
    if handler.name == CONTEXT && !deprecated {
        return Err(is_deprecated(format!("{}.handler", names.field)));
    }
    let at = format!("{}.options", names.field);
    let known = handler.options.iter().map(|option| &option.setting);
    let mut given = settings(&at, known, &own.options)?.into_iter().peekable();
    for (position, option) in handler.options.iter().enumerate() {
        let name = option.setting.name;
        let value = given.next_if(|(given, _)| *given == name);
        let value = value.map_or_else(|| option.setting.unset.to_owned(), |(_, value)| value);
        if position == 0 && value.is_empty() {
            return Err(Error::invalid(format!("{at}.{name}"), "missing"));
        }
        fields.set(option.field, value);
    }
    fields.set(names.handler, handler.name);
    Ok(())
}

/// What to write instead of a handler that SignalWire's API can't set.
fn unknown_handler(field: &str, handler: &str) -> Error {
    let field = format!("{field}.handler");
    match handler {
        "laml_webhooks" => Error::invalid(field, "write it as a routing of type webhook"),
        "laml_application" => Error::invalid(field, "write it as a routing of type application"),
        "relay_sip_endpoint" => Error::invalid(field, "write it as a routing of type sip_endpoint"),
        _ => cannot(field, "not a handler that SignalWire's API can set"),
    }
}
