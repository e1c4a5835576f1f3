//! Twilio's accounts, what they cost and who may use them; and what a person does in the console, as requests to the API.

use http::{Method, StatusCode};

use super::error::{ApiError, Result};
use super::state::{Context, Twilio};
use crate::carrier::Console;
use crate::console::{ConsoleError, Step};
use crate::credentials::{
    TWILIO_ACCOUNT_SID, TWILIO_API_KEY_SECRET, TWILIO_API_KEY_SID, TWILIO_AUTH_TOKEN,
    TWILIO_SECOND_ACCOUNT_SID, TWILIO_SUBACCOUNT_SID, TWILIO_SUSPENDED_ACCOUNT_SID,
    TWILIO_TRIAL_ACCOUNT_SID,
};
use crate::exchange::{Answer, Request};
use crate::json::object;
use crate::ledger::dollars;
use crate::world::catalog::{BLOCKS, COUNTRIES, Country, find_country};
use crate::world::stock::NumberKind;

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

impl Console for Twilio {
    fn console(&self, number: &str, step: Step<'_>) -> Result<Request, ConsoleError> {
        let holder = self.lock().holders.get(number).cloned();
        if matches!(step, Step::Buy) {
            if holder.is_some() {
                return Err(ConsoleError::number("somebody holds it already"));
            }
            let request = request(Method::POST, TWILIO_ACCOUNT_SID, "");
            return Ok(request.with_form(&[("PhoneNumber", Some(number))]));
        }
        let (sid, account) = holder.ok_or(ConsoleError::NotHeld)?;
        let request = request(step.method(Method::POST), &account, &format!("/{sid}"));
        let Step::Change(change) = step else {
            return Ok(request);
        };
        Ok(request.with_form(&[
            ("FriendlyName", change.label.as_deref()),
            ("VoiceUrl", change.web_address()?),
            ("AccountSid", change.owner.as_deref()),
        ]))
    }
}

/// A request about the numbers of an account, by who may move them.
fn request(method: Method, account: &str, below: &str) -> Request {
    let parent = find(account).and_then(|account| account.parent);
    let path = format!("/2010-04-01/Accounts/{account}/IncomingPhoneNumbers{below}.json");
    Request::internal(method, &path).with_basic(parent.unwrap_or(account), TWILIO_AUTH_TOKEN)
}

/// What an account starts with, in cents.
const CREDIT: i64 = 10_000_000;

const BORN: &str = "Thu, 01 Jan 2026 00:00:00 +0000";

impl Twilio {
    pub(super) fn balance(&self, context: &Context<'_>) -> Result<Answer> {
        let account = context.caller.account;
        if account.parent.is_some() {
            return Err(context.not_found());
        }
        let balance = dollars(CREDIT - self.lock().market.charged());
        Ok(Answer::ok_utf8(
            &object! { "account_sid": account.sid, "balance": balance, "currency": "USD" },
        ))
    }

    /// The real one shows the auth token to everybody who may ask, and so does this.
    pub(super) fn account(&self, context: &Context<'_>) -> Result<Answer> {
        let account = context.caller.account;
        let base = format!("/2010-04-01/Accounts/{}", account.sid);
        Ok(Answer::ok_utf8(&object! {
            "auth_token": TWILIO_AUTH_TOKEN,
            "date_created": BORN,
            "date_updated": BORN,
            "friendly_name": "sandbox",
            "owner_account_sid": account.parent.unwrap_or(account.sid),
            "sid": account.sid,
            "status": "active",
            "subresource_uris": object! {
                "addresses": format!("{base}/Addresses.json"),
                "available_phone_numbers": format!("{base}/AvailablePhoneNumbers.json"),
                "balance": format!("{base}/Balance.json"),
                "incoming_phone_numbers": format!("{base}/IncomingPhoneNumbers.json"),
                "outgoing_caller_ids": format!("{base}/OutgoingCallerIds.json"),
            },
            "type": if account.trial { "Trial" } else { "Full" },
            "uri": format!("{base}.json"),
        }))
    }

    pub(super) fn price_list(&self, context: &Context<'_>) -> Result<Answer> {
        let base = base_url(context);
        let page = format!("{base}?PageSize=50&Page=0");
        let row = |country: &Country| {
            object! {
                "country": country.name,
                "iso_country": country.code,
                "url": format!("{base}/{}", country.code),
            }
        };
        Ok(Answer::ok_utf8(&object! {
            "countries": COUNTRIES.iter().map(row).collect::<Vec<_>>(),
            "meta": object! {
                "first_page_url": &page,
                "key": "countries",
                "next_page_url": (),
                "page": 0,
                "page_size": 50,
                "previous_page_url": (),
                "url": &page,
            },
        }))
    }

    pub(super) fn prices(&self, context: &Context<'_>) -> Result<Answer> {
        let country = find_country(context.id()).ok_or_else(|| context.not_found())?;
        let price = |kind: NumberKind| {
            let mut blocks = BLOCKS.iter().filter(|block| block.country == country.code);
            let price = dollars(blocks.find(|block| block.kind == kind)?.cents.into());
            Some(object! {
                "base_price": price.clone(),
                "current_price": price,
                "number_type": kind.name().replace('_', " "),
            })
        };
        let kinds = NumberKind::ALL.into_iter();
        Ok(Answer::ok_utf8(&object! {
            "country": country.name,
            "iso_country": country.code,
            "phone_number_prices": kinds.filter_map(price).collect::<Vec<_>>(),
            "price_unit": "USD",
            "url": format!("{}/{}", base_url(context), country.code),
        }))
    }
}

fn base_url(context: &Context<'_>) -> String {
    let host = context.request.host();
    format!("http://{host}/v1/PhoneNumbers/Countries")
}
