//! Beginning a purchase.

use std::sync::Arc;

use trunkline_admin::Answer;
use trunkline_core::{PurchaseId, Tenant};
use trunkline_engine::journal::{Begin, Record, Scope};

use super::draft::{
    begun, begun_as, dispatched, failed, failed_for_now, purchase, purchase_at, scope, step,
    succeeded,
};
use super::{Subject, at_once};

fn count(outcomes: &[Begin], which: fn(&Begin) -> bool) -> usize {
    outcomes.iter().filter(|begin| which(begin)).count()
}

/// It is there, in version 1, under a lease with the first fence.
pub async fn a_fresh_purchase_is_written_down_under_a_lease(subject: &Subject) {
    let (record, lease) = begun(&*subject.store, &purchase(0)).await;
    assert_eq!(
        (lease.name.as_str(), lease.fence),
        (record.purchase.id.as_str(), 1)
    );
    assert!(lease.holds());
    assert_eq!(
        subject.store.load(&record.purchase.id).await.unwrap(),
        Some(record)
    );
}

/// Repeating a request gives the purchase as it stands, not as it was begun.
pub async fn the_same_key_and_request_find_the_purchase(subject: &Subject) {
    let (record, _) = begun_as(&*subject.store, &scope("k"), &purchase(0)).await;
    let record = step(&*subject.store, dispatched(record)).await;
    let again = subject
        .store
        .begin(&scope("k"), &purchase(0), "other")
        .await
        .unwrap();
    assert_eq!(again, Begin::Known(Box::new(record)));
}

/// Another request under a used key is refused, even for another number.
pub async fn the_same_key_with_another_request_is_a_mismatch(subject: &Subject) {
    begun_as(&*subject.store, &scope("k"), &purchase(0)).await;
    let other = Record {
        fingerprint: "another".to_owned(),
        ..purchase(1)
    };
    assert_eq!(
        subject
            .store
            .begin(&scope("k"), &other, "other")
            .await
            .unwrap(),
        Begin::Mismatch
    );
    assert_eq!(subject.store.load(&other.purchase.id).await.unwrap(), None);
}

/// It says who is at it, and leaves nothing behind.
pub async fn a_number_being_bought_is_busy(subject: &Subject) {
    let (first, _) = begun_as(&*subject.store, &scope("k1"), &purchase(0)).await;
    let second = purchase(0);
    let busy = Begin::Busy {
        by: first.purchase.id.as_str().to_owned(),
    };
    assert_eq!(
        subject
            .store
            .begin(&scope("k2"), &second, "other")
            .await
            .unwrap(),
        busy
    );
    assert_eq!(subject.store.find_key(&scope("k2")).await.unwrap(), None);
    assert_eq!(subject.store.load(&second.purchase.id).await.unwrap(), None);
}

/// Two accounts may buy the same number.
pub async fn a_number_is_free_at_another_identity(subject: &Subject) {
    begun(&*subject.store, &purchase_at("one", 0)).await;
    begun(&*subject.store, &purchase_at("two", 0)).await;
}

/// Whether it was got or not.
pub async fn a_number_is_free_again_once_its_purchase_is_settled(subject: &Subject) {
    let (record, _) = begun(&*subject.store, &purchase(0)).await;
    step(&*subject.store, failed(record)).await;
    let (record, _) = begun(&*subject.store, &purchase(0)).await;
    step(&*subject.store, succeeded(record, "PN1")).await;
    begun(&*subject.store, &purchase(0)).await;
}

/// The key stands for the new purchase from then on, without an answer; the old one stays.
pub async fn a_key_whose_purchase_may_start_over_starts_another(subject: &Subject) {
    let (first, _) = begun_as(&*subject.store, &scope("k"), &purchase(0)).await;
    let first = step(&*subject.store, failed_for_now(first)).await;
    let answer = Answer {
        status: 503,
        content_type: "a/b".to_owned(),
        location: None,
        body: "{}".to_owned(),
    };
    subject
        .admin
        .keep_answer(&scope("k"), answer, None)
        .await
        .unwrap();
    let (second, lease) = begun_as(&*subject.store, &scope("k"), &purchase(0)).await;
    assert_eq!(lease.fence, 1);
    let entry = subject.store.find_key(&scope("k")).await.unwrap().unwrap();
    assert_eq!(entry.purchase, Some(second.purchase.id.clone()));
    assert_eq!(subject.admin.answer(&scope("k")).await.unwrap(), None);
    assert_eq!(
        subject.store.load(&first.purchase.id).await.unwrap(),
        Some(first)
    );
    assert_eq!(
        subject.store.load(&second.purchase.id).await.unwrap(),
        Some(second)
    );
}

