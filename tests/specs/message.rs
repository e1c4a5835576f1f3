//! Requests and answers, wherever they come from.

use serde_json::Value;

/// One request and its answer.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) request: Request,
    pub(crate) response: Response,
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Encoded.
    pub(crate) path: String,
    /// Decoded, in order.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
}

/// What a message carries.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    None,
    Json(Value),
    Text(String),
}

impl Body {
    /// A body as fixtures write it: JSON, a text of anything else, null for none.
    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::None,
            Value::String(text) if text.is_empty() => Self::None,
            Value::String(text) => Self::Text(text.clone()),
            json => Self::Json(json.clone()),
        }
    }

    /// A body as it was received.
    pub(crate) fn read(text: &str, media: Option<&str>) -> Self {
        let json = || serde_json::from_str(text).ok().map(Self::Json);
        if text.is_empty() {
            Self::None
        } else if media.is_some_and(|media| media.ends_with("json")) {
            json().unwrap_or_else(|| Self::Text(text.to_owned()))
        } else {
            Self::Text(text.to_owned())
        }
    }
}

/// The media type that the headers name, without its parameters.
pub(crate) fn media_type(headers: &[(String, String)]) -> Option<&str> {
    let (_, value) = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"))?;
    value.split(';').next().map(str::trim)
}
