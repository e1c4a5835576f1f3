//! Arguments of `ranges` and `main`.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use crate::args::WriteArgs;
use crate::args::search::pairs;
use crate::args::settings::insert;
use crate::call::Pairs;

#[derive(Debug, Subcommand)]
pub(crate) enum RangesCommand {
    /// Record contiguous numbers that are held elsewhere (Wazo, Webex)
    Create(RangeArgs),
}

/// Which numbers.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  trunkline ranges create --account wazo --start +14155550100 --end +14155550109")]
pub(crate) struct RangeArgs {
    /// The account whose books they go on
    #[arg(long, value_name = "NAME")]
    account: String,
    /// The first number
    #[arg(long, value_name = "NUMBER")]
    start: String,
    /// The last number
    #[arg(long, value_name = "NUMBER")]
    end: String,
    /// The carrier's id of the place; needed at Webex
    #[arg(long, value_name = "ID")]
    location: Option<String>,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

impl RangeArgs {
    /// How many numbers they are, as far as the ends tell.
    pub(crate) fn count(&self) -> u64 {
        let digits = |text: &str| text.trim_start_matches('+').parse::<u64>().ok();
        let ends = digits(&self.start).zip(digits(&self.end));
        ends.map_or(0, |(first, last)| last.saturating_sub(first) + 1)
    }

    /// What is asked for.
    pub(crate) fn body(&self) -> Value {
        let mut body = Map::new();
        insert(&mut body, "account", &Some(self.account.clone()));
        insert(&mut body, "start_number", &Some(self.start.clone()));
        insert(&mut body, "end_number", &Some(self.end.clone()));
        insert(&mut body, "location", &self.location);
        Value::Object(body)
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
#[derive(Debug, Args)]
pub(crate) struct MainArgs {
    /// The account
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) account: String,
    /// The carrier's id of the place, where there is a main number for each; needed at Webex
    #[arg(long, value_name = "ID")]
    location: Option<String>,
}

impl MainArgs {
    /// The parameters of the call.
    pub(crate) fn query(&self) -> Pairs {
        pairs([("location", self.location.clone())])
    }
}

/// Which number becomes it.
#[derive(Debug, Args)]
pub(crate) struct MainSetArgs {
    #[command(flatten)]
    pub(crate) whose: MainArgs,
    /// The number: its id, the carrier's own id of it, or its E.164
    number: String,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

impl MainSetArgs {
    /// What is asked for.
    pub(crate) fn body(&self) -> Value {
        let mut body = Map::new();
        insert(&mut body, "number", &Some(self.number.clone()));
        insert(&mut body, "location", &self.whose.location);
        Value::Object(body)
    }
}
