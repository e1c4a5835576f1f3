//! The token endpoint: client credentials, a code, and refresh tokens that are valid once.
//!
//! A refresh gives a new pair and deletes both old tokens; who loses that answer has lost the way in.

use std::collections::HashMap;
use std::time::Duration;

use http::{StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::error::{ApiError, Result};
use super::params::document;
use super::state::Zendesk;
use crate::credentials::{
    ZENDESK_AUTHORIZATION_CODE, ZENDESK_CLIENT_ID, ZENDESK_CLIENT_SECRET, ZENDESK_REFRESH_TOKEN,
};
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

/// A new pair of tokens; how long they live is in seconds.
pub(super) struct Tokens {
    pub(super) scope: Scope,
    pub(super) access: String,
    pub(super) life: u64,
    pub(super) refresh: Option<String>,
    pub(super) refresh_life: u64,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Scope {
    pub(super) read: bool,
    pub(super) write: bool,
}

pub(super) const EVERYTHING: Scope = Scope {
    read: true,
    write: true,
};

#[derive(Debug)]
struct Access {
    scope: Scope,
    expires: Timestamp,
}

#[derive(Debug)]
struct Refresh {
    scope: Scope,
    expires: Timestamp,
    /// The access token that it came with.
    access: Option<String>,
}

#[derive(Debug)]
pub(super) struct Grants {
    access: HashMap<String, Access>,
    refresh: HashMap<String, Refresh>,
    /// The code that a person's consent gave; it is valid once.
    code: Option<&'static str>,
}

impl Grants {
    /// One refresh token, which came with no access token.
    pub(super) fn first() -> Self {
        let refresh = Refresh {
            scope: EVERYTHING,
            expires: Timestamp::MAX,
            access: None,
        };
        Self {
            access: HashMap::new(),
            refresh: HashMap::from([(ZENDESK_REFRESH_TOKEN.to_owned(), refresh)]),
            code: Some(ZENDESK_AUTHORIZATION_CODE),
        }
    }

    /// What an access token allows, if it is valid.
    pub(super) fn scope(&self, token: &str, now: Timestamp) -> Option<Scope> {
        let access = self.access.get(token);
        let access = access.filter(|access| now < access.expires)?;
        Some(access.scope)
    }

    /// Redeems a refresh token, and with it the access token it came with.
    fn redeem(&mut self, token: &str, now: Timestamp) -> Option<Scope> {
        let refresh = self.refresh.remove(token)?;
        if let Some(access) = &refresh.access {
            self.access.remove(access);
        }
        (now < refresh.expires).then_some(refresh.scope)
    }

    /// What the request is granted, and whether it can be renewed.
    pub(super) fn grant(
        &mut self,
        members: &Map<String, Value>,
        now: Timestamp,
    ) -> Result<(Scope, bool)> {
        match said(members, "grant_type") {
            Some("client_credentials") => Ok((EVERYTHING, false)),
            Some("refresh_token") => {
                let token = said(members, "refresh_token").unwrap_or_default();
                Ok((self.redeem(token, now).ok_or_else(bad_grant)?, true))
            }
            Some("authorization_code") => {
                let code = said(members, "code");
                if code.is_none() || code != self.code {
                    return Err(bad_grant());
                }
                self.code = None;
                Ok((EVERYTHING, true))
            }
            _ => Err(bad_request(
                "unsupported_grant_type",
                "This type of grant is not supported",
            )),
        }
    }

    /// Takes down a new pair of tokens.
    pub(super) fn give(&mut self, tokens: &Tokens, now: Timestamp) {
        let access = Access {
            scope: tokens.scope,
            expires: end(now, tokens.life),
        };
        self.access.retain(|_, old| now < old.expires);
        self.access.insert(tokens.access.clone(), access);
        if let Some(token) = &tokens.refresh {
            let refresh = Refresh {
                scope: tokens.scope,
                expires: end(now, tokens.refresh_life),
                access: Some(tokens.access.clone()),
            };
            self.refresh.insert(token.clone(), refresh);
        }
    }
}

impl Scope {
    pub(super) const fn name(self) -> &'static str {
        match (self.read, self.write) {
            (true, true) => "read write",
            (true, false) => "read",
            (false, _) => "write",
        }
    }

    pub(super) fn named(text: &str) -> Option<Self> {
        let mut scope = Self {
            read: false,
            write: false,
        };
        for word in text.split_whitespace() {
            match word {
                "read" => scope.read = true,
                "write" => scope.write = true,
                _ => return None,
            }
        }
        (scope.read || scope.write).then_some(scope)
    }
}

fn end(now: Timestamp, life: u64) -> Timestamp {
    let life = SignedDuration::try_from(Duration::from_secs(life));
    now.checked_add(life.unwrap_or(SignedDuration::MAX))
        .unwrap_or(Timestamp::MAX)
}

pub(super) fn said<'m>(members: &'m Map<String, Value>, name: &str) -> Option<&'m str> {
    let text = members.get(name)?.as_str()?;
    Some(text).filter(|text| !text.is_empty())
}

pub(super) fn bad_grant() -> ApiError {
    bad_request(
        "invalid_grant",
        "The grant is not valid, has expired, or was used or revoked before",
    )
}

pub(super) fn bad_request(error: &'static str, description: &'static str) -> ApiError {
    ApiError::oauth(StatusCode::BAD_REQUEST, error, description)
}
