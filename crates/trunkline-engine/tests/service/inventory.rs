//! The inventory: readings, drifts, and our own work.

#[path = "inventory/details.rs"]
mod details;
#[path = "inventory/reading.rs"]
mod reading;

use std::sync::Arc;
use std::time::Duration;

use trunkline_admin::Stores;
use trunkline_admin::events::EventType;
use trunkline_core::host;
use trunkline_core::inventory::{
    Difference, Drift, DriftClass, DriftQuery, DriftSelector, DriftState, HoldingState,
    InventoryQuery, Origin, PlaceKind, SyncReading, SyncState,
};
use trunkline_core::{
    AccountEntry, Caller, Error, ErrorKind, Operation, Patch, Provider, PurchaseState, Registry,
};
use trunkline_engine::inventory::SyncRequest;
use trunkline_engine::seal::Sealer;
use trunkline_engine::{Engine, NumberPatch, Released, Started, Timing};
use trunkline_testkit::scripted::{Sale, Scripted};

use crate::{audited, keyed, number, order, published, scope};

/// Longer than our own work keeps a number from being judged.
const SETTLED: Duration = Duration::from_secs(60);

/// Accounts that hold numbers, and what remembers them.
struct Held {
    carriers: Vec<Arc<Scripted>>,
    stores: Stores,
    engine: Engine,
    caller: Caller,
}

impl Held {
    fn new(accounts: &[&str]) -> Self {
        let carriers: Vec<_> = accounts
            .iter()
            .map(|name| Arc::new(Scripted::new(name)))
            .collect();
        let stores = Stores::memory();
        let mut registry = Registry::default();
        for carrier in &carriers {
            let entry = AccountEntry::new(Arc::clone(carrier) as Arc<dyn Provider>);
            registry.insert(entry).unwrap();
        }
        let store = Arc::clone(&stores.engine);
        Self {
            engine: Engine::new(registry, store, Sealer::new(b"test"), Timing::default()),
            carriers,
            stores,
            caller: Caller::default(),
        }
    }

    /// One account with so many numbers, read once.
    async fn read_once(count: u32) -> Self {
        let held = Self::new(&["us-main"]);
        for last in 0..count {
            held.carrier().hold(number(last), host::now());
        }
        assert_eq!(held.read().await.state, SyncState::Complete);
        held
    }

    fn carrier(&self) -> &Scripted {
        &self.carriers[0]
    }

    /// One reading of the first account, once our own work is settled.
    async fn read(&self) -> SyncReading {
        self.read_at("us-main").await
    }

    async fn read_at(&self, account: &str) -> SyncReading {
        tokio::time::sleep(SETTLED).await;
        let entry = self.engine.registry.get(account).unwrap();
        self.engine
            .inventory
            .read_now(&entry)
            .await
            .unwrap()
            .unwrap()
    }

    async fn drifts(&self) -> Vec<Drift> {
        let query = DriftQuery {
            which: DriftSelector {
                open: Some(true),
                ..DriftSelector::default()
            },
            limit: 1_000,
            before: None,
        };
        self.engine
            .inventory
            .drift(&self.caller, &query)
            .await
            .unwrap()
    }

    /// Class and number of every open drift, in order.
    async fn classes(&self) -> Vec<(DriftClass, String)> {
        let drifts = self.drifts().await.into_iter();
        let mut classes: Vec<_> = drifts.map(|it| (it.class, it.number.unwrap())).collect();
        classes.sort();
        classes
    }

    async fn state(&self, last: u32) -> HoldingState {
        let shown = self
            .engine
            .inventory
            .get(&self.caller, number(last).as_str())
            .await;
        shown.unwrap().entry.inventory.state
    }
}

/// Buys a number, and waits until that is settled.
async fn buy(engine: &Engine, last: u32) {
    let (scope, order) = (scope("k"), order("us-main", last));
    let started = engine.purchases.start(keyed(&scope, "f"), order).await;
    let Started::Fresh(id) = started.unwrap() else {
        panic!("not a new purchase");
    };
    let record = engine
        .purchases
        .wait(&id, Duration::from_secs(3_600))
        .await
        .unwrap();
    assert_eq!(record.purchase.state, PurchaseState::Succeeded);
}

