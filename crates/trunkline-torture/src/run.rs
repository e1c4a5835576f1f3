//! One run, from the first gateway to the verdict.

use std::collections::{HashMap, HashSet, VecDeque};
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
use crate::keys::{self, Keys};
use crate::options::Options;
use crate::person::{self, Asked};
use crate::replica::Replica;
use crate::report::{Figures, Report};
use crate::wire::{Gateways, Wire};
use crate::world::World;
use crate::{accounts, evidence, journal, replays, stock, weather};

/// How soon everything settles once the carriers answer again: what the product promises.
pub(crate) const SETTLED_WITHIN: Duration = Duration::from_secs(60);

/// How much longer than the longest pause of the watch late commits may take to be noticed.
const NOTICED_WITHIN: Duration = Duration::from_secs(20);

/// What all parts of a run share.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) options: Options,
    pub(crate) world: World,
    pub(crate) chaos: Chaos,
    pub(crate) book: Book,
    pub(crate) keys: Keys,
    pub(crate) orders: Orders,
    pub(crate) asked: Asked,
    /// From when until when the records of [`weather::BACKDATED`] were dated back.
    pub(crate) backdated: Mutex<Option<(Timestamp, Timestamp)>>,
}

impl Run {
    /// The gateways that live.
    pub(crate) fn gateways(&self) -> Gateways {
        self.keys.at(self.chaos.addresses.subscribe())
    }
}

/// What the judge needs to know of the purchases that are ordered, by key.
#[derive(Debug)]
pub(crate) struct Orders {
    pub(crate) labels: HashMap<String, String>,
    /// Those that are made with the API key that has a ceiling.
    pub(crate) capped: HashSet<String>,
}

impl Orders {
    fn of(errands: &[Errand]) -> Self {
        let orders = errands.iter().filter_map(|errand| match errand {
            Errand::Buy(order) => Some(order),
            _ => None,
        });
        let label = |order: &errands::Order| Some((order.key.clone(), order.label.clone()?));
        let capped = orders.clone().filter(|order| order.capped);
        Self {
            labels: orders.filter_map(label).collect(),
            capped: capped.map(|order| order.key.clone()).collect(),
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
    let prepared = prepare(&world, &options, seed).await?;
    let run = Arc::new(Run {
        chaos: Chaos::new(&options, seed),
        orders: Orders::of(&prepared.errands),
        keys: prepared.keys,
        options,
        world,
        book: Book::default(),
        asked: Asked::default(),
        backdated: Mutex::default(),
    });
    let is_purchase = |errand: &&Errand| matches!(errand, Errand::Buy(_));
    let asked = prepared.errands.iter().filter(is_purchase).count();
    let calls_before = run.world.calls();
    run.world
        .carriers()
        .try_for_each(|kind| run.world.break_things(kind))?;
    let watching = report.watch(Arc::clone(&run), asked);
    let mut helpers = JoinSet::new();
    helpers.spawn(person::answer(Arc::clone(&run)));
    helpers.spawn(weather::reload(Arc::clone(&run)));
    let weather = weather::begin(&run, asked, &prepared.aside);
    let (clients, replicas) = live(&run, prepared.errands).await?;
    for happened in weather.join_all().await {
        happened?;
    }
    let faults = run.world.faults_fired();
    let calls = run.world.calls() - calls_before;
    run.world.sandbox.clear_faults();
    let healed = Healed::now();
    finish(&run, clients).await;
    let settled = settle(&run, healed).await?;
    let evidence = noticed(&run, healed).await?;
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

/// What a run begins with.
struct Prepared {
    keys: Keys,
    errands: Vec<Errand>,
    /// Numbers at [`accounts::RENAMED`] that nobody else wants.
    aside: Vec<String>,
}

/// Makes the keys, finds out what is on sale and draws the errands, over a gateway that is left in peace.
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
    for (seller, _) in stock::SELLERS {
        let kept = if seller == accounts::RENAMED {
            weather::ASIDE
        } else {
            0
        };
        let most = stock::set_aside(seller, options.purchases) + kept;
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
        errands: errands::draw(seed, options.purchases, on_sale, &open),
        aside,
    })
}

/// Sends the clients out while the gateways die, until the last life is over.
async fn live(run: &Arc<Run>, errands: Vec<Errand>) -> Result<(JoinSet<()>, Vec<Replica>), String> {
    let queue: Queue = Arc::new(Mutex::new(errands.into()));
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

/// Waits until the last late commit has happened, and until the watch has noticed, but not for ever; then replays the keys.
async fn noticed(run: &Arc<Run>, healed: Healed) -> Result<Evidence, String> {
    let mut wire = Wire::new(run.gateways());
    let last_commit = run.options.latest_commit() + Duration::from_millis(500);
    tokio::time::sleep_until(healed.since + last_commit).await;
    // What is wrong and stays so for longer than the pauses of the watch does not get better.
    let patience = run.options.watch_interval() + NOTICED_WITHIN;
    let (mut wrong, mut since) = (Vec::new(), Instant::now());
    loop {
        let over = healed.elapsed() > SETTLED_WITHIN + patience
            || (healed.elapsed() > SETTLED_WITHIN && since.elapsed() > patience);
        let mut evidence = evidence::gather(run, &mut wire, healed).await?;
        if over || judge::judge(&evidence).passes() {
            let replays = replays::replay(run, judge::replayable(&evidence)).await;
            // A late commit may have been noticed meanwhile: the journal is read after the answers.
            evidence = evidence::gather(run, &mut wire, healed).await?;
            evidence.replays = replays;
        }
        let cases = judge::judge(&evidence).rows().map(|(_, cases)| cases.len());
        if over || cases.iter().all(|cases| *cases == 0) {
            return Ok(evidence);
        }
        if wrong != cases {
            (wrong, since) = (cases.to_vec(), Instant::now());
        }
        sleep(Duration::from_secs(1)).await;
    }
}
