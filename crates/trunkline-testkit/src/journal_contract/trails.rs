//! The audit trail and the events.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use trunkline_admin::AdminStore;
use trunkline_admin::audit::{Anchor, AuditFilter, Entry, Head, Outcome, action, verify};
use trunkline_admin::chronicle::Trail;
use trunkline_admin::events::{Draft, Event, EventFilter, EventType};
use trunkline_core::host;
use trunkline_core::{
    AccountHealth, Caller, CallerIdState, Error, ErrorKind, KeyId, ProviderName, Tenant,
};
use trunkline_engine::domain_event::Unhealthy;
use trunkline_engine::journal::{Commit, Releasing};
use trunkline_engine::{Action, ActionKind, DomainEvent};

use super::draft::{busy, done, evidence, purchase, release, scope, succeeded};
use super::records::caller_id;
use super::{Subject, at_once, count, eventually};
use crate::with;

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
    let rows = store.audit(&Tenant::default(), &filter, 1_000).await;
    rows.unwrap()
}

async fn note(store: &dyn AdminStore, row: &Entry) {
    let trail = Trail::default().with(row.clone());
    store.note(&trail).await.unwrap();
}

pub(super) async fn events(store: &dyn AdminStore, after: i64) -> Vec<Event> {
    let all = with(EventFilter::default(), |it| it.after = after);
    let page = store.events(&Tenant::default(), &all, 1_000).await;
    page.unwrap().events
}

pub async fn a_row_is_kept_as_it_was_written(subject: &Subject) {
    let store = &*subject.admin;
    let mut by = caller();
    by.key = Some(KeyId::generate(host::now()));
    by.key_name = Some("Billing".to_owned());
    by.request_id = Some("req_1".to_owned());
    let error = Error::new(ErrorKind::Locked, "it is protected");
    let first = Entry::new(&by, ActionKind::NumberRelease.as_str())
        .at("us-main")
        .about(Some("+14155550100"))
        .on("us-main:PN1")
        .changing(Some(json!({"label": "a"})), Some(json!({"label": null})))
        .refused(&error);
    let second = Entry::new(&caller(), action::CONFIG_RELOAD).ended(Outcome::Ok);
    for row in [&first, &second] {
        note(store, row).await;
    }
    assert_eq!(rows(store, AuditFilter::default()).await, [second, first]);
}

fn filters(wanted: &Entry, newer: &Entry) -> [AuditFilter; 8] {
    let any = AuditFilter::default;
    let account = "us-main".parse().unwrap();
    [
        with(any(), |it| it.accounts = Some(BTreeSet::from([account]))),
        with(any(), |it| it.account = wanted.account.clone()),
        with(any(), |it| it.number = wanted.number.clone()),
        with(any(), |it| it.action = Some(wanted.action.to_string())),
        with(any(), |it| it.key = wanted.actor.key_id.clone()),
        with(any(), |it| it.outcome = Some(Outcome::Ok)),
        with(any(), |it| it.request_id = wanted.request_id.clone()),
        with(any(), |it| it.before = Some(newer.id.clone())),
    ]
}

pub async fn rows_are_filtered(subject: &Subject) {
    let store = &*subject.admin;
    let mut by = caller();
    by.key = Some(KeyId::generate(host::now()));
    by.request_id = Some("req_1".to_owned());
    let wanted = Entry::new(&by, ActionKind::NumberRelease.as_str())
        .at("us-main")
        .about(Some("+14155550100"))
        .ended(Outcome::Ok);
    let other = Entry::new(&caller(), ActionKind::NumberUpdate.as_str()).at("emea");
    let bare = Entry::new(&caller(), action::CONFIG_RELOAD);
    for row in [&wanted, &other, &bare] {
        note(store, row).await;
    }
    for filter in filters(&wanted, &other) {
        let found = rows(store, filter.clone()).await;
        assert_eq!(found, std::slice::from_ref(&wanted), "{filter:?}");
    }
    let later = wanted.at.checked_add(Duration::from_secs(60)).unwrap();
    let since = with(AuditFilter::default(), |it| it.from = Some(later));
    assert_eq!(rows(store, since).await, []);
    let until = AuditFilter {
        from: Some(wanted.at),
        to: Some(later),
        ..AuditFilter::default()
    };
    assert_eq!(rows(store, until).await.len(), 3);
}

pub async fn rows_of_other_tenants_are_not_listed(subject: &Subject) {
    let store = &*subject.admin;
    let other = Caller::of("acme".parse().unwrap());
    note(store, &Entry::new(&other, action::CONFIG_RELOAD)).await;
    store.note(&told("us-main:PN1")).await.unwrap();
    assert_eq!(rows(store, AuditFilter::default()).await.len(), 1);
    assert_eq!(events(store, 0).await.len(), 1);
    let heads = store.audit_heads().await.unwrap();
    let places = heads
        .iter()
        .map(|(tenant, head)| (tenant.as_str(), head.seq));
    let places: Vec<_> = places.collect();
    assert_eq!(places, [("acme", 1), ("default", 1)]);
}

