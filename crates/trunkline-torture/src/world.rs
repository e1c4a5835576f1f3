//! What outlives the gateways: the carriers, the directory, the database.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tempfile::TempDir;
use trunkline_sandbox::{
    CarrierOptions, CarrierSettings, ClockSettings, Fault, FaultPlan, Ledger,
    Options as SandboxOptions, ProviderKind, Sandbox, Trait,
};
use trunkline_testkit::services::postgres::Server;

use crate::accounts::{self, Role};
use crate::faults::{self, SETTLE};
use crate::options::Options;
use crate::{spend, stock};

/// Most requests of one carrier that the judge reads.
const KEPT_REQUESTS: usize = 200_000;

/// How long a release at a shared account can be undone.
const QUARANTINE: &str = "2s";

/// How long after its purchase a number of a shared account is gone at the earliest: later than the fake stops answering 404 for
/// what it has just sold.
const GONE_AFTER: &str = "3s";

/// The carriers and the directory of a run.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    directory: TempDir,
    pub(crate) database: String,
    options: Options,
    /// Whether [`accounts::renamed`] has its new name.
    renamed: AtomicBool,
    starts: AtomicU64,
    /// How many faults have hit that are no longer planned.
    past_faults: AtomicU64,
    /// The ids of the faults planned for each carrier.
    planned: Mutex<Vec<(ProviderKind, String)>>,
    /// Ends with the run.
    pub(crate) server: Option<Arc<Server>>,
}

impl World {
    /// Starts the carriers, fills their stock and writes the configuration. Errors: no free port, no directory to write
    /// in.
    pub(crate) async fn new(options: &Options, seed: u64) -> Result<Self, String> {
        let sandbox = Sandbox::start(SandboxOptions {
            seed,
            kept_requests: KEPT_REQUESTS,
            kept_operations: &["purchase", "start_caller_id"],
            carriers: draw_clocks(seed, options.skew),
            ..SandboxOptions::free_ports()
        });
        let sandbox = sandbox.await.map_err(|error| error.to_string())?;
        let (exact, open) = stock::areas(options.purchases);
        stock::fill(&sandbox, &exact)?;
        stock::fill(&sandbox, &open)?;
        let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
        let server = options.postgres.then(|| {
            let server = Server::start();
            server.map(Arc::new).ok_or("PostgreSQL is not installed")
        });
        let server = server.transpose()?;
        let database = match (&options.database, &server) {
            (Some(database), _) => database.clone(),
            (None, Some(server)) => server.database(),
            (None, None) => {
                let file = directory.path().join("trunkline.db");
                format!("sqlite://{}", file.display())
            }
        };
        let world = Self {
            sandbox,
            directory,
            database,
            options: options.clone(),
            renamed: AtomicBool::new(false),
            starts: AtomicU64::new(0),
            past_faults: AtomicU64::new(0),
            planned: Mutex::default(),
            server,
        };
        world.configure()?;
        Ok(world)
    }

    /// Where configuration, database and logs are.
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Counts the starts of gateways, from 0.
    pub(crate) fn next_start(&self) -> u64 {
        self.starts.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn name(&self, kind: ProviderKind) -> &'static str {
        accounts::name(kind, self.renamed.load(Ordering::Relaxed))
    }

    /// Gives [`accounts::renamed`] its new name in the configuration. Gateways that run must be told to read it.
    /// Errors: the file can't be written.
    pub(crate) fn rename(&self) -> Result<(), String> {
        self.renamed.store(true, Ordering::Relaxed);
        self.configure()
    }

    /// Writes the configuration, as a whole or not at all: a gateway may be starting.
    fn configure(&self) -> Result<(), String> {
        let (new, config) = (
            self.path().join("trunkline.new"),
            self.path().join("trunkline.toml"),
        );
        std::fs::write(&new, self.configuration())
            .and_then(|()| std::fs::rename(new, config))
            .map_err(|error| error.to_string())
    }

    pub(crate) fn carriers(&self) -> impl Iterator<Item = ProviderKind> {
        let runs = |kind: &ProviderKind| !self.sandbox.url(*kind).is_empty();
        ProviderKind::ALL.into_iter().filter(runs)
    }

    pub(crate) fn ledgers(&self) -> Vec<(ProviderKind, Ledger)> {
        self.carriers()
            .map(|kind| (kind, self.sandbox.ledger(kind)))
            .collect()
    }

    /// From now on this share of a carrier's calls goes wrong. Errors: a plan that the sandbox can't follow.
    pub(crate) fn break_things(&self, kind: ProviderKind) -> Result<(), String> {
        let (rate, latest) = (self.options.fault_rate, self.options.latest_commit());
        for plan in faults::plans(kind, rate, latest) {
            self.plan(plan)?;
        }
        Ok(())
    }

    /// Plans a fault; [`World::mend`] ends it. Errors: the sandbox can't follow it.
    pub(crate) fn plan(&self, plan: FaultPlan) -> Result<(), String> {
        let kind = plan.provider;
        let id = self
            .sandbox
            .inject(plan)
            .map_err(|error| error.to_string())?;
        self.planned.lock().push((kind, id));
        Ok(())
    }

