//! The command line.

use std::num::NonZeroUsize;
use std::time::Duration;

use clap::Parser;
use trunkline_core::failpoint;

use crate::faults::SETTLE;

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
    /// The database: an empty one; default: a throwaway SQLite file
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// Start a PostgreSQL server for this run alone, of what is installed, and end it afterwards
    #[arg(long, conflicts_with = "database")]
    pub(crate) postgres: bool,
    /// What orders, misfortunes and the fakes' dice are drawn from; default: a random one
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// The share of calls that go wrong at the carriers
    #[arg(long, value_name = "0..1", default_value_t = 0.3, value_parser = share)]
    pub(crate) fault_rate: f64,
    /// How many clients buy at the same time
    #[arg(long, value_name = "N", default_value = "1000")]
    pub(crate) clients: NonZeroUsize,
    /// Where to kill: at "all" points, at "none", or at one by its name
    #[arg(long, value_name = "all|none|NAME", default_value = "all", value_parser = points)]
    pub(crate) failpoints: Points,
    /// How far each of a carrier's two clocks is off at most: drawn from the seed, carrier by carrier
    #[arg(long, value_name = "SECONDS", default_value_t = 3.0, value_parser = seconds)]
    pub(crate) skew: f64,
    /// Every point once, shorter lives, a shorter watch, and nothing that takes ten seconds
    #[arg(long)]
    pub(crate) quick: bool,
}

impl Options {
    /// How late a purchase is committed at most: long after it was presumed failed.
    pub(crate) fn latest_commit(&self) -> Duration {
        Duration::from_secs(if self.quick { 5 } else { 15 })
    }

    /// How late a purchase is committed that must come after it was presumed failed.
    pub(crate) fn late_commit(&self) -> Duration {
        SETTLE + Duration::from_secs(if self.quick { 2 } else { 4 })
    }

    /// When a purchase presumed failed is looked for again, in seconds; the last pause repeats.
    pub(crate) const fn watch(&self) -> &'static [u64] {
        if self.quick {
            &[1, 2, 2]
        } else {
            &[1, 3, 6, 10, 14, 18]
        }
    }

    /// The longest pause of the watch, in which a late commit must be noticed.
    pub(crate) fn watch_interval(&self) -> Duration {
        Duration::from_secs(self.watch().last().copied().unwrap_or_default())
    }

    /// How long the watch goes on in its last pause. Together with the pauses before it outlasts the latest commit.
    pub(crate) fn watch_for(&self) -> Duration {
        2 * self.watch_interval()
    }

    /// How long an account can't be asked: longer than a watch that went by age would last.
    pub(crate) fn outage(&self) -> Duration {
        self.watch_for() + self.watch_interval() + Duration::from_secs(2)
    }
}

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
    up_to(0.9, text)
}

fn seconds(text: &str) -> Result<f64, String> {
    up_to(240.0, text)
}

fn up_to(most: f64, text: &str) -> Result<f64, String> {
    let number = text.parse().ok();
    let number = number.filter(|number| (0.0..=most).contains(number));
    number.ok_or_else(|| format!("a number between 0 and {most}"))
}

fn purchases(text: &str) -> Result<usize, String> {
    let most = crate::stock::MOST;
    match text.parse() {
        Ok(purchases) if (1..=most).contains(&purchases) => Ok(purchases),
        _ => Err(format!("between 1 and {most}")),
    }
}
