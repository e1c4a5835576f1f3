//! Many purchases by the same criteria, as one undertaking.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::model::{
    AccountName, AllocationId, E164, IdempotencyKey, Money, NumberId, ProviderData, PurchaseId,
    Strategy,
};

named_enum! {
    /// How many numbers are held or may yet be: items with the same target count once.
    #[derive(Default)]
    AllocationMode {
        /// As many as can be had.
        #[default]
        BestEffort = "best_effort",
        /// A minimum; all are tried for.
        AtLeast = "at_least",
        /// All of them.
        AllOrNothing = "all_or_nothing",
    }
}

named_enum! {
    /// How far an allocation has come.
    AllocationState {
        /// It buys, waits for outcomes, or gives back.
        Running = "running",
        /// As many are held as its mode asks for.
        Succeeded = "succeeded",
        /// By best effort: some are held.
        Partial = "partial",
        /// Fewer are held than its mode asks for.
        Failed = "failed",
    }
}

named_enum! {
    /// How far one number of an allocation has come.
    ItemState {
        /// It is being bought.
        Open = "open",
        /// Its purchase was sent, and it can't be told yet what came of it.
        Unknown = "unknown",
        /// It was bought.
        Succeeded = "succeeded",
        /// It was not.
        Failed = "failed",
    }
}

named_enum! {
    /// What became of giving a number back after its allocation failed.
    GivenBackState {
        /// The carrier has it back.
        Released = "released",
        /// It goes back at a later time: after the account's grace period, or once the carrier has answered.
        Later = "later",
        /// It stays: the carrier does not take it back, or not yet.
        Kept = "kept",
    }
}

/// How giving a number back went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenBack {
    /// What became of it.
    pub state: GivenBackState,
    /// When it was, or will be, given back; of one that is kept, from when on the carrier takes it, if that is known.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// Why it is kept, or goes later.
    #[serde(default)]
    pub reason: Option<String>,
}

/// One purchase of an allocation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AllocationItem {
    /// Its number within the allocation, from 1 on. With the allocation's id it makes the purchase's idempotency key.
    pub item: u32,
    /// The purchase, once it is written down.
    pub purchase: Option<PurchaseId>,
    /// The account that buys.
    pub account: Option<AccountName>,
    /// The number wanted.
    pub number: Option<E164>,
    /// The number's id, once held.
    pub number_id: Option<NumberId>,
    /// How far it has come.
    pub state: ItemState,
    /// It failed by absence alone, and is watched for a late commit: it keeps its place meanwhile.
    pub presumed: bool,
    /// A person has to say what became of it: it keeps its place until then.
    #[serde(default)]
    pub needs_person: bool,
    /// It had been presumed failed, and the carrier carried it out afterwards.
    pub late: bool,
    /// Price of a month.
    pub price: Option<Money>,
    /// Why it failed; of one that was bought, why its settings were refused.
    pub error: Option<Error>,
    /// How giving it back went, if that was wanted.
    pub given_back: Option<GivenBack>,
}

impl AllocationItem {
    /// An item of which nothing has been done.
    #[must_use]
    pub const fn new(item: u32) -> Self {
        Self {
            item,
            purchase: None,
            account: None,
            number: None,
            number_id: None,
            state: ItemState::Open,
            presumed: false,
            needs_person: false,
            late: false,
            price: None,
            error: None,
            given_back: None,
        }
    }

    /// Whether its outcome is not decided.
    pub const fn is_open(&self) -> bool {
        matches!(self.state, ItemState::Open | ItemState::Unknown)
    }

    /// Whether it was bought and not given back.
    pub fn is_held(&self) -> bool {
        let gone = [GivenBackState::Released, GivenBackState::Later];
        let given_back = self.given_back.as_ref();
        self.state == ItemState::Succeeded && !given_back.is_some_and(|g| gone.contains(&g.state))
    }

    /// Whether it may be, or become, one of the numbers wanted: no other is bought in its place.
    pub const fn takes_a_place(&self) -> bool {
        match self.state {
            ItemState::Open | ItemState::Unknown | ItemState::Succeeded => true,
            ItemState::Failed => self.presumed || self.needs_person,
        }
    }

    /// The number and account of the item, once known. Of several items with the same target at most one can be bought.
    pub fn target(&self) -> Option<(&AccountName, E164)> {
        self.account.as_ref().zip(self.number)
    }
}

/// How many items of an allocation are how far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AllocationCounts {
    /// Numbers wanted.
    pub wanted: usize,
    /// Bought and held.
    pub bought: usize,
    /// Not bought.
    pub failed: usize,
    /// Sent, with an outcome that is not known yet.
    pub unknown: usize,
    /// Being bought.
    pub open: usize,
    /// Bought and given back, or about to be.
    pub released: usize,
}

