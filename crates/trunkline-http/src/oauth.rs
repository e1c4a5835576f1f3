//! OAuth 2.0 at a carrier's token endpoint: refresh tokens that rotate, and client credentials (RFC 6749, 4.4 and 6).

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};
use sha2::{Digest, Sha256};
use trunkline_core::vault::Tokens;
use trunkline_core::{Error, ErrorKind, Operation, Result, Retry};

use crate::renew::Grant;
use crate::secret::exposed;
use crate::{ApiRequest, Auth, Explained, HttpClient, Profile, Timeouts};

/// How long a token request may take: less than the lease that a renewal is made under.
const TOKEN_TIMEOUT: Duration = Duration::from_secs(8);

/// How the carrier wants the body of a token request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenBody {
    /// `application/x-www-form-urlencoded`, as the standard has it.
    Form,
    /// `application/json`.
    Json,
}

/// An OAuth client that has been let into an account.
#[derive(Debug)]
pub struct OAuthGrant {
    client: HttpClient,
    path: String,
    body: TokenBody,
    client_id: String,
    client_secret: SecretString,
    /// The first refresh token; without one the client's own credentials are used.
    refresh_token: Option<SecretString>,
    /// More parameters of the request, for example `scope`.
    extra: Vec<(&'static str, String)>,
    margin: Duration,
}

#[derive(Deserialize)]
struct Issued {
    access_token: SecretString,
    #[serde(default)]
    refresh_token: Option<SecretString>,
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<u64>,
}

/// Seconds, also written as a text or with a fraction. What can't be read must not cost a token that was just issued:
/// with it goes the refresh token, of which there is no second.
fn seconds<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Option<u64>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    let text = match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    let whole = text.trim().split('.').next().unwrap_or_default();
    Ok(whole.parse().ok())
}

impl OAuthGrant {
    /// A client at the token endpoint `path` below the base URL of `profile`, whose own credential is not used.
    /// Tokens are renewed five minutes before their end, or after half their life.
    ///
    /// # Errors
    /// `Config` as for [`HttpClient::new`].
    pub fn new(
        profile: Profile,
        path: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: SecretString,
    ) -> Result<Self> {
        let profile = Profile {
            auth: Auth::InBody(vec![client_secret.clone()]),
            quota: None,
            timeouts: Timeouts {
                once: TOKEN_TIMEOUT,
                ..profile.timeouts
            },
            // Its words may echo a token.
            explain: Explained::by_status,
            refine: |error| error,
            ..profile
        };
        Ok(Self {
            client: HttpClient::new(profile)?,
            path: path.into(),
            body: TokenBody::Form,
            client_id: client_id.into(),
            client_secret,
            refresh_token: None,
            extra: Vec::new(),
            margin: Duration::from_secs(300),
        })
    }

    /// Sends JSON, or a form again.
    #[must_use]
    pub fn with_body(mut self, body: TokenBody) -> Self {
        self.body = body;
        self
    }

    /// Begins with this refresh token where none has been kept.
    #[must_use]
    pub fn with_refresh_token(mut self, token: SecretString) -> Self {
        self.refresh_token = Some(token);
        self
    }

    /// Adds a parameter that is no secret, for example `scope`.
    #[must_use]
    pub fn with_parameter(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.extra.push((name, value.into()));
        self
    }

    /// What its tokens are called in a vault: another name for another refresh token configured, so that a new one
    /// takes the place of what was kept.
    #[must_use]
    pub fn vault_name(&self, identity: &str) -> String {
        let secret = self.refresh_token.as_ref().unwrap_or(&self.client_secret);
        let hash = Sha256::digest(exposed(secret));
        let mark: String = hash
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let provider = &self.client.profile().provider;
        format!("{provider}/{identity}/{}/{mark}", self.client_id)
    }

    fn request(&self, refresh: Option<&SecretString>) -> Result<ApiRequest> {
        let grant = if refresh.is_some() {
            "refresh_token"
        } else {
            "client_credentials"
        };
        let mut pairs = vec![
            ("grant_type", grant.to_owned()),
            ("client_id", self.client_id.clone()),
            ("client_secret", exposed(&self.client_secret).to_owned()),
        ];
        pairs.extend(refresh.map(|token| ("refresh_token", exposed(token).to_owned())));
        pairs.extend(self.extra.iter().cloned());
        let request = ApiRequest::post(Operation::CheckHealth, self.path.clone());
        match self.body {
            TokenBody::Form => Ok(request.form(pairs)),
            TokenBody::Json => {
                let pairs: std::collections::BTreeMap<_, _> = pairs.into_iter().collect();
                request.json(&pairs)
            }
        }
    }
}

#[async_trait]
impl Grant for OAuthGrant {
    async fn issue(&self, current: Option<&Tokens>) -> Result<Tokens> {
        let kept = current.and_then(|tokens| tokens.refresh.as_ref());
        let refresh = match self.refresh_token {
            Some(_) => kept.or(self.refresh_token.as_ref()),
            None => None,
        };
        let answer = self.client.send(self.request(refresh)?).await;
        let issued: Issued = answer.map_err(refused)?.json()?;
        let lasts = issued.expires_in.map(Duration::from_secs);
        Ok(Tokens {
            access: issued.access_token,
            // One that is not replaced stays good (RFC 6749, 6).
            refresh: issued.refresh_token.or_else(|| refresh.cloned()),
            expires_at: lasts.and_then(|lasts| Timestamp::now().checked_add(lasts).ok()),
            renew_at: None,
        })
    }

    fn margin(&self) -> Duration {
        self.margin
    }
}

/// A refusal at the token endpoint is about the credential, whatever its status.
fn refused(error: Error) -> Error {
    let client_error = error
        .upstream()
        .is_some_and(|upstream| matches!(upstream.status, Some(400..=404)));
    if !client_error {
        return error;
    }
    Error::new(
        ErrorKind::CredentialRefused,
        "the carrier issues no token: the refresh token or the client is no longer good, authorize the client again",
    )
    .with_retry(Retry::Never)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn token_is_read_beside_any_other_members(
            life in "-?[0-9]{1,22}(\\.[0-9]{1,3})?(e[0-9]{1,3})?|null|true|\\[[0-9,]{0,3}\\]|\"[ !#-Z]{0,12}\"|\\{\\}",
            other in "[a-z_]{1,12}",
        ) {
            let json = format!(r#"{{"access_token": "a", "x_{other}": [{life}], "expires_in": {life}}}"#);
            if serde_json::from_str::<serde_json::Value>(&json).is_ok() {
                let issued: Issued = serde_json::from_str(&json).unwrap();
                let lasts = issued.expires_in.map(Duration::from_secs);
                let _ = lasts.and_then(|lasts| Timestamp::now().checked_add(lasts).ok());
            }
        }
    }

    #[test]
    fn token_with_an_unreadable_lifetime_is_still_used() {
        for (life, wanted) in [
            ("1209599", Some(1_209_599)),
            (r#""1209599""#, Some(1_209_599)),
            ("1209599.5", Some(1_209_599)),
            ("null", None),
            ("-1", None),
            (r#""soon""#, None),
        ] {
            let json = format!(r#"{{"access_token": "a", "expires_in": {life}}}"#);
            let issued: Issued = serde_json::from_str(&json).unwrap();
            assert_eq!(issued.expires_in, wanted, "{life}");
        }
    }
}
