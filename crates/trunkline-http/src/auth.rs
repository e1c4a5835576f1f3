//! Credentials, and keeping them out of everything that is shown.

use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine};
use hmac::{Hmac, KeyInit, Mac};
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use trunkline_core::{Error, ErrorKind, Result};

use crate::renew::Renewing;

/// What stands in place of a secret.
const REDACTED: &str = "[redacted]";

/// Shorter secrets are not searched for in texts: replacing every `a` would hide nothing and spoil the message.
const SHORTEST_SEARCHED: usize = 4;

/// How an account proves who it is.
#[derive(Clone, Debug)]
pub enum Auth {
    /// HTTP Basic authentication.
    Basic {
        /// User name, for example an account SID. Not a secret.
        user: String,
        /// Password or token.
        password: SecretString,
    },
    /// `Authorization: Bearer`.
    Bearer(SecretString),
    /// A header of its own.
    Header {
        /// Name of the header.
        name: HeaderName,
        /// Its value, as it is sent.
        value: SecretString,
    },
    /// No header at all: the secrets are in the bodies, and are kept out of errors all the same.
    InBody(Vec<SecretString>),
    /// A token that expires and is renewed.
    Refresh(Arc<Renewing>),
}

impl Auth {
    /// Everything in it that must not be shown, in each form in which it is sent. Of tokens that are renewed, what
    /// they are bought with.
    #[must_use]
    pub fn secrets(&self) -> Vec<SecretString> {
        match self {
            Self::Basic { user, password } => vec![password.clone(), pair(user, password)],
            Self::Bearer(token) | Self::Header { value: token, .. } => vec![token.clone()],
            Self::InBody(secrets) => secrets.clone(),
            Self::Refresh(source) => source.secrets(),
        }
    }
}

/// A credential as it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Credential {
    /// The value is marked sensitive: its `Debug` shows nothing.
    pub(crate) header: Option<(HeaderName, HeaderValue)>,
    secrets: Arc<[SecretString]>,
}

impl Credential {
    fn new(name: HeaderName, text: &str, secrets: Arc<[SecretString]>) -> Result<Self> {
        let mut value = HeaderValue::from_str(text).map_err(|_| {
            let message = "the credential has characters that can't be sent in a header";
            Error::new(ErrorKind::Config, message)
        })?;
        value.set_sensitive(true);
        Ok(Self {
            header: Some((name, value)),
            secrets,
        })
    }

    fn in_body(secrets: &[SecretString]) -> Self {
        Self {
            header: None,
            secrets: secrets.into(),
        }
    }

    /// The same, with more secrets to keep out of texts. The first one stays the token.
    fn hiding(self, more: &[SecretString]) -> Self {
        if more.is_empty() {
            return self;
        }
        Self {
            secrets: self.secrets.iter().chain(more).cloned().collect(),
            ..self
        }
    }

    /// The text without the secrets of this credential: some carriers echo them in their errors.
    pub(crate) fn redact(&self, mut text: String) -> String {
        // The longest first: of one that has another in it no part must be left.
        let mut secrets: Vec<&str> = self
            .secrets
            .iter()
            .map(ExposeSecret::expose_secret)
            .collect();
        secrets.sort_unstable_by_key(|secret| std::cmp::Reverse(secret.len()));
        for secret in secrets {
            if secret.len() >= SHORTEST_SEARCHED && text.contains(secret) {
                text = text.replace(secret, REDACTED);
            }
        }
        text
    }
}

/// An account's credential, checked and encoded once.
#[derive(Debug)]
pub(crate) enum Signer {
    Fixed(Credential),
    Refresh(Arc<Renewing>),
}

impl Signer {
    pub(crate) fn new(auth: &Auth) -> Result<Self> {
        Ok(Self::Fixed(match auth {
            Auth::Refresh(source) => return Ok(Self::Refresh(source.clone())),
            Auth::Basic { user, password } => basic(user, password)?,
            Auth::Bearer(token) => bearer(AUTHORIZATION, token)?,
            Auth::InBody(secrets) => Credential::in_body(secrets),
            Auth::Header { name, value } => {
                let secrets = Arc::from([value.clone()]);
                Credential::new(name.clone(), value.expose_secret(), secrets)?
            }
        }))
    }

    /// The credential for the next attempt.
    pub(crate) async fn credential(&self) -> Result<Credential> {
        match self {
            Self::Fixed(credential) => Ok(credential.clone()),
            Self::Refresh(source) => {
                let credential = bearer(source.header(), &source.token().await?)?;
                Ok(credential.hiding(&source.secrets()))
            }
        }
    }

