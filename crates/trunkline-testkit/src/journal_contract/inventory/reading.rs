//! Readings, and our own work on the same numbers.

use trunkline_core::NumberId;
use trunkline_core::inventory::{HoldingState, InventoryEntry, InventoryQuery, Origin};
use trunkline_engine::DomainEvent;
use trunkline_engine::inventory::{HoldingKey, HoldingStep, Kept, ReadingEnd};
use trunkline_engine::journal::{Annotation, Begin, Commit, Record};

use super::super::Subject;
use super::super::draft::{evidence, number_id, purchase, release, scope, succeeded};
use super::draft::{all, begin, end, entry, everything, inside, judged, keep, shelf};

async fn one(subject: &Subject, identity: &str, id: &str) -> Option<(InventoryEntry, i64)> {
    let found = subject
        .store
        .known_entries(identity, &[id.to_owned()])
        .await
        .unwrap();
    found.into_iter().next()
}

async fn tell(subject: &Subject, step: &HoldingStep) {
    subject
        .store
        .tell(&[DomainEvent::HoldingStep(step)])
        .await
        .unwrap();
}

/// Has a purchase win its number as `PN1`.
async fn win(subject: &Subject, begun: &Record) -> Record {
    let before = subject.load(begun).await.unwrap();
    let won = succeeded(before.clone(), "PN1");
    let mut change = evidence(&won);
    change.event = Some(DomainEvent::PurchaseChanged {
        before: &before,
        after: &won,
    });
    let done = subject.store.commit(change).await.unwrap();
    assert!(matches!(done, Commit::Done(_)), "{done:?}");
    won
}

/// A number may have been held before under the same id: what is noted of it is true of it again once it is bought.
pub async fn purchase_of_a_number_keeps_what_is_noted_of_it(subject: &Subject) {
    let begun = purchase(0);
    let attempt = begun.attempt().unwrap().clone();
    let id = NumberId::of(&attempt.account, "PN1").unwrap();
    let note = Annotation {
        tags: vec!["vip".to_owned()],
        protected: true,
        ..Annotation::default()
    };
    subject.annotate(&id, &note).await;
    assert!(matches!(
        subject.begin(&scope("k"), &begun).await,
        Begin::Fresh(_)
    ));
    win(subject, &begun).await;
    let (held, _) = one(subject, &attempt.identity, "PN1").await.unwrap();
    assert_eq!(held.number.tags, note.tags);
    assert!(held.number.protected);
}

/// What a purchase wins is there at once, and what is released is gone.
pub async fn purchase_and_release_are_written_through(subject: &Subject) {
    let begun = purchase(0);
    let attempt = begun.attempt().unwrap().clone();
    let identity = attempt.identity.as_str();
    assert!(matches!(
        subject.begin(&scope("k"), &begun).await,
        Begin::Fresh(_)
    ));
    let shelf = shelf(identity, attempt.account.as_str());
    let reading = begin(subject, &shelf).await;
    let keys = [attempt.number.as_str().to_owned()];
    let open = subject.store.touched(&reading, &keys).await.unwrap();
    assert!(open.len() == 1 && open[0].open, "{open:?}");
    let won = win(subject, &begun).await;
    let (held, _) = one(subject, identity, "PN1").await.unwrap();
    assert_eq!(held.inventory.state, HoldingState::Held);
    let purchase_id = won.purchase.id.clone();
    assert_eq!(held.inventory.origin, Origin::Purchased { purchase_id });
    assert_eq!(held.number.number.as_deref(), Some(attempt.number.as_str()));
    let touched = subject
        .store
        .touched(&reading, &["PN1".to_owned()])
        .await
        .unwrap();
    assert!(touched.len() == 1 && touched[0].recent, "{touched:?}");
    let mut given_back = release(0, "PN1");
    given_back.identity = identity.to_owned();
    given_back.done = true;
    let event = DomainEvent::ReleaseEnded(&given_back);
    subject.store.end_release(&given_back, event).await.unwrap();
    let (gone, _) = one(subject, identity, "PN1").await.unwrap();
    assert_eq!(gone.inventory.state, HoldingState::Gone);
    let (seen, query) = (inside(&[identity]), everything());
    let left = subject.store.inventory(&seen, &query, None).await;
    assert_eq!(left.unwrap(), []);
}

