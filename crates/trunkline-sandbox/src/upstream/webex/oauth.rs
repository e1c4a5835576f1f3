//! Tokens: what the client of an integration or a service app gets for its refresh token, and what a token admits to.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Method, StatusCode};
use jiff::Timestamp;

use super::error::{ApiError, Result};
use super::grants::{ACCESS_LIFE, REFRESH_LIFE};
use super::ids::{self, Org};
use super::state::{State, Webex};
use crate::credentials::{
    WEBEX_ACCESS_TOKEN, WEBEX_AUTHORIZATION_CODE, WEBEX_CLIENT_ID, WEBEX_CLIENT_SECRET,
    WEBEX_READ_ONLY_TOKEN,
};
use crate::exchange::{Answer, Request};
use crate::json::object;
use crate::query::Query;
use crate::seed::scatter;
use crate::text::dashed;

const SCOPES: &str = "spark-admin:telephony_config_read spark-admin:telephony_config_write \
    spark-admin:telephony_pstn_read spark-admin:telephony_pstn_write spark-admin:people_read \
    spark-admin:people_write spark-admin:workspaces_read spark-admin:workspaces_write";

impl Webex {
    /// Gives new tokens for a refresh token or a code.
    pub(super) fn grant(&self, request: &Request) -> Result<Answer> {
        let form = Query::parse(&request.body);
        let required = ["grant_type", "client_id", "client_secret"];
        if let Some(name) = required
            .into_iter()
            .find(|name| form.filled(name).is_none())
        {
            return Err(ApiError::bad(format!("Missing required parameter: {name}")));
        }
        let client = (form.filled("client_id"), form.filled("client_secret"));
        if client != (Some(WEBEX_CLIENT_ID), Some(WEBEX_CLIENT_SECRET)) {
            let message = "Client authentication failed";
            return Err(ApiError::plain(StatusCode::UNAUTHORIZED, message));
        }
        let now = self.clock.now();
        let mut state = self.lock();
        let good = match form.filled("grant_type") {
            Some("refresh_token") => {
                let token = form.filled("refresh_token").unwrap_or_default();
                state.grants.take(token, now)
            }
            Some("authorization_code") => {
                form.filled("code") == Some(WEBEX_AUTHORIZATION_CODE)
                    && form.filled("redirect_uri").is_some()
            }
            _ => return Err(ApiError::bad("Unsupported grant type")),
        };
        if !good {
            return Err(dead());
        }
        let (access, refresh) = (self.new_token(), self.new_token());
        state.grants.give(&access, &refresh, now);
        Ok(Answer::ok(&object! {
            "scope": SCOPES,
            "expires_in": ACCESS_LIFE.as_secs(),
            "token_type": "Bearer",
            "refresh_token": refresh,
            "refresh_token_expires_in": REFRESH_LIFE.as_secs(),
            "access_token": access,
        }))
    }

    fn new_token(&self) -> String {
        let bits = scatter(self.options.seed.rotate_left(32), self.next());
        let text = URL_SAFE_NO_PAD.encode(bits.to_be_bytes());
        format!("{text}_P0A1_{}", dashed(Org::Own.uuid()))
    }
}

/// The refusal of a refresh token or code that is not valid any more.
pub(super) fn dead() -> ApiError {
    ApiError::bad("The refresh token or code is not valid")
}

/// Looks at token, method and `orgId`; returns the organization that the request is about. A read-only token lacks every
/// scope that ends in `_write`.
pub(super) fn authenticate(request: &Request, state: &State, now: Timestamp) -> Result<Org> {
    let unauthorized = || ApiError::usual(StatusCode::UNAUTHORIZED);
    let token = request.bearer().ok_or_else(unauthorized)?;
    let read_only = token == WEBEX_READ_ONLY_TOKEN;
    if !read_only && token != WEBEX_ACCESS_TOKEN && !state.grants.admits(token, now) {
        return Err(unauthorized());
    }
    let params = Query::of(request);
    // A request for an organization that isn't here gets the own one: nobody should need to know its identifier.
    let wanted = params.filled("orgId").and_then(ids::decode);
    let org = match wanted == Some(Org::Customer.uuid()) {
        true => Org::Customer,
        false => Org::Own,
    };
    // Only a partner's full administrator reaches into another organization.
    if read_only && (request.method != Method::GET || org != Org::Own) {
        return Err(ApiError::usual(StatusCode::FORBIDDEN));
    }
    Ok(org)
}