pub async fn the_chain_is_whole(subject: &Subject) {
    const WRITERS: u32 = 16;
    let writing = at_once(subject, WRITERS, |subject, writer| async move {
        for turn in 0..4 {
            let row = format!("us-main:PN{writer}-{turn}");
            subject.admin.note(&told(&row)).await.unwrap();
        }
    });
    writing.await;
    let found = verify(&*subject.admin, &Tenant::default()).await.unwrap();
    assert!(found.is_whole(), "{found:?}");
    assert_eq!((found.rows, found.head.seq), (64, 64));
}

/// In one transaction: a purchase that is not begun leaves nothing.
pub async fn what_a_purchase_leaves_behind_is_written_with_it(subject: &Subject) {
    let store = &*subject.admin;
    let (record, _) = subject.begun(&purchase(0)).await;
    let refused = subject.begin(&scope("k2"), &purchase(0)).await;
    assert_eq!(refused, busy(&record));
    let written = rows(store, AuditFilter::default()).await;
    let resources: Vec<_> = written.iter().map(|row| row.resource.as_deref()).collect();
    assert_eq!(resources, [Some(record.purchase.id.as_str())]);
    let kept = subject.load(&record).await.unwrap();
    assert_eq!(kept.provenance, record.provenance);
}

pub async fn step_and_its_event_are_written_together(subject: &Subject) {
    let store = &*subject.admin;
    let (record, _) = subject.begun(&purchase(0)).await;
    let written = rows(store, AuditFilter::default()).await.len();
    let next = succeeded(record.clone(), "PN1");
    let event = Some(DomainEvent::PurchaseChanged {
        before: &record,
        after: &next,
    });
    let stale = with(next.clone(), |it| it.version = 7);
    let refused = with(evidence(&stale), |it| it.event = event);
    assert_eq!(subject.commit(refused).await, Commit::Stale);
    assert_eq!(events(store, 0).await, []);
    let change = with(evidence(&next), |it| (it.event, it.durable) = (event, true));
    let done = subject.commit(change).await;
    assert!(matches!(done, Commit::Done(_)));
    let events = events(store, 0).await;
    let kinds: Vec<_> = events.iter().map(|event| event.draft.kind).collect();
    assert_eq!(kinds, [EventType::NumberPurchased]);
    let now_written = rows(store, AuditFilter::default()).await.len();
    assert_eq!(now_written, written + 1);
}

pub async fn release_and_its_events_are_written_together(subject: &Subject) {
    let store = &*subject.admin;
    let begun = subject.begin_release(&release(0, "PN1")).await;
    assert_eq!(begun, Releasing::Written);
    let release = done(&release(0, "PN1"));
    subject.end_release(&release).await;
    // There is nothing left to be undone, and nothing to record.
    let undone = DomainEvent::ReleaseUndone {
        caller: &caller(),
        release: &release,
    };
    assert!(!subject.store.undo_release(&release, undone).await.unwrap());
    assert_eq!(events(store, 0).await.len(), 1);
    let rows = rows(store, AuditFilter::default()).await;
    let outcomes: Vec<_> = rows.iter().map(|row| row.outcome).collect();
    assert_eq!(outcomes, [Outcome::Ok, Outcome::Begun]);
}

pub async fn caller_id_and_its_events_are_written_together(subject: &Subject) {
    let store = &*subject.admin;
    let record = caller_id(0, CallerIdState::Pending);
    let action = Action::new(&caller(), ActionKind::CallerIdStart);
    let begun = DomainEvent::ActionBegun(&action);
    let kept = subject.store.keep_caller_id(&record, Some(begun)).await;
    kept.unwrap();
    let ended = DomainEvent::CallerIdEnded {
        record: &record,
        state: CallerIdState::Verified,
    };
    subject.store.end_caller_id(&record, ended).await.unwrap();
    let id = &record.caller_id.id;
    assert_eq!(subject.caller_id(id).await, None);
    assert_eq!(events(store, 0).await.len(), 1);
    assert_eq!(rows(store, AuditFilter::default()).await.len(), 2);
}

pub async fn events_of_a_resource_are_numbered_without_gaps(subject: &Subject) {
    let store = &*subject.admin;
    for resource in ["us-main:PN1", "us-main:PN2", "us-main:PN1", "us-main:PN1"] {
        store.note(&told(resource)).await.unwrap();
    }
    let events = events(store, 0).await;
    let place = |event: &Event| (event.draft.resource.clone(), event.sequence, event.position);
    let expected = [
        ("us-main:PN1".to_owned(), 1, 1),
        ("us-main:PN2".to_owned(), 1, 2),
        ("us-main:PN1".to_owned(), 2, 3),
        ("us-main:PN1".to_owned(), 3, 4),
    ];
    assert!(events.iter().map(place).eq(expected), "{events:?}");
}

