//! Arguments of `numbers`.

use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use crate::args::search::{pairs, text};
use crate::args::settings::{OptionArgs, SettingsArgs, insert};
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
    /// Give numbers back to their carrier
    Release(Box<NumberReleaseArgs>),
    /// Undo a release within the account's grace period
    Restore(NumberRestoreArgs),
    /// Record a number that is held elsewhere (Wazo, Webex)
    Register(RegisterArgs),
}

/// Which number.
#[derive(Debug, Args)]
pub(crate) struct NumberArgs {
    /// Its id, such as twilio:PN0123..., or its E.164 if exactly one account holds it
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) id: String,
}

/// What is released.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trunkline numbers release +14155550100 --dry-run
  trunkline numbers release twilio:PN0123... twilio:PN4567...
  trunkline numbers release --account us-main --tag trial          shows what it would release
  trunkline numbers release --account us-main --tag trial --yes

Where the account has a grace period (quarantine), a release can be undone until then: `trunkline numbers restore ID`.
Protected numbers stay.")]
pub(crate) struct NumberReleaseArgs {
    /// Their ids, such as twilio:PN0123..., or the E.164 of a number that exactly one account holds
    #[arg(value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    ids: Vec<String>,
    #[command(flatten)]
    filters: NumberFilterArgs,
    /// Only those with this label of your own; may be repeated, then with all of them
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// Release whatever the filters find
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

/// Which numbers are meant.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Selection {
    /// These.
    Ids(Vec<String>),
    /// Those that are found.
    Found {
        /// The filters of the list.
        query: Pairs,
        /// Tags that each must have.
        tags: Vec<String>,
    },
}

