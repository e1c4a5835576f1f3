//! Sealed tokens: offers and cursors that can be neither read nor altered.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind, Result};

const NONCE: usize = 24;

/// Seals and opens tokens with one secret: XChaCha20-Poly1305 with a random nonce, so that any
/// replica with the secret can open what another sealed.
#[derive(Clone)]
pub struct Sealer {
    cipher: XChaCha20Poly1305,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(..)")
    }
}

impl Sealer {
    /// A sealer for a secret of any length; hashed to a key.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        let mut hash = Sha256::new_with_prefix(b"trunkline seal 1\0");
        hash.update(secret);
        Self {
            cipher: XChaCha20Poly1305::new(&Key::from(<[u8; 32]>::from(hash.finalize()))),
        }
    }

    /// Seals a value for one purpose (`offer`, `cursor`); a token of one purpose opens for no other.
    ///
    /// # Errors
    /// `Internal` if the value can't be written as JSON.
    pub fn seal<T: Serialize>(&self, purpose: &str, value: &T) -> Result<String> {
        let failed = || Error::new(ErrorKind::Internal, "can't seal a token");
        let plain = serde_json::to_vec(value).map_err(|e| failed().with_source(e))?;
        let nonce: [u8; NONCE] = rand::random();
        let sealed = self
            .cipher
            .encrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: &plain,
                    aad: purpose.as_bytes(),
                },
            )
            .map_err(|_| failed())?;
        let mut bytes = Vec::with_capacity(NONCE + sealed.len());
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Opens a token; `None` if it was not sealed here for this purpose.
    #[must_use]
    pub fn open<T: DeserializeOwned>(&self, purpose: &str, token: &str) -> Option<T> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE>()?;
        let plain = self
            .cipher
            .decrypt(
                &XNonce::from(*nonce),
                Payload {
                    msg: sealed,
                    aad: purpose.as_bytes(),
                },
            )
            .ok()?;
        serde_json::from_slice(&plain).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_with_the_same_secret_and_purpose_only() {
        let sealer = Sealer::new(b"one");
        let token = sealer.seal("offer", &("us-main", 7)).unwrap();
        assert_eq!(
            Sealer::new(b"one").open::<(String, u8)>("offer", &token),
            Some(("us-main".into(), 7))
        );
        assert_eq!(sealer.open::<(String, u8)>("cursor", &token), None);
        assert_eq!(
            Sealer::new(b"two").open::<(String, u8)>("offer", &token),
            None
        );
    }

    #[test]
    fn an_altered_token_does_not_open() {
        let sealer = Sealer::new(b"one");
        let token = sealer.seal("offer", &"us-main").unwrap();
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(bytes).unwrap();
            assert!(
                altered == token || sealer.open::<String>("offer", &altered).is_none(),
                "{at}"
            );
        }
        for junk in ["", "A", "\u{e9}", "===="] {
            assert_eq!(sealer.open::<String>("offer", junk), None);
        }
    }
}
