//! Buying a number, or finding out why not.

use std::sync::Arc;

use http::StatusCode;
use serde_json::json as document;

use super::error::{ApiError, Result};
use super::params::Params;
use super::settings::Settings;
use super::state::{Owned, State};
use super::text::{default_name, is_e164};
use super::wire::IncomingPhoneNumber;
use super::{Context, Twilio, json};
use crate::exchange::Answer;
use crate::world::stock::{AddressNeed, NumberKind, StockNumber};

/// The number that is always there and never kept.
const ALWAYS: &str = "+15005550006";
/// The number that is never there.
const NEVER: &str = "+15005550000";
/// The number that is none.
const INVALID: &str = "+15005550001";

impl Twilio {
    pub(super) fn purchase(
        &self,
        context: &Context<'_>,
        typed: Option<NumberKind>,
    ) -> Result<Answer> {
        let params = Params::of_form(context.request);
        let (number, area) = (params.filled("PhoneNumber"), params.filled("AreaCode"));
        if typed.is_some() && area.is_some() {
            return Err(ApiError::bad(
                21_457,
                "AreaCode can not be used with this resource",
            ));
        }
        match (number, area) {
            (Some(ALWAYS), _) | (None, Some("500")) => self.test_purchase(context, &params),
            (Some(NEVER), _) => Err(not_available(NEVER)),
            (Some(number), _) if number == INVALID || !is_e164(number) => Err(ApiError::bad(
                21_421,
                format!("{number} is not a valid number"),
            )),
            (Some(number), _) => self.buy(context, &params, (number, typed)),
            (None, Some(area)) => self.buy_in_area(context, &params, area),
            (None, None) => Err(ApiError::bad(21_421, "PhoneNumber or AreaCode is required")),
        }
    }

    fn buy(
        &self,
        context: &Context<'_>,
        params: &Params,
        (number, typed): (&str, Option<NumberKind>),
    ) -> Result<Answer> {
        let mut state = self.lock();
        let holder = state.holders.get(number).cloned();
        match holder {
            Some((sid, account)) if account == context.caller.account.sid => {
                bought_again(&mut state, context, (&sid, params, self.written_now()))
            }
            Some(_) => Err(not_available(number)),
            None => {
                let wanted = state
                    .market
                    .on_sale(number)
                    .map(Arc::clone)
                    .ok_or_else(|| not_available(number))?;
                if typed.is_some_and(|kind| kind != wanted.kind) {
                    return Err(ApiError::bad(
                        21_458,
                        format!("{number} is of another type than this resource"),
                    ));
                }
                self.commit(&mut state, context, (&wanted, params))
            }
        }
    }

    fn buy_in_area(&self, context: &Context<'_>, params: &Params, area: &str) -> Result<Answer> {
        let is_area = area.len() == 3 && area.bytes().all(|b| b.is_ascii_digit()) && area >= "200";
        if !is_area {
            return Err(ApiError::bad(
                21_451,
                format!("AreaCode {area} is not valid"),
            ));
        }
        let mut state = self.lock();
        let prefix = format!("+1{area}");
        let first = ["US", "CA"].into_iter().find_map(|country| {
            state
                .market
                .shelf(country, NumberKind::Local, &prefix)
                .next()
                .map(Arc::clone)
        });
        let wanted = first.ok_or_else(|| {
            ApiError::bad(
                21_452,
                format!("No phone numbers found in area code {area}"),
            )
        })?;
        self.commit(&mut state, context, (&wanted, params))
    }

    fn commit(
        &self,
        state: &mut State,
        context: &Context<'_>,
        (wanted, params): (&StockNumber, &Params),
    ) -> Result<Answer> {
        let account = context.caller.account;
        if account.trial && state.numbers.of(account.sid).next().is_some() {
            return Err(ApiError::bad(
                21_404,
                "A trial account can hold one phone number only",
            ));
        }
        let plain = Settings::named(default_name(&wanted.number));
        let settings = plain.changed(params, |address| {
            state.addresses.get(account.sid, address).is_some()
        })?;
        check_papers(state, account.sid, (wanted, &settings))?;
        let now = self.clock.now();
        let number = state
            .market
            .sell(&wanted.number, account.sid, context.visit.stamp(now))
            .ok_or_else(|| not_available(&wanted.number))?;
        let reuse = context.visit.settings.reuse_ids;
        let new_sid = || self.new_sid("PN");
        let written = self.written_now();
        let owned = Arc::new(Owned {
            sid: state.sids.give(&wanted.number, reuse, new_sid),
            account: account.sid.to_owned(),
            number,
            settings,
            created: now,
            date_created: written.clone(),
            date_updated: written,
        });
        state.holders.insert(
            wanted.number.clone(),
            (owned.sid.clone(), owned.account.clone()),
        );
        state.numbers.insert(Arc::clone(&owned));
        Ok(json(
            StatusCode::CREATED,
            &IncomingPhoneNumber::from(&*owned),
        ))
    }

