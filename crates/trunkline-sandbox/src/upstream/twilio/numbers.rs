//! Numbers that an account holds: list, get, update, release.

use std::sync::Arc;

use http::StatusCode;

use super::accounts;
use super::error::{ApiError, Result};
use super::page::{self, PageRequest, Source};
use super::params::Params;
use super::purchase::check_papers;
use super::state::{Owned, State};
use super::text::is_sid;
use super::wire::IncomingPhoneNumber;
use super::{Context, Twilio, json};
use crate::exchange::Answer;
use crate::world::stock::NumberKind;

impl Twilio {
    pub(super) fn list_numbers(
        &self,
        context: &Context<'_>,
        kind: Option<NumberKind>,
    ) -> Result<Answer> {
        let params = Params::of_query(context.request);
        let page = PageRequest::of(&params)?;
        let filter = ListFilter::of(&params, kind)?;
        let (visit, now) = (context.visit, self.clock.now());
        let since = visit.shows_released_since(now);
        let cut = {
            let state = self.lock();
            let account = context.caller.account.sid;
            let wanted = |owned: &&Arc<Owned>| {
                visit.lists(&owned.number.number, owned.created, now) && filter.lets_through(owned)
            };
            let whole = filter.number.as_ref().and_then(NumberPattern::whole);
            match whole.filter(|_| since.is_none()) {
                // One number out of many thousands is what a buyer asks for first: no need to look at all of them.
                Some(number) => {
                    let held = state
                        .holders
                        .get(number)
                        .and_then(|(sid, _)| state.numbers.get(account, sid));
                    page.cut(held.into_iter().filter(wanted))?
                }
                None => page.cut(state.numbers.since(since).of(account).filter(wanted))?,
            }
        };
        let source = Source {
            path: &context.request.path,
            params: &params,
            collection: "incoming_phone_numbers",
        };
        Ok(page::answer(&source, &page, &cut, |owned| {
            IncomingPhoneNumber::from(owned)
        }))
    }

    pub(super) fn get_number(&self, context: &Context<'_>, sid: &str) -> Result<Answer> {
        let state = self.lock();
        let owned = self.held(context, &state, sid)?;
        Ok(json(StatusCode::OK, &IncomingPhoneNumber::from(&**owned)))
    }

    pub(super) fn update_number(&self, context: &Context<'_>, sid: &str) -> Result<Answer> {
        let params = Params::of_form(context.request);
        let account = context.caller.account.sid;
        let mut state = self.lock();
        let old = self.held(context, &state, sid)?;
        let settings = old.settings.changed(&params, |address| {
            state.addresses.get(account, address).is_some()
        })?;
        if params.get("AddressSid").is_some() || params.get("BundleSid").is_some() {
            check_papers(&state, account, (&old.number, &settings))?;
        }
        let mut new = Owned {
            settings,
            date_updated: self.written_now(),
            ..Owned::clone(old)
        };
        if let Some(target) = params
            .filled("AccountSid")
            .filter(|target| *target != account)
        {
            new.account = transfer_target(context, target)?.to_owned();
            state.market.transfer(&new.number.number, target);
            let holder = (new.sid.clone(), new.account.clone());
            state.holders.insert(new.number.number.clone(), holder);
        }
        let new = Arc::new(new);
        state.numbers.replace(Arc::clone(&new));
        drop(state);
        Ok(json(StatusCode::OK, &IncomingPhoneNumber::from(&*new)))
    }

    pub(super) fn release_number(&self, context: &Context<'_>, sid: &str) -> Result<Answer> {
        let mut state = self.lock();
        let owned = self.held(context, &state, sid)?;
        if !owned.settings.emergency_address_sid.is_empty() {
            // Which code Twilio sends is not known; the word in the message is what callers can go by.
            let message = "The emergency address of this phone number must be removed before it can be released";
            return Err(ApiError {
                status: StatusCode::BAD_REQUEST,
                code: None,
                message: message.to_owned(),
            });
        }
        let number = owned.number.number.clone();
        let (visit, now) = (context.visit, self.clock.now());
        state.numbers.retire(sid, now);
        state.holders.remove(&number);
        let resell = visit.settings.resell_released;
        state.market.take_back(&number, visit.stamp(now), resell);
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }

    fn held<'s>(
        &self,
        context: &Context<'_>,
        state: &'s State,
        sid: &str,
    ) -> Result<&'s Arc<Owned>> {
        state
            .numbers
            .get(context.caller.account.sid, sid)
            .filter(|owned| context.visit.finds(owned.created, self.clock.now()))
            .ok_or_else(|| context.not_found())
    }
}

/// Where a number may be moved: between the accounts of one parent, by the parent itself.
fn transfer_target(context: &Context<'_>, target: &str) -> Result<&'static str> {
    if !is_sid("AC", target) {
        return Err(ApiError::bad(
            21_470,
            format!("AccountSid {target} is not valid"),
        ));
    }
    let Some(target) = accounts::find(target) else {
        return Err(ApiError::bad(
            21_471,
            format!("Account {target} does not exist"),
        ));
    };
    let caller = context.caller;
    if target.suspended {
        return Err(ApiError::bad(
            21_472,
            format!("Account {} is not active", target.sid),
        ));
    }
    if caller.by_key || caller.own.parent.is_some() {
        return Err(ApiError::bad(
            21_473,
            "Only the parent account may move a phone number",
        ));
    }
    if target.sid != caller.own.sid && target.parent != Some(caller.own.sid) {
        return Err(ApiError::bad(
            21_474,
            format!("Account {} has another parent", target.sid),
        ));
    }
    Ok(target.sid)
}

/// What a list is narrowed down by.
struct ListFilter<'p> {
    kind: Option<NumberKind>,
    number: Option<NumberPattern>,
    name: Option<&'p str>,
    beta: bool,
    origin: Option<&'p str>,
}

impl<'p> ListFilter<'p> {
    fn of(params: &'p Params, kind: Option<NumberKind>) -> Result<Self> {
        Ok(Self {
            kind,
            number: params.filled("PhoneNumber").map(NumberPattern::new),
            name: params.filled("FriendlyName"),
            beta: params.flag("Beta")?.unwrap_or(true),
            origin: params.filled("Origin"),
        })
    }

    fn lets_through(&self, owned: &Owned) -> bool {
        self.kind.is_none_or(|kind| owned.number.kind == kind)
            && self
                .number
                .as_ref()
                .is_none_or(|pattern| pattern.matches(&owned.number.number))
            && self
                .name
                .is_none_or(|name| owned.settings.friendly_name == name)
            && (self.beta || !owned.number.beta)
            && self.origin.is_none_or(|origin| origin == "twilio")
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_number_finds_it() {
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
