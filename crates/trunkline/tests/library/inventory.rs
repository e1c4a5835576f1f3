//! The inventory at every carrier, whose numbers a person changes in its console.

#![expect(clippy::panic, reason = "a helper that breaks is a test that fails")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use trunkline::Config;
use trunkline_admin::Services;
use trunkline_core::capability::NumberField;
use trunkline_core::inventory::{
    Drift, DriftClass, DriftQuery, DriftSelector, HoldingState, InventoryQuery, SyncReading,
    SyncState,
};
use trunkline_core::{
    AccountEntry, Caller, CountryCode, Patch, PurchaseOrder, Register, SearchQuery, Tenant,
};
use trunkline_engine::journal::Scope;
use trunkline_engine::seal::Sealer;
use trunkline_engine::{Keyed, NumberPatch, Started};
use trunkline_sandbox::credentials::WEBEX_SECOND_LOCATION_ID;
use trunkline_sandbox::{ConsoleChange, Fault, FaultPlan, ProviderKind, Sandbox};

/// Our own work keeps a number from being judged for so long.
const SETTLE: Duration = Duration::from_millis(20);

/// A gateway over every carrier, with its inventory in a database.
struct Gateway {
    sandbox: Sandbox,
    services: Services,
    caller: Caller,
    _directory: tempfile::TempDir,
}

impl Gateway {
    async fn start() -> Self {
        let sandbox = Sandbox::start_default().await.unwrap();
        let accounts = ProviderKind::ALL.map(|kind| {
            format!(
                "{}settle = \"20ms\"\n",
                kind.example_account(sandbox.url(kind))
            )
        });
        let text = format!("[inventory]\nevery = \"0\"\n{}", accounts.concat());
        let config = Config::parse(&text).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", directory.path().join("t.db").display());
        let stores = trunkline_store::stores(trunkline_store::open(&url).await.unwrap());
        let services = config.services(stores, Sealer::new(b"test")).unwrap();
        Self {
            sandbox,
            services,
            caller: Caller::default(),
            _directory: directory,
        }
    }

    fn entry(&self, kind: ProviderKind) -> Arc<AccountEntry> {
        self.services.engine.registry.get(kind.name()).unwrap()
    }

    /// Numbers that can be bought, or registered, at a carrier.
    async fn free(&self, kind: ProviderKind, count: usize) -> Vec<String> {
        let entry = self.entry(kind);
        if matches!(kind, ProviderKind::Webex | ProviderKind::Wazo) {
            return (0..count)
                .map(|at| format!("+1312555{:04}", 1_000 + at))
                .collect();
        }
        let query = SearchQuery {
            limit: count,
            ..SearchQuery::new(CountryCode::US)
        };
        let found = entry.provider.search_available(&query).await.unwrap().items;
        let numbers: Vec<_> = found
            .iter()
            .map(|number| number.number.to_string())
            .collect();
        assert_eq!(numbers.len(), count, "{kind}");
        numbers
    }

    async fn read(&self, kind: ProviderKind) -> SyncReading {
        tokio::time::sleep(SETTLE * 3).await;
        let (inventory, entry) = (&self.services.engine.inventory, self.entry(kind));
        inventory.read_now(&entry).await.unwrap().unwrap()
    }

    /// Reads until so many readings in all were complete.
    async fn read_whole(&self, kind: ProviderKind, times: usize) {
        let mut whole = 0;
        for _ in 0..40 {
            let read = self.read(kind).await;
            assert_ne!(read.state, SyncState::Suspect, "{kind}: {read:?}");
            whole += usize::from(read.state == SyncState::Complete);
            if whole == times {
                return;
            }
        }
        panic!("{kind}: {whole} of {times} readings were complete");
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
        self.services
            .engine
            .inventory
            .drift(&self.caller, &query)
            .await
            .unwrap()
    }

    async fn has_price(&self, kind: ProviderKind) -> bool {
        let query = InventoryQuery {
            accounts: vec![kind.name().to_owned()],
            limit: 1,
            ..InventoryQuery::default()
        };
        let page = self
            .services
            .engine
            .inventory
            .list(&self.caller, &query)
            .await
            .unwrap();
        page.data
            .iter()
            .any(|entry| entry.number.monthly_price.is_some())
    }
}

