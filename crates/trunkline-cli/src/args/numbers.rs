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
    /// Give a number back to its carrier
    Release(NumberReleaseArgs),
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
pub(crate) struct NumberReleaseArgs {
    #[command(flatten)]
    pub(crate) number: NumberArgs,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
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
    #[command(flatten)]
    pub(crate) page: PageArgs,
}

impl NumberListArgs {
    /// The filters, and what is left.
    pub(crate) fn query(self) -> (Pairs, PageArgs) {
        let mut filters = pairs([
            ("account", self.account),
            ("provider", self.provider),
            ("country", self.country),
            ("type", self.kind),
            ("state", self.state),
            ("features", self.features),
            ("number", self.number),
            ("contains", self.contains),
            ("label", self.label),
            ("owner", self.owner),
            ("location", self.location),
            ("main", text(self.main)),
            ("available", text(self.available)),
            (
                "timeout_ms",
                text(self.timeout.map(|timeout| timeout.as_millis())),
            ),
        ]);
        let options = self.options.into_iter();
        filters.extend(
            options.map(|(name, value)| (format!("provider_options[{name}]").into(), value)),
        );
        (filters, self.page)
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
