//! The audit trail and the events.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use trunkline_admin::AdminStore;
use trunkline_admin::audit::{Anchor, AuditFilter, Entry, Head, Outcome, action, verify};
use trunkline_admin::chronicle::Trail;
use trunkline_admin::events::{Draft, Event, EventFilter, EventType};
use trunkline_core::{AccountHealth, Caller, CallerIdState, ErrorKind, KeyId, Tenant};
use trunkline_engine::domain_event::Unhealthy;
use trunkline_engine::journal::{Begin, Change, Commit, Releasing};
use trunkline_engine::{Action, ActionKind, DomainEvent, Store};

use super::draft::{begun, evidence, purchase, scope, succeeded};
use super::records::{caller_id, release};
use super::{Subject, at_once, eventually};

pub(super) fn caller() -> Caller {
    Caller::of(Tenant::default())
}

/// An event about this resource of `us-main`'s.
pub(super) fn event(resource: &str) -> Draft {
    let event = Draft::new(EventType::NumberUpdated, &Tenant::default(), "us-main");
    event.on(resource).with(json!({ "label": "Front desk" }))
}

/// A row, and an event about the same.
fn told(resource: &str) -> Trail {
    let row = Entry::new(&caller(), ActionKind::NumberUpdate.as_str())
        .at("us-main")
        .about(Some("+14155550100"))
        .on(resource)
        .ended(Outcome::Ok);
    Trail::default().with(row).telling(event(resource))
}

async fn rows(store: &dyn AdminStore, filter: AuditFilter) -> Vec<Entry> {
    store
        .audit(&Tenant::default(), &filter, 1_000)
        .await
        .unwrap()
}

pub(super) async fn events(store: &dyn AdminStore, after: i64) -> Vec<Event> {
    let all = EventFilter {
        after,
        ..EventFilter::default()
    };
    let page = store.events(&Tenant::default(), &all, 1_000).await;
    page.unwrap().events
}

/// As it was written, newest first.
pub async fn a_row_is_kept_as_it_was_written(subject: &Subject) {
    let store = &*subject.admin;
    let mut by = caller();
    by.key = Some(KeyId::generate(Timestamp::now()));
    by.key_name = Some("Billing".to_owned());
    by.request_id = Some("req_1".to_owned());
    let error = trunkline_core::Error::new(ErrorKind::Locked, "it is protected");
    let first = Entry::new(&by, ActionKind::NumberRelease.as_str())
        .at("us-main")
        .about(Some("+14155550100"))
        .on("us-main:PN1")
        .changing(Some(json!({"label": "a"})), Some(json!({"label": null})))
        .refused(&error);
    let second = Entry::new(&caller(), action::CONFIG_RELOAD).ended(Outcome::Ok);
    for row in [&first, &second] {
        store
            .note(&Trail::default().with(row.clone()))
            .await
            .unwrap();
    }
    assert_eq!(rows(store, AuditFilter::default()).await, [second, first]);
}

/// Filters that one row fits, and two others don't.
fn filters(wanted: &Entry, newer: &Entry) -> [AuditFilter; 8] {
    let any = AuditFilter::default;
    let account = "us-main".parse().unwrap();
    [
        AuditFilter {
            accounts: Some(BTreeSet::from([account])),
            ..any()
        },
        AuditFilter {
            account: wanted.account.clone(),
            ..any()
        },
        AuditFilter {
            number: wanted.number.clone(),
            ..any()
        },
        AuditFilter {
            action: Some(wanted.action.to_string()),
            ..any()
        },
        AuditFilter {
            key: wanted.actor.key_id.clone(),
            ..any()
        },
        AuditFilter {
            outcome: Some(Outcome::Ok),
            ..any()
        },
        AuditFilter {
            request_id: wanted.request_id.clone(),
            ..any()
        },
        AuditFilter {
            before: Some(newer.id.clone()),
            ..any()
        },
    ]
}

