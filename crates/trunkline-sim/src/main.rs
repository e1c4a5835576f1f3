//! The command line of the simulation.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::io::Write;
use std::ops::Range;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tokio::time::Instant;
use trunkline_sim::{PURCHASES, Report, Settings, command, page, run, shrink};

#[cfg(feature = "strength")]
#[path = "main/strength.rs"]
mod strength;

/// Runs gateways, carriers, network and disks under one seed, and judges by the carriers' ledgers
#[derive(Debug, Parser)]
#[command(
    name = "trunkline-sim",
    version,
    after_help = "Ends with exit code 1 if a seed goes against the promise, or if a missing safeguard is not found."
)]
struct Options {
    /// How many seeds to run; 100 by default, and at most 1000 for each safeguard with --strength
    #[arg(long, value_name = "N", conflicts_with = "seed")]
    seeds: Option<u64>,
    /// The first seed
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "seed")]
    from: u64,
    /// Run this seed alone
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Print the whole story
    #[arg(long, requires = "seed")]
    trace: bool,
    /// Write the story as a page for a browser
    #[arg(long, value_name = "FILE", requires = "seed")]
    html: Option<PathBuf>,
    /// Leave out parts of the seed's plan, for example deaths,fault-3,client-17
    #[arg(long, value_name = "PARTS", value_delimiter = ',', requires = "seed")]
    without: Vec<String>,
    /// Make the first failure as small as it gets, and print the command that replays it
    #[arg(long)]
    shrink: bool,
    /// The most purchases of a seed
    #[arg(long, value_name = "N", default_value_t = PURCHASES)]
    purchases: usize,
    /// Go on after a seed that fails
    #[arg(long)]
    keep_going: bool,
    /// Print each seed as a line of JSON
    #[arg(long)]
    json: bool,
    /// Switch each safeguard off, or only this one, and say at which seed that is noticed
    #[arg(long, value_name = "SAFEGUARD", num_args = 0..=1, default_missing_value = "all")]
    strength: Option<String>,
}

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

type Outcome = Result<bool, Box<dyn Error>>;

fn main() -> ExitCode {
    let options = Options::parse();
    let mut out = std::io::stdout().lock();
    let outcome = match &options.strength {
        Some(which) => strengths(which, &options, &mut out),
        None => simulate(&options, &mut out),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(out, "the simulation itself failed: {error}");
            ExitCode::from(2)
        }
    }
}

#[cfg(feature = "strength")]
fn strengths(which: &str, options: &Options, out: &mut impl Write) -> Outcome {
    let within = options.range(trunkline_sim::strength::SEEDS);
    strength::measure(which, &options.settings(), within, out)
}

#[cfg(not(feature = "strength"))]
fn strengths(_: &str, _: &Options, _: &mut impl Write) -> Outcome {
    Err("--strength needs the feature of that name: cargo run --release -p trunkline-sim --features strength -- --strength".into())
}

impl Options {
    fn settings(&self) -> Settings {
        Settings {
            purchases: self.purchases,
            without: BTreeSet::from_iter(self.without.clone()),
            trace: self.trace || self.html.is_some(),
        }
    }

    /// The seeds to run: as many as `--seeds` says, or else this default.
    fn range(&self, usual: u64) -> Range<u64> {
        match self.seed {
            Some(seed) => seed..seed + 1,
            None => self.from..self.from + self.seeds.unwrap_or(usual),
        }
    }
}

/// Runs the seeds; gives whether all of them kept the promise.
fn simulate(options: &Options, out: &mut impl Write) -> Outcome {
    let settings = options.settings();
    let (started, mut total, mut failed) = (Instant::now(), Total::default(), 0);
    for seed in options.range(100) {
        let report = run(seed, &settings)?;
        total.add(&report);
        tell(&report, options, out)?;
        if let Some(file) = &options.html {
            fs::write(file, page(&report, &command(seed, &settings))?)?;
        }
        if !report.violations.is_empty() {
            failed += 1;
            if options.shrink {
                smaller(&report, &settings, out)?;
            }
            if options.shrink || !options.keep_going {
                break;
            }
        }
    }
    if !options.json {
        // The trace is the same at any time and in any directory.
        if !options.trace {
            writeln!(out, "{}", total.told(started.elapsed()))?;
        }
        writeln!(out, "{}", if failed == 0 { "PASS" } else { "FAIL" })?;
    }
    Ok(failed == 0)
}

/// Prints what came of a seed.
fn tell(report: &Report, options: &Options, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    for line in report.lines.iter().filter(|_| options.trace) {
        writeln!(out, "{line}")?;
    }
    if options.json {
        writeln!(out, "{}", serde_json::to_string(report)?)?;
        return Ok(());
    }
    for violation in &report.violations {
        writeln!(out, "seed {}: {violation}", report.seed)?;
    }
    Ok(())
}

/// Prints a smaller run that fails in the same way.
fn smaller(
    report: &Report,
    settings: &Settings,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let (least, smallest) = shrink(report, settings)?;
    writeln!(
        out,
        "smaller, with {} purchases and {} requests instead of {} and {}:",
        smallest.purchases, smallest.requests, report.purchases, report.requests
    )?;
    for violation in &smallest.violations {
        writeln!(out, "  {violation}")?;
    }
    writeln!(out, "  {}", command(report.seed, &least))?;
    Ok(())
}

/// The sums over all seeds.
#[derive(Debug, Default)]
struct Total {
    seeds: u64,
    purchases: usize,
    succeeded: usize,
    late: usize,
    lives: u32,
    requests: u64,
    seconds: u64,
}

impl Total {
    fn add(&mut self, report: &Report) {
        self.seeds += 1;
        self.purchases += report.purchases;
        self.succeeded += report.succeeded;
        self.late += report.late;
        self.lives += report.lives;
        self.requests += report.requests;
        self.seconds += report.seconds;
    }

    fn told(&self, took: Duration) -> String {
        let Self {
            seeds,
            purchases,
            succeeded,
            late,
            lives,
            requests,
            seconds,
        } = self;
        let took = took.as_secs_f64();
        format!(
            "{seeds} seeds in {took:.1} s: {purchases} purchases, {succeeded} succeeded, {late} of them late; {lives} processes, \
             {requests} requests, {seconds} simulated seconds"
        )
    }
}
