//! Zendesk's refusals: an error name, an object with a title, or a line of text.

use bytes::Bytes;
use http::{StatusCode, header};
use serde::Serialize;

use crate::exchange::Answer;
use crate::json::object;

const PLAIN: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    status: StatusCode,
    content_type: &'static str,
    body: Bytes,
}

pub(super) type Result<T, E = ApiError> = std::result::Result<T, E>;

/// A record that can't be as one field wants it.
pub(super) fn refuse<T>(
    field: &'static str,
    error: &'static str,
    description: impl Into<String>,
) -> Result<T> {
    Err(ApiError::invalid(field, error, description))
}

impl ApiError {
    fn json(status: StatusCode, document: &impl Serialize) -> Self {
        let body = serde_json::to_vec(document).unwrap_or_default();
        Self {
            status,
            content_type: JSON,
            body: body.into(),
        }
    }

    fn text(status: StatusCode, content_type: &'static str, text: String) -> Self {
        Self {
            status,
            content_type,
            body: text.into(),
        }
    }

    fn described(status: StatusCode, error: &str, description: &str) -> Self {
        Self::json(
            status,
            &object! { "error": error, "description": description },
        )
    }

    fn titled(status: StatusCode, title: &str, message: &str) -> Self {
        let error = object! { "title": title, "message": message };
        Self::json(status, &object! { "error": error })
    }

    pub(super) fn unauthenticated() -> Self {
        let body = object! { "error": "Couldn't authenticate you" };
        Self::json(StatusCode::UNAUTHORIZED, &body)
    }

    pub(super) fn forbidden(message: &str) -> Self {
        Self::titled(StatusCode::FORBIDDEN, "Forbidden", message)
    }

    pub(super) fn missing_scope(scope: &str) -> Self {
        let description = format!("The token lacks the scope this needs: {scope}");
        Self::described(StatusCode::FORBIDDEN, "Forbidden", &description)
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
        Self::text(StatusCode::BAD_REQUEST, HTML, text)
    }

    /// A value of another type than the attribute's.
    pub(super) fn attribute(name: &str, must: &str) -> Self {
        let message = format!("You passed an invalid value for the {name} attribute. {must}");
        Self::titled(StatusCode::BAD_REQUEST, "Invalid attribute", &message)
    }

    /// A record that can't be as one field wants it.
    pub(super) fn invalid(
        field: &'static str,
        error: &'static str,
        description: impl Into<String>,
    ) -> Self {
        let description: String = description.into();
        let body = object! {
            "error": "RecordInvalid",
            "description": "Record validation errors",
            "details": object! {
                [field]: [object! { "description": description, "error": error }],
            },
        };
        Self::json(StatusCode::UNPROCESSABLE_ENTITY, &body)
    }

    pub(super) fn unreadable() -> Self {
        let body = object! {
            "error": "Unprocessable Entity",
            "message": "Server could not parse JSON",
        };
        Self::json(StatusCode::UNPROCESSABLE_ENTITY, &body)
    }

    /// As the OAuth standard has it.
    pub(super) fn oauth(status: StatusCode, error: &str, description: &str) -> Self {
        let body = object! { "error": error, "error_description": description };
        Self::json(status, &body)
    }

    pub(super) fn usual(status: StatusCode) -> Self {
        let text = |kind, text: &str| Self::text(status, kind, text.to_owned());
        let reason = status.canonical_reason().unwrap_or("Unknown");
        match status.as_u16() {
            400 => Self::attribute("phone_number", "must be an object"),
            401 => Self::unauthenticated(),
            403 => Self::forbidden("You may not do this in this account."),
            404 => Self::not_found(),
            409 => text(PLAIN, "Phone number collision - please try again"),
            422 => Self::invalid("base", "InvalidValue", "Phone number: can not be saved"),
            // Zendesk counts requests a minute and knows no limit on those in flight.
            429 => text(PLAIN, "Number of allowed API requests per minute exceeded"),
            code if code < 500 => Self::described(status, "InvalidRequest", reason),
            code => {
                let page = format!("<html><body><h1>{code} {reason}</h1></body></html>\n");
                Self::text(status, HTML, page)
            }
        }
    }

    pub(super) fn answer(&self) -> Answer {
        let mut answer = Answer::with_body(self.status, self.content_type, self.body.clone());
        if self.status == StatusCode::UNAUTHORIZED {
            answer.set(header::WWW_AUTHENTICATE, "Basic realm=\"Web Password\"");
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(error: &ApiError) -> String {
        String::from_utf8(error.answer().body.to_vec()).unwrap()
    }

    #[test]
    fn keys_are_in_the_order_of_the_carrier() {
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
