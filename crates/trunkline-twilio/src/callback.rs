//! What Twilio posts when a verification call has ended.

use secrecy::SecretString;
use serde::Deserialize;
use trunkline_core::{Callback, CallerId, CallerIdState, Error, ErrorKind, Result};
use trunkline_http::auth::is_hmac_sha1;

/// The base64 HMAC-SHA1, under the account's auth token, of the address that Twilio was given followed by the name and
/// value of each parameter of the form, in the order of the names (see Twilio's "Validating requests").
pub(crate) const SIGNATURE: &str = "x-twilio-signature";

/// Refuses what Twilio did not sign for this account and address. Errors: `PermissionDenied`.
pub(crate) fn check_signature(
    auth_token: Option<&SecretString>,
    url: &str,
    callback: &Callback,
) -> Result<()> {
    let denied = |why| Error::new(ErrorKind::PermissionDenied, why);
    let token = auth_token.ok_or_else(|| {
        denied("Twilio signs with the auth token, and this account signs in with an API key")
    })?;
    let signature = callback
        .header(SIGNATURE)
        .ok_or_else(|| denied("the callback has no X-Twilio-Signature"))?;
    let form = in_order(&callback.form);
    let is_signed = |url: &str| is_hmac_sha1(token, &format!("{url}{form}"), signature);
    if is_signed(url) || other_port(url).is_some_and(|url| is_signed(&url)) {
        return Ok(());
    }
    Err(denied("X-Twilio-Signature is not of this callback"))
}

/// How the call went that was started so. Errors: `PermissionDenied` for another account's; `Conflict` for another
/// call; `InvalidRequest` if it is not said.
pub(crate) fn outcome(
    account_sid: &str,
    callback: &Callback,
    started: &CallerId,
) -> Result<CallerIdState> {
    #[derive(Default, Deserialize)]
    struct Started {
        call_sid: Option<String>,
    }

    let is_other = |name, wanted: &str| {
        callback
            .parameter(name)
            .is_some_and(|value| value != wanted)
    };
    if is_other("AccountSid", account_sid) {
        let message = "the callback is of another account";
        return Err(Error::new(ErrorKind::PermissionDenied, message));
    }
    // Unknown if the answer to the start was lost: the address is of this call alone.
    let kept: Started = serde_json::from_str(started.provider_data.as_json()).unwrap_or_default();
    let other_call = kept.call_sid.is_some_and(|sid| is_other("CallSid", &sid));
    let other_number = started
        .number
        .as_deref()
        .is_some_and(|to| is_other("To", to));
    if other_call || other_number {
        return Err(Error::new(
            ErrorKind::Conflict,
            "the callback is of another call",
        ));
    }
    match callback.parameter("VerificationStatus") {
        Some("success") => Ok(CallerIdState::Verified),
        Some("failed") => Ok(CallerIdState::Failed),
        _ => Err(Error::invalid("VerificationStatus", "success or failed")),
    }
}

/// Names and values as they are signed: in order, and what comes twice once.
fn in_order(form: &[(String, String)]) -> String {
    let mut sorted: Vec<_> = form.iter().collect();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
        .into_iter()
        .flat_map(|(name, value)| [name.as_str(), value.as_str()])
        .collect()
}

/// The address with its port left out, or with the scheme's own said: Twilio's libraries know both.
fn other_port(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let port = authority.rsplit_once(':');
    let authority = match port.filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())) {
        Some((host, _)) => host.to_owned(),
        None if scheme == "https" => format!("{authority}:443"),
        None => format!("{authority}:80"),
    };
    Some(format!("{scheme}://{authority}{path}"))
}

#[cfg(test)]
mod tests {
    use trunkline_core::{CallerIdMethod, ProviderData};

    use super::*;

    const ACCOUNT: &str = "AC00000000000000000000000000000000";
    const URL: &str = "https://numbers.example.com/v1/callbacks/us-main/cb_x";

    fn callback(form: &[(&str, &str)], signature: &str) -> Callback {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Callback {
            headers: vec![(SIGNATURE.to_owned(), signature.to_owned())],
            form: form.iter().map(own).collect(),
            ..Callback::default()
        }
    }

    fn started() -> CallerId {
        let number = "+14155550177".parse().unwrap();
        let account = "us-main".parse().unwrap();
        let method = CallerIdMethod::CallEnterCode;
        let mut started = CallerId::new(account, number, method, CallerIdState::Pending);
        started.provider_data = ProviderData::of(&serde_json::json!({"call_sid": "CA1"})).unwrap();
        started
    }

