//! Caller IDs: the verification call, what it leaves behind, and the callback to the account's owner.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue, Method};
use sha1::Sha1;
use url::Url;

use super::error::{ApiError, Result, refuse};
use super::page::List;
use super::settings::check_method;
use super::state::{CallerId, Context, Twilio, Validation};
use super::text::{cut_name, default_name};
use crate::carrier::{CallOutcome, Callback, Calls, Settled};
use crate::credentials::TWILIO_AUTH_TOKEN;
use crate::exchange::Answer;
use crate::json::{Object, object};
use crate::query::Query;
use crate::seed::scatter;
use crate::text::{is_digits, is_e164, is_web_address};

impl Validation {
    /// A plus sign gets lost in URLs easily.
    fn is_of(&self, number: &str) -> bool {
        self.number.trim_start_matches('+') == number.trim_start_matches([' ', '+'])
    }
}

fn document(caller_id: &CallerId) -> Object {
    let (account, sid) = (&caller_id.account, &caller_id.sid);
    object! {
        "sid": sid,
        "account_sid": account,
        "friendly_name": &caller_id.name,
        "phone_number": &caller_id.number,
        "date_created": &caller_id.date_created,
        "date_updated": &caller_id.date_updated,
        "uri": format!("/2010-04-01/Accounts/{account}/OutgoingCallerIds/{sid}.json"),
    }
}

impl Twilio {
    pub(super) fn start_caller_id(&self, context: &Context<'_>) -> Result<Answer> {
        let params = Query::of_form(context.request);
        let account = context.account();
        let number = callee(params.filled("PhoneNumber").unwrap_or_default())?;
        check_call(&params)?;
        let status_callback = status_callback(&params)?;
        let bits = scatter(self.options.seed, self.next());
        let name = params.filled("FriendlyName");
        let validation = Validation {
            account: account.to_owned(),
            call_sid: format!("CA{bits:032x}"),
            name: name.map_or_else(|| default_name(&number), cut_name),
            code: format!("{:06}", bits % 1_000_000),
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
            let message = format!("{number} is a Twilio phone number of this account");
            return refuse(21_449, message);
        }
        if state
            .caller_ids
            .of(account)
            .any(|known| known.number == *number)
        {
            return refuse(21_450, format!("{number} is already verified"));
        }
        // A new call makes the code of the last one worthless.
        let others = |open: &Validation| open.account != account || open.number != *number;
        state.validations.retain(others);
        state.validations.push(validation.clone());
        drop(state);
        Ok(Answer::ok_utf8(&object! {
            "account_sid": account,
            "call_sid": &validation.call_sid,
            "friendly_name": &validation.name,
            "phone_number": &validation.number,
            "validation_code": &validation.code,
        }))
    }

    pub(super) fn list_caller_ids(&self, context: &Context<'_>) -> Result<Answer> {
        let params = context.query();
        let list = List::of(context, &params, "outgoing_caller_ids")?;
        let is = |name: &str, value: &str| params.filled(name).is_none_or(|wanted| wanted == value);
        let cut = list.cut(&self.lock().caller_ids, |caller_id| {
            is("PhoneNumber", &caller_id.number) && is("FriendlyName", &caller_id.name)
        })?;
        Ok(list.answer(&cut, document))
    }

    pub(super) fn get_caller_id(&self, context: &Context<'_>) -> Result<Answer> {
        let state = self.lock();
        let found = context.find(&state.caller_ids)?;
        Ok(Answer::ok_utf8(&document(found)))
    }

    pub(super) fn update_caller_id(&self, context: &Context<'_>) -> Result<Answer> {
        let params = Query::of_form(context.request);
        let mut state = self.lock();
        let mut new = CallerId::clone(context.find(&state.caller_ids)?);
        if let Some(name) = params.get("FriendlyName") {
            new.name = match name {
                "" => default_name(&new.number),
                _ => cut_name(name),
            };
            new.date_updated = self.date_now();
        }
        let new = state.caller_ids.replace(new);
        Ok(Answer::ok_utf8(&document(&new)))
    }

    pub(super) fn delete_caller_id(&self, context: &Context<'_>) -> Result<Answer> {
        let mut state = self.lock();
        context.find(&state.caller_ids)?;
        state.caller_ids.remove(context.id());
        Ok(Answer::no_content())
    }
}

impl Calls for Twilio {
    fn validation_code(&self, number: &str) -> Option<String> {
        let state = self.lock();
        let open = state.validations.iter().rfind(|open| open.is_of(number))?;
        Some(open.code.clone())
    }

