//! The inventory at every carrier, whose numbers a person changes in its console.

#![expect(clippy::panic, reason = "a helper that breaks is a test that fails")]

#[path = "inventory/behind.rs"]
mod behind;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use trunkline::Config;
use trunkline_admin::Services;
use trunkline_core::capability::NumberField;
use trunkline_core::inventory::{
    Drift, DriftClass, DriftQuery, DriftSelector, HoldingState, InventoryQuery, SyncReading,
    SyncState,
};
use trunkline_core::{
    AccountEntry, Caller, CountryCode, NumberUpdate, Patch, PurchaseOrder, Register, SearchQuery,
    Tenant,
};
use trunkline_engine::journal::Scope;
use trunkline_engine::seal::Sealer;
use trunkline_engine::{Keyed, NumberPatch, Started};
use trunkline_sandbox::{ConsoleChange, ProviderKind, Sandbox};

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
        Self::with("", "").await
    }

    /// With more settings of the inventory, for all accounts and for Twilio's.
    async fn with(all: &str, twilio: &str) -> Self {
        let sandbox = Sandbox::start_default().await.unwrap();
        let accounts = ProviderKind::ALL.map(|kind| {
            let account = kind.example_account(sandbox.url(kind));
            let own = match kind {
                ProviderKind::Twilio => twilio,
                _ => "",
            };
            format!("{account}settle = \"20ms\"\n{own}\n")
        });
        let text = format!("[inventory]\nevery = \"0\"\n{all}\n{}", accounts.concat());
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

    /// Numbers that can be bought, or registered, at a carrier: as many, or all that it sells.
    async fn free(&self, kind: ProviderKind, count: usize) -> Vec<String> {
        let entry = self.entry(kind);
        if registers(kind) {
            return (0..count)
                .map(|at| format!("+1312555{:04}", 1_000 + at))
                .collect();
        }
        let mut numbers = BTreeSet::new();
        for digits in (100..1_000).step_by(7) {
            let query = SearchQuery {
                limit: 50,
                contains: Some(digits.to_string().parse().unwrap()),
                ..SearchQuery::new(CountryCode::US)
            };
            let found = entry.provider.search_available(&query).await.unwrap();
            numbers.extend(found.items.iter().map(|number| number.number.to_string()));
            if numbers.len() >= count {
                break;
            }
        }
        numbers.into_iter().take(count).collect()
    }

    /// The carrier's id of a number that the inventory knows.
    async fn provider_id(&self, kind: ProviderKind, number: &str) -> String {
        let mut query = InventoryQuery {
            accounts: vec![kind.name().to_owned()],
            limit: 1,
            ..InventoryQuery::default()
        };
        query.numbers.number = Some(number.to_owned());
        let inventory = &self.services.engine.inventory;
        let page = inventory.list(&self.caller, &query).await.unwrap();
        page.data[0].number.provider_id.clone()
    }

    /// What a person does in the carrier's console, over the routes of the fakes' control port.
    async fn console(&self, kind: ProviderKind, step: &str, body: Value) {
        let line = format!("POST /{kind}/console/{step}");
        let answer = http(self.sandbox.control_url(), &line, &body).await;
        assert!(
            answer.starts_with("HTTP/1.1 200"),
            "{line} {body}: {answer}"
        );
    }

    /// Buys or registers as another program with the account's credential does.
    async fn buy_over_http(&self, kind: ProviderKind, number: &str) {
        let provider = &self.entry(kind).provider;
        if registers(kind) {
            let request = registration(kind, number);
            provider.register(&request).await.unwrap();
        } else {
            let account = kind.name().parse().unwrap();
            let order = PurchaseOrder::new(account, number.parse().unwrap());
            provider.purchase(&order).await.unwrap();
        }
    }

    /// Releases as another program does. `SignalWire` lets go of a number after 14 days, but in the sandbox's console.
    async fn release_over_http(&self, kind: ProviderKind, number: &str) {
        if kind == ProviderKind::SignalWire {
            self.console(kind, "release", json!({ "number": number }))
                .await;
            return;
        }
        let id = self.provider_id(kind, number).await;
        self.entry(kind).provider.release(&id).await.unwrap();
    }

    /// Renames as another program does.
    async fn rename_over_http(&self, kind: ProviderKind, number: &str, name: &str) {
        let mut update = NumberUpdate::default();
        let name = Patch::Set(name.to_owned());
        if kind == ProviderKind::Wazo {
            update.caller_id_name = name;
        } else {
            update.label = name;
        }
        let id = self.provider_id(kind, number).await;
        let provider = &self.entry(kind).provider;
        provider.update(&id, &update).await.unwrap();
    }

    async fn read(&self, kind: ProviderKind) -> SyncReading {
        tokio::time::sleep(SETTLE * 3).await;
        let (inventory, entry) = (&self.services.engine.inventory, self.entry(kind));
        inventory.read_now(&entry).await.unwrap().unwrap()
    }

    /// Reads until so many readings in all were complete. After a row of failures calls are refused for some seconds.
    /// Those that broke off mark nothing missing.
    async fn read_whole(&self, kind: ProviderKind, times: usize) {
        let end = tokio::time::Instant::now() + Duration::from_secs(120);
        let mut whole = 0;
        while whole < times {
            let before = self.missing(kind).await;
            let read = self.read(kind).await;
            assert_ne!(read.state, SyncState::Suspect, "{kind}: {read:?}");
            if read.state == SyncState::Complete {
                whole += 1;
            } else {
                assert_eq!(self.missing(kind).await, before, "{kind}: {read:?}");
            }
            assert!(tokio::time::Instant::now() < end, "{kind}: {read:?}");
        }
    }

    /// The open drifts of an account.
    async fn drifts(&self, kind: ProviderKind) -> Vec<Drift> {
        let mut query = DriftQuery {
            which: DriftSelector {
                open: Some(true),
                accounts: vec![kind.name().to_owned()],
                ..DriftSelector::default()
            },
            limit: 1_000,
            before: None,
        };
        let inventory = &self.services.engine.inventory;
        let mut found: Vec<Drift> = Vec::new();
        loop {
            let page = inventory.drift(&self.caller, &query).await.unwrap();
            let Some(last) = page.last() else {
                return found;
            };
            query.before = Some(last.id.clone());
            found.extend(page);
        }
    }

    /// How many of them are missing numbers.
    async fn missing(&self, kind: ProviderKind) -> usize {
        let drifts = self.drifts(kind).await;
        let missing = |drift: &&Drift| drift.class == DriftClass::Missing;
        drifts.iter().filter(missing).count()
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

/// Whether numbers are registered there, not bought.
fn registers(kind: ProviderKind) -> bool {
    matches!(kind, ProviderKind::Webex | ProviderKind::Wazo)
}

fn registration(kind: ProviderKind, number: &str) -> Register {
    Register {
        numbers: vec![number.to_owned()],
        location: kind.location().map(str::to_owned),
        shared: None,
        provider_options: trunkline_core::ProviderData::default(),
    }
}

/// Where calls go after somebody changed that, where a console can.
fn theirs(kind: ProviderKind) -> Option<Value> {
    match kind {
        ProviderKind::Twilio | ProviderKind::SignalWire => {
            Some("https://example.com/theirs".into())
        }
        ProviderKind::Zendesk => Some(json!([7])),
        _ => None,
    }
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
        if registers(kind) {
            let request = registration(kind, &numbers[0]);
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
        assert_eq!(gateway.drifts(kind).await, [], "{kind}");
        if kind != ProviderKind::SignalWire {
            engine.numbers.release(caller, mine.as_str()).await.unwrap();
            gateway.read_whole(kind, 2).await;
            assert_eq!(gateway.drifts(kind).await, [], "{kind}: released");
        }
    }
    gateway.services.shutdown().await;
}

/// Fields that others own are named for all accounts, and for one.
#[tokio::test(flavor = "multi_thread")]
async fn ignored_fields_are_not_reported() {
    let twilio = "inventory = { ignore = [\"label\"] }";
    let gateway = Gateway::with("ignore = [\"voice\"]", twilio).await;
    for (kind, expected) in [
        (ProviderKind::Twilio, None),
        (ProviderKind::SignalWire, Some("label")),
    ] {
        let number = gateway.free(kind, 1).await.remove(0);
        gateway.sandbox.console_buy(kind, &number).unwrap();
        gateway.read_whole(kind, 1).await;
        let set = ConsoleChange {
            label: Some("Theirs".to_owned()),
            routing: theirs(kind),
            ..ConsoleChange::default()
        };
        gateway.sandbox.console_change(kind, &number, &set).unwrap();
        gateway.read_whole(kind, 1).await;
        let drifts = gateway.drifts(kind).await;
        let fields: Vec<_> = drifts.iter().map(|drift| drift.field.as_deref()).collect();
        assert_eq!(fields, expected.map(Some).as_slice(), "{kind}: {drifts:#?}");
    }
    gateway.services.shutdown().await;
}

/// A request to a fake at this address, as any program makes it; the whole answer.
async fn http(address: &str, line: &str, body: &Value) -> String {
    let address = address.trim_start_matches("http://").trim_end_matches('/');
    let body = body.to_string();
    let request = format!(
        "{line} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nauthorization: Bearer sandbox\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// Gives a person at the fake Webex a number, as an administrator of the organization does.
async fn assign(sandbox: &Sandbox, person: &str, number: &str) {
    let line = format!("PUT /v1/telephony/config/people/{person}/numbers");
    let address = sandbox.url(ProviderKind::Webex);
    let answer = http(address, &line, &json!({ "primaryNumber": number })).await;
    assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn extension_that_gets_a_number_is_not_missing() {
    const WEBEX: ProviderKind = ProviderKind::Webex;
    let gateway = Gateway::start().await;
    let number = gateway.free(WEBEX, 1).await.remove(0);
    gateway.buy_over_http(WEBEX, &number).await;
    gateway.read_whole(WEBEX, 1).await;
    let query = InventoryQuery {
        accounts: vec![WEBEX.name().to_owned()],
        limit: 1_000,
        ..InventoryQuery::default()
    };
    let inventory = &gateway.services.engine.inventory;
    let all = inventory.list(&gateway.caller, &query).await.unwrap().data;
    let bare = all.iter().map(|entry| &entry.number).find(|it| {
        let person = it
            .owner
            .as_ref()
            .is_some_and(|owner| owner.kind == "PEOPLE");
        it.number.is_none() && person && it.location.id.as_deref() == WEBEX.location()
    });
    let bare = bare.unwrap();
    let person = bare.owner.as_ref().unwrap().id.as_deref().unwrap();
    assign(&gateway.sandbox, person, &number).await;
    gateway.read_whole(WEBEX, 2).await;
    let drifts = gateway.drifts(WEBEX).await;
    let about = |drift: &Drift| (drift.class, drift.number.clone());
    assert!(
        drifts
            .iter()
            .all(|it| about(it) == (DriftClass::Changed, Some(number.clone()))),
        "{drifts:#?}"
    );
    let fields = drifts.iter().filter_map(|drift| drift.field.as_deref());
    assert!(
        fields.collect::<BTreeSet<_>>().contains("extension"),
        "{drifts:#?}"
    );
    let item = inventory
        .get(&gateway.caller, bare.id.as_str())
        .await
        .unwrap();
    assert_eq!(item.entry.inventory.state, HoldingState::Gone);
    gateway.services.shutdown().await;
}
