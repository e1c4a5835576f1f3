//! Releases, annotations and caller IDs.

use std::time::Duration;

use jiff::Timestamp;
use trunkline_core::Provenance;
use trunkline_core::{
    AccountName, CallerId, CallerIdMethod, CallerIdRequest, CallerIdState, NumberId, Tenant,
};
use trunkline_engine::DomainEvent;
use trunkline_engine::journal::{Annotation, Begin, CallerIdRecord, Commit, Release, Releasing};

use super::Subject;
use super::draft::{IDENTITY, begun, evidence, number, purchase, scope, step, succeeded};

pub(super) fn number_id(provider_id: &str) -> NumberId {
    NumberId::new(format!("us-main:{provider_id}")).unwrap()
}

pub(super) fn release(index: u32, provider_id: &str) -> Release {
    Release {
        tenant: Tenant::default(),
        number_id: number_id(provider_id),
        identity: IDENTITY.to_owned(),
        number: Some(number(index)),
        done: false,
        release_at: None,
        sent: true,
        held_since: None,
        provenance: Provenance::default(),
    }
}

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

/// It can't be bought meanwhile.
pub async fn a_number_being_released_is_busy(subject: &Subject) {
    assert_eq!(
        subject
            .store
            .begin_release(
                &release(0, "PN1"),
                Duration::ZERO,
                DomainEvent::ReleaseBegun(&release(0, "PN1"))
            )
            .await
            .unwrap(),
        Releasing::Written
    );
    let busy = Begin::Busy {
        by: "release".to_owned(),
    };
    assert_eq!(
        subject
            .store
            .begin(&scope("k"), &purchase(0), "owner")
            .await
            .unwrap(),
        busy
    );
    begun(&*subject.store, &purchase(1)).await;
}

/// And no release is written down.
pub async fn a_number_being_bought_is_not_released(subject: &Subject) {
    let (record, _) = begun(&*subject.store, &purchase(0)).await;
    let by = subject
        .store
        .begin_release(
            &release(0, "PN1"),
            Duration::ZERO,
            DomainEvent::ReleaseBegun(&release(0, "PN1")),
        )
        .await
        .unwrap();
    let holder = record.purchase.id.to_string();
    assert_eq!(by, Releasing::Busy { by: holder });
    assert_eq!(subject.store.open_releases(10).await.unwrap(), []);
    // Ending what was not begun does not free what another holds.
    subject
        .store
        .end_release(
            &release(0, "PN1"),
            DomainEvent::ReleaseEnded(&release(0, "PN1")),
        )
        .await
        .unwrap();
    let busy = Begin::Busy {
        by: record.purchase.id.as_str().to_owned(),
    };
    assert_eq!(
        subject
            .store
            .begin(&scope("k"), &purchase(0), "owner")
            .await
            .unwrap(),
        busy
    );
}

/// By whoever finishes what another left.
pub async fn a_release_may_be_begun_again(subject: &Subject) {
    for _ in 0..2 {
        assert_eq!(
            subject
                .store
                .begin_release(
                    &release(0, "PN1"),
                    Duration::ZERO,
                    DomainEvent::ReleaseBegun(&release(0, "PN1"))
                )
                .await
                .unwrap(),
            Releasing::Written
        );
        assert_eq!(
            subject.store.open_releases(10).await.unwrap(),
            vec![release(0, "PN1")]
        );
    }
}

/// The carrier may sell it again, even under the same id.
pub async fn a_release_that_is_done_frees_the_number_and_the_carriers_id(subject: &Subject) {
    let store = &*subject.store;
    let (first, _) = begun(store, &purchase(0)).await;
    step(store, succeeded(first, "PN1")).await;
    let annotation = Annotation {
        tags: vec!["sales".to_owned()],
        protected: true,
        ..Annotation::default()
    };
    store
        .annotate(&number_id("PN1"), &annotation)
        .await
        .unwrap();
    store
        .begin_release(
            &release(0, "PN1"),
            Duration::ZERO,
            DomainEvent::ReleaseBegun(&release(0, "PN1")),
        )
        .await
        .unwrap();
    let done = Release {
        done: true,
        ..release(0, "PN1")
    };
    store
        .end_release(&done, DomainEvent::ReleaseEnded(&done))
        .await
        .unwrap();
    assert_eq!(store.open_releases(10).await.unwrap(), []);
    assert_eq!(
        store
            .find_release(&Tenant::default(), &number_id("PN1"))
            .await
            .unwrap(),
        Some(done)
    );
    assert_eq!(store.annotations(&[number_id("PN1")]).await.unwrap(), []);
    let (second, _) = begun(store, &purchase(0)).await;
    step(store, succeeded(second, "PN1")).await;
}

