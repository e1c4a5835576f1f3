//! Zendesk's accounts, the users in them, and the credentials they come with.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header;
use jiff::Timestamp;
use serde::Serialize;

use super::error::{ApiError, Result};
use super::oauth::Grants;
use crate::credentials::{
    ZENDESK_ACCESS_TOKEN, ZENDESK_API_TOKEN, ZENDESK_EMAIL, ZENDESK_LIGHT_ACCESS_TOKEN,
    ZENDESK_LIGHT_EMAIL, ZENDESK_SECOND_ACCESS_TOKEN, ZENDESK_SECOND_EMAIL,
    ZENDESK_TRIAL_ACCESS_TOKEN, ZENDESK_TRIAL_EMAIL,
};
use crate::exchange::{Answer, Request};

/// One account. In the sandbox the credential says which one is meant, for all of them live on one host.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) subdomain: &'static str,
    /// A trial account may neither list nor search.
    pub(super) trial: bool,
}

/// The account that has nothing at first.
pub(super) const SANDBOX: Account = account("sandbox");
/// The account that has an external number and a digital line at first.
pub(super) const SECOND: Account = account("second");

const fn account(subdomain: &'static str) -> Account {
    Account {
        subdomain,
        trial: false,
    }
}

/// Somebody who may sign in.
#[derive(Debug)]
pub(super) struct User {
    id: u64,
    name: &'static str,
    email: &'static str,
    pub(super) account: &'static Account,
    /// Whether they may use Talk at all.
    talk: bool,
    /// A bearer token that never expires.
    token: &'static str,
}

/// A bearer token of somebody who may do everything in an account; empty if there is no such account.
pub(super) fn token_of(subdomain: &str) -> &'static str {
    let user = USERS
        .iter()
        .find(|user| user.account.subdomain == subdomain && user.talk);
    user.map_or("", |user| user.token)
}

/// The user that OAuth tokens are issued for.
pub(super) const AGENT: &User = &USERS[0];

const USERS: &[User] = &[
    User {
        id: 900_000_000_001,
        name: "Agent",
        email: ZENDESK_EMAIL,
        account: &SANDBOX,
        talk: true,
        token: ZENDESK_ACCESS_TOKEN,
    },
    User {
        id: 900_000_000_002,
        name: "Second agent",
        email: ZENDESK_SECOND_EMAIL,
        account: &SECOND,
        talk: true,
        token: ZENDESK_SECOND_ACCESS_TOKEN,
    },
    User {
        id: 900_000_000_003,
        name: "Agent on trial",
        email: ZENDESK_TRIAL_EMAIL,
        account: &Account {
            trial: true,
            ..account("trial")
        },
        talk: true,
        token: ZENDESK_TRIAL_ACCESS_TOKEN,
    },
    User {
        id: 900_000_000_004,
        name: "Light agent",
        email: ZENDESK_LIGHT_EMAIL,
        account: &SANDBOX,
        talk: false,
        token: ZENDESK_LIGHT_ACCESS_TOKEN,
    },
];

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Right {
    Read,
    Write,
}

/// Who is asking, and what their credential is good for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller {
    pub(super) user: &'static User,
    pub(super) read: bool,
    pub(super) write: bool,
}

impl Caller {
    const fn whole(user: &'static User) -> Self {
        Self {
            user,
            read: true,
            write: true,
        }
    }

    pub(super) fn check(self, right: Right) -> Result<()> {
        let (may, scope) = match right {
            Right::Read => (self.read, "read"),
            Right::Write => (self.write, "write"),
        };
        if !may {
            return Err(ApiError::missing_scope(scope));
        }
        if !self.user.talk {
            return Err(ApiError::forbidden(
                "This user may not use Talk. An administrator of the account can allow it.",
            ));
        }
        Ok(())
    }
}

/// Who sends the request; none if the credential is missing or wrong.
pub(super) fn caller(request: &Request, grants: &Grants, now: Timestamp) -> Option<Caller> {
    let value = request.header(header::AUTHORIZATION.as_str())?;
    let (scheme, credential) = value.split_once(' ')?;
    let credential = credential.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        let fixed = USERS.iter().find(|user| user.token == credential);
        return fixed
            .map(Caller::whole)
            .or_else(|| grants.caller(credential, now));
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(credential).ok()?).ok()?;
    let (name, token) = decoded.split_once(':')?;
    // Passwords, that is names without the suffix, are not taken.
    let email = name.strip_suffix("/token")?;
    let user = USERS.iter().find(|user| user.email == email)?;
    (token == ZENDESK_API_TOKEN).then_some(Caller::whole(user))
}

#[derive(Serialize)]
struct Me {
    user: MeUser,
}

#[derive(Serialize)]
struct MeUser {
    id: Option<u64>,
    name: &'static str,
    email: &'static str,
    role: &'static str,
    verified: bool,
    active: bool,
}

/// The user that asks. For a credential that is wrong or missing it is nobody, and still no error.
pub(super) fn me(caller: Option<Caller>) -> Answer {
    let user = match caller.map(|caller| caller.user) {
        Some(user) => MeUser {
            id: Some(user.id),
            name: user.name,
            email: user.email,
            role: if user.talk { "admin" } else { "agent" },
            verified: true,
            active: true,
        },
        None => MeUser {
            id: None,
            name: "Anonymous user",
            email: "invalid@example.com",
            role: "end-user",
            verified: false,
            active: false,
        },
    };
    super::json(&Me { user })
}
