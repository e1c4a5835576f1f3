//! What happens to carriers, configuration and database in the middle of a run, at a given share of the purchases begun.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;
use trunkline_sandbox::{ClockSettings, ProviderKind};

use crate::accounts;
use crate::client::Client;
use crate::errands::{Errand, Order, Then, Wish};
use crate::faults::SETTLE;
use crate::run::Run;
use crate::wire::{Ask, Wire};

/// The carrier whose records are dated ten minutes back for a moment.
const BACKDATES: ProviderKind = ProviderKind::SignalWire;

/// How far, in milliseconds: beyond what clocks are trusted to be apart.
pub(crate) const BACKDATED_MS: i64 = -600_000;

/// How long it goes on.
const BACKDATES_FOR: Duration = Duration::from_millis(1_500);

/// Purchases that are committed after the account has gone away or changed its name.
pub(crate) const LATE: usize = 2;

/// How long the database server is away.
const AWAY: Duration = Duration::from_millis(1_500);

/// When it is killed, as shares of the purchases begun.
const KILLS: [f64; 3] = [0.1, 0.45, 0.8];

/// Everything that happens in a run. `numbers` are for sale at [`accounts::RENAMED`], and nobody else wants them.
pub(crate) fn begin(
    run: &Arc<Run>,
    asked: usize,
    numbers: &[String],
) -> JoinSet<Result<(), String>> {
    let mut all = JoinSet::new();
    let mut at = |share: f64, what: Event| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a count"
        )]
        #[expect(clippy::cast_precision_loss, reason = "a share of a count")]
        let begun = (asked as f64 * share) as u64;
        let run = Arc::clone(run);
        all.spawn(async move {
            while run.book.begun.load(Ordering::Relaxed) < begun {
                sleep(Duration::from_millis(50)).await;
            }
            what.happen(run).await
        });
    };
    at(0.2, Event::Backdate);
    let (first, rest) = numbers.split_at(numbers.len().min(LATE));
    at(
        0.1,
        Event::Outage {
            first: first.to_vec(),
            then: rest.to_vec(),
        },
    );
    if run.world.server.is_some() {
        KILLS
            .into_iter()
            .for_each(|share| at(share, Event::DatabaseKilled));
    }
    all
}

enum Event {
    /// A carrier's records are dated back.
    Backdate,
    /// An account can't be asked while a late purchase is committed, for longer than the watch; later it gets another
    /// name before another late purchase is.
    Outage {
        first: Vec<String>,
        then: Vec<String>,
    },
    /// The database server is killed and comes back.
    DatabaseKilled,
}

impl Event {
    async fn happen(self, run: Arc<Run>) -> Result<(), String> {
        match self {
            Self::Backdate => backdate(&run).await,
            Self::Outage { first, then } => {
                outage(&run, first).await?;
                renaming(&run, then).await
            }
            Self::DatabaseKilled => kill_database(&run).await,
        }
    }
}

async fn backdate(run: &Run) -> Result<(), String> {
    let sandbox = &run.world.sandbox;
    let before = sandbox.clock(BACKDATES);
    let back = ClockSettings {
        record_offset_ms: BACKDATED_MS,
        ..before
    };
    let refused = |error: trunkline_sandbox::PlanError| error.to_string();
    sandbox.set_clock(BACKDATES, back).map_err(refused)?;
    sleep(BACKDATES_FOR).await;
    sandbox.set_clock(BACKDATES, before).map_err(refused)
}

async fn outage(run: &Arc<Run>, numbers: Vec<String>) -> Result<(), String> {
    let kind = accounts::RENAMED;
    run.world
        .commit_late(kind, SETTLE + Duration::from_secs(4))?;
    buy(run, "outage", numbers).await;
    run.world.take_away(kind)?;
    sleep(run.options.outage()).await;
    run.world.mend(kind);
    run.world.break_things(kind)
}

async fn renaming(run: &Arc<Run>, numbers: Vec<String>) -> Result<(), String> {
    let kind = accounts::RENAMED;
    run.world
        .commit_late(kind, SETTLE + Duration::from_secs(4))?;
    buy(run, "renamed", numbers).await;
    run.world.rename()?;
    run.world.mend(kind);
    run.world.break_things(kind)?;
    Ok(())
}

/// Buys these, and waits until it is said how that ends.
async fn buy(run: &Arc<Run>, key: &str, numbers: Vec<String>) {
    let mut clients = JoinSet::new();
    for (at, number) in numbers.into_iter().enumerate() {
        let order = Order {
            key: format!("{key}-{at}"),
            wish: Wish::Number {
                account: accounts::RENAMED,
                number,
            },
            label: None,
            twin: false,
            capped: false,
            then: Then::Keep,
        };
        let mut client = Client::new(Arc::clone(run));
        clients.spawn(async move { client.run(Errand::Buy(order)).await });
    }
    while clients.join_next().await.is_some() {}
}

async fn kill_database(run: &Run) -> Result<(), String> {
    let Some(server) = run.world.server.clone() else {
        return Ok(());
    };
    let again = Arc::clone(&server);
    let blocking =
        |done: Result<(), tokio::task::JoinError>| done.map_err(|error| error.to_string());
    blocking(tokio::task::spawn_blocking(move || server.stop()).await)?;
    run.chaos
        .tally
        .database_kills
        .fetch_add(1, Ordering::Relaxed);
    sleep(AWAY).await;
    blocking(tokio::task::spawn_blocking(move || again.resume()).await)
}

/// Tells each gateway once to read its configuration again, those that thaw or start later as well, without end.
pub(crate) async fn reload(run: Arc<Run>) {
    let mut told: HashSet<SocketAddr> = HashSet::new();
    loop {
        sleep(Duration::from_millis(200)).await;
        if run.world.name(accounts::RENAMED) != accounts::NEW_NAME {
            continue;
        }
        let listening: Vec<_> = {
            let addresses = run.chaos.addresses.borrow();
            addresses.iter().flatten().copied().collect()
        };
        for address in listening {
            if told.contains(&address) {
                continue;
            }
            let mut wire = Wire::new(run.gateways().only(address));
            let reload = Ask {
                key: None,
                ..Ask::post("/v1/admin/reload", "", &json!({}))
            };
            let answer = tokio::time::timeout(Duration::from_secs(3), wire.ask(&reload)).await;
            if answer
                .ok()
                .flatten()
                .is_some_and(|answer| answer.status == 200)
            {
                told.insert(address);
            }
        }
    }
}
