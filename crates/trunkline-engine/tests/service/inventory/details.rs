//! Prices while reading, the gauge of open drifts, and extensions that get other ids.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use metrics_exporter_prometheus::PrometheusBuilder;
use parking_lot::Mutex;
use trunkline_admin::Stores;
use trunkline_core::capability::{Capability, OperationSet};
use trunkline_core::host;
use trunkline_core::inventory::{Drift, DriftClass, DriftSelector, HoldingState};
use trunkline_core::{
    AccountEntry, AccountName, Caller, Error, ErrorKind, ListQuery, Number, NumberType, Operation,
    Owner, Page, Patch, Price, PriceSource, Provider, ProviderName, Registry, Result,
};
use trunkline_engine::seal::Sealer;
use trunkline_engine::{Engine, NumberPatch, Timing};
use trunkline_testkit::scripted::{Scripted, money};

use super::{Held, SETTLED, everything};
use crate::number;

#[tokio::test(start_paused = true)]
async fn number_that_is_shown_without_a_price_gets_the_carriers_list_price() {
    let mut held = Held::new(&["us-main"]);
    let prices = [(NumberType::Local, money("1.15"))];
    let carrier = Arc::new(Scripted::new("us-main").with_prices(prices));
    let mut registry = Registry::default();
    let entry = AccountEntry::new(Arc::clone(&carrier) as Arc<dyn Provider>);
    registry.insert(entry).unwrap();
    let store = Arc::clone(&held.stores.engine);
    held.engine = Engine::new(registry, store, Sealer::new(b"test"), Timing::default());
    held.carriers = vec![carrier];
    for last in 0..250 {
        held.carrier().hold(number(last), host::now());
    }
    held.read().await;
    let (inventory, query) = (&held.engine.inventory, everything());
    let page = inventory.list(&held.caller, &query).await.unwrap();
    for entry in page.data {
        assert_eq!(entry.number.monthly_price, None);
        let holding = entry.inventory;
        assert_eq!(
            (holding.monthly_price, holding.price_source),
            (Some(money("1.15")), PriceSource::Carrier)
        );
    }
    assert_eq!(held.carrier().calls(Operation::ListPrices), 1);
}

#[tokio::test(start_paused = true)]
async fn price_that_is_configured_later_is_counted_after_the_next_reading() {
    let mut held = Held::read_once(3).await;
    let engine = |held: &Held, prices: Vec<Price>| {
        let mut registry = Registry::default();
        let mut entry = AccountEntry::new(Arc::clone(&held.carriers[0]) as Arc<dyn Provider>);
        entry.prices = prices;
        registry.insert(entry).unwrap();
        let store = Arc::clone(&held.stores.engine);
        Engine::new(registry, store, Sealer::new(b"test"), Timing::default())
    };
    let priced = |amount: &str| Price {
        country: "US".parse().unwrap(),
        number_type: NumberType::Local,
        monthly: money(amount),
        setup: None,
    };
    let mut changed_at = None;
    for (prices, monthly) in [
        (vec![priced("1.00")], vec![money("3.00")]),
        (vec![priced("1.50")], vec![money("4.50")]),
        (Vec::new(), Vec::new()),
    ] {
        held.engine = engine(&held, prices);
        held.read().await;
        let (inventory, query) = (&held.engine.inventory, everything());
        let report = inventory.summary(&held.caller, &query, &[]).await.unwrap();
        assert_eq!(report.total.monthly, monthly);
        let known = if monthly.is_empty() { 0 } else { 3 };
        assert_eq!(report.total.prices.config, known);
        // Neither the number nor its carrier's price has changed.
        let page = inventory.list(&held.caller, &query).await.unwrap();
        let at = page.data[0].inventory.changed_at;
        assert_eq!(*changed_at.get_or_insert(at), at);
        assert_eq!(held.drifts().await, []);
    }
}

#[tokio::test(start_paused = true)]
async fn gauge_counts_open_drifts_until_they_are_accepted() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _recorded = metrics::set_default_local_recorder(&recorder);
    let held = Held::read_once(20).await;
    held.engine.start().unwrap();
    let open = async |class: &str| {
        // The gauge follows within seconds.
        tokio::time::sleep(Duration::from_secs(10)).await;
        let line = format!("trunkline_drifts_open{{account=\"us-main\",class=\"{class}\"}} ");
        let text = recorder.handle().render();
        let line = text.lines().find_map(|it| it.strip_prefix(&line));
        line.map(|count| count.parse::<u32>().unwrap())
    };
    assert_eq!(open("appeared").await, None);
    held.carrier().hold(number(40), host::now());
    held.carrier().hold(number(41), host::now());
    held.carrier().relabel(number(1), "Theirs");
    held.read().await;
    assert_eq!(open("appeared").await, Some(2));
    assert_eq!(open("changed").await, Some(1));
    let appeared = DriftSelector {
        class: Some(DriftClass::Appeared),
        ..DriftSelector::default()
    };
    let inventory = &held.engine.inventory;
    inventory.accept_all(&held.caller, &appeared).await.unwrap();
    assert_eq!(open("appeared").await, Some(0));
    assert_eq!(open("changed").await, Some(1));
    held.engine.shutdown().await;
}

/// A carrier that makes ids of numbers and extensions.
#[derive(Debug)]
struct Lines {
    account: AccountName,
    provider: ProviderName,
    capability: Capability,
    held: Mutex<Vec<Number>>,
}

