//! Reading the journal.

use jiff::Timestamp;
use trunkline_core::{AccountName, PurchaseId, PurchaseState, Tenant};
use trunkline_engine::journal::{PurchaseFilter, Record};

use super::Subject;
use super::draft::{begun, begun_as, failed, number, purchase, scope, step};

fn ids(records: &[Record]) -> Vec<&str> {
    records
        .iter()
        .map(|record| record.purchase.id.as_str())
        .collect()
}

/// Three purchases, oldest first, a second apart.
async fn three(subject: &Subject) -> Vec<Record> {
    let mut records = Vec::new();
    for index in 0..3 {
        let mut record = purchase(index);
        let created_at = Timestamp::from_second(1_700_000_000 + i64::from(index)).unwrap();
        (record.purchase.id, record.purchase.created_at) =
            (PurchaseId::generate(created_at), created_at);
        records.push(begun(&*subject.store, &record).await.0);
    }
    records
}

/// With everything that was seen and why.
pub async fn a_purchase_survives_as_it_was(subject: &Subject) {
    let (record, _) = begun(&*subject.store, &purchase(0)).await;
    let mut record = failed(record);
    record.watch_looks = 7;
    record.order.label = Some("Zoë's \"desk\"\n".to_owned());
    let record = step(&*subject.store, record).await;
    assert_eq!(
        subject.store.load(&record.purchase.id).await.unwrap(),
        Some(record)
    );
}

/// And no more than were asked for.
pub async fn purchases_are_listed_newest_first(subject: &Subject) {
    let records = three(subject).await;
    let all = subject
        .store
        .purchases(&Tenant::default(), &PurchaseFilter::default(), 10)
        .await
        .unwrap();
    assert_eq!(all, records.iter().rev().cloned().collect::<Vec<_>>());
    let two = subject
        .store
        .purchases(&Tenant::default(), &PurchaseFilter::default(), 2)
        .await
        .unwrap();
    assert_eq!(ids(&two), ids(&all[..2]));
}

/// By state, account and number, alone and together.
pub async fn purchases_are_filtered(subject: &Subject) {
    let records = three(subject).await;
    step(&*subject.store, failed(records[1].clone())).await;
    let mut elsewhere = purchase(3);
    elsewhere.purchase.account = AccountName::new("emea").unwrap();
    let (elsewhere, _) = begun(&*subject.store, &elsewhere).await;
    let found = async |filter: PurchaseFilter| {
        let found = subject
            .store
            .purchases(&Tenant::default(), &filter, 10)
            .await
            .unwrap();
        found
            .into_iter()
            .map(|record| record.purchase.id)
            .collect::<Vec<_>>()
    };
    let id = |index: usize| records[index].purchase.id.clone();
    let state = |state| PurchaseFilter {
        state: Some(state),
        ..PurchaseFilter::default()
    };
    assert_eq!(found(state(PurchaseState::Failed)).await, [id(1)]);
    let emea = PurchaseFilter {
        account: Some("emea".to_owned()),
        ..PurchaseFilter::default()
    };
    assert_eq!(found(emea.clone()).await, [elsewhere.purchase.id]);
    let third = PurchaseFilter {
        number: Some(number(2)),
        ..PurchaseFilter::default()
    };
    assert_eq!(found(third).await, [id(2)]);
    assert_eq!(
        found(PurchaseFilter {
            state: Some(PurchaseState::Failed),
            ..emea
        })
        .await,
        []
    );
}

/// A name that is a part of another is another account.
pub async fn purchases_are_filtered_by_the_accounts_that_may_be_seen(subject: &Subject) {
    let mut ids = Vec::new();
    for (index, account) in (0..).zip(["us-main", "us", "emea"]) {
        let mut record = purchase(index);
        record.purchase.account = AccountName::new(account).unwrap();
        let (record, _) = begun(&*subject.store, &record).await;
        ids.push(record.purchase.id);
    }
    for (seen, expected) in [
        (vec!["us"], vec![1]),
        (vec!["us-main", "emea"], vec![2, 0]),
        (vec!["main"], vec![]),
        (vec![], vec![]),
    ] {
        let names = seen.iter().map(|name| AccountName::new(*name).unwrap());
        let filter = PurchaseFilter {
            accounts: Some(names.collect()),
            ..PurchaseFilter::default()
        };
        let tenant = Tenant::default();
        let found = subject.store.purchases(&tenant, &filter, 10).await.unwrap();
        let found: Vec<_> = found.into_iter().map(|record| record.purchase.id).collect();
        let expected: Vec<_> = expected
            .into_iter()
            .map(|at: usize| ids[at].clone())
            .collect();
        assert_eq!(found, expected, "{seen:?}");
    }
}

/// Not even their number.
pub async fn purchases_of_other_tenants_are_not_listed(subject: &Subject) {
    let tenant = Tenant::new("other").unwrap();
    let mut theirs = scope("k");
    theirs.tenant = tenant.clone();
    let (record, _) = begun_as(&*subject.store, &theirs, &purchase(0)).await;
    let filter = PurchaseFilter::default();
    assert_eq!(
        subject
            .store
            .purchases(&Tenant::default(), &filter, 10)
            .await
            .unwrap(),
        []
    );
    assert_eq!(
        subject.store.purchases(&tenant, &filter, 10).await.unwrap(),
        vec![record]
    );
}

/// Page by page.
pub async fn a_list_goes_on_before_its_last_purchase(subject: &Subject) {
    let records = three(subject).await;
    let filter = PurchaseFilter {
        before: Some(records[2].purchase.id.clone()),
        ..PurchaseFilter::default()
    };
    let rest = subject
        .store
        .purchases(&Tenant::default(), &filter, 10)
        .await
        .unwrap();
    assert_eq!(
        ids(&rest),
        [
            records[1].purchase.id.as_str(),
            records[0].purchase.id.as_str()
        ]
    );
}

/// Otherwise nothing would be sent.
pub async fn the_database_can_be_written_to(subject: &Subject) {
    subject.store.check().await.unwrap();
}
