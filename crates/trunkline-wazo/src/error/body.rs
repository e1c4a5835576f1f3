//! The bodies of refusals: of confd a list of messages as a rule, or an object with one; of wazo-auth an object with a
//! list of them; of other services of the stack an object with a message and a code; of the proxy a page or a line.

use serde_json::Value;
use trunkline_http::wire::{is_uuid, plain_line};

/// What a refusal says.
#[derive(Debug, Default)]
pub(super) struct Body {
    /// As they came.
    pub(super) messages: Vec<String>,
    /// The name of the error, where a service of the stack gives it one.
    pub(super) code: Option<String>,
    /// It is no answer of Wazo's services but a page.
    pub(super) is_page: bool,
    /// It did not come whole.
    pub(super) is_broken: bool,
}

/// Reads a body, as far as it can be read.
pub(super) fn read(body: &[u8]) -> Body {
    let text = std::str::from_utf8(body).unwrap_or_default().trim();
    let is_page = text.starts_with('<');
    let Ok(said) = serde_json::from_str::<Value>(text) else {
        // A document that was cut short is not a message.
        let line = plain_line(body);
        return Body {
            is_broken: line.is_none() && !is_page,
            messages: line.map(str::to_owned).into_iter().collect(),
            code: None,
            is_page,
        };
    };
    let code = said.get("error_id").and_then(Value::as_str);
    Body {
        code: code.map(str::to_owned),
        messages: messages(said),
        is_page,
        is_broken: false,
    }
}

/// The texts in a document, of objects those under the names that services use for them.
fn messages(said: Value) -> Vec<String> {
    match said {
        Value::Null => Vec::new(),
        Value::String(text) if text.is_empty() => Vec::new(),
        Value::String(text) => vec![text],
        Value::Array(all) => all.into_iter().flat_map(messages).collect(),
        Value::Object(mut members) => ["message", "reason", "error", "detail"]
            .into_iter()
            .find_map(|name| members.remove(name))
            .map_or_else(|| in_full(Value::Object(members)), messages),
        other => in_full(other),
    }
}

fn in_full(said: Value) -> Vec<String> {
    match said {
        Value::Object(members) if members.is_empty() => Vec::new(),
        other => vec![other.to_string()],
    }
}

impl Body {
    /// All of it, verbatim.
    pub(super) fn message(&self) -> Option<String> {
        (!self.messages.is_empty()).then(|| self.messages.join("; "))
    }

    /// All of it, but for what the database said to Wazo: statements and rows must not be shown.
    pub(super) fn without_sql(&self) -> Option<String> {
        const UNEXPECTED: &str = "Unexpected error";
        const DATABASE: [&str; 3] = ["psycopg2", "sqlalche", "[SQL"];
        let short = |text: &String| {
            let database = DATABASE.iter().any(|sign| text.contains(sign));
            if database || text.starts_with(UNEXPECTED) {
                UNEXPECTED.to_owned()
            } else {
                text.clone()
            }
        };
        let messages: Vec<String> = self.messages.iter().map(short).collect();
        (!messages.is_empty()).then(|| messages.join("; "))
    }

    /// Whether a 401 is about what a good token may do. Of a bad token confd names the token and the access that was
    /// wanted; if the access is missing, or the tenant is foreign, the tenant as well; and of a tenant that it finds
    /// out to be foreign later, the tenant alone.
    pub(super) fn lacks_access(&self) -> bool {
        match self.messages.as_slice() {
            [text] => match members(text) {
                Some(members) => members.len() > 2,
                None => is_uuid(text),
            },
            _ => false,
        }
    }

    /// The access that a 401 is about. The rest of such a body is never shown: it holds the token.
    pub(super) fn access_wanted(&self) -> Option<String> {
        let members = members(self.messages.first()?)?;
        let access = members.into_iter().find_map(|member| {
            let text = member.strip_prefix('\'')?.strip_suffix('\'')?;
            let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._#*!".contains(&b);
            (text.starts_with("confd.") && text.bytes().all(plain)).then(|| text.to_owned())
        });
        access.map(|access| format!("access to {access}"))
    }
}

/// The members of a Python tuple in print: `('a', 'b', None)`.
fn members(text: &str) -> Option<Vec<&str>> {
    let inner = text.strip_prefix('(')?.strip_suffix(')')?;
    let mut quoted = false;
    let parts = inner.split(|c| {
        quoted ^= c == '\'';
        c == ',' && !quoted
    });
    Some(
        parts
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .collect(),
    )
}

