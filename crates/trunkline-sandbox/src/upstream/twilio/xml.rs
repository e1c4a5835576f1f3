//! The same documents in XML: what one gets who forgets the `.json`.

use http::header;
use serde_json::Value;

use crate::exchange::Answer;

pub(super) fn rewrite(answer: &mut Answer) {
    let Ok(document) = serde_json::from_slice::<Value>(&answer.body) else {
        return;
    };
    let name = if answer.status.is_success() {
        "Resource"
    } else {
        "RestException"
    };
    let mut text = String::from("<?xml version='1.0' encoding='UTF-8'?>\n<TwilioResponse>");
    element(&mut text, name, &document);
    text.push_str("</TwilioResponse>");
    answer.body = text.into();
    answer.set(header::CONTENT_TYPE, "application/xml");
}

fn element(text: &mut String, name: &str, value: &Value) {
    text.extend(["<", name, ">"]);
    match value {
        Value::Null => {}
        Value::Object(members) => members
            .iter()
            .for_each(|(key, value)| element(text, &pascal(key), value)),
        Value::Array(items) => items.iter().for_each(|item| element(text, "Item", item)),
        Value::String(plain) => text.push_str(&escape(plain)),
        Value::Bool(_) | Value::Number(_) => text.push_str(&value.to_string()),
    }
    text.extend(["</", name, ">"]);
}

fn pascal(key: &str) -> String {
    key.split('_')
        .flat_map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| first.to_ascii_uppercase())
                .into_iter()
                .chain(letters)
        })
        .collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
