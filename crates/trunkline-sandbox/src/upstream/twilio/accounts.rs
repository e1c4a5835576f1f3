//! Twilio's accounts and who may use them.

use http::StatusCode;

use super::error::{ApiError, Result};
use crate::credentials::{
    TWILIO_ACCOUNT_SID, TWILIO_API_KEY_SECRET, TWILIO_API_KEY_SID, TWILIO_AUTH_TOKEN,
    TWILIO_SECOND_ACCOUNT_SID, TWILIO_SUBACCOUNT_SID, TWILIO_SUSPENDED_ACCOUNT_SID,
    TWILIO_TRIAL_ACCOUNT_SID,
};
use crate::exchange::Request;

#[derive(Debug)]
pub(crate) struct Account {
    pub(super) sid: &'static str,
    /// The account whose credentials reach this one too.
    pub(super) parent: Option<&'static str>,
    pub(super) suspended: bool,
    pub(super) trial: bool,
}

const ACCOUNTS: &[Account] = &[
    account(TWILIO_ACCOUNT_SID),
    account(TWILIO_SECOND_ACCOUNT_SID),
    Account {
        parent: Some(TWILIO_ACCOUNT_SID),
        ..account(TWILIO_SUBACCOUNT_SID)
    },
    Account {
        suspended: true,
        ..account(TWILIO_SUSPENDED_ACCOUNT_SID)
    },
    Account {
        trial: true,
        ..account(TWILIO_TRIAL_ACCOUNT_SID)
    },
];

const fn account(sid: &'static str) -> Account {
    Account {
        sid,
        parent: None,
        suspended: false,
        trial: false,
    }
}

pub(super) fn find(sid: &str) -> Option<&'static Account> {
    ACCOUNTS.iter().find(|account| account.sid == sid)
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    pub(super) own: &'static Account,
    pub(super) account: &'static Account,
    /// An API key doesn't reach subaccounts.
    pub(super) by_key: bool,
}

/// Lets a request in, or not. `path` is the account in its path, if one is.
pub(super) fn authenticate(request: &Request, path: Option<&str>) -> Result<Caller> {
    let (own, by_key) = credential(request).ok_or_else(ApiError::authenticate)?;
    let account = match path {
        None => own,
        Some(sid) => find(sid).ok_or_else(ApiError::authenticate)?,
    };
    let reachable = account.sid == own.sid || (!by_key && account.parent == Some(own.sid));
    if !reachable {
        return Err(ApiError::authenticate());
    }
    if own.suspended || account.suspended {
        let suspended = "Account is suspended";
        return Err(ApiError::new(StatusCode::FORBIDDEN, 20_403, suspended));
    }
    Ok(Caller {
        own,
        account,
        by_key,
    })
}

fn credential(request: &Request) -> Option<(&'static Account, bool)> {
    let (user, password) = request.basic()?;
    if user == TWILIO_API_KEY_SID {
        let own = find(TWILIO_ACCOUNT_SID).filter(|_| password == TWILIO_API_KEY_SECRET)?;
        return Some((own, true));
    }
    let own = find(&user)?;
    (password == TWILIO_AUTH_TOKEN).then_some((own, false))
}
