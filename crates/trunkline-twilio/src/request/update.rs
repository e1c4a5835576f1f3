//! Changing a number held.

use trunkline_core::capability::NumberField;
use trunkline_core::{Error, HttpMethod, NumberUpdate, Operation, Patch, Result, Routing, Webhook};
use trunkline_http::ApiRequest;

use super::options::NumberOptions;
use super::{NUMBERS, cannot, check, instance, label};

/// Changes a number. Every value is absolute, so it may be repeated. An update of nothing reads it.
///
/// # Errors
/// `Unsupported` or `InvalidRequest` naming the field.
pub(crate) fn update(account_sid: &str, sid: &str, update: &NumberUpdate) -> Result<ApiRequest> {
    let (form, path) = (form(update)?, instance(account_sid, NUMBERS, sid)?);
    if form.is_empty() {
        return Ok(ApiRequest::get(Operation::Update, path));
    }
    Ok(ApiRequest::post(Operation::Update, path)
        .form(form)
        .replay_safe())
}

/// The form of an update.
pub(super) fn form(update: &NumberUpdate) -> Result<Vec<(&'static str, String)>> {
    const WRITABLE: [NumberField; 5] = [
        NumberField::Label,
        NumberField::Voice,
        NumberField::Messaging,
        NumberField::EmergencyAddressId,
        NumberField::ProviderOptions,
    ];
    if let Some(other) = update
        .fields()
        .into_iter()
        .find(|field| !WRITABLE.contains(field))
    {
        return Err(cannot(
            other.as_str(),
            "Twilio's numbers have no such thing",
        ));
    }
    let mut form = Form::default();
    if let Some(name) = update.label.change() {
        form.set("FriendlyName", label(name.map_or("", String::as_str))?);
    }
    match &update.voice {
        Patch::Keep => {}
        Patch::Clear => voice(&mut form, &Routing::None)?,
        Patch::Set(routing) => voice(&mut form, routing)?,
    }
    match &update.messaging {
        Patch::Keep => {}
        Patch::Clear => messaging(&mut form, &Routing::None)?,
        Patch::Set(routing) => messaging(&mut form, routing)?,
    }
    if let Some(address) = update.emergency_address_id.change() {
        let address = address.cloned().unwrap_or_default();
        check::sid("emergency_address_id", "AD", &address)?;
        form.set("EmergencyAddressSid", address);
    }
    if let Patch::Set(options) = &update.provider_options {
        for (member, name, value) in NumberOptions::parse(options)?.changes()? {
            form.set_option(member, name, value)?;
        }
    }
    Ok(form.0)
}

/// Where a call goes, whole. Twilio removes the trunk when an application is set and the reverse,
/// so neither is sent beside the other.
fn voice(form: &mut Form, routing: &Routing) -> Result<()> {
    match routing {
        Routing::Webhook(hook) => {
            form.hook(&VOICE, hook)?;
            form.set("VoiceApplicationSid", String::new());
            form.set("TrunkSid", String::new());
        }
        Routing::None => {
            form.hook(&VOICE, &Webhook::default())?;
            form.set("VoiceApplicationSid", String::new());
            form.set("TrunkSid", String::new());
        }
        Routing::Application { id } => {
            form.hook(&VOICE_ALONE, &Webhook::default())?;
            form.set("VoiceApplicationSid", required("voice.id", "AP", id)?);
        }
        Routing::Trunk { id } => {
            form.hook(&VOICE_ALONE, &Webhook::default())?;
            form.set("TrunkSid", required("voice.id", "TK", id)?);
        }
        Routing::SipEndpoint { .. }
        | Routing::Group { .. }
        | Routing::Ivr { .. }
        | Routing::Provider(_) => {
            return Err(cannot(
                "voice",
                "Twilio routes calls to a webhook, an application or a trunk",
            ));
        }
    }
    Ok(())
}

