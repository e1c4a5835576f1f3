//! The secret of an API key: made, written and recognized.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::access::{ApiKey, SecretHash};
use trunkline_core::host;
use trunkline_core::model::KeyId;

const PREFIX: &str = "tl_";

/// 256 random bits in base64.
const SECRET_LEN: usize = 43;

/// Longest text that is looked at: what is longer is no token.
const LONGEST: usize = 128;

/// A new token for this key, `tl_` with the id's 26 characters and a secret, and the hash of its secret.
pub(super) fn issue(id: &KeyId) -> (SecretString, SecretHash) {
    let secret = URL_SAFE_NO_PAD.encode(host::random::<[u8; 32]>());
    let hash = hash(&secret);
    let plain_id = id.as_str().trim_start_matches("key_");
    (format!("{PREFIX}{plain_id}_{secret}").into(), hash)
}

/// Reads a token: its key and the hash of its secret. An invalid token takes as long.
pub(super) fn read(token: &SecretString) -> (Option<KeyId>, SecretHash) {
    let text = token.expose_secret();
    let text = text.get(..LONGEST.min(text.len())).unwrap_or_default();
    let rest = text.strip_prefix(PREFIX).unwrap_or(text);
    let (id, secret) = rest.split_once('_').unwrap_or(("", rest));
    let id = KeyId::new(format!("key_{id}")).ok();
    let whole = text.len() == PREFIX.len() + 26 + 1 + SECRET_LEN;
    (id.filter(|_| whole), hash(secret))
}

fn hash(secret: &str) -> SecretHash {
    SecretHash(Sha256::digest(secret.as_bytes()).into())
}

/// Whether this is the hash of the key's secret, or of the previous one while that is valid; in constant time.
pub(super) fn opens(key: Option<&ApiKey>, given: &SecretHash, now: jiff::Timestamp) -> bool {
    let old = key.and_then(|key| key.old_secret.as_ref());
    let old = old.filter(|old| now < old.until).map(|old| &old.hash);
    (is_hash(key.map(|key| &key.secret), given) | is_hash(old, given)).into()
}

/// Whether there is a hash, and it is the one that was given.
fn is_hash(kept: Option<&SecretHash>, given: &SecretHash) -> Choice {
    const ABSENT: SecretHash = SecretHash([0; 32]);
    let same = kept.unwrap_or(&ABSENT).0.ct_eq(&given.0);
    same & Choice::from(u8::from(kept.is_some()))
}

/// A new token for a session, 43 characters, and its hash.
pub(super) fn issue_session() -> (SecretString, SecretHash) {
    let token = URL_SAFE_NO_PAD.encode(host::random::<[u8; 32]>());
    let hash = hash(&token);
    (token.into(), hash)
}

/// The hash of a session's token; `None` for a text that is too short or too long to be one.
pub(super) fn read_session(token: &str) -> Option<SecretHash> {
    (token.len() == SECRET_LEN).then(|| hash(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_key_and_hides_its_secret() {
        let id = KeyId::generate(host::now());
        let (token, hash) = issue(&id);
        assert_eq!(read(&token), (Some(id), hash));
        assert!(!format!("{token:?}").contains("tl_"));
    }

    #[test]
    fn a_hash_of_zeros_opens_no_key() {
        let now = host::now();
        let id = KeyId::generate(now);
        let (_, secret) = issue(&id);
        let mut key: ApiKey = serde_json::from_value(serde_json::json!({
            "id": id, "name": "a", "tenant": "default", "scopes": [], "secret": secret, "created_at": now,
        }))
        .unwrap();
        let zeros = SecretHash([0; 32]);
        assert!(opens(Some(&key), &secret, now));
        assert!(!opens(Some(&key), &zeros, now) && !opens(None, &zeros, now));
        let hash = issue(&id).1;
        key.old_secret = Some(crate::access::OldSecret { hash, until: now });
        assert!(
            !opens(Some(&key), &zeros, now),
            "nor once the overlap is over"
        );
        assert!(!opens(Some(&key), &hash, now));
    }

    #[test]
    fn tokens_differ() {
        let id = KeyId::generate(host::now());
        assert_ne!(issue(&id).1, issue(&id).1);
    }

    #[test]
    fn invalid_token_names_no_key() {
        let id = KeyId::generate(host::now());
        let good = issue(&id).0.expose_secret().to_owned();
        let long = "x".repeat(10_000);
        let without = good.replace("tl_", "sk_");
        for text in [
            "",
            "tl_",
            "tl__",
            "tl_\u{e9}_x",
            &good[..72],
            &long,
            &without,
        ] {
            assert_eq!(read(&text.into()).0, None, "{text}");
        }
        assert_eq!(read(&format!("{good}0").into()).0, None);
    }
}