#[async_trait]
impl Provider for Lines {
    fn account(&self) -> &AccountName {
        &self.account
    }

    fn provider(&self) -> &ProviderName {
        &self.provider
    }

    fn identity(&self) -> &'static str {
        "org-1"
    }

    fn capability(&self) -> &Capability {
        &self.capability
    }

    async fn list(&self, _: &ListQuery) -> Result<Page<Number>> {
        Ok(Page::last(self.held.lock().clone()))
    }

    async fn get(&self, id: &str) -> Result<Number> {
        let held = self.held.lock();
        let found = held.iter().find(|number| number.provider_id == id);
        let none = || Error::new(ErrorKind::NotFound, "no such line");
        found.cloned().ok_or_else(none)
    }
}

impl Lines {
    fn line(&self, id: &str, extension: &str, number: Option<&str>) -> Number {
        let (account, provider) = (self.account.clone(), self.provider.clone());
        let any = "+14155550100".parse().unwrap();
        let mut line = Number::new(account, provider, id.to_owned(), any).unwrap();
        line.number = number.map(str::to_owned);
        line.extension = Some(extension.to_owned());
        line.owner = Some(Owner {
            id: Some("ada".to_owned()),
            kind: "person".to_owned(),
            name: None,
        });
        line.location.id = Some("hq".to_owned());
        line
    }
}

/// What the carrier shows of one line, one reading after the other; and the drifts that were open at the end.
async fn renumbered(shown: [(&str, &str, Option<&str>); 2]) -> (Engine, Vec<Drift>) {
    let lines = Arc::new(Lines {
        account: "office".parse().unwrap(),
        provider: ProviderName::new("lines"),
        capability: Capability {
            operations: OperationSet::of(&[Operation::List, Operation::Get]),
            page_size_max: 100,
            ..Capability::default()
        },
        held: Mutex::new(Vec::new()),
    });
    let mut registry = Registry::default();
    let entry = AccountEntry::new(Arc::clone(&lines) as Arc<dyn Provider>);
    registry.insert(entry).unwrap();
    let store = Stores::memory().engine;
    let engine = Engine::new(registry, store, Sealer::new(b"test"), Timing::default());
    let (entry, caller) = (engine.registry.get("office").unwrap(), Caller::default());
    for (id, extension, number) in shown {
        *lines.held.lock() = vec![lines.line(id, extension, number)];
        for _ in 0..2 {
            tokio::time::sleep(SETTLED).await;
            engine.inventory.read_now(&entry).await.unwrap().unwrap();
        }
        if id == shown[0].0 && extension == shown[0].1 {
            let patch = NumberPatch {
                tags: Patch::Set(vec!["front desk".to_owned()]),
                protected: Some(true),
                ..NumberPatch::default()
            };
            let id = format!("office:{id}");
            engine.numbers.update(&caller, &id, patch).await.unwrap();
        }
    }
    let query = trunkline_core::inventory::DriftQuery {
        which: DriftSelector {
            open: Some(true),
            ..DriftSelector::default()
        },
        limit: 100,
        before: None,
    };
    let drifts = engine.inventory.drift(&caller, &query).await.unwrap();
    (engine, drifts)
}

async fn is_noted(engine: &Engine, id: &str) -> bool {
    let shown = engine.inventory.get(&Caller::default(), id).await.unwrap();
    let number = shown.entry.number;
    let listed = engine.numbers.get(&Caller::default(), id).await.unwrap();
    assert_eq!(
        (&number.tags, number.protected),
        (&listed.tags, listed.protected)
    );
    number.protected && number.tags == ["front desk"]
}

#[tokio::test(start_paused = true)]
async fn extension_that_is_renumbered_keeps_its_tags_and_protection() {
    let same_id = [("line-7", "1001", None), ("line-7", "1002", None)];
    let (engine, drifts) = renumbered(same_id).await;
    assert!(is_noted(&engine, "office:line-7").await);
    let found = |drift: &Drift| (drift.class, drift.field.clone());
    let changed = [(DriftClass::Changed, Some("extension".to_owned()))];
    assert_eq!(drifts.iter().map(found).collect::<Vec<_>>(), changed);

    let other_id = [("ext-1001", "1001", None), ("ext-1002", "1002", None)];
    let (engine, drifts) = renumbered(other_id).await;
    assert!(is_noted(&engine, "office:ext-1002").await);
    assert_eq!(drifts.iter().map(found).collect::<Vec<_>>(), changed);
    assert_eq!(
        (&drifts[0].was, &drifts[0].is),
        (&Some("1001".into()), &Some("1002".into()))
    );
    let caller = Caller::default();
    let old = engine.inventory.get(&caller, "office:ext-1001").await;
    let old = old.unwrap().entry;
    assert_eq!(old.inventory.state, HoldingState::Gone);
    assert!(
        !old.number.protected,
        "the next number with the extension is not protected"
    );
}

#[tokio::test(start_paused = true)]
async fn extension_that_gets_a_number_keeps_its_tags_and_protection() {
    const NUMBER: &str = "+14155550123";
    let shown = [("ext-1001", "1001", None), (NUMBER, "1001", Some(NUMBER))];
    let (engine, drifts) = renumbered(shown).await;
    assert!(is_noted(&engine, &format!("office:{NUMBER}")).await);
    let classes = drifts.iter().map(|drift| drift.class);
    assert_eq!(classes.collect::<Vec<_>>(), [DriftClass::Appeared]);
}