/// The fields that messages are about, with what is wrong: `Input Error - number: ['no']`, and several of those.
pub(super) fn field_errors(words: &str) -> Vec<(&str, String)> {
    let parts = words.split("Input Error - ").skip(1);
    parts
        .filter_map(|part| {
            let (field, why) = part.split_once(": ")?;
            let field = field
                .strip_prefix("field '")
                .map_or(field, |name| name.trim_end_matches('\''));
            let known = |b: u8| b.is_ascii_lowercase() || b == b'_';
            let about_one = !field.starts_with('_') && field.bytes().all(known);
            about_one.then(|| (field, reason(why)))
        })
        .collect()
}

/// What is wrong, without the brackets and quotes of a Python list.
fn reason(why: &str) -> String {
    let why = why.trim_end_matches("; ");
    let list = why
        .strip_prefix("['")
        .and_then(|why| why.strip_suffix("']"));
    list.map_or_else(|| why.to_owned(), |list| list.replace("', '", "; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(text: &str) -> Body {
        Body {
            messages: vec![text.to_owned()],
            ..Body::default()
        }
    }

    #[test]
    fn missing_access_differs_from_a_bad_token() {
        for bad in [
            "('', 'confd.phone-numbers.read')",
            "('0f3c', 'confd.phone-numbers.read')",
            "('a, b', 'confd.phone-numbers.read')",
            "nonsense",
            "",
        ] {
            assert!(!says(bad).lacks_access(), "{bad}");
        }
        for lacking in [
            "('0f3c', 'confd.phone-numbers.read', '2b8a')",
            "('0f3c', 'confd.phone-numbers.read', None)",
            "2b8a52a6-0a0c-4d2f-9d43-5a1f2b3c4d5e",
        ] {
            assert!(says(lacking).lacks_access(), "{lacking}");
        }
        assert!(!Body::default().lacks_access());
    }

    #[test]
    fn messages_are_read_from_every_shape_of_body() {
        let read = |body: &str| read(body.as_bytes()).message().unwrap_or_default();
        for (body, wanted) in [
            (r#"["a", "b"]"#, "a; b"),
            (r#"["a", null, {"message": "b"}, 1]"#, "a; b; 1"),
            (r#"{"message": ["a"]}"#, "a"),
            (r#"{"reason": "a", "status_code": 400}"#, "a"),
            (r#"{"message": {"number": ["no"]}}"#, r#"{"number":["no"]}"#),
            (r#""a""#, "a"),
            ("no healthy upstream\n", "no healthy upstream"),
            ("<html>", ""),
            (r#"["cut sho"#, ""),
            ("{}", ""),
            ("[]", ""),
            ("null", ""),
            ("", ""),
        ] {
            assert_eq!(read(body), wanted, "{body}");
        }
    }

    #[test]
    fn an_error_with_a_name_keeps_it_as_its_code() {
        let body = read(br#"{"message": "no", "error_id": "unauthorized", "details": {}}"#);
        assert_eq!(body.code.as_deref(), Some("unauthorized"));
        assert_eq!(body.messages, ["no"]);
        assert_eq!(read(b"[\"no\"]").code, None);
    }

    #[test]
    fn words_of_the_database_are_not_passed_on() {
        let said = |text: &str| says(text).without_sql();
        let unexpected = Some("Unexpected error".to_owned());
        for text in [
            "Unexpected error: (psycopg2.errors.CheckViolation) ...",
            "(psycopg2.OperationalError) could not connect\n[SQL: SELECT 1]",
        ] {
            assert_eq!(said(text), unexpected, "{text}");
        }
        assert_eq!(said("too busy"), Some("too busy".to_owned()));
    }

    #[test]
    fn access_code_is_shown_only_on_401() {
        let shown = |text: &str| says(text).access_wanted();
        let access = Some("access to confd.phone-numbers.read".to_owned());
        assert_eq!(shown("('s3cret', 'confd.phone-numbers.read', 't')"), access);
        assert_eq!(shown("('s3cret', 'something else')"), None);
        assert_eq!(shown("s3cret"), None);
    }

    #[test]
    fn every_invalid_field_is_named_with_its_reason() {
        let words =
            "Input Error - start_number: ['no', 'too long']; Input Error - end_number: ['no']";
        let found = field_errors(words);
        let wanted = [
            ("start_number", "no; too long".to_owned()),
            ("end_number", "no".to_owned()),
        ];
        assert_eq!(found, wanted);
        let quoted = field_errors("Input Error - field 'limit': wrong type");
        assert_eq!(quoted, [("limit", "wrong type".to_owned())]);
        assert_eq!(field_errors("Input Error - _schema: ['no']"), []);
        assert_eq!(field_errors("Resource Error - no"), []);
    }
}