/// What is expected to be found: account, class, number and field.
type Expected = BTreeSet<(String, DriftClass, String, Option<String>)>;

/// Changes made at one carrier, and what they must be found as.
async fn change(gateway: &Gateway, kind: ProviderKind, numbers: &[String]) -> Expected {
    let sandbox = &gateway.sandbox;
    let mut expected = Expected::new();
    let mut expect = |class, number: &String, field: Option<&str>| {
        let field = field.map(str::to_owned);
        expected.insert((kind.name().to_owned(), class, number.clone(), field));
    };
    let [bought, released, changed, rest @ ..] = numbers else {
        panic!("too few numbers");
    };
    sandbox.console_buy(kind, bought).unwrap();
    expect(DriftClass::Appeared, bought, None);
    sandbox.console_release(kind, released).unwrap();
    expect(DriftClass::Missing, released, None);
    let mut set = ConsoleChange::default();
    if kind == ProviderKind::Webex {
        set.location = Some(WEBEX_SECOND_LOCATION_ID.to_owned());
        for field in ["location.id", "location.name"] {
            expect(DriftClass::Changed, changed, Some(field));
        }
    } else {
        set.label = Some("Theirs".to_owned());
        let field = match kind {
            ProviderKind::Wazo => "caller_id_name",
            _ => "label",
        };
        expect(DriftClass::Changed, changed, Some(field));
    }
    let routing = match kind {
        ProviderKind::Twilio | ProviderKind::SignalWire => {
            Some("https://example.com/theirs".into())
        }
        ProviderKind::Zendesk => Some(serde_json::json!([7])),
        _ => None,
    };
    if routing.is_some() {
        set.routing = routing;
        expect(DriftClass::Changed, changed, Some("voice"));
    }
    sandbox.console_change(kind, changed, &set).unwrap();
    if let (Some(priced), true) = (rest.first(), gateway.has_price(kind).await) {
        let set = ConsoleChange {
            price: Some("7.77".to_owned()),
            ..ConsoleChange::default()
        };
        sandbox.console_change(kind, priced, &set).unwrap();
        expect(DriftClass::PriceChanged, priced, Some("monthly_price"));
    }
    expected
}

/// With faults, and readings that break off: all of it and nothing else, in the right class.
#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn changes_in_the_consoles_of_all_carriers_are_found_in_their_class() {
    let gateway = Gateway::start().await;
    let mut expected = Expected::new();
    for kind in ProviderKind::ALL {
        let numbers = gateway.free(kind, 24).await;
        let (later, held) = numbers.split_at(6);
        for number in held {
            gateway.sandbox.console_buy(kind, number).unwrap();
        }
        gateway.read_whole(kind, 1).await;
        let drifts = gateway.drifts().await;
        let here = |drift: &Drift| drift.account.as_str() == kind.name();
        assert!(!drifts.iter().any(here), "{kind}: the baseline");
        for (at, bought) in later.iter().enumerate() {
            let mut numbers = vec![bought.clone()];
            numbers.extend_from_slice(&held[at * 3..at * 3 + 3]);
            if at < 4 {
                expected.extend(change(&gateway, kind, &numbers).await);
            }
        }
        // One that breaks off.
        let broken = FaultPlan::always(kind, "list", Fault::TruncatedBody {});
        let id = gateway.sandbox.inject(broken).unwrap();
        assert_eq!(
            gateway.read(kind).await.state,
            SyncState::Incomplete,
            "{kind}"
        );
        gateway.sandbox.remove_fault(&id);
        let missing = |drift: &Drift| drift.class == DriftClass::Missing && here(drift);
        assert!(!gateway.drifts().await.iter().any(missing), "{kind}");
        let mut often = FaultPlan::always(kind, "*", Fault::status(503));
        often.probability = Some(0.3);
        gateway.sandbox.inject(often).unwrap();
        gateway.read_whole(kind, 2).await;
        gateway.sandbox.clear_faults();
    }
    let found: Expected = gateway
        .drifts()
        .await
        .into_iter()
        .map(|drift| {
            (
                drift.account.to_string(),
                drift.class,
                drift.number.unwrap(),
                drift.field,
            )
        })
        .collect();
    let (lacking, false_ones): (Vec<_>, Vec<_>) = (
        expected.difference(&found).collect(),
        found.difference(&expected).collect(),
    );
    assert!(
        lacking.is_empty() && false_ones.is_empty(),
        "not found: {lacking:?}\nfalse: {false_ones:?}"
    );
    assert!(found.len() >= 60, "{}", found.len());
    let gone = InventoryQuery {
        holding: Some(HoldingState::Gone),
        limit: 100,
        ..InventoryQuery::default()
    };
    let gone = gateway
        .services
        .engine
        .inventory
        .list(&gateway.caller, &gone)
        .await
        .unwrap();
    assert_eq!(gone.data.len(), 4 * ProviderKind::ALL.len());
    gateway.services.shutdown().await;
}

