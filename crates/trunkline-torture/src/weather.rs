//! What happens to carriers, configuration and database in the middle of a run, at a given share of the purchases begun;
//! and the person who is asked, and looks at the carrier's ledger.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};
use trunkline_core::host;
use trunkline_sandbox::{ClockSettings, ConsoleChange, Fault, PlanError};

use crate::accounts::{self, backdated, renamed};
use crate::client::Client;
use crate::journal::{self, Purchase};
use crate::run::{Reply, Run};
use crate::tasks::{Order, Target, Task, Then};
use crate::wire::{Ask, Wire};

/// How far the records of [`backdated`] are dated back for a moment, in milliseconds: further than clocks may be apart.
pub(crate) const BACKDATED_MS: i64 = -1_200_000;

/// How long it goes on at least, and until this many purchases are dated back; and at most.
const BACKDATES_FOR: Duration = Duration::from_millis(1_500);
const BACKDATES: usize = 3;
const BACKDATES_MOST: Duration = Duration::from_secs(10);

/// Purchases that are committed after the account has gone away or changed its name.
const LATE: usize = 2;

/// Numbers at [`renamed`] that are bought here alone: late ones before and after it is renamed, and one that
/// goes from hand to hand.
pub(crate) const ASIDE: usize = 2 * LATE + 1;

/// How long purchases are lost on their way: until one certainly is.
const LOSES_FOR: Duration = Duration::from_secs(1);

const AWAY: Duration = Duration::from_millis(1_500);

/// When it is killed, as shares of the purchases begun.
const KILLS: [f64; 3] = [0.1, 0.45, 0.8];

/// Everything that happens in a run. `numbers` are for sale at [`renamed`], and nobody else wants them.
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
    let (late, passed_on) = numbers.split_at(numbers.len().min(2 * LATE));
    let (first, then) = late.split_at(late.len().min(LATE));
    // It takes longest of all.
    let soon = if run.options.quick { 0.02 } else { 0.1 };
    at(
        soon,
        Event::Outage {
            passed_on: passed_on.first().cloned(),
            first: first.to_vec(),
            then: then.to_vec(),
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
    /// A number that was presumed not to be bought goes to another client and then to a person. Then the account can't be
    /// asked while late purchases are committed, for longer than the watch; later it gets another name before others are.
    Outage {
        passed_on: Option<String>,
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
            Self::Outage {
                passed_on,
                first,
                then,
            } => {
                if let Some(number) = passed_on {
                    pass_on(&run, number).await?;
                }
                outage(&run, first).await?;
                renaming(&run, then).await
            }
            Self::DatabaseKilled => kill_database(&run).await,
        }
    }
}

async fn backdate(run: &Run) -> Result<(), String> {
    let sandbox = &run.world.sandbox;
    let kind = backdated();
    let before = sandbox.clock(kind);
    let back = ClockSettings {
        record_offset_ms: BACKDATED_MS,
        ..before
    };
    let refused = |error: PlanError| error.to_string();
    sandbox.set_clock(kind, back).map_err(refused)?;
    let (from, since) = (host::now(), Instant::now());
    let enough = || {
        let sold = sandbox.ledger(kind).purchases;
        sold.iter().filter(|sold| sold.at >= from).count() >= BACKDATES
    };
    sleep(BACKDATES_FOR).await;
    while !enough() && since.elapsed() < BACKDATES_MOST {
        sleep(Duration::from_millis(50)).await;
    }
    // The ledger does not name parts of milliseconds.
    let window = (from, host::now() - Duration::from_millis(1));
    *run.backdated.lock() = Some(window);
    sandbox.set_clock(kind, before).map_err(refused)
}

/// A purchase is lost on its way, another client buys the number and gives it back, and then a person buys it.
async fn pass_on(run: &Arc<Run>, number: String) -> Result<(), String> {
    let kind = renamed();
    run.world
        .only(kind, "purchase", Fault::DropBeforeCommit {})?;
    let lost = buy(run, order("lost", number.clone(), Then::Keep));
    let mend = async {
        sleep(LOSES_FOR).await;
        run.world.mend(kind);
    };
    tokio::join!(lost, mend);
    buy(run, order("between", number.clone(), Then::Release)).await;
    // If it was not released nobody can buy it: the ledger says so.
    let _ = run.world.sandbox.console_buy(kind, &number);
    run.world.break_things(kind)
}

async fn outage(run: &Arc<Run>, numbers: Vec<String>) -> Result<(), String> {
    let kind = renamed();
    run.world.commit_late(kind, run.options.late_commit())?;
    buy_all(run, "outage", &numbers).await;
    run.world.only(kind, "*", Fault::status(503))?;
    let over = Instant::now() + run.options.outage();
    for number in numbers {
        label(run, number, over).await;
    }
    sleep_until(over).await;
    run.world.mend(kind);
    run.world.break_things(kind)
}

