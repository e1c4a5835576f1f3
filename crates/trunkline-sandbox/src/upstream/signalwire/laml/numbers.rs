//! Numbers in Twilio's words: purchase, list, get, update, release.

use http::StatusCode;
use serde_json::{Map, Value};

use super::super::settings::Settings;
use super::super::state::Owned;
use super::super::stock::{NotReleased, NotSold};
use super::super::text::date_in_words;
use super::super::{SignalWire, json};
use super::Caller;
use super::error::{LamlError, Result, unknown};
use super::page;
use super::wire::IncomingPhoneNumber;
use crate::exchange::Answer;

/// The longest name, in characters.
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
    pub(super) fn purchase_laml(&self, caller: &Caller<'_>) -> Result<Answer> {
        let params = &caller.params;
        let number = match (params.filled("PhoneNumber"), params.filled("AreaCode")) {
            (Some(number), _) => number,
            (None, Some(_)) => {
                return Err(LamlError::refused("21451", "Areacode is not supported yet"));
            }
            (None, None) => {
                return Err(LamlError::bad("21421", "PhoneNumber is required"));
            }
        };
        if !is_dialled(number) {
            return Err(LamlError::bad("21401", "PhoneNumber is not valid"));
        }
        let settings = settings(caller)?;
        let project = caller.project();
        Settings::fresh().changed(&settings, !project.documented)?;
        let mut state = self.lock();
        let owned = self
            .sell(&mut state, &caller.context, number)
            .map_err(refusal)?;
        let owned = self.change(&mut state, project, (&owned.id, &settings))?;
        Ok(json(
            StatusCode::CREATED,
            &IncomingPhoneNumber::from(&*owned),
        ))
    }

    pub(super) fn list_laml(&self, caller: &Caller<'_>) -> Result<Answer> {
        let request = page::wanted(&caller.params)?;
        let number = caller.params.filled("PhoneNumber");
        let name = caller.params.filled("FriendlyName");
        let (visit, now) = (caller.context.visit, self.clock.now());
        let state = self.lock();
        let book = state.numbers.since(visit.shows_released_since(now));
        let cut = request.cut(&book, caller.project().id, |owned: &Owned| {
            visit.lists(&owned.number.number, owned.since, now)
                && number.is_none_or(|number| owned.number.number.contains(number.trim()))
                && name.is_none_or(|name| owned.settings.get("name") == Some(name))
        });
        page::answer(caller, &request, cut.as_ref())
    }

    pub(super) fn get_laml(&self, caller: &Caller<'_>, sid: &str) -> Result<Answer> {
        let state = self.lock();
        let owned = self.held(&state, &caller.context, sid);
        let owned = owned.ok_or_else(unknown)?;
        Ok(json(StatusCode::OK, &IncomingPhoneNumber::from(&**owned)))
    }

    pub(super) fn update_laml(&self, caller: &Caller<'_>, sid: &str) -> Result<Answer> {
        let project = caller.project();
        let mut state = self.lock();
        if self.held(&state, &caller.context, sid).is_none() {
            return Err(unknown());
        }
        let settings = settings(caller)?;
        let owned = self.change(&mut state, project, (sid, &settings))?;
        Ok(json(StatusCode::OK, &IncomingPhoneNumber::from(&*owned)))
    }

    pub(super) fn release_laml(&self, caller: &Caller<'_>, sid: &str) -> Result<Answer> {
        let released = self.take_back(&mut self.lock(), &caller.context, sid);
        match released {
            Ok(()) => Ok(Answer::empty(StatusCode::NO_CONTENT)),
            Err(NotReleased::Unknown) => Err(unknown()),
            Err(NotReleased::Until(free)) => Err(LamlError::refused(
                "22121",
                format!(
                    "Number was purchased too recently to release. Please wait until {}.",
                    date_in_words(free)
                ),
            )),
        }
    }
}

/// `+` and 5 to 17 digits.
fn is_dialled(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (5..=17).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

/// The form as a body of the REST API.
fn settings(caller: &Caller<'_>) -> Result<Map<String, Value>> {
    let params = &caller.params;
    if let Some(name) = params.get("FriendlyName")
        && !(1..=LONGEST_NAME).contains(&name.chars().count())
    {
        return Err(LamlError::bad(
            "20002",
            "FriendlyName must be between 1 and 255 characters",
        ));
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