    /// Whether a refused credential can be replaced by another.
    pub(crate) fn renews(&self) -> bool {
        matches!(self, Self::Refresh(_))
    }

    /// Has a refused token renewed.
    pub(crate) async fn renew(&self, refused: &Credential) {
        if let (Self::Refresh(source), Some(token)) = (self, refused.secrets.first()) {
            source.refused(token).await;
        }
    }
}

/// Whether `signature`, in base64, is the HMAC-SHA1 of a text under a secret. It is compared in constant time.
#[must_use]
pub fn is_hmac_sha1(secret: &SecretString, text: &str, signature: &str) -> bool {
    let Ok(signature) = BASE64_STANDARD.decode(signature) else {
        return false;
    };
    // An HMAC takes keys of every length.
    Hmac::<Sha1>::new_from_slice(secret.expose_secret().as_bytes())
        .map(|mac| mac.chain_update(text))
        .is_ok_and(|mac| mac.verify_slice(&signature).is_ok())
}

/// User and password as HTTP Basic sends them.
fn pair(user: &str, password: &SecretString) -> SecretString {
    let pair = format!("{user}:{}", password.expose_secret());
    BASE64_STANDARD.encode(pair).into()
}

fn basic(user: &str, password: &SecretString) -> Result<Credential> {
    let pair = pair(user, password);
    let text = format!("Basic {}", pair.expose_secret());
    let secrets = Arc::from([password.clone(), pair]);
    Credential::new(AUTHORIZATION, &text, secrets)
}

fn bearer(name: HeaderName, token: &SecretString) -> Result<Credential> {
    let secrets = Arc::from([token.clone()]);
    let token = token.expose_secret();
    if name == AUTHORIZATION {
        Credential::new(name, &format!("Bearer {token}"), secrets)
    } else {
        Credential::new(name, token, secrets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn sent(auth: Auth) -> Credential {
        Signer::new(&auth).unwrap().credential().await.unwrap()
    }

    #[tokio::test]
    async fn basic_credentials_are_encoded() {
        let credential = sent(Auth::Basic {
            user: "AC1".into(),
            password: "s3cret".into(),
        })
        .await;
        assert_eq!(credential.header.unwrap().1, "Basic QUMxOnMzY3JldA==");
    }

    #[tokio::test]
    async fn custom_header_is_sent_unchanged() {
        let credential = sent(Auth::Header {
            name: HeaderName::from_static("x-auth-token"),
            value: "abcd".into(),
        })
        .await;
        let (name, value) = credential.header.unwrap();
        assert_eq!(
            (name.as_str(), value.to_str().unwrap()),
            ("x-auth-token", "abcd")
        );
    }

    #[tokio::test]
    async fn secrets_are_replaced_in_texts_in_both_forms() {
        let credential = sent(Auth::Basic {
            user: "AC1".into(),
            password: "s3cret".into(),
        })
        .await;
        let text = credential.redact("bad token s3cret (QUMxOnMzY3JldA==)".into());
        assert_eq!(text, "bad token [redacted] ([redacted])");
    }

    #[tokio::test]
    async fn debug_shows_no_secret() {
        let auth = Auth::Bearer("s3cret-token".into());
        let shown = format!("{auth:?} {:?}", sent(auth.clone()).await);
        assert!(!shown.contains("s3cret"), "{shown}");
    }

    #[test]
    fn a_signature_is_of_one_text_under_one_secret() {
        // From `printf 'http://h/cba1b2' | openssl dgst -sha1 -hmac sandbox -binary | base64`.
        let signature = "sLKHUnH0TuoTGf95Z04keHBrhVs=";
        let is_signed = |secret: &str, text: &str, signature: &str| {
            is_hmac_sha1(&secret.into(), text, signature)
        };
        assert!(is_signed("sandbox", "http://h/cba1b2", signature));
        assert!(!is_signed("sandbox", "http://h/cba1b3", signature));
        assert!(!is_signed("sandbux", "http://h/cba1b2", signature));
        for junk in ["", "sLKH", "not base64", "sLKHUnH0TuoTGf95Z04keHBrhVs"] {
            assert!(!is_signed("sandbox", "http://h/cba1b2", junk), "{junk}");
        }
    }

    #[test]
    fn a_credential_that_no_header_can_carry_is_a_configuration_error() {
        let error = Signer::new(&Auth::Bearer("line\nbreak".into())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(!error.to_string().contains("break"));
    }
}
