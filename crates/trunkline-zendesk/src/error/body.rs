//! The bodies of refusals: JSON of several shapes, or a plain line under any content type.

use serde_json::value::RawValue;
use trunkline_http::Refusal;
use trunkline_http::wire::{Text, Unnamed, plain_line};

use crate::wire;

/// Code and message, as far as the body has them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
}

/// Reads a body. The message is the description and, where there are details, what they say of each field:
/// `Record validation errors: nickname: is too long; priority: is not a number`.
pub(super) fn read(refusal: &Refusal<'_>) -> Said {
    match serde_json::from_slice::<wire::Refusal<'_>>(refusal.body) {
        Ok(body) => document(body),
        Err(_) => Said {
            code: None,
            message: plain_line(refusal.body).map(str::to_owned),
        },
    }
}

fn document(body: wire::Refusal<'_>) -> Said {
    let first = |errors| {
        let errors: Vec<&RawValue> = items(errors);
        errors
            .into_iter()
            .map(error)
            .find(|said| *said != (None, None))
    };
    let said = body.error.map(error);
    let said = said.or_else(|| body.errors.and_then(first));
    let (code, words) = said.unwrap_or_default();
    let said = [body.description, body.error_description, body.message];
    let said = said.into_iter().find_map(Text::into_string).or(words);
    let details = body.details.map(details).unwrap_or_default();
    let parts: Vec<String> = said
        .into_iter()
        .chain(Some(details).filter(|text| !text.is_empty()))
        .collect();
    Said {
        code,
        message: Some(parts.join(": ")).filter(|text| !text.is_empty()),
    }
}

/// `error` is a code, a sentence, or an object of a title or code and a message.
fn error(error: &RawValue) -> (Option<String>, Option<String>) {
    if let Ok(object) = serde_json::from_str::<wire::RefusalError<'_>>(error.get()) {
        let (code, title) = (object.code.into_string(), object.title.into_string());
        let words = [object.detail, object.message];
        let words = words.into_iter().find_map(Text::into_string);
        return match code {
            Some(code) => (Some(code), words.or(title)),
            None => (title, words),
        };
    }
    let text: Text<'_> = serde_json::from_str(error.get()).unwrap_or_default();
    match text.into_string() {
        Some(sentence) if sentence.contains(' ') => (None, Some(sentence)),
        code => (code, None),
    }
}

/// What is wrong with each field, in the order of the body. What is about the whole stands without a field.
fn details(details: &RawValue) -> String {
    let all = Unnamed::of(details, &[]);
    let mut fields: Vec<(&str, &RawValue)> = all.iter().collect();
    if !details.get().starts_with('{') {
        fields.push(("base", details));
    }
    let said = fields.iter().flat_map(|(field, list)| {
        let entries = items(list).into_iter().filter_map(flaw);
        entries.map(move |what| {
            if *field == "base" {
                what
            } else {
                format!("{field}: {what}")
            }
        })
    });
    said.collect::<Vec<_>>().join("; ")
}

/// What is wrong: an object that describes it, or a text.
fn flaw(entry: &RawValue) -> Option<String> {
    if let Ok(entry) = serde_json::from_str::<wire::Detail<'_>>(entry.get()) {
        let words = [entry.description, entry.error, entry.kind];
        return words.into_iter().find_map(Text::into_string);
    }
    let text: Text<'_> = serde_json::from_str(entry.get()).unwrap_or_default();
    text.into_string()
}

/// The items of a list, or the one thing that stands where a list should.
fn items(list: &RawValue) -> Vec<&RawValue> {
    serde_json::from_str(list.get()).unwrap_or_else(|_| vec![list])
}
