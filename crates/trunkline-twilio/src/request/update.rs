//! Changing a number held.

use trunkline_core::{Error, NumberUpdate, Operation, Patch, Result, Routing, Webhook};
use trunkline_http::ApiRequest;
use trunkline_http::wire::{Fields, WebhookFields, only_writable, unsupported};

use crate::config::WRITABLE;
use crate::request::base::{NUMBERS, form, instance, label, sid};
use crate::request::options::changes;
use crate::routing::{MESSAGING, VOICE};

/// Changes a number. Every value is absolute, so it may be repeated. An update of nothing reads it. Errors:
/// `Unsupported` or `InvalidRequest` naming the field.
pub(crate) fn update(account_sid: &str, id: &str, update: &NumberUpdate) -> Result<ApiRequest> {
    let (fields, path) = (fields(update)?, instance(account_sid, NUMBERS, id)?);
    if fields.is_empty() {
        return Ok(ApiRequest::get(Operation::Update, path));
    }
    Ok(form(ApiRequest::post(Operation::Update, path), fields).replay_safe())
}

/// The fields of an update, by the names of Twilio's answers.
pub(super) fn fields(update: &NumberUpdate) -> Result<Fields> {
    only_writable(update, &WRITABLE)?;
    let mut fields = Fields::default();
    if let Some(name) = update.label.change() {
        fields.set("friendly_name", label(name.map_or("", String::as_str))?);
    }
    if let Some(routing) = update.voice.change() {
        voice(&mut fields, routing.unwrap_or(&Routing::None))?;
    }
    if let Some(routing) = update.messaging.change() {
        messaging(&mut fields, routing.unwrap_or(&Routing::None))?;
    }
    if let Some(address) = update.emergency_address_id.change() {
        let address = address.map_or("", String::as_str);
        sid("emergency_address_id", "AD", address)?;
        fields.set("emergency_address_sid", address);
    }
    if let Patch::Set(own) = &update.provider_options {
        for (name, value) in changes(own)? {
            fields.set_option(name, value)?;
        }
    }
    Ok(fields)
}

/// Where a call goes, whole. Twilio removes the trunk when an application is set and the reverse, so neither is sent beside
/// the other.
fn voice(fields: &mut Fields, routing: &Routing) -> Result<()> {
    /// Beside an application or trunk, the status callback stays as it is.
    const ALONE: WebhookFields = WebhookFields {
        status_callback: None,
        ..VOICE
    };
    let nowhere = Webhook::default();
    match routing {
        Routing::Webhook(hook) => VOICE.set(fields, hook)?,
        Routing::None => VOICE.set(fields, &nowhere)?,
        Routing::Application { id } => {
            ALONE.set(fields, &nowhere)?;
            let id = required("voice.id", "AP", id)?;
            fields.set("voice_application_sid", id);
            return Ok(());
        }
        Routing::Trunk { id } => {
            ALONE.set(fields, &nowhere)?;
            fields.set("trunk_sid", required("voice.id", "TK", id)?);
            return Ok(());
        }
        Routing::SipEndpoint { .. }
        | Routing::Group { .. }
        | Routing::Ivr { .. }
        | Routing::Provider(_) => {
            let why = "Twilio routes calls to a webhook, an application or a trunk";
            return Err(unsupported("voice", why));
        }
    }
    fields.set("voice_application_sid", "");
    fields.set("trunk_sid", "");
    Ok(())
}

/// Where a message goes, whole.
fn messaging(fields: &mut Fields, routing: &Routing) -> Result<()> {
    let nowhere = Webhook::default();
    let (hook, application) = match routing {
        Routing::Webhook(hook) => (hook, ""),
        Routing::None => (&nowhere, ""),
        Routing::Application { id } => (&nowhere, required("messaging.id", "AP", id)?),
        Routing::Trunk { .. }
        | Routing::SipEndpoint { .. }
        | Routing::Group { .. }
        | Routing::Ivr { .. }
        | Routing::Provider(_) => {
            let why = "Twilio routes messages to a webhook or an application";
            return Err(unsupported("messaging", why));
        }
    };
    if hook.status_callback_url.is_some() || hook.status_callback_method.is_some() {
        let why = "Twilio's numbers have one status callback, that of voice";
        return Err(unsupported("messaging.status_callback_url", why));
    }
    MESSAGING.set(fields, hook)?;
    fields.set("sms_application_sid", application);
    Ok(())
}

fn required<'a>(field: &str, prefix: &str, id: &'a str) -> Result<&'a str> {
    if id.is_empty() {
        return Err(Error::invalid(field, "missing"));
    }
    sid(field, prefix, id)?;
    Ok(id)
}

#[cfg(test)]
mod tests;
