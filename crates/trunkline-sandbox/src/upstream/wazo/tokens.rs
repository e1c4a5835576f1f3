//! Tokens: made by a login, looked at, and revoked.

use http::{HeaderName, Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::error::{ApiError, Result};
use super::state::{State, Token, Wazo, no_content};
use super::tenants::{Login, STACK_UUID, at_and_below, find_login, grants};
use super::text::{naive_date, repr};
use crate::clock::Recorded;
use crate::credentials::{
    WAZO_PASSWORD, WAZO_SECOND_TENANT_UUID, WAZO_SECOND_USERNAME, WAZO_USERNAME,
};
use crate::exchange::{Answer, Request};
use crate::json::object;
use crate::query::Query;

impl Wazo {
    pub(super) fn create_token(&self, request: &Request, _token: &str) -> Result<Answer> {
        let wanted = TokenRequest::of(request)?;
        let mut state = self.lock();
        let login = wanted.login(&state).ok_or_else(refused_login)?;
        let now = self.clock.now();
        state.tokens.retain(|_, token| token.expires > now);
        let token = Token {
            user_agent: request.header("user-agent").unwrap_or_default().to_owned(),
            ..self.new_token(login, wanted.expiration)
        };
        state.tokens.insert(token.text.clone(), token.clone());
        // A client has one refresh token, however often it logs in.
        let refresh_token = wanted.offline_client().map(|client| {
            let key = (login.name, client.to_owned());
            let token = state.refresh_tokens.entry(key);
            token.or_insert_with(|| self.new_uuid()).clone()
        });
        drop(state);
        let mut answer = token.answer(refresh_token.as_deref());
        answer.set(HeaderName::from_static("wazo-sessions-revoked"), 0);
        Ok(answer)
    }

    fn new_token(&self, login: &'static Login, seconds: i64) -> Token {
        let now = self.clock.now();
        let life = SignedDuration::from_secs(seconds);
        Token {
            text: self.new_uuid(),
            login,
            issued: self.clock.record(now),
            life,
            expires: after(now, life),
            session: self.new_uuid(),
            user_agent: String::new(),
        }
    }

    /// Whether a token is valid, and for what.
    pub(super) fn check_token(&self, request: &Request, text: &str) -> Result<Answer> {
        let params = Query::of(request);
        let token = self.live_token(&mut self.lock(), text);
        let token =
            token.ok_or_else(|| ApiError::reason(StatusCode::NOT_FOUND, "No such token"))?;
        let forbidden = |what: &str| {
            ApiError::reason(StatusCode::FORBIDDEN, format!("Unauthorized for {what}"))
        };
        if let Some(scope) = params.filled("scope")
            && !grants(token.login.acl, scope)
        {
            return Err(forbidden(scope));
        }
        if let Some(tenant) = params.filled("tenant")
            && !at_and_below(token.login.tenant).any(|below| below == tenant)
        {
            return Err(forbidden(tenant));
        }
        if request.method == Method::HEAD {
            return Ok(no_content());
        }
        Ok(token.answer(None))
    }

    /// The same whether there was such a token or not.
    pub(super) fn revoke_token(&self, _request: &Request, text: &str) -> Result<Answer> {
        self.lock().tokens.remove(text);
        Ok(Answer::ok(
            &object! { "data": object! { "message": "success" } },
        ))
    }

    /// A token of somebody who may do everything in a tenant. Nobody else learns it.
    pub(super) fn console_token(&self, tenant: &str) -> String {
        let name = match tenant {
            WAZO_SECOND_TENANT_UUID => WAZO_SECOND_USERNAME,
            _ => WAZO_USERNAME,
        };
        let Some(login) = find_login(name) else {
            return String::new();
        };
        let token = self.new_token(login, 1);
        let text = token.text.clone();
        self.lock().tokens.insert(text.clone(), token);
        text
    }

    pub(super) fn live_token(&self, state: &mut State, text: &str) -> Option<Token> {
        let token = state.tokens.get(text)?;
        if token.expires > self.clock.now() {
            return Some(token.clone());
        }
        state.tokens.remove(text);
        None
    }
}

/// The refusal of a login, whatever is wrong with it.
pub(super) fn refused_login() -> ApiError {
    ApiError::reason(StatusCode::UNAUTHORIZED, "Authentication Failed")
}

fn after(at: Timestamp, life: SignedDuration) -> Timestamp {
    at.checked_add(life).unwrap_or(Timestamp::MAX)
}

impl Token {
    fn answer(&self, refresh_token: Option<&str>) -> Answer {
        let expires = self.issued.like(after(self.issued.at, self.life));
        let utc = |time: Recorded| naive_date(Recorded::exact(time.at));
        let login = self.login;
        let data = object! {
            "token": &self.text,
            "auth_id": login.uuid,
            "xivo_user_uuid": (),
            "xivo_uuid": STACK_UUID,
            // In the stack's own time, which is UTC unless the sandbox's clock has another zone.
            "issued_at": naive_date(self.issued),
            "expires_at": naive_date(expires),
            "utc_issued_at": utc(self.issued),
            "utc_expires_at": utc(expires),
            "acl": login.acl,
            "metadata": object! {
                "uuid": login.uuid,
                "tenant_uuid": login.tenant,
                "auth_id": login.uuid,
                "pbx_user_uuid": (),
                "xivo_uuid": STACK_UUID,
            },
            "session_uuid": &self.session,
            "remote_addr": "127.0.0.1",
            "user_agent": &self.user_agent,
            "refresh_token"?: refresh_token,
        };
        Answer::ok(&object! { "data": data })
    }
}

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

pub(super) fn has_refresh_token(request: &Request) -> bool {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    body.get("refresh_token").is_some()
}
