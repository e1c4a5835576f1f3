//! What a person does in Twilio's console, as requests to the API.

use http::Method;

use super::accounts;
use super::state::Twilio;
use crate::carrier::Console;
use crate::console::{ConsoleError, Step};
use crate::credentials::{TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN};
use crate::exchange::Request;

impl Console for Twilio {
    fn console(&self, number: &str, step: Step<'_>) -> Result<Request, ConsoleError> {
        let holder = self.lock().holders.get(number).cloned();
        if matches!(step, Step::Buy) {
            if holder.is_some() {
                return Err(ConsoleError::number("somebody holds it already"));
            }
            let request = request(Method::POST, TWILIO_ACCOUNT_SID, "");
            return Ok(request.with_form(&[("PhoneNumber", Some(number))]));
        }
        let (sid, account) = holder.ok_or(ConsoleError::NotHeld)?;
        let request = request(step.method(Method::POST), &account, &format!("/{sid}"));
        let Step::Change(change) = step else {
            return Ok(request);
        };
        Ok(request.with_form(&[
            ("FriendlyName", change.label.as_deref()),
            ("VoiceUrl", change.web_address()?),
            ("AccountSid", change.owner.as_deref()),
        ]))
    }
}

/// A request about the numbers of an account, by who may move them.
fn request(method: Method, account: &str, below: &str) -> Request {
    let parent = accounts::find(account).and_then(|account| account.parent);
    let path = format!("/2010-04-01/Accounts/{account}/IncomingPhoneNumbers{below}.json");
    Request::internal(method, &path).with_basic(parent.unwrap_or(account), TWILIO_AUTH_TOKEN)
}
