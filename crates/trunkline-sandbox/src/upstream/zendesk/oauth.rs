//! The token endpoint: client credentials, a code, and refresh tokens that are good once.
//!
//! A refresh gives a new pair and deletes both old tokens; who loses that answer has lost the way in.

use std::collections::HashMap;
use std::time::Duration;

use http::{StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value};

use super::accounts::{AGENT, Caller};
use super::error::{ApiError, Result};
use super::{Zendesk, json, params, text};
use crate::credentials::{
    ZENDESK_AUTHORIZATION_CODE, ZENDESK_CLIENT_ID, ZENDESK_CLIENT_SECRET, ZENDESK_REFRESH_TOKEN,
};
use crate::exchange::{Answer, Request};

/// How long a token lives unless it is said: half an hour, and thirty days.
const ACCESS_LIFE: u64 = 1_800;
const REFRESH_LIFE: u64 = 2_592_000;
/// What may be asked for, in seconds; what is beyond is brought back.
const ACCESS_LIVES: (u64, u64) = (300, 172_800);
const REFRESH_LIVES: (u64, u64) = (604_800, 7_776_000);

/// What a token allows.
#[derive(Clone, Copy, Debug)]
struct Scope {
    read: bool,
    write: bool,
}

const EVERYTHING: Scope = Scope {
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

/// The tokens in force.
#[derive(Debug)]
pub(super) struct Grants {
    access: HashMap<String, Access>,
    refresh: HashMap<String, Refresh>,
    /// The code that a person's consent gave; it is good once.
    code: Option<&'static str>,
}

#[derive(Serialize)]
struct Issued {
    access_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    token_type: &'static str,
    scope: &'static str,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token_expires_in: Option<u64>,
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

    /// Who an access token stands for, if it is good.
    pub(super) fn caller(&self, token: &str, now: Timestamp) -> Option<Caller> {
        let access = self
            .access
            .get(token)
            .filter(|access| now < access.expires)?;
        Some(Caller {
            user: AGENT,
            read: access.scope.read,
            write: access.scope.write,
        })
    }

    /// Redeems a refresh token, and with it the access token it came with.
    fn redeem(&mut self, token: &str, now: Timestamp) -> Option<Scope> {
        let refresh = self.refresh.remove(token)?;
        if let Some(access) = &refresh.access {
            self.access.remove(access);
        }
        (now < refresh.expires).then_some(refresh.scope)
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
        let wanted = said(&members, "scope").map(scope).transpose()?;
        let now = self.clock.now();
        let mut state = self.lock();
        let grants = &mut state.grants;
        let (granted, renewable) = match said(&members, "grant_type") {
            Some("client_credentials") => (EVERYTHING, false),
            Some("refresh_token") => {
                let token = said(&members, "refresh_token").unwrap_or_default();
                (grants.redeem(token, now).ok_or_else(bad_grant)?, true)
            }
            Some("authorization_code") => {
                let code = said(&members, "code");
                if code.is_none() || code != grants.code {
                    return Err(bad_grant());
                }
                grants.code = None;
                (EVERYTHING, true)
            }
            _ => {
                return Err(bad_request(
                    "unsupported_grant_type",
                    "This type of grant is not supported",
                ));
            }
        };
        let issued = self.issue((wanted.unwrap_or(granted), renewable), &members);
        grants.keep(&issued, now);
        drop(state);
        let mut answer = json(&issued);
        answer.set(header::CACHE_CONTROL, "no-store");
        Ok(answer)
    }

    fn issue(&self, (scope, renewable): (Scope, bool), members: &Map<String, Value>) -> Issued {
        let life = |name, usual, (least, most): (u64, u64)| {
            let wanted = members.get(name).and_then(whole);
            wanted.map_or(usual, |seconds| seconds.clamp(least, most))
        };
        let token = || text::hex(self.seed, self.next());
        Issued {
            access_token: token() + &token(),
            refresh_token: renewable.then(|| token() + &token()),
            token_type: "bearer",
            scope: scope.name(),
            expires_in: life("expires_in", ACCESS_LIFE, ACCESS_LIVES),
            refresh_token_expires_in: renewable
                .then(|| life("refresh_token_expires_in", REFRESH_LIFE, REFRESH_LIVES)),
        }
    }
}

impl Grants {
    fn keep(&mut self, issued: &Issued, now: Timestamp) {
        let scope = Scope::named(issued.scope).unwrap_or(EVERYTHING);
        let end = |seconds| {
            let life = SignedDuration::try_from(Duration::from_secs(seconds));
            let life = life.unwrap_or(SignedDuration::MAX);
            now.checked_add(life).unwrap_or(Timestamp::MAX)
        };
        let access = Access {
            scope,
            expires: end(issued.expires_in),
        };
        self.access.retain(|_, old| now < old.expires);
        self.access.insert(issued.access_token.clone(), access);
        if let (Some(token), Some(life)) = (&issued.refresh_token, issued.refresh_token_expires_in)
        {
            let refresh = Refresh {
                scope,
                expires: end(life),
                access: Some(issued.access_token.clone()),
            };
            self.refresh.insert(token.clone(), refresh);
        }
    }
}

impl Scope {
    const fn name(self) -> &'static str {
        match (self.read, self.write) {
            (true, true) => "read write",
            (true, false) => "read",
            (false, _) => "write",
        }
    }

    fn named(text: &str) -> Option<Self> {
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

fn scope(text: &str) -> Result<Scope> {
    Scope::named(text)
        .ok_or_else(|| bad_request("invalid_scope", "The scope is not known or not valid"))
}

/// The members of the body: JSON, or the form that the standard has.
fn body(request: &Request) -> Result<Map<String, Value>> {
    let form = request
        .header(header::CONTENT_TYPE.as_str())
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if !form {
        return params::document(request);
    }
    let pairs = form_urlencoded::parse(&request.body).into_owned();
    Ok(pairs
        .map(|(name, value)| (name, Value::String(value)))
        .collect())
}

fn said<'m>(members: &'m Map<String, Value>, name: &str) -> Option<&'m str> {
    members
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

/// A number, or a text that is one.
fn whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

pub(super) fn bad_grant() -> ApiError {
    bad_request(
        "invalid_grant",
        "The grant is not valid, has expired, or was used or revoked before",
    )
}

fn bad_request(error: &'static str, description: &'static str) -> ApiError {
    ApiError::oauth(StatusCode::BAD_REQUEST, error, description)
}
