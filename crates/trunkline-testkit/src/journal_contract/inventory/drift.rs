//! Drifts, and the events that tell of them.

use jiff::Timestamp;
use serde_json::json;
use trunkline_admin::events::{EventFilter, EventType};
use trunkline_core::inventory::{Drift, DriftClass, DriftQuery, DriftSelector, DriftState};
use trunkline_core::model::{Actor, DriftId, Tenant};
use trunkline_engine::inventory::{Acceptance, ReadingEnd};

use super::super::Subject;
use super::draft::{begin, drift, end, entry, inside, judged, keep, shelf};

async fn drifts(subject: &Subject, which: DriftSelector) -> Vec<Drift> {
    let query = DriftQuery {
        which,
        limit: 1_000,
        before: None,
    };
    subject
        .store
        .drifts(&inside(&["AC1", "AC2"]), &query)
        .await
        .unwrap()
}

async fn events(subject: &Subject) -> Vec<(EventType, serde_json::Value)> {
    let page = subject
        .admin
        .events(&Tenant::default(), &EventFilter::default(), 1_000)
        .await
        .unwrap();
    page.events
        .into_iter()
        .map(|event| (event.draft.kind, event.draft.data))
        .collect()
}

/// It moves along with what the carrier shows, and is resolved once that is as it was.
pub async fn one_drift_is_open_for_each_number_class_and_field(subject: &Subject) {
    let shelf = shelf("AC1", "us-main");
    let reading = begin(subject, &shelf).await;
    let mut row = judged(entry(&shelf, 0), None);
    keep(subject, &reading, std::slice::from_ref(&row)).await;
    let labels = ["first", "second", "third", "first"];
    for (version, pair) in (1..).zip(labels.windows(2)) {
        let mut label = drift(&row.entry, DriftClass::Changed, Some("label"));
        (label.was, label.is) = (Some(json!(pair[0])), Some(json!(pair[1])));
        let mut voice = drift(&row.entry, DriftClass::Changed, Some("voice"));
        (voice.was, voice.is) = (Some(json!("here")), Some(json!("there")));
        row.drifts = vec![label, voice];
        row.version = Some(version);
        keep(subject, &reading, std::slice::from_ref(&row)).await;
        let found = drifts(subject, DriftSelector::default()).await;
        assert_eq!(found.len(), 2);
        let label = found
            .iter()
            .find(|it| it.field.as_deref() == Some("label"))
            .unwrap();
        assert_eq!(label.was, Some(json!("first")));
        assert_eq!(label.is, Some(json!(pair[1])));
        let over = pair[1] == "first";
        assert_eq!(label.state == DriftState::Resolved, over, "{label:?}");
    }
    row.version = Some(4);
    row.drifts = vec![drift(&row.entry, DriftClass::Missing, None)];
    row.resolves = vec![DriftClass::Changed];
    keep(subject, &reading, std::slice::from_ref(&row)).await;
    let open = DriftSelector {
        open: Some(true),
        ..DriftSelector::default()
    };
    let open = drifts(subject, open).await;
    assert!(
        open.len() == 1 && open[0].class == DriftClass::Missing,
        "{open:?}"
    );
    end(subject, &reading).await;
    let told = events(subject).await;
    assert!(
        matches!(&told[..], [(EventType::NumberMissing, _)]),
        "{told:?}"
    );
}

