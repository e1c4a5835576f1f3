//! What our own work does to the inventory, as values: written in the transaction of its audit row and event.

use trunkline_core::inventory::{HoldingState, InventoryEntry, Origin};
use trunkline_core::model::{AccountName, Money, Number, PriceSource, Tenant};

/// What something is about, before or after it has an id: the carrier's id, or the number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldingKey {
    /// The upstream identity of the account.
    pub identity: String,
    /// The carrier's id of a number, or the number.
    pub key: String,
}

impl HoldingKey {
    /// The key of this at an identity.
    #[must_use]
    pub fn new(identity: &str, key: &str) -> Self {
        Self {
            identity: identity.to_owned(),
            key: key.to_owned(),
        }
    }
}

/// A number as its carrier has just answered it to us.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldNow {
    /// Whose it is.
    pub tenant: Tenant,
    /// The upstream identity of the account.
    pub identity: String,
    /// The number.
    pub number: Number,
    /// How it came, if this is how.
    pub origin: Option<Origin>,
    /// What was agreed that it costs a month.
    pub price: Option<(Money, PriceSource)>,
    /// Whether all that was begun about it is over: a purchase may still have settings to make.
    pub over: bool,
    /// Whether it has come just now. Otherwise it is there already, unless it was given back meanwhile.
    pub new: bool,
}

impl HeldNow {
    /// Whether it was given back meanwhile, by what the inventory has under its id: nothing, or another purchase's.
    #[must_use]
    pub fn is_given_back(&self, before: Option<&InventoryEntry>) -> bool {
        let anothers = |origin: &Origin| self.origin.as_ref().is_some_and(|own| own != origin);
        !self.new
            && before.is_some_and(|InventoryEntry { inventory, .. }| {
                inventory.state == HoldingState::Gone || anothers(&inventory.origin)
            })
    }
}

/// A step of our own work.
#[derive(Clone, Debug, PartialEq)]
pub enum HoldingStep {
    /// Something is about to be sent. What a reading shows of it until it is over is nobody else's doing.
    Begun(HoldingKey),
    /// It is over, and nothing new is known of the number.
    Over(HoldingKey),
    /// The carrier answered with the number. What was begun about it is over if the step says so.
    Held(Box<HeldNow>),
    /// The account does not hold it any more.
    Released(HoldingKey),
    /// The account of this name holds it after all.
    Returned(HoldingKey, AccountName),
}

impl HoldingStep {
    /// A number that the carrier answered with, and that was there before.
    #[must_use]
    pub fn held(tenant: &Tenant, identity: &str, number: &Number) -> Self {
        Self::Held(Box::new(HeldNow {
            tenant: tenant.clone(),
            identity: identity.to_owned(),
            number: number.clone(),
            origin: None,
            price: None,
            over: true,
            new: false,
        }))
    }

    /// The same of one that was registered.
    #[must_use]
    pub fn registered(tenant: &Tenant, identity: &str, number: &Number) -> Self {
        Self::Held(Box::new(HeldNow {
            tenant: tenant.clone(),
            identity: identity.to_owned(),
            number: number.clone(),
            origin: Some(Origin::Registered),
            price: None,
            over: true,
            new: true,
        }))
    }
}