/// Many purchases by the same criteria, with what became of each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Allocation {
    /// Its id.
    pub id: AllocationId,
    /// How far it has come.
    pub state: AllocationState,
    /// Numbers wanted: 1 to 100.
    pub count: usize,
    /// How many are enough.
    pub mode: AllocationMode,
    /// With [`AllocationMode::AtLeast`]: so many.
    pub minimum: Option<usize>,
    /// Which numbers go first.
    pub strategy: Strategy,
    /// The most that a month of one may cost.
    pub max_monthly_price: Option<Money>,
    /// Whether what was bought is given back if it fails.
    pub release_on_failure: bool,
    /// What was asked for, as the caller wrote it: a JSON object.
    pub criteria: ProviderData,
    /// The client's key.
    pub idempotency_key: IdempotencyKey,
    /// One for each purchase, oldest first.
    pub items: Vec<AllocationItem>,
    /// How often it has searched.
    pub searches: u32,
    /// Why no more is bought, if fewer are held than wanted.
    pub error: Option<Error>,
    /// When it was written down.
    pub created_at: Timestamp,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
}

impl Allocation {
    /// How many items are how far.
    pub fn counts(&self) -> AllocationCounts {
        let count =
            |fits: fn(&AllocationItem) -> bool| self.items.iter().filter(|item| fits(item)).count();
        AllocationCounts {
            wanted: self.count,
            bought: count(AllocationItem::is_held),
            failed: count(|item| item.state == ItemState::Failed),
            unknown: count(|item| item.state == ItemState::Unknown),
            open: count(|item| item.state == ItemState::Open),
            released: count(|item| item.state == ItemState::Succeeded && !item.is_held()),
        }
    }

    /// How many numbers are held or may yet be: items with the same target count once.
    pub fn places(&self) -> usize {
        let takers = || self.items.iter().filter(|item| item.takes_a_place());
        let targets: BTreeSet<_> = takers().filter_map(AllocationItem::target).collect();
        targets.len() + takers().filter(|item| item.target().is_none()).count()
    }

    /// How many its mode asks for.
    pub fn enough(&self) -> usize {
        match self.mode {
            AllocationMode::BestEffort => 1,
            AllocationMode::AtLeast => self.minimum.unwrap_or(self.count),
            AllocationMode::AllOrNothing => self.count,
        }
    }

    /// The state that it ends in with the items as they are.
    pub fn outcome(&self) -> AllocationState {
        let bought = self.counts().bought;
        if bought < self.enough() {
            AllocationState::Failed
        } else if bought < self.count && self.mode == AllocationMode::BestEffort {
            AllocationState::Partial
        } else {
            AllocationState::Succeeded
        }
    }

    /// Whether it is over.
    pub fn is_done(&self) -> bool {
        self.state != AllocationState::Running
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allocation(mode: AllocationMode, bought: usize) -> Allocation {
        let now = Timestamp::UNIX_EPOCH;
        let item = |item| AllocationItem {
            state: ItemState::Succeeded,
            ..AllocationItem::new(item)
        };
        Allocation {
            id: AllocationId::generate(now),
            state: AllocationState::Running,
            count: 3,
            mode,
            minimum: Some(2),
            strategy: Strategy::Cheapest,
            max_monthly_price: None,
            release_on_failure: false,
            criteria: ProviderData::default(),
            idempotency_key: IdempotencyKey::new("key").unwrap(),
            items: (1..=u32::try_from(bought).unwrap()).map(item).collect(),
            searches: 0,
            error: None,
            created_at: now,
            finished_at: None,
        }
    }

    #[test]
    fn each_allocation_mode_ends_as_documented() {
        use AllocationMode::{AllOrNothing, AtLeast, BestEffort};
        use AllocationState::{Failed, Partial, Succeeded};
        let ends = |mode| [0, 1, 2, 3].map(|bought| allocation(mode, bought).outcome());
        assert_eq!(ends(BestEffort), [Failed, Partial, Partial, Succeeded]);
        assert_eq!(ends(AtLeast), [Failed, Failed, Succeeded, Succeeded]);
        assert_eq!(ends(AllOrNothing), [Failed, Failed, Failed, Succeeded]);
    }

    #[test]
    fn returned_number_is_not_held() {
        let mut allocation = allocation(AllocationMode::AllOrNothing, 3);
        for (item, state) in [
            (0, GivenBackState::Released),
            (1, GivenBackState::Later),
            (2, GivenBackState::Kept),
        ] {
            allocation.items[item].given_back = Some(GivenBack {
                state,
                at: None,
                reason: None,
            });
        }
        let counts = allocation.counts();
        assert_eq!((counts.bought, counts.released), (1, 2));
    }
}
