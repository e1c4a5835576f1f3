//! One run, from the first gateway to the verdict.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use trunkline_core::host;

use crate::accounts::{Role, sellers};
use crate::chaos::Chaos;
use crate::client::Client;
use crate::evidence::Evidence;
use crate::judge::{self, SETTLED_WITHIN, Verdict};
use crate::keys::{self, Keys};
use crate::options::Options;
use crate::replica::Replica;
use crate::report::{Figures, Report};
use crate::run::{Book, Orders, Run};
use crate::tasks::{self, Task};
use crate::wire::Wire;
use crate::world::World;
use crate::{gather, journal, stock, weather};

/// How much longer than the longest pause of the watch late commits may take to be noticed.
const NOTICED_WITHIN: Duration = Duration::from_secs(20);

pub(crate) struct Outcome {
    pub(crate) verdict: Verdict,
    pub(crate) figures: Figures,
    pub(crate) world: World,
}

/// When the carriers stopped failing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Healed {
    pub(crate) at: Timestamp,
    since: Instant,
}

impl Healed {
    fn now() -> Self {
        Self {
            at: host::now(),
            since: Instant::now(),
        }
    }

    fn elapsed(self) -> Duration {
        self.since.elapsed()
    }
}

/// Runs, and judges. Errors: what keeps it from either: the machine, not the product.
pub(crate) async fn run(options: Options, seed: u64, report: &Report) -> Result<Outcome, String> {
    let started = Instant::now();
    let world = World::new(&options, seed).await?;
    let prepared = prepare(&world, &options, seed).await?;
    let calm = match options.quick {
        true => Replica::start(&world, 2 * options.replicas.get(), None).await?,
        false => None,
    };
    let run = Arc::new(Run {
        calm,
        chaos: Chaos::new(&options, seed),
        orders: Orders::of(&prepared.tasks),
        keys: prepared.keys,
        options,
        world,
        book: Book::default(),
        asked: Mutex::new(HashMap::new()),
        backdated: Mutex::default(),
    });
    let is_purchase = |task: &&Task| matches!(task, Task::Buy(_));
    let asked = prepared.tasks.iter().filter(is_purchase).count();
    let calls_before = run.world.calls();
    run.world
        .carriers()
        .try_for_each(|kind| run.world.break_things(kind))?;
    let watching = report.watch(Arc::clone(&run), asked);
    let mut helpers = JoinSet::new();
    helpers.spawn(weather::answer_questions(Arc::clone(&run)));
    helpers.spawn(weather::reload(Arc::clone(&run)));
    let weather = weather::begin(&run, asked, &prepared.aside);
    let (clients, replicas) = live(&run, prepared.tasks).await?;
    for happened in weather.join_all().await {
        happened?;
    }
    let faults = run.world.faults_fired();
    let calls = run.world.calls() - calls_before;
    run.world.sandbox.clear_faults();
    let healed = Healed::now();
    finish(&run, clients).await;
    let settled = settle(&run, healed).await?;
    let evidence = noticed(&run, healed, report).await?;
    helpers.shutdown().await;
    drop(watching);
    let verdict = judge::judge(&evidence);
    let mut figures = Figures::of(&run, &evidence);
    figures.purchases = asked;
    figures.faults = faults;
    figures.calls = calls;
    figures.settled_after = settled;
    figures.took = started.elapsed();
    for replica in replicas {
        replica.kill().await;
    }
    let run = Arc::into_inner(run).ok_or("something still runs")?;
    Ok(Outcome {
        verdict,
        figures,
        world: run.world,
    })
}

struct Prepared {
    keys: Keys,
    tasks: Vec<Task>,
    /// Numbers at [`crate::accounts::renamed`] that nobody else wants.
    aside: Vec<String>,
}

/// Makes the keys, finds out what is on sale and draws the tasks, over a gateway that is left in peace.
async fn prepare(world: &World, options: &Options, seed: u64) -> Result<Prepared, String> {
    let first = keys::make(world).await?;
    let gateway = Replica::start(world, 0, None).await?;
    let gateway = gateway.ok_or("a gateway ended at its start")?;
    let (_keep, addresses) = tokio::sync::watch::channel(vec![Some(gateway.address)]);
    let keys = keys::with_ceiling(first, &addresses, options.purchases).await?;
    let mut wire = Wire::new(keys.at(addresses));
    if !journal::purchases(&mut wire).await?.is_empty() {
        return Err("the database holds purchases already: name an empty one".to_owned());
    }
    let (exact, open) = stock::areas(options.purchases);
    let mut on_sale = Vec::new();
    let mut aside = Vec::new();
    for (seller, role) in sellers() {
        let kept = match role {
            Role::Renamed => weather::ASIDE,
            Role::Shared | Role::Capped => 0,
        };
        let most = stock::set_aside(role, options.purchases) + kept;
        let mut numbers = Vec::new();
        for area in &exact {
            if numbers.len() >= most {
                break;
            }
            numbers.extend(journal::on_sale(&mut wire, seller.name(), area).await?);
        }
        numbers.truncate(most);
        aside.extend(numbers.split_off(numbers.len().saturating_sub(kept)));
        on_sale.push((seller, numbers));
    }
    gateway.kill().await;
    Ok(Prepared {
        keys,
        tasks: tasks::draw(seed, options.purchases, on_sale, &open),
        aside,
    })
}

