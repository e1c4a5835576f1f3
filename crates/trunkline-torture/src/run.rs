//! One run, from the first gateway to the verdict.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::chaos::Chaos;
use crate::client::{Book, Client};
use crate::errands::{self, Errand};
use crate::judge::{self, Evidence, Verdict};
use crate::options::Options;
use crate::replica::Replica;
use crate::report::{Figures, Report};
use crate::wire::{Gateways, Wire};
use crate::world::World;
use crate::{evidence, journal, stock};

/// How soon everything settles once the carriers answer again: what the product promises.
pub(crate) const SETTLED_WITHIN: Duration = Duration::from_secs(60);

/// How long after that late commits may take to be noticed: the longest pause of the watch, and a bit.
const NOTICED_WITHIN: Duration = Duration::from_secs(45);

/// What all parts of a run share.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) options: Options,
    pub(crate) world: World,
    pub(crate) chaos: Chaos,
    pub(crate) book: Arc<Book>,
}

impl Run {
    /// Where the gateways that live listen, and the key that they take.
    fn gateways(&self) -> Gateways {
        Gateways {
            addresses: self.chaos.gateways.subscribe(),
            key: Arc::clone(&self.world.key),
        }
    }
}

/// What a run came to.
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
            at: Timestamp::now(),
            since: Instant::now(),
        }
    }

    fn elapsed(self) -> Duration {
        self.since.elapsed()
    }
}

/// Runs, and judges.
///
/// # Errors
/// What keeps it from either: the machine, not the product.
pub(crate) async fn run(options: Options, seed: u64, report: &Report) -> Result<Outcome, String> {
    let started = Instant::now();
    let world = World::new(&options, seed).await?;
    let chaos = Chaos::new(&options, seed);
    let errands = prepare(&world, &options, seed).await?;
    let run = Arc::new(Run {
        options,
        world,
        chaos,
        book: Arc::default(),
    });
    let labels = labels(&errands);
    let asked = errands
        .iter()
        .filter(|e| matches!(e, Errand::Buy(_)))
        .count();
    let calls_before = run.world.calls();
    let latest = run.options.latest_commit();
    run.world.break_things(run.options.fault_rate, latest)?;
    let watching = report.watch(Arc::clone(&run), asked);
    let (clients, replicas) = live(&run, errands).await?;
    let faults = run.world.faults_fired();
    let calls = run.world.calls() - calls_before;
    run.world.sandbox.clear_faults();
    let healed = Healed::now();
    finish(&run, clients).await;
    let settled = settle(&run, healed).await?;
    let mut wire = Wire::new(run.gateways());
    let evidence = noticed(&run, &mut wire, (healed, &labels)).await?;
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

/// Finds out what is on sale and draws the errands, over a gateway that is left in peace.
async fn prepare(world: &World, options: &Options, seed: u64) -> Result<Vec<Errand>, String> {
    let gateway = Replica::start(world, 0, None).await?;
    let gateway = gateway.ok_or("a gateway ended at its start")?;
    let (_keep, addresses) = tokio::sync::watch::channel(vec![Some(gateway.address)]);
    let key = Arc::clone(&world.key);
    let mut wire = Wire::new(Gateways { addresses, key });
    if !journal::purchases(&mut wire).await?.is_empty() {
        return Err("the database holds purchases already: name an empty one".to_owned());
    }
    let (exact, open) = stock::areas(options.purchases);
    let mut on_sale = Vec::new();
    for (seller, _) in stock::SELLERS {
        let most = stock::set_aside(seller, options.purchases);
        let mut numbers = Vec::new();
        for area in &exact {
            if numbers.len() >= most {
                break;
            }
            numbers.extend(journal::on_sale(&mut wire, seller.name(), area).await?);
        }
        numbers.truncate(most);
        on_sale.push((seller, numbers));
    }
    gateway.kill().await;
    Ok(errands::draw(seed, options.purchases, on_sale, &open))
}

fn labels(errands: &[Errand]) -> HashMap<String, String> {
    let label = |errand: &Errand| match errand {
        Errand::Buy(order) => Some((order.key.clone(), order.label.clone()?)),
        Errand::Ring { .. } | Errand::Range { .. } | Errand::Register { .. } => None,
    };
    errands.iter().filter_map(label).collect()
}

/// Sends the clients out while the gateways die, until the last life is over.
async fn live(run: &Arc<Run>, errands: Vec<Errand>) -> Result<(JoinSet<()>, Vec<Replica>), String> {
    let queue: Queue = Arc::new(Mutex::new(errands.into()));
    let mut clients = JoinSet::new();
    for _ in 0..run.options.clients.get() {
        let gateways = run.gateways();
        let client = Client::new(gateways, Arc::clone(&run.book));
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
    // Whatever was held back may go now; the carriers go on failing until nobody has anything left to begin.
    run.chaos.gate.close();
    while !lock(&queue).is_empty() {
        sleep(Duration::from_millis(100)).await;
    }
    Ok((clients, replicas))
}

/// What is left to be begun.
type Queue = Arc<Mutex<VecDeque<Errand>>>;

fn lock(queue: &Queue) -> MutexGuard<'_, VecDeque<Errand>> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One client: errand after errand, purchases when the gate lets them.
async fn serve(run: Arc<Run>, queue: Queue, mut client: Client) {
    loop {
        if let Ok(permit) = run.chaos.gate.acquire().await {
            permit.forget();
        }
        loop {
            let errand = lock(&queue).pop_front();
            let Some(errand) = errand else { return };
            let is_purchase = matches!(errand, Errand::Buy(_));
            client.run(errand).await;
            if is_purchase {
                break;
            }
        }
    }
}

/// Waits for the clients. Those that are not done after the time that was promised go unheard.
async fn finish(run: &Run, mut clients: JoinSet<()>) {
    let all = async { while clients.join_next().await.is_some() {} };
    if timeout(SETTLED_WITHIN, all).await.is_err() {
        run.book.closed.store(true, Ordering::Relaxed);
        let rest = async { while clients.join_next().await.is_some() {} };
        let _ = timeout(Duration::from_secs(30), rest).await;
    }
}

/// Waits until no purchase is open, and tells how long after the carriers healed that was.
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

/// Waits until the last late commit has happened, and until the watch has noticed, but not for ever.
async fn noticed(
    run: &Run,
    wire: &mut Wire,
    (healed, labels): (Healed, &HashMap<String, String>),
) -> Result<Evidence, String> {
    let last_commit = run.options.latest_commit() + Duration::from_millis(500);
    tokio::time::sleep_until(healed.since + last_commit).await;
    loop {
        let evidence = evidence::gather(run, wire, (healed, labels)).await?;
        let late = healed.elapsed() > SETTLED_WITHIN + NOTICED_WITHIN;
        if late || judge::judge(&evidence).passes() {
            return Ok(evidence);
        }
        sleep(Duration::from_secs(1)).await;
    }
}
