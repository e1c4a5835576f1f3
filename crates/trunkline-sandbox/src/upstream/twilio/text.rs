//! How Twilio writes identifiers and names, and documents in XML: what one gets who forgets the `.json`.

use http::header;
use serde_json::Value;

use super::error::{Result, refuse};
use crate::exchange::{Answer, Request};
use crate::query::Query;
use crate::text::national;

/// Whether `text` is an identifier of that kind.
pub(super) fn is_sid(prefix: &str, text: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|hex| hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// The name that a number or caller ID gets if none is given: outside North America without the plus sign.
pub(super) fn default_name(e164: &str) -> String {
    national(e164).unwrap_or_else(|| e164.trim_start_matches('+').to_owned())
}

/// Twilio keeps the first 64 characters of a name and says nothing about the rest.
pub(super) fn cut_name(name: &str) -> String {
    name.chars().take(64).collect()
}

/// Refuses a form with a name of more than 64 characters.
pub(super) fn check_name(request: &Request) -> Result<()> {
    match Query::of_form(request).filled("FriendlyName") {
        Some(name) if name.chars().count() > 64 => {
            refuse(20_002, "Invalid FriendlyName: at most 64 characters")
        }
        Some(_) | None => Ok(()),
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sid_is_two_letters_and_32_hex_digits() {
        let sid = format!("PN{:032x}", 17);
        assert!(is_sid("PN", &sid));
        assert!(!is_sid("AP", &sid));
        assert!(!is_sid("PN", &sid[..33]));
    }

    #[test]
    fn a_long_name_is_cut_in_the_middle_of_a_word() {
        assert_eq!(cut_name(&"é".repeat(70)).chars().count(), 64);
    }

    #[test]
    fn names_are_national_in_north_america_alone() {
        assert_eq!(default_name("+14155550100"), "(415) 555-0100");
        assert_eq!(default_name("+442079460123"), "442079460123");
    }
}
