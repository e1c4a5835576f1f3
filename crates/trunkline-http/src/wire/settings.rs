//! A carrier's own options, each a text in the end.

use std::collections::BTreeMap;

use serde_json::Value;
use trunkline_core::{Error, HttpMethod, ProviderData, Result};

use crate::wire::check::{uuid, web_address};

/// An option of a carrier's own.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Name of the option.
    pub name: &'static str,
    /// The value that null stands for.
    pub unset: &'static str,
    form: Form,
}

/// What an option may be.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// A text that passes the check, which names the field in its error.
    Text(fn(&str, &str) -> Result<()>),
    Flag,
    Method,
    Words(&'static [&'static str]),
}

impl Setting {
    const fn new(name: &'static str, form: Form, unset: &'static str) -> Self {
        Self { name, unset, form }
    }

    /// Any text; null is the empty text.
    #[must_use]
    pub const fn text(name: &'static str) -> Self {
        Self::checked(name, |_, _| Ok(()))
    }

    /// An absolute web address or the empty text, which null is too.
    #[must_use]
    pub const fn address(name: &'static str) -> Self {
        Self::checked(name, web_address)
    }

    /// A UUID or the empty text, which null is too.
    #[must_use]
    pub const fn uuid(name: &'static str) -> Self {
        Self::checked(name, uuid)
    }

    /// A text that passes a check of the field (the first argument, for the error) and its text; null is the empty text.
    #[must_use]
    pub const fn checked(name: &'static str, check: fn(&str, &str) -> Result<()>) -> Self {
        Self::new(name, Form::Text(check), "")
    }

    /// `GET` or `POST`, in upper or lower case; null is `POST`.
    #[must_use]
    pub const fn method(name: &'static str) -> Self {
        Self::new(name, Form::Method, "POST")
    }

    /// `true` or `false`; null is `false`.
    #[must_use]
    pub const fn flag(name: &'static str) -> Self {
        Self::new(name, Form::Flag, "false")
    }

    /// One of these words; null is the first.
    #[must_use]
    pub const fn words(name: &'static str, words: &'static [&'static str]) -> Self {
        Self::new(name, Form::Words(words), words[0])
    }

    /// The same option with another value for null.
    #[must_use]
    pub const fn or(self, unset: &'static str) -> Self {
        Self { unset, ..self }
    }

    fn read(&self, field: &str, value: Value) -> Result<String> {
        let invalid = |why: &str| Err(Error::invalid(field, why));
        match (self.form, value) {
            (_, Value::Null) => Ok(self.unset.to_owned()),
            (Form::Flag, Value::Bool(flag)) => Ok(flag.to_string()),
            (Form::Flag, _) => invalid("must be true or false"),
            (Form::Text(check), Value::String(text)) => check(field, &text).map(|()| text),
            (Form::Method, Value::String(text)) => match HttpMethod::try_from(text) {
                Ok(method) => Ok(method.as_str().to_owned()),
                Err(_) => invalid("must be GET or POST"),
            },
            (Form::Words(words), Value::String(text)) => {
                if words.contains(&text.as_str()) {
                    return Ok(text);
                }
                invalid(&format!("must be one of {}", words.join(", ")))
            }
            (Form::Text(_) | Form::Method | Form::Words(_), _) => invalid("must be a text"),
        }
    }
}

/// Reads the options under `field`, each of which is one of these settings: the name and value of those that are given, in
/// the order of the settings.
///
/// # Errors
/// `InvalidRequest` naming the option that is unknown or invalid.
pub fn settings<'a>(
    field: &str,
    known: impl IntoIterator<Item = &'a Setting>,
    options: &ProviderData,
) -> Result<Vec<(&'static str, String)>> {
    let mut given: BTreeMap<String, Value> = serde_json::from_str(options.as_json())
        .map_err(|error| Error::invalid(field, error.to_string()))?;
    let mut read = Vec::new();
    if given.is_empty() {
        return Ok(read);
    }
    let mut names = Vec::new();
    for setting in known {
        names.push(setting.name);
        if let Some(value) = given.remove(setting.name) {
            let field = format!("{field}.{}", setting.name);
            read.push((setting.name, setting.read(&field, value)?));
        }
    }
    if let Some((name, _)) = given.pop_first() {
        let why = format!("unknown option {name}; known are {}", names.join(", "));
        return Err(Error::invalid(format!("{field}.{name}"), why));
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [Setting; 6] = [
        Setting::words("mode", &["voice", "fax"]),
        Setting::method("method"),
        Setting::flag("lookup"),
        Setting::text("topic"),
        Setting::address("url"),
        Setting::uuid("room_id"),
    ];

    fn read(json: &str) -> Result<Vec<(&'static str, String)>> {
        settings("options", &KNOWN, &serde_json::from_str(json).unwrap())
    }

    #[test]
    fn options_are_read_in_the_order_of_the_settings() {
        let read = read(r#"{"topic": "office", "lookup": true, "method": "get"}"#).unwrap();
        let wanted = [("method", "GET"), ("lookup", "true"), ("topic", "office")];
        assert_eq!(read, wanted.map(|(name, value)| (name, value.to_owned())));
    }

    #[test]
    fn null_means_the_default() {
        let read = read(r#"{"mode": null, "method": null, "lookup": null, "url": null}"#).unwrap();
        let values: Vec<_> = read.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, ["voice", "POST", "false", ""]);
    }

    #[test]
    fn unknown_or_invalid_option_is_rejected_by_name() {
        for (json, name) in [
            (r#"{"mode": "sms"}"#, "mode"),
            (r#"{"method": "PUT"}"#, "method"),
            (r#"{"lookup": "yes"}"#, "lookup"),
            (r#"{"topic": 7}"#, "topic"),
            (r#"{"url": "nowhere"}"#, "url"),
            (r#"{"room_id": "lobby"}"#, "room_id"),
            (r#"{"colour": 1}"#, "colour"),
        ] {
            let error = read(json).unwrap_err();
            assert_eq!(error.fields()[0].field, format!("options.{name}"), "{json}");
        }
    }
}
