//! What Twilio tells the owner of an account when a verification call has ended, and its signature.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue, Method};
use sha1::Sha1;
use url::Url;

use super::state::Validation;
use crate::carrier::{CallOutcome, Callback};
use crate::credentials::TWILIO_AUTH_TOKEN;

/// The number that verification calls come from.
const CALLER: &str = "+14155550199";

/// The request to make, if one was asked for.
pub(super) fn build(
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
