//! The account itself, its balance, and the price list.

use http::StatusCode;
use serde_json::{Value, json as document};

use super::error::Result;
use super::{Context, Twilio, json};
use crate::credentials::TWILIO_AUTH_TOKEN;
use crate::exchange::Answer;
use crate::ledger::dollars;
use crate::world::catalog::{BLOCKS, COUNTRIES, Country, find_country};
use crate::world::stock::NumberKind;

/// What an account starts with, in cents.
const CREDIT: i64 = 10_000_000;

/// When the accounts were made.
const BORN: &str = "Thu, 01 Jan 2026 00:00:00 +0000";

impl Twilio {
    pub(super) fn balance(&self, context: &Context<'_>) -> Result<Answer> {
        let account = context.caller.account;
        if account.parent.is_some() {
            return Err(context.not_found());
        }
        let balance = dollars(CREDIT - self.lock().market.charged());
        let body = document!({ "account_sid": account.sid, "balance": balance, "currency": "USD" });
        Ok(json(StatusCode::OK, &body))
    }

    /// The real one shows the auth token to whoever may ask, and so does this.
    pub(super) fn account(&self, context: &Context<'_>) -> Result<Answer> {
        let account = context.caller.account;
        let base = format!("/2010-04-01/Accounts/{}", account.sid);
        let body = document!({
            "auth_token": TWILIO_AUTH_TOKEN,
            "date_created": BORN,
            "date_updated": BORN,
            "friendly_name": "sandbox",
            "owner_account_sid": account.parent.unwrap_or(account.sid),
            "sid": account.sid,
            "status": "active",
            "subresource_uris": {
                "available_phone_numbers": format!("{base}/AvailablePhoneNumbers.json"),
                "incoming_phone_numbers": format!("{base}/IncomingPhoneNumbers.json"),
                "outgoing_caller_ids": format!("{base}/OutgoingCallerIds.json"),
                "addresses": format!("{base}/Addresses.json"),
                "balance": format!("{base}/Balance.json"),
            },
            "type": if account.trial { "Trial" } else { "Full" },
            "uri": format!("{base}.json"),
        });
        Ok(json(StatusCode::OK, &body))
    }

    pub(super) fn price_list(&self, context: &Context<'_>) -> Answer {
        let base = base_url(context);
        let page = format!("{base}?PageSize=50&Page=0");
        let row = |country: &Country| {
            document!({
                "country": country.name,
                "iso_country": country.code,
                "url": format!("{base}/{}", country.code),
            })
        };
        let body = document!({
            "countries": COUNTRIES.iter().map(row).collect::<Vec<Value>>(),
            "meta": {
                "page": 0,
                "page_size": 50,
                "first_page_url": page,
                "previous_page_url": null,
                "url": page,
                "next_page_url": null,
                "key": "countries",
            },
        });
        json(StatusCode::OK, &body)
    }

    pub(super) fn prices(&self, context: &Context<'_>, code: &str) -> Result<Answer> {
        let country = find_country(code).ok_or_else(|| context.not_found())?;
        let prices: Vec<Value> = NumberKind::ALL
            .into_iter()
            .filter_map(|kind| {
                let block = BLOCKS
                    .iter()
                    .find(|block| block.country == country.code && block.kind == kind)?;
                let price = dollars(block.cents().into());
                let name = kind.name().replace('_', " ");
                Some(
                    document!({ "number_type": name, "base_price": price, "current_price": price }),
                )
            })
            .collect();
        let body = document!({
            "country": country.name,
            "iso_country": country.code,
            "phone_number_prices": prices,
            "price_unit": "USD",
            "url": format!("{}/{}", base_url(context), country.code),
        });
        Ok(json(StatusCode::OK, &body))
    }
}

fn base_url(context: &Context<'_>) -> String {
    let host = context.request.header("host").unwrap_or("127.0.0.1");
    format!("http://{host}/v1/PhoneNumbers/Countries")
}
