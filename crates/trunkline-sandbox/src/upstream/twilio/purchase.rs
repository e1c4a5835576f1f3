//! Buying a number, or finding out why not.

use http::StatusCode;

use super::error::{ApiError, Result, refuse};
use super::search::kind_named;
use super::settings::Settings;
use super::state::{Context, Owned, State, Twilio};
use super::text::default_name;
use super::wire::incoming;
use crate::exchange::Answer;
use crate::json::object;
use crate::query::Query;
use crate::text::{is_digits, is_e164};
use crate::world::stock::{AddressNeed, NumberKind, StockNumber};

/// The number that is always there and never kept.
const ALWAYS: &str = "+15005550006";
/// The number that is never there.
const NEVER: &str = "+15005550000";
/// The number that is invalid.
const INVALID: &str = "+15005550001";

impl Twilio {
    pub(super) fn purchase(&self, context: &Context<'_>) -> Result<Answer> {
        let params = Query::of_form(context.request);
        let (number, area) = (params.filled("PhoneNumber"), params.filled("AreaCode"));
        if kind_named(context.arg(1)).is_some() && area.is_some() {
            return refuse(21_457, "AreaCode can not be used with this resource");
        }
        match (number, area) {
            (Some(ALWAYS), _) | (None, Some("500")) => self.test_purchase(context, &params),
            (Some(NEVER), _) => Err(not_available(NEVER)),
            (Some(number), _) if number == INVALID || !is_e164(number) => {
                refuse(21_421, format!("{number} is not a valid number"))
            }
            (Some(number), _) => self.buy(context, number),
            (None, Some(area)) => self.buy_in_area(context, area),
            (None, None) => refuse(21_421, "PhoneNumber or AreaCode is required"),
        }
    }

    fn buy(&self, context: &Context<'_>, number: &str) -> Result<Answer> {
        let mut state = self.lock();
        match state.holders.get(number).cloned() {
            Some((sid, account)) if account == context.account() => {
                self.buy_again(&mut state, context, &sid)
            }
            Some(_) => Err(not_available(number)),
            None => {
                let wanted = state.market.on_sale(number).cloned();
                let wanted = wanted.ok_or_else(|| not_available(number))?;
                if kind_named(context.arg(1)).is_some_and(|kind| kind != wanted.kind) {
                    let message = format!("{number} is of another type than this resource");
                    return refuse(21_458, message);
                }
                self.commit(&mut state, context, &wanted)
            }
        }
    }

    fn buy_in_area(&self, context: &Context<'_>, area: &str) -> Result<Answer> {
        if area.len() != 3 || !is_digits(area) || area < "200" {
            return refuse(21_451, format!("AreaCode {area} is not valid"));
        }
        let mut state = self.lock();
        let prefix = format!("+1{area}");
        let first = ["US", "CA"].into_iter().find_map(|country| {
            let mut shelf = state.market.shelf(country, NumberKind::Local, &prefix);
            shelf.next().cloned()
        });
        let none = || {
            ApiError::bad(
                21_452,
                format!("No phone numbers found in area code {area}"),
            )
        };
        let wanted = first.ok_or_else(none)?;
        self.commit(&mut state, context, &wanted)
    }

    fn commit(
        &self,
        state: &mut State,
        context: &Context<'_>,
        wanted: &StockNumber,
    ) -> Result<Answer> {
        let params = Query::of_form(context.request);
        let account = context.caller.account;
        if account.trial && state.numbers.of(account.sid).next().is_some() {
            return refuse(21_404, "A trial account can hold one phone number only");
        }
        let has_address = |sid: &str| state.addresses.get(account.sid, sid).is_some();
        let plain = Settings::named(default_name(&wanted.number));
        let settings = plain.changed(&params, has_address)?;
        check_papers(state, account.sid, wanted, &settings)?;
        let now = self.clock.now();
        let stamp = context.visit.stamp(now);
        let number = state.market.sell(&wanted.number, account.sid, stamp);
        let number = number.ok_or_else(|| not_available(&wanted.number))?;
        let reuse = context.visit.settings.reuse_ids;
        let written = self.date_now();
        let owned = state.numbers.insert(Owned {
            sid: (state.sids).give(&wanted.number, reuse, || self.new_sid("PN")),
            account: account.sid.to_owned(),
            number,
            settings,
            created: now,
            date_created: written.clone(),
            date_updated: written,
        });
        let holder = (owned.sid.clone(), owned.account.clone());
        state.holders.insert(wanted.number.clone(), holder);
        Ok(Answer::json_utf8(StatusCode::CREATED, &incoming(&owned)))
    }

