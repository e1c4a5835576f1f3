//! The names that an error carries. How the name of an account is checked stands with the other ids, in `ids.rs`.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Name that the operator gave an account: 1 to 63 of `a-z`, `0-9` and `-`. Example: `us-main`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountName(pub(super) String);

/// A kind of upstream API: `twilio`, `signalwire`, `zendesk`, `webex`, `wazo`, or one that an adapter of yours brings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProviderName(Cow<'static, str>);

impl ProviderName {
    /// A name known at compile time.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for ProviderName {
    fn from(name: String) -> Self {
        Self(Cow::Owned(name))
    }
}

impl fmt::Display for ProviderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
