//! Arguments of `inventory`, `sync`, `drift` and `where`.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::args::members::members;
use crate::args::numbers::{NumberArgs, SharedFilterArgs};
use crate::args::{PageArgs, WriteArgs};
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum InventoryCommand {
    /// List the numbers you hold, as they are remembered: no carrier is asked
    List(Box<InventoryListArgs>),
    /// Show a number and its history
    Get(NumberArgs),
    /// Find numbers by digits, or by words in label, tags, place and owner
    Search(Box<InventorySearchArgs>),
    /// Count the numbers, and what they cost a month
    Summary(Box<SummaryArgs>),
    /// Write all matching numbers, as CSV or with -o json as JSON lines
    Export(Box<InventoryExportArgs>),
    /// Change tags and protection of many numbers
    Tag(Box<TagArgs>),
}

/// Which numbers of the inventory.
#[derive(Debug, Args, Serialize)]
pub(crate) struct InventoryFilterArgs {
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) shared: SharedFilterArgs,
    /// held, missing or gone; or a state at the carrier, such as active [default: held and missing]
    #[arg(long)]
    state: Option<String>,
    /// Only with this tag
    #[arg(long)]
    tag: Option<String>,
    /// Only purchased at this time or later, RFC 3339
    #[arg(long, value_name = "TIME")]
    purchased_after: Option<String>,
    /// Only purchased before this time, RFC 3339
    #[arg(long, value_name = "TIME")]
    purchased_before: Option<String>,
    /// Only numbers that are routed nowhere and assigned to nobody; with =false all others
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    unassigned: Option<bool>,
}

/// Which numbers are listed, and in which order.
#[derive(Debug, Args, Serialize)]
pub(crate) struct InventoryListArgs {
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) filters: InventoryFilterArgs,
    /// number, account, label, price, purchased_at or changed_at; with - before it in reverse: --sort=-price
    #[arg(long, value_name = "FIELD", allow_hyphen_values = true)]
    sort: Option<String>,
    #[command(flatten)]
    #[serde(skip)]
    pub(crate) page: PageArgs,
}

/// What is looked for.
#[derive(Debug, Args, Serialize)]
#[command(after_help = "\
Examples:
  trunkline inventory search 415555
  trunkline inventory search berlin desk --account us-main")]
pub(crate) struct InventorySearchArgs {
    /// Digits anywhere in the number, or words; at least 3 characters
    #[arg(required = true, value_name = "WORD", value_parser = NonEmptyStringValueParser::new())]
    #[serde(skip)]
    pub(crate) words: Vec<String>,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) list: InventoryListArgs,
}

/// What is counted.
#[derive(Debug, Args, Serialize)]
#[command(after_help = "\
Examples:
  trunkline inventory summary --by account
  trunkline inventory summary --by country,type --account us-main")]
pub(crate) struct SummaryArgs {
    /// Count by these, separated by commas: account, country, type, tag, provider, month (of purchase)
    #[arg(long, value_name = "LIST")]
    by: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    filters: InventoryFilterArgs,
}

/// What is exported.
#[derive(Debug, Args, Serialize)]
#[command(after_help = "\
Examples:
  trunkline inventory export > numbers.csv
  trunkline inventory export -o json --account us-main > numbers.ndjson")]
pub(crate) struct InventoryExportArgs {
    #[command(flatten)]
    #[serde(flatten)]
    filters: InventoryFilterArgs,
}

/// What is tagged.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trunkline inventory tag --account us-main --label Support --add support
  trunkline inventory tag --tag trial --remove trial --add west --apply
  trunkline inventory tag --from tags.csv --apply

Nothing is changed without --apply: the answer says what would change. tags.csv has a header: a column id or number, and \
a column tags, in which a semicolon separates the tags. They replace all tags of the number.")]
pub(crate) struct TagArgs {
    #[command(flatten)]
    filters: InventoryFilterArgs,
    /// Change all numbers of the inventory
    #[arg(long)]
    all: bool,
    /// Tag to add; may be repeated
    #[arg(long, value_name = "TAG")]
    add: Vec<String>,
    /// Tag to remove; may be repeated
    #[arg(long, value_name = "TAG")]
    remove: Vec<String>,
    /// Tag that replaces all tags; may be repeated
    #[arg(long, value_name = "TAG", conflicts_with_all = ["add", "remove"])]
    set: Vec<String>,
    /// Protect the numbers from release
    #[arg(long, conflicts_with = "unprotect")]
    protect: bool,
    /// Allow the release of the numbers
    #[arg(long)]
    unprotect: bool,
    /// Set the tags of the numbers in this CSV file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["all", "add", "remove", "set", "protect", "unprotect"])]
    pub(crate) from: Option<PathBuf>,
    /// Make the change
    #[arg(long)]
    pub(crate) apply: bool,
}

