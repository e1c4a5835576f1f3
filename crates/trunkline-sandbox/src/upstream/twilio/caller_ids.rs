//! Caller IDs: the verification call, and what it leaves behind.

use std::sync::Arc;

use http::StatusCode;
use serde::Serialize;

use super::book::Row;
use super::error::{ApiError, Result};
use super::page::{self, PageRequest, Source};
use super::params::Params;
use super::settings::check_method;
use super::text::{cut_name, default_name, is_e164, is_web_address};
use super::{Context, Twilio, callback, json};
use crate::carrier::{CallOutcome, Settled};
use crate::exchange::Answer;
use crate::seed::scatter;

/// A number that an account may show.
#[derive(Clone, Debug)]
pub(super) struct CallerId {
    sid: String,
    account: String,
    number: String,
    name: String,
    date_created: String,
    date_updated: String,
}

impl Row for CallerId {
    fn sid(&self) -> &str {
        &self.sid
    }

    fn account(&self) -> &str {
        &self.account
    }
}

/// A verification call that has not ended.
#[derive(Clone, Debug)]
pub(super) struct Validation {
    pub(super) account: String,
    pub(super) call_sid: String,
    pub(super) number: String,
    name: String,
    code: String,
    /// Where the outcome is told, and by which method.
    pub(super) status_callback: Option<(String, http::Method)>,
}

impl Validation {
    /// A plus sign gets lost in URLs easily.
    fn is_of(&self, number: &str) -> bool {
        self.number.trim_start_matches('+') == number.trim_start_matches([' ', '+'])
    }
}

#[derive(Serialize)]
struct CallerIdDocument<'a> {
    sid: &'a str,
    account_sid: &'a str,
    friendly_name: &'a str,
    phone_number: &'a str,
    date_created: &'a str,
    date_updated: &'a str,
    uri: String,
}

impl<'a> From<&'a CallerId> for CallerIdDocument<'a> {
    fn from(caller_id: &'a CallerId) -> Self {
        Self {
            sid: &caller_id.sid,
            account_sid: &caller_id.account,
            friendly_name: &caller_id.name,
            phone_number: &caller_id.number,
            date_created: &caller_id.date_created,
            date_updated: &caller_id.date_updated,
            uri: format!(
                "/2010-04-01/Accounts/{}/OutgoingCallerIds/{}.json",
                caller_id.account, caller_id.sid
            ),
        }
    }
}

#[derive(Serialize)]
struct ValidationDocument<'a> {
    account_sid: &'a str,
    call_sid: &'a str,
    friendly_name: &'a str,
    phone_number: &'a str,
    validation_code: &'a str,
}

impl Twilio {
    pub(super) fn start_caller_id(&self, context: &Context<'_>) -> Result<Answer> {
        let params = Params::of_form(context.request);
        let account = context.caller.account.sid;
        let number = callee(params.filled("PhoneNumber").unwrap_or_default())?;
        check_call(&params)?;
        let status_callback = status_callback(&params)?;
        let issued = self.next();
        let validation = Validation {
            account: account.to_owned(),
            call_sid: super::text::sid("CA", self.seed, issued),
            name: params
                .filled("FriendlyName")
                .map_or_else(|| default_name(&number), cut_name),
            code: format!("{:06}", scatter(self.seed, issued) % 1_000_000),
            status_callback,
            number,
        };
        let number = &validation.number;
        let mut state = self.lock();
        if state
            .holders
            .get(number)
            .is_some_and(|(_, holder)| holder == account)
        {
            return Err(ApiError::bad(
                21_449,
                format!("{number} is a Twilio phone number of this account"),
            ));
        }
        if state
            .caller_ids
            .of(account)
            .any(|known| known.number == *number)
        {
            return Err(ApiError::bad(
                21_450,
                format!("{number} is already verified"),
            ));
        }
        // A new call makes the code of the last one worthless.
        state
            .validations
            .retain(|open| open.account != account || open.number != *number);
        state.validations.push(validation.clone());
        drop(state);
        let document = ValidationDocument {
            account_sid: account,
            call_sid: &validation.call_sid,
            friendly_name: &validation.name,
            phone_number: &validation.number,
            validation_code: &validation.code,
        };
        Ok(json(StatusCode::OK, &document))
    }

