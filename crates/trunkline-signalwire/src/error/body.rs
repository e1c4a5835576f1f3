//! The bodies of refusals: a word, a list of reasons in either of two forms, or a flat object.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use trunkline_http::wire::{Text, plain_line};

use crate::error::table::row;
use crate::wire;

/// What the text of a refusal is about, as far as it has been seen or announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    /// The number was bought too recently to be released.
    TooRecent,
    /// Balance, a limit, an upgrade, a trial.
    Money,
    /// Anything else.
    Other,
}

/// Code and text of a refusal, of the one reason that decides if there are several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reported {
    code: Option<String>,
    message: Option<String>,
    /// The message where there is no text: a heading, or a plain line. It does not decide the kind.
    title: Option<String>,
}

impl Reported {
    pub(super) fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    pub(super) fn message(&self) -> Option<&str> {
        self.message.as_deref().or(self.title.as_deref())
    }

    pub(super) fn topic(&self) -> Topic {
        self.message.as_deref().map_or(Topic::Other, topic_of)
    }

    /// Whether this entry alone decides.
    fn decides(&self) -> bool {
        self.code().is_some_and(|code| row(code).is_some()) || self.topic() != Topic::Other
    }
}

pub(super) fn topic_of(text: &str) -> Topic {
    let text = text.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(&["too recently"]) {
        Topic::TooRecent
    } else if has(&["balance", "limit", "upgrade", "trial"]) {
        Topic::Money
    } else {
        Topic::Other
    }
}

/// How deep words are looked for: no further than an object of lists of texts.
const DEPTH: usize = 3;

/// Reads a body; one in an unknown form has no code.
pub(super) fn read(body: &[u8]) -> Reported {
    let Ok(refusal) = serde_json::from_slice::<wire::Refusal<'_>>(body) else {
        let listed = serde_json::from_slice(body).map(reasons);
        return listed.ok().and_then(deciding).unwrap_or_else(|| Reported {
            title: plain_line(body).map(str::to_owned),
            ..Reported::default()
        });
    };
    if let Some(said) = refusal.errors.map(reasons).and_then(deciding) {
        return said;
    }
    let nested = refusal.error.and_then(reason).unwrap_or_default();
    Reported {
        code: refusal.code.into_string().or(nested.code),
        message: refusal.message.into_string().or(nested.message),
        title: nested.title,
    }
}

/// The known one of several reasons, else the first. If it is about a value, as all are then, the texts of the others come
/// after its own.
fn deciding(mut reasons: Vec<Reported>) -> Option<Reported> {
    let at = reasons
        .iter()
        .position(Reported::decides)
        .unwrap_or_default();
    let mut said = (at < reasons.len()).then(|| reasons.remove(at))?;
    let kind = said.code().and_then(row).map(|row| row.kind);
    let about_a_value = match kind {
        Some(kind) => kind == trunkline_core::ErrorKind::InvalidRequest,
        None => said.topic() == Topic::Other,
    };
    if !about_a_value {
        return Some(said);
    }
    let mut words: Vec<String> = said.message.take().into_iter().collect();
    words.extend(reasons.into_iter().filter_map(|other| other.message));
    said.message = (!words.is_empty()).then(|| words.join("; "));
    Some(said)
}

/// The reasons of a list, or the only one without a list; those without code and text are left out.
fn reasons(errors: &RawValue) -> Vec<Reported> {
    match serde_json::from_str::<Vec<&RawValue>>(errors.get()) {
        Ok(list) => list.into_iter().filter_map(reason).collect(),
        Err(_) => reason(errors).into_iter().collect(),
    }
}

/// A reason: an object of code and text, or of the texts to each field; or a text.
fn reason(entry: &RawValue) -> Option<Reported> {
    let known = serde_json::from_str::<wire::Reason<'_>>(entry.get()).map(|entry| Reported {
        code: entry.code.into_string(),
        message: entry
            .detail
            .and_then(|detail| texts_in(detail, DEPTH))
            .or_else(|| entry.message.into_string()),
        title: entry.title.into_string(),
    });
    known
        .ok()
        .filter(|said| *said != Reported::default())
        .or_else(|| {
            let message = texts_in(entry, DEPTH)?;
            Some(Reported {
                message: Some(message),
                ..Reported::default()
            })
        })
}

