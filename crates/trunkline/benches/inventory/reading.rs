//! Reading an account whole: the time beside that of the carrier's pages alone, and the memory it takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;
use trunkline_core::capability::{Capability, Operation, OperationSet};
use trunkline_core::error::Result;
use trunkline_core::inventory::SyncState;
use trunkline_core::model::{AccountName, ListQuery, Number, Page, ProviderName, Tenant};
use trunkline_core::provider::Provider;
use trunkline_core::{AccountEntry, Registry};
use trunkline_engine::inventory::Shelf;
use trunkline_engine::seal::Sealer;
use trunkline_engine::{Engine, Store, Timing};
use trunkline_store::Database;

use crate::fill::held;

/// Rows of a carrier's page, and how long it takes to come: what Twilio's take is more.
const ROWS: u32 = 1_000;
const PAGE_TIME: Duration = Duration::from_millis(200);

/// A carrier that holds so many numbers and answers a page at a time.
#[derive(Debug)]
struct Paged {
    shelf: Shelf,
    capability: Capability,
    numbers: u32,
    /// Every hundredth number has a label that ends with this.
    round: AtomicU32,
}

impl Paged {
    fn new(numbers: u32) -> Self {
        let operations = [Operation::List, Operation::Get, Operation::FindOwned];
        Self {
            shelf: Shelf {
                identity: "AC-of-readings".to_owned(),
                tenant: Tenant::default(),
                account: "readings".parse().unwrap(),
                provider: ProviderName::new("twilio"),
            },
            capability: Capability {
                operations: OperationSet::of(&operations),
                page_size_max: ROWS as usize,
                ..Capability::default()
            },
            numbers,
            round: AtomicU32::new(0),
        }
    }
}

#[async_trait]
impl Provider for Paged {
    fn account(&self) -> &AccountName {
        &self.shelf.account
    }

    fn provider(&self) -> &ProviderName {
        &self.shelf.provider
    }

    fn identity(&self) -> &str {
        &self.shelf.identity
    }

    fn capability(&self) -> &Capability {
        &self.capability
    }

    async fn list(&self, query: &ListQuery) -> Result<Page<Number>> {
        let began = Instant::now();
        let first: u32 = query.cursor.as_ref().map_or(0, |at| at.parse().unwrap());
        let last = self.numbers.min(first + ROWS);
        let round = self.round.load(Ordering::Relaxed);
        // Numbers of their own, so that they are no twins of the others.
        let rows = (first..last).map(|at| {
            let label = match at % 100 {
                0 => format!("Line {at} round {round}"),
                _ => format!("Line {at}"),
            };
            held(&self.shelf, 20_000_000 + at, &label)
        });
        let items: Vec<Number> = rows.collect();
        tokio::time::sleep_until(began + PAGE_TIME).await;
        Ok(Page {
            next: (last < self.numbers).then(|| last.to_string()),
            ..Page::last(items)
        })
    }
}

/// A figure of this process in kilobytes.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let figure = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    figure.unwrap_or_default()
}

/// Seconds of processor time that this process has used.
fn processor() -> f64 {
    let status = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program, in brackets, may have blanks. A tick is a hundredth of a second.
    let fields = status.rsplit(')').next().unwrap_or_default();
    let fields = fields.split_whitespace().skip(11).take(2);
    let ticks = fields
        .filter_map(|field| field.parse::<u32>().ok())
        .sum::<u32>();
    f64::from(ticks) / 100.0
}

/// Forgets the highest memory so far.
fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

async fn pages_alone(carrier: &Paged) -> Duration {
    let began = Instant::now();
    let mut query = ListQuery::default();
    loop {
        query.cursor = carrier.list(&query).await.unwrap().next;
        if query.cursor.is_none() {
            return began.elapsed();
        }
    }
}

/// Reads an account with so many numbers: first, unchanged, and with one in a hundred changed.
pub(crate) async fn measure(store: Arc<dyn Database>, numbers: u32) {
    let carrier = Arc::new(Paged::new(numbers));
    let mut registry = Registry::default();
    let mut entry = AccountEntry::new(Arc::clone(&carrier) as Arc<dyn Provider>);
    entry.settle = Duration::ZERO;
    registry.insert(entry).unwrap();
    let engine = Engine::new(
        registry,
        store as Arc<dyn Store>,
        Sealer::new(b"bench"),
        Timing::default(),
    );
    let entry = engine.registry.get("readings").unwrap();
    let alone = pages_alone(&carrier).await;
    println!(
        "| reading of {numbers} | s | the pages alone | ratio | processor s | memory over idle MB |"
    );
    println!("| --- | --- | --- | --- | --- | --- |");
    for what in ["first", "unchanged", "1 in 100 changed"] {
        carrier
            .round
            .fetch_add(u32::from(what.starts_with('1')), Ordering::Relaxed);
        forget_peak();
        let (idle, used, began) = (memory("VmRSS"), processor(), Instant::now());
        let read = engine.inventory.read_now(&entry).await.unwrap().unwrap();
        let took = began.elapsed();
        assert_eq!(
            (read.state, read.rows),
            (SyncState::Complete, u64::from(numbers))
        );
        println!(
            "| {what} | {:.1} | {:.1} | {:.2} | {:.1} | {} |",
            took.as_secs_f64(),
            alone.as_secs_f64(),
            took.as_secs_f64() / alone.as_secs_f64(),
            processor() - used,
            memory("VmHWM").saturating_sub(idle) / 1_024
        );
    }
}
