//! Taking numbers on the books that are held elsewhere.

use trunkline_core::{Operation, Provider, RangeOutcome};

use crate::harness::Harness;

/// And is new.
pub async fn a_registered_number_is_held(harness: &dyn Harness) {
    let subject = offering!(harness, Register);
    let most = subject.provider().capability().batch_max.min(3);
    let numbers = subject.samples().register.iter().take(most);
    let request = subject.register(numbers);
    let registered = subject.provider().register(&request).await.unwrap();
    assert_eq!(registered.len(), most);
    for ((number, new), wanted) in registered.iter().zip(&request.numbers) {
        assert!(*new, "{number:?}");
        assert_eq!(number.number.as_ref(), Some(wanted));
        assert!(subject.owns(wanted), "{wanted} is not in the books");
        let got = subject.get(&number.provider_id).await;
        assert_eq!(got.id, number.id);
    }
}

/// Nothing is there twice.
pub async fn a_number_registered_again_is_not_new(harness: &dyn Harness) {
    let subject = offering!(harness, Register);
    let request = subject.register(subject.samples().register.iter().take(1));
    let first = subject.provider().register(&request).await.unwrap();
    let again = subject.provider().register(&request).await.unwrap();
    assert_eq!((first[0].1, again[0].1), (true, false));
    assert_eq!(first[0].0.id, again[0].0.id);
    assert_eq!(subject.times_owned(&request.numbers[0]), 1);
}

/// Each says whether it is new; a second time none is.
pub async fn a_range_is_registered_number_by_number(harness: &dyn Harness) {
    let subject = offering!(harness, RegisterRange);
    let range = subject.samples().range.clone().unwrap();
    let items = subject.provider().register_range(&range).await.unwrap();
    let created = |outcome: &RangeOutcome| matches!(outcome, RangeOutcome::Created(_));
    let all_new = items.iter().all(|item| created(&item.outcome));
    assert!(items.len() >= 2 && all_new, "{items:?}");
    assert_eq!(items[0].number, range.start_number);
    assert_eq!(items[items.len() - 1].number, range.end_number);
    let again = subject.provider().register_range(&range).await.unwrap();
    let existing = |outcome: &RangeOutcome| matches!(outcome, RangeOutcome::Existing(_));
    let none_new = again.iter().all(|item| existing(&item.outcome));
    assert!(none_new, "{again:?}");
}
