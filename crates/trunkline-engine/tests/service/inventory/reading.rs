//! Lists, tags and counts, and readings every so often.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use trunkline_core::host;
use trunkline_core::inventory::{
    DriftClass, InventoryEntry, InventoryQuery, InventorySort, Place, SummaryBy, SummaryFigures,
    SyncState,
};
use trunkline_core::{AccountEntry, Error, ErrorKind, ListQuery, Operation, Provider, Registry};
use trunkline_engine::inventory::TagChange;
use trunkline_engine::seal::Sealer;
use trunkline_engine::{Engine, Pace, Released, Timing};
use trunkline_testkit::scripted::Scripted;

use super::{Held, everything, one_of};
use crate::number;

#[tokio::test(start_paused = true)]
async fn pages_follow_each_other_and_a_cursor_belongs_to_its_list() {
    let held = Held::read_once(25).await;
    let (inventory, caller) = (&held.engine.inventory, &held.caller);
    let mut query = InventoryQuery {
        limit: 10,
        count: true,
        ..InventoryQuery::default()
    };
    let mut numbers = Vec::new();
    loop {
        let page = inventory.list(caller, &query).await.unwrap();
        assert_eq!(page.count, Some(25));
        numbers.extend(
            page.data
                .into_iter()
                .map(|entry| entry.number.number.unwrap()),
        );
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            break;
        }
    }
    assert_eq!(numbers, (0..25).map(one_of).collect::<Vec<_>>());
    let first = InventoryQuery {
        cursor: None,
        ..query.clone()
    };
    query.cursor = inventory.list(caller, &first).await.unwrap().next_cursor;
    query.sort = InventorySort::Label;
    let error = inventory.list(caller, &query).await.unwrap_err();
    assert_eq!(error.fields()[0].field, "cursor");
}

#[tokio::test(start_paused = true)]
async fn tags_of_many_numbers_change_only_when_asked_to_apply() {
    let held = Held::read_once(12).await;
    let (inventory, caller) = (&held.engine.inventory, &held.caller);
    let change = TagChange {
        add: vec!["vip".to_owned()],
        protected: Some(true),
        ..TagChange::default()
    };
    let applied = TagChange {
        apply: true,
        ..change.clone()
    };
    let tried = inventory.tag(caller, &everything(), &change).await.unwrap();
    assert_eq!(
        (tried.applied, tried.matched, tried.changed),
        (false, 12, 12)
    );
    let tagged = InventoryQuery {
        tag: Some("vip".to_owned()),
        ..everything()
    };
    assert_eq!(inventory.list(caller, &tagged).await.unwrap().data, []);
    inventory
        .tag(caller, &everything(), &applied)
        .await
        .unwrap();
    assert_eq!(
        inventory.list(caller, &tagged).await.unwrap().data.len(),
        12
    );
    let again = inventory
        .tag(caller, &everything(), &applied)
        .await
        .unwrap();
    assert_eq!(again.changed, 0);
    let shown = held
        .engine
        .numbers
        .get(caller, "us-main:PN0001")
        .await
        .unwrap();
    assert!(shown.protected && shown.tags == ["vip"]);
    let report = inventory
        .summary(caller, &everything(), &[SummaryBy::Tag])
        .await
        .unwrap();
    assert_eq!((report.total.count, report.groups.len()), (12, 1));
    assert_eq!(report.groups[0].by["tag"].as_deref(), Some("vip"));
    held.read().await;
    assert_eq!(
        inventory.list(caller, &tagged).await.unwrap().data.len(),
        12
    );
}

