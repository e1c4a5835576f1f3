//! What deliveries are signed with, and how: [Standard Webhooks](https://www.standardwebhooks.com).

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::host;
use trunkline_engine::seal::Sealer;

const PREFIX: &str = "whsec_";
const PURPOSE: &str = "webhook";

/// The secret that a webhook and its owner share.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl Secret {
    /// A new one: 256 random bits.
    #[must_use]
    pub fn generate() -> Self {
        Self(host::random::<[u8; 32]>().to_vec())
    }

    /// As its owner is shown it, once: `whsec_` and base64.
    pub fn shown(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    /// Sealed, to be kept.
    ///
    /// # Errors
    /// `Internal` if it can't be sealed.
    pub(super) fn sealed(&self, sealer: &Sealer) -> Result<String> {
        sealer.seal(PURPOSE, &STANDARD.encode(&self.0))
    }

    /// Opened; `None` if it was sealed with another key.
    pub(super) fn open(sealer: &Sealer, sealed: &str) -> Option<Self> {
        let text: String = sealer.open(PURPOSE, sealed)?;
        STANDARD.decode(text).ok().map(Self)
    }
}

/// The value of `webhook-signature`: over id, time in seconds since 1970 and body, by each of these secrets.
///
/// # Errors
/// `Internal` if a secret can't be used.
pub fn sign(secrets: &[Secret], id: &str, seconds: i64, body: &str) -> Result<String> {
    let signatures = secrets.iter().map(|secret| {
        let mut mac = Hmac::<Sha256>::new_from_slice(&secret.0).map_err(|error| {
            Error::new(ErrorKind::Internal, "a webhook's secret can't be used").with_source(error)
        })?;
        mac.update(format!("{id}.{seconds}.{body}").as_bytes());
        Ok(format!(
            "v1,{}",
            STANDARD.encode(mac.finalize().into_bytes())
        ))
    });
    Ok(signatures.collect::<Result<Vec<_>>>()?.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference libraries.
    #[test]
    fn a_signature_is_the_one_of_the_specification() {
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let (id, time) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330);
        let signature = sign(&[Secret(key)], id, time, r#"{"test": 2432232314}"#).unwrap();
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn secret_opens_with_its_sealer_only_and_is_not_printed() {
        let (secret, sealer) = (Secret::generate(), Sealer::new(b"one"));
        let sealed = secret.sealed(&sealer).unwrap();
        assert_eq!(Secret::open(&sealer, &sealed), Some(secret.clone()));
        assert_eq!(Secret::open(&Sealer::new(b"two"), &sealed), None);
        assert_eq!(format!("{secret:?}"), "Secret(..)");
        assert!(secret.shown().starts_with("whsec_"));
    }
}
