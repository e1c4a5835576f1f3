//! Tokens: made by a login, looked at, and revoked.

use http::{HeaderName, Method, StatusCode};
use jiff::{SignedDuration, Timestamp};

use super::acl::grants;
use super::error::{ApiError, Result};
use super::login::TokenRequest;
use super::state::{State, Token, Wazo, no_content};
use super::tenants::{Login, STACK_UUID, at_and_below, find_login};
use super::text::naive_date;
use crate::clock::Recorded;
use crate::credentials::{WAZO_SECOND_TENANT_UUID, WAZO_SECOND_USERNAME, WAZO_USERNAME};
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

    /// A token that lives for so many seconds.
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
        let document = object! { "data": object! { "message": "success" } };
        Ok(Answer::ok(&document))
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
