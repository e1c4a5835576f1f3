//! One number as the inventory has it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{Money, Number, PriceSource, PurchaseId, Tenant};

named_enum! {
    /// Whether a number is still held.
    #[derive(Default)]
    HoldingState {
        /// The account holds it.
        #[default]
        Held = "held",
        /// The last complete reading did not show it.
        Missing = "missing",
        /// It is not held any more: released, or absent from two complete readings.
        Gone = "gone",
    }
}

/// How a number came into the inventory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Origin {
    /// A purchase of ours won it.
    Purchased {
        /// The purchase.
        purchase_id: PurchaseId,
    },
    /// It was registered here.
    Registered,
    /// A reading of the account showed it.
    #[default]
    Found,
}

/// What the inventory knows of a number beside its carrier's document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Holding {
    /// Whether it is still held.
    pub state: HoldingState,
    /// How it came.
    pub origin: Origin,
    /// When it was first known here.
    pub first_seen_at: Timestamp,
    /// When the carrier last showed it, or answered for it.
    pub last_seen_at: Timestamp,
    /// When the record last changed.
    pub changed_at: Timestamp,
    /// Price of a month: the carrier's, else that of the purchase, else the configured one.
    pub monthly_price: Option<Money>,
    /// Where that price comes from.
    pub price_source: PriceSource,
}

/// A number as the inventory has it. In JSON the fields of the number, and `inventory` with the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InventoryEntry {
    /// Whose it is.
    #[serde(skip)]
    pub tenant: Tenant,
    /// The upstream identity of the account.
    #[serde(skip)]
    pub identity: String,
    /// The number as the carrier showed it last, with its tags and protection.
    #[serde(flatten)]
    pub number: Number,
    /// What the inventory knows of it.
    pub inventory: Holding,
}