impl TagArgs {
    /// Which numbers.
    ///
    /// # Errors
    /// Neither filters nor `--all`, or both.
    pub(crate) fn select(&self) -> Result<Map<String, Value>, Failure> {
        let select = members(&self.filters);
        match (select.is_empty(), self.all) {
            (true, false) => Err(Failure::usage("no number is named")
                .with_hint("give filters such as --account, or --all")),
            (false, true) => Err(Failure::usage("--all and filters can't be used together")),
            _ => Ok(select),
        }
    }

    /// Whether filters are given.
    pub(crate) fn has_filters(&self) -> bool {
        !members(&self.filters).is_empty()
    }

    /// The body of the request.
    ///
    /// # Errors
    /// As [`TagArgs::select`]; nothing to change.
    pub(crate) fn body(&self) -> Result<Value, Failure> {
        let mut body = json!({ "select": self.select()?, "apply": self.apply });
        let protected = (self.protect || self.unprotect).then_some(self.protect);
        for (name, tags) in [
            ("tags", &self.set),
            ("add", &self.add),
            ("remove", &self.remove),
        ] {
            if !tags.is_empty() {
                body[name] = json!(tags);
            }
        }
        if let Some(protected) = protected {
            body["protected"] = json!(protected);
        }
        if body.as_object().is_some_and(|body| body.len() == 2) {
            return Err(Failure::usage("nothing to change")
                .with_hint("give --add, --remove, --set, --protect or --unprotect"));
        }
        Ok(body)
    }
}

/// Which accounts are read.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trunkline sync us-main
  trunkline sync --no-wait

Exit status: 0 if every account was read whole, 1 if none was, 3 if some were not.")]
pub(crate) struct SyncArgs {
    /// Accounts to read [default: all]
    #[arg(value_name = "ACCOUNT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) accounts: Vec<String>,
    /// Mark numbers missing although they are so many that the reading is suspect
    #[arg(long)]
    pub(crate) believe_missing: bool,
    /// Do not wait for the end of the readings
    #[arg(long)]
    pub(crate) no_wait: bool,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DriftCommand {
    /// List what was changed elsewhere, newest first
    List(DriftListArgs),
    /// Accept what was changed elsewhere: the carrier's value is right
    Accept(DriftAcceptArgs),
}

/// Which drifts.
#[derive(Debug, Args, Serialize)]
pub(crate) struct DriftFilterArgs {
    /// Only of this class: appeared, missing, changed, price_changed or duplicate
    #[arg(long)]
    class: Option<String>,
    /// Only at these accounts, separated by commas
    #[arg(long, visible_alias = "accounts", value_name = "NAMES")]
    account: Option<String>,
    /// Only of this number, by its id or E.164
    #[arg(long)]
    number: Option<String>,
    /// Only of this field, such as label
    #[arg(long)]
    field: Option<String>,
    /// Only those found at this time or later, RFC 3339
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
}

/// Which drifts are listed.
#[derive(Debug, Args, Serialize)]
pub(crate) struct DriftListArgs {
    #[command(flatten)]
    #[serde(flatten)]
    filters: DriftFilterArgs,
    /// Only open ones; with =false only those that were accepted or resolved
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    open: Option<bool>,
    #[command(flatten)]
    #[serde(skip)]
    pub(crate) page: PageArgs,
}

/// Which drifts are accepted.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trunkline drift accept drf_01j9zr2m4g7q8t5v6w7x8y9z0a
  trunkline drift accept --class changed --account us-main")]
pub(crate) struct DriftAcceptArgs {
    /// Ids, as the list shows them
    #[arg(value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) ids: Vec<String>,
    #[command(flatten)]
    filters: DriftFilterArgs,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

impl DriftAcceptArgs {
    /// The filters, which are empty if ids are named.
    ///
    /// # Errors
    /// Neither ids nor filters, or both.
    pub(crate) fn filters(&self) -> Result<Map<String, Value>, Failure> {
        let filters = members(&self.filters);
        if filters.is_empty() == self.ids.is_empty() {
            let wrong = if filters.is_empty() {
                "no drift is named"
            } else {
                "ids and filters can't be used together"
            };
            return Err(Failure::usage(wrong)
                .with_hint("give ids, or filters such as --class and --account"));
        }
        if self.write.idempotency_key.is_some() && self.ids.len() > 1 {
            return Err(Failure::usage(
                "--idempotency-key can be used with one id only",
            ));
        }
        Ok(filters)
    }
}

/// Which number is looked for.
#[derive(Debug, Args)]
pub(crate) struct WhereArgs {
    /// Number, E.164
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) number: String,
}
