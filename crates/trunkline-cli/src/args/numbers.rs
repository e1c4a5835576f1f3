//! Arguments of `numbers`.

use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::args::members::{members, millis, pairs};
use crate::args::search::unknown_type;
use crate::args::settings::{OptionArgs, SettingsArgs};
use crate::args::{PageArgs, WriteArgs, parse};
use crate::call::Pairs;
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum NumbersCommand {
    /// List the numbers you hold, account by account
    List(Box<NumberListArgs>),
    /// Show a number
    Get(NumberArgs),
    /// Change a number
    Update(Box<NumberUpdateArgs>),
    /// Return numbers to their carrier
    Release(Box<NumberReleaseArgs>),
    /// Undo a release during the account's grace period
    Restore(NumberRestoreArgs),
    /// Record a number that is held elsewhere, at carriers that keep such records
    Register(RegisterArgs),
}

/// Which number.
#[derive(Debug, Args)]
pub(crate) struct NumberArgs {
    /// Id, such as us-main:PN0123..., or E.164 if only one account holds the number
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) id: String,
}

/// What is released.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trunkline numbers release +14155550100 --dry-run
  trunkline numbers release us-main:PN0123... us-main:PN4567...
  trunkline numbers release --account us-main --tag trial --dry-run
  trunkline numbers release --account us-main --tag trial --yes

On a terminal the numbers are shown, and you are asked. Elsewhere nothing is released without --yes. If the account has a grace period (quarantine), a release can be undone until its end: `trunkline numbers restore ID`. \
Protected numbers are not released.")]
pub(crate) struct NumberReleaseArgs {
    /// Ids, such as us-main:PN0123..., or E.164 of numbers that only one account holds
    #[arg(value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    ids: Vec<String>,
    #[command(flatten)]
    filters: NumberFilterArgs,
    /// Only with this tag; may be repeated, then with all of them
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// Release without asking; needed where nobody can be asked
    #[arg(long, short)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

/// Which numbers are selected.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Selection {
    /// These.
    Ids(Vec<String>),
    /// Those that a list finds.
    Found {
        /// The filters of the list.
        query: Pairs,
        /// Tags that each number must have.
        tags: Vec<String>,
    },
}

impl NumberReleaseArgs {
    /// Which numbers are selected.
    ///
    /// # Errors
    /// Neither ids nor filters, or both; an idempotency key for more than one id.
    pub(crate) fn selection(self) -> Result<Selection, Failure> {
        let query = self.filters.query();
        let timeout_alone = query.iter().all(|(name, _)| name == "timeout_ms");
        let filters = !timeout_alone || !self.tag.is_empty();
        if filters != self.ids.is_empty() {
            let wrong = if filters {
                "ids and filters can't be used together"
            } else {
                "no number is named"
            };
            return Err(
                Failure::usage(wrong).with_hint("give ids, or filters such as --account and --tag")
            );
        }
        if self.write.idempotency_key.is_some() && self.ids.len() != 1 {
            return Err(Failure::usage(
                "--idempotency-key can be used with one id only",
            ));
        }
        Ok(if filters {
            Selection::Found {
                query,
                tags: self.tag,
            }
        } else {
            Selection::Ids(self.ids)
        })
    }
}

/// Whose release is undone.
#[derive(Debug, Args)]
pub(crate) struct NumberRestoreArgs {
    /// Ids, such as us-main:PN0123..., or E.164 of numbers that only one account holds
    #[arg(value_name = "ID", required = true, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) ids: Vec<String>,
    /// Show the request without sending it
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// What is recorded.
#[derive(Debug, Args, Serialize)]
#[command(after_help = "\
Examples:
  trunkline numbers register --account pbx --number +14155550100 --shared=true
  trunkline numbers register --account office --number +14155550100 --location ID

The carrier charges nothing for a record. A number that is recorded already is shown unchanged.")]
pub(crate) struct RegisterArgs {
    /// Account that records the number
    #[arg(long, value_name = "NAME")]
    account: String,
    /// Number, E.164 or as the carrier writes it
    #[arg(long)]
    number: String,
    /// The carrier's id of the location, at carriers with locations
    #[arg(long, value_name = "ID")]
    location: Option<String>,
    /// Whether everyone in the account may use the number
    #[arg(long, value_name = "BOOL")]
    shared: Option<bool>,
    #[command(flatten)]
    #[serde(skip)]
    options: OptionArgs,
    #[command(flatten)]
    #[serde(skip)]
    pub(crate) write: WriteArgs,
}

impl RegisterArgs {
    /// The body of the request.
    pub(crate) fn body(&self) -> Map<String, Value> {
        let mut body = self.options.body();
        body.extend(members(self));
        body
    }
}

/// Which numbers are listed.
#[derive(Debug, Args)]
pub(crate) struct NumberListArgs {
    #[command(flatten)]
    pub(crate) filters: NumberFilterArgs,
    #[command(flatten)]
    pub(crate) page: PageArgs,
}

/// Filters that lists of numbers share.
#[derive(Debug, Args, Serialize)]
pub(crate) struct SharedFilterArgs {
    /// Only at these accounts, separated by commas
    #[arg(long, visible_alias = "accounts", value_name = "NAMES")]
    account: Option<String>,
    /// Only at accounts of this provider
    #[arg(long)]
    provider: Option<String>,
    /// Country, ISO 3166-1 alpha-2
    #[arg(long, value_name = "CODE")]
    country: Option<String>,
    /// local, mobile, toll_free, national, shared_cost, voip, extension, or the carrier's own word
    #[arg(long = "type", value_name = "TYPE")]
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    /// Required features: voice,sms,mms,fax
    #[arg(long, value_name = "LIST")]
    features: Option<String>,
    /// Only this number
    #[arg(long)]
    number: Option<String>,
    /// Digits anywhere in the number
    #[arg(long, value_name = "DIGITS")]
    contains: Option<String>,
    /// Only with this label
    #[arg(long)]
    label: Option<String>,
    /// The carrier's id of the owner
    #[arg(long, value_name = "ID")]
    owner: Option<String>,
    /// The carrier's id of the location
    #[arg(long, value_name = "ID")]
    location: Option<String>,
    /// Only main numbers; with =false only others
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    main: Option<bool>,
    /// Only numbers without an owner; with =false only those with one
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    available: Option<bool>,
}

/// Filters for the numbers held.
#[derive(Debug, Args, Serialize)]
pub(crate) struct NumberFilterArgs {
    #[command(flatten)]
    #[serde(flatten)]
    shared: SharedFilterArgs,
    /// active, inactive, pending, releasing or released
    #[arg(long)]
    state: Option<String>,
    /// Filter that only one carrier has, such as owner_type=PEOPLE; may be repeated. `trunkline accounts NAME` lists the
    /// names as list_options
    #[arg(long = "option", value_name = "NAME=VALUE", value_parser = parse::option)]
    #[serde(skip)]
    options: Vec<(String, String)>,
    /// Answer each page after this time with what has arrived, such as 5s or 800ms
    #[arg(long, value_name = "TIME", value_parser = parse::duration)]
    #[serde(rename = "timeout_ms", serialize_with = "millis")]
    timeout: Option<Duration>,
}

impl SharedFilterArgs {
    /// What to say of a type that trunkline does not know.
    pub(crate) fn unknown_type(&self) -> Option<String> {
        unknown_type(self.kind.as_deref()?)
    }
}

impl NumberFilterArgs {
    /// What to say of a type that trunkline does not know.
    pub(crate) fn unknown_type(&self) -> Option<String> {
        self.shared.unknown_type()
    }

