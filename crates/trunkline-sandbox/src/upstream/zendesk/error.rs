//! Zendesk's refusals: an error name, an object with a title, or a line of text.

use http::{StatusCode, header};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::exchange::Answer;

const PLAIN: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

/// A refusal as Zendesk words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    status: StatusCode,
    body: Body,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Body {
    /// A name and nothing else.
    Name(&'static str),
    Described(&'static str, String),
    Titled(&'static str, String),
    /// What is wrong with one field of a record.
    Field(&'static str, Flaw),
    /// As the OAuth standard has it.
    OAuth(&'static str, &'static str),
    /// A name and a message, from in front of the application.
    Message(&'static str, &'static str),
    /// Content type and text.
    Text(&'static str, String),
}

/// What is wrong, in words and as a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Flaw {
    description: String,
    error: &'static str,
}

pub(super) type Result<T> = std::result::Result<T, ApiError>;

impl ApiError {
    fn new(status: StatusCode, body: Body) -> Self {
        Self { status, body }
    }

    pub(super) fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            Body::Name("Couldn't authenticate you"),
        )
    }

    pub(super) fn forbidden(message: &str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            Body::Titled("Forbidden", message.to_owned()),
        )
    }

    pub(super) fn missing_scope(scope: &str) -> Self {
        let description = format!("The token lacks the scope this needs: {scope}");
        Self::new(
            StatusCode::FORBIDDEN,
            Body::Described("Forbidden", description),
        )
    }

    /// The record is not there.
    pub(super) fn not_found() -> Self {
        Self::described(StatusCode::NOT_FOUND, "RecordNotFound", "Not found")
    }

    /// The path, or the method on it, is not there.
    pub(super) fn invalid_endpoint() -> Self {
        Self::described(StatusCode::NOT_FOUND, "InvalidEndpoint", "Not found")
    }

    /// A parameter that is absent or empty: a line of text under the name of a page.
    pub(super) fn missing(name: &str) -> Self {
        let text = format!("Required parameter missing: {name}");
        Self::new(StatusCode::BAD_REQUEST, Body::Text(HTML, text))
    }

    /// A value of another type than the attribute's.
    pub(super) fn attribute(name: &str, must: &str) -> Self {
        let message = format!("You passed an invalid value for the {name} attribute. {must}");
        Self::new(
            StatusCode::BAD_REQUEST,
            Body::Titled("Invalid attribute", message),
        )
    }

    /// A record that can't be as one field wants it.
    pub(super) fn invalid(
        field: &'static str,
        error: &'static str,
        description: impl Into<String>,
    ) -> Self {
        let flaw = Flaw {
            description: description.into(),
            error,
        };
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, Body::Field(field, flaw))
    }

    pub(super) fn unreadable() -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            Body::Message("Unprocessable Entity", "Server could not parse JSON"),
        )
    }

    pub(super) fn oauth(
        status: StatusCode,
        error: &'static str,
        description: &'static str,
    ) -> Self {
        Self::new(status, Body::OAuth(error, description))
    }

    fn described(status: StatusCode, error: &'static str, description: &str) -> Self {
        Self::new(status, Body::Described(error, description.to_owned()))
    }

    /// What Zendesk usually says with a status.
    pub(super) fn usual(status: StatusCode) -> Self {
        let text = |kind, text: &str| Self::new(status, Body::Text(kind, text.to_owned()));
        match status.as_u16() {
            400 => Self::attribute("phone_number", "must be an object"),
            401 => Self::unauthenticated(),
            403 => Self::forbidden("You may not do this in this account."),
            404 => Self::not_found(),
            409 => text(PLAIN, "Phone number collision - please try again"),
            422 => Self::invalid("base", "InvalidValue", "Phone number: can not be saved"),
            429 => text(PLAIN, "Number of allowed API requests per minute exceeded"),
            code if code < 500 => {
                let reason = status.canonical_reason().unwrap_or("Unknown");
                let name = "InvalidRequest";
                Self::described(status, name, reason)
            }
            code => {
                let reason = status.canonical_reason().unwrap_or("Unknown");
                let page = format!("<html><body><h1>{code} {reason}</h1></body></html>\n");
                text(HTML, &page)
            }
        }
    }

    pub(super) fn answer(&self) -> Answer {
        let mut answer = match &self.body {
            Body::Text(kind, text) => Answer::with_body(self.status, kind, text.clone()),
            document => {
                let body = serde_json::to_vec(document).unwrap_or_default();
                Answer::with_body(self.status, "application/json; charset=utf-8", body)
            }
        };
        if self.status == StatusCode::UNAUTHORIZED {
            answer.set(header::WWW_AUTHENTICATE, "Basic realm=\"Web Password\"");
        }
        answer
    }
}

#[derive(Serialize)]
struct Title<'a> {
    title: &'a str,
    message: &'a str,
}

impl Serialize for Body {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Name(error) => map.serialize_entry("error", error)?,
            Self::Described(error, description) => {
                map.serialize_entry("error", error)?;
                map.serialize_entry("description", description)?;
            }
            Self::Titled(title, message) => {
                map.serialize_entry("error", &Title { title, message })?;
            }
            Self::Field(field, flaw) => {
                let details = std::collections::BTreeMap::from([(field, [flaw])]);
                map.serialize_entry("error", "RecordInvalid")?;
                map.serialize_entry("description", "Record validation errors")?;
                map.serialize_entry("details", &details)?;
            }
            Self::OAuth(error, description) => {
                map.serialize_entry("error", error)?;
                map.serialize_entry("error_description", description)?;
            }
            Self::Message(error, message) => {
                map.serialize_entry("error", error)?;
                map.serialize_entry("message", message)?;
            }
            Self::Text(_, text) => map.serialize_entry("error", text)?,
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(error: &ApiError) -> String {
        String::from_utf8(error.answer().body.to_vec()).unwrap()
    }

    #[test]
    fn keys_stand_in_the_carriers_order() {
        assert_eq!(
            text(&ApiError::invalid("name", "DuplicateValue", "taken")),
            r#"{"error":"RecordInvalid","description":"Record validation errors","details":{"name":[{"description":"taken","error":"DuplicateValue"}]}}"#
        );
        assert_eq!(
            text(&ApiError::attribute("nickname", "must be a string")),
            r#"{"error":{"title":"Invalid attribute","message":"You passed an invalid value for the nickname attribute. must be a string"}}"#
        );
    }

    #[test]
    fn every_status_has_a_body() {
        for status in (400..600).filter_map(|code| StatusCode::from_u16(code).ok()) {
            let answer = ApiError::usual(status).answer();
            assert_eq!(answer.status, status);
            assert!(!answer.body.is_empty());
        }
    }
}
