//! Numbers in Twilio's words: search, purchase, list, get, update, release.

use std::sync::Arc;

use http::StatusCode;
use serde_json::{Map, Value};

use super::super::search::{NotReleased, NotSold, shelves};
use super::super::settings::Settings;
use super::super::state::{COUNTRIES, Context, SignalWire};
use super::super::text::date_in_words;
use super::wire::{self, LamlError, Result, available, incoming, refuse, unknown};
use crate::exchange::Answer;
use crate::json::object;
use crate::query::Query;
use crate::text::{is_digits, key};
use crate::world::stock::{NumberKind, StockNumber};

const LONGEST_NAME: usize = 255;

/// Every parameter that is a setting, and its name in the REST API.
const SETTINGS: [(&str, &str); 14] = [
    ("FriendlyName", "name"),
    ("VoiceUrl", "call_request_url"),
    ("VoiceMethod", "call_request_method"),
    ("VoiceFallbackUrl", "call_fallback_url"),
    ("VoiceFallbackMethod", "call_fallback_method"),
    ("VoiceApplicationSid", "call_laml_application_id"),
    ("VoiceReceiveMode", "call_receive_mode"),
    ("StatusCallback", "call_status_callback_url"),
    ("StatusCallbackMethod", "call_status_callback_method"),
    ("SmsUrl", "message_request_url"),
    ("SmsMethod", "message_request_method"),
    ("SmsFallbackUrl", "message_fallback_url"),
    ("SmsFallbackMethod", "message_fallback_method"),
    ("SmsApplicationSid", "message_laml_application_id"),
];

/// A parameter that, if it is filled, names who handles calls or messages from then on. The later ones win.
const HANDLERS: [(&str, &str, &str); 4] = [
    ("VoiceUrl", "call_handler", "laml_webhooks"),
    ("VoiceApplicationSid", "call_handler", "laml_application"),
    ("SmsUrl", "message_handler", "laml_webhooks"),
    ("SmsApplicationSid", "message_handler", "laml_application"),
];

impl SignalWire {
    /// Unlike the REST API this takes settings with the purchase.
    pub(super) fn purchase_laml(&self, context: &Context<'_>) -> Result<Answer> {
        let params = Query::parse(&context.request.body);
        let number = match (params.filled("PhoneNumber"), params.filled("AreaCode")) {
            (Some(number), _) => number,
            (None, Some(_)) => {
                return Err(LamlError::refused("21451", "Areacode is not supported yet"));
            }
            (None, None) => return refuse("21421", "PhoneNumber is required"),
        };
        if !is_dialled(number) {
            return refuse("21401", "PhoneNumber is not valid");
        }
        let settings = settings(&params)?;
        Settings::fresh().changed(&settings, !context.caller.documented)?;
        let mut state = self.lock();
        let sold = self.sell(&mut state, context, number).map_err(refusal)?;
        let owned = self.change(&mut state, sold, &settings)?;
        Ok(Answer::json_utf8(StatusCode::CREATED, &incoming(&owned)))
    }

    pub(super) fn list_laml(&self, context: &Context<'_>) -> Result<Answer> {
        let params = context.query();
        let page = wire::wanted(&params)?;
        let (number, name) = (params.filled("PhoneNumber"), params.filled("FriendlyName"));
        let (visit, now) = (context.visit, self.clock.now());
        let state = self.lock();
        let book = state.numbers.since(visit.shows_released_since(now));
        let cut = book.cut(context.caller.id, &page, |owned| {
            let text = &owned.number.number;
            visit.lists(text, owned.since, now)
                && number.is_none_or(|number| text.contains(number.trim()))
                && name.is_none_or(|name| owned.settings.get("name") == Some(name))
        });
        let cut = cut.ok_or_else(wire::stale)?;
        Ok(wire::answer(context, &page, &cut))
    }

    pub(super) fn get_laml(&self, context: &Context<'_>) -> Result<Answer> {
        let state = self.lock();
        let owned = self.held(&state, context, context.id());
        let owned = owned.ok_or_else(unknown)?;
        Ok(Answer::ok_utf8(&incoming(owned)))
    }

    pub(super) fn update_laml(&self, context: &Context<'_>) -> Result<Answer> {
        let mut state = self.lock();
        let old = self.held(&state, context, context.id()).cloned();
        let old = old.ok_or_else(unknown)?;
        let settings = settings(&Query::parse(&context.request.body))?;
        let owned = self.change(&mut state, old, &settings)?;
        Ok(Answer::ok_utf8(&incoming(&owned)))
    }

