//! What an allocation does next: a pure function of what is written down of it.

use std::collections::BTreeSet;

use trunkline_core::model::{AccountName, Allocation, AllocationItem, Candidate, E164, ItemState};

/// The next step of an allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Begins so many purchases.
    Buy(usize),
    /// Waits for the outcome of those begun.
    Wait,
    /// All that can be is decided.
    End,
}

/// Purchases of one allocation at once.
pub(super) const AT_ONCE: usize = 8;

/// The next step. Items that are, or may yet turn out to be, one of the numbers wanted are never more than that.
pub(super) fn next(allocation: &Allocation) -> Step {
    let open = count(allocation, |item| item.state == ItemState::Open);
    let missing = allocation.count.saturating_sub(allocation.places());
    let buy = missing.min(AT_ONCE.saturating_sub(open));
    if allocation.error.is_none() && buy > 0 {
        Step::Buy(buy)
    } else if count(allocation, AllocationItem::is_open) > 0 {
        Step::Wait
    } else {
        Step::End
    }
}

/// Numbers whose purchase failed and may still come late, so that no other takes their place; without those bought
/// again.
pub(super) fn absent(allocation: &Allocation) -> BTreeSet<(&AccountName, E164)> {
    let items = || allocation.items.iter();
    let is_absent =
        |item: &&AllocationItem| item.state == ItemState::Failed && item.takes_a_place();
    let mut absent: BTreeSet<_> = items()
        .filter(is_absent)
        .filter_map(AllocationItem::target)
        .collect();
    for item in items().filter(|item| item.state != ItemState::Failed) {
        if let Some(target) = item.target() {
            absent.remove(&target);
        }
    }
    absent
}

/// Whether a purchase of this number at this account takes a place already: another would fill no further one.
pub(super) fn is_taken(allocation: &Allocation, candidate: &Candidate) -> bool {
    let mut takers = allocation.items.iter().filter(|item| item.takes_a_place());
    takers.any(|item| item.target() == Some(candidate.target()))
}

fn count(allocation: &Allocation, fits: impl Fn(&AllocationItem) -> bool) -> usize {
    allocation.items.iter().filter(|item| fits(item)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use trunkline_core::error::{Error, ErrorKind};
    use trunkline_core::model::{
        AllocationId, AllocationMode, AllocationState, IdempotencyKey, ProviderData, Strategy,
    };

    /// Ten numbers wanted, and items of these states.
    fn allocation(states: &[ItemState]) -> Allocation {
        let now = jiff::Timestamp::UNIX_EPOCH;
        let items = (1..).zip(states).map(|(item, state)| AllocationItem {
            state: *state,
            ..AllocationItem::new(item)
        });
        Allocation {
            id: AllocationId::generate(now),
            state: AllocationState::Running,
            count: 10,
            mode: AllocationMode::AllOrNothing,
            minimum: None,
            strategy: Strategy::Cheapest,
            max_monthly_price: None,
            release_on_failure: false,
            criteria: ProviderData::default(),
            idempotency_key: IdempotencyKey::new("key").unwrap(),
            items: items.collect(),
            searches: 0,
            error: None,
            created_at: now,
            finished_at: None,
        }
    }

    #[test]
    fn concurrency_and_total_of_an_allocation_are_bounded() {
        use ItemState::{Failed, Open, Succeeded, Unknown};
        assert_eq!(next(&allocation(&[])), Step::Buy(AT_ONCE));
        assert_eq!(next(&allocation(&[Open; 8])), Step::Wait);
        let some = [[Succeeded; 4].as_slice(), &[Unknown; 3], &[Failed; 5]].concat();
        assert_eq!(next(&allocation(&some)), Step::Buy(3));
        let all = [[Succeeded; 4].as_slice(), &[Unknown; 6], &[Failed; 5]].concat();
        assert_eq!(next(&allocation(&all)), Step::Wait);
        assert_eq!(next(&allocation(&[Succeeded; 10])), Step::End);
    }

    #[test]
    fn number_that_may_come_late_is_not_bought_again() {
        let mut allocation = allocation(&[ItemState::Failed; 10]);
        assert_eq!(next(&allocation), Step::Buy(AT_ONCE));
        for item in &mut allocation.items {
            item.presumed = true;
            name(item, item.item);
        }
        assert_eq!(next(&allocation), Step::End);
        assert_eq!(absent(&allocation).len(), 10);
    }

    /// Makes an item one about the number that ends so.
    fn name(item: &mut AllocationItem, last: u32) {
        item.account = Some("us-main".parse().unwrap());
        item.number = format!("+1415555{:04}", 100 + last).parse().ok();
    }

    #[test]
    fn a_second_purchase_of_the_same_number_shares_the_place_of_the_first() {
        let mut allocation = allocation(&[ItemState::Failed, ItemState::Open]);
        allocation.count = 1;
        allocation.items[0].presumed = true;
        for at in [0, 1] {
            name(&mut allocation.items[at], 7);
        }
        assert_eq!(next(&allocation), Step::Wait);
        assert!(absent(&allocation).is_empty());
        for (first, second) in [
            (ItemState::Failed, ItemState::Succeeded),
            (ItemState::Succeeded, ItemState::Failed),
        ] {
            (allocation.items[0].state, allocation.items[1].state) = (first, second);
            assert_eq!(next(&allocation), Step::End);
            assert!(absent(&allocation).is_empty());
        }
        allocation.items[0].state = ItemState::Failed;
        assert_eq!(absent(&allocation).len(), 1);
    }

    #[test]
    fn item_with_an_open_question_keeps_its_place() {
        let mut allocation = allocation(&[ItemState::Failed]);
        allocation.count = 1;
        assert_eq!(next(&allocation), Step::Buy(1));
        allocation.items[0].needs_person = true;
        assert_eq!(next(&allocation), Step::End);
    }

    #[test]
    fn abandoned_allocation_waits_for_open_purchases_and_ends() {
        let mut given_up = allocation(&[ItemState::Open]);
        given_up.error = Some(Error::new(ErrorKind::NotAvailable, "none left"));
        assert_eq!(next(&given_up), Step::Wait);
        given_up.items[0].state = ItemState::Succeeded;
        assert_eq!(next(&given_up), Step::End);
    }
}
