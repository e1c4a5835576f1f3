//! What goes with a number that is ordered, whichever it turns out to be.

use serde::{Deserialize, Serialize};

use crate::model::{AccountName, E164, ProviderData, PurchaseOrder, Routing};

/// What goes with a number that is ordered, whichever it turns out to be. As in [`PurchaseOrder`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Wishes {
    /// The carrier's id of the address it wants to see.
    #[serde(default)]
    pub address_id: Option<String>,
    /// Name, set after the purchase.
    #[serde(default)]
    pub label: Option<String>,
    /// What happens to a call, set after the purchase.
    #[serde(default)]
    pub voice: Option<Routing>,
    /// What happens to a message, set after the purchase.
    #[serde(default)]
    pub messaging: Option<Routing>,
    /// Address given to emergency services, set after the purchase.
    #[serde(default)]
    pub emergency_address_id: Option<String>,
    /// What one carrier alone has.
    #[serde(default)]
    pub provider_options: ProviderData,
}

impl Wishes {
    /// The order for one number.
    pub fn order(self, account: AccountName, number: E164) -> PurchaseOrder {
        self.added_to(PurchaseOrder::new(account, number))
    }

    /// An order with these wishes in place of its own.
    pub fn added_to(self, order: PurchaseOrder) -> PurchaseOrder {
        PurchaseOrder {
            address_id: self.address_id,
            label: self.label,
            voice: self.voice,
            messaging: self.messaging,
            emergency_address_id: self.emergency_address_id,
            provider_options: self.provider_options,
            ..order
        }
    }
}
