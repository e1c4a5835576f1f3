//! The gateways: an engine on a machine of its own, over the database that all of them share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};
use trunkline_core::{Registry, Result, host};
use trunkline_engine::seal::Sealer;
use trunkline_engine::{Engine, Pace, Store, Timing};

use crate::accounts::{self, Operator, SELLERS};
use crate::database::{Connection, Database};
use crate::machine::Machine;
use crate::network::{Network, Wire};

/// How long a client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// When purchases presumed failed are looked for again, in seconds; the last one is a pause that repeats.
const WATCH: [u64; 5] = [20, 40, 60, 120, 120];

/// How many complete looks after the last of these pauses end the watch: it is longer than the latest commit comes late.
const WATCH_LOOKS: u32 = 5;

/// How often a process searches the journal for work that nobody does.
const TICK: Duration = Duration::from_secs(3);

/// The longest pause of the watch.
pub(crate) const WATCH_PAUSE: Duration = Duration::from_secs(120);

/// The soonest that the fourth look of the watch frees what a presumed failure has reserved.
pub(crate) const FREED_AFTER: Duration = Duration::from_secs(120);

/// One gateway, through all its lives.
#[derive(Debug)]
pub(crate) struct Gateway {
    pub(crate) name: String,
    pub(crate) seed: u64,
    pub(crate) start: Instant,
    pub(crate) database: Arc<Database>,
    pub(crate) network: Arc<Network>,
    pub(crate) operator: Arc<Operator>,
    /// How often it reads accounts for the inventory, if it does.
    pub(crate) readings: Option<Duration>,
    /// How far its wall clock is ahead in milliseconds, and its drift in millionths.
    pub(crate) clock: Mutex<(i64, i64)>,
    pub(crate) life: Mutex<Option<Life>>,
    pub(crate) lives: AtomicU32,
}

/// One process of a gateway.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    pub(crate) machine: Arc<Machine>,
    engine: Engine,
}

impl Gateway {
    /// Starts a process, in place of the one before.
    ///
    /// # Errors
    /// What is wrong with an account.
    pub(crate) async fn boot(&self) -> Result<()> {
        let number = self.lives.fetch_add(1, Ordering::Relaxed) + 1;
        let name = format!("{}.{number}", self.name);
        let machine = Arc::new(Machine::new(self.seed, name, self.start));
        let (ahead_ms, drift) = *self.clock.lock();
        machine.set_clock(ahead_ms, drift);
        let made = host::scope(Arc::clone(&machine) as _, self.engine(&machine));
        let engine = made.await?;
        self.network.trace.tell(&machine.name, &"starts");
        *self.life.lock() = Some(Life { machine, engine });
        Ok(())
    }

    #[expect(
        clippy::unused_async,
        reason = "what it makes belongs to the machine on which it is polled"
    )]
    async fn engine(&self, machine: &Arc<Machine>) -> Result<Engine> {
        let registry = self.registry(machine)?;
        let timing = Timing {
            watch: WATCH.map(Duration::from_secs).to_vec(),
            watch_looks: WATCH_LOOKS,
            tick: TICK,
            ..Timing::default()
        };
        let store: Arc<dyn Store> = Arc::new(Connection {
            database: Arc::clone(&self.database),
            from: Arc::clone(machine),
        });
        let pace = Pace {
            every: self.readings.unwrap_or_default(),
            ..Pace::default()
        };
        let engine = Engine::new(registry, store, Sealer::new(b"simulation"), timing);
        let engine = engine.with_inventory(pace);
        engine.start()?;
        Ok(engine)
    }

    /// Its accounts as the operator wants them now.
    fn registry(&self, machine: &Arc<Machine>) -> Result<Registry> {
        let mut registry = Registry::default();
        for kind in SELLERS {
            let wire = Wire {
                from: Arc::clone(machine),
                to: kind,
                network: Arc::clone(&self.network),
            };
            registry.insert(accounts::entry(kind, &self.operator, Arc::new(wire))?)?;
        }
        Ok(registry)
    }

    /// Reads the operator's settings again.
    ///
    /// # Errors
    /// What is wrong with an account.
    pub(crate) async fn reload(&self) -> Result<()> {
        let Some(Life { machine, engine }) = self.life() else {
            return Ok(());
        };
        let made = async { self.registry(&machine) };
        let made = host::scope(Arc::clone(&machine) as _, made);
        if let Some(registry) = machine.ended.run_until_cancelled(made).await {
            engine.registry.replace(&registry?);
        }
        Ok(())
    }

    /// Its process, dead or alive.
    pub(crate) fn life(&self) -> Option<Life> {
        self.life.lock().clone()
    }

    /// Does some work in its process, and gives what came of it; `None` if it dies or takes too long.
    pub(crate) async fn ask<T, F>(&self, work: impl FnOnce(Engine) -> F) -> Option<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let Life { machine, engine } = self.life()?;
        let (told, answer) = oneshot::channel();
        let work = work(engine);
        let work = async move {
            let _ = told.send(work.await);
        };
        let ended = machine.ended.clone();
        self.network.tasks.spawn(host::scope(machine, work));
        let answer = ended.run_until_cancelled(timeout(PATIENCE, answer));
        answer.await?.ok()?.ok()
    }

    /// Moves its wall clock.
    pub(crate) fn set_clock(&self, ahead_ms: i64, drift: i64) {
        *self.clock.lock() = (ahead_ms, drift);
        if let Some(life) = self.life() {
            life.machine.set_clock(ahead_ms, drift);
        }
    }
}
