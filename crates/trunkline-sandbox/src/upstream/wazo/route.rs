//! From a path to what it names.

use super::error::{ApiError, Result};
use super::text::is_uuid;
use crate::exchange::Request;

/// A place in the two services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place<'r> {
    Tokens,
    Token(&'r str),
    Numbers,
    Ranges,
    Main,
    /// A uuid; anything else is no route at all.
    Number(&'r str),
    /// Of a user, by number or uuid.
    CallerIds(&'r str),
    Unknown,
}

/// A request line taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Route<'r> {
    pub(super) place: Place<'r>,
    /// `GET` for a `HEAD`: they reach the same places.
    pub(super) method: &'r str,
    /// Whether the request came as through the proxy of the stack.
    proxied: bool,
}

impl<'r> Route<'r> {
    pub(super) fn of(request: &'r Request) -> Self {
        let method = match request.method.as_str() {
            "HEAD" => "GET",
            other => other,
        };
        let path = request.path.as_str();
        let (place, proxied) = if let Some(below) = path.strip_prefix("/api/confd/1.1/") {
            (confd(below), true)
        } else if let Some(below) = path.strip_prefix("/api/auth/0.1/") {
            (auth(below), true)
        } else if let Some(below) = path.strip_prefix("/1.1/") {
            (confd(below), false)
        } else if let Some(below) = path.strip_prefix("/0.1/") {
            (auth(below), false)
        } else {
            (Place::Unknown, true)
        };
        Self {
            place,
            method,
            proxied,
        }
    }

    /// The methods of the place, as a refusal of another one lists them.
    pub(super) const fn allowed(&self) -> &'static str {
        match self.place {
            Place::Tokens | Place::Ranges => "OPTIONS, POST",
            Place::Token(_) => "DELETE, GET, HEAD, OPTIONS",
            Place::Numbers => "GET, HEAD, OPTIONS, POST",
            Place::Main => "GET, HEAD, OPTIONS, PUT",
            Place::Number(_) => "DELETE, GET, HEAD, OPTIONS, PUT",
            Place::CallerIds(_) => "GET, HEAD, OPTIONS",
            Place::Unknown => "",
        }
    }

    /// The right that confd asks for; none where the tokens are.
    pub(super) fn check(&self) -> Result<Option<String>> {
        if self.place == Place::Unknown {
            return Err(ApiError::no_route());
        }
        let known = self
            .allowed()
            .split(", ")
            .any(|allowed| allowed == self.method && allowed != "OPTIONS");
        if !known {
            return Err(ApiError::method(self.allowed()));
        }
        let right = match (self.place, self.method) {
            (Place::Numbers, "GET") => "phone-numbers.read".to_owned(),
            (Place::Numbers | Place::Ranges, _) => "phone-numbers.create".to_owned(),
            (Place::Main, "GET") => "phone-numbers.main.read".to_owned(),
            (Place::Main, _) => "phone-numbers.main.update".to_owned(),
            (Place::Number(uuid), method) => {
                let verb = match method {
                    "PUT" => "update",
                    "DELETE" => "delete",
                    _ => "read",
                };
                format!("phone-numbers.{uuid}.{verb}")
            }
            (Place::CallerIds(user), _) => format!("users.{user}.callerids.outgoing.read"),
            (Place::Tokens | Place::Token(_) | Place::Unknown, _) => return Ok(None),
        };
        Ok(Some(format!("confd.{right}")))
    }

    /// One of [`crate::OPERATIONS`].
    pub(super) fn operation(&self, request: &Request) -> &'static str {
        match (self.place, self.method) {
            (Place::Tokens, "POST") if has_refresh_token(request) => "refresh_token",
            (Place::Tokens, "POST") => "authenticate",
            (Place::Numbers, "GET") => "list",
            (Place::Numbers, "POST") => "register",
            (Place::Ranges, "POST") => "register_range",
            (Place::Main, "GET") => "get_main",
            (Place::Main, "PUT") => "set_main",
            (Place::Number(_), "GET") => "get",
            (Place::Number(_), "PUT") => "update",
            (Place::Number(_), "DELETE") => "release",
            (Place::CallerIds(_), "GET") => "list_caller_ids",
            _ => "other",
        }
    }

    /// What the links of an answer begin with. The proxy asks confd at `localhost`, and confd believes it.
    pub(super) fn origin(&self, request: &Request) -> String {
        if self.proxied {
            return "https://localhost/api/confd/1.1".to_owned();
        }
        let host = request.header("host").unwrap_or("localhost");
        format!("http://{host}/1.1")
    }
}

fn has_refresh_token(request: &Request) -> bool {
    serde_json::from_slice::<serde_json::Value>(&request.body)
        .is_ok_and(|body| body.get("refresh_token").is_some())
}

fn auth(below: &str) -> Place<'_> {
    match below.strip_prefix("token") {
        Some("") => Place::Tokens,
        Some(rest) => match rest.strip_prefix('/') {
            Some(token) if !token.is_empty() && !token.contains('/') => Place::Token(token),
            Some(_) | None => Place::Unknown,
        },
        None => Place::Unknown,
    }
}

fn confd(below: &str) -> Place<'_> {
    let mut parts = below.split('/');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some("phone-numbers"), None, None, None) => Place::Numbers,
        (Some("phone-numbers"), Some("ranges"), None, None) => Place::Ranges,
        (Some("phone-numbers"), Some("main"), None, None) => Place::Main,
        (Some("phone-numbers"), Some(uuid), None, None) if is_uuid(uuid) => Place::Number(uuid),
        (Some("users"), Some(user), Some("callerids"), Some("outgoing"))
            if parts.next().is_none() && is_user(user) =>
        {
            Place::CallerIds(user)
        }
        _ => Place::Unknown,
    }
}

fn is_user(text: &str) -> bool {
    is_uuid(text) || (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_words_are_not_mistaken_for_uuids() {
        assert_eq!(confd("phone-numbers/main"), Place::Main);
        assert_eq!(confd("phone-numbers/ranges"), Place::Ranges);
    }

    #[test]
    fn what_is_no_uuid_and_what_ends_in_a_slash_is_no_route() {
        for path in [
            "phone-numbers/",
            "phone-numbers/42",
            "phone-numbers/main/",
            "users/me/callerids/outgoing",
            "users/42/callerids/outgoing/",
            "users//callerids/outgoing",
        ] {
            assert_eq!(confd(path), Place::Unknown, "{path}");
        }
        assert_eq!(confd("users/42/callerids/outgoing"), Place::CallerIds("42"));
    }

    #[test]
    fn a_token_is_one_segment() {
        assert_eq!(auth("token"), Place::Tokens);
        assert_eq!(auth("token/x"), Place::Token("x"));
        for path in ["token/", "token/x/scopes", "tokens", "users"] {
            assert_eq!(auth(path), Place::Unknown, "{path}");
        }
    }
}