/// Where a message goes, whole.
fn messaging(form: &mut Form, routing: &Routing) -> Result<()> {
    match routing {
        Routing::Webhook(hook) => {
            if hook.status_callback_url.is_some() || hook.status_callback_method.is_some() {
                return Err(cannot(
                    "messaging.status_callback_url",
                    "Twilio's numbers have one status callback, that of voice",
                ));
            }
            form.hook(&SMS, hook)?;
            form.set("SmsApplicationSid", String::new());
        }
        Routing::None => {
            form.hook(&SMS, &Webhook::default())?;
            form.set("SmsApplicationSid", String::new());
        }
        Routing::Application { id } => {
            form.hook(&SMS, &Webhook::default())?;
            form.set("SmsApplicationSid", required("messaging.id", "AP", id)?);
        }
        Routing::Trunk { .. }
        | Routing::SipEndpoint { .. }
        | Routing::Group { .. }
        | Routing::Ivr { .. }
        | Routing::Provider(_) => {
            return Err(cannot(
                "messaging",
                "Twilio routes messages to a webhook or an application",
            ));
        }
    }
    Ok(())
}

fn required(field: &str, prefix: &str, id: &str) -> Result<String> {
    if id.is_empty() {
        return Err(Error::invalid(field, "missing"));
    }
    check::sid(field, prefix, id)?;
    Ok(id.to_owned())
}

/// The parameters of one kind of webhook.
struct Names {
    field: &'static str,
    url: &'static str,
    method: &'static str,
    fallback_url: &'static str,
    fallback_method: &'static str,
    /// Only calls have a status callback.
    callback: Option<(&'static str, &'static str)>,
}

const VOICE: Names = Names {
    field: "voice",
    url: "VoiceUrl",
    method: "VoiceMethod",
    fallback_url: "VoiceFallbackUrl",
    fallback_method: "VoiceFallbackMethod",
    callback: Some(("StatusCallback", "StatusCallbackMethod")),
};

/// Beside an application or trunk the status callback is the number's own: it stays.
const VOICE_ALONE: Names = Names {
    callback: None,
    ..VOICE
};

const SMS: Names = Names {
    field: "messaging",
    url: "SmsUrl",
    method: "SmsMethod",
    fallback_url: "SmsFallbackUrl",
    fallback_method: "SmsFallbackMethod",
    callback: None,
};

/// Parameters in order, each once.
#[derive(Default)]
struct Form(Vec<(&'static str, String)>);

impl Form {
    fn set(&mut self, name: &'static str, value: String) {
        match self.0.iter_mut().find(|(set, _)| *set == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    /// Sets what an option says, unless a unified field says something else.
    fn set_option(&mut self, member: &str, name: &'static str, value: String) -> Result<()> {
        let said = self.0.iter().find(|(set, _)| *set == name);
        if said.is_some_and(|(_, old)| !old.is_empty() && *old != value) {
            let field = format!("provider_options.{member}");
            return Err(Error::invalid(
                field,
                "another field sets it to something else",
            ));
        }
        self.set(name, value);
        Ok(())
    }

    fn hook(&mut self, names: &Names, hook: &Webhook) -> Result<()> {
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
        self.address(names.url, names.method, (&hook.url, hook.method));
        self.address(
            names.fallback_url,
            names.fallback_method,
            (&hook.fallback_url, hook.fallback_method),
        );
        if let Some((url, method)) = names.callback {
            let callback = (&hook.status_callback_url, hook.status_callback_method);
            self.address(url, method, callback);
        }
        Ok(())
    }

    /// An address with its method; without an address the method stays as it is.
    fn address(
        &mut self,
        url_name: &'static str,
        method_name: &'static str,
        (url, method): (&Option<String>, Option<HttpMethod>),
    ) {
        let url = url.clone().unwrap_or_default();
        let unset = url.is_empty();
        self.set(url_name, url);
        if !unset {
            self.set(method_name, method.unwrap_or_default().as_str().to_owned());
        }
    }
}

#[cfg(test)]
mod tests;
