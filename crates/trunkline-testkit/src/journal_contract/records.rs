//! Releases, annotations and caller IDs.

use jiff::Timestamp;
use trunkline_core::{
    AccountName, CallerId, CallerIdMethod, CallerIdRequest, CallerIdState, NumberId, Provenance,
    Tenant,
};
use trunkline_engine::journal::{Annotation, Begin, CallerIdRecord, Commit, Release, Releasing};

use super::Subject;
use super::draft::{
    IDENTITY, busy, done, evidence, number, number_id, purchase, release, scope, succeeded,
};
use crate::with;

pub(super) fn caller_id(index: u32, state: CallerIdState) -> CallerIdRecord {
    let account = AccountName::new("us-main").unwrap();
    CallerIdRecord {
        tenant: Tenant::default(),
        caller_id: CallerId::new(account, number(index), CallerIdMethod::CallEnterCode, state),
        request: CallerIdRequest::new(number(index)),
        callback_token: Some("token".to_owned()),
        expires_at: Timestamp::UNIX_EPOCH,
        provenance: Provenance::default(),
    }
}

pub async fn a_number_being_released_is_busy(subject: &Subject) {
    let begun = subject.begin_release(&release(0, "PN1")).await;
    assert_eq!(begun, Releasing::Written);
    let by = "release".to_owned();
    let refused = subject.begin(&scope("k"), &purchase(0)).await;
    assert_eq!(refused, Begin::Busy { by });
    subject.begun(&purchase(1)).await;
}

pub async fn a_number_being_bought_is_not_released(subject: &Subject) {
    let (record, _) = subject.begun(&purchase(0)).await;
    let by = record.purchase.id.to_string();
    let refused = subject.begin_release(&release(0, "PN1")).await;
    assert_eq!(refused, Releasing::Busy { by });
    assert_eq!(subject.open_releases(10).await, []);
    // Ending what was not begun does not free what another holds.
    subject.end_release(&release(0, "PN1")).await;
    let refused = subject.begin(&scope("k"), &purchase(0)).await;
    assert_eq!(refused, busy(&record));
}

pub async fn a_release_may_be_begun_again(subject: &Subject) {
    for _ in 0..2 {
        let begun = subject.begin_release(&release(0, "PN1")).await;
        assert_eq!(begun, Releasing::Written);
        assert_eq!(subject.open_releases(10).await, [release(0, "PN1")]);
    }
}

pub async fn a_release_that_is_done_frees_the_number_and_the_carriers_id(subject: &Subject) {
    subject.stepped(0, |r| succeeded(r, "PN1")).await;
    let annotation = Annotation {
        tags: vec!["sales".to_owned()],
        protected: true,
        ..Annotation::default()
    };
    let id = number_id("PN1");
    subject.annotate(&id, &annotation).await;
    subject.begin_release(&release(0, "PN1")).await;
    let done = done(&release(0, "PN1"));
    subject.end_release(&done).await;
    assert_eq!(subject.open_releases(10).await, []);
    assert_eq!(subject.find_release(&id).await, Some(done.clone()));
    assert_eq!(subject.annotations(&[id]).await, []);
    let again = subject.stepped(0, |r| succeeded(r, "PN1")).await;
    // Another process is late to see that the release is over.
    subject.end_release(&done).await;
    let winner = subject.store.winner(IDENTITY, "PN1").await.unwrap();
    assert_eq!(winner, Some(again.purchase.id));
}

/// The number is free for the next, and the carrier's id still won.
pub async fn a_release_that_did_not_happen_is_forgotten(subject: &Subject) {
    let first = subject.stepped(0, |r| succeeded(r, "PN1")).await;
    let id = number_id("PN1");
    subject.annotate(&id, &Annotation::default()).await;
    subject.begin_release(&release(0, "PN1")).await;
    subject.end_release(&release(0, "PN1")).await;
    assert_eq!(subject.find_release(&id).await, None);
    assert_eq!(subject.annotations(&[id]).await.len(), 1);
    let (second, _) = subject.begun(&purchase(0)).await;
    let wrong = succeeded(second, "PN1");
    let refused = subject.commit(evidence(&wrong)).await;
    assert_eq!(refused, Commit::NotOurs(first.purchase.id));
}

