//! What a seed decides: how many buy, for how long, and what goes wrong. Each misfortune is part of some runs only, so that
//! each is also seen without the others.

use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;
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
}

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
        Self {
            gateways: dice.random_range(1..=3),
            purchases,
            storm: Duration::from_secs(dice.random_range(30..600)),
            weather,
            health,
            faults: faults(dice),
            clocks: clocks(dice),
            reuse: dice.random_bool(0.5),
            deaths: often(dice, 5..120),
            freezes: often(dice, 20..200),
            crashes: often(dice, 20..200),
            jumps: often(dice, 20..200),
            persons: often(dice, 5..60),
        }
    }
}

impl Plan {
    /// How late a purchase may be committed.
    pub(crate) fn latest(&self) -> Duration {
        let late = self.faults.iter().map(|plan| match plan.fault {
            Fault::CommitLate { ms } => Duration::from_millis(ms),
            _ => Duration::ZERO,
        });
        late.max().unwrap_or_default()
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
    let clock = |kind| {
        let clock = ClockSettings {
            date_offset_ms: off(dice),
            record_offset_ms: off(dice),
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
        "get" | "update" | "release" => vec![
            Fault::NotFoundAfterCreate { ms: some_ms },
            Fault::status(429),
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
