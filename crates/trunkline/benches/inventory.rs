//! What the inventory costs at a million numbers: every figure beside the bare database doing the same in the same run.
//!
//! `cargo bench -p trunkline --bench inventory -- --rows 1000000 --database postgres`; 100 000 rows in SQLite by default.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that can't be set up has nothing to measure, and prints what it measured"
)]

#[path = "inventory/bare.rs"]
mod bare;
#[path = "inventory/fill.rs"]
mod fill;
#[path = "inventory/reading.rs"]
mod reading;

use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::Instant;
use trunkline_core::inventory::{InventoryQuery, InventorySort, SummaryBy};
use trunkline_engine::inventory::SortedAfter;
use trunkline_store::Database;
use trunkline_testkit::services::postgres::Server;

use bare::Bare;
use fill::{DESK_SIZE, inside, number};

/// Rows of a page.
const PAGE: u32 = 100;

/// A database under test, and a connection of its own that knows nothing of trunkline.
struct Bench {
    rows: u32,
    store: Arc<dyn Database>,
    bare: Bare,
}

/// Waiting times, in order.
struct Times(Vec<Duration>);

impl Times {
    fn at(&self, part: usize) -> f64 {
        let at = (self.0.len() * part / 100).min(self.0.len() - 1);
        self.0[at].as_secs_f64() * 1_000.0
    }

    /// Measures each of so many runs.
    async fn of(runs: u32, mut work: impl AsyncFnMut(u32)) -> Self {
        let mut times = Vec::new();
        // The first few make the statements and fill the caches.
        for run in 0..runs + 5 {
            let began = Instant::now();
            work(run).await;
            times.push(began.elapsed());
        }
        let mut times = times.split_off(5);
        times.sort();
        Self(times)
    }
}

fn header() {
    println!("| question | p50 ms | p99 ms | bare p50 | bare p99 | p99 / bare |");
    println!("| --- | --- | --- | --- | --- | --- |");
}

fn row(what: &str, ours: &Times, bare: &Times) {
    println!(
        "| {what} | {:.2} | {:.2} | {:.2} | {:.2} | {:.1} |",
        ours.at(50),
        ours.at(99),
        bare.at(50),
        bare.at(99),
        ours.at(99) / bare.at(99)
    );
}

fn query(limit: usize) -> InventoryQuery {
    InventoryQuery {
        limit,
        ..InventoryQuery::default()
    }
}

impl Bench {
    /// A number by a place that differs from run to run.
    fn any(&self, run: u32) -> u32 {
        run.wrapping_mul(2_654_435_761) % self.rows
    }

    async fn listed(
        &self,
        query: &InventoryQuery,
        after: Option<&SortedAfter>,
    ) -> Option<SortedAfter> {
        let found = self.store.inventory(&inside(), query, after).await.unwrap();
        assert!(!found.is_empty());
        found.into_iter().next_back().map(|(_, after)| after)
    }

    async fn lookups(&self) {
        let ours = Times::of(1_000, async |run| {
            let mut exact = query(1);
            exact.numbers.number = Some(number(self.any(run)));
            self.listed(&exact, None).await;
        });
        let bare = Times::of(1_000, async |run| {
            let key = number(self.any(run)).replace('+', "");
            let found = self
                .bare
                .texts("SELECT doc FROM bare WHERE number_key = $1", &key);
            assert!(found.await > 0);
        });
        row("exact number", &ours.await, &bare.await);
    }

    async fn words(&self) {
        let desks = (self.rows / DESK_SIZE).max(1);
        for limit in [PAGE, DESK_SIZE] {
            let ours = Times::of(200, async |run| {
                let wanted = InventoryQuery {
                    q: Some(format!("desk{:05}", self.any(run) % desks)),
                    ..query(limit as usize)
                };
                self.listed(&wanted, None).await;
            });
            let select = match &self.bare {
                Bare::Sqlite(_) => "seq IN (SELECT rowid FROM inventory_text WHERE text LIKE $1)",
                Bare::Postgres(_) => "text LIKE $1",
            };
            let select = format!(
                "SELECT doc FROM inventory WHERE {select} ORDER BY number_key, seq LIMIT {limit}"
            );
            let bare = Times::of(200, async |run| {
                let like = format!("%desk{:05}%", self.any(run) % desks);
                assert!(self.bare.texts(&select, &like).await > 0);
            });
            let what = format!("`q` with {DESK_SIZE} hits, page of {limit}");
            row(&what, &ours.await, &bare.await);
        }
    }