/// An extension has no number to contend for.
pub async fn a_release_without_a_number_claims_nothing(subject: &Subject) {
    for id in ["ext-100", "ext-101"] {
        let release = with(release(0, id), |it| it.number = None);
        let begun = subject.begin_release(&release).await;
        assert_eq!(begun, Releasing::Written);
        subject.end_release(&done(&release)).await;
    }
    subject.begun(&purchase(0)).await;
}

pub async fn open_releases_are_listed_oldest_first(subject: &Subject) {
    let all = (0..4).map(|index| release(index, &format!("PN{}", (7 * index) % 4)));
    let all: Vec<_> = all.collect();
    for release in &all {
        subject.begin_release(release).await;
    }
    assert_eq!(subject.open_releases(10).await, all);
    assert_eq!(subject.open_releases(2).await, all[..2]);
    subject.end_release(&done(&all[0])).await;
    assert_eq!(subject.open_releases(10).await, all[1..]);
    subject.begin_release(&all[0]).await;
    let open = subject.open_releases(10).await;
    assert_eq!(open.last(), Some(&all[0]));
}

pub async fn a_release_belongs_to_its_tenant(subject: &Subject) {
    let release = release(0, "PN1");
    subject.begin_release(&release).await;
    let (other, id) = (Tenant::new("other").unwrap(), &release.number_id);
    let theirs = subject.store.find_release(&other, id).await;
    assert_eq!(theirs.unwrap(), None);
    assert_eq!(subject.find_release(id).await.as_ref(), Some(&release));
}

pub async fn annotations_are_kept_and_replaced(subject: &Subject) {
    let annotation = |tag: &str| Annotation {
        tags: vec![tag.to_owned()],
        protected: tag == "last",
        ..Annotation::default()
    };
    let [one, two, three] = ["PN1", "PN2", "PN3"].map(number_id);
    for (id, tag) in [(&one, "first"), (&two, "other"), (&one, "last")] {
        subject.annotate(id, &annotation(tag)).await;
    }
    let ids = [three.clone(), two.clone(), one.clone()];
    let mut found = subject.annotations(&ids).await;
    found.sort_by(|a, b| a.0.cmp(&b.0));
    let expected = [(one, annotation("last")), (two, annotation("other"))];
    assert_eq!(found, expected);
    assert_eq!(subject.annotations(&[three]).await, []);
    assert_eq!(subject.annotations(&[]).await, []);
}

pub async fn a_sealed_text_is_kept_and_replaced(subject: &Subject) {
    let store = &*subject.store;
    assert_eq!(store.sealed("acme/us-main").await.unwrap(), None);
    for (name, text) in [
        ("acme/us-main", "first"),
        ("zenith/us-main", "other"),
        ("acme/us-main", "last"),
    ] {
        store.keep_sealed(name, text).await.unwrap();
    }
    let found = store.sealed("acme/us-main").await.unwrap();
    assert_eq!(found.as_deref(), Some("last"));
}

pub async fn a_caller_id_is_kept_and_replaced(subject: &Subject) {
    for state in [CallerIdState::Pending, CallerIdState::Verified] {
        let record = caller_id(0, state);
        subject.keep_caller_id(&record).await;
        let found = subject.caller_id(&record.caller_id.id).await;
        assert_eq!(found, Some(record));
    }
}

pub async fn caller_ids_not_verified_are_listed_by_id(subject: &Subject) {
    let states = [
        CallerIdState::Failed,
        CallerIdState::Verified,
        CallerIdState::Pending,
        CallerIdState::Pending,
    ];
    let records = (0..)
        .zip(states)
        .map(|(index, state)| caller_id(index, state));
    let mut records: Vec<_> = records.collect();
    records[3].tenant = Tenant::new("other").unwrap();
    for record in records.iter().rev() {
        subject.keep_caller_id(record).await;
    }
    let open = subject.store.open_caller_ids(&Tenant::default()).await;
    let expected = [records[0].clone(), records[2].clone()];
    assert_eq!(open.unwrap(), expected);
}