/// Newest first, by every filter; accepted once.
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
pub async fn drifts_are_listed_and_accepted(subject: &Subject) {
    let mut ids: Vec<DriftId> = Vec::new();
    for (identity, account) in [("AC1", "us-main"), ("AC2", "emea")] {
        let shelf = shelf(identity, account);
        subject
            .store
            .shelve(std::slice::from_ref(&shelf), super::super::LONG)
            .await
            .unwrap();
        let reading = begin(subject, &shelf).await;
        for index in 0..3 {
            let mut row = judged(entry(&shelf, index), None);
            row.drifts = vec![drift(&row.entry, DriftClass::Appeared, None)];
            ids.push(row.drifts[0].id.clone());
            keep(subject, &reading, std::slice::from_ref(&row)).await;
        }
    }
    ids.reverse();
    let found = drifts(subject, DriftSelector::default()).await;
    let listed: Vec<_> = found.iter().map(|drift| drift.id.clone()).collect();
    assert_eq!(listed, ids);
    let one = |number: &str| DriftSelector {
        number: Some(number.to_owned()),
        ..DriftSelector::default()
    };
    assert_eq!(
        drifts(subject, one("us-main:PN0001")).await,
        [found[4].clone()]
    );
    assert_eq!(
        drifts(subject, one("+14155550101")).await,
        [found[1].clone(), found[4].clone()]
    );
    assert_eq!(drifts(subject, one("emea:PN0009")).await, []);
    let page = DriftQuery {
        which: DriftSelector {
            class: Some(DriftClass::Appeared),
            open: Some(true),
            ..DriftSelector::default()
        },
        limit: 2,
        before: Some(ids[0].clone()),
    };
    let page = subject
        .store
        .drifts(&inside(&["AC1", "AC2"]), &page)
        .await
        .unwrap();
    assert_eq!(page, found[1..3]);
    let acceptance = Acceptance {
        by: Actor::default(),
        at: Timestamp::from_second(1).unwrap(),
    };
    let foreign = subject
        .store
        .accept(&inside(&["AC1"]), &ids[..1], &acceptance)
        .await
        .unwrap();
    assert_eq!(foreign, [] as [DriftId; 0], "it is another account's");
    let accepted = subject
        .store
        .accept(&inside(&["AC2"]), &ids[..1], &acceptance)
        .await
        .unwrap();
    assert_eq!(accepted, ids[..1]);
    let again = subject
        .store
        .accept(&inside(&["AC2"]), &ids[..1], &acceptance)
        .await
        .unwrap();
    assert_eq!(again, [] as [DriftId; 0]);
    let shown = subject
        .store
        .drift(&inside(&["AC2"]), &ids[0])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(shown.state, DriftState::Accepted);
    assert_eq!(shown.ended_at, Some(acceptance.at));
    assert_eq!(
        subject
            .store
            .drift(&inside(&["AC1"]), &ids[0])
            .await
            .unwrap(),
        None
    );
    let mut open = subject.store.open_drifts().await.unwrap();
    open.sort();
    let expected = [
        ("AC1".to_owned(), DriftClass::Appeared, 3),
        ("AC2".to_owned(), DriftClass::Appeared, 2),
    ];
    assert_eq!(open, expected);
}

/// And no event is told twice.
pub async fn many_drifts_are_told_as_one_event_with_a_count(subject: &Subject) {
    let shelf = shelf("AC1", "us-main");
    let reading = begin(subject, &shelf).await;
    let rows: Vec<_> = (0..5)
        .map(|index| {
            let mut row = judged(entry(&shelf, index), None);
            row.drifts = vec![drift(&row.entry, DriftClass::Appeared, None)];
            if index == 0 {
                row.drifts
                    .push(drift(&row.entry, DriftClass::Changed, Some("label")));
            }
            row
        })
        .collect();
    keep(subject, &reading, &rows).await;
    let suspect = ReadingEnd::Suspect { missing: 12 };
    assert!(
        subject
            .store
            .end_reading(&reading, &suspect, 4)
            .await
            .unwrap()
    );
    let mut told = events(subject).await;
    told.sort_by_key(|(kind, _)| kind.as_str());
    let kinds: Vec<_> = told.iter().map(|(kind, _)| *kind).collect();
    let expected = [
        EventType::InventorySuspect,
        EventType::NumberAppeared,
        EventType::NumberChanged,
    ];
    assert_eq!(kinds, expected);
    assert_eq!(told[0].1["missing"], 12);
    assert_eq!(told[1].1, json!({ "class": "appeared", "count": 5 }));
    assert_eq!(told[2].1["field"], "label");
    let reading = begin(subject, &shelf).await;
    end(subject, &reading).await;
    assert_eq!(events(subject).await.len(), 3);
}
