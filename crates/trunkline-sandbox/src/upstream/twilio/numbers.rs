//! Numbers that an account holds: list, get, update, release.

use std::sync::Arc;

use super::accounts;
use super::error::{ApiError, Result, refuse};
use super::page::List;
use super::purchase::check_papers;
use super::search::kind_named;
use super::state::{Context, Owned, State, Twilio};
use super::text::is_sid;
use super::wire::incoming;
use crate::book::Cut;
use crate::exchange::Answer;
use crate::query::Query;

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