    /// Nothing goes wrong at a carrier any more.
    pub(crate) fn mend(&self, kind: ProviderKind) {
        let states = self.sandbox.faults();
        self.planned.lock().retain(|(at, id)| {
            if *at == kind {
                let state = states.iter().find(|state| state.id == *id);
                let fired = state.map_or(0, |state| state.fired);
                self.past_faults.fetch_add(fired, Ordering::Relaxed);
                self.sandbox.remove_fault(id);
            }
            *at != kind
        });
    }

    /// From now on this goes wrong at every call of an operation of a carrier (`*` for all), and nothing else there.
    /// Errors: as [`World::plan`].
    pub(crate) fn only(
        &self,
        kind: ProviderKind,
        operation: &str,
        fault: Fault,
    ) -> Result<(), String> {
        self.mend(kind);
        self.plan(FaultPlan::always(kind, operation, fault))
    }

    /// Every purchase at a carrier loses its answer and is committed this much later, and nothing else goes wrong
    /// there. Errors: as [`World::plan`].
    pub(crate) fn commit_late(&self, kind: ProviderKind, after: Duration) -> Result<(), String> {
        let ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
        self.only(kind, "purchase", Fault::CommitLate { ms })
    }

    pub(crate) fn calls(&self) -> u64 {
        let ledgers = self.ledgers().into_iter();
        ledgers
            .flat_map(|(_, ledger)| ledger.requests.into_values())
            .sum()
    }

    pub(crate) fn faults_fired(&self) -> u64 {
        let now = self.sandbox.faults().into_iter().map(|fault| fault.fired);
        now.sum::<u64>() + self.past_faults.load(Ordering::Relaxed)
    }

    /// Keeps the directory, and returns its path.
    pub(crate) fn keep(self) -> String {
        self.directory.keep().display().to_string()
    }

    fn configuration(&self) -> String {
        let options = &self.options;
        let watch = options.watch().iter().map(|s| format!("\"{s}s\""));
        let watch: Vec<_> = watch.collect();
        let mut text = format!(
            "[log]\nlevel = \"warn\"\n[server]\nrate_limit = {{ per_second = 100000, burst = 100000 }}\n\
             [rate_limit]\nreplicas = {}\n[purchases]\nwatch = [{}]\nwatch_for = \"{}s\"\n",
            options.replicas,
            watch.join(", "),
            options.watch_for().as_secs()
        );
        let settle = SETTLE.as_secs();
        for kind in self.carriers() {
            let (provider, name) = (kind.name(), self.name(kind));
            let (url, login) = (self.sandbox.url(kind), login(kind));
            let limits = "limits = { concurrency = 256, adaptive = false }";
            let mut money = spend::settings(kind, options.purchases);
            if accounts::role(kind) == Some(Role::Shared) {
                let _ = writeln!(
                    money,
                    "quarantine = \"{QUARANTINE}\"\ngone_after = \"{GONE_AFTER}\""
                );
            }
            // Writing to a string can't fail.
            let _ = writeln!(
                text,
                "[[accounts]]\nname = \"{name}\"\nprovider = \"{provider}\"\n{login}\nbase_url = \"{url}\"\n\
                 settle = \"{settle}s\"\n{limits}\n{money}"
            );
        }
        text
    }
}

fn login(kind: ProviderKind) -> String {
    let settings = kind.account_settings().iter();
    let lines: Vec<_> = settings
        .map(|(key, value)| format!("{key} = \"{value}\""))
        .collect();
    lines.join("\n")
}

/// How each carrier starts, drawn from the seed: its clocks up to `skew` seconds off, some without a `Date` header, some
/// that use ids again; what is released is on sale again at once.
pub(crate) fn draw_clocks(seed: u64, skew: f64) -> [CarrierOptions; ProviderKind::ALL.len()] {
    let mut dice = StdRng::seed_from_u64(seed ^ 0x0063_6c6f_636b);
    #[expect(clippy::cast_possible_truncation, reason = "at most 240 000")]
    let most = (skew * 1_000.0) as i64;
    ProviderKind::ALL.map(|kind| {
        let clock = ClockSettings {
            date_offset_ms: dice.random_range(-most..=most),
            record_offset_ms: dice.random_range(-most..=most),
            send_date: !dice.random_bool(0.25),
            ..ClockSettings::EXACT
        };
        let sells = kind.has(Trait::Shop);
        let reuse_ids = dice.random_bool(0.5) && sells;
        CarrierOptions {
            clock,
            settings: CarrierSettings {
                resell_released: sells,
                reuse_ids,
                ..CarrierSettings::OFF
            },
            ..CarrierOptions::PLAIN
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_draws_the_same_clocks_again_within_the_skew() {
        assert_eq!(draw_clocks(7, 3.0), draw_clocks(7, 3.0));
        let carriers: Vec<_> = (0..50).flat_map(|seed| draw_clocks(seed, 3.0)).collect();
        let clocks = carriers.iter().map(|carrier| carrier.clock);
        let offs: Vec<_> = clocks
            .clone()
            .flat_map(|clock| [clock.date_offset_ms, clock.record_offset_ms])
            .collect();
        assert!(offs.iter().all(|off| (-3_000..=3_000).contains(off)));
        assert!(offs.iter().any(|off| *off > 2_000) && offs.iter().any(|off| *off < -2_000));
        assert!(clocks.clone().any(|clock| clock.send_date));
        assert!(clocks.clone().any(|clock| !clock.send_date));
    }
}
