//! The fields of a change, and the webhooks among them.

use serde::ser::{Serialize, SerializeMap, Serializer};
use trunkline_core::{Error, HttpMethod, Result, Routing, Webhook};

use crate::wire::check::web_address;
use crate::wire::unnamed::Unnamed;

/// Fields that are to be changed, in order, each once. All values are texts; an empty one unsets the field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<(&'static str, String)>);

impl Fields {
    /// Whether nothing is to be changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sets a field.
    pub fn set(&mut self, name: &'static str, value: impl Into<String>) {
        let value = value.into();
        match self.0.iter_mut().find(|(set, _)| *set == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    /// Sets a field to the value of a provider option with the same name.
    ///
    /// # Errors
    /// `InvalidRequest` naming the option if the field is set to something else already.
    pub fn set_option(&mut self, name: &'static str, value: String) -> Result<()> {
        let set = self.0.iter().find(|(set, _)| *set == name);
        if set.is_some_and(|(_, old)| !old.is_empty() && *old != value) {
            let why = "another field sets it to something else";
            return Err(Error::invalid(format!("provider_options.{name}"), why));
        }
        self.set(name, value);
        Ok(())
    }
}

impl<V: Into<String>, const N: usize> From<[(&'static str, V); N]> for Fields {
    fn from(fields: [(&'static str, V); N]) -> Self {
        let mut all = Self::default();
        for (name, value) in fields {
            all.set(name, value);
        }
        all
    }
}

impl IntoIterator for Fields {
    type Item = (&'static str, String);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// The fields of an address and its method, by the carrier's names.
#[derive(Clone, Copy, Debug)]
pub struct AddressFields {
    /// Field of the address.
    pub url: &'static str,
    /// Field of the method.
    pub method: &'static str,
}

impl AddressFields {
    /// Fields of these names.
    #[must_use]
    pub const fn new(url: &'static str, method: &'static str) -> Self {
        Self { url, method }
    }

    /// Sets the address. Without one, the method stays as it is.
    fn set(self, fields: &mut Fields, url: Option<&String>, method: Option<HttpMethod>) {
        let url = url.cloned().unwrap_or_default();
        let is_set = !url.is_empty();
        fields.set(self.url, url);
        if is_set {
            fields.set(self.method, method.unwrap_or_default().as_str());
        }
    }

    /// Takes the address out of a row. A method without an address, or one that can't be read, stays.
    fn take(self, row: &mut Unnamed<'_>) -> (Option<String>, Option<HttpMethod>) {
        let Some(url) = row.take(self.url).into_string() else {
            return (None, None);
        };
        let method = row.text(self.method).into_string();
        let method = method.and_then(|method| HttpMethod::try_from(method).ok());
        if method.is_some() {
            row.take(self.method);
        }
        (Some(url), method)
    }

    fn drop_idle_method(self, row: &mut Unnamed<'_>) {
        if row.text(self.url).is_unset() && row.text(self.method).is("POST") {
            row.take(self.method);
        }
    }
}

/// The fields of a webhook, by the carrier's names.
#[derive(Clone, Copy, Debug)]
pub struct WebhookFields {
    /// The unified field, `voice` or `messaging`.
    pub field: &'static str,
    /// The address that is asked first.
    pub main: AddressFields,
    /// The address that is asked if the first one fails.
    pub fallback: AddressFields,
    /// The address that hears how it went.
    pub status_callback: Option<AddressFields>,
}

impl WebhookFields {
    /// Sets a webhook as a whole; its default unsets all addresses.
    ///
    /// # Errors
    /// `InvalidRequest` naming the address that is invalid, or a fallback without a first address.
    pub fn set(&self, fields: &mut Fields, hook: &Webhook) -> Result<()> {
        let is_set = |url: &Option<String>| url.as_ref().is_some_and(|url| !url.is_empty());
        if is_set(&hook.fallback_url) && !is_set(&hook.url) {
            let field = format!("{}.fallback_url", self.field);
            return Err(Error::invalid(field, "only together with url"));
        }
        for (name, url) in [
            ("url", &hook.url),
            ("fallback_url", &hook.fallback_url),
            ("status_callback_url", &hook.status_callback_url),
        ] {
            let field = format!("{}.{name}", self.field);
            web_address(&field, url.as_deref().unwrap_or_default())?;
        }
        self.main.set(fields, hook.url.as_ref(), hook.method);
        let fallback = hook.fallback_url.as_ref();
        self.fallback.set(fields, fallback, hook.fallback_method);
        if let Some(names) = self.status_callback {
            let url = hook.status_callback_url.as_ref();
            names.set(fields, url, hook.status_callback_method);
        }
        Ok(())
    }

    /// Takes a webhook out of a row; [`Routing::None`] if it has no address.
    pub fn take(&self, row: &mut Unnamed<'_>) -> Routing {
        let (url, method) = self.main.take(row);
        let (fallback_url, fallback_method) = self.fallback.take(row);
        let callback = self.status_callback.map(|names| names.take(row));
        let (status_callback_url, status_callback_method) = callback.unwrap_or_default();
        let hook = Webhook {
            url,
            method,
            fallback_url,
            fallback_method,
            status_callback_url,
            status_callback_method,
        };
        if hook == Webhook::default() {
            Routing::None
        } else {
            Routing::Webhook(hook)
        }
    }

    /// Drops the methods of addresses that are not set: carriers show `POST` for them.
    pub fn drop_idle_methods(&self, row: &mut Unnamed<'_>) {
        self.main.drop_idle_method(row);
        self.fallback.drop_idle_method(row);
        if let Some(names) = self.status_callback {
            names.drop_idle_method(row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOICE: WebhookFields = WebhookFields {
        field: "voice",
        main: AddressFields::new("voice_url", "voice_method"),
        fallback: AddressFields::new("voice_fallback_url", "voice_fallback_method"),
        status_callback: Some(AddressFields::new("callback", "callback_method")),
    };

    fn set(hook: serde_json::Value) -> Result<String> {
        let mut fields = Fields::default();
        VOICE.set(&mut fields, &serde_json::from_value(hook).unwrap())?;
        Ok(serde_json::to_string(&fields).unwrap())
    }

    #[test]
    fn webhook_is_set_as_a_whole() {
        let hook = serde_json::json!({"url": "https://a.example", "status_callback_url": "https://b.example",
            "status_callback_method": "GET"});
        let wanted = r#"{"voice_url":"https://a.example","voice_method":"POST","voice_fallback_url":"","callback":"https://b.example","callback_method":"GET"}"#;
        assert_eq!(set(hook).unwrap(), wanted);
        let unset = r#"{"voice_url":"","voice_fallback_url":"","callback":""}"#;
        assert_eq!(set(serde_json::json!({})).unwrap(), unset);
    }

    #[test]
    fn invalid_address_names_its_field() {
        for (hook, field) in [
            (serde_json::json!({"url": "nowhere"}), "voice.url"),
            (
                serde_json::json!({"fallback_url": "https://a.example"}),
                "voice.fallback_url",
            ),
            (
                serde_json::json!({"status_callback_url": "/in"}),
                "voice.status_callback_url",
            ),
        ] {
            assert_eq!(set(hook).unwrap_err().fields()[0].field, field);
        }
    }

    #[test]
    fn webhook_is_taken_and_an_unreadable_method_stays() {
        let json = r#"{"voice_url": "https://a.example", "voice_method": "put", "callback": "https://b.example",
            "callback_method": "get", "voice_fallback_method": "POST", "sid": "PN1"}"#;
        let mut row: Unnamed<'_> = serde_json::from_str(json).unwrap();
        let hook = Webhook {
            url: Some("https://a.example".to_owned()),
            status_callback_url: Some("https://b.example".to_owned()),
            status_callback_method: Some(HttpMethod::Get),
            ..Webhook::default()
        };
        assert_eq!(VOICE.take(&mut row), Routing::Webhook(hook));
        VOICE.drop_idle_methods(&mut row);
        let left = serde_json::to_string(&row).unwrap();
        assert_eq!(left, r#"{"voice_method":"put","sid":"PN1"}"#);
        assert_eq!(VOICE.take(&mut row), Routing::None);
    }

    #[test]
    fn option_that_contradicts_another_field_is_rejected() {
        let mut fields = Fields::default();
        fields.set("trunk_sid", "");
        fields.set("voice_url", "https://a.example");
        fields.set_option("trunk_sid", "TK1".to_owned()).unwrap();
        let same = fields.set_option("voice_url", "https://a.example".to_owned());
        assert!(same.is_ok());
        let other = fields.set_option("voice_url", "https://b.example".to_owned());
        assert_eq!(
            other.unwrap_err().fields()[0].field,
            "provider_options.voice_url"
        );
    }
}