/// Given before the inventory has the number, and afterwards.
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
pub async fn tags_given_to_a_number_are_found(subject: &Subject) {
    let shelf = shelf("AC1", "us-main");
    subject
        .store
        .shelve(std::slice::from_ref(&shelf), super::super::LONG)
        .await
        .unwrap();
    let note = |tags: &[&str]| Annotation {
        tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
        protected: true,
        ..Annotation::default()
    };
    let ids = [0, 1].map(|index| entry(&shelf, index).number.id);
    subject
        .store
        .annotate(&ids[0], &note(&["vip", "berlin"]))
        .await
        .unwrap();
    let reading = begin(subject, &shelf).await;
    let rows = [0, 1, 2].map(|index| judged(entry(&shelf, index), None));
    keep(subject, &reading, &rows).await;
    subject
        .store
        .annotate(&ids[1], &note(&["vip", "vip"]))
        .await
        .unwrap();
    let tagged = |tag: &str| {
        let query = InventoryQuery {
            tag: Some(tag.to_owned()),
            ..everything()
        };
        let store = subject.store.clone();
        async move {
            store
                .inventory(&inside(&["AC1"]), &query, None)
                .await
                .unwrap()
        }
    };
    let vips = tagged("vip").await;
    let found: Vec<_> = vips
        .iter()
        .map(|(entry, _)| entry.number.id.clone())
        .collect();
    assert_eq!(found, ids);
    assert!(vips.iter().all(|(entry, _)| entry.number.protected));
    assert_eq!(tagged("berlin").await.len(), 1);
    let query = InventoryQuery {
        q: Some("vip".to_owned()),
        ..everything()
    };
    assert_eq!(
        subject
            .store
            .count_inventory(&inside(&["AC1"]), &query)
            .await
            .unwrap(),
        2
    );
    subject
        .store
        .annotate(&ids[1], &Annotation::default())
        .await
        .unwrap();
    assert_eq!(tagged("vip").await.len(), 1);
}

/// By our own work, or by another write since it was read.
pub async fn row_touched_or_changed_meanwhile_is_left_by_a_reading(subject: &Subject) {
    let shelf = shelf("AC1", "us-main");
    let reading = begin(subject, &shelf).await;
    let rows = [0, 1, 2].map(|index| judged(entry(&shelf, index), None));
    keep(subject, &reading, &rows).await;
    let held = HoldingStep::held(&shelf.tenant, "AC1", &entry(&shelf, 0).number);
    tell(subject, &held).await;
    tell(
        subject,
        &HoldingStep::Begun(HoldingKey::new(
            "AC1",
            entry(&shelf, 1).number.number.as_deref().unwrap(),
        )),
    )
    .await;
    let mut changed = [0, 1, 2, 3].map(|index| {
        let mut entry = entry(&shelf, index);
        entry.number.label = Some("changed".to_owned());
        judged(entry, (index < 3).then_some(1))
    });
    tell(
        subject,
        &HoldingStep::Begun(HoldingKey::new("AC1", "PN0003")),
    )
    .await;
    let kept = subject.store.keep(&reading, &changed).await.unwrap();
    assert_eq!(kept, Kept::Written(vec!["PN0002".to_owned()]));
    changed[2].entry.number.label = Some("late".to_owned());
    let kept = subject.store.keep(&reading, &changed[2..3]).await.unwrap();
    assert_eq!(kept, Kept::Written(Vec::new()), "its version has moved on");
    let labels: Vec<_> = all(subject, &["AC1"])
        .await
        .into_iter()
        .map(|entry| entry.number.label)
        .collect();
    assert_eq!(
        labels,
        [None, Some("Sales".to_owned()), Some("changed".to_owned())]
    );
    let keys = ["PN0000", "PN0001", "PN0002", "PN0003", "+14155550101"].map(str::to_owned);
    let mut touched = subject.store.touched(&reading, &keys).await.unwrap();
    touched.sort_by(|one, other| one.key.cmp(&other.key));
    let touched: Vec<_> = touched
        .iter()
        .map(|touch| (touch.key.as_str(), touch.open))
        .collect();
    assert_eq!(
        touched,
        [("+14155550101", true), ("PN0000", false), ("PN0003", true)]
    );
    tell(
        subject,
        &HoldingStep::Over(HoldingKey::new("AC1", "PN0003")),
    )
    .await;
    let touched = subject.store.touched(&reading, &keys[3..4]).await.unwrap();
    assert!(touched.len() == 1 && !touched[0].open && touched[0].recent);
}

