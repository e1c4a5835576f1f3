//! Which purchases there are: what a list asks for, and which are not over.

use std::collections::BTreeSet;
use std::time::Duration;

use trunkline_core::model::{AccountName, E164, Purchase, PurchaseId, PurchaseState};
use trunkline_core::named_enum;

/// Which purchases to list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PurchaseFilter {
    /// In this state.
    pub state: Option<PurchaseState>,
    /// At this account.
    pub account: Option<String>,
    /// At these accounts; at all if `None`.
    pub accounts: Option<BTreeSet<AccountName>>,
    /// For this number.
    pub number: Option<E164>,
    /// With, or without, an open question for a person.
    pub needs_person: Option<bool>,
    /// Older than this one.
    pub before: Option<PurchaseId>,
}

impl PurchaseFilter {
    /// Whether a purchase is listed.
    pub fn fits(&self, purchase: &Purchase) -> bool {
        let account = &purchase.account;
        let named = |wanted: &String| account.as_str() == wanted;
        self.state.is_none_or(|wanted| purchase.state == wanted)
            && self.account.as_ref().is_none_or(named)
            && self
                .accounts
                .as_ref()
                .is_none_or(|all| all.contains(account))
            && self.number.is_none_or(|wanted| purchase.number == wanted)
            && self
                .needs_person
                .is_none_or(|wanted| purchase.needs_person.is_some() == wanted)
            && self
                .before
                .as_ref()
                .is_none_or(|before| purchase.id < *before)
    }
}

named_enum! {
    /// Why purchases of an account are not over yet.
    Openness {
        /// Written down, nothing was sent.
        Intended = "intended",
        /// About to be sent, or sent.
        Dispatched = "dispatched",
        /// It can't be told yet what came of them.
        Unknown = "unknown",
        /// Presumed failed, and watched for a late commit.
        Watched = "watched",
        /// Failed as it seems, with a question for a person.
        NeedsPerson = "needs_person",
    }
}

impl Openness {
    /// Why a purchase is not over, if it is not: `due` says whether it will be looked at again.
    #[must_use]
    pub const fn of(purchase: &Purchase, due: bool) -> Option<Self> {
        match purchase.state {
            PurchaseState::Intended => Some(Self::Intended),
            PurchaseState::Dispatched => Some(Self::Dispatched),
            PurchaseState::Unknown => Some(Self::Unknown),
            PurchaseState::Failed if purchase.needs_person.is_some() => Some(Self::NeedsPerson),
            PurchaseState::Failed if due => Some(Self::Watched),
            PurchaseState::Succeeded | PurchaseState::Failed => None,
        }
    }
}

/// The purchases of an account that are not over, for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsettled {
    /// The account by its name then, whether it is still configured or not.
    pub account: AccountName,
    /// The upstream identity of the account.
    pub identity: String,
    /// Why they are not over.
    pub open: Openness,
    /// How many there are.
    pub count: u64,
    /// The age of the oldest.
    pub oldest: Duration,
}
