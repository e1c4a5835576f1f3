//! Tokens: made by a login, looked at, and revoked.

use http::{HeaderName, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::json as document;

use super::acl::grants;
use super::error::{ApiError, Result};
use super::login::TokenRequest;
use super::params::Params;
use super::state::State;
use super::tenants::{Login, STACK_UUID, at_and_below, find_login};
use super::text::naive_date;
use super::{Wazo, json};
use crate::clock::Recorded;
use crate::credentials::{WAZO_SECOND_TENANT_UUID, WAZO_SECOND_USERNAME, WAZO_USERNAME};
use crate::exchange::{Answer, Request};

/// A token that was given out.
#[derive(Clone, Debug)]
pub(super) struct Token {
    text: String,
    pub(super) login: &'static Login,
    /// As is shown.
    issued: Recorded,
    life: SignedDuration,
    expires: Timestamp,
    session: String,
    user_agent: String,
}

#[derive(Serialize)]
struct TokenDocument<'a> {
    token: &'a str,
    auth_id: &'a str,
    xivo_user_uuid: Option<&'a str>,
    xivo_uuid: &'a str,
    issued_at: &'a str,
    expires_at: &'a str,
    utc_issued_at: &'a str,
    utc_expires_at: &'a str,
    acl: &'a [&'a str],
    metadata: Metadata<'a>,
    session_uuid: &'a str,
    remote_addr: &'a str,
    user_agent: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
}

#[derive(Serialize)]
struct Metadata<'a> {
    uuid: &'a str,
    tenant_uuid: &'a str,
    auth_id: &'a str,
    pbx_user_uuid: Option<&'a str>,
    xivo_uuid: &'a str,
}

#[derive(Serialize)]
struct Envelope<'a> {
    data: TokenDocument<'a>,
}

impl Wazo {
    pub(super) fn create_token(&self, request: &Request) -> Result<Answer> {
        let wanted = TokenRequest::of(request)?;
        let mut state = self.lock();
        let login = wanted.login(&state).ok_or_else(refused_login)?;
        let now = self.clock.now();
        let life = SignedDuration::from_secs(wanted.expiration);
        state.tokens.retain(|_, token| token.expires > now);
        let token = Token {
            text: self.new_uuid(),
            login,
            issued: self.clock.record(now),
            life,
            expires: after(now, life),
            session: self.new_uuid(),
            user_agent: request.header("user-agent").unwrap_or_default().to_owned(),
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

    /// Whether a token is good, and for what.
    pub(super) fn check_token(&self, request: &Request, text: &str) -> Result<Answer> {
        let params = Params::of(request);
        let token = self.live_token(&mut self.lock(), text);
        let token =
            token.ok_or_else(|| ApiError::reason(StatusCode::NOT_FOUND, "No such token"))?;
        let forbidden = |what: &str| {
            ApiError::reason(StatusCode::FORBIDDEN, format!("Unauthorized for {what}"))
        };
        if let Some(scope) = params.get("scope").filter(|scope| !scope.is_empty())
            && !grants(token.login.acl, scope)
        {
            return Err(forbidden(scope));
        }
        if let Some(tenant) = params.get("tenant").filter(|tenant| !tenant.is_empty())
            && !at_and_below(token.login.tenant).any(|below| below == tenant)
        {
            return Err(forbidden(tenant));
        }
        if request.method == http::Method::HEAD {
            return Ok(super::no_content());
        }
        Ok(token.answer(None))
    }

    /// The same whether there was such a token or not.
    pub(super) fn revoke_token(&self, text: &str) -> Answer {
        self.lock().tokens.remove(text);
        json(
            StatusCode::OK,
            &document!({ "data": { "message": "success" } }),
        )
    }

    /// A token of somebody who may do everything in a tenant. Nobody else learns it.
    pub(super) fn console_token(&self, tenant: &str) -> String {
        let login = if tenant == WAZO_SECOND_TENANT_UUID {
            find_login(WAZO_SECOND_USERNAME)
        } else {
            find_login(WAZO_USERNAME)
        };
        let text = self.new_uuid();
        if let Some(login) = login {
            let now = self.clock.now();
            let life = SignedDuration::from_secs(1);
            let token = Token {
                text: text.clone(),
                login,
                issued: self.clock.record(now),
                life,
                expires: after(now, life),
                session: self.new_uuid(),
                user_agent: String::new(),
            };
            self.lock().tokens.insert(text.clone(), token);
        }
        text
    }

    /// The token of that text, if it has not expired.
    pub(super) fn live_token(&self, state: &mut State, text: &str) -> Option<Token> {
        let token = state.tokens.get(text)?;
        if token.expires > self.clock.now() {
            return Some(token.clone());
        }
        state.tokens.remove(text);
        None
    }
}

/// Whatever is wrong with a login, it is told so.
pub(super) fn refused_login() -> ApiError {
    ApiError::reason(StatusCode::UNAUTHORIZED, "Authentication Failed")
}

fn after(at: Timestamp, life: SignedDuration) -> Timestamp {
    at.checked_add(life).unwrap_or(Timestamp::MAX)
}

impl Token {
    fn answer(&self, refresh_token: Option<&str>) -> Answer {
        let expires = self.issued.like(after(self.issued.at, self.life));
        let (issued_at, expires_at) = (naive_date(self.issued), naive_date(expires));
        let utc = |time: Recorded| naive_date(Recorded::exact(time.at));
        let (utc_issued_at, utc_expires_at) = (utc(self.issued), utc(expires));
        let data = TokenDocument {
            token: &self.text,
            auth_id: self.login.uuid,
            xivo_user_uuid: None,
            xivo_uuid: STACK_UUID,
            // In the stack's own time, which is UTC unless the sandbox is told otherwise.
            issued_at: &issued_at,
            expires_at: &expires_at,
            utc_issued_at: &utc_issued_at,
            utc_expires_at: &utc_expires_at,
            acl: self.login.acl,
            metadata: Metadata {
                uuid: self.login.uuid,
                tenant_uuid: self.login.tenant,
                auth_id: self.login.uuid,
                pbx_user_uuid: None,
                xivo_uuid: STACK_UUID,
            },
            session_uuid: &self.session,
            remote_addr: "127.0.0.1",
            user_agent: &self.user_agent,
            refresh_token,
        };
        json(StatusCode::OK, &Envelope { data })
    }
}