/// Neither rows nor its end.
pub async fn reading_that_was_superseded_writes_nothing(subject: &Subject) {
    let shelf = shelf("AC1", "us-main");
    let stale = begin(subject, &shelf).await;
    let fresh = begin(subject, &shelf).await;
    let row = judged(entry(&shelf, 0), None);
    let kept = subject
        .store
        .keep(&stale, std::slice::from_ref(&row))
        .await
        .unwrap();
    assert_eq!(kept, Kept::Superseded);
    let ended = subject
        .store
        .end_reading(&stale, &ReadingEnd::Complete, 100);
    assert!(!ended.await.unwrap());
    assert!(fresh.baseline);
    keep(subject, &fresh, std::slice::from_ref(&row)).await;
    end(subject, &fresh).await;
    let next = begin(subject, &shelf).await;
    assert!(!next.baseline && next.held == 1);
    let states = subject
        .store
        .shelves(&["AC1".to_owned(), "AC9".to_owned()])
        .await
        .unwrap();
    assert_eq!(states.len(), 1);
    assert_eq!(states[0].as_of, Some(fresh.mark));
    assert!(states[0].ended_ago.is_some() && states[0].error.is_none());
    let failed = ReadingEnd::Incomplete {
        error: "the carrier is away".to_owned(),
    };
    assert!(
        subject
            .store
            .end_reading(&next, &failed, 100)
            .await
            .unwrap()
    );
    let states = subject.store.shelves(&["AC1".to_owned()]).await.unwrap();
    assert_eq!(states[0].as_of, Some(fresh.mark));
    assert_eq!(states[0].error.as_deref(), Some("the carrier is away"));
}

/// Without those that are gone.
pub async fn remembered_numbers_are_listed_in_order_of_their_ids(subject: &Subject) {
    let shelf = shelf("AC1", "us-main");
    let reading = begin(subject, &shelf).await;
    let rows: Vec<_> = (0..20)
        .map(|index| judged(entry(&shelf, index), None))
        .collect();
    keep(subject, &reading, &rows).await;
    let mut after: Option<String> = None;
    let mut found = Vec::new();
    loop {
        let page = subject
            .store
            .remembered("AC1", after.as_deref(), 6)
            .await
            .unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.provider_id.clone());
        found.extend(page);
    }
    let expected: Vec<_> = (0..20)
        .filter(|index| index % 18 != 17)
        .map(|index| format!("PN{index:04}"))
        .collect();
    let ids: Vec<_> = found
        .iter()
        .map(|known| known.provider_id.clone())
        .collect();
    assert_eq!(ids, expected);
    assert!(found.iter().all(|known| known.version == 1 && known.read));
    let known = subject
        .store
        .known("AC1", &["PN0017".to_owned(), "PN9999".to_owned()])
        .await
        .unwrap();
    assert!(known.len() == 1 && known[0].state == HoldingState::Gone);
    let _ = number_id("PN1");
}
