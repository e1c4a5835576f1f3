//! Arguments of `ranges` and `main`.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::args::WriteArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum RangesCommand {
    /// Record contiguous numbers that are held elsewhere, at carriers that keep such records
    Create(RangeArgs),
}

/// Which numbers.
#[derive(Debug, Args, Serialize)]
#[command(after_help = "\
Example:
  trunkline ranges create --account pbx --start +14155550100 --end +14155550109")]
pub(crate) struct RangeArgs {
    /// Account that records the numbers
    #[arg(long, value_name = "NAME")]
    account: String,
    /// First number
    #[arg(long, value_name = "NUMBER")]
    #[serde(rename = "start_number")]
    start: String,
    /// Last number
    #[arg(long, value_name = "NUMBER")]
    #[serde(rename = "end_number")]
    end: String,
    /// The carrier's id of the location, at carriers with locations
    #[arg(long, value_name = "ID")]
    location: Option<String>,
    #[command(flatten)]
    #[serde(skip)]
    pub(crate) write: WriteArgs,
}

impl RangeArgs {
    /// How many numbers the range has, judged by its ends.
    pub(crate) fn count(&self) -> u64 {
        let digits = |text: &str| text.trim_start_matches('+').parse::<u64>().ok();
        let ends = digits(&self.start).zip(digits(&self.end));
        ends.map_or(0, |(first, last)| last.saturating_sub(first) + 1)
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum MainCommand {
    /// Show an account's main number
    Get(MainArgs),
    /// Choose an account's main number
    Set(MainSetArgs),
}

/// Whose main number.
#[derive(Debug, Args, Serialize)]
pub(crate) struct MainArgs {
    /// Account
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    #[serde(skip)]
    pub(crate) account: String,
    /// The carrier's id of the location, at carriers where each location has a main number
    #[arg(long, value_name = "ID")]
    location: Option<String>,
}

/// Which number becomes the main number.
#[derive(Debug, Args, Serialize)]
pub(crate) struct MainSetArgs {
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) whose: MainArgs,
    /// Number: its id, the carrier's own id, or E.164
    number: String,
    #[command(flatten)]
    #[serde(skip)]
    pub(crate) write: WriteArgs,
}
