//! Signing in at wazo-auth: a user and a password become a token that lasts a while.

use std::time::Duration;

use async_trait::async_trait;
use http::{HeaderMap, HeaderName};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::json;
use trunkline_core::vault::Tokens;
use trunkline_core::{Error, ErrorKind, Operation, Result};
use trunkline_http::{ApiRequest, Auth, Grant, HttpClient, Limits, Profile};

use crate::{error, wire};

/// What Wazo's tokens are sent in.
pub(crate) const TOKEN_HEADER: HeaderName = HeaderName::from_static("x-auth-token");

/// How long a token is asked to last, in seconds; Wazo's own default.
const EXPIRATION: u32 = 7_200;

/// A user of a stack.
#[derive(Debug)]
pub(crate) struct Login {
    client: HttpClient,
    secrets: Vec<SecretString>,
}

impl Login {
    /// The user at the stack of this profile, whose own credential is not used.
    ///
    /// # Errors
    /// `Config` naming what is wrong with the profile.
    pub(crate) fn new(profile: Profile, username: &str, password: SecretString) -> Result<Self> {
        let auth = Auth::Basic {
            user: username.to_owned(),
            password,
        };
        let secrets = auth.secrets();
        let client = HttpClient::new(Profile {
            auth,
            // The rate is the directory's; a login must not wait for its turn there.
            limits: Limits::default(),
            quota: None,
            headers: HeaderMap::new(),
            explain: error::explain_login,
            refine: |error| error,
            ..profile
        })?;
        Ok(Self { client, secrets })
    }
}

/// The pipeline has no operation for a login, which is part of the call that needs the token. A token too many does no harm.
fn request() -> Result<ApiRequest> {
    let request = ApiRequest::post(Operation::CheckHealth, "api/auth/0.1/token");
    let request = request.json(&json!({"expiration": EXPIRATION}))?;
    Ok(request.replay_safe())
}

#[async_trait]
impl Grant for Login {
    async fn issue(&self, _current: Option<&Tokens>) -> Result<Tokens> {
        let answer = self.client.send(request()?).await.map_err(refused)?;
        let issued: wire::Issued = answer.json()?;
        let lasts = lifetime(&issued.data);
        Ok(Tokens {
            access: issued.data.token,
            refresh: None,
            // Renewed after four fifths of its life, by our clock whatever the stack's says.
            expires_at: Timestamp::now().checked_add(lasts * 4 / 5).ok(),
            renew_at: None,
        })
    }

    fn margin(&self) -> Duration {
        Duration::ZERO
    }

    fn header(&self) -> HeaderName {
        TOKEN_HEADER
    }

    fn secrets(&self) -> Vec<SecretString> {
        self.secrets.clone()
    }
}

/// How long the token lasts: wazo-auth says so in UTC, but does not write the `Z`.
fn lifetime(token: &wire::Token) -> Duration {
    let utc = |text: &Option<String>| {
        let text = text.as_deref()?.trim_end_matches('Z');
        format!("{text}Z").parse::<Timestamp>().ok()
    };
    let ends = utc(&token.utc_expires_at);
    let lasts = ends.zip(utc(&token.utc_issued_at));
    lasts
        .and_then(|(ends, begins)| Duration::try_from(ends.duration_since(begins)).ok())
        .unwrap_or_else(|| Duration::from_secs(EXPIRATION.into()))
}

/// A refusal at wazo-auth is about the login, and never about the number that it was for.
fn refused(error: Error) -> Error {
    let passing = [
        ErrorKind::RateLimited,
        ErrorKind::Timeout,
        ErrorKind::UpstreamUnavailable,
        ErrorKind::Protocol,
    ];
    if passing.contains(&error.kind()) {
        return error;
    }
    let message = "wazo-auth issues no token: check base_url, username and password";
    let refusal = Error::new(ErrorKind::CredentialRefused, message);
    match error.upstream().cloned() {
        Some(upstream) => refusal.with_upstream(upstream),
        None => refusal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lasts(issued: Option<&str>, expires: Option<&str>) -> u64 {
        let token = wire::Token {
            token: "t".into(),
            utc_issued_at: issued.map(str::to_owned),
            utc_expires_at: expires.map(str::to_owned),
        };
        lifetime(&token).as_secs()
    }

    proptest::proptest! {
        #[test]
        fn token_with_any_times_has_a_lifetime(
            from in "(-?[0-9]{1,6}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9](\\.[0-9]{1,9})?Z?|[ -~]{0,20})",
            to in "(-?[0-9]{1,6}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9](\\.[0-9]{1,9})?Z?|.{0,20})",
        ) {
            // Four fifths of it can be counted from now, or it is asked for anew each time.
            let lasts = Duration::from_secs(lasts(Some(&from), Some(&to)));
            let _ = Timestamp::now().checked_add(lasts * 4 / 5);
        }

        #[test]
        fn an_answer_of_wazo_auth_is_read_or_refused(
            token in "[ -~]{0,12}",
            ends in proptest::option::of("[ -~]{0,30}"),
            cut in 0..200_usize,
        ) {
            let text = serde_json::json!({"data": {"token": token, "utc_expires_at": ends}}).to_string();
            let cut = &text[..cut.min(text.len())];
            let whole = serde_json::from_str::<wire::Issued>(&text);
            proptest::prop_assert!(whole.is_ok());
            proptest::prop_assert!(cut == text || serde_json::from_str::<wire::Issued>(cut).is_err());
        }
    }

    #[test]
    fn a_token_lasts_as_long_as_wazo_auth_says_by_its_own_clock() {
        let (from, to) = ("2026-11-20T10:00:00.000000", "2026-11-20T10:10:00.000000");
        assert_eq!(lasts(Some(from), Some(to)), 600);
        assert_eq!(lasts(Some(&format!("{from}Z")), Some(to)), 600);
    }

    #[test]
    fn token_with_invalid_times_has_the_requested_lifetime() {
        let (from, to) = ("2026-11-20T10:00:00", "2026-11-20T09:00:00");
        assert_eq!(lasts(Some(from), Some(to)), 7_200);
        assert_eq!(lasts(None, Some("tomorrow")), 7_200);
    }
}
