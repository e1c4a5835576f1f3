//! What a seed decides: how many buy, for how long, and what goes wrong. Each misfortune is part of some runs only, so that
//! each is also seen without the others.

use std::collections::BTreeSet;
use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;
use trunkline_core::{Error, Result};
use trunkline_sandbox::{ClockSettings, Fault, FaultPlan, ProviderKind};

use crate::accounts::SELLERS;
use crate::database::Health;
use crate::machine::dice;
use crate::network::Weather;

/// How late a purchase is committed at most.
const LATEST: Duration = Duration::from_secs(600);

/// What a seed decides.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) gateways: usize,
    pub(crate) purchases: usize,
    /// For how long things go wrong.
    pub(crate) storm: Duration,
    pub(crate) weather: Weather,
    pub(crate) health: Health,
    pub(crate) faults: Vec<FaultPlan>,
    pub(crate) clocks: Vec<(ProviderKind, ClockSettings)>,
    /// Carriers use ids again, and sell again what was given back.
    pub(crate) reuse: bool,
    /// Gateways die about so often.
    pub(crate) deaths: Option<Duration>,
    /// Gateways freeze about so often.
    pub(crate) freezes: Option<Duration>,
    /// The database crashes about so often.
    pub(crate) crashes: Option<Duration>,
    /// The gateways' wall clocks jump about so often.
    pub(crate) jumps: Option<Duration>,
    /// Persons act in the carriers' consoles about so often.
    pub(crate) persons: Option<Duration>,
    /// A person answers trunkline's questions.
    pub(crate) resolves: bool,
    /// So many clients want several numbers at once.
    pub(crate) allotments: usize,
    /// How long a release can be undone.
    pub(crate) grace: Duration,
    /// Accounts are renamed about so often.
    pub(crate) renames: Option<Duration>,
    /// A carrier can't be asked for a long time.
    pub(crate) outage: Option<Outage>,
    /// Carriers lose sight of numbers about so often.
    pub(crate) hides: Option<Duration>,
    /// Accounts are read for the inventory so often.
    pub(crate) readings: Option<Duration>,
    /// The clients that don't come.
    pub(crate) left_out: BTreeSet<usize>,
}

/// What can be left out of a plan, besides single faults and clients; `gateways` leaves one of them.
const PARTS: [&str; 17] = [
    "allotments",
    "clocks",
    "crashes",
    "deaths",
    "freezes",
    "gateways",
    "grace",
    "health",
    "hides",
    "jumps",
    "outage",
    "persons",
    "readings",
    "renames",
    "resolves",
    "reuse",
    "weather",
];

/// For how long an outage lasts: longer than a watch.
const OUTAGE: Duration = Duration::from_secs(900);

/// A carrier that can't be asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outage {
    pub(crate) kind: ProviderKind,
    /// How long after the start it begins.
    pub(crate) from: Duration,
    /// Single numbers can't be asked for either.
    pub(crate) whole: bool,
}

impl Outage {
    fn of(dice: &mut StdRng) -> Self {
        Self {
            kind: SELLERS[dice.random_range(0..SELLERS.len())],
            from: Duration::from_secs(dice.random_range(20..150)),
            whole: dice.random_bool(0.5),
        }
    }

    /// What makes it hurt: what was ordered before it began is committed while it lasts, and some numbers are in doubt.
    fn faults(self) -> [FaultPlan; 2] {
        let late = Fault::CommitLate { ms: 400_000 };
        let unknown = Fault::NotFoundAfterCreate { ms: 5_000 };
        [("purchase", late), ("get", unknown)].map(|(operation, fault)| FaultPlan {
            probability: Some(0.2),
            ..FaultPlan::always(self.kind, operation, fault)
        })
    }
}

/// How far the records of a carrier are dated back, where they are: further than clocks may be apart.
const DATED_BACK_MS: i64 = -20 * 60_000;

