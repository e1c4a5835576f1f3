//! The truth about a carrier: what is owned, what was bought and given back, and how often it was asked.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A carrier's books. Amounts are decimal strings in US dollars.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// What is held now, longest held first.
    pub owned: Vec<OwnedEntry>,
    /// Every purchase, oldest first. A repeat that the carrier took as an update does not count.
    pub purchases: Vec<PurchaseEntry>,
    /// Every release, oldest first.
    pub releases: Vec<ReleaseEntry>,
    /// How many requests arrived per operation, whether a fault hit them or not.
    pub requests: BTreeMap<String, u64>,
    /// The most requests of each operation that were being worked on at the same time. One whose client has left is until
    /// it is finished.
    #[serde(default)]
    pub at_once: BTreeMap<String, u64>,
}

/// A number that is held and paid for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnedEntry {
    /// In E.164 form, or bare digits where the carrier has those.
    pub number: String,
    /// The carrier's name for the account that holds it.
    pub account: String,
    /// When it was bought.
    pub since: Timestamp,
    /// What it costs a month: `1.15`.
    pub monthly_price: String,
    /// Who bought it, if it was not a client of the API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<ChangedBy>,
}

/// One purchase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseEntry {
    /// In E.164 form.
    pub number: String,
    /// The carrier's name for the account that bought it.
    pub account: String,
    /// When it was committed.
    pub at: Timestamp,
    /// What was charged at once: `1.15`.
    pub charged: String,
    /// Who bought it, if it was not a client of the API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<ChangedBy>,
}

/// One release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseEntry {
    /// In E.164 form.
    pub number: String,
    /// The carrier's name for the account that gave it back.
    pub account: String,
    /// When it was committed.
    pub at: Timestamp,
    /// Who gave it back, if it was not a client of the API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<ChangedBy>,
}

/// Who changed something besides the clients of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangedBy {
    /// A person in the carrier's console.
    Console,
}

/// When something was done, and by whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp {
    pub(crate) at: Timestamp,
    pub(crate) by: Option<ChangedBy>,
}

pub(crate) fn dollars(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cents_are_written_as_decimal_strings() {
        assert_eq!(dollars(115), "1.15");
        assert_eq!(dollars(5), "0.05");
        assert_eq!(dollars(-150), "-1.50");
    }
}
