//! One run: sets everything up, lets it go wrong, waits until it has settled, and collects what was seen.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use tokio_util::task::TaskTracker;
use trunkline_core::{AccountEntry, E164, Error, ErrorKind, Result, Tenant, host};
use trunkline_engine::journal::{Journal, Openness, PurchaseFilter, Record};
use trunkline_sandbox::{CarrierSettings, Controls, Options, ProviderKind};

use crate::accounts::{self, SELLERS};
use crate::chaos::Chaos;
use crate::client::{Clients, wants};
use crate::database::{Database, Health};
use crate::gateway::{Gateway, WATCH_PAUSE};
use crate::judge::{Evidence, judge};
use crate::machine::{Machine, dice};
use crate::network::{Network, Weather, Wire};
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
    let storm = world.storm(&on_sale);
    let mut dice = dice(seed, "wants");
    let wants = wants(&mut dice, world.plan.purchases, &on_sale);
    let over = world.start + world.plan.storm;
    let last = wants
        .iter()
        .map(|want| want.after)
        .max()
        .unwrap_or_default();
    let clients = Arc::new(Clients {
        gateways: world.gateways.clone(),
        dice: Mutex::new(dice),
        until: over.max(world.start + last) + PERSEVERANCE,
        told: Mutex::default(),
        trace: world.trace.clone(),
    });
    let buying = TaskTracker::new();
    for want in wants.clone() {
        let clients = Arc::clone(&clients);
        buying.spawn(async move { clients.serve(want).await });
    }
    buying.close();
    sleep_until(over).await;
    world.calm();
    storm.check()?;
    buying.wait().await;
    let healed = Instant::now();
    let mut wrong = world.settle(healed + SETTLED_WITHIN).await?;
    // By then every gateway is up again.
    sleep(SETTLED_WITHIN).await;
    let latest = world.plan.latest();
    if !latest.is_zero() {
        sleep_until(over.max(healed) + latest + WATCH_PAUSE + SETTLED_WITHIN).await;
    }
    storm.check()?;
    let journal = world.journal().await?;
    // A key whose purchase was refused without effect starts another one.
    let mut replayed = Vec::new();
    for gateway in &world.gateways {
        for want in &wants {
            let answer = want.ask(gateway, SETTLED_WITHIN / 2).await;
            replayed.push((want.clone(), answer));
        }
    }
    wrong.extend(world.settle(Instant::now() + SETTLED_WITHIN).await?);
    let told = std::mem::take(&mut *clients.told.lock());
    let history = world.database.history.lock().clone();
    let evidence = Evidence {
        controls: &world.controls,
        before: journal,
        journal: world.journal().await?,
        told,
        asked: history.asked,
        begun: history.begun,
        replayed,
    };
    wrong.extend(judge(&evidence));
    Ok(world.ended(wrong, &evidence.journal))
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
        let network = Arc::new(Network {
            controls: Arc::clone(&controls),
            carriers,
            weather: Mutex::default(),
            dice: Mutex::new(dice(seed, "network")),
            tasks: tasks.clone(),
            trace: trace.clone(),
        });
        let database = Database::new(dice(seed, "database"), trace.clone());
        let gateway = |number| {
            Arc::new(Gateway {
                name: format!("gateway-{number}"),
                seed,
                start,
                database: Arc::clone(&database),
                network: Arc::clone(&network),
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
        accounts::entry(kind, Arc::new(wire))
    }

    /// Begins what goes wrong besides carriers, network and database.
    fn storm(&self, on_sale: &[(ProviderKind, E164)]) -> Arc<Chaos> {
        let chaos = Arc::new(Chaos {
            gateways: self.gateways.clone(),
            database: Arc::clone(&self.database),
            controls: Arc::clone(&self.controls),
            on_sale: on_sale.to_vec(),
            seed: self.seed,
            over: self.start + self.plan.storm,
            trace: self.trace.clone(),
            broken: Mutex::default(),
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
        if let (Some(about), chaos) = (plan.persons, Arc::clone(&chaos)) {
            let carriers = Arc::clone(&self.network.carriers);
            let work = async move { chaos.act(about).await };
            self.tasks.spawn(host::scope(carriers as _, work));
        }
        chaos
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
