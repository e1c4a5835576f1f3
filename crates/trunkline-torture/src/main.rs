//! The proof of the promise: buys from fake carriers while they fail and `trunkline` is killed and frozen at every
//! step, then holds trunkline's journal against the carriers' ledgers.
//!
//! It runs itself again as `trunkline serve`, with one failpoint armed in each life. The carriers live in this process,
//! so that their ledgers outlive every kill.

mod accounts;
mod chaos;
mod client;
mod drive;
mod evidence;
mod faults;
mod gather;
mod journal;
mod judge;
mod keys;
mod options;
mod replica;
mod report;
mod run;
mod spend;
mod stock;
mod tasks;
mod weather;
mod wire;
mod world;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use options::Options;
use report::Report;
use trunkline_core::host;

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments
        .next()
        .is_some_and(|first| first == replica::SERVE)
    {
        return replica::serve(arguments).await;
    }
    let options = Options::parse();
    let seed = options.seed.unwrap_or_else(|| host::random::<u32>().into());
    let report = Report::new();
    match drive::run(options, seed, &report).await {
        Ok(outcome) => {
            report.end(&outcome.figures, &outcome.verdict, seed);
            if outcome.verdict.passes() {
                return ExitCode::SUCCESS;
            }
            say(&format!("logs and database: {}", outcome.world.keep()));
            ExitCode::FAILURE
        }
        Err(error) => {
            say(&format!("error: {error} (seed {seed})"));
            ExitCode::from(2)
        }
    }
}

fn say(text: &str) {
    // Without a reader the exit code still tells.
    let _ = writeln!(io::stderr(), "{text}");
}