impl NumberReleaseArgs {
    /// Which numbers are meant.
    ///
    /// # Errors
    /// Neither ids nor filters, or both; a key for what may be several releases.
    pub(crate) fn selection(self) -> Result<Selection, Failure> {
        let query = self.filters.query();
        let timeout_alone = query.iter().all(|(name, _)| name == "timeout_ms");
        let filters = !timeout_alone || !self.tag.is_empty();
        if filters != self.ids.is_empty() {
            let wrong = if filters {
                "ids and filters are two ways to say which numbers: use one"
            } else {
                "which numbers?"
            };
            return Err(Failure::usage(wrong)
                .with_hint("give ids, or filters such as --account and --tag, and --yes"));
        }
        if self.write.idempotency_key.is_some() && self.ids.len() != 1 {
            return Err(Failure::usage("--idempotency-key is for one number"));
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
    /// Their ids, such as twilio:PN0123..., or the E.164 of a number that exactly one account holds
    #[arg(value_name = "ID", required = true, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) ids: Vec<String>,
    /// Show what would be sent, and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// What is recorded.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trunkline numbers register --account wazo --number +14155550100 --shared=true
  trunkline numbers register --account webex --location Y2lz... --number +14155550100 --provider-option state=ACTIVE

Costs nothing at the carrier. A number that is there already is shown as it is.")]
pub(crate) struct RegisterArgs {
    /// The account whose books it goes on
    #[arg(long, value_name = "NAME")]
    account: String,
    /// The number, E.164 or as the carrier keeps it
    #[arg(long)]
    number: String,
    /// The carrier's id of the place; needed at Webex
    #[arg(long, value_name = "ID")]
    location: Option<String>,
    /// Whether everyone in the account may use it
    #[arg(long, value_name = "BOOL")]
    shared: Option<bool>,
    #[command(flatten)]
    options: OptionArgs,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

impl RegisterArgs {
    /// What is asked for.
    pub(crate) fn body(&self) -> Value {
        let mut body = self.options.body();
        insert(&mut body, "account", &Some(self.account.clone()));
        insert(&mut body, "number", &Some(self.number.clone()));
        insert(&mut body, "location", &self.location);
        insert(&mut body, "shared", &self.shared);
        Value::Object(body)
    }
}

/// Which numbers are listed.
#[derive(Debug, Args)]
pub(crate) struct NumberListArgs {
    #[command(flatten)]
    filters: NumberFilterArgs,
    #[command(flatten)]
    pub(crate) page: PageArgs,
}

impl NumberListArgs {
    /// The filters, and what is left.
    pub(crate) fn query(self) -> (Pairs, PageArgs) {
        (self.filters.query(), self.page)
    }
}

/// Filters over the numbers held.
#[derive(Debug, Args)]
struct NumberFilterArgs {
    /// Only at these accounts, separated by commas
    #[arg(long, visible_alias = "accounts", value_name = "NAMES")]
    account: Option<String>,
    /// Only at accounts of this provider
    #[arg(long)]
    provider: Option<String>,
    /// Country, ISO 3166-1 alpha-2
    #[arg(long, value_name = "CODE")]
    country: Option<String>,
    /// local, mobile, toll_free, national, shared_cost, voip, extension, or a carrier's own word
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// active, inactive, pending, releasing or released
    #[arg(long)]
    state: Option<String>,
    /// What it must be able to do: voice,sms,mms,fax
    #[arg(long, value_name = "LIST")]
    features: Option<String>,
    /// This number exactly
    #[arg(long)]
    number: Option<String>,
    /// Digits anywhere in the number
    #[arg(long, value_name = "DIGITS")]
    contains: Option<String>,
    /// This label exactly
    #[arg(long)]
    label: Option<String>,
    /// The carrier's id of the owner
    #[arg(long, value_name = "ID")]
    owner: Option<String>,
    /// The carrier's id of the place
    #[arg(long, value_name = "ID")]
    location: Option<String>,
    /// Main numbers, or with =false all others
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    main: Option<bool>,
    /// Those assigned to nobody, or with =false to somebody
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    available: Option<bool>,
    /// What one carrier alone can filter by, such as owner_type=PEOPLE at Webex; may be repeated. `trunkline accounts
    /// NAME` shows the names as list_options
    #[arg(long = "option", value_name = "NAME=VALUE", value_parser = parse::option)]
    options: Vec<(String, String)>,
    /// Answer a page after this long with what is there, such as 5s or 800ms
    #[arg(long, value_name = "TIME", value_parser = parse::duration)]
    timeout: Option<Duration>,
}

impl NumberFilterArgs {
    /// The filters as parameters.
    fn query(&self) -> Pairs {
        let mut filters = pairs([
            ("account", self.account.clone()),
            ("provider", self.provider.clone()),
            ("country", self.country.clone()),
            ("type", self.kind.clone()),
            ("state", self.state.clone()),
            ("features", self.features.clone()),
            ("number", self.number.clone()),
            ("contains", self.contains.clone()),
            ("label", self.label.clone()),
            ("owner", self.owner.clone()),
            ("location", self.location.clone()),
            ("main", text(self.main)),
            ("available", text(self.available)),
            (
                "timeout_ms",
                text(self.timeout.map(|timeout| timeout.as_millis())),
            ),
        ]);
        let options = self.options.iter();
        filters.extend(options.map(|(name, value)| {
            let name = format!("provider_options[{name}]");
            (name.into(), value.clone())
        }));
        filters
    }
}

/// What is changed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trunkline numbers update +14155550100 --label Sales --voice-url https://voice.example.com/in
  trunkline numbers update twilio:PN0123... --clear label --clear voice.fallback_url
  trunkline numbers update twilio:PN0123... --protect --tag support --tag west

What is not named stays as it is. A field that the carrier can't express is refused, and nothing is changed.")]
pub(crate) struct NumberUpdateArgs {
    #[command(flatten)]
    pub(crate) number: NumberArgs,
    #[command(flatten)]
    settings: SettingsArgs,
    /// Name shown to the callee
    #[arg(long, value_name = "NAME")]
    caller_id_name: Option<String>,
    /// The carrier's id of the place
    #[arg(long, value_name = "ID")]
    location: Option<String>,
    /// The carrier's id of the owner
    #[arg(long, value_name = "ID")]
    owner: Option<String>,
    /// active or inactive
    #[arg(long)]
    state: Option<String>,
    /// Whether everyone in the account may use it
    #[arg(long, value_name = "BOOL")]
    shared: Option<bool>,
    /// Your own label; all of them together replace those that are there
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// Never release it while set
    #[arg(long, conflicts_with = "unprotect")]
    protect: bool,
    /// Let it be released
    #[arg(long)]
    unprotect: bool,
    /// Unset a field, such as label, tags or voice.fallback_url
    #[arg(long, value_name = "FIELD")]
    clear: Vec<String>,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

impl NumberUpdateArgs {
    /// The merge patch.
    ///
    /// # Errors
    /// A field that is set and cleared at once, or nothing to change.
    pub(crate) fn body(&self) -> Result<Map<String, Value>, Failure> {
        let mut body = self.settings.body();
        insert(&mut body, "caller_id_name", &self.caller_id_name);
        insert(&mut body, "location", &self.location);
        insert(&mut body, "owner", &self.owner);
        insert(&mut body, "state", &self.state);
        insert(&mut body, "shared", &self.shared);
        if !self.tag.is_empty() {
            body.insert("tags".to_owned(), Value::from(self.tag.clone()));
        }
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

/// Unsets a field, or a member of one: `voice.fallback_url`.
fn clear(body: &mut Map<String, Value>, field: &str) -> Result<(), Failure> {
    let twice = || Failure::usage(format!("{field} is set and cleared at once"));
    let field = field.replace('-', "_");
    match field.split_once('.') {
        None => match body.insert(field.clone(), Value::Null) {
            None => Ok(()),
            Some(_) => Err(twice()),
        },
        Some((outer, inner)) => {
            let object = body
                .entry(outer)
                .or_insert_with(|| Value::Object(Map::new()));
            let object = object.as_object_mut().ok_or_else(twice)?;
            match object.insert(inner.to_owned(), Value::Null) {
                None => Ok(()),
                Some(_) => Err(twice()),
            }
        }
    }
}