async fn buy(gateway: &Gateway, kind: ProviderKind, number: &str) {
    let scope = Scope {
        tenant: Tenant::default(),
        route: "POST /v1/numbers".to_owned(),
        key: format!("key-{kind}").parse().unwrap(),
    };
    let keyed = Keyed {
        caller: &gateway.caller,
        scope: &scope,
        fingerprint: "f",
    };
    let order = PurchaseOrder {
        label: Some("Bought".to_owned()),
        ..PurchaseOrder::new(kind.name().parse().unwrap(), number.parse().unwrap())
    };
    let purchases = &gateway.services.engine.purchases;
    let Started::Fresh(id) = purchases.start(keyed, order).await.unwrap() else {
        panic!("{kind}: not a new purchase");
    };
    let record = purchases.wait(&id, Duration::from_secs(20)).await.unwrap();
    assert!(record.purchase.is_done(), "{kind}: {:?}", record.purchase);
}

/// Purchase or registration, update and release, seen at once and never reported.
#[tokio::test(flavor = "multi_thread")]
async fn own_work_at_all_carriers_is_no_drift() {
    let gateway = Gateway::start().await;
    let (engine, caller) = (&gateway.services.engine, &gateway.caller);
    for kind in ProviderKind::ALL {
        let numbers = gateway.free(kind, 4).await;
        for number in &numbers[2..] {
            gateway.sandbox.console_buy(kind, number).unwrap();
        }
        gateway.read_whole(kind, 1).await;
        let registers = matches!(kind, ProviderKind::Webex | ProviderKind::Wazo);
        if registers {
            let request = Register {
                numbers: vec![numbers[0].clone()],
                location: kind.location().map(str::to_owned),
                shared: None,
                provider_options: trunkline_core::ProviderData::default(),
            };
            engine
                .numbers
                .register(caller, kind.name(), &request)
                .await
                .unwrap();
        } else {
            buy(&gateway, kind, &numbers[0]).await;
        }
        let mut query = InventoryQuery {
            accounts: vec![kind.name().to_owned()],
            limit: 1,
            ..InventoryQuery::default()
        };
        query.numbers.number = Some(numbers[0].clone());
        let found = engine.inventory.list(caller, &query).await.unwrap();
        let mine = found.data[0].number.id.clone();
        let mut patch = NumberPatch::default();
        let entry = gateway.entry(kind);
        let writable = &entry.provider.capability().writable;
        if writable.contains(&NumberField::Label) {
            patch.update.label = Patch::Set("Ours".to_owned());
        } else if writable.contains(&NumberField::CallerIdName) {
            patch.update.caller_id_name = Patch::Set("Ours".to_owned());
        } else {
            patch.update.state = Patch::Set("active".to_owned());
        }
        engine
            .numbers
            .update(caller, mine.as_str(), patch)
            .await
            .unwrap();
        gateway.read_whole(kind, 2).await;
        assert_eq!(gateway.drifts().await, [], "{kind}");
        if kind != ProviderKind::SignalWire {
            engine.numbers.release(caller, mine.as_str()).await.unwrap();
            gateway.read_whole(kind, 2).await;
            assert_eq!(gateway.drifts().await, [], "{kind}: released");
        }
    }
    gateway.services.shutdown().await;
}
