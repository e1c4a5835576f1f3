//! What an allocation does next: a pure function of what is written down of it.

use crate::model::{Allocation, AllocationItem, ItemState};

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
    let places = allocation.items.iter();
    let taken = places.filter(|item| item.takes_a_place()).count();
    let open = count(allocation, |item| item.state == ItemState::Open);
    let missing = allocation.count.saturating_sub(taken);
    let buy = missing.min(AT_ONCE.saturating_sub(open));
    if allocation.error.is_none() && buy > 0 {
        Step::Buy(buy)
    } else if count(allocation, AllocationItem::is_open) > 0 {
        Step::Wait
    } else {
        Step::End
    }
}

/// How many purchases failed by mere absence, and may still be carried out: nothing takes their place unless their
/// numbers are seen on offer again.
pub(super) fn absent(allocation: &Allocation) -> usize {
    count(allocation, |item| {
        item.state == ItemState::Failed && item.takes_a_place()
    })
}

fn count(allocation: &Allocation, fits: impl Fn(&AllocationItem) -> bool) -> usize {
    allocation.items.iter().filter(|item| fits(item)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, ErrorKind};
    use crate::model::{
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
    fn no_more_are_bought_at_once_than_is_allowed_and_no_more_in_all_than_wanted() {
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
    fn what_may_still_be_sold_to_us_is_not_bought_again() {
        let mut allocation = allocation(&[ItemState::Failed; 10]);
        assert_eq!(next(&allocation), Step::Buy(AT_ONCE));
        allocation
            .items
            .iter_mut()
            .for_each(|item| item.presumed = true);
        assert_eq!((next(&allocation), absent(&allocation)), (Step::End, 10));
        allocation.items[0].on_offer_again = true;
        assert_eq!((next(&allocation), absent(&allocation)), (Step::Buy(1), 9));
    }

    #[test]
    fn once_it_is_given_up_it_waits_for_what_is_under_way_and_ends() {
        let mut given_up = allocation(&[ItemState::Open]);
        given_up.error = Some(Error::new(ErrorKind::NotAvailable, "none left"));
        assert_eq!(next(&given_up), Step::Wait);
        given_up.items[0].state = ItemState::Succeeded;
        assert_eq!(next(&given_up), Step::End);
    }
}
