//! API keys: who may call, what for, and how much of it.

use std::collections::BTreeSet;
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use trunkline_core::error::{Error, Result};
use trunkline_core::named_enum;
use trunkline_core::{AccountName, Caller, Ceilings, KeyId, Tenant};

named_enum! {
    /// One thing that a key may be allowed to do. None includes another.
    KeyScope {
        /// Search, and see accounts, numbers and purchases.
        NumbersRead = "numbers:read",
        /// Change and register numbers.
        NumbersWrite = "numbers:write",
        /// Buy numbers.
        NumbersPurchase = "numbers:purchase",
        /// Give numbers back, and undo that.
        NumbersRelease = "numbers:release",
        /// See caller IDs.
        CallerIdsRead = "caller_ids:read",
        /// Prove, change and remove caller IDs.
        CallerIdsWrite = "caller_ids:write",
        /// Keys and what else is the tenant's administration.
        Admin = "admin",
    }
}

impl FromStr for KeyScope {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|scope| scope.as_str() == text);
        found.ok_or_else(|| {
            let all = Self::ALL.map(Self::as_str).join(", ");
            Error::invalid("scopes", format!("each is one of {all}"))
        })
    }
}

/// How fast a key may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRate {
    /// Requests per second in the long run.
    pub per_second: NonZeroU32,
    /// How many of them may come at once.
    pub burst: NonZeroU32,
}

/// SHA-256 of a secret. The secret has 256 random bits, so nothing slower is needed to keep it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretHash(pub(super) [u8; 32]);

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(..)")
    }
}

impl SecretHash {
    /// The hash as it is kept: 43 characters of URL-safe base64.
    pub fn to_text(self) -> String {
        use base64::Engine;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl Serialize for SecretHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

impl FromStr for SecretHash {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        use base64::Engine;
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text);
        let bytes = bytes.ok().and_then(|bytes| bytes.try_into().ok());
        bytes
            .map(Self)
            .ok_or_else(|| Error::invalid("hash", "not the hash of a secret"))
    }
}

impl<'de> Deserialize<'de> for SecretHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        let text = String::deserialize(deserializer)?;
        text.parse()
            .map_err(|_| D::Error::custom("not the hash of a secret"))
    }
}

/// A secret that was replaced and still opens for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OldSecret {
    /// Its hash.
    pub hash: SecretHash,
    /// When it stops to.
    pub until: Timestamp,
}

/// An API key, as it is kept: never the secret itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Its id, which is a part of the token and no secret.
    pub id: KeyId,
    /// What a person calls it.
    pub name: String,
    /// Whose things it sees.
    pub tenant: Tenant,
    /// What it may do.
    pub scopes: BTreeSet<KeyScope>,
    /// The only accounts that it sees; `None` for all of the tenant's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<BTreeSet<AccountName>>,
    /// What its purchases may cost together.
    #[serde(default)]
    pub spend: Ceilings,
    /// How fast it may call; as configured for all if `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<KeyRate>,
    /// The hash of its secret.
    pub secret: SecretHash,
    /// The secret before, while it opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_secret: Option<OldSecret>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its secret was replaced last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotated_at: Option<Timestamp>,
    /// When it stops to open anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// When it was used last, give or take a minute. Kept beside the rest.
    #[serde(skip)]
    pub last_used_at: Option<Timestamp>,
    /// Grows with every change; 0 for a key not yet written.
    #[serde(skip)]
    pub version: i64,
}

named_enum! {
    /// Whether a key opens anything.
    KeyState {
        /// It does.
        Active = "active",
        /// Its time is over.
        Expired = "expired",
        /// It was revoked.
        Revoked = "revoked",
    }
}

impl ApiKey {
    /// Whether it opens anything at this time.
    pub fn state(&self, at: Timestamp) -> KeyState {
        if self.revoked_at.is_some() {
            KeyState::Revoked
        } else if self.expires_at.is_some_and(|end| end <= at) {
            KeyState::Expired
        } else {
            KeyState::Active
        }
    }

    /// The caller that uses it.
    pub fn caller(&self) -> Caller {
        Caller {
            accounts: self.accounts.clone(),
            key: Some(self.id.clone()),
            key_name: Some(self.name.clone()),
            spend: self.spend,
            ..Caller::of(self.tenant.clone())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scope_is_parsed_from_its_text_form() {
        for scope in KeyScope::ALL {
            assert_eq!(scope.as_str().parse::<KeyScope>().unwrap(), scope);
            assert_eq!(
                serde_json::to_value(scope).unwrap(),
                serde_json::json!(scope.as_str())
            );
        }
        assert!("numbers".parse::<KeyScope>().is_err());
    }

    #[test]
    fn the_hash_of_a_secret_survives_and_does_not_print() {
        let hash = SecretHash([7; 32]);
        let text = serde_json::to_string(&hash).unwrap();
        assert_eq!(serde_json::from_str::<SecretHash>(&text).unwrap(), hash);
        assert_eq!(format!("{hash:?}"), "SecretHash(..)");
        assert!(serde_json::from_str::<SecretHash>("\"AAAA\"").is_err());
    }
}
