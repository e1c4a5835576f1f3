//! One run: sets everything up, lets it go wrong, waits until it has settled, and collects what was seen.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use tokio_util::task::TaskTracker;
use trunkline_core::inventory::{HoldingState, InventoryQuery, SyncState};
use trunkline_core::model::PurchaseId;
use trunkline_core::{AccountEntry, E164, Error, ErrorKind, Result, Tenant, host};
use trunkline_engine::allocations::{AllocationRecord, AllocationStore};
use trunkline_engine::buy::Bought;
use trunkline_engine::inventory::{Inside, InventoryStore};
use trunkline_engine::journal::{Journal, Openness, PurchaseFilter, Record};
use trunkline_engine::machine::KnownId;
use trunkline_sandbox::{CarrierSettings, Controls, Options, ProviderKind};

use crate::accounts::{self, Operator, SELLERS};
use crate::allotment::{Allotment, allotments};
use crate::chaos::Chaos;
use crate::client::{Clients, Want, wants};
use crate::database::{Database, Health};
use crate::gateway::{Gateway, WATCH_PAUSE};
use crate::judge::{Books, Evidence, Remembered, judge};
use crate::machine::{Machine, dice};
use crate::network::{Network, Weather, Wire};
use crate::person::Person;
use crate::plan::Plan;
use crate::trace::Trace;

/// In what time everything has to settle once the carriers answer again.
const SETTLED_WITHIN: Duration = Duration::from_secs(60);

/// How long after the storm clients go on asking.
const PERSEVERANCE: Duration = Duration::from_secs(180);

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ended {
    pub(crate) wrong: Vec<String>,
    pub(crate) purchases: usize,
    pub(crate) succeeded: usize,
    pub(crate) late: usize,
    pub(crate) lives: u32,
    pub(crate) requests: u64,
    pub(crate) simulated: Duration,
}

/// Everything that a run is made of.
struct World {
    seed: u64,
    start: Instant,
    plan: Plan,
    trace: Trace,
    tasks: TaskTracker,
    controls: Arc<Controls>,
    network: Arc<Network>,
    database: Arc<Database>,
    gateways: Vec<Arc<Gateway>>,
}

/// Runs a seed.
///
/// # Errors
/// What is wrong with the simulation itself.
pub(crate) async fn run(seed: u64, plan: Plan, trace: Trace) -> Result<Ended> {
    let world = World::new(seed, plan, trace)?;
    let on_sale = world.open().await?;
    let mut dice = dice(seed, "wants");
    let mut wants = wants(&mut dice, world.plan.purchases, &on_sale);
    let mut at = 0..;
    let left_out = &world.plan.left_out;
    wants.retain(|_| at.next().is_none_or(|at| !left_out.contains(&at)));
    let storm = world.storm(&on_sale, &wants);
    let allotments = allotments(&mut dice, world.plan.allotments, world.plan.storm);
    let over = world.start + world.plan.storm;
    let last = wants.iter().map(|want| want.after).max();
    let clients = Arc::new(Clients {
        gateways: world.gateways.clone(),
        dice: Mutex::new(dice),
        until: over.max(world.start + last.unwrap_or_default()) + PERSEVERANCE,
        told: Mutex::default(),
        kept: Mutex::default(),
        trace: world.trace.clone(),
    });
    let buying = buy(&clients, &wants, allotments);
    world.answer_questions(clients.until);
    sleep_until(over).await;
    world.calm();
    storm.check()?;
    buying.wait().await;
    let healed = Instant::now();
    let mut wrong = world.settle(healed + SETTLED_WITHIN).await?;
    // By then every gateway is up again, and what carriers lost sight of has been read twice.
    let readings = world.plan.readings.unwrap_or_default();
    sleep(SETTLED_WITHIN + 2 * readings).await;
    if world.plan.commits_late() {
        while world.controls.carried_out_later() > 0 {
            sleep(Duration::from_secs(1)).await;
        }
        sleep(WATCH_PAUSE + SETTLED_WITHIN).await;
    }
    storm.check()?;
    let before = world.journal().await?;
    // Clients that wanted more than one thing have had several keys.
    let wants: Vec<Want> = clients
        .told
        .lock()
        .iter()
        .map(|(it, _)| it.clone())
        .collect();
    let replayed = world.replay(&wants).await;
    wrong.extend(world.settle(Instant::now() + SETTLED_WITHIN).await?);
    let journal = world.journal().await?;
    wrong.extend(
        world
            .judge(&clients, [before, journal.clone()], replayed)
            .await?,
    );
    Ok(world.ended(wrong, &journal))
}