/// Sends the clients out while the gateways die, until the last life is over.
async fn live(run: &Arc<Run>, tasks: Vec<Task>) -> Result<(JoinSet<()>, Vec<Replica>), String> {
    let queue: Queue = Arc::new(Mutex::new(tasks.into()));
    let mut clients = JoinSet::new();
    for _ in 0..run.options.clients.get() {
        let client = Client::new(Arc::clone(run));
        clients.spawn(serve(Arc::clone(run), Arc::clone(&queue), client));
    }
    let mut lives = JoinSet::new();
    for name in 0..run.options.replicas.get() {
        let run = Arc::clone(run);
        lives.spawn(async move { run.chaos.replica(&run.world, name).await });
    }
    let mut replicas = Vec::new();
    while let Some(left) = lives.join_next().await {
        replicas.push(left.map_err(|error| error.to_string())??);
    }
    // What was held back may begin now; the carriers go on failing until everything has begun.
    run.chaos.gate.close();
    while !queue.lock().is_empty() {
        sleep(Duration::from_millis(100)).await;
    }
    Ok((clients, replicas))
}

/// What is left to be begun.
type Queue = Arc<Mutex<VecDeque<Task>>>;

/// One client: task after task, purchases when the gate lets them.
async fn serve(run: Arc<Run>, queue: Queue, mut client: Client) {
    loop {
        if let Ok(permit) = run.chaos.gate.acquire().await {
            permit.forget();
        }
        loop {
            let task = queue.lock().pop_front();
            let Some(task) = task else { return };
            let is_purchase = matches!(task, Task::Buy(_));
            client.run(task).await;
            if is_purchase {
                break;
            }
        }
    }
}

/// Waits for the clients. Those that are not done after the promised time get no final answer.
async fn finish(run: &Run, mut clients: JoinSet<()>) {
    let all = async { while clients.join_next().await.is_some() {} };
    if timeout(SETTLED_WITHIN, all).await.is_err() {
        run.book.closed.store(true, Ordering::Relaxed);
        let rest = async { while clients.join_next().await.is_some() {} };
        let _ = timeout(Duration::from_secs(30), rest).await;
    }
}

/// Waits until no purchase is open; returns how long after the carriers healed that was.
async fn settle(run: &Run, healed: Healed) -> Result<Duration, String> {
    let mut wire = Wire::new(run.gateways());
    while healed.elapsed() < SETTLED_WITHIN {
        if journal::open(&mut wire).await? == 0 {
            break;
        }
        sleep(Duration::from_millis(200)).await;
    }
    Ok(healed.elapsed())
}

/// Waits until the last late commit has happened, and until the watch has noticed, but not for ever; then replays the keys.
async fn noticed(run: &Arc<Run>, healed: Healed, report: &Report) -> Result<Evidence, String> {
    let mut wire = Wire::new(run.gateways());
    let last_commit = run.options.latest_commit() + Duration::from_millis(500);
    tokio::time::sleep_until(healed.since + last_commit).await;
    // What is wrong and stays so for longer than the pauses of the watch does not get better.
    let patience = run.options.watch_interval() + NOTICED_WITHIN;
    let (mut wrong, mut since) = (Vec::new(), Instant::now());
    loop {
        let over = healed.elapsed() > SETTLED_WITHIN + patience
            || (healed.elapsed() > SETTLED_WITHIN && since.elapsed() > patience);
        let mut evidence = gather::gather(run, &mut wire, healed.at).await?;
        if over || judge::judge(&evidence).passes() {
            let replays = gather::replay(run, judge::replayable(&evidence)).await;
            // A late commit may have been noticed meanwhile: the journal is read after the answers.
            evidence = gather::gather(run, &mut wire, healed.at).await?;
            evidence.replays = replays;
        }
        let verdict = judge::judge(&evidence);
        if over || verdict.passes() {
            return Ok(evidence);
        }
        let cases: Vec<_> = verdict.rows().map(|(_, cases)| cases.len()).collect();
        if wrong != cases {
            (wrong, since) = (cases, Instant::now());
            report.waits(&verdict);
        }
        sleep(Duration::from_secs(1)).await;
    }
}
