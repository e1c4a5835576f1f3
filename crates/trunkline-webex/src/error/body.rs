//! The bodies of refusals. Webex has five shapes of them, and some of its gateways answer plain text or a page.

use http::header::CONTENT_TYPE;
use serde_json::value::RawValue;
use trunkline_http::Refusal;
use trunkline_http::wire::{Text, plain_line};

use crate::wire::{self, first};

/// The header with the code when the body has none.
const CODES: &str = "cisco-spark-error-codes";

/// Code, message and id of a refusal, as far as it has them.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
    pub(super) tracking_id: Option<String>,
}

/// Reads a refusal.
pub(super) fn read(refusal: &Refusal<'_>) -> Said {
    let mut said = of_body(refusal);
    if said.code.is_none() {
        let in_text = said.message.as_deref().and_then(code_in);
        let code = header(refusal, CODES).split(',').next().unwrap_or_default();
        let code = first([Text::of(code.trim()), Text::of(in_text.unwrap_or_default())]);
        said.code = code.into_string();
    }
    said
}

fn of_body(refusal: &Refusal<'_>) -> Said {
    let text = std::str::from_utf8(refusal.body).unwrap_or_default().trim();
    of_json(text).unwrap_or_else(|| {
        let html = header(refusal, CONTENT_TYPE.as_str()).to_ascii_lowercase();
        let line = plain_line(refusal.body).filter(|_| !html.contains("html"));
        of_text(line.unwrap_or_default())
    })
}

/// What a document says: an object, of a list the first that says anything, or a text.
fn of_json(text: &str) -> Option<Said> {
    match text.bytes().next()? {
        b'{' => serde_json::from_str(text).ok().map(usual),
        b'[' => {
            let all: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            let mut said = all.into_iter().filter_map(|one| of_json(one.get()));
            let says = |said: &Said| said.code.is_some() || said.message.is_some();
            Some(said.find(says).unwrap_or_default())
        }
        b'"' => serde_json::from_str::<String>(text)
            .ok()
            .map(|text| of_text(&text)),
        _ => None,
    }
}

fn of_text(message: &str) -> Said {
    Said {
        message: Text::of(message).into_string(),
        ..Said::default()
    }
}

/// The inner code is the useful one; of texts the outer is as good and always there.
fn usual(body: wire::Refusal<'_>) -> Said {
    let error = body.errors.0.into_iter().next().unwrap_or_default();
    let job = body.error.0.into_iter().next().unwrap_or_default();
    Said {
        code: first([error.code, body.error_code, body.code, job.code]).into_string(),
        message: first([body.message, body.error_message, error.words, job.words]).into_string(),
        tracking_id: body.tracking_id.into_string(),
    }
}

fn header<'a>(refusal: &Refusal<'a>, name: &str) -> &'a str {
    let value = refusal.headers.get(name);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// The code in a text such as `[Error 8361] DN is unavailable : +14165550171`.
pub(crate) fn code_in(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("[Error ")?;
    let (code, _) = rest.split_once(']')?;
    code.bytes().all(|b| b.is_ascii_digit()).then_some(code)
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};
    use trunkline_core::Operation;
    use trunkline_http::Replay;

    use super::*;

    fn read_with(headers: &[(&'static str, &str)], body: &str) -> (Option<String>, Option<String>) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        let said = read(&Refusal {
            operation: Operation::Get,
            replay: Replay::Safe,
            status: StatusCode::BAD_REQUEST,
            headers: &map,
            body: body.as_bytes(),
        });
        (said.code, said.message)
    }

    fn both(code: &str, message: &str) -> (Option<String>, Option<String>) {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        (text(code), text(message))
    }

    #[test]
    fn each_shape_gives_code_and_message() {
        for (body, wanted) in [
            (
                r#"{"errorCode": 25223, "message": "no", "errors": [{"errorCode": 8363, "description": "in use"}]}"#,
                both("8363", "no"),
            ),
            (r#"{"errors": [{"description": "gone"}]}"#, both("", "gone")),
            (
                r#"{"errorCode": "ERR.V.TRM.TMN60004", "errorMessage": "only LGW"}"#,
                both("ERR.V.TRM.TMN60004", "only LGW"),
            ),
            (
                r#"[{"errors": [{"number": "+14165550171", "errorCode": "8363", "errorMessage": "in use"}]}]"#,
                both("8363", "in use"),
            ),
            (
                r#"{"error": {"key": "400", "message": [{"description": "main", "code": "BATCH-1017024", "location": null}]}}"#,
                both("BATCH-1017024", "main"),
            ),
            (
                r#"{"message": "[Error 5620] Group not found"}"#,
                both("5620", "[Error 5620] Group not found"),
            ),
            (
                r#"{"errors": ["no", {"description": "later"}]}"#,
                both("", "no"),
            ),
            (
                r#"{"errors": {"errorCode": 8361, "description": "gone"}}"#,
                both("8361", "gone"),
            ),
            (
                r#"{"timestamp": 1, "status": 404, "error": "Not Found", "path": "/v1/x"}"#,
                both("", "Not Found"),
            ),
            (
                r#"{"error": {"key": "400", "message": "bad"}, "code": 25008}"#,
                both("25008", "bad"),
            ),
            (
                r#"[null, {"errors": null}, {"message": "no"}]"#,
                both("", "no"),
            ),
            (r#"["no", "really"]"#, both("", "no")),
            (r#""no""#, both("", "no")),
            ("[]", both("", "")),
            ("null", both("", "")),
            (r#"{"message": "cut sho"#, both("", "")),
        ] {
            assert_eq!(read_with(&[], body), wanted, "{body}");
        }
    }

    #[test]
    fn code_is_read_from_the_header() {
        let found = read_with(&[("Cisco-Spark-Error-Codes", "4251")], "");
        assert_eq!(found, both("4251", ""));
    }

    #[test]
    fn plain_line_is_the_message_and_a_page_is_not() {
        let plain = [("Content-Type", "text/plain; charset=utf-8")];
        assert_eq!(
            read_with(&plain, "upstream connect error\n"),
            both("", "upstream connect error")
        );
        assert_eq!(
            read_with(&[], "no healthy upstream"),
            both("", "no healthy upstream")
        );
        assert_eq!(read_with(&plain, "<p>no</p>"), both("", ""));
        assert_eq!(
            read_with(&[("Content-Type", "text/html")], "no"),
            both("", "")
        );
    }
}