    /// The magic number is answered without dates, and nothing is stored.
    fn test_purchase(&self, context: &Context<'_>, params: &Query) -> Result<Answer> {
        let settings = Settings::named(default_name(ALWAYS)).changed(params, |_| true)?;
        let (account, sid) = (context.account(), self.new_sid("PN"));
        let uri = format!("/2010-04-01/Accounts/{account}/IncomingPhoneNumbers/{sid}.json");
        let body = object! {
            "account_sid": account,
            "api_version": settings.get("api_version"),
            "capabilities": object! { "sms": false, "voice": false },
            "friendly_name": settings.get("friendly_name"),
            "phone_number": ALWAYS,
            "sid": sid,
            "sms_application_sid": settings.get("sms_application_sid"),
            "sms_fallback_method": settings.get("sms_fallback_method"),
            "sms_fallback_url": settings.get("sms_fallback_url"),
            "sms_method": settings.get("sms_method"),
            "sms_url": settings.get("sms_url"),
            "status_callback": settings.get("status_callback"),
            "status_callback_method": settings.get("status_callback_method"),
            "uri": uri,
            "voice_application_sid": settings.get("voice_application_sid"),
            "voice_caller_id_lookup": settings.get("voice_caller_id_lookup") == "true",
            "voice_fallback_method": settings.get("voice_fallback_method"),
            "voice_fallback_url": settings.get("voice_fallback_url"),
            "voice_method": settings.get("voice_method"),
            "voice_url": settings.get("voice_url"),
        };
        Ok(Answer::json_utf8(StatusCode::CREATED, &body))
    }

    /// Buying what one has is no error: the same number is answered as created, and what was sent is taken as an update.
    fn buy_again(&self, state: &mut State, context: &Context<'_>, sid: &str) -> Result<Answer> {
        let params = Query::of_form(context.request);
        let account = context.account();
        let held = state.numbers.get(account, sid).cloned();
        let mut owned = held.ok_or_else(|| context.not_found())?;
        let has_address = |sid: &str| state.addresses.get(account, sid).is_some();
        let settings = owned.settings.changed(&params, has_address)?;
        if settings != owned.settings {
            owned = state.numbers.replace(Owned {
                settings,
                date_updated: self.date_now(),
                ..Owned::clone(&owned)
            });
        }
        Ok(Answer::json_utf8(StatusCode::CREATED, &incoming(&owned)))
    }
}

fn not_available(number: &str) -> ApiError {
    ApiError::bad(21_422, format!("{number} is not available"))
}

/// Whether address and bundle are what the law of the number's country wants.
pub(super) fn check_papers(
    state: &State,
    account: &str,
    wanted: &StockNumber,
    settings: &Settings,
) -> Result<()> {
    if wanted.bundle && settings.filled("bundle_sid").is_none() {
        return refuse(21_649, "Bundle required and not provided");
    }
    if wanted.address == AddressNeed::None {
        return Ok(());
    }
    let address = settings.get("address_sid");
    let Some(address) = state.addresses.get(account, address) else {
        let message = "Phone Number Requires an Address but the 'AddressSid' parameter was empty.";
        return refuse(21_631, message);
    };
    let number = &wanted.number;
    match wanted.address {
        AddressNeed::Local if address.iso_country != wanted.country => {
            refuse(21_615, format!("{number} requires a local address"))
        }
        AddressNeed::Foreign if address.iso_country == wanted.country => {
            refuse(21_625, format!("{number} requires a foreign address"))
        }
        AddressNeed::Local | AddressNeed::Foreign | AddressNeed::Any | AddressNeed::None => Ok(()),
    }
}