    fn answer_caller_id(&self, number: &str, outcome: CallOutcome) -> Option<Settled> {
        let mut state = self.lock();
        let mut open = state.validations.iter();
        let at = open.rposition(|open| open.is_of(number))?;
        let call = state.validations.remove(at);
        let caller_id = (outcome == CallOutcome::Verified).then(|| {
            let now = self.date_now();
            let row = state.caller_ids.insert(CallerId {
                sid: self.new_sid("PN"),
                account: call.account.clone(),
                number: call.number.clone(),
                name: call.name.clone(),
                date_created: now.clone(),
                date_updated: now,
            });
            row.sid.clone()
        });
        drop(state);
        let callback = callback(&call, outcome, caller_id.as_deref());
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
    refuse(21_401, format!("Phone number {text:?} is invalid"))
}

fn check_call(params: &Query) -> Result<()> {
    if let Some(delay) = params.filled("CallDelay")
        && !delay.parse::<u32>().is_ok_and(|seconds| seconds <= 60)
    {
        return refuse(21_454, format!("CallDelay {delay} is not between 0 and 60"));
    }
    let extension = params.filled("Extension").unwrap_or_default();
    if !is_digits(&extension.replace(['*', '#', 'w', ','], "")) {
        return Err(ApiError::parameter("Extension", extension));
    }
    Ok(())
}

fn status_callback(params: &Query) -> Result<Option<(String, Method)>> {
    let method = params.filled("StatusCallbackMethod").unwrap_or("POST");
    check_method("StatusCallbackMethod", method)?;
    let method = match method {
        "GET" => Method::GET,
        _ => Method::POST,
    };
    match params.filled("StatusCallback") {
        None => Ok(None),
        Some(url) if is_web_address(url) => Ok(Some((url.to_owned(), method))),
        Some(url) => refuse(21_456, format!("StatusCallback {url} is not a valid URL")),
    }
}

/// The number that verification calls come from.
const CALLER: &str = "+14155550199";

/// The request to make, if one was asked for.
pub(super) fn callback(
    call: &Validation,
    outcome: CallOutcome,
    caller_id: Option<&str>,
) -> Option<Callback> {
    let (address, method) = call.status_callback.clone()?;
    let mut url = Url::parse(&address).ok()?;
    let params = params(call, outcome, caller_id);
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(&params);
    let form = form.finish();
    let mut headers = HeaderMap::new();
    headers.insert("user-agent", HeaderValue::from_static("TwilioProxy/1.1"));
    let (signature, body) = if method == Method::GET {
        let query = url
            .query()
            .map_or_else(|| form.clone(), |own| format!("{own}&{form}"));
        url.set_query(Some(&query));
        (sign(url.as_str(), &[]), String::new())
    } else {
        let value = HeaderValue::from_static("application/x-www-form-urlencoded; charset=UTF-8");
        headers.insert("content-type", value);
        (sign(&address, &params), form)
    };
    headers.insert("x-twilio-signature", HeaderValue::try_from(signature).ok()?);
    Some(Callback {
        method,
        url,
        headers,
        body,
    })
}

fn params(
    call: &Validation,
    outcome: CallOutcome,
    caller_id: Option<&str>,
) -> Vec<(&'static str, String)> {
    let text = |value: &str| value.to_owned();
    let answered = outcome != CallOutcome::NoAnswer;
    let verified = outcome == CallOutcome::Verified;
    let mut params = vec![
        ("CallSid", text(&call.call_sid)),
        ("AccountSid", text(&call.account)),
        ("To", text(&call.number)),
        ("Called", text(&call.number)),
        ("From", text(CALLER)),
        ("Caller", text(CALLER)),
        (
            "CallStatus",
            text(if answered { "completed" } else { "no-answer" }),
        ),
        ("Direction", text("outbound-api")),
        ("ApiVersion", text("2010-04-01")),
        (
            "VerificationStatus",
            text(if verified { "success" } else { "failed" }),
        ),
    ];
    if let Some(sid) = caller_id {
        params.push(("OutgoingCallerIdSid", text(sid)));
    }
    params
}

/// The base64 HMAC-SHA1 of the URL followed by every parameter's name and value, in the order of the names.
fn sign(url: &str, params: &[(&'static str, String)]) -> String {
    let mut sorted: Vec<_> = params.iter().collect();
    sorted.sort();
    let mut text = url.to_owned();
    for (name, value) in sorted {
        text.push_str(name);
        text.push_str(value);
    }
    // An HMAC takes keys of every length.
    Hmac::<Sha1>::new_from_slice(TWILIO_AUTH_TOKEN.as_bytes()).map_or_else(
        |_| String::new(),
        |mut mac| {
            mac.update(text.as_bytes());
            STANDARD.encode(mac.finalize().into_bytes())
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNATURE: &str = "sLKHUnH0TuoTGf95Z04keHBrhVs=";

    #[test]
    fn the_signature_covers_url_and_sorted_parameters() {
        // From `printf 'http://h/cba1b2' | openssl dgst -sha1 -hmac sandbox -binary | base64`.
        let params = [("b", "2".to_owned()), ("a", "1".to_owned())];
        assert_eq!(sign("http://h/cb", &params), SIGNATURE);
    }
}
