//! Numbers that a purchase by criteria may take.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{AccountName, E164, Money, PriceSource, ProviderName, PurchaseOrder};

named_enum! {
    /// Which candidate goes first.
    #[derive(Default)]
    Strategy {
        /// The lowest monthly price; unknown ones, and other currencies than most are quoted in, last.
        #[default]
        Cheapest = "cheapest",
        /// The account with the highest priority; its cheapest number first.
        Priority = "priority",
    }
}

named_enum! {
    /// What has become of a candidate.
    CandidateState {
        /// Its turn has not come.
        Waiting = "waiting",
        /// An attempt was made at it.
        Taken = "taken",
        /// It was left out, or given up.
        PassedOver = "passed_over",
    }
}

/// A number that fits what was asked for, as it was quoted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Who sells it.
    pub account: AccountName,
    /// By which provider.
    pub provider: ProviderName,
    /// The number.
    pub number: E164,
    /// Price of a month.
    pub monthly_price: Option<Money>,
    /// Price of the purchase itself.
    pub setup_price: Option<Money>,
    /// Where the prices come from.
    pub price_source: PriceSource,
    /// What the carrier wants back with the purchase. Not shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// When the quote expires.
    pub expires_at: Timestamp,
    /// What has become of it.
    pub state: CandidateState,
    /// Why it was taken or passed over.
    pub reason: Option<String>,
}

impl Candidate {
    /// The number, at the account that would buy it.
    pub const fn target(&self) -> (&AccountName, E164) {
        (&self.account, self.number)
    }

    /// The order for it: the wishes of `base` for this number at this price.
    pub fn order(&self, base: &PurchaseOrder) -> PurchaseOrder {
        PurchaseOrder {
            account: self.account.clone(),
            number: self.number,
            handle: self.handle.clone(),
            monthly_price: self.monthly_price,
            setup_price: self.setup_price,
            price_source: self.price_source,
            expires_at: Some(self.expires_at),
            ..base.clone()
        }
    }

    /// Says that an attempt is made at it, and why.
    pub fn take(&mut self, reason: impl Into<String>) {
        self.state = CandidateState::Taken;
        self.reason = Some(reason.into());
    }

    /// Says that it is left out, and why.
    pub fn pass_over(&mut self, reason: impl Into<String>) {
        self.state = CandidateState::PassedOver;
        self.reason = Some(reason.into());
    }
}