/// Lets the clients come, each at its time.
fn buy(clients: &Arc<Clients>, wants: &[Want], allotments: Vec<Allotment>) -> TaskTracker {
    let buying = TaskTracker::new();
    for want in wants.iter().cloned() {
        let clients = Arc::clone(clients);
        buying.spawn(async move { clients.serve(want).await });
    }
    for wanted in allotments {
        let clients = Arc::clone(clients);
        buying.spawn(async move { clients.allot(wanted).await });
    }
    buying.close();
    buying
}

impl World {
    fn new(seed: u64, plan: Plan, trace: Trace) -> Result<Self> {
        let start = Instant::now();
        let carriers = Arc::new(Machine::new(seed, "carriers".to_owned(), start));
        let options = Options {
            seed,
            kept_requests: 1 << 20,
            kept_operations: &["purchase"],
            ..Options::free_ports()
        };
        let controls = Controls::new(options).map_err(|error| {
            Error::new(ErrorKind::Internal, "the fakes don't start").with_source(error)
        })?;
        let tasks = TaskTracker::new();
        let database = Database::new(dice(seed, "database"), trace.clone());
        let operator = Arc::new(Operator::with_grace(plan.grace));
        let network = Arc::new(Network {
            controls: Arc::clone(&controls),
            carriers,
            weather: Mutex::default(),
            dice: Mutex::new(dice(seed, "network")),
            tasks: tasks.clone(),
            database: Arc::clone(&database),
            trace: trace.clone(),
        });
        let gateway = |number| {
            Arc::new(Gateway {
                name: format!("gateway-{number}"),
                seed,
                start,
                database: Arc::clone(&database),
                network: Arc::clone(&network),
                operator: Arc::clone(&operator),
                readings: plan.readings,
                clock: Mutex::default(),
                life: Mutex::default(),
                lives: AtomicU32::new(0),
            })
        };
        Ok(Self {
            gateways: (1..=plan.gateways).map(gateway).collect(),
            seed,
            start,
            plan,
            trace,
            tasks,
            controls,
            network,
            database,
        })
    }

    /// Fills the shelves and starts the gateways, while all is well.
    async fn open(&self) -> Result<Vec<(ProviderKind, E164)>> {
        let plan = &self.plan;
        accounts::fill(&self.controls, plan.purchases.clamp(10, 100))?;
        let refused =
            |error| Error::new(ErrorKind::Internal, "a fake refuses the plan").with_source(error);
        let mut on_sale = Vec::new();
        for kind in [ProviderKind::Twilio, ProviderKind::SignalWire] {
            let entry = self.shopper(kind)?;
            let carriers = Arc::clone(&self.network.carriers);
            let numbers = host::scope(carriers as _, accounts::named(&entry)).await?;
            on_sale.extend(numbers.into_iter().map(|number| (kind, number)));
        }
        // Few numbers, so that some are wanted more than once.
        on_sale.truncate(on_sale.len().min(plan.purchases * 2));
        for (kind, clock) in &plan.clocks {
            self.controls.set_clock(*kind, *clock).map_err(refused)?;
        }
        for kind in SELLERS {
            let settings = CarrierSettings {
                resell_released: plan.reuse,
                reuse_ids: plan.reuse,
                ..CarrierSettings::OFF
            };
            self.controls
                .set_settings(kind, settings)
                .map_err(refused)?;
        }
        for fault in &plan.faults {
            // What a carrier can't do wrong it does right.
            let _ = self.controls.inject(fault.clone());
        }
        for gateway in &self.gateways {
            gateway.boot().await?;
        }
        *self.network.weather.lock() = plan.weather;
        *self.database.health.lock() = plan.health;
        Ok(on_sale)
    }

    /// An account of nobody's, to see what is on sale.
    fn shopper(&self, kind: ProviderKind) -> Result<AccountEntry> {
        let wire = Wire {
            from: Arc::clone(&self.network.carriers),
            to: kind,
            network: Arc::clone(&self.network),
        };
        accounts::entry(kind, &Operator::default(), Arc::new(wire))
    }