    /// The filters as parameters.
    pub(crate) fn query(&self) -> Pairs {
        let mut filters = pairs(self);
        let options = self.options.iter();
        filters.extend(options.map(|(name, value)| {
            let name = format!("provider_options[{name}]");
            (name.into(), value.clone())
        }));
        filters
    }
}

/// What is changed.
#[derive(Debug, Args, Serialize)]
#[command(after_help = "\
Examples:
  trunkline numbers update +14155550100 --voice-url https://voice.example.com/in
  trunkline numbers update us-main:PN0123... --clear label --clear voice.method
  trunkline numbers update us-main:PN0123... --protect --tag support --tag west

Other fields stay as they are. A field that the carrier does not support is rejected, and nothing is changed.")]
pub(crate) struct NumberUpdateArgs {
    #[command(flatten)]
    #[serde(skip)]
    pub(crate) number: NumberArgs,
    #[command(flatten)]
    #[serde(skip)]
    settings: SettingsArgs,
    /// Name shown to the called party
    #[arg(long, value_name = "NAME")]
    caller_id_name: Option<String>,
    /// The carrier's id of the location
    #[arg(long, value_name = "ID")]
    location: Option<String>,
    /// The carrier's id of the owner
    #[arg(long, value_name = "ID")]
    owner: Option<String>,
    /// active or inactive
    #[arg(long)]
    state: Option<String>,
    /// Whether everyone in the account may use the number
    #[arg(long, value_name = "BOOL")]
    shared: Option<bool>,
    /// Tag of your own; may be repeated; replaces all tags of the number
    #[arg(long, value_name = "TAG")]
    #[serde(rename = "tags")]
    tag: Vec<String>,
    /// Protect the number from release
    #[arg(long, conflicts_with = "unprotect")]
    #[serde(skip)]
    protect: bool,
    /// Allow the release of the number
    #[arg(long)]
    #[serde(skip)]
    unprotect: bool,
    /// Unset a field, such as label, tags or voice.fallback_url
    #[arg(long, value_name = "FIELD")]
    #[serde(skip)]
    clear: Vec<String>,
    #[command(flatten)]
    #[serde(skip)]
    pub(crate) write: WriteArgs,
}

impl NumberUpdateArgs {
    /// The merge patch.
    ///
    /// # Errors
    /// A field that is both set and cleared, or nothing to change.
    pub(crate) fn body(&self) -> Result<Map<String, Value>, Failure> {
        let mut body = self.settings.body();
        body.extend(members(self));
        if self.protect || self.unprotect {
            body.insert("protected".to_owned(), Value::from(self.protect));
        }
        for field in &self.clear {
            clear(&mut body, field)?;
        }
        if body.is_empty() {
            return Err(Failure::usage("nothing to change")
                .with_hint("`trunkline numbers update --help` lists the fields"));
        }
        Ok(body)
    }
}

/// Unsets a field, or a member of a field: `voice.fallback_url`.
fn clear(body: &mut Map<String, Value>, field: &str) -> Result<(), Failure> {
    let twice = || Failure::usage(format!("{field} is both set and cleared"));
    let name = field.replace('-', "_");
    let (object, name) = match name.split_once('.') {
        None => (body, name.as_str()),
        Some((outer, inner)) => {
            let outer = body.entry(outer);
            let outer = outer.or_insert_with(|| Value::Object(Map::new()));
            (outer.as_object_mut().ok_or_else(twice)?, inner)
        }
    };
    match object.insert(name.to_owned(), Value::Null) {
        None => Ok(()),
        Some(_) => Err(twice()),
    }
}