/// By each of what there is to filter by.
pub async fn rows_are_filtered(subject: &Subject) {
    let store = &*subject.admin;
    let mut by = caller();
    by.key = Some(KeyId::generate(Timestamp::now()));
    by.request_id = Some("req_1".to_owned());
    let wanted = Entry::new(&by, ActionKind::NumberRelease.as_str())
        .at("us-main")
        .about(Some("+14155550100"))
        .ended(Outcome::Ok);
    let other = Entry::new(&caller(), ActionKind::NumberUpdate.as_str()).at("emea");
    let bare = Entry::new(&caller(), action::CONFIG_RELOAD);
    for row in [&wanted, &other, &bare] {
        let trail = Trail::default().with(row.clone());
        store.note(&trail).await.unwrap();
    }
    for filter in filters(&wanted, &other) {
        let found = rows(store, filter.clone()).await;
        assert_eq!(found, std::slice::from_ref(&wanted), "{filter:?}");
    }
    let later = wanted.at.checked_add(Duration::from_secs(60)).unwrap();
    let since = AuditFilter {
        from: Some(later),
        ..AuditFilter::default()
    };
    assert_eq!(rows(store, since).await, []);
    let until = AuditFilter {
        from: Some(wanted.at),
        to: Some(later),
        ..AuditFilter::default()
    };
    assert_eq!(rows(store, until).await.len(), 3);
}

/// Nor do their chains have anything to do with each other.
pub async fn rows_of_other_tenants_are_not_listed(subject: &Subject) {
    let store = &*subject.admin;
    let other = Caller::of("acme".parse().unwrap());
    let row = Entry::new(&other, action::CONFIG_RELOAD);
    store.note(&Trail::default().with(row)).await.unwrap();
    store.note(&told("us-main:PN1")).await.unwrap();
    assert_eq!(rows(store, AuditFilter::default()).await.len(), 1);
    assert_eq!(events(store, 0).await.len(), 1);
    let heads = store.audit_heads().await.unwrap();
    let places: Vec<_> = heads
        .iter()
        .map(|(tenant, head)| (tenant.as_str(), head.seq))
        .collect();
    assert_eq!(places, [("acme", 1), ("default", 1)]);
}

/// However many write at once.
pub async fn the_chain_is_whole(subject: &Subject) {
    const WRITERS: u32 = 16;
    let store = Arc::clone(&subject.admin);
    at_once(WRITERS, |writer| {
        let store = Arc::clone(&store);
        async move {
            for turn in 0..4 {
                let row = format!("us-main:PN{writer}-{turn}");
                store.note(&told(&row)).await.unwrap();
            }
        }
    })
    .await;
    let found = verify(&*store, &Tenant::default()).await.unwrap();
    assert!(found.is_whole(), "{found:?}");
    assert_eq!((found.rows, found.head.seq), (64, 64));
}

