//! Sealed tokens: offers and cursors that can be neither read nor altered.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20::{R20, hchacha};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::host;
use trunkline_core::json;

const NONCE: usize = 24;

/// How much of a nonce is the same for all tokens of one purpose and process.
const PREFIX: usize = 16;

/// Seals and opens tokens with one secret: XChaCha20-Poly1305, so that any replica with the secret can open what another
/// sealed. Each purpose has a key of its own, derived from the secret once. The nonce of a token is 16 bytes, drawn at random
/// for each purpose and process, and a counter: replicas that know nothing of each other don't meet the same twice.
#[derive(Clone)]
pub struct Sealer {
    root: Hmac<Sha256>,
    ciphers: Arc<Mutex<BTreeMap<&'static str, Arc<Cipher>>>>,
    /// Opens what earlier versions sealed, with one key for all purposes.
    earlier: XChaCha20Poly1305,
}

/// The cipher of one purpose.
struct Cipher {
    opens: XChaCha20Poly1305,
    prefix: [u8; PREFIX],
    /// The key that `XChaCha20` makes of its own and the first 16 bytes of a nonce. The last 8 are the nonce under it.
    seals: LessSafeKey,
    next: AtomicU64,
}

impl Cipher {
    /// # Errors
    /// `Internal` if the key is none, which a key of 32 bytes is not.
    fn new(key: [u8; 32]) -> Result<Self> {
        let prefix: [u8; PREFIX] = host::random();
        let inner: [u8; 32] = hchacha::<R20>(&key.into(), &prefix.into()).into();
        let inner = UnboundKey::new(&CHACHA20_POLY1305, &inner).map_err(|_| failed())?;
        Ok(Self {
            opens: XChaCha20Poly1305::new(&Key::from(key)),
            prefix,
            seals: LessSafeKey::new(inner),
            next: AtomicU64::new(0),
        })
    }

    /// Seals a text; gives nonce, sealed text and tag.
    fn seal(&self, purpose: &str, text: &str) -> Result<Vec<u8>> {
        let count = self.next.fetch_add(1, Ordering::Relaxed).to_le_bytes();
        let mut nonce = [0; NONCE_LEN];
        nonce[NONCE_LEN - count.len()..].copy_from_slice(&count);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let mut bytes = Vec::with_capacity(NONCE + text.len() + CHACHA20_POLY1305.tag_len());
        bytes.extend_from_slice(&self.prefix);
        bytes.extend_from_slice(&count);
        bytes.extend_from_slice(text.as_bytes());
        let aad = Aad::from(purpose.as_bytes());
        let tag = self
            .seals
            .seal_in_place_separate_tag(nonce, aad, &mut bytes[NONCE..]);
        bytes.extend_from_slice(tag.map_err(|_| failed())?.as_ref());
        Ok(bytes)
    }
}

fn failed() -> Error {
    Error::new(ErrorKind::Internal, "can't seal a token")
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(..)")
    }
}

impl Sealer {
    /// A sealer for a secret. It should have 32 bytes or more: the configuration takes no shorter one.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        let mut hash = Sha256::new_with_prefix(b"trunkline seal 1\0");
        hash.update(secret);
        let mut root = Sha256::new_with_prefix(b"trunkline root 2\0");
        root.update(secret);
        Self {
            root: hmac(root.finalize().into()),
            ciphers: Arc::default(),
            earlier: XChaCha20Poly1305::new(&Key::from(<[u8; 32]>::from(hash.finalize()))),
        }
    }

    /// The key of one use, derived from the secret: HMAC-SHA256 over the purpose.
    fn key(&self, purpose: &str) -> [u8; 32] {
        let mut mac = self.root.clone();
        mac.update(purpose.as_bytes());
        mac.finalize().into_bytes().into()
    }

    fn cipher(&self, purpose: &'static str) -> Result<Arc<Cipher>> {
        let mut known = self.ciphers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cipher) = known.get(purpose) {
            return Ok(Arc::clone(cipher));
        }
        let cipher = Arc::new(Cipher::new(self.key(purpose))?);
        known.insert(purpose, Arc::clone(&cipher));
        Ok(cipher)
    }

    /// The HMAC-SHA256 of a text for one purpose, 64 hexadecimal digits: nobody without the secret can make it.
    pub fn sign(&self, purpose: &str, text: &str) -> String {
        let mut mac = hmac(self.key(&format!("sign {purpose}")));
        mac.update(text.as_bytes());
        hex(&mac.finalize().into_bytes())
    }

    /// Seals a value for one purpose (`offer`, `cursor`); a token of one purpose opens for no other.
    ///
    /// # Errors
    /// `Internal` if the value can't be written as JSON.
    pub fn seal<T: Serialize>(&self, purpose: &'static str, value: &T) -> Result<String> {
        let text = json::to_string(value).map_err(|e| failed().with_source(e))?;
        let sealed = self.cipher(purpose)?.seal(purpose, &text)?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Opens a token; `None` if it was not sealed here for this purpose.
    pub fn open<T: DeserializeOwned>(&self, purpose: &'static str, token: &str) -> Option<T> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE>()?;
        let nonce = XNonce::from(*nonce);
        let payload = || Payload {
            msg: sealed,
            aad: purpose.as_bytes(),
        };
        let plain = self.cipher(purpose).ok()?.opens.decrypt(&nonce, payload());
        let plain = plain.or_else(|_| self.earlier.decrypt(&nonce, payload()));
        let plain = plain.ok()?;
        serde_json::from_slice(&plain).ok()
    }
}

/// HMAC-SHA256 with a key, which fills half of a block.
fn hmac(key: [u8; 32]) -> Hmac<Sha256> {
    let mut block = [0; 64];
    block[..32].copy_from_slice(&key);
    Hmac::new(&block.into())
}

/// Bytes as hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_purpose_has_its_own_key() {
        let sealer = Sealer::new(b"one");
        assert_ne!(sealer.key("offer"), sealer.key("cursor"));
        assert_ne!(sealer.sign("audit", "x"), sealer.sign("other", "x"));
        assert_ne!(
            sealer.sign("audit", "x"),
            Sealer::new(b"two").sign("audit", "x")
        );
        assert_eq!(sealer.sign("audit", "x").len(), 64);
    }

    /// Tokens of carriers and secrets of webhooks are kept for years.
    #[test]
    fn token_of_an_earlier_version_still_opens() {
        let sealer = Sealer::new(b"one");
        let nonce = [7; NONCE];
        let message = Payload {
            msg: b"[1,2]",
            aad: b"vault",
        };
        let sealed = sealer
            .earlier
            .encrypt(&XNonce::from(nonce), message)
            .unwrap();
        let token = URL_SAFE_NO_PAD.encode([&nonce[..], &sealed[..]].concat());
        assert_eq!(sealer.open("vault", &token), Some((1, 2)));
        assert_eq!(sealer.open::<(u8, u8)>("offer", &token), None);
    }

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
    fn nonce_is_never_the_same_twice() {
        let nonce = |sealer: &Sealer| {
            let token = sealer.seal("offer", &7).unwrap();
            URL_SAFE_NO_PAD.decode(token).unwrap()[..NONCE].to_vec()
        };
        let (one, other) = (Sealer::new(b"one"), Sealer::new(b"one"));
        let nonces = [nonce(&one), nonce(&one.clone()), nonce(&one), nonce(&other)];
        let different: std::collections::BTreeSet<_> = nonces.iter().collect();
        assert_eq!(different.len(), nonces.len());
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