    /// The magic number answers without dates, and nothing is stored.
    fn test_purchase(&self, context: &Context<'_>, params: &Params) -> Result<Answer> {
        let settings = Settings::named(default_name(ALWAYS)).changed(params, |_| true)?;
        let account = context.caller.account.sid;
        let sid = self.new_sid("PN");
        let body = document!({
            "sid": sid,
            "account_sid": account,
            "friendly_name": settings.friendly_name,
            "phone_number": ALWAYS,
            "voice_url": settings.voice_url,
            "voice_method": settings.voice_method,
            "voice_fallback_url": settings.voice_fallback_url,
            "voice_fallback_method": settings.voice_fallback_method,
            "voice_caller_id_lookup": settings.voice_caller_id_lookup,
            "sms_url": settings.sms_url,
            "sms_method": settings.sms_method,
            "sms_fallback_url": settings.sms_fallback_url,
            "sms_fallback_method": settings.sms_fallback_method,
            "capabilities": { "voice": false, "sms": false },
            "status_callback": settings.status_callback,
            "status_callback_method": settings.status_callback_method,
            "api_version": settings.api_version,
            "voice_application_sid": settings.voice_application_sid,
            "sms_application_sid": settings.sms_application_sid,
            "uri": format!("/2010-04-01/Accounts/{account}/IncomingPhoneNumbers/{sid}.json"),
        });
        Ok(json(StatusCode::CREATED, &body))
    }
}

/// Buying what one has is no error: the same number comes back as created, and what was sent is taken as an update.
fn bought_again(
    state: &mut State,
    context: &Context<'_>,
    (sid, params, now): (&str, &Params, String),
) -> Result<Answer> {
    let account = context.caller.account.sid;
    let old = state
        .numbers
        .get(account, sid)
        .ok_or_else(|| context.not_found())?;
    let settings = old.settings.changed(params, |address| {
        state.addresses.get(account, address).is_some()
    })?;
    let mut owned = Arc::clone(old);
    if settings != owned.settings {
        owned = Arc::new(Owned {
            settings,
            date_updated: now,
            ..Owned::clone(&owned)
        });
        state.numbers.replace(Arc::clone(&owned));
    }
    Ok(json(
        StatusCode::CREATED,
        &IncomingPhoneNumber::from(&*owned),
    ))
}

fn not_available(number: &str) -> ApiError {
    ApiError::bad(21_422, format!("{number} is not available"))
}

/// Whether address and bundle are what the law of the number's country wants.
pub(super) fn check_papers(
    state: &State,
    account: &str,
    (wanted, settings): (&StockNumber, &Settings),
) -> Result<()> {
    if wanted.bundle && settings.bundle_sid.is_empty() {
        return Err(ApiError::bad(21_649, "Bundle required and not provided"));
    }
    if wanted.address == AddressNeed::None {
        return Ok(());
    }
    let Some(address) = state.addresses.get(account, &settings.address_sid) else {
        return Err(ApiError::bad(
            21_631,
            "Phone Number Requires an Address but the 'AddressSid' parameter was empty.",
        ));
    };
    match wanted.address {
        AddressNeed::Local if address.iso_country != wanted.country => Err(ApiError::bad(
            21_615,
            format!("{} requires a local address", wanted.number),
        )),
        AddressNeed::Foreign if address.iso_country == wanted.country => Err(ApiError::bad(
            21_625,
            format!("{} requires a foreign address", wanted.number),
        )),
        AddressNeed::Local | AddressNeed::Foreign | AddressNeed::Any | AddressNeed::None => Ok(()),
    }
}