    pub(super) fn release_laml(&self, context: &Context<'_>) -> Result<Answer> {
        match self.take_back(context) {
            Ok(()) => Ok(Answer::no_content()),
            Err(NotReleased::Unknown) => Err(unknown()),
            Err(NotReleased::Until(free)) => {
                let free = date_in_words(free);
                let message = format!(
                    "Number was purchased too recently to release. Please wait until {free}."
                );
                Err(LamlError::refused("22121", message))
            }
        }
    }
}

/// `+` and 5 to 17 digits.
fn is_dialled(text: &str) -> bool {
    text.strip_prefix('+')
        .is_some_and(|digits| (5..=17).contains(&digits.len()) && is_digits(digits))
}

/// The form as a body of the REST API.
fn settings(params: &Query) -> Result<Map<String, Value>> {
    if let Some(name) = params.get("FriendlyName")
        && !(1..=LONGEST_NAME).contains(&name.chars().count())
    {
        let message = "FriendlyName must be between 1 and 255 characters";
        return refuse("20002", message);
    }
    let mut body = Map::new();
    for (param, name) in SETTINGS {
        if let Some(value) = params.get(param) {
            body.insert(name.to_owned(), value.into());
        }
    }
    for (param, handler, name) in HANDLERS {
        if params.filled(param).is_some() {
            body.insert(handler.to_owned(), name.into());
        }
    }
    Ok(body)
}

fn refusal(why: NotSold) -> LamlError {
    match why {
        NotSold::Own => LamlError::refused("10000", "PhoneNumber has already been taken"),
        NotSold::Full => LamlError::refused("20010", "The account has as many numbers as it may"),
        NotSold::Broke => LamlError::refused("4001", "Insufficient balance"),
        NotSold::Gone => LamlError::refused("10000", "PhoneNumber is not available"),
    }
}

/// The area codes of toll-free numbers.
const TOLL_FREE: [&str; 8] = ["800", "822", "833", "844", "855", "866", "877", "888"];

impl SignalWire {
    pub(super) fn search_laml(&self, context: &Context<'_>) -> Result<Answer> {
        let country = context.arg(1);
        if !COUNTRIES.contains(&country) {
            return Err(unknown());
        }
        let params = context.query();
        let size = wire::wanted(&params)?.size;
        let area = params.filled("AreaCode").unwrap_or_default();
        if !area.is_empty() && (area.len() != 3 || !is_digits(area)) {
            return refuse("21451", "AreaCode is not valid");
        }
        let (region, locality) = (params.filled("InRegion"), params.filled("InLocality"));
        if locality.is_some() && region.is_none() {
            return refuse("10000", "InLocality needs InRegion");
        }
        // Letters stand for the keys they are on; there are no wildcards.
        let pattern = params.filled("Contains").unwrap_or_default();
        let pattern: Option<String> = pattern.chars().map(key).collect();
        let pattern =
            pattern.ok_or_else(|| LamlError::bad("10000", "Contains must be alphanumeric"))?;
        // Asked for toll-free numbers of a local area code, the real one answered with local numbers.
        let toll_free = context.arg(2) == "TollFree";
        let kind = match toll_free && (area.is_empty() || TOLL_FREE.contains(&area)) {
            true => NumberKind::TollFree,
            false => NumberKind::Local,
        };
        let is = |wanted: Option<&str>, have: Option<&str>| {
            wanted.is_none_or(|wanted| have.is_some_and(|have| have.eq_ignore_ascii_case(wanted)))
        };
        let fits = |number: &&Arc<StockNumber>| {
            number.country == country
                && is(region, number.place.map(|place| place.region))
                && is(locality, number.place.map(|place| place.locality))
                && number.digits().contains(&pattern)
        };
        let prefix = format!("+1{area}");
        let state = self.lock();
        let found = shelves(&state.market, kind, &prefix)
            .filter(fits)
            .take(size);
        let rows: Vec<_> = found.map(|number| available(number)).collect();
        let query = &context.request.query;
        let mark = if query.is_empty() { "" } else { "?" };
        Ok(Answer::ok_utf8(&object! {
            "uri": format!("{}{mark}{query}", wire::bare(&context.request.path)),
            "available_phone_numbers": rows,
        }))
    }
}