#[tokio::test(start_paused = true)]
async fn too_many_tags_are_refused_before_any_number_is_changed() {
    let held = Held::read_once(3).await;
    let (inventory, caller) = (&held.engine.inventory, &held.caller);
    let tags = |from: usize, count: usize| (from..from + count).map(|at| format!("tag{at}"));
    let change = |add: Vec<String>| TagChange {
        add,
        apply: true,
        ..TagChange::default()
    };
    let one = InventoryQuery {
        numbers: ListQuery {
            number: Some(number(2).as_str().to_owned()),
            ..ListQuery::default()
        },
        ..everything()
    };
    let most = change(tags(0, TagChange::TAGS_MAX).collect());
    inventory.tag(caller, &one, &most).await.unwrap();
    for (wrong, told) in [
        (vec!["one more".to_owned()], "PN0003 would have 51 tags"),
        (vec!["long".repeat(40)], "of at most 128 bytes"),
        (tags(0, 51).collect(), "at most 50"),
    ] {
        let refused = inventory.tag(caller, &everything(), &change(wrong)).await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.fields()[0].field, "add");
        assert!(refused.to_string().contains(told), "{refused}");
    }
    let untagged = inventory.get(caller, number(0).as_str()).await.unwrap();
    assert_eq!(untagged.entry.number.tags, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn release_that_waits_is_undone_when_its_number_is_protected_among_many() {
    let mut held = Held::read_once(2).await;
    let mut registry = Registry::default();
    let mut entry = AccountEntry::new(Arc::clone(&held.carriers[0]) as Arc<dyn Provider>);
    entry.quarantine = Duration::from_secs(3_600);
    registry.insert(entry).unwrap();
    let store = Arc::clone(&held.stores.engine);
    held.engine = Engine::new(registry, store, Sealer::new(b"test"), Timing::default());
    let (inventory, caller) = (&held.engine.inventory, &held.caller);
    let id = number(1);
    let released = held.engine.numbers.release(caller, id.as_str()).await;
    assert!(matches!(released.unwrap(), Released::Later { .. }));
    let change = TagChange {
        protected: Some(true),
        apply: true,
        ..TagChange::default()
    };
    inventory.tag(caller, &everything(), &change).await.unwrap();
    let kept = held.engine.numbers.get(caller, id.as_str()).await.unwrap();
    assert_eq!((kept.protected, kept.release_at), (true, None));
}

#[tokio::test(start_paused = true)]
async fn removed_account_is_forgotten_by_a_process_that_runs_on() {
    let held = Held::new(&["us-main", "emea"]);
    let carrier = &held.carriers[1];
    carrier.hold(number(1), host::now());
    held.read_at("emea").await;
    let engine = |carriers: &[Arc<Scripted>]| {
        let mut registry = Registry::default();
        for carrier in carriers {
            let entry = AccountEntry::new(Arc::clone(carrier) as Arc<dyn Provider>);
            registry.insert(entry).unwrap();
        }
        let store = Arc::clone(&held.stores.engine);
        Engine::new(registry, store, Sealer::new(b"test"), Timing::default())
    };
    let count = async |engine: &Engine| {
        let listed = engine.inventory.list(&held.caller, &everything()).await;
        listed.unwrap().data.len()
    };
    let pace = Pace {
        forget_after: Duration::from_secs(24 * 3_600),
        ..Pace::default()
    };
    let without = engine(&held.carriers[..1]).with_inventory(pace);
    without.start().unwrap();
    tokio::time::sleep(Duration::from_secs(20 * 3_600)).await;
    assert_eq!(count(&engine(&held.carriers)).await, 1);
    tokio::time::sleep(Duration::from_secs(6 * 3_600)).await;
    assert_eq!(count(&engine(&held.carriers)).await, 0);
}

#[tokio::test(start_paused = true)]
async fn accounts_are_read_every_so_often() {
    let mut held = Held::new(&["us-main"]);
    held.carrier().hold(number(0), host::now());
    held.engine = held.engine.with_inventory(Pace {
        every: Duration::from_secs(900),
        ..Pace::default()
    });
    held.engine.start().unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(held.carrier().calls(Operation::List), 1);
    held.carrier().hold(number(1), host::now());
    tokio::time::sleep(Duration::from_secs(1_800)).await;
    assert_eq!(held.carrier().calls(Operation::List), 3);
    assert_eq!(held.classes().await, [(DriftClass::Appeared, one_of(1))]);
    held.engine.shutdown().await;
}

/// What the inventory answers to every kind of question.
#[derive(Debug, PartialEq)]
struct Answers {
    list: Vec<InventoryEntry>,
    search: Vec<InventoryEntry>,
    summary: SummaryFigures,
    places: Vec<Place>,
    as_of: Vec<Option<Timestamp>>,
}

async fn answers(held: &Held) -> Answers {
    let (inventory, caller) = (&held.engine.inventory, &held.caller);
    let query = InventoryQuery {
        q: Some("5550101".to_owned()),
        ..everything()
    };
    let list = inventory.list(caller, &everything()).await.unwrap();
    let search = inventory.list(caller, &query).await.unwrap();
    let report = inventory.summary(caller, &everything(), &[]).await.unwrap();
    let found = inventory.where_is(caller, &number(1)).await.unwrap();
    let sources = [list.sources, search.sources, report.sources, found.sources];
    Answers {
        list: list.data,
        search: search.data,
        summary: report.total,
        places: found.places,
        as_of: sources.concat().iter().map(|source| source.as_of).collect(),
    }
}

#[tokio::test(start_paused = true)]
async fn carrier_that_is_away_for_an_hour_changes_no_answer() {
    let held = Held::read_once(3).await;
    let before = answers(&held).await;
    assert_eq!((before.list.len(), before.search.len()), (3, 1));
    assert_eq!((before.summary.count, before.places.len()), (3, 1));
    assert!(before.as_of.len() == 4 && before.as_of.iter().all(Option::is_some));
    let away = || Error::new(ErrorKind::UpstreamUnavailable, "the carrier is away");
    for operation in [Operation::List, Operation::Get] {
        held.carrier().fail(operation, (0..50).map(|_| away()));
    }
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_secs(900)).await;
        assert_eq!(held.read().await.state, SyncState::Incomplete);
    }
    assert_eq!(answers(&held).await, before);
    assert_eq!(held.drifts().await, []);
}
