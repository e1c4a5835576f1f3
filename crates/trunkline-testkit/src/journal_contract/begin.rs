//! Beginning a purchase.

use trunkline_core::{PurchaseId, Tenant};
use trunkline_engine::journal::Begin;

use super::draft::{
    answer, busy, dispatched, failed, failed_for_now, purchase, purchase_at, scope, succeeded,
};
use super::{Subject, at_once, count};
use crate::with;

pub async fn a_fresh_purchase_is_written_down_under_a_lease(subject: &Subject) {
    let (record, lease) = subject.begun(&purchase(0)).await;
    let id = record.purchase.id.as_str();
    assert_eq!((lease.name.as_str(), lease.fence), (id, 1));
    assert!(lease.holds());
    assert_eq!(subject.load(&record).await, Some(record));
}

/// Repeating a request gives the purchase as it stands, not as it was begun.
pub async fn the_same_key_and_request_find_the_purchase(subject: &Subject) {
    let (record, _) = subject.begun_as(&scope("k"), &purchase(0)).await;
    let record = subject.step(dispatched(record)).await;
    let again = subject.begin(&scope("k"), &purchase(0)).await;
    assert_eq!(again, Begin::Known(Box::new(record)));
}

/// Another request under a used key is refused, even for another number.
pub async fn the_same_key_with_another_request_is_a_mismatch(subject: &Subject) {
    subject.begun_as(&scope("k"), &purchase(0)).await;
    let other = with(purchase(1), |it| it.fingerprint = "another".to_owned());
    let refused = subject.begin(&scope("k"), &other).await;
    assert_eq!(refused, Begin::Mismatch);
    assert_eq!(subject.load(&other).await, None);
}

/// The refusal names the purchase that has it, and leaves nothing behind.
pub async fn a_number_being_bought_is_busy(subject: &Subject) {
    let (first, _) = subject.begun_as(&scope("k1"), &purchase(0)).await;
    let second = purchase(0);
    let refused = subject.begin(&scope("k2"), &second).await;
    assert_eq!(refused, busy(&first));
    assert_eq!(subject.entry("k2").await, None);
    assert_eq!(subject.load(&second).await, None);
}

pub async fn a_number_is_free_at_another_identity(subject: &Subject) {
    subject.begun(&purchase_at("one", 0)).await;
    subject.begun(&purchase_at("two", 0)).await;
}

pub async fn a_number_is_free_again_once_its_purchase_is_settled(subject: &Subject) {
    subject.stepped(0, failed).await;
    subject.stepped(0, |r| succeeded(r, "PN1")).await;
    subject.begun(&purchase(0)).await;
}

/// The key stands for the new purchase from then on, without an answer; the old one stays.
pub async fn a_key_whose_purchase_may_start_over_starts_another(subject: &Subject) {
    let key = scope("k");
    let (first, _) = subject.begun_as(&key, &purchase(0)).await;
    let first = subject.step(failed_for_now(first)).await;
    subject.keep_answer(&key, &answer(503, "{}")).await;
    let (second, lease) = subject.begun_as(&key, &purchase(0)).await;
    assert_eq!(lease.fence, 1);
    let entry = subject.entry("k").await.unwrap();
    let new = Some(second.purchase.id.clone());
    let kept = subject.answer("k").await;
    assert_eq!((entry.purchase, kept), (new, None));
    for record in [first, second] {
        assert_eq!(subject.load(&record).await, Some(record));
    }
}

pub async fn a_key_that_starts_over_may_find_its_number_busy(subject: &Subject) {
    let (first, _) = subject.begun_as(&scope("k1"), &purchase(0)).await;
    let first = subject.step(failed_for_now(first)).await;
    let (second, _) = subject.begun_as(&scope("k2"), &purchase(0)).await;
    let refused = subject.begin(&scope("k1"), &purchase(0)).await;
    assert_eq!(refused, busy(&second));
    let entry = subject.entry("k1").await.unwrap();
    assert_eq!(entry.purchase, Some(first.purchase.id));
}

pub async fn a_key_whose_purchase_failed_for_good_stays_with_it(subject: &Subject) {
    let (record, _) = subject.begun_as(&scope("k"), &purchase(0)).await;
    let record = subject.step(failed(record)).await;
    let again = subject.begin(&scope("k"), &purchase(0)).await;
    assert_eq!(again, Begin::Known(Box::new(record)));
}

/// The same key of another tenant, or on another route, is another key.
pub async fn keys_of_other_tenants_and_routes_are_apart(subject: &Subject) {
    let tenant = with(scope("k"), |it| it.tenant = Tenant::new("other").unwrap());
    let route = with(scope("k"), |it| {
        it.route = "POST /v1/allocations".to_owned()
    });
    let mut begun = Vec::new();
    for (index, scope) in (0..).zip([scope("k"), tenant, route]) {
        let (record, _) = subject.begun_as(&scope, &purchase(index)).await;
        begun.push((scope, record.purchase.id));
    }
    for (scope, id) in begun {
        let entry = subject.store.find_key(&scope).await.unwrap().unwrap();
        assert_eq!(entry.purchase, Some(id));
    }
}

pub async fn one_key_used_many_times_at_once_starts_one_purchase(subject: &Subject) {
    let all = at_once(subject, 64, |subject, index| async move {
        subject.begin(&scope("k"), &purchase(index)).await
    });
    let all = all.await;
    assert_eq!(count(&all, |one| matches!(one, Begin::Fresh(_))), 1);
    assert_eq!(count(&all, |one| matches!(one, Begin::Known(_))), 63);
}

pub async fn one_number_wanted_many_times_at_once_is_bought_once(subject: &Subject) {
    let all = at_once(subject, 64, |subject, index| async move {
        let key = scope(&format!("k{index}"));
        subject.begin(&key, &purchase(0)).await
    });
    let all = all.await;
    let winner = all.iter().find_map(|begin| match begin {
        Begin::Fresh(lease) => Some(lease.name.clone()),
        _ => None,
    });
    let by = winner.unwrap();
    assert_eq!(
        count(&all, |one| *one == Begin::Busy { by: by.clone() }),
        63
    );
}

pub async fn many_numbers_wanted_at_once_are_all_bought(subject: &Subject) {
    // Every other one wants the number of the one before it.
    let all = at_once(subject, 64, |subject, index| async move {
        let key = scope(&format!("k{index}"));
        subject.begin(&key, &purchase(index / 2)).await
    });
    let all = all.await;
    assert_eq!(count(&all, |one| matches!(one, Begin::Fresh(_))), 32);
    for begin in &all {
        if let Begin::Fresh(lease) = begin {
            let id = PurchaseId::new(lease.name.clone()).unwrap();
            assert!(subject.store.load(&id).await.unwrap().is_some());
        }
    }
}