impl Plan {
    /// The plan of a seed, with so many purchases at most.
    pub(crate) fn of(seed: u64, most: usize) -> Self {
        let mut dice = dice(seed, "plan");
        let dice = &mut dice;
        let purchases = dice.random_range(most.div_ceil(4)..=most);
        let weather = Weather {
            loss: some(dice, |dice| dice.random_range(0.0..0.15)),
            slow: some(dice, |dice| dice.random_range(0.0..0.3)),
            slowest: Duration::from_secs(dice.random_range(1..45)),
        };
        let health = Health {
            refusing: some(dice, |dice| dice.random_range(0.0..0.05)),
            breaking: some(dice, |dice| dice.random_range(0.0..0.05)),
            slow: some(dice, |dice| dice.random_range(0.0..0.05)),
            slowest: Duration::from_secs(dice.random_range(1..15)),
        };
        let storm = Duration::from_secs(dice.random_range(30..600));
        let outage = dice.random_bool(0.1).then(|| Outage::of(dice));
        let mut faults = faults(dice);
        faults.extend(outage.into_iter().flat_map(Outage::faults));
        Self {
            gateways: dice.random_range(1..=3),
            purchases,
            storm: outage.map_or(storm, |outage| outage.from + OUTAGE),
            weather,
            health,
            faults,
            clocks: clocks(dice),
            reuse: dice.random_bool(0.5),
            deaths: often(dice, 5..120),
            freezes: often(dice, 20..200),
            crashes: often(dice, 20..200),
            jumps: often(dice, 20..200),
            persons: often(dice, 5..60),
            resolves: dice.random_bool(0.5),
            allotments: some(dice, |dice| dice.random_range(0..=purchases.div_ceil(10))),
            grace: some(dice, |dice| Duration::from_secs(dice.random_range(0..40))),
            renames: often(dice, 60..300),
            outage,
            hides: often(dice, 10..60),
            readings: often(dice, 20..200),
            left_out: BTreeSet::new(),
        }
    }
}

impl Plan {
    /// The names of the parts that can be left out.
    pub(crate) fn parts(&self) -> Vec<String> {
        let mut parts: Vec<String> = PARTS.map(str::to_owned).to_vec();
        parts.extend((0..self.faults.len()).map(|at| format!("fault-{at}")));
        parts.extend((0..self.purchases).map(|at| format!("client-{at}")));
        parts
    }

    /// The plan without some of its parts.
    ///
    /// # Errors
    /// `InvalidRequest` for a name that is not one of [`Plan::parts`].
    pub(crate) fn without(mut self, left_out: &BTreeSet<String>) -> Result<Self> {
        let parts = self.parts();
        if let Some(unknown) = left_out.iter().find(|name| !parts.contains(name)) {
            let message = format!("the plan has no part {unknown}");
            return Err(Error::invalid("without", message));
        }
        let keeps = |name: &str| !left_out.contains(name);
        self.deaths = self.deaths.filter(|_| keeps("deaths"));
        self.freezes = self.freezes.filter(|_| keeps("freezes"));
        self.crashes = self.crashes.filter(|_| keeps("crashes"));
        self.jumps = self.jumps.filter(|_| keeps("jumps"));
        self.persons = self.persons.filter(|_| keeps("persons"));
        self.renames = self.renames.filter(|_| keeps("renames"));
        self.outage = self.outage.filter(|_| keeps("outage"));
        self.hides = self.hides.filter(|_| keeps("hides"));
        self.readings = self.readings.filter(|_| keeps("readings"));
        self.resolves &= keeps("resolves");
        self.reuse &= keeps("reuse");
        if !keeps("weather") {
            self.weather = Weather::default();
        }
        if !keeps("health") {
            self.health = Health::default();
        }
        if !keeps("clocks") {
            self.clocks.clear();
        }
        if !keeps("grace") {
            self.grace = Duration::ZERO;
        }
        if !keeps("allotments") {
            self.allotments = 0;
        }
        if !keeps("gateways") {
            self.gateways = 1;
        }
        let mut at = 0..;
        self.faults
            .retain(|_| at.next().is_none_or(|at| keeps(&format!("fault-{at}"))));
        let clients = 0..self.purchases;
        self.left_out = clients
            .filter(|at| !keeps(&format!("client-{at}")))
            .collect();
        Ok(self)
    }

