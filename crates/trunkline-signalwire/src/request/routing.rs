//! Where calls and messages go, whole: the handler and all that it reads. What earlier handlers left behind stays; it is not
//! used until one of them is chosen again.

use trunkline_core::{Error, ProviderRouting, Result, Routing, Webhook};
use trunkline_http::wire::{Fields, settings, unsupported};

use crate::request::options::is_deprecated;
use crate::routing::{APPLICATION, CONTEXT, RoutingFields, SIP_ENDPOINT, WEBHOOK};

/// Sets where calls or messages go. `deprecated` allows contexts. Errors: `Unsupported` or `InvalidRequest` naming the
/// field.
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
            fields.set(names.handler, APPLICATION);
            fields.set(names.application, required(names.field, id)?);
            Ok(())
        }
        (Routing::SipEndpoint { id }, Some(field)) => {
            fields.set(names.handler, SIP_ENDPOINT);
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
        ) => Err(unsupported(names.field, names.accepts)),
    }
}

/// Sets a webhook whole; without addresses it is nowhere, which is what a new number has.
fn hook(fields: &mut Fields, names: &RoutingFields, hook: &Webhook) -> Result<()> {
    let callback = hook.status_callback_url.is_some() || hook.status_callback_method.is_some();
    if callback && names.webhook.status_callback.is_none() {
        let field = format!("{}.status_callback_url", names.field);
        return Err(unsupported(
            field,
            "SignalWire reports the state of calls alone",
        ));
    }
    fields.set(names.handler, WEBHOOK);
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
    let handler = own.handler.as_str();
    if names.options(handler).next().is_none() {
        return Err(unknown_handler(names.field, handler));
    }
    if handler == CONTEXT && !deprecated {
        return Err(is_deprecated(format!("{}.handler", names.field)));
    }
    let at = format!("{}.options", names.field);
    let known = names.options(handler).map(|option| &option.setting);
    let mut given = settings(&at, known, &own.options)?.into_iter().peekable();
    for (position, option) in names.options(handler).enumerate() {
        let name = option.setting.name;
        let value = given.next_if(|(given, _)| *given == name);
        let value = value.map_or_else(|| option.setting.unset.to_owned(), |(_, value)| value);
        if position == 0 && value.is_empty() {
            return Err(Error::invalid(format!("{at}.{name}"), "missing"));
        }
        fields.set(option.field, value);
    }
    fields.set(names.handler, handler);
    Ok(())
}

/// What to write instead of a handler that SignalWire's API can't set.
fn unknown_handler(field: &str, handler: &str) -> Error {
    let field = format!("{field}.handler");
    match handler {
        WEBHOOK => Error::invalid(field, "write it as a routing of type webhook"),
        APPLICATION => Error::invalid(field, "write it as a routing of type application"),
        SIP_ENDPOINT => Error::invalid(field, "write it as a routing of type sip_endpoint"),
        _ => unsupported(field, "not a handler that SignalWire's API can set"),
    }
}