/// By type, account and time; what was read up to moves on all the same.
pub async fn events_are_filtered(subject: &Subject) {
    let store = &*subject.admin;
    store.note(&told("us-main:PN1")).await.unwrap();
    let other = Draft::new(EventType::AccountUnhealthy, &Tenant::default(), "emea");
    let trail = Trail::default().telling(other.clone());
    store.note(&trail).await.unwrap();
    let read = async |filter: EventFilter| {
        let page = store.events(&other.tenant, &filter, 10).await.unwrap();
        assert_eq!(page.position, 2, "{filter:?}");
        let drafts = page.events.into_iter().map(|event| event.draft);
        drafts.collect::<Vec<_>>()
    };
    let any = EventFilter::default;
    let emea = other.account.parse().unwrap();
    for filter in [
        with(any(), |it| it.accounts = Some(BTreeSet::from([emea]))),
        with(any(), |it| it.types = vec![EventType::AccountUnhealthy]),
        with(any(), |it| it.account = Some("emea".to_owned())),
    ] {
        let found = read(filter.clone()).await;
        assert_eq!(found, std::slice::from_ref(&other), "{filter:?}");
    }
    let later = other.at.checked_add(Duration::from_secs(60)).unwrap();
    let since = with(any(), |it| it.since = Some(later));
    assert_eq!(read(since).await, []);
    let found = store.event(&other.tenant, &other.id).await;
    let found = found.unwrap().unwrap();
    assert_eq!((found.draft, found.sequence, found.position), (other, 1, 2));
}

/// A reader has missed nothing before the place that it has read up to.
pub async fn a_feed_read_while_many_write_misses_nothing(subject: &Subject) {
    const WRITERS: u32 = 12;
    const TURNS: u32 = 12;
    let (tenant, mut rest) = (Tenant::default(), EventFilter::default());
    let writing = at_once(subject, WRITERS, |subject, writer| async move {
        for turn in 0..TURNS {
            let resource = format!("us-main:PN{}", (writer + turn) % 3);
            subject.admin.note(&told(&resource)).await.unwrap();
        }
    });
    let reading = async {
        let mut read = Vec::new();
        while read.len() < usize::try_from(WRITERS * TURNS).unwrap() {
            let page = subject.admin.events(&tenant, &rest, 7).await.unwrap();
            rest.after = page.position;
            read.extend(page.events);
            tokio::task::yield_now().await;
        }
        read
    };
    let both = async { tokio::join!(writing, reading) };
    let both = tokio::time::timeout(Duration::from_secs(60), both).await;
    let (_, read) = both.unwrap();
    for (at, event) in (1..).zip(&read) {
        assert_eq!(event.position, at, "in one order, without gaps");
        let before = read.iter().take_while(|before| before.position < at);
        let before = before.filter(|before| before.draft.resource == event.draft.resource);
        assert_eq!(event.sequence, i64::try_from(before.count()).unwrap() + 1);
    }
}

pub async fn what_is_told_under_a_name_is_told_once(subject: &Subject) {
    let written = at_once(subject, 8, |subject, _| tell(subject)).await;
    assert_eq!(count(&written, |written| *written), 1);
    subject.store.forget_told("unhealthy").await.unwrap();
    assert!(tell(subject.clone()).await);
    assert_eq!(events(&*subject.admin, 0).await.len(), 2);
}

async fn tell(subject: Subject) -> bool {
    let health = AccountHealth::default();
    let event = DomainEvent::AccountUnhealthy(Unhealthy {
        tenant: &Tenant::default(),
        account: &"us-main".parse().unwrap(),
        provider: &ProviderName::new("acme"),
        reason: "breaker_open",
        health: &health,
    });
    let (store, minute) = (&subject.store, Duration::from_secs(60));
    let told = store.tell_once("unhealthy", minute, &[event]).await;
    told.unwrap()
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

pub async fn old_events_are_forgotten(subject: &Subject) {
    let store = &*subject.admin;
    store.note(&told("us-main:PN1")).await.unwrap();
    store.note(&told("us-main:PN1")).await.unwrap();
    let hour = Duration::from_secs(3_600);
    assert_eq!(store.prune_events(hour, 10).await.unwrap(), 0);
    pruned(store, 2).await;
    store.note(&told("us-main:PN1")).await.unwrap();
    let left = events(store, 0).await.into_iter();
    let places: Vec<_> = left.map(|event| (event.sequence, event.position)).collect();
    assert_eq!(places, [(3, 3)]);
    assert!(verify(store, &Tenant::default()).await.unwrap().is_whole());
}

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