/// A person labels a number in the console once it is sold, while the account can't be asked.
async fn label(run: &Run, number: String, until: Instant) {
    let label = "Front desk".to_owned();
    let change = ConsoleChange {
        label: Some(label.clone()),
        ..ConsoleChange::default()
    };
    let (kind, console) = (renamed(), &run.world.sandbox);
    while Instant::now() < until {
        if let Ok(row) = console.console_change(kind, &number, &change) {
            let number_id = format!("{}:{}", kind.name(), row["id"]);
            let reply = Reply::Labelled {
                number_id,
                label,
                status: 200,
            };
            run.book.note(&number, reply);
            return;
        }
        sleep(Duration::from_millis(200)).await;
    }
}

async fn renaming(run: &Arc<Run>, numbers: Vec<String>) -> Result<(), String> {
    let kind = renamed();
    run.world.commit_late(kind, run.options.late_commit())?;
    buy_all(run, "renamed", &numbers).await;
    run.world.rename()?;
    run.world.mend(kind);
    run.world.break_things(kind)?;
    Ok(())
}

/// Buys these, and waits for the final answers.
async fn buy_all(run: &Arc<Run>, key: &str, numbers: &[String]) {
    let mut clients = JoinSet::new();
    for (at, number) in numbers.iter().enumerate() {
        let order = order(&format!("{key}-{at}"), number.clone(), Then::Keep);
        let run = Arc::clone(run);
        clients.spawn(async move { buy(&run, order).await });
    }
    while clients.join_next().await.is_some() {}
}

async fn buy(run: &Arc<Run>, order: Order) {
    let mut client = Client::at(run.calm_gateways(), Arc::clone(run));
    client.run(Task::Buy(order)).await;
}

fn order(key: &str, number: String, then: Then) -> Order {
    Order {
        key: key.to_owned(),
        target: Target::Number {
            account: renamed(),
            number,
        },
        label: Some(key.to_owned()),
        twin: false,
        capped: false,
        then,
    }
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
        if run.world.name(renamed()) != accounts::NEW_NAME {
            continue;
        }
        let calm = run.calm.iter().map(|calm| calm.address);
        for address in run.gateways().living().into_iter().chain(calm) {
            if told.contains(&address) {
                continue;
            }
            let mut wire = Wire::new(run.gateways().only(address));
            let reload = Ask::post("/v1/admin/reload", &json!({}));
            let answer = tokio::time::timeout(Duration::from_secs(3), wire.ask(&reload)).await;
            if matches!(answer, Ok(Some(answer)) if answer.status == 200) {
                told.insert(address);
            }
        }
    }
}

/// Answers questions, without end.
pub(crate) async fn answer_questions(run: Arc<Run>) {
    let mut wire = Wire::new(run.gateways());
    loop {
        sleep(Duration::from_millis(500)).await;
        // Gateways die all the time: then it asks again.
        for purchase in journal::questions(&mut wire).await.unwrap_or_default() {
            let id = purchase.id.clone();
            let decision = (!is_left_open(&id)).then(|| decision(&run, &purchase));
            run.asked.lock().entry(id).or_insert(purchase);
            if let Some(decision) = decision {
                // An answer_questions that is lost is given again, if the question is still open then.
                let _ = wire.ask(&decision).await;
            }
        }
    }
}

/// Whether nobody answers this question, so that its key goes on saying that it is open.
fn is_left_open(id: &str) -> bool {
    id.bytes().map(u32::from).sum::<u32>() % 3 == 0
}

fn decision(run: &Run, purchase: &Purchase) -> Ask {
    let question = purchase.needs_person.as_ref();
    let id = question.and_then(|question| question.provider_id.as_deref());
    let body = match id.filter(|_| was_sold(run, purchase)) {
        Some(id) => {
            json!({ "outcome": "succeeded", "provider_id": id, "reason": "it is in the books" })
        }
        None => json!({ "outcome": "failed", "reason": "it is not in the books" }),
    };
    Ask::post(format!("/v1/purchases/{}/resolve", purchase.id), &body)
}

/// Whether the ledger shows the number, sold through the API since the purchase was sent.
fn was_sold(run: &Run, purchase: &Purchase) -> bool {
    let (Ok(kind), Some(sent)) = (purchase.account.parse(), purchase.sent_at()) else {
        return false;
    };
    let owned = run.world.sandbox.ledger(kind).owned;
    let mut owned = owned.iter().filter(|entry| entry.number == purchase.number);
    owned.any(|entry| entry.by.is_none() && entry.since >= sent)
}
