//! The token endpoint: client credentials, a code, and refresh tokens that are valid once.
//!
//! A refresh gives a new pair and deletes both old tokens; who loses that answer has lost the way in.

use http::{StatusCode, header};
use serde_json::{Map, Value};

use super::error::{ApiError, Result};
use super::grants::{Scope, Tokens, bad_request, said};
use super::params::document;
use super::state::Zendesk;
use crate::credentials::{ZENDESK_CLIENT_ID, ZENDESK_CLIENT_SECRET};
use crate::exchange::{Answer, Request};
use crate::json::object;

/// How long a token lives, in seconds.
struct Life {
    name: &'static str,
    default: u64,
    /// What is asked for beyond these is brought back.
    least: u64,
    most: u64,
}

const ACCESS: Life = Life {
    name: "expires_in",
    default: 1_800,
    least: 300,
    most: 172_800,
};

const REFRESH: Life = Life {
    name: "refresh_token_expires_in",
    default: 2_592_000,
    least: 604_800,
    most: 7_776_000,
};

impl Life {
    fn of(&self, members: &Map<String, Value>) -> u64 {
        let wanted = members.get(self.name).and_then(whole);
        wanted.map_or(self.default, |life| life.clamp(self.least, self.most))
    }
}

/// What a request for a token is, as faults name it.
pub(super) fn operation(request: &Request) -> &'static str {
    let members = body(request).unwrap_or_default();
    match said(&members, "grant_type") {
        Some("refresh_token") => "refresh_token",
        _ => "authenticate",
    }
}

impl Zendesk {
    pub(super) fn issue_token(&self, request: &Request) -> Result<Answer> {
        let members = body(request)?;
        let client = (said(&members, "client_id"), said(&members, "client_secret"));
        if client != (Some(ZENDESK_CLIENT_ID), Some(ZENDESK_CLIENT_SECRET)) {
            return Err(ApiError::oauth(
                StatusCode::UNAUTHORIZED,
                "invalid_client",
                "The client is not known, or its secret is wrong",
            ));
        }
        let bad_scope = || bad_request("invalid_scope", "The scope is not known or not valid");
        let wanted = said(&members, "scope");
        let wanted = wanted.map(|text| Scope::named(text).ok_or_else(bad_scope));
        let wanted = wanted.transpose()?;
        let now = self.clock.now();
        let mut state = self.lock();
        let grants = &mut state.grants;
        let (granted, renewable) = grants.grant(&members, now)?;
        let new_token = || self.new_hex() + &self.new_hex();
        let tokens = Tokens {
            scope: wanted.unwrap_or(granted),
            access: new_token(),
            life: ACCESS.of(&members),
            refresh: renewable.then(new_token),
            refresh_life: REFRESH.of(&members),
        };
        grants.give(&tokens, now);
        drop(state);
        let issued = object! {
            "access_token": tokens.access,
            "refresh_token"?: tokens.refresh,
            "token_type": "bearer",
            "scope": tokens.scope.name(),
            "expires_in": tokens.life,
            "refresh_token_expires_in"?: renewable.then_some(tokens.refresh_life),
        };
        let mut answer = Answer::ok_utf8(&issued);
        answer.set(header::CACHE_CONTROL, "no-store");
        Ok(answer)
    }
}

/// The members of the body: JSON, or the form that the standard has.
fn body(request: &Request) -> Result<Map<String, Value>> {
    if !request.is_form() {
        return document(request);
    }
    let pairs = form_urlencoded::parse(&request.body).into_owned();
    let members = pairs.map(|(name, value)| (name, value.into()));
    Ok(members.collect())
}

fn whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}