/// The number is free for the next, and the carrier's id still won.
pub async fn a_release_that_did_not_happen_is_forgotten(subject: &Subject) {
    let store = &*subject.store;
    let (first, _) = begun(store, &purchase(0)).await;
    let first = step(store, succeeded(first, "PN1")).await;
    store
        .annotate(&number_id("PN1"), &Annotation::default())
        .await
        .unwrap();
    store
        .begin_release(
            &release(0, "PN1"),
            Duration::ZERO,
            DomainEvent::ReleaseBegun(&release(0, "PN1")),
        )
        .await
        .unwrap();
    store
        .end_release(
            &release(0, "PN1"),
            DomainEvent::ReleaseEnded(&release(0, "PN1")),
        )
        .await
        .unwrap();
    assert_eq!(
        store
            .find_release(&Tenant::default(), &number_id("PN1"))
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        store.annotations(&[number_id("PN1")]).await.unwrap().len(),
        1
    );
    let (second, _) = begun(store, &purchase(0)).await;
    let wrong = succeeded(second, "PN1");
    assert_eq!(
        store.commit(evidence(&wrong)).await.unwrap(),
        Commit::NotOurs(first.purchase.id)
    );
}

/// An extension has no number to contend for.
pub async fn a_release_without_a_number_claims_nothing(subject: &Subject) {
    for id in ["ext-100", "ext-101"] {
        let release = Release {
            number: None,
            ..release(0, id)
        };
        assert_eq!(
            subject
                .store
                .begin_release(
                    &release,
                    Duration::ZERO,
                    DomainEvent::ReleaseBegun(&release)
                )
                .await
                .unwrap(),
            Releasing::Written
        );
        let ended = Release {
            done: true,
            ..release
        };
        let event = DomainEvent::ReleaseEnded(&ended);
        subject.store.end_release(&ended, event).await.unwrap();
    }
    begun(&*subject.store, &purchase(0)).await;
}

/// And no more than were asked for.
pub async fn open_releases_are_listed_oldest_first(subject: &Subject) {
    let all: Vec<_> = (0..4)
        .map(|index| release(index, &format!("PN{}", (7 * index) % 4)))
        .collect();
    for release in &all {
        subject
            .store
            .begin_release(release, Duration::ZERO, DomainEvent::ReleaseBegun(release))
            .await
            .unwrap();
    }
    assert_eq!(subject.store.open_releases(10).await.unwrap(), all);
    assert_eq!(subject.store.open_releases(2).await.unwrap(), all[..2]);
    let ended = Release {
        done: true,
        ..all[0].clone()
    };
    subject
        .store
        .end_release(&ended, DomainEvent::ReleaseEnded(&ended))
        .await
        .unwrap();
    assert_eq!(subject.store.open_releases(10).await.unwrap(), all[1..]);
    subject
        .store
        .begin_release(&all[0], Duration::ZERO, DomainEvent::ReleaseBegun(&all[0]))
        .await
        .unwrap();
    let open = subject.store.open_releases(10).await.unwrap();
    assert_eq!(open.last(), Some(&all[0]));
}

/// Another tenant has released nothing.
pub async fn a_release_belongs_to_its_tenant(subject: &Subject) {
    subject
        .store
        .begin_release(
            &release(0, "PN1"),
            Duration::ZERO,
            DomainEvent::ReleaseBegun(&release(0, "PN1")),
        )
        .await
        .unwrap();
    let other = Tenant::new("other").unwrap();
    assert_eq!(
        subject
            .store
            .find_release(&other, &number_id("PN1"))
            .await
            .unwrap(),
        None
    );
    let found = subject
        .store
        .find_release(&Tenant::default(), &number_id("PN1"))
        .await
        .unwrap();
    assert_eq!(found, Some(release(0, "PN1")));
}

/// Numbers without any are left out.
pub async fn annotations_are_kept_and_replaced(subject: &Subject) {
    let store = &*subject.store;
    let annotation = |tag: &str| Annotation {
        tags: vec![tag.to_owned()],
        protected: tag == "last",
        ..Annotation::default()
    };
    let [one, two, three] = ["PN1", "PN2", "PN3"].map(number_id);
    store.annotate(&one, &annotation("first")).await.unwrap();
    store.annotate(&two, &annotation("other")).await.unwrap();
    store.annotate(&one, &annotation("last")).await.unwrap();
    let mut found = store
        .annotations(&[three.clone(), two.clone(), one.clone()])
        .await
        .unwrap();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(
        found,
        [(one, annotation("last")), (two, annotation("other"))]
    );
    assert_eq!(store.annotations(&[three]).await.unwrap(), []);
    assert_eq!(store.annotations(&[]).await.unwrap(), []);
}