/// In one transaction: a purchase that is not begun leaves nothing.
pub async fn what_a_purchase_leaves_behind_is_written_with_it(subject: &Subject) {
    let store = &*subject.admin;
    let (record, _) = begun(&*subject.store, &purchase(0)).await;
    let other = purchase(0);
    let busy = subject
        .store
        .begin(&scope("k2"), &other, "owner")
        .await
        .unwrap();
    assert!(matches!(busy, Begin::Busy { .. }));
    let written = rows(store, AuditFilter::default()).await;
    assert_eq!(written.len(), 1);
    assert_eq!(
        written[0].resource.as_deref(),
        Some(record.purchase.id.as_str())
    );
    let kept = subject
        .store
        .load(&record.purchase.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(kept.provenance, record.provenance);
}

/// In one transaction: a step that is refused leaves nothing.
pub async fn step_and_its_event_are_written_together(subject: &Subject) {
    let store = &*subject.admin;
    let (record, _) = begun(&*subject.store, &purchase(0)).await;
    let written = rows(store, AuditFilter::default()).await.len();
    let next = succeeded(record.clone(), "PN1");
    let event = Some(DomainEvent::PurchaseChanged {
        before: &record,
        after: &next,
    });
    let stale = trunkline_engine::journal::Record {
        version: 7,
        ..next.clone()
    };
    let refused = Change {
        event,
        ..evidence(&stale)
    };
    assert_eq!(subject.store.commit(refused).await.unwrap(), Commit::Stale);
    assert_eq!(events(store, 0).await, []);
    let change = Change {
        event,
        durable: true,
        ..evidence(&next)
    };
    let done = subject.store.commit(change).await.unwrap();
    assert!(matches!(done, Commit::Done(_)));
    let kinds: Vec<_> = events(store, 0)
        .await
        .iter()
        .map(|event| event.draft.kind)
        .collect();
    assert_eq!(kinds, [EventType::NumberPurchased]);
    let now_written = rows(store, AuditFilter::default()).await.len();
    assert_eq!(now_written, written + 1);
}

/// Each of its steps.
pub async fn release_and_its_events_are_written_together(subject: &Subject) {
    let store = &*subject.admin;
    let mut release = release(0, "PN1");
    let event = DomainEvent::ReleaseBegun(&release);
    let begun = subject
        .store
        .begin_release(&release, Duration::ZERO, event)
        .await;
    assert_eq!(begun.unwrap(), Releasing::Written);
    release.done = true;
    let event = DomainEvent::ReleaseEnded(&release);
    subject.store.end_release(&release, event).await.unwrap();
    // There is nothing left to be undone, and nothing to tell of.
    let undone = DomainEvent::ReleaseUndone {
        caller: &caller(),
        release: &release,
    };
    assert!(!subject.store.undo_release(&release, undone).await.unwrap());
    assert_eq!(events(store, 0).await.len(), 1);
    let outcomes: Vec<_> = rows(store, AuditFilter::default())
        .await
        .iter()
        .map(|row| row.outcome)
        .collect();
    assert_eq!(outcomes, [Outcome::Ok, Outcome::Begun]);
}

/// That it was started, and that it ended.
pub async fn caller_id_and_its_events_are_written_together(subject: &Subject) {
    let store = &*subject.admin;
    let record = caller_id(0, CallerIdState::Pending);
    let action = Action::new(&caller(), ActionKind::CallerIdStart);
    let begun = DomainEvent::ActionBegun(&action);
    subject
        .store
        .keep_caller_id(&record, Some(begun))
        .await
        .unwrap();
    let ended = DomainEvent::CallerIdEnded {
        record: &record,
        state: CallerIdState::Verified,
    };
    subject.store.end_caller_id(&record, ended).await.unwrap();
    let id = &record.caller_id.id;
    assert_eq!(subject.store.caller_id(id).await.unwrap(), None);
    assert_eq!(events(store, 0).await.len(), 1);
    assert_eq!(rows(store, AuditFilter::default()).await.len(), 2);
}

/// From one, whatever else happens meanwhile.
pub async fn events_of_a_resource_are_numbered_without_gaps(subject: &Subject) {
    let store = &*subject.admin;
    for resource in ["us-main:PN1", "us-main:PN2", "us-main:PN1", "us-main:PN1"] {
        store.note(&told(resource)).await.unwrap();
    }
    let places: Vec<_> = events(store, 0)
        .await
        .iter()
        .map(|event| (event.draft.resource.clone(), event.sequence, event.position))
        .collect();
    let place = |resource: &str, sequence, position| (resource.to_owned(), sequence, position);
    let expected = [
        place("us-main:PN1", 1, 1),
        place("us-main:PN2", 1, 2),
        place("us-main:PN1", 2, 3),
        place("us-main:PN1", 3, 4),
    ];
    assert_eq!(places, expected);
}

/// By type, account and time; what was read up to moves on all the same.
pub async fn events_are_filtered(subject: &Subject) {
    let store = &*subject.admin;
    store.note(&told("us-main:PN1")).await.unwrap();
    let other = Draft::new(EventType::AccountUnhealthy, &Tenant::default(), "emea");
    store
        .note(&Trail::default().telling(other.clone()))
        .await
        .unwrap();
    let read = async |filter: EventFilter| {
        let page = store.events(&other.tenant, &filter, 10).await.unwrap();
        assert_eq!(page.position, 2, "{filter:?}");
        page.events
            .into_iter()
            .map(|event| event.draft)
            .collect::<Vec<_>>()
    };
    let any = EventFilter::default;
    let emea = other.account.parse().unwrap();
    for filter in [
        EventFilter {
            accounts: Some(BTreeSet::from([emea])),
            ..any()
        },
        EventFilter {
            types: vec![EventType::AccountUnhealthy],
            ..any()
        },
        EventFilter {
            account: Some("emea".to_owned()),
            ..any()
        },
    ] {
        let found = read(filter.clone()).await;
        assert_eq!(found, std::slice::from_ref(&other), "{filter:?}");
    }
    let later = other.at.checked_add(Duration::from_secs(60)).unwrap();
    assert_eq!(
        read(EventFilter {
            since: Some(later),
            ..any()
        })
        .await,
        []
    );
    let found = store
        .event(&other.tenant, &other.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.draft, found.sequence, found.position), (other, 1, 2));
}