/// The key stays with the purchase that failed.
pub async fn a_key_that_starts_over_may_find_its_number_busy(subject: &Subject) {
    let (first, _) = begun_as(&*subject.store, &scope("k1"), &purchase(0)).await;
    let first = step(&*subject.store, failed_for_now(first)).await;
    let (second, _) = begun_as(&*subject.store, &scope("k2"), &purchase(0)).await;
    let busy = Begin::Busy {
        by: second.purchase.id.as_str().to_owned(),
    };
    assert_eq!(
        subject
            .store
            .begin(&scope("k1"), &purchase(0), "other")
            .await
            .unwrap(),
        busy
    );
    let entry = subject.store.find_key(&scope("k1")).await.unwrap().unwrap();
    assert_eq!(entry.purchase, Some(first.purchase.id));
}

/// Repeating such a request gives the same failure.
pub async fn a_key_whose_purchase_failed_for_good_stays_with_it(subject: &Subject) {
    let (record, _) = begun_as(&*subject.store, &scope("k"), &purchase(0)).await;
    let record = step(&*subject.store, failed(record)).await;
    let again = subject
        .store
        .begin(&scope("k"), &purchase(0), "other")
        .await
        .unwrap();
    assert_eq!(again, Begin::Known(Box::new(record)));
}

/// The same key of another tenant, or on another route, is another key.
pub async fn keys_of_other_tenants_and_routes_are_apart(subject: &Subject) {
    let (first, _) = begun_as(&*subject.store, &scope("k"), &purchase(0)).await;
    let tenant = Scope {
        tenant: Tenant::new("other").unwrap(),
        ..scope("k")
    };
    let route = Scope {
        route: "POST /v1/allocations".to_owned(),
        ..scope("k")
    };
    let (second, _) = begun_as(&*subject.store, &tenant, &purchase(1)).await;
    let (third, _) = begun_as(&*subject.store, &route, &purchase(2)).await;
    for (scope, record) in [(scope("k"), first), (tenant, second), (route, third)] {
        let entry = subject.store.find_key(&scope).await.unwrap().unwrap();
        assert_eq!(entry.purchase, Some(record.purchase.id));
    }
}

/// The others are told of that one.
pub async fn one_key_used_many_times_at_once_starts_one_purchase(subject: &Subject) {
    let outcomes = at_once(64, |index| {
        let store = Arc::clone(&subject.store);
        async move {
            store
                .begin(&scope("k"), &purchase(index), "owner")
                .await
                .unwrap()
        }
    });
    let outcomes = outcomes.await;
    assert_eq!(
        count(&outcomes, |begin| matches!(begin, Begin::Fresh(_))),
        1
    );
    assert_eq!(
        count(&outcomes, |begin| matches!(begin, Begin::Known(_))),
        63
    );
}

/// The others are told by whom.
pub async fn one_number_wanted_many_times_at_once_is_bought_once(subject: &Subject) {
    let outcomes = at_once(64, |index| {
        let store = Arc::clone(&subject.store);
        async move {
            store
                .begin(&scope(&format!("k{index}")), &purchase(0), "owner")
                .await
                .unwrap()
        }
    });
    let outcomes = outcomes.await;
    let names = outcomes.iter().filter_map(|begin| match begin {
        Begin::Fresh(lease) => Some(lease.name.clone()),
        _ => None,
    });
    let [winner] = &names.collect::<Vec<_>>()[..] else {
        panic!("not one of them was begun: {outcomes:?}")
    };
    let told = outcomes
        .iter()
        .filter(|begin| matches!(begin, Begin::Busy { by } if by == winner))
        .count();
    assert_eq!(told, 63);
}

/// What is refused to one is not refused to its neighbours.
pub async fn many_numbers_wanted_at_once_are_all_bought(subject: &Subject) {
    let outcomes = at_once(64, |index| {
        let store = Arc::clone(&subject.store);
        // Every other one wants the number of the one before it.
        async move {
            store
                .begin(&scope(&format!("k{index}")), &purchase(index / 2), "owner")
                .await
                .unwrap()
        }
    });
    let outcomes = outcomes.await;
    assert_eq!(
        count(&outcomes, |begin| matches!(begin, Begin::Fresh(_))),
        32
    );
    for begin in &outcomes {
        if let Begin::Fresh(lease) = begin {
            let id = PurchaseId::new(lease.name.clone()).unwrap();
            assert!(subject.store.load(&id).await.unwrap().is_some());
        }
    }
}