    /// Begins what goes wrong besides carriers, network and database.
    fn storm(&self, on_sale: &[(ProviderKind, E164)], wants: &[Want]) -> Arc<Chaos> {
        let wanted = |want: &Want| {
            let (kind, number) = want.number?;
            Some((self.start + want.after, kind, number))
        };
        let chaos = Arc::new(Chaos {
            gateways: self.gateways.clone(),
            database: Arc::clone(&self.database),
            controls: Arc::clone(&self.controls),
            on_sale: on_sale.to_vec(),
            wanted: wants.iter().filter_map(wanted).collect(),
            seed: self.seed,
            start: self.start,
            rereads: self.plan.readings.is_some(),
            over: self.start + self.plan.storm,
            trace: self.trace.clone(),
            broken: Arc::default(),
        });
        for gateway in &self.gateways {
            let (chaos, gateway) = (Arc::clone(&chaos), Arc::clone(gateway));
            self.tasks
                .spawn(async move { chaos.revive(&gateway).await });
        }
        let plan = &self.plan;
        if let (Some(about), chaos) = (plan.deaths, Arc::clone(&chaos)) {
            self.tasks.spawn(async move { chaos.kill(about).await });
        }
        if let (Some(about), chaos) = (plan.freezes, Arc::clone(&chaos)) {
            self.tasks.spawn(async move { chaos.freeze(about).await });
        }
        if let (Some(about), chaos) = (plan.crashes, Arc::clone(&chaos)) {
            self.tasks.spawn(async move { chaos.crash(about).await });
        }
        if let (Some(about), chaos) = (plan.jumps, Arc::clone(&chaos)) {
            self.tasks.spawn(async move { chaos.jump(about).await });
        }
        if let (Some(about), chaos) = (plan.renames, Arc::clone(&chaos)) {
            self.tasks.spawn(async move { chaos.rename(about).await });
        }
        if let (Some(outage), chaos) = (plan.outage, Arc::clone(&chaos)) {
            self.tasks.spawn(async move { chaos.outage(outage).await });
        }
        if let (Some(about), chaos) = (plan.hides, Arc::clone(&chaos)) {
            self.tasks.spawn(async move { chaos.hide(about).await });
        }
        if let (Some(about), chaos) = (plan.persons, Arc::clone(&chaos)) {
            let carriers = Arc::clone(&self.network.carriers);
            let work = async move { chaos.act(about).await };
            self.tasks.spawn(host::scope(carriers as _, work));
        }
        chaos
    }

    /// Lets a person answer questions, in some runs.
    fn answer_questions(&self, until: Instant) {
        let person = Person {
            gateways: self.gateways.clone(),
            controls: Arc::clone(&self.controls),
            until,
        };
        if self.plan.resolves {
            let dice = dice(self.seed, "person");
            self.tasks.spawn(async move { person.answer(dice).await });
        }
    }

    /// Ends what goes wrong at carriers, network and database.
    fn calm(&self) {
        self.trace.tell(&"world", &"the storm is over");
        self.controls.clear_faults();
        *self.network.weather.lock() = Weather::default();
        *self.database.health.lock() = Health::default();
        for life in self.gateways.iter().filter_map(|one| one.life()) {
            life.machine.spare();
        }
    }

    /// Waits until every purchase has settled, and gives those that have not by then.
    async fn settle(&self, by: Instant) -> Result<Vec<String>> {
        let settled = async {
            loop {
                let open = self.database.journal.unsettled().await?;
                let open = open
                    .iter()
                    .any(|row| !matches!(row.open, Openness::Watched | Openness::NeedsPerson));
                if !open {
                    return Ok(());
                }
                sleep(Duration::from_secs(1)).await;
            }
        };
        if let Ok(settled) = timeout_at(by, settled).await {
            return settled.map(|()| Vec::new());
        }
        let open = self.journal().await?.into_iter();
        let open = open
            .filter(|record| !record.purchase.is_done() && record.purchase.needs_person.is_none());
        Ok(open
            .map(|record| {
                let purchase = &record.purchase;
                let state = purchase.state.as_str();
                format!(
                    "unsettled: {} is {state} after {SETTLED_WITHIN:?}",
                    purchase.id
                )
            })
            .collect())
    }

    async fn journal(&self) -> Result<Vec<Record>> {
        let all = PurchaseFilter::default();
        let journal = &self.database.journal;
        journal
            .purchases(&Tenant::default(), &all, usize::MAX)
            .await
    }

    /// Sends every key again to every gateway. One whose purchase was refused without effect starts another one.
    async fn replay(&self, wants: &[Want]) -> Vec<(Want, Option<Result<Bought>>)> {
        let mut replayed = Vec::new();
        for gateway in &self.gateways {
            for want in wants {
                let answer = want.ask(gateway, SETTLED_WITHIN / 2).await;
                replayed.push((want.clone(), answer));
            }
        }
        replayed
    }

    /// What is wrong, by the journal before and after the keys were sent again.
    async fn judge(
        &self,
        clients: &Clients,
        [before, journal]: [Vec<Record>; 2],
        replayed: Vec<(Want, Option<Result<Bought>>)>,
    ) -> Result<Vec<String>> {
        let mut history = self.database.history.lock().clone();
        let mut wrong = std::mem::take(&mut history.wrong);
        let told = std::mem::take(&mut *clients.told.lock());
        let kept = std::mem::take(&mut *clients.kept.lock());
        let evidence = Evidence {
            start: self.start,
            controls: &self.controls,
            plan: &self.plan,
            foreseen: self.foreseen(&journal).await?,
            before,
            journal,
            told,
            kept,
            history,
            books: self.books().await?,
            allocations: self.allocations().await?,
            replayed,
            // Last: the purchases go on while accounts are read once more.
            remembered: self.remembered().await?,
        };
        wrong.extend(judge(&evidence));
        Ok(wrong)
    }

