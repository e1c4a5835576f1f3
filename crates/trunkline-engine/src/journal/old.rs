//! Purchases that are over, and old.

use std::time::Duration;

use trunkline_core::model::PurchaseId;

/// A page of purchases, of which those that are over are to be forgotten.
#[derive(Clone, Debug)]
pub struct OldPurchases {
    /// For how long they must have been settled, and their keys known.
    pub kept: Duration,
    /// The page begins after this one; `None` for the oldest.
    pub after: Option<PurchaseId>,
    /// How many purchases the page has.
    pub limit: usize,
}

/// What became of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForgottenPurchases {
    /// How many were forgotten.
    pub count: u64,
    /// Where the next page begins; `None` if no later purchase is old enough.
    pub next: Option<PurchaseId>,
}
