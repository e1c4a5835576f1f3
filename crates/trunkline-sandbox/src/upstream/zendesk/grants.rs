//! The tokens that are valid.

use std::collections::HashMap;
use std::time::Duration;

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::error::{ApiError, Result};
use crate::credentials::{ZENDESK_AUTHORIZATION_CODE, ZENDESK_REFRESH_TOKEN};

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