/// All the texts in a value: of a list one after the other, of an object each after its name.
fn texts_in(value: &RawValue, depth: usize) -> Option<String> {
    let text: Text<'_> = serde_json::from_str(value.get()).unwrap_or_default();
    if depth == 0 || text.get().is_some() {
        return text.into_string();
    }
    let words: Vec<String> = if let Ok(list) = serde_json::from_str::<Vec<&RawValue>>(value.get()) {
        let words = list.into_iter();
        words.filter_map(|item| texts_in(item, depth - 1)).collect()
    } else {
        let members: BTreeMap<String, &RawValue> =
            serde_json::from_str(value.get()).unwrap_or_default();
        let words = members.into_iter();
        words
            .filter_map(|(name, value)| Some(format!("{name}: {}", texts_in(value, depth - 1)?)))
            .collect()
    };
    Some(words.join("; ")).filter(|words| !words.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(body: &str) -> (Option<String>, Option<String>) {
        let said = read(body.as_bytes());
        (
            said.code().map(str::to_owned),
            said.message().map(str::to_owned),
        )
    }

    fn pair(code: Option<&str>, message: Option<&str>) -> (Option<String>, Option<String>) {
        (code.map(str::to_owned), message.map(str::to_owned))
    }

    #[test]
    fn every_form_is_read() {
        assert_eq!(
            said(r#"{"error": "Unauthorized"}"#),
            pair(None, Some("Unauthorized"))
        );
        let listed =
            r#"{"errors":[{"detail":"no","status":"422","title":"Invalid Attribute","code":"x"}]}"#;
        assert_eq!(said(listed), pair(Some("x"), Some("no")));
        let typed = r#"{"errors":[{"type":"validation_error","code":"x","message":"no","attribute":"to","url":"u"}]}"#;
        assert_eq!(said(typed), pair(Some("x"), Some("no")));
        assert_eq!(
            said(r#"{"code": 21401, "message": "no"}"#),
            pair(Some("21401"), Some("no"))
        );
        assert_eq!(said(r#"{"errors": ["no"]}"#), pair(None, Some("no")));
    }

    #[test]
    fn reasons_are_found_in_unusual_places_too() {
        let x = pair(Some("x"), Some("no"));
        for body in [
            r#"[{"code": "x", "detail": "no"}]"#,
            r#"{"errors": {"code": "x", "detail": ["no"]}}"#,
            r#"{"error": {"code": "x", "message": "no"}}"#,
            r#"{"errors": [], "code": "x", "message": "no"}"#,
            r#"{"errors": [null, {}, {"code": "x", "detail": null, "message": "no"}]}"#,
        ] {
            assert_eq!(said(body), x, "{body}");
        }
        let fields = r#"{"errors": {"name": ["is long", "is odd"], "number": "is taken"}}"#;
        let words = "name: is long; is odd; number: is taken";
        assert_eq!(said(fields), pair(None, Some(words)));
        assert_eq!(said(r#"{"errors": "no"}"#), pair(None, Some("no")));
        assert_eq!(said("Retry later\n"), pair(None, Some("Retry later")));
        assert_eq!(said(r#""no""#), pair(None, Some("no")));
    }

    #[test]
    fn plain_line_does_not_decide_the_kind() {
        assert_eq!(read(b"over the limit").topic(), Topic::Other);
    }

    #[test]
    fn deeply_nested_body_is_read_without_a_code() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(said(&deep), pair(None, None));
        assert_eq!(said(&format!(r#"{{"errors": {deep}}}"#)), pair(None, None));
    }

    #[test]
    fn title_is_the_message_without_a_detail() {
        let opaque = r#"{"errors":[{"detail":null,"status":"422","title":"Invalid Attribute","code":"422"}]}"#;
        assert_eq!(said(opaque), pair(Some("422"), Some("Invalid Attribute")));
    }

    #[test]
    fn known_reason_decides_among_several() {
        let both = r#"{"errors":[{"code":"422","detail":"?"},{"code":"insufficient_balance","detail":"!"}]}"#;
        assert_eq!(said(both), pair(Some("insufficient_balance"), Some("!")));
        let unknown = r#"{"errors":[{"code":"a","detail":"1"},{"code":"b","detail":"2"}]}"#;
        assert_eq!(said(unknown), pair(Some("a"), Some("1; 2")));
    }

    #[test]
    fn unknown_form_has_no_code() {
        for body in [
            "",
            "[]",
            "<html>",
            r#"{"errors": {"a": 1}}"#,
            r#"{"errors": [7.5, null]}"#,
            r#"{"error": null}"#,
        ] {
            let said = read(body.as_bytes());
            assert_eq!(said.code(), None, "{body}");
        }
    }
}