    /// The purchases that have won an id which had been seen before they were ordered.
    async fn foreseen(&self, records: &[Record]) -> Result<Vec<PurchaseId>> {
        let mut foreseen = Vec::new();
        for record in records {
            let Some(attempt) = record.attempt() else {
                continue;
            };
            let (journal, id) = (&self.database.journal, &record.purchase.id);
            let known = journal.known_ids(&attempt.identity, &attempt.number, id);
            let is_it = |known: &KnownId| Some(&known.provider_id) == attempt.provider_id.as_ref();
            if known.await?.iter().any(|it| it.seen_before && is_it(it)) {
                foreseen.push(id.clone());
            }
        }
        Ok(foreseen)
    }

    /// Has each account read once more, where accounts are read; and gives the numbers that the inventory has as held then.
    async fn remembered(&self) -> Result<BTreeMap<ProviderKind, Remembered>> {
        let mut remembered = BTreeMap::new();
        if self.plan.readings.is_none() {
            return Ok(remembered);
        }
        // A reading does not judge what was touched a moment ago.
        sleep(SETTLED_WITHIN).await;
        for kind in SELLERS {
            let state = self.read(kind).await;
            let of = |tenant| -> Result<Inside> {
                let identity = self.shopper(kind)?.provider.identity().to_owned();
                let identities = vec![identity];
                Ok(Inside { tenant, identities })
            };
            let (account, others) = (of(Tenant::default())?, of("another".parse()?)?);
            let held = InventoryQuery {
                holding: Some(HoldingState::Held),
                limit: InventoryQuery::LIMIT_MAX,
                ..InventoryQuery::default()
            };
            let journal = &self.database.journal;
            let rows = journal.inventory(&account, &held, None).await?;
            let rows = rows.into_iter();
            let of_carrier = Remembered {
                state,
                numbers: rows.filter_map(|(entry, _)| entry.number.number).collect(),
                of_others: journal.count_inventory(&others, &held).await?,
            };
            remembered.insert(kind, of_carrier);
        }
        Ok(remembered)
    }

    /// Has the first gateway read an account; gives what became of it. Another gateway may be reading it just then.
    async fn read(&self, kind: ProviderKind) -> Option<SyncState> {
        let gateway = self.gateways.first()?;
        for _ in 0..60 {
            let name = gateway.operator.name(kind);
            let work = move |engine: trunkline_engine::Engine| async move {
                let entry = engine.registry.get(&name)?;
                engine.inventory.read_now(&entry).await.ok()?
            };
            if let Some(Some(progress)) = gateway.ask(work).await {
                return Some(progress.state);
            }
            sleep(Duration::from_secs(1)).await;
        }
        None
    }

    /// What the journal has committed and given back at each carrier.
    async fn books(&self) -> Result<BTreeMap<ProviderKind, Books>> {
        let journal = &self.database.journal;
        let mut books = BTreeMap::new();
        for kind in SELLERS {
            let entry = self.shopper(kind)?;
            let identity = entry.provider.identity();
            let purse = format!("identity:{identity}:monthly:USD");
            let of_carrier = Books {
                won: journal.winners(identity).await?,
                committed: journal.spent(&purse).await?,
            };
            books.insert(kind, of_carrier);
        }
        Ok(books)
    }

    async fn allocations(&self) -> Result<Vec<AllocationRecord>> {
        let journal = &self.database.journal;
        journal
            .allocations(&Tenant::default(), None, usize::MAX)
            .await
    }

    fn ended(&self, wrong: Vec<String>, journal: &[Record]) -> Ended {
        let succeeded =
            |record: &&Record| record.purchase.state == trunkline_core::PurchaseState::Succeeded;
        let requests = SELLERS.into_iter().map(|kind| {
            let requests = self.controls.ledger(kind).requests;
            requests.values().sum::<u64>()
        });
        let lives = self.gateways.iter();
        let lives = lives.map(|one| one.lives.load(std::sync::atomic::Ordering::Relaxed));
        Ended {
            wrong,
            purchases: journal.len(),
            succeeded: journal.iter().filter(succeeded).count(),
            late: journal.iter().filter(|record| record.purchase.late).count(),
            lives: lives.sum(),
            requests: requests.sum(),
            simulated: self.start.elapsed(),
        }
    }
}
