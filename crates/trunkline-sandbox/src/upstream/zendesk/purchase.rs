//! Buying the number of a token, or finding out why not.
//!
//! The texts of Zendesk's refusals are not known. These name the field at fault and what is wrong with it.

use serde_json::Value;

use super::error::{ApiError, Result, refuse};
use super::line::{Kind, Line};
use super::offers::Worthless;
use super::params::{document, wrapped};
use super::state::{Context, State, Zendesk};
use super::wire::whole;
use crate::exchange::Answer;
use crate::json::object;
use crate::world::stock::{AddressNeed, StockNumber};

impl Zendesk {
    pub(super) fn purchase(&self, context: &Context<'_>) -> Result<Answer> {
        let body = document(context.request)?;
        let token = wrapped(&body, "phone_number")?.get("token");
        let token = token
            .and_then(Value::as_str)
            .filter(|token| !token.is_empty());
        let token = token.ok_or_else(|| bad_token("BlankValue", "can not be blank"))?;
        // Beside the phone number, not in it.
        let address = body.get("address_sid").and_then(Value::as_str);
        let account = context.caller.subdomain;
        let now = self.clock.now();
        let mut state = self.lock();
        let number = match state.offers.number(account, token, now) {
            Ok(number) => number.to_owned(),
            Err(Worthless::Unknown) => {
                let why = "is not valid, or was used before, and buys no phone number any more";
                return Err(bad_token("InvalidValue", why));
            }
            Err(Worthless::Expired) => {
                let why = "has expired, search for available phone numbers again";
                return Err(bad_token("InvalidValue", why));
            }
        };
        let wanted = state.market.on_sale(&number).cloned();
        let wanted = wanted.ok_or_else(not_available)?;
        check_papers(&state, account, &wanted, address)?;
        let stamp = context.visit.stamp(now);
        let sold = state.market.sell(&number, account, stamp);
        let sold = sold.ok_or_else(not_available)?;
        state.offers.spend(token);
        let reuse = context.visit.settings.reuse_ids;
        let id = state.ids.give(&number, reuse, || self.new_id());
        let line = Line::new(id, account, Kind::Bought(sold), now);
        let line = state.put(line.written(self.clock.record(now)));
        Ok(Answer::ok_utf8(
            &object! { "phone_number": whole(&line, false) },
        ))
    }
}

fn bad_token(error: &'static str, why: &str) -> ApiError {
    ApiError::invalid("token", error, format!("Token: {why}"))
}

fn not_available() -> ApiError {
    ApiError::invalid(
        "base",
        "InvalidValue",
        "Phone number: is no longer available",
    )
}

/// Whether the law of the number's country has what it wants. A business can't be verified through the API at all.
fn check_papers(
    state: &State,
    account: &str,
    wanted: &StockNumber,
    address_sid: Option<&str>,
) -> Result<()> {
    if wanted.bundle {
        return refuse(
            "base",
            "BusinessVerificationRequired",
            "Phone number: needs business verification, which is done in the admin centre",
        );
    }
    let refuse = |error, why: &str| refuse("address_sid", error, format!("Address: {why}"));
    let known = address_sid.and_then(|sid| {
        let mut own = state.addresses.values().filter(|a| a.account == account);
        own.find(|address| address.provider_reference == sid)
    });
    let Some(address) = known else {
        return match (wanted.address, address_sid) {
            (_, Some(_)) => refuse("InvalidValue", "is not an address of this account"),
            (AddressNeed::None, None) => Ok(()),
            (AddressNeed::Any | AddressNeed::Local | AddressNeed::Foreign, None) => {
                refuse("BlankValue", "is required for this phone number")
            }
        };
    };
    let at_home = address.country_code == wanted.country;
    match wanted.address {
        AddressNeed::Local if !at_home => {
            refuse("InvalidValue", "must be in the country of the phone number")
        }
        AddressNeed::Foreign if at_home => refuse(
            "InvalidValue",
            "must be outside the country of the phone number",
        ),
        AddressNeed::None | AddressNeed::Any | AddressNeed::Local | AddressNeed::Foreign => Ok(()),
    }
}