pub async fn verified_caller_ids_of_an_account_are_replaced(subject: &Subject) {
    let store = &subject.store;
    let [main, other] = ["us-main", "us-main2"].map(|name| AccountName::new(name).unwrap());
    let at = |account: &AccountName, index: u32| {
        let mut record = caller_id(index, CallerIdState::Verified);
        record.caller_id = CallerId::new(
            account.clone(),
            number(index),
            CallerIdMethod::CallEnterCode,
            CallerIdState::Verified,
        );
        record
    };
    let again = caller_id(2, CallerIdState::Pending);
    subject.keep_caller_id(&again).await;
    store.keep_verified(&other, &[at(&other, 0)]).await.unwrap();
    let first = [at(&main, 0), at(&main, 1), at(&main, 2)];
    store.keep_verified(&main, &first).await.unwrap();
    store.keep_verified(&main, &[at(&main, 1)]).await.unwrap();
    let ids = [&first[..], &[at(&other, 0)]].concat();
    let ids: Vec<String> = ids.into_iter().map(|it| it.caller_id.id).collect();
    let mut found = store.caller_ids(&ids).await.unwrap();
    found.sort_by(|one, other| one.caller_id.id.cmp(&other.caller_id.id));
    assert_eq!(found, [at(&other, 0), at(&main, 1), again]);
    store.keep_verified(&main, &[]).await.unwrap();
    assert_eq!(store.caller_ids(&ids[..2]).await.unwrap(), []);
}

pub async fn a_caller_id_can_be_forgotten(subject: &Subject) {
    let record = caller_id(0, CallerIdState::Pending);
    let id = &record.caller_id.id;
    subject.keep_caller_id(&record).await;
    for _ in 0..2 {
        subject.store.forget_caller_id(id).await.unwrap();
        assert_eq!(subject.caller_id(id).await, None);
    }
}

/// The one that is not done stays, or else that under the right spelling; those of other tenants are their own.
pub async fn releases_under_another_spelling_are_kept_under_the_one(subject: &Subject) {
    let store = &subject.store;
    let done = |index, provider_id| done(&release(index, provider_id));
    for release in [
        done(0, "pn1"),
        done(1, "pn2"),
        done(1, "PN2"),
        done(2, "PN3"),
        release(2, "pn3"),
    ] {
        let begun = with(release.clone(), |it| it.done = false);
        let written = subject.begin_release(&begun).await;
        assert_eq!(written, Releasing::Written);
        if release.done {
            subject.end_release(&release).await;
        }
    }
    let others = Release {
        tenant: Tenant::new("other").unwrap(),
        number: None,
        ..release(1, "PN2")
    };
    subject.begin_release(&others).await;
    let placed = store.released(0, 10).await.unwrap();
    let ids = placed.iter().map(|(_, id)| id.provider_id());
    let expected = ["pn1", "pn2", "PN2", "PN3", "pn3", "PN2"];
    assert!(ids.eq(expected), "{placed:?}");
    let rest = store.released(placed[4].0, 10).await.unwrap();
    assert_eq!(rest, placed[5..]);
    for (from, own) in [("pn1", "PN1"), ("pn2", "PN2"), ("pn3", "PN3")] {
        let (from, own) = (number_id(from), number_id(own));
        for _ in 0..2 {
            store.respell_releases(&from, &own).await.unwrap();
        }
        assert_eq!(subject.find_release(&from).await, None, "{from}");
    }
    for kept in [done(0, "PN1"), done(1, "PN2"), release(2, "PN3"), others] {
        let found = store.find_release(&kept.tenant, &kept.number_id);
        assert_eq!(found.await.unwrap(), Some(kept));
    }
}

pub async fn annotated_ids_are_listed_in_order_page_by_page(subject: &Subject) {
    let store = &subject.store;
    let id = |text: &str| NumberId::new(text).unwrap();
    for text in ["us-main:PN2", "emea:1", "us-main:PN1"] {
        subject.annotate(&id(text), &Annotation::default()).await;
    }
    let first = store.annotated(None, 2).await.unwrap();
    assert_eq!(first, [id("emea:1"), id("us-main:PN1")]);
    let rest = store.annotated(first.last(), 2).await.unwrap();
    assert_eq!(rest, [id("us-main:PN2")]);
    assert_eq!(store.annotated(rest.last(), 2).await.unwrap(), []);
}