    pub(super) fn list_caller_ids(&self, context: &Context<'_>) -> Result<Answer> {
        let params = Params::of_query(context.request);
        let page = PageRequest::of(&params)?;
        let (number, name) = (params.filled("PhoneNumber"), params.filled("FriendlyName"));
        let cut = {
            let state = self.lock();
            page.cut(
                state
                    .caller_ids
                    .of(context.caller.account.sid)
                    .filter(|caller_id| {
                        number.is_none_or(|number| caller_id.number == number)
                            && name.is_none_or(|name| caller_id.name == name)
                    }),
            )?
        };
        let source = Source {
            path: &context.request.path,
            params: &params,
            collection: "outgoing_caller_ids",
        };
        Ok(page::answer(&source, &page, &cut, |caller_id| {
            CallerIdDocument::from(caller_id)
        }))
    }

    pub(super) fn get_caller_id(&self, context: &Context<'_>, sid: &str) -> Result<Answer> {
        let state = self.lock();
        let found = state
            .caller_ids
            .get(context.caller.account.sid, sid)
            .ok_or_else(|| context.not_found())?;
        Ok(json(StatusCode::OK, &CallerIdDocument::from(&**found)))
    }

    pub(super) fn update_caller_id(&self, context: &Context<'_>, sid: &str) -> Result<Answer> {
        let params = Params::of_form(context.request);
        let mut state = self.lock();
        let found = state
            .caller_ids
            .get(context.caller.account.sid, sid)
            .ok_or_else(|| context.not_found())?;
        let mut new = CallerId::clone(found);
        if let Some(name) = params.get("FriendlyName") {
            new.name = if name.is_empty() {
                default_name(&new.number)
            } else {
                cut_name(name)
            };
            new.date_updated = self.written_now();
        }
        let new = Arc::new(new);
        state.caller_ids.replace(Arc::clone(&new));
        Ok(json(StatusCode::OK, &CallerIdDocument::from(&*new)))
    }

    pub(super) fn delete_caller_id(&self, context: &Context<'_>, sid: &str) -> Result<Answer> {
        let mut state = self.lock();
        state
            .caller_ids
            .get(context.caller.account.sid, sid)
            .ok_or_else(|| context.not_found())?;
        state.caller_ids.remove(sid);
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }

    pub(super) fn open_code(&self, number: &str) -> Option<String> {
        let state = self.lock();
        state
            .validations
            .iter()
            .rev()
            .find(|open| open.is_of(number))
            .map(|open| open.code.clone())
    }

    pub(super) fn settle(&self, number: &str, outcome: CallOutcome) -> Option<Settled> {
        let mut state = self.lock();
        let at = state
            .validations
            .iter()
            .rposition(|open| open.is_of(number))?;
        let call = state.validations.remove(at);
        let caller_id = (outcome == CallOutcome::Verified).then(|| {
            let now = self.written_now();
            let row = CallerId {
                sid: self.new_sid("PN"),
                account: call.account.clone(),
                number: call.number.clone(),
                name: call.name.clone(),
                date_created: now.clone(),
                date_updated: now,
            };
            let sid = row.sid.clone();
            state.caller_ids.insert(Arc::new(row));
            sid
        });
        drop(state);
        let callback = callback::build(&call, outcome, caller_id.as_deref());
        Some(Settled {
            caller_id,
            callback,
        })
    }
}

/// The number to call; ten digits in any dress are taken as North American.
fn callee(text: &str) -> Result<String> {
    if is_e164(text) {
        return Ok(text.to_owned());
    }
    let dressed = text
        .chars()
        .all(|c| c.is_ascii_digit() || " ()-.".contains(c));
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if dressed && digits.len() == 10 && digits.as_str() >= "2" {
        return Ok(format!("+1{digits}"));
    }
    Err(ApiError::bad(
        21_401,
        format!("Phone number {text:?} is invalid"),
    ))
}

fn check_call(params: &Params) -> Result<()> {
    if let Some(delay) = params.filled("CallDelay")
        && !delay.parse::<u32>().is_ok_and(|seconds| seconds <= 60)
    {
        return Err(ApiError::bad(
            21_454,
            format!("CallDelay {delay} is not between 0 and 60"),
        ));
    }
    if let Some(extension) = params.filled("Extension")
        && !extension
            .chars()
            .all(|c| c.is_ascii_digit() || "*#w,".contains(c))
    {
        return Err(ApiError::parameter("Extension", extension));
    }
    Ok(())
}

fn status_callback(params: &Params) -> Result<Option<(String, http::Method)>> {
    let method = params.filled("StatusCallbackMethod").unwrap_or("POST");
    check_method("StatusCallbackMethod", method)?;
    let method = if method == "GET" {
        http::Method::GET
    } else {
        http::Method::POST
    };
    match params.filled("StatusCallback") {
        None => Ok(None),
        Some(url) if is_web_address(url) => Ok(Some((url.to_owned(), method))),
        Some(url) => Err(ApiError::bad(
            21_456,
            format!("StatusCallback {url} is not a valid URL"),
        )),
    }
}
