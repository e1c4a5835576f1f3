//! What the torture is told.

use std::num::NonZeroUsize;
use std::time::Duration;

use clap::Parser;
use trunkline_core::failpoint;

/// Buys from fake carriers while they fail and `trunkline` is killed, and judges by the carriers' ledgers.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "trunkline-torture",
    version,
    after_help = "Ends with PASS, or with FAIL and exit code 1; either names the seed."
)]
pub(crate) struct Options {
    /// How many purchases to ask for
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = purchases)]
    pub(crate) purchases: usize,
    /// How many gateways run on the one database
    #[arg(long, value_name = "N", default_value = "2")]
    pub(crate) replicas: NonZeroUsize,
    /// The database: an empty one; a throwaway SQLite file unless said
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// Start a PostgreSQL server for this run alone, of what is installed, and end it afterwards
    #[arg(long, conflicts_with = "database")]
    pub(crate) postgres: bool,
    /// What orders, misfortunes and the fakes' dice are drawn from; a new one unless said
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// The share of calls that go wrong at the carriers
    #[arg(long, value_name = "0..1", default_value_t = 0.3, value_parser = share)]
    pub(crate) fault_rate: f64,
    /// How many clients buy at the same time
    #[arg(long, value_name = "N", default_value = "1000")]
    pub(crate) clients: NonZeroUsize,
    /// Where to kill: at "all" points, at "none", or at the one that is named
    #[arg(long, value_name = "all|none|NAME", default_value = "all", value_parser = points)]
    pub(crate) failpoints: Points,
    /// Every point once, shorter lives, and nothing that takes ten seconds
    #[arg(long)]
    pub(crate) quick: bool,
}

impl Options {
    /// How late a purchase is committed at most: long after it was presumed failed.
    pub(crate) fn latest_commit(&self) -> Duration {
        Duration::from_secs(if self.quick { 7 } else { 15 })
    }
}

/// The points to kill at.
#[derive(Clone, Debug)]
pub(crate) struct Points(pub(crate) Vec<&'static str>);

fn points(text: &str) -> Result<Points, String> {
    match text {
        "all" => Ok(Points(failpoint::ALL.to_vec())),
        "none" => Ok(Points(Vec::new())),
        name => {
            let found = failpoint::ALL.iter().find(|point| **point == name);
            let unknown = || format!("no such point; there are: {}", failpoint::ALL.join(", "));
            found.map(|point| Points(vec![point])).ok_or_else(unknown)
        }
    }
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=0.9).contains(&share) {
        Ok(share)
    } else {
        Err("between 0 and 0.9".to_owned())
    }
}

fn purchases(text: &str) -> Result<usize, String> {
    let most = crate::stock::MOST;
    match text.parse() {
        Ok(purchases) if (1..=most).contains(&purchases) => Ok(purchases),
        _ => Err(format!("between 1 and {most}")),
    }
}
