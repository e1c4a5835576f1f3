//! What a login asks for.

use http::StatusCode;
use serde_json::{Map, Value};

use super::error::{ApiError, Result};
use super::python::repr;
use super::state::State;
use super::tenants::{Login, find_login};
use crate::credentials::WAZO_PASSWORD;
use crate::exchange::Request;

/// How long a token lives by default, in seconds.
const LIFETIME: i64 = 7_200;

/// Ten years, in seconds.
const LONGEST: i64 = 315_360_000;

/// The body and the credentials of a login.
#[derive(Debug)]
pub(super) struct TokenRequest {
    /// In seconds.
    pub(super) expiration: i64,
    offline: bool,
    client: Option<String>,
    refresh_token: Option<String>,
    /// Whether the login is asked of the only place that knows any.
    known_backend: bool,
    credentials: Option<(String, String)>,
}

impl TokenRequest {
    pub(super) fn of(request: &Request) -> Result<Self> {
        let body = match serde_json::from_slice(&request.body) {
            Ok(Value::Object(body)) => body,
            Ok(_) => return Err(refused("_schema", "'Invalid input type.'")),
            Err(_) => return Err(ApiError::reason(StatusCode::BAD_REQUEST, UNREADABLE)),
        };
        let expiration = expiration(&body)?;
        let offline = match text(&body, "access_type")? {
            None | Some("online") => false,
            Some("offline") => true,
            Some(_) => {
                return Err(refused(
                    "access_type",
                    "{'constraint_id': 'enum', 'constraint': {'choices': ['online', 'offline']}, \
                     'message': 'Must be one of: online, offline.'}",
                ));
            }
        };
        let client = bounded(&body, "client_id")?;
        let refresh_token = text(&body, "refresh_token")?.map(str::to_owned);
        let backend = text(&body, "backend")?.unwrap_or("wazo_user");
        let wanted = Self {
            expiration,
            offline,
            client,
            refresh_token,
            known_backend: backend == "wazo_user",
            credentials: credentials(request),
        };
        wanted.check(&body)?;
        Ok(wanted)
    }

    /// What goes together and what doesn't. The words are this fake's own, the shape is Wazo's.
    fn check(&self, body: &Map<String, Value>) -> Result<()> {
        let has = |name| body.get(name).is_some_and(|value| !value.is_null());
        let fault = match () {
            () if has("tenant_id") && has("domain_name") => {
                "'\"tenant_id\" and \"domain_name\" exclude each other'"
            }
            () if self.offline && self.refresh_token.is_some() => {
                "'no \"offline\" access with a refresh token'"
            }
            () if self.offline && self.client.is_none() => {
                "'\"offline\" access needs a \"client_id\"'"
            }
            () if self.refresh_token.is_some() && self.client.is_none() => {
                "'a \"refresh_token\" needs its \"client_id\"'"
            }
            () if self.refresh_token.is_some() && self.credentials.is_some() => {
                "'a \"refresh_token\" and a login exclude each other'"
            }
            () if self.refresh_token.is_some() && has("saml_session_id") => {
                "'a \"refresh_token\" and a \"saml_session_id\" exclude each other'"
            }
            () => return Ok(()),
        };
        Err(refused("_schema", fault))
    }

    /// Who that is, if the credentials are right.
    pub(super) fn login(&self, state: &State) -> Option<&'static Login> {
        if !self.known_backend {
            return None;
        }
        if let Some(wanted) = &self.refresh_token {
            let client = self.client.as_deref()?;
            let ((name, _), _) = state
                .refresh_tokens
                .iter()
                .find(|((_, of), token)| of == client && *token == wanted)?;
            return find_login(name);
        }
        let (name, password) = self.credentials.as_ref()?;
        find_login(name).filter(|_| password == WAZO_PASSWORD)
    }

    /// Which client wants a refresh token.
    pub(super) fn offline_client(&self) -> Option<&str> {
        self.client.as_deref().filter(|_| self.offline)
    }
}

const UNREADABLE: &str = "The request is no JSON document";

/// A refusal that shows a Python dictionary.
fn refused(field: &str, fault: &str) -> ApiError {
    let field = repr(field);
    ApiError::reason(StatusCode::BAD_REQUEST, format!("{{{field}: [{fault}]}}"))
}

fn text<'b>(body: &'b Map<String, Value>, name: &str) -> Result<Option<&'b str>> {
    match body.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(refused(
            name,
            "{'constraint_id': 'type', 'constraint': 'string', 'message': 'Not a valid string.'}",
        )),
    }
}

/// A text of 1 to 1024 characters.
fn bounded(body: &Map<String, Value>, name: &str) -> Result<Option<String>> {
    match text(body, name)? {
        Some(text) if !(1..=1024).contains(&text.chars().count()) => Err(refused(
            name,
            "{'constraint_id': 'length', 'constraint': {'min': 1, 'max': 1024}, \
             'message': 'Length must be between 1 and 1024.'}",
        )),
        found => Ok(found.map(str::to_owned)),
    }
}

/// Seconds; a whole number in a text will do.
fn expiration(body: &Map<String, Value>) -> Result<i64> {
    let seconds = match body.get("expiration") {
        None => return Ok(LIFETIME),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(number) => number.as_i64(),
    };
    match seconds {
        Some(seconds) if (1..=LONGEST).contains(&seconds) => Ok(seconds),
        Some(_) => Err(refused(
            "expiration",
            "{'constraint_id': 'range', 'constraint': {'min': 1, 'max': 315360000}, \
             'message': 'Must be greater than or equal to 1 and less than or equal to 315360000.'}",
        )),
        None => Err(refused(
            "expiration",
            "{'constraint_id': 'type', 'constraint': 'integer', 'message': 'Not a valid integer.'}",
        )),
    }
}

/// Name and password, if both are there.
fn credentials(request: &Request) -> Option<(String, String)> {
    let both = |(name, password): &(String, String)| !name.is_empty() && !password.is_empty();
    request.basic().filter(both)
}

/// Whether a login is by a refresh token.
pub(super) fn has_refresh_token(request: &Request) -> bool {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    body.get("refresh_token").is_some()
}
