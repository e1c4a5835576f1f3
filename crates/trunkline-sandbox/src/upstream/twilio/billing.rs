//! The account itself, its balance, and the price list.

use super::error::Result;
use super::state::{Context, Twilio};
use crate::credentials::TWILIO_AUTH_TOKEN;
use crate::exchange::Answer;
use crate::json::object;
use crate::ledger::dollars;
use crate::world::catalog::{BLOCKS, COUNTRIES, Country, find_country};
use crate::world::stock::NumberKind;

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
