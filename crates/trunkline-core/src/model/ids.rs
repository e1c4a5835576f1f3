//! Opaque names and ids. None dereferences to a string: an id that does is a string again.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::PoisonError;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::host;
use crate::model::AccountName;

/// The checks and conversions of an id that is a text.
macro_rules! checked_text {
    ($name:ident, $field:literal, $valid:expr, $rule:literal) => {
        impl $name {
            /// Checks and wraps.
            ///
            /// # Errors
            /// `InvalidRequest` naming the rule that the text breaks.
            pub fn new(text: impl Into<String>) -> Result<Self> {
                let text = text.into();
                let valid: fn(&str) -> bool = $valid;
                if valid(&text) {
                    Ok(Self(text))
                } else {
                    Err(Error::invalid($field, $rule))
                }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Error;
            fn from_str(text: &str) -> Result<Self> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;
            fn try_from(text: String) -> Result<Self> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

macro_rules! string_id {
    ($(#[$meta:meta])* $name:ident, $field:literal, $valid:expr, $rule:literal) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        checked_text! { $name, $field, $valid, $rule }
    };
}

/// An id that is a prefix and 26 characters, made by [`in_order_of_time`].
macro_rules! timed_id {
    ($(#[$meta:meta])* $name:ident, $field:literal, $prefix:literal, $rule:literal) => {
        string_id! { $(#[$meta])* $name, $field, |text| is_in_order_of_time($prefix, text), $rule }

        impl $name {
            /// A new id: 48 bits of time in milliseconds, then 80 random bits, so that ids sort by age.
            #[must_use]
            pub fn generate(now: jiff::Timestamp) -> Self {
                Self(in_order_of_time($prefix, now))
            }

            /// When it was made, in milliseconds since 1970.
            pub fn made_ms(&self) -> i64 {
                time_of(&self.0[$prefix.len()..])
            }
        }
    };
}

fn is_name(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn is_visible(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len()) && text.bytes().all(|b| (0x21..=0x7e).contains(&b))
}

checked_text! { AccountName, "account", is_name, "an account name is 1 to 63 of a-z, 0-9 and -" }

string_id! {
    /// Customer of the operator that keys, accounts and purchases belong to. Default: `default`.
    Tenant, "tenant", is_name, "a tenant is 1 to 63 of a-z, 0-9 and -"
}

string_id! {
    /// Id of a number: `{account}:{id at the carrier}`. Example: `us-main:PN0123`.
    NumberId, "id", |text| is_visible(text, 255) && NumberId::split_at(text).is_some(),
    "a number is told by its id, account:id, or by itself, such as +14155550100"
}

timed_id! {
    /// Id of a purchase: `pur_` and 26 of `0-9a-z`, in order of time.
    PurchaseId, "purchase", "pur_", "a purchase id is pur_ and 26 letters and digits"
}

timed_id! {
    /// Id of an API key: `key_` and 26 of `0-9a-z`, in order of time. It is no secret.
    KeyId, "key", "key_", "a key's id is key_ and 26 letters and digits"
}

timed_id! {
    /// Id of an allocation: `alc_` and 26 of `0-9a-z`, in order of time.
    AllocationId, "allocation", "alc_", "an allocation id is alc_ and 26 letters and digits"
}

timed_id! {
    /// Id of a row of the audit trail: `aud_` and 26 of `0-9a-z`, in order of time.
    AuditId, "audit", "aud_", "an audit row's id is aud_ and 26 letters and digits"
}

timed_id! {
    /// Id of an event: `evt_` and 26 of `0-9a-z`, in order of time.
    EventId, "event", "evt_", "an event's id is evt_ and 26 letters and digits"
}

timed_id! {
    /// Id of a webhook: `whk_` and 26 of `0-9a-z`, in order of time.
    WebhookId, "webhook", "whk_", "a webhook's id is whk_ and 26 letters and digits"
}

timed_id! {
    /// Id of a drift: `drf_` and 26 of `0-9a-z`, in order of time.
    DriftId, "drift", "drf_", "a drift's id is drf_ and 26 letters and digits"
}

timed_id! {
    /// Id of a sync of the inventory: `syn_` and 26 of `0-9a-z`, in order of time.
    SyncId, "sync", "syn_", "a sync's id is syn_ and 26 letters and digits"
}

string_id! {
    /// What a client sends with a write so that repeating it is safe: 1 to 255 visible ASCII characters.
    IdempotencyKey, "Idempotency-Key", |text| is_visible(text, 255),
    "an idempotency key is 1 to 255 visible ASCII characters"
}

impl Default for Tenant {
    fn default() -> Self {
        Self("default".to_owned())
    }
}

impl NumberId {
    /// The id of what an account holds under the carrier's own id.
    ///
    /// # Errors
    /// `InvalidRequest` if the carrier's id is empty or has blanks or control characters.
    pub fn of(account: &AccountName, provider_id: &str) -> Result<Self> {
        Self::new(format!("{account}:{provider_id}"))
    }

    fn split_at(text: &str) -> Option<(&str, &str)> {
        text.split_once(':')
            .filter(|(account, id)| is_name(account) && !id.is_empty())
    }

    /// The account's name.
    pub fn account(&self) -> &str {
        Self::split_at(&self.0).map_or("", |(account, _)| account)
    }

    /// The carrier's own id.
    pub fn provider_id(&self) -> &str {
        Self::split_at(&self.0).map_or("", |(_, id)| id)
    }
}

const CROCKFORD: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Whether a text is this prefix and 26 characters as [`in_order_of_time`] makes them.
fn is_in_order_of_time(prefix: &str, text: &str) -> bool {
    let id = text.strip_prefix(prefix).filter(|id| id.len() == 26);
    id.is_some_and(|id| {
        id.bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    })
}

/// The prefix and 26 characters: 48 bits of time in milliseconds, then 80 random bits. Those of one millisecond follow each
/// other, as far as one process makes them.
pub(crate) fn in_order_of_time(prefix: &str, now: jiff::Timestamp) -> String {
    let time = u128::try_from(now.as_millisecond()).unwrap_or_default() & ((1 << 48) - 1);
    // With room above it for those that follow in the same millisecond.
    let random = u128::from(host::random::<u64>()) << 15 | u128::from(host::random::<u16>() >> 1);
    let bits = host::with_last_id(|last| {
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = match *last >> 80 == time {
            true => *last + 1,
            false => time << 80 | random,
        };
        *last
    });
    let mut text = String::with_capacity(prefix.len() + 26);
    text.push_str(prefix);
    for digit in (0..26).rev() {
        let index = usize::try_from(bits >> (digit * 5) & 31).unwrap_or_default();
        text.push(char::from(CROCKFORD[index]));
    }
    text
}

/// The time in the first 10 of the 26 characters.
fn time_of(characters: &str) -> i64 {
    let value = |byte| CROCKFORD.iter().position(|digit| *digit == byte);
    let digits = characters.bytes().take(10).filter_map(value);
    digits.fold(0, |time, digit| {
        time << 5 | i64::try_from(digit).unwrap_or(0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_id_splits_at_the_first_colon() {
        let id = NumberId::new("emea-webex:ext-100@loc:1").unwrap();
        assert_eq!(
            (id.account(), id.provider_id()),
            ("emea-webex", "ext-100@loc:1")
        );
    }

    #[test]
    fn id_tells_when_it_was_made() {
        let now = host::now();
        assert_eq!(AuditId::generate(now).made_ms(), now.as_millisecond());
    }

    #[test]
    fn ids_with_control_characters_are_refused() {
        for text in [
            "us-main:PN\n1",
            "us-main:",
            ":PN1",
            "Us-main:PN1",
            "us-main",
        ] {
            assert!(NumberId::new(text).is_err(), "{text:?}");
        }
        assert!(IdempotencyKey::new("a b").is_err());
        assert!(IdempotencyKey::new("").is_err());
    }

    #[test]
    fn purchase_ids_sort_by_time_and_differ() {
        let early = PurchaseId::generate(jiff::Timestamp::from_millisecond(1_000_000).unwrap());
        let late = PurchaseId::generate(jiff::Timestamp::from_millisecond(1_000_001).unwrap());
        assert!(early < late);
        assert_eq!(PurchaseId::new(early.as_str()).unwrap(), early);
        let at = jiff::Timestamp::from_millisecond(1_000_002).unwrap();
        let (first, second) = (PurchaseId::generate(at), PurchaseId::generate(at));
        assert!(first != second && second > late);
    }
}
