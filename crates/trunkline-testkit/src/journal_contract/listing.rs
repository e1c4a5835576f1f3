//! Reading the journal.

use jiff::Timestamp;
use trunkline_core::{AccountName, PurchaseId, PurchaseState, Tenant};
use trunkline_engine::journal::{PurchaseFilter, Record};

use super::Subject;
use super::draft::{failed, number, purchase, scope};
use crate::with;

fn any() -> PurchaseFilter {
    PurchaseFilter::default()
}

async fn found(subject: &Subject, filter: PurchaseFilter) -> Vec<PurchaseId> {
    let found = subject.purchases(&filter, 10).await.into_iter();
    found.map(|record| record.purchase.id).collect()
}

async fn three(subject: &Subject) -> Vec<Record> {
    let mut records = Vec::new();
    for index in 0..3 {
        let mut record = purchase(index);
        let created_at = Timestamp::from_second(1_700_000_000 + i64::from(index)).unwrap();
        (record.purchase.id, record.purchase.created_at) =
            (PurchaseId::generate(created_at), created_at);
        records.push(subject.begun(&record).await.0);
    }
    records
}

async fn of_account(subject: &Subject, index: u32, account: &str) -> PurchaseId {
    let mut record = purchase(index);
    record.purchase.account = AccountName::new(account).unwrap();
    subject.begun(&record).await.0.purchase.id
}

pub async fn a_purchase_survives_as_it_was(subject: &Subject) {
    let (record, _) = subject.begun(&purchase(0)).await;
    let mut record = failed(record);
    record.watch_looks = 7;
    record.order.label = Some("Zoë's \"desk\"\n".to_owned());
    let record = subject.step(record).await;
    assert_eq!(subject.load(&record).await, Some(record));
}

pub async fn purchases_are_listed_newest_first(subject: &Subject) {
    let records = three(subject).await;
    let all = subject.purchases(&any(), 10).await;
    assert_eq!(all, records.iter().rev().cloned().collect::<Vec<_>>());
    assert_eq!(subject.purchases(&any(), 2).await, all[..2]);
}

pub async fn purchases_are_filtered(subject: &Subject) {
    let records = three(subject).await;
    subject.step(failed(records[1].clone())).await;
    let elsewhere = of_account(subject, 3, "emea").await;
    let id = |index: usize| records[index].purchase.id.clone();
    let failed = with(any(), |it| it.state = Some(PurchaseState::Failed));
    let emea = with(any(), |it| it.account = Some("emea".to_owned()));
    let third = with(any(), |it| it.number = Some(number(2)));
    let failed_emea = with(emea.clone(), |it| it.state = failed.state);
    assert_eq!(found(subject, failed).await, [id(1)]);
    assert_eq!(found(subject, emea).await, [elsewhere]);
    assert_eq!(found(subject, third).await, [id(2)]);
    assert_eq!(found(subject, failed_emea).await, []);
}

pub async fn purchases_are_filtered_by_the_accounts_that_may_be_seen(subject: &Subject) {
    let mut ids = Vec::new();
    for (index, account) in (0..).zip(["us-main", "us", "emea"]) {
        ids.push(of_account(subject, index, account).await);
    }
    for (seen, expected) in [
        (vec!["us"], vec![1]),
        (vec!["us-main", "emea"], vec![2, 0]),
        (vec!["main"], vec![]),
        (vec![], vec![]),
    ] {
        let names = seen.iter().map(|name| AccountName::new(*name).unwrap());
        let filter = with(any(), |it| it.accounts = Some(names.collect()));
        let expected: Vec<_> = expected.iter().map(|at: &usize| ids[*at].clone()).collect();
        assert_eq!(found(subject, filter).await, expected, "{seen:?}");
    }
}

pub async fn purchases_of_other_tenants_are_not_listed(subject: &Subject) {
    let tenant = Tenant::new("other").unwrap();
    let mut theirs = scope("k");
    theirs.tenant = tenant.clone();
    let (record, _) = subject.begun_as(&theirs, &purchase(0)).await;
    assert_eq!(found(subject, any()).await, []);
    let listed = subject.store.purchases(&tenant, &any(), 10).await;
    assert_eq!(listed.unwrap(), [record]);
}

pub async fn a_list_goes_on_before_its_last_purchase(subject: &Subject) {
    let ids = three(subject).await.into_iter().map(|r| r.purchase.id);
    let ids: Vec<_> = ids.collect();
    let filter = with(any(), |it| it.before = Some(ids[2].clone()));
    let rest = found(subject, filter).await;
    assert_eq!(rest, [ids[1].clone(), ids[0].clone()]);
}

pub async fn the_database_can_be_written_to(subject: &Subject) {
    subject.store.check().await.unwrap();
}
