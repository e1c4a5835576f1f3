#![doc = include_str!("../README.md")]

mod accounts;
mod allotment;
mod chaos;
mod client;
mod database;
mod deeds;
mod gateway;
mod history;
mod judge;
mod machine;
mod network;
mod page;
mod person;
mod plan;
mod shrink;
#[cfg(feature = "strength")]
pub mod strength;
mod trace;
mod world;

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::runtime::Builder;
use tokio::time::Instant;
use tracing::Level;
use trunkline_core::{Error, ErrorKind, Result};

use plan::Plan;
use trace::Trace;

pub use page::page;
pub use shrink::{command, shrink};

/// The most purchases of a seed.
pub const PURCHASES: usize = 200;

/// How a seed is run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The most purchases, up to [`PURCHASES`].
    pub purchases: usize,
    /// Parts of the seed's plan that are left out, for example `deaths`, `fault-3` or `client-17`.
    pub without: BTreeSet<String>,
    /// Keeps the lines of the story, and what gateways log.
    pub trace: bool,
}

/// What came of a seed.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// Everything that went against the promise, one line each.
    pub violations: Vec<String>,
    /// Purchases that were written down.
    pub purchases: usize,
    /// Those that succeeded.
    pub succeeded: usize,
    /// Those of them that were found late.
    pub late: usize,
    /// Processes that were started.
    pub lives: u32,
    /// Requests that reached the carriers.
    pub requests: u64,
    /// Simulated time, in seconds.
    pub seconds: u64,
    /// A digest of the whole story: 16 hexadecimal digits.
    pub digest: String,
    /// The story, if it was kept.
    #[serde(skip)]
    pub lines: Vec<String>,
}

/// What is logged, and where, is known to the whole process: runs side by side would change each other's stories.
static ALONE: Mutex<()> = Mutex::new(());

/// Runs a seed from beginning to end, on this thread. Waits while another run goes on in the process.
///
/// # Errors
/// `Internal` or `Config`: what is wrong with the simulation itself.
pub fn run(seed: u64, settings: &Settings) -> Result<Report> {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .map_err(|error| Error::new(ErrorKind::Internal, "no runtime").with_source(error))?;
    let plan = Plan::of(seed, settings.purchases.clamp(1, PURCHASES)).without(&settings.without)?;
    let (ended, lines, digest) = runtime.block_on(async {
        let trace = Trace::new(Instant::now(), settings.trace);
        trace.tell(&"world", &format_args!("seed {seed}: {plan:?}"));
        let log = tracing_subscriber::fmt()
            .with_writer(trace.clone())
            .with_max_level(Level::INFO)
            .with_ansi(false)
            .without_time()
            .finish();
        let _logging = settings
            .trace
            .then(|| tracing::subscriber::set_default(log));
        let ended = world::run(seed, plan, trace.clone()).await;
        let (lines, digest) = trace.end();
        (ended, lines, digest)
    });
    let ended = ended?;
    Ok(Report {
        seed,
        violations: ended.wrong,
        purchases: ended.purchases,
        succeeded: ended.succeeded,
        late: ended.late,
        lives: ended.lives,
        requests: ended.requests,
        seconds: rounded(ended.simulated),
        digest: format!("{digest:016x}"),
        lines,
    })
}

const fn rounded(time: Duration) -> u64 {
    time.as_secs()
}