    /// Whether a carrier carries out purchases late.
    pub(crate) fn commits_late(&self) -> bool {
        let mut faults = self.faults.iter();
        faults.any(|plan| matches!(plan.fault, Fault::CommitLate { .. }))
    }
}

/// A value in half of the runs, the default in the others.
fn some<T: Default>(dice: &mut StdRng, value: impl FnOnce(&mut StdRng) -> T) -> T {
    match dice.random_bool(0.5) {
        true => value(dice),
        false => T::default(),
    }
}

fn often(dice: &mut StdRng, seconds: std::ops::Range<u64>) -> Option<Duration> {
    some(dice, |dice| {
        Some(Duration::from_secs(dice.random_range(seconds)))
    })
}

/// The clocks of the carriers: mostly a few seconds off, seldom without `Date`.
fn clocks(dice: &mut StdRng) -> Vec<(ProviderKind, ClockSettings)> {
    let off = |dice: &mut StdRng| some(dice, |dice| dice.random_range(-3_000..=3_000));
    let back = dice
        .random_bool(0.15)
        .then(|| dice.random_range(0..SELLERS.len()));
    let back = back.map(|at| SELLERS[at]);
    let clock = |kind| {
        let clock = ClockSettings {
            date_offset_ms: off(dice),
            record_offset_ms: match back == Some(kind) {
                true => DATED_BACK_MS,
                false => off(dice),
            },
            send_date: dice.random_bool(0.75),
            ..ClockSettings::EXACT
        };
        (kind, clock)
    };
    SELLERS.into_iter().map(clock).collect()
}

/// What goes wrong at the carriers: up to three misfortunes for each operation of each.
fn faults(dice: &mut StdRng) -> Vec<FaultPlan> {
    const OPERATIONS: [&str; 6] = [
        "search_available",
        "purchase",
        "list",
        "get",
        "update",
        "release",
    ];
    let mut plans = Vec::new();
    if dice.random_bool(0.2) {
        return plans;
    }
    let worst = dice.random_range(0.02..0.3);
    for kind in SELLERS {
        for operation in OPERATIONS {
            for _ in 0..dice.random_range(0..=3) {
                plans.push(FaultPlan {
                    probability: Some(dice.random_range(0.0..worst)),
                    ..FaultPlan::always(kind, operation, fault(dice, operation))
                });
            }
        }
    }
    plans
}

fn fault(dice: &mut StdRng, operation: &str) -> Fault {
    let some_ms = dice.random_range(50..1_500);
    let special = match operation {
        "purchase" => vec![
            Fault::CommitLate { ms: 20 * some_ms },
            Fault::CommitLate {
                ms: dice.random_range(0..u64::try_from(LATEST.as_millis()).unwrap_or(0)),
            },
            Fault::DropAfterCommit {},
            Fault::NoCreationTime {},
        ],
        "list" => vec![
            Fault::StaleList { ms: some_ms },
            Fault::ReleasedListed { ms: some_ms },
            // Not empty pages: a list that lies about everything can't be told from an account without numbers.
            Fault::CircularPages {},
        ],
        "release" => vec![
            Fault::NotFoundAfterCreate { ms: some_ms },
            Fault::status(429),
            // Carried out and not answered, and a refusal whatever a request before it has done: they hurt together.
            Fault::DropAfterCommit {},
            Fault::status(403),
            Fault::status(403),
        ],
        "get" | "update" => vec![
            Fault::NotFoundAfterCreate { ms: some_ms },
            Fault::status(429),
            // A refusal, whatever a request before it has done.
            Fault::status(403),
        ],
        _ => vec![Fault::status(429)],
    };
    let mut all = vec![
        Fault::DropBeforeCommit {},
        Fault::DropAfterCommit {},
        Fault::StatusAfterCommit { status: 500 },
        Fault::StatusAfterCommit { status: 503 },
        Fault::TruncatedBody {},
        Fault::MalformedBody {},
        Fault::status(503),
        Fault::status(500),
        Fault::Delay { ms: 20 * some_ms },
    ];
    all.extend(special);
    let at = dice.random_range(0..all.len());
    all.swap_remove(at)
}