fn one_of(last: u32) -> String {
    number(last).to_string()
}

fn everything() -> InventoryQuery {
    InventoryQuery {
        limit: 100,
        ..InventoryQuery::default()
    }
}

#[tokio::test(start_paused = true)]
async fn first_complete_reading_makes_neither_drifts_nor_events() {
    let held = Held::read_once(250).await;
    assert_eq!(held.drifts().await, []);
    assert_eq!(published(&held.stores).await, []);
    let page = held
        .engine
        .inventory
        .list(&held.caller, &everything())
        .await
        .unwrap();
    assert_eq!(page.data.len(), 100);
    assert!(page.next_cursor.is_some() && page.sources[0].as_of.is_some());
    let again = held.read().await;
    assert_eq!(
        (again.rows, again.appeared, again.changed, again.missing),
        (250, 0, 0, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn changes_behind_its_back_are_found_in_the_right_class() {
    let held = Held::read_once(50).await;
    held.carrier().hold(number(60), host::now());
    held.carrier().relabel(number(1), "Theirs");
    held.carrier().lose(number(2));
    let read = held.read().await;
    assert_eq!(
        (read.appeared, read.changed, read.missing, read.gone),
        (1, 1, 1, 0)
    );
    let expected = [
        (DriftClass::Appeared, one_of(60)),
        (DriftClass::Missing, one_of(2)),
        (DriftClass::Changed, one_of(1)),
    ];
    assert_eq!(held.classes().await, expected);
    let drifts = held.drifts().await;
    let label = drifts
        .iter()
        .find(|it| it.class == DriftClass::Changed)
        .unwrap();
    assert_eq!(label.field.as_deref(), Some("label"));
    assert_eq!(label.is, Some("Theirs".into()));
    assert_eq!(held.state(2).await, HoldingState::Missing);
    assert_eq!(held.read().await.gone, 1);
    assert_eq!(held.state(2).await, HoldingState::Gone);
    assert_eq!(held.classes().await, expected, "nothing is reported twice");
    let mut events = published(&held.stores).await;
    events.sort_by_key(|kind| kind.as_str());
    let expected = [
        EventType::NumberAppeared,
        EventType::NumberChanged,
        EventType::NumberGone,
        EventType::NumberMissing,
    ];
    assert_eq!(events, expected);
}

#[tokio::test(start_paused = true)]
async fn change_that_is_taken_back_is_resolved_by_itself() {
    let held = Held::read_once(20).await;
    let id = held.carrier().hold(number(40), host::now());
    held.read().await;
    held.carrier().relabel(number(1), "Theirs");
    held.read().await;
    held.carrier().relabel(number(1), "Again");
    held.carrier().lose(number(40));
    held.read().await;
    let labels: Vec<_> = held
        .drifts()
        .await
        .into_iter()
        .filter(|it| it.field.is_some())
        .collect();
    assert_eq!(labels.len(), 1, "{labels:?}");
    assert_eq!(labels[0].is, Some("Again".into()));
    assert_eq!(held.state(40).await, HoldingState::Missing);
    held.carrier().show_again(&id, number(40));
    held.read().await;
    assert_eq!(held.state(40).await, HoldingState::Held);
    assert_eq!(held.classes().await, [(DriftClass::Changed, one_of(1))]);
}

#[tokio::test(start_paused = true)]
async fn broken_reading_marks_nothing_missing() {
    let held = Held::read_once(250).await;
    held.carrier().lose(number(7));
    let away = || Error::new(ErrorKind::UpstreamUnavailable, "the carrier is away");
    held.carrier().fail(Operation::List, [away()]);
    let read = held.read().await;
    assert_eq!(read.state, SyncState::Incomplete);
    assert_eq!(read.error.unwrap().kind(), ErrorKind::UpstreamUnavailable);
    held.carrier().garble(1);
    assert_eq!(held.read().await.state, SyncState::Incomplete);
    held.carrier().garble(0);
    held.carrier().list_in_a_circle();
    assert_eq!(held.read().await.state, SyncState::Incomplete);
    assert_eq!(held.drifts().await, []);
    assert_eq!(held.state(7).await, HoldingState::Held);
    let page = held
        .engine
        .inventory
        .list(&held.caller, &everything())
        .await
        .unwrap();
    assert!(page.sources[0].error.is_some() && page.sources[0].as_of.is_some());
}

#[tokio::test(start_paused = true)]
async fn number_that_its_carrier_can_not_be_asked_for_is_not_missing() {
    let held = Held::read_once(30).await;
    held.carrier().lose(number(3));
    let away = || Error::new(ErrorKind::UpstreamUnavailable, "the carrier is away");
    held.carrier().fail(Operation::Get, (0..5).map(|_| away()));
    assert_eq!(held.read().await.missing, 0);
    assert_eq!(held.state(3).await, HoldingState::Held);
    // It is asked more than once.
    held.carrier().fail(Operation::Get, (0..4).map(|_| away()));
    assert_eq!(held.read().await.missing, 1);
}

#[tokio::test(start_paused = true)]
async fn reading_that_lacks_too_many_numbers_is_not_believed_unless_it_is_asked_to() {
    let held = Held::read_once(60).await;
    for last in 0..11 {
        held.carrier().lose(number(last));
    }
    assert_eq!(held.read().await.state, SyncState::Suspect);
    assert_eq!(held.drifts().await, []);
    assert_eq!(published(&held.stores).await, [EventType::InventorySuspect]);
    let request = SyncRequest {
        believe_missing: true,
        ..SyncRequest::default()
    };
    let sync = held
        .engine
        .inventory
        .sync(&held.caller, &request)
        .await
        .unwrap();
    let done = loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let sync = held
            .engine
            .inventory
            .syncing(&held.caller, &sync.id)
            .await
            .unwrap();
        if sync.ended_at.is_some() {
            break sync;
        }
    };
    assert_eq!(done.accounts[0].state, SyncState::Complete);
    assert_eq!(done.accounts[0].missing, 11);
    assert_eq!(held.drifts().await.len(), 11);
    assert_eq!(audited(&held.stores, "inventory.sync").await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn own_work_is_there_at_once_and_no_drift() {
    let held = Held::read_once(20).await;
    let (engine, caller) = (&held.engine, &held.caller);
    buy(engine, 50).await;
    let item = engine
        .inventory
        .get(caller, number(50).as_str())
        .await
        .unwrap();
    assert!(matches!(
        item.entry.inventory.origin,
        Origin::Purchased { .. }
    ));
    let patch = || {
        let mut patch = NumberPatch::default();
        patch.update.label = Patch::Set("Ours".to_owned());
        patch
    };
    let id = format!("us-main:{}", "PN0001");
    engine.numbers.update(caller, &id, patch()).await.unwrap();
    let item = engine.inventory.get(caller, &id).await.unwrap();
    assert_eq!(item.entry.number.label.as_deref(), Some("Ours"));
    let released = engine
        .numbers
        .release(caller, "us-main:PN0002")
        .await
        .unwrap();
    assert!(matches!(released, Released::Now(_)));
    let item = engine
        .inventory
        .get(caller, "us-main:PN0002")
        .await
        .unwrap();
    assert_eq!(item.entry.inventory.state, HoldingState::Gone);
    for _ in 0..3 {
        let read = held.read().await;
        assert_eq!(
            (read.state, read.appeared, read.missing),
            (SyncState::Complete, 0, 0)
        );
    }
    assert_eq!(held.drifts().await, []);
}

#[tokio::test(start_paused = true)]
async fn update_whose_answer_was_lost_is_no_drift() {
    let held = Held::read_once(5).await;
    let lost =
        Error::new(ErrorKind::Timeout, "no answer").with_effect(trunkline_core::Effect::Unknown);
    held.carrier().fail(Operation::Update, [lost]);
    let mut patch = NumberPatch::default();
    patch.update.label = Patch::Set("Ours".to_owned());
    held.engine
        .numbers
        .update(&held.caller, "us-main:PN0001", patch)
        .await
        .unwrap_err();
    // It was carried out all the same.
    held.carrier().relabel(number(0), "Ours");
    assert_eq!(held.read().await.state, SyncState::Complete);
    assert_eq!(held.drifts().await, []);
    let item = held
        .engine
        .inventory
        .get(&held.caller, "us-main:PN0001")
        .await
        .unwrap();
    assert_eq!(item.entry.number.label.as_deref(), Some("Ours"));
    held.carrier().relabel(number(0), "Theirs");
    held.read().await;
    assert_eq!(held.classes().await, [(DriftClass::Changed, one_of(0))]);
}

#[tokio::test(start_paused = true)]
async fn number_of_a_purchase_whose_answer_was_lost_is_no_drift() {
    let held = Held::read_once(5).await;
    held.carrier().plan([Sale::LostAfter]);
    let engine = held.engine.clone();
    let buying = tokio::spawn(async move { buy(&engine, 50).await });
    for _ in 0..3 {
        held.read().await;
    }
    buying.await.unwrap();
    held.read().await;
    assert_eq!(held.drifts().await, []);
    let item = held
        .engine
        .inventory
        .get(&held.caller, number(50).as_str())
        .await
        .unwrap();
    assert!(
        matches!(item.entry.inventory.origin, Origin::Purchased { .. }),
        "{item:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn drift_is_accepted_once_and_in_bulk() {
    let held = Held::read_once(5).await;
    for last in 10..14 {
        held.carrier().hold(number(last), host::now());
    }
    held.read().await;
    let (inventory, caller) = (&held.engine.inventory, &held.caller);
    let drifts = held.drifts().await;
    assert_eq!(drifts.len(), 4);
    let accepted = inventory.accept(caller, &drifts[0].id).await.unwrap();
    assert_eq!(accepted.state, DriftState::Accepted);
    assert_eq!(
        inventory.accept(caller, &drifts[0].id).await.unwrap(),
        accepted
    );
    let all = DriftSelector {
        class: Some(DriftClass::Appeared),
        ..DriftSelector::default()
    };
    assert_eq!(
        inventory.accept_all(caller, &all).await.unwrap().accepted,
        3
    );
    assert_eq!(held.drifts().await, []);
    assert_eq!(audited(&held.stores, "drift.accept").await.len(), 2);
    let stranger = Caller::of("acme".parse().unwrap());
    let error = inventory
        .accept(&stranger, &drifts[1].id)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn number_that_two_accounts_sell_is_a_duplicate() {
    let held = Held::new(&["emea", "us-main"]);
    for carrier in &held.carriers {
        carrier.hold(number(0), host::now());
    }
    held.carriers[0].hold(number(1), host::now());
    held.read_at("emea").await;
    held.read().await;
    assert_eq!(held.drifts().await, [], "both are baselines");
    held.carriers[1].hold(number(1), host::now());
    held.carriers[1].relabel(number(0), "Sales");
    held.carriers[0].relabel(number(0), "Support");
    held.read().await;
    held.read_at("emea").await;
    let classes: Vec<_> = held
        .classes()
        .await
        .into_iter()
        .filter(|(class, _)| *class != DriftClass::Changed)
        .collect();
    let expected = [
        (DriftClass::Appeared, one_of(1)),
        (DriftClass::Duplicate, one_of(1)),
    ];
    assert_eq!(classes, expected);
    let found = held
        .engine
        .inventory
        .where_is(&held.caller, &number(0))
        .await
        .unwrap();
    let places: Vec<_> = found
        .places
        .iter()
        .map(|place| (place.account.as_str(), place.kind))
        .collect();
    assert_eq!(
        places,
        [("emea", PlaceKind::Bought), ("us-main", PlaceKind::Bought)]
    );
    assert!(
        matches!(&found.differences[..], [Difference::Label { values }, Difference::HeldTwice] if values.len() == 2)
    );
    let error = held
        .engine
        .inventory
        .get(&held.caller, number(0).as_str())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
}
