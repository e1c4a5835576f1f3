//! What a person does in Twilio's console, as requests to the API.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{Method, header};

use super::{Twilio, accounts};
use crate::console::{ConsoleChange, ConsoleError, Step};
use crate::credentials::{TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN};
use crate::exchange::Request;
use crate::provider::ProviderKind;

const FORM: &str = "application/x-www-form-urlencoded";

impl Twilio {
    pub(super) fn console_step(
        &self,
        number: &str,
        step: Step<'_>,
    ) -> Result<Request, ConsoleError> {
        let holder = self.lock().holders.get(number).cloned();
        if matches!(step, Step::Buy) {
            if holder.is_some() {
                return Err(ConsoleError::number("somebody holds it already"));
            }
            let request = request(Method::POST, TWILIO_ACCOUNT_SID, "");
            return Ok(request.with_body(FORM, form(&[("PhoneNumber", Some(number))])));
        }
        let (sid, account) = holder.ok_or(ConsoleError::NotHeld)?;
        let request = |method| request(method, &account, &format!("/{sid}"));
        match step {
            Step::Change(change) => Ok(request(Method::POST).with_body(FORM, changes(change)?)),
            Step::Release => Ok(request(Method::DELETE)),
            Step::Show | Step::Buy => Ok(request(Method::GET)),
        }
    }
}

fn changes(change: &ConsoleChange) -> Result<String, ConsoleError> {
    change.only(
        ProviderKind::Twilio,
        &["label", "routing", "price", "owner"],
    )?;
    Ok(form(&[
        ("FriendlyName", change.label.as_deref()),
        ("VoiceUrl", change.web_address()?),
        ("AccountSid", change.owner.as_deref()),
    ]))
}

fn form(fields: &[(&str, Option<&str>)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    let filled = fields.iter();
    form.extend_pairs(filled.filter_map(|(name, value)| Some((name, (*value)?))));
    form.finish()
}

/// A request about the numbers of an account, by who may move them.
fn request(method: Method, account: &str, below: &str) -> Request {
    let parent = accounts::find(account).and_then(|account| account.parent);
    let login = format!("{}:{TWILIO_AUTH_TOKEN}", parent.unwrap_or(account));
    let path = format!("/2010-04-01/Accounts/{account}/IncomingPhoneNumbers{below}.json");
    Request::internal(method, &path).with_header(
        header::AUTHORIZATION,
        format!("Basic {}", STANDARD.encode(login)),
    )
}