/// Under its name alone.
pub async fn a_sealed_text_is_kept_and_replaced(subject: &Subject) {
    let store = &*subject.store;
    assert_eq!(store.sealed("zendesk/acme").await.unwrap(), None);
    store.keep_sealed("zendesk/acme", "first").await.unwrap();
    store.keep_sealed("webex/acme", "other").await.unwrap();
    store.keep_sealed("zendesk/acme", "last").await.unwrap();
    let found = store.sealed("zendesk/acme").await.unwrap();
    assert_eq!(found.as_deref(), Some("last"));
}

/// With the request and the token that its callback is known by.
pub async fn a_caller_id_is_kept_and_replaced(subject: &Subject) {
    let pending = caller_id(0, CallerIdState::Pending);
    subject.store.keep_caller_id(&pending, None).await.unwrap();
    assert_eq!(
        subject
            .store
            .caller_id(&pending.caller_id.id)
            .await
            .unwrap(),
        Some(pending.clone())
    );
    let verified = caller_id(0, CallerIdState::Verified);
    subject.store.keep_caller_id(&verified, None).await.unwrap();
    assert_eq!(
        subject
            .store
            .caller_id(&pending.caller_id.id)
            .await
            .unwrap(),
        Some(verified)
    );
}

/// A tenant's own.
pub async fn caller_ids_not_verified_are_listed_by_id(subject: &Subject) {
    let states = [
        CallerIdState::Failed,
        CallerIdState::Verified,
        CallerIdState::Pending,
        CallerIdState::Pending,
    ];
    let mut records: Vec<_> = (0..)
        .zip(states)
        .map(|(index, state)| caller_id(index, state))
        .collect();
    records[3].tenant = Tenant::new("other").unwrap();
    for record in records.iter().rev() {
        subject.store.keep_caller_id(record, None).await.unwrap();
    }
    let open = subject
        .store
        .open_caller_ids(&Tenant::default())
        .await
        .unwrap();
    assert_eq!(open, [records[0].clone(), records[2].clone()]);
}

/// Forgetting it again is no mistake.
pub async fn a_caller_id_can_be_forgotten(subject: &Subject) {
    let record = caller_id(0, CallerIdState::Pending);
    subject.store.keep_caller_id(&record, None).await.unwrap();
    for _ in 0..2 {
        subject
            .store
            .forget_caller_id(&record.caller_id.id)
            .await
            .unwrap();
        assert_eq!(
            subject.store.caller_id(&record.caller_id.id).await.unwrap(),
            None
        );
    }
}

/// The one that is not done stays, or else that under the right spelling; those of other tenants are their own.
pub async fn releases_under_another_spelling_are_kept_under_the_one(subject: &Subject) {
    let store = &subject.store;
    let done = |index, provider_id| Release {
        done: true,
        ..release(index, provider_id)
    };
    for release in [
        done(0, "pn1"),
        done(1, "pn2"),
        done(1, "PN2"),
        done(2, "PN3"),
        release(2, "pn3"),
    ] {
        let begun = Release {
            done: false,
            ..release.clone()
        };
        let written = store
            .begin_release(&begun, Duration::ZERO, DomainEvent::ReleaseBegun(&begun))
            .await
            .unwrap();
        assert_eq!(written, Releasing::Written);
        if release.done {
            store
                .end_release(&release, DomainEvent::ReleaseEnded(&release))
                .await
                .unwrap();
        }
    }
    let others = Release {
        tenant: Tenant::new("other").unwrap(),
        number: None,
        ..release(1, "PN2")
    };
    store
        .begin_release(&others, Duration::ZERO, DomainEvent::ReleaseBegun(&others))
        .await
        .unwrap();
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
        let left = store.find_release(&Tenant::default(), &from).await;
        assert_eq!(left.unwrap(), None, "{from}");
    }
    for kept in [done(0, "PN1"), done(1, "PN2"), release(2, "PN3"), others] {
        let found = store.find_release(&kept.tenant, &kept.number_id);
        assert_eq!(found.await.unwrap(), Some(kept));
    }
}

/// Each once, whatever is noted.
pub async fn annotated_ids_are_listed_in_order_page_by_page(subject: &Subject) {
    let store = &subject.store;
    let id = |text: &str| NumberId::new(text).unwrap();
    for text in ["us-main:PN2", "emea:1", "us-main:PN1"] {
        store
            .annotate(&id(text), &Annotation::default())
            .await
            .unwrap();
    }
    let first = store.annotated(None, 2).await.unwrap();
    assert_eq!(first, [id("emea:1"), id("us-main:PN1")]);
    let rest = store.annotated(first.last(), 2).await.unwrap();
    assert_eq!(rest, [id("us-main:PN2")]);
    assert_eq!(store.annotated(rest.last(), 2).await.unwrap(), []);
}
