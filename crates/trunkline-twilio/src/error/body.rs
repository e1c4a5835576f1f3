//! The bodies of refusals: JSON as a rule, XML where Twilio missed the `.json`, or a plain line.

use std::borrow::Cow;

use http::header::CONTENT_TYPE;
use trunkline_http::Refusal;
use trunkline_http::wire::{Text, plain_line};

use crate::wire;

/// Code and message, as far as the body has them.
pub(super) fn read<'a>(refusal: &Refusal<'a>) -> wire::Refusal<'a> {
    if let Ok(read) = serde_json::from_slice(refusal.body) {
        return read;
    }
    let text = std::str::from_utf8(refusal.body).unwrap_or_default().trim();
    if let Some((_, exception)) = text.split_once("<RestException>") {
        return wire::Refusal {
            code: Text::of(element(exception, "Code")),
            message: Text::of(element(exception, "Message")),
            detail: Text::of(element(exception, "Detail")),
        };
    }
    let content_type = refusal.headers.get(CONTENT_TYPE);
    let html = content_type
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.to_ascii_lowercase().contains("html"));
    let line = plain_line(refusal.body).filter(|_| !html);
    wire::Refusal {
        message: Text::of(line.unwrap_or_default()),
        ..wire::Refusal::default()
    }
}

/// The text of the first element of this name, which has no attributes; empty if there is none.
fn element<'a>(xml: &'a str, name: &str) -> Cow<'a, str> {
    let text = || {
        let (_, after) = xml.split_once(&format!("<{name}>"))?;
        let (text, _) = after.split_once(&format!("</{name}>"))?;
        Some(text.trim())
    };
    let text = text().unwrap_or_default();
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        // Last, or what was escaped twice would be read once too often.
        ("&amp;", "&"),
    ];
    let plain = entities
        .into_iter()
        .fold(text.to_owned(), |text, (entity, character)| {
            text.replace(entity, character)
        });
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};
    use trunkline_core::Operation;
    use trunkline_http::Replay;

    use super::*;

    fn read_as(content_type: &str, body: &str) -> (Option<String>, Option<String>) {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
        let found = read(&Refusal {
            operation: Operation::Get,
            replay: Replay::Safe,
            status: StatusCode::BAD_REQUEST,
            headers: &headers,
            body: body.as_bytes(),
        });
        (found.code.into_string(), found.message.into_string())
    }

    #[test]
    fn xml_gives_code_and_message() {
        let body = "<?xml version='1.0' encoding='UTF-8'?>\n<TwilioResponse><RestException><Code>20404</Code>\
            <Message>No &quot;A &amp; B&quot;</Message><Status>404</Status></RestException></TwilioResponse>";
        let wanted = (Some("20404".to_owned()), Some("No \"A & B\"".to_owned()));
        assert_eq!(read_as("application/xml", body), wanted);
    }

    #[test]
    fn plain_line_is_the_message_and_a_page_is_not() {
        let line = read_as("text/plain; charset=utf-8", "upstream connect error\n");
        assert_eq!(line, (None, Some("upstream connect error".to_owned())));
        assert_eq!(read_as("text/plain", &"x".repeat(300)), (None, None));
        assert_eq!(read_as("text/plain", "<p>no</p>"), (None, None));
        assert_eq!(read_as("text/html", "<p>no</p>"), (None, None));
        assert_eq!(read_as("text/html", "no"), (None, None));
    }

    #[test]
    fn line_of_any_content_type_is_the_message_and_a_cut_document_is_not() {
        let said = |body: &str| read_as("application/octet-stream", body).1;
        assert_eq!(said("slow down").as_deref(), Some("slow down"));
        for odd in ["null", "[]", r#"["no"]"#, r#"{"message": "cut sho"#, ""] {
            assert_eq!(said(odd), None, "{odd}");
        }
    }

    #[test]
    fn last_of_repeated_members_counts() {
        let body = r#"{"code": 1, "code": 21422, "message": "gone"}"#;
        let wanted = (Some("21422".to_owned()), Some("gone".to_owned()));
        assert_eq!(read_as("application/json", body), wanted);
    }
}