    async fn pages(&self) {
        let sorts = [
            (InventorySort::Number, "number_key"),
            (InventorySort::Account, "account, number_key"),
            (InventorySort::Label, "label_key"),
            (InventorySort::Price, "price_key"),
            (InventorySort::PurchasedAt, "purchased_key"),
            (InventorySort::ChangedAt, "changed_ms"),
        ];
        for (sort, column) in sorts {
            for descending in [false, true] {
                let wanted = InventoryQuery {
                    sort,
                    descending,
                    ..query(PAGE as usize)
                };
                let mut after = None;
                // Each page begins where the one before ended, as long as there is one.
                let pages = self.rows / PAGE;
                let ours = Times::of(200, async |run| {
                    if run % pages == 0 {
                        after = None;
                    }
                    after = self.listed(&wanted, after.as_ref()).await;
                })
                .await;
                let direction = if descending { "DESC" } else { "ASC" };
                let by: Vec<String> = column
                    .split(", ")
                    .map(|it| format!("{it} {direction}"))
                    .collect();
                let first = format!(
                    "SELECT doc FROM inventory WHERE tenant = $1 ORDER BY {}, seq {direction} LIMIT {PAGE}",
                    by.join(", ")
                );
                let bare = Times::of(200, async |_| {
                    self.bare.texts(&first, "default").await;
                });
                row(
                    &format!("page of {PAGE} by {sort:?} {direction}"),
                    &ours,
                    &bare.await,
                );
            }
        }
    }

    async fn sums(&self) {
        let cases: [(&[SummaryBy], &str); 4] = [
            (&[], ""),
            (
                &[SummaryBy::Account, SummaryBy::Country],
                "account, country, ",
            ),
            (&[SummaryBy::Month], "month, "),
            (&[SummaryBy::Tag], ""),
        ];
        for (by, columns) in cases {
            let ours = Times::of(10, async |_| {
                let found = self
                    .store
                    .summarize(&inside(), &query(1), by)
                    .await
                    .unwrap();
                assert!(!found.is_empty());
            });
            let bare = format!(
                "SELECT MIN(price_source), COUNT(*), SUM(CASE WHEN currency IS NULL THEN 0 ELSE price_key END) \
                 FROM inventory WHERE tenant = $1 \
                 GROUP BY {columns}currency, price_source"
            );
            let bare = Times::of(10, async |_| {
                self.bare.texts(&bare, "default").await;
            });
            let names: Vec<&str> = by.iter().map(|by| by.as_str()).collect();
            row(
                &format!("summary by `{}`", names.join(",")),
                &ours.await,
                &bare.await,
            );
        }
        let count = Times::of(10, async |_| {
            self.store
                .count_inventory(&inside(), &query(1))
                .await
                .unwrap();
        });
        let bare = Times::of(10, async |_| {
            self.bare
                .texts(
                    "SELECT 'all', COUNT(*) FROM inventory WHERE tenant = $1",
                    "default",
                )
                .await;
        });
        row("`count`", &count.await, &bare.await);
    }
}

/// Where the database is, and what must live as long.
async fn measure(rows: u32, readings: u32, postgres: bool) {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("inventory.db");
    let server = postgres.then(|| Server::start().unwrap());
    let url = match &server {
        Some(server) => server.database(),
        None => format!("sqlite://{}", path.display()),
    };
    let name = if postgres { "PostgreSQL" } else { "SQLite" };
    let store = trunkline_store::open(&url).await.unwrap();
    let empty = store.size().await.unwrap().unwrap_or_default();
    let began = Instant::now();
    fill::fill(&*store, rows).await;
    let took = began.elapsed().as_secs_f64();
    let full = store.size().await.unwrap().unwrap_or_default();
    println!("\n## {name}, {rows} numbers\n");
    println!("- filled at {:.0} numbers a second", f64::from(rows) / took);
    #[expect(clippy::cast_precision_loss, reason = "a size is shown rounded")]
    let each = (full.saturating_sub(empty)) as f64 / f64::from(rows);
    println!("- {each:.0} bytes of database for each number");
    let bare = match postgres {
        true => Bare::postgres(&url).await,
        false => Bare::sqlite(&path),
    };
    bare.prepare().await;
    let bench = Bench { rows, store, bare };
    println!();
    header();
    bench.lookups().await;
    bench.words().await;
    bench.pages().await;
    bench.sums().await;
    println!();
    reading::measure(Arc::clone(&bench.store), readings).await;
    bench.store.close().await;
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let given = |name: &str| {
        let at = arguments.iter().position(|it| it == name)?;
        arguments.get(at + 1)
    };
    let count = |name: &str, default: u32| given(name).map_or(default, |it| it.parse().unwrap());
    let (rows, readings) = (count("--rows", 100_000), count("--reading", 100_000));
    let wanted = given("--database").map_or("sqlite", String::as_str);
    for (name, postgres) in [("sqlite", false), ("postgres", true)] {
        if wanted == name || wanted == "both" {
            measure(rows, readings, postgres).await;
        }
    }
}