    fn kind_of(form: &[(&str, &str)]) -> ErrorKind {
        let refused = outcome(ACCOUNT, &callback(form, ""), &started());
        refused.unwrap_err().kind()
    }

    #[test]
    fn the_signature_is_of_address_and_sorted_form() {
        // printf 'https://numbers.example.com/v1/callbacks/us-main/cb_xCallSidCA1To+14155550177' |
        //   openssl dgst -sha1 -hmac secret -binary | base64
        let signature = "6In+O95uKIsQMkeheq6zNI12mg4=";
        let form = [("To", "+14155550177"), ("CallSid", "CA1")];
        let token = SecretString::from("secret");
        let check = |url: &str, form: &[(&str, &str)], signature: &str| {
            check_signature(Some(&token), url, &callback(form, signature))
        };
        assert!(check(URL, &form, signature).is_ok());
        let twice = [form.as_slice(), &form[..1]].concat();
        assert!(
            check(URL, &twice, signature).is_ok(),
            "what comes twice is signed once"
        );
        let changed = [("To", "+14155550178"), ("CallSid", "CA1")];
        let refused = check(URL, &changed, signature).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
        assert!(check(&format!("{URL}?a=1"), &form, signature).is_err());
        assert!(check(URL, &form, "").is_err());
        assert!(check(URL, &form, "AAAAAAAAAAAAAAAAAAAAAAAAAAA=").is_err());
    }

    proptest::proptest! {
        #[test]
        fn callback_without_signature_or_outcome_is_rejected(
            form in proptest::collection::vec(
                ("(AccountSid|CallSid|To|VerificationStatus|[ -~]{0,9}|.{0,4})", "(success|failed|CA1|[ -~]{0,12}|.{0,4})"),
                0..8,
            ),
            url in "(https?://)?[ -~]{0,40}",
            signature in "[A-Za-z0-9+/=]{0,30}|.{0,10}",
        ) {
            let came = Callback { form: form.clone(), ..callback(&[], &signature) };
            let token = SecretString::from("secret");
            proptest::prop_assert!(check_signature(Some(&token), &url, &came).is_err());
            let said: Vec<_> = form.iter().filter(|(name, _)| name == "VerificationStatus").collect();
            let told = outcome(ACCOUNT, &came, &started());
            proptest::prop_assert!(told.is_err() || matches!(&said[..], [(_, word)] if word == "success" || word == "failed"));
        }
    }

    #[test]
    fn default_port_may_be_signed_or_not() {
        assert_eq!(
            other_port("https://h.example/a?b").as_deref(),
            Some("https://h.example:443/a?b")
        );
        assert_eq!(
            other_port("http://h.example:8080/a").as_deref(),
            Some("http://h.example/a")
        );
        assert_eq!(
            other_port("http://[::1]/a").as_deref(),
            Some("http://[::1]:80/a")
        );
        assert_eq!(
            other_port("http://[::1]:80").as_deref(),
            Some("http://[::1]")
        );
        assert_eq!(other_port("no address"), None);
    }

    #[test]
    fn signature_without_an_auth_token_is_invalid() {
        let refused = check_signature(None, URL, &callback(&[], "x")).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
    }

    #[test]
    fn the_outcome_is_of_this_account_and_call() {
        let of = |status| {
            let form = [
                ("CallSid", "CA1"),
                ("To", "+14155550177"),
                ("VerificationStatus", status),
            ];
            outcome(ACCOUNT, &callback(&form, ""), &started())
        };
        assert_eq!(of("success").unwrap(), CallerIdState::Verified);
        assert_eq!(of("failed").unwrap(), CallerIdState::Failed);
        assert_eq!(of("maybe").unwrap_err().kind(), ErrorKind::InvalidRequest);
        let success = ("VerificationStatus", "success");
        assert_eq!(
            kind_of(&[("AccountSid", "AC1"), success]),
            ErrorKind::PermissionDenied
        );
        assert_eq!(kind_of(&[("CallSid", "CA2"), success]), ErrorKind::Conflict);
        assert_eq!(
            kind_of(&[("To", "+14155550178"), success]),
            ErrorKind::Conflict
        );
        assert_eq!(kind_of(&[success, success]), ErrorKind::InvalidRequest);
    }

    #[test]
    fn a_call_whose_start_was_not_answered_is_known_by_its_address() {
        let mut unanswered = started();
        unanswered.provider_data = ProviderData::default();
        let form = [("CallSid", "CA9"), ("VerificationStatus", "success")];
        let told = outcome(ACCOUNT, &callback(&form, ""), &unanswered).unwrap();
        assert_eq!(told, CallerIdState::Verified);
    }
}