/// Whoever has read up to a place has missed nothing before it.
pub async fn a_feed_read_while_many_write_misses_nothing(subject: &Subject) {
    const WRITERS: u32 = 12;
    const TURNS: u32 = 12;
    let (store, mut rest) = (Arc::clone(&subject.admin), EventFilter::default());
    let writing = at_once(WRITERS, |writer| {
        let store = Arc::clone(&subject.admin);
        async move {
            for turn in 0..TURNS {
                let resource = format!("us-main:PN{}", (writer + turn) % 3);
                store.note(&told(&resource)).await.unwrap();
            }
        }
    });
    let reading = async {
        let mut read = Vec::new();
        while read.len() < usize::try_from(WRITERS * TURNS).unwrap() {
            let page = store.events(&Tenant::default(), &rest, 7).await.unwrap();
            rest.after = page.position;
            read.extend(page.events);
            tokio::task::yield_now().await;
        }
        read
    };
    let (_, read) = tokio::time::timeout(Duration::from_secs(60), async {
        tokio::join!(writing, reading)
    })
    .await
    .unwrap();
    for (at, event) in (1..).zip(&read) {
        assert_eq!(event.position, at, "in one order, without gaps");
        let before = read
            .iter()
            .filter(|e| e.position < at && e.draft.resource == event.draft.resource);
        assert_eq!(event.sequence, i64::try_from(before.count()).unwrap() + 1);
    }
}

/// Whichever process notices first.
pub async fn what_is_told_under_a_name_is_told_once(subject: &Subject) {
    let store = &subject.store;
    let minute = Duration::from_secs(60);
    let tell = |store: Arc<dyn Store>| async move {
        let health = AccountHealth::default();
        let event = DomainEvent::AccountUnhealthy(Unhealthy {
            tenant: &Tenant::default(),
            account: &"us-main".parse().unwrap(),
            provider: &trunkline_core::ProviderName::new("twilio"),
            reason: "breaker_open",
            health: &health,
        });
        store
            .tell_once("unhealthy", minute, &[event])
            .await
            .unwrap()
    };
    let written = at_once(8, |_| tell(Arc::clone(store))).await;
    assert_eq!(written.iter().filter(|written| **written).count(), 1);
    store.forget_told("unhealthy").await.unwrap();
    assert!(tell(Arc::clone(store)).await);
    assert_eq!(events(&*subject.admin, 0).await.len(), 2);
}

/// Forgets events until so many are forgotten: those of this very millisecond are not old yet.
pub(super) async fn pruned(store: &dyn AdminStore, wanted: u64) {
    let mut pruned = 0;
    eventually("old events are forgotten", async || {
        pruned += store.prune_events(Duration::ZERO, 10).await.unwrap();
        (pruned >= wanted).then_some(())
    })
    .await;
    assert_eq!(pruned, wanted);
}

/// And are numbered on as if they were still there.
pub async fn old_events_are_forgotten(subject: &Subject) {
    let store = &*subject.admin;
    store.note(&told("us-main:PN1")).await.unwrap();
    store.note(&told("us-main:PN1")).await.unwrap();
    let hour = Duration::from_secs(3_600);
    assert_eq!(store.prune_events(hour, 10).await.unwrap(), 0);
    pruned(store, 2).await;
    store.note(&told("us-main:PN1")).await.unwrap();
    let left = events(store, 0).await;
    let places: Vec<_> = left
        .iter()
        .map(|event| (event.sequence, event.position))
        .collect();
    assert_eq!(places, [(3, 3)]);
    assert!(verify(store, &Tenant::default()).await.unwrap().is_whole());
}

/// Its tenant is one that there is something to verify of.
pub async fn an_anchor_moves_on_and_never_back(subject: &Subject) {
    let store = &subject.admin;
    let acme = Tenant::new("acme").unwrap();
    let anchor = |seq: i64| Anchor {
        head: Head {
            seq,
            hash: format!("hash {seq}"),
        },
        mac: format!("mac {seq}"),
    };
    for seq in [3, 7, 5] {
        store.put_anchor(&acme, &anchor(seq)).await.unwrap();
    }
    assert_eq!(store.anchors().await.unwrap(), [(acme.clone(), anchor(7))]);
    assert_eq!(store.audited().await.unwrap(), [acme]);
}
