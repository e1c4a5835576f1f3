//! Buying a number when nothing goes wrong on the way, and taking numbers on the books that are held elsewhere.

use trunkline_core::capability::NumberField;
use trunkline_core::{
    Effect, ErrorKind, HeldRow, NumberId, NumberUpdate, Operation, Patch, Provider, PurchaseOrder,
    RangeOutcome,
};

use crate::harness::Harness;
use crate::with;

/// One request, one entry in the books, and the answer is about that number.
pub async fn a_purchase_buys_exactly_the_number(harness: &dyn Harness) {
    let subject = offering!(harness, Purchase, FindOwned);
    let order = subject.orders(3).await.remove(1);
    let before = harness.ledger().purchases.len();
    let number = subject.provider().purchase(&order).await.unwrap();
    assert_eq!(number.e164(), Some(order.number));
    assert_eq!(number.account, order.account);
    assert_eq!(&number.provider, subject.provider().provider());
    let id = NumberId::of(&order.account, &number.provider_id);
    assert_eq!(number.id, id.unwrap());
    assert_eq!(subject.sent_as(Operation::Purchase), 1);
    let purchases = harness.ledger().purchases;
    assert_eq!(purchases.len(), before + 1);
    assert_eq!(subject.charged_for(&order.number), 1);
    assert!(subject.owns(order.number.as_str()));
}

/// Label and the like are left for the update afterwards, and the adapter says so.
pub async fn a_purchase_is_bare(harness: &dyn Harness) {
    let subject = offering!(harness, Purchase, FindOwned);
    let mut order = subject.order().await;
    assert_eq!(subject.provider().settings_after(&order).unwrap(), None);
    if subject.writes(NumberField::Label) {
        order.label = Some("Not part of the sale".to_owned());
        let after = subject.provider().settings_after(&order).unwrap();
        assert_eq!(after.unwrap().label, Patch::from(order.label.clone()));
    }
    let bought = subject.provider().purchase(&order).await.unwrap();
    let held = subject.get(&bought.provider_id).await;
    assert_eq!(bought.provider_id, held.provider_id);
    let bare = order.label.is_none() || held.label != order.label;
    assert!(bare, "{held:?}");
}

/// Under the id it was answered with, and created no earlier than a look at the carrier's clock before.
pub async fn a_purchased_number_is_held(harness: &dyn Harness) {
    let subject = offering!(harness, Purchase, FindOwned);
    let order = subject.order().await;
    let look = subject.look(&order.number).await;
    assert_eq!(look.rows, []);
    let bought = subject.provider().purchase(&order).await.unwrap();
    let got = subject.get(&bought.provider_id).await;
    assert_eq!((got.number, got.id), (bought.number, bought.id));
    let after = subject.look(&order.number).await;
    let row = HeldRow {
        provider_id: bought.provider_id,
        created_at: bought.purchased_at,
    };
    assert_eq!(after.rows, [row]);
    if let (Some(created), Some(before)) = (bought.purchased_at, look.carrier_time) {
        assert!(created >= before, "created at {created}, after {before}");
    }
}

pub async fn a_purchase_of_a_taken_number_is_not_available(harness: &dyn Harness) {
    let subject = offering!(harness, Purchase, FindOwned);
    let books = harness.ledger();
    let order = PurchaseOrder {
        account: subject.provider().account().clone(),
        ..subject.samples().taken.clone().unwrap()
    };
    let error = subject.provider().purchase(&order).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAvailable, "{error:?}");
    assert_eq!(error.effect(), Effect::None, "{error:?}");
    subject.bought_nothing_since(&books);
}

/// Whether the carrier answers with the number it has or refuses: nothing is charged, and its settings stay.
pub async fn a_purchase_of_an_own_number_changes_nothing(harness: &dyn Harness) {
    let subject = offering!(harness, Purchase, FindOwned);
    let order = subject.order().await;
    let bought = subject.provider().purchase(&order).await.unwrap();
    let mut held = bought.clone();
    if subject.writes(NumberField::Label) {
        let label = Patch::Set("Set by its holder".to_owned());
        let update = with(NumberUpdate::default(), |it| it.label = label);
        held = subject.update(&bought.provider_id, &update).await;
    }
    match subject.provider().purchase(&order).await {
        Ok(again) => assert_eq!(
            (&again.provider_id, again.purchased_at),
            (&bought.provider_id, bought.purchased_at)
        ),
        Err(error) => {
            let kinds = [ErrorKind::Conflict, ErrorKind::NotAvailable];
            assert!(kinds.contains(&error.kind()), "{error:?}");
        }
    }
    assert_eq!(subject.charged_for(&order.number), 1);
    let now = subject.get(&bought.provider_id).await;
    assert_eq!(now, held);
    let seen = subject.look(&order.number).await;
    let wanted = HeldRow {
        provider_id: bought.provider_id,
        created_at: bought.purchased_at,
    };
    assert_eq!(seen.rows, [wanted]);
}

/// Both may be told that they hold it, but it is charged for once.
pub async fn one_number_bought_by_two_is_sold_once(harness: &dyn Harness) {
    let subject = offering!(harness, Purchase, FindOwned);
    let order = subject.order().await;
    let rival = harness.provider();
    let (one, other) = tokio::join!(subject.provider().purchase(&order), rival.purchase(&order));
    assert!(one.is_ok() || other.is_ok(), "{one:?} {other:?}");
    assert_eq!(subject.charged_for(&order.number), 1);
    let ids = [one.ok(), other.ok()].map(|won| won.map(|number| number.provider_id));
    let mut ids: Vec<_> = ids.into_iter().flatten().collect();
    ids.dedup();
    assert_eq!(ids.len(), 1);
}

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

pub async fn a_number_registered_again_is_not_new(harness: &dyn Harness) {
    let subject = offering!(harness, Register);
    let request = subject.register(subject.samples().register.iter().take(1));
    let first = subject.provider().register(&request).await.unwrap();
    let again = subject.provider().register(&request).await.unwrap();
    assert_eq!((first[0].1, again[0].1), (true, false));
    assert_eq!(first[0].0.id, again[0].0.id);
    assert_eq!(subject.times_owned(&request.numbers[0]), 1);
}

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
