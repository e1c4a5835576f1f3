//! Zendesk's accounts, the users in them, and the credentials they come with.

use jiff::Timestamp;

use super::error::{ApiError, Result};
use super::grants::{EVERYTHING, Grants, Scope};
use crate::credentials::{
    ZENDESK_ACCESS_TOKEN, ZENDESK_API_TOKEN, ZENDESK_EMAIL, ZENDESK_LIGHT_ACCESS_TOKEN,
    ZENDESK_LIGHT_EMAIL, ZENDESK_SECOND_ACCESS_TOKEN, ZENDESK_SECOND_EMAIL,
    ZENDESK_TRIAL_ACCESS_TOKEN, ZENDESK_TRIAL_EMAIL,
};
use crate::exchange::{Answer, Request};
use crate::json::object;

/// One account. In the sandbox the credential says which one is meant, for all of them live on one host.
#[derive(Debug)]
pub(crate) struct Account {
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

#[derive(Debug)]
pub(super) struct User {
    id: u64,
    name: &'static str,
    email: &'static str,
    pub(super) account: &'static Account,
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Right {
    Read,
    Write,
}

/// Who is asking, and what their credential allows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller {
    pub(super) user: &'static User,
    scope: Scope,
}

impl Caller {
    const fn whole(user: &'static User) -> Self {
        Self {
            user,
            scope: EVERYTHING,
        }
    }

    pub(super) fn check(self, right: Right) -> Result<()> {
        let (may, scope) = match right {
            Right::Read => (self.scope.read, "read"),
            Right::Write => (self.scope.write, "write"),
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

/// Who sends the request; `None` if the credential is missing or wrong.
pub(super) fn caller(request: &Request, grants: &Grants, now: Timestamp) -> Option<Caller> {
    if let Some(token) = request.bearer() {
        let fixed = USERS.iter().find(|user| user.token == token);
        // The user that OAuth tokens are issued for.
        let user = &USERS[0];
        let granted = || grants.scope(token, now).map(|scope| Caller { user, scope });
        return fixed.map(Caller::whole).or_else(granted);
    }
    let (name, token) = request.basic()?;
    // Passwords, that is names without the suffix, are not taken.
    let email = name.strip_suffix("/token")?;
    let user = USERS.iter().find(|user| user.email == email)?;
    (token == ZENDESK_API_TOKEN).then_some(Caller::whole(user))
}

/// The user that asks. For a credential that is wrong or missing it is nobody, and still no error.
pub(super) fn me(caller: Option<Caller>) -> Answer {
    let user = caller.map(|caller| caller.user);
    let known = user.is_some();
    let role = user.map_or("end-user", |user| if user.talk { "admin" } else { "agent" });
    Answer::ok_utf8(&object! {
        "user": object! {
            "id": user.map(|user| user.id),
            "name": user.map_or("Anonymous user", |user| user.name),
            "email": user.map_or("invalid@example.com", |user| user.email),
            "role": role,
            "verified": known,
            "active": known,
        },
    })
}
