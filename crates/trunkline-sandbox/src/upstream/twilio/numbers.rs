//! Numbers of an account: buying one, or finding out why not; list, get, update, release.

use std::sync::Arc;

use http::StatusCode;

use super::accounts;
use super::error::{ApiError, Result, refuse};
use super::page::List;
use super::search::kind_named;
use super::settings::Settings;
use super::state::{Context, Owned, State, Twilio};
use super::text::{default_name, is_sid};
use super::wire::incoming;
use crate::book::Cut;
use crate::exchange::Answer;
use crate::json::object;
use crate::query::Query;
use crate::text::{is_digits, is_e164};
use crate::world::stock::{AddressNeed, NumberKind, StockNumber};

impl Twilio {
    pub(super) fn list_numbers(&self, context: &Context<'_>) -> Result<Answer> {
        let params = context.query();
        let list = List::of(context, &params, "incoming_phone_numbers")?;
        let kind = kind_named(context.arg(1));
        let number = params.filled("PhoneNumber").map(NumberPattern::new);
        let (name, origin) = (params.filled("FriendlyName"), params.filled("Origin"));
        let beta = params.flag("Beta")?.unwrap_or(true);
        let (visit, now) = (context.visit, self.clock.now());
        let since = visit.shows_released_since(now);
        let wanted = |owned: &Owned| {
            let text = &owned.number.number;
            visit.lists(text, owned.created, now)
                && kind.is_none_or(|kind| owned.number.kind == kind)
                && number.as_ref().is_none_or(|pattern| pattern.matches(text))
                && name.is_none_or(|name| owned.settings.get("friendly_name") == name)
                && (beta || !owned.number.beta)
                && origin.is_none_or(|origin| origin == "twilio")
        };
        let state = self.lock();
        let whole = number.as_ref().and_then(NumberPattern::whole);
        let cut = match whole.filter(|_| since.is_none() && list.page.token.is_none()) {
            // One number out of many thousands is what a buyer asks for first: no need to look at all of them.
            Some(number) => {
                let sid = state.holders.get(number).map_or("", |(sid, _)| sid);
                let held = state.numbers.get(context.account(), sid);
                let rows = held.filter(|owned| wanted(owned)).map(Arc::clone);
                Cut {
                    rows: rows.into_iter().collect(),
                    more: false,
                }
            }
            None => list.cut(&state.numbers.since(since), wanted)?,
        };
        drop(state);
        Ok(list.answer(&cut, incoming))
    }

    pub(super) fn get_number(&self, context: &Context<'_>) -> Result<Answer> {
        let state = self.lock();
        let owned = self.held(context, &state)?;
        Ok(Answer::ok_utf8(&incoming(owned)))
    }

    pub(super) fn update_number(&self, context: &Context<'_>) -> Result<Answer> {
        let params = Query::of_form(context.request);
        let account = context.account();
        let mut state = self.lock();
        let old = self.held(context, &state)?;
        let has_address = |sid: &str| state.addresses.get(account, sid).is_some();
        let mut new = Owned {
            settings: old.settings.changed(&params, has_address)?,
            date_updated: self.date_now(),
            ..Owned::clone(old)
        };
        if params.get("AddressSid").is_some() || params.get("BundleSid").is_some() {
            check_papers(&state, account, &new.number, &new.settings)?;
        }
        let target = params.filled("AccountSid");
        if let Some(target) = target.filter(|target| *target != account) {
            new.account = transfer_target(context, target)?.to_owned();
            state.market.transfer(&new.number.number, target);
            let holder = (new.sid.clone(), new.account.clone());
            state.holders.insert(new.number.number.clone(), holder);
        }
        let new = state.numbers.replace(new);
        drop(state);
        Ok(Answer::ok_utf8(&incoming(&new)))
    }

    pub(super) fn release_number(&self, context: &Context<'_>) -> Result<Answer> {
        let mut state = self.lock();
        let owned = self.held(context, &state)?;
        if owned.settings.filled("emergency_address_sid").is_some() {
            // Which code Twilio sends is not known; the word in the message is what callers can go by.
            let message = "The emergency address of this phone number must be removed before it can be released";
            return Err(ApiError {
                code: None,
                ..ApiError::bad(0, message)
            });
        }
        let number = owned.number.number.clone();
        let (visit, now) = (context.visit, self.clock.now());
        state.numbers.retire(context.id(), now);
        state.holders.remove(&number);
        let resell = visit.settings.resell_released;
        state.market.take_back(&number, visit.stamp(now), resell);
        Ok(Answer::no_content())
    }

    fn held<'s>(&self, context: &Context<'_>, state: &'s State) -> Result<&'s Arc<Owned>> {
        let owned = context.find(&state.numbers)?;
        if context.visit.finds(owned.created, self.clock.now()) {
            return Ok(owned);
        }
        Err(context.not_found())
    }
}

/// Where a number may be moved: between the accounts of one parent, by the parent itself.
fn transfer_target(context: &Context<'_>, target: &str) -> Result<&'static str> {
    if !is_sid("AC", target) {
        return refuse(21_470, format!("AccountSid {target} is not valid"));
    }
    let Some(account) = accounts::find(target) else {
        return refuse(21_471, format!("Account {target} does not exist"));
    };
    let caller = context.caller;
    if account.suspended {
        return refuse(21_472, format!("Account {target} is not active"));
    }
    if caller.by_key || caller.own.parent.is_some() {
        return refuse(21_473, "Only the parent account may move a phone number");
    }
    if account.sid != caller.own.sid && account.parent != Some(caller.own.sid) {
        return refuse(21_474, format!("Account {target} has another parent"));
    }
    Ok(account.sid)
}

/// A number or a part of one; `*` is any digit.
struct NumberPattern(String);

impl NumberPattern {
    fn new(text: &str) -> Self {
        Self(text.chars().filter(|c| !" -().".contains(*c)).collect())
    }

    /// The pattern, if it can match no other number than itself: North American numbers have eleven digits.
    fn whole(&self) -> Option<&str> {
        let whole = self.0.starts_with("+1") && self.0.len() == 12 && !self.0.contains('*');
        whole.then_some(&self.0)
    }

    fn matches(&self, number: &str) -> bool {
        let fits = |window: &[u8]| {
            window
                .iter()
                .zip(self.0.as_bytes())
                .all(|(have, want)| have == want || (*want == b'*' && have.is_ascii_digit()))
        };
        self.0.is_empty() || number.as_bytes().windows(self.0.len()).any(fits)
    }
}

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
            ..settings.texts(&["sms_application_sid", "sms_fallback_method", "sms_fallback_url", "sms_method"]),
            ..settings.texts(&["sms_url", "status_callback", "status_callback_method"]),
            "uri": uri,
            "voice_application_sid": settings.get("voice_application_sid"),
            "voice_caller_id_lookup": settings.get("voice_caller_id_lookup") == "true",
            ..settings.texts(&["voice_fallback_method", "voice_fallback_url", "voice_method", "voice_url"]),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn part_of_a_number_finds_it() {
        for pattern in ["+14155550100", "5550", "415555****", "*0100"] {
            assert!(
                NumberPattern::new(pattern).matches("+14155550100"),
                "{pattern}"
            );
        }
        for pattern in ["+4155", "5551", "****0100********"] {
            assert!(
                !NumberPattern::new(pattern).matches("+14155550100"),
                "{pattern}"
            );
        }
    }
}
