//! The command line of the simulation.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tokio::time::Instant;
use trunkline_sim::{PURCHASES, Report, Settings, run};

/// Runs gateways, carriers, network and disks under one seed, and judges by the carriers' ledgers
#[derive(Debug, Parser)]
#[command(
    name = "trunkline-sim",
    version,
    after_help = "Ends with exit code 1 if a seed goes against the promise."
)]
struct Options {
    /// How many seeds to run
    #[arg(long, value_name = "N", default_value_t = 100, conflicts_with = "seed")]
    seeds: u64,
    /// The first seed
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "seed")]
    from: u64,
    /// Run this seed alone
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Print the whole story
    #[arg(long, requires = "seed")]
    trace: bool,
    /// The most purchases of a seed
    #[arg(long, value_name = "N", default_value_t = PURCHASES)]
    purchases: usize,
    /// Go on after a seed that fails
    #[arg(long)]
    keep_going: bool,
    /// Print each seed as a line of JSON
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let mut out = std::io::stdout().lock();
    match simulate(&options, &mut out) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(out, "the simulation itself failed: {error}");
            ExitCode::from(2)
        }
    }
}

/// Runs the seeds; gives whether all of them kept the promise.
fn simulate(options: &Options, out: &mut impl Write) -> Result<bool, Box<dyn std::error::Error>> {
    let settings = Settings {
        purchases: options.purchases,
        trace: options.trace,
    };
    let seeds = match options.seed {
        Some(seed) => seed..seed + 1,
        None => options.from..options.from + options.seeds,
    };
    let (started, mut total, mut failed) = (Instant::now(), Total::default(), 0);
    for seed in seeds {
        let report = run(seed, settings)?;
        for line in &report.lines {
            writeln!(out, "{line}")?;
        }
        if options.json {
            writeln!(out, "{}", serde_json::to_string(&report)?)?;
        }
        total.add(&report);
        if !report.violations.is_empty() {
            failed += 1;
            for violation in report.violations.iter().filter(|_| !options.json) {
                writeln!(out, "seed {seed}: {violation}")?;
            }
            if !options.keep_going {
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
