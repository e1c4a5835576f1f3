//! Arguments of `caller-ids`.

use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use crate::args::search::{pairs, text};
use crate::args::settings::{OptionArgs, insert};
use crate::args::{PageArgs, WriteArgs, parse};
use crate::call::Pairs;
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum CallerIdsCommand {
    /// Start proving a caller ID: the carrier calls the number
    Start(Box<StartArgs>),
    /// Show a caller ID
    Get(CallerIdArgs),
    /// List caller IDs, account by account
    List(CallerIdListArgs),
    /// Change a caller ID
    Update(CallerIdUpdateArgs),
    /// Remove a caller ID, verified or not
    Delete(CallerIdWriteArgs),
    /// Submit the code that the callee heard
    Verify(VerifyArgs),
    /// Ask for another call, with a code of its own
    Resend(CallerIdWriteArgs),
}

/// Which caller ID.
#[derive(Debug, Args)]
pub(crate) struct CallerIdArgs {
    /// Its id, such as twilio:+14155550100
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) id: String,
}

/// A caller ID, and how the write is sent.
#[derive(Debug, Args)]
pub(crate) struct CallerIdWriteArgs {
    #[command(flatten)]
    pub(crate) which: CallerIdArgs,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

/// What is proved.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  trunkline caller-ids start --account twilio --number +14155550177 --label 'Front desk' --wait

The carrier calls the number. Where the callee keys in a code (Twilio), it is shown at once; where the callee hears
one (SignalWire), submit it with `trunkline caller-ids verify`.")]
pub(crate) struct StartArgs {
    /// The account that wants to present it
    #[arg(long, value_name = "NAME")]
    account: String,
    /// The number, E.164
    #[arg(long)]
    number: String,
    /// Name
    #[arg(long)]
    label: Option<String>,
    /// Seconds before the call is made
    #[arg(long, value_name = "SECONDS")]
    call_delay: Option<u8>,
    /// Digits sent after the call connects
    #[arg(long, value_name = "DIGITS")]
    extension: Option<String>,
    /// Told by the carrier how the call went
    #[arg(long, value_name = "URL")]
    status_callback: Option<String>,
    /// GET or POST
    #[arg(long, value_name = "METHOD")]
    status_callback_method: Option<String>,
    /// Wait until it is verified or has failed, at most this long
    #[arg(long, value_name = "TIME", num_args = 0..=1, require_equals = true, default_missing_value = "2m",
        value_parser = parse::duration)]
    pub(crate) wait: Option<Duration>,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

impl StartArgs {
    /// What is asked for.
    pub(crate) fn body(&self) -> Value {
        let mut body = Map::new();
        body.insert("account".to_owned(), Value::from(self.account.clone()));
        body.insert("number".to_owned(), Value::from(self.number.clone()));
        insert(&mut body, "label", &self.label);
        insert(&mut body, "call_delay", &self.call_delay);
        insert(&mut body, "extension", &self.extension);
        insert(&mut body, "status_callback", &self.status_callback);
        insert(
            &mut body,
            "status_callback_method",
            &self.status_callback_method,
        );
        Value::Object(body)
    }
}

/// Which caller IDs are listed.
#[derive(Debug, Args)]
pub(crate) struct CallerIdListArgs {
    /// Only at these accounts, separated by commas
    #[arg(long, visible_alias = "accounts", value_name = "NAMES")]
    account: Option<String>,
    /// This number exactly
    #[arg(long)]
    number: Option<String>,
    /// This label exactly
    #[arg(long)]
    label: Option<String>,
    /// Those of an owner, where they are settings of owners: a user's id at Wazo, person-ID, workspace-ID or
    /// virtual-line-ID at Webex
    #[arg(long, value_name = "ID")]
    owner: Option<String>,
    /// Those that can be presented at a place: the carrier's id of it (Webex)
    #[arg(long, value_name = "ID")]
    location: Option<String>,
    /// pending, verified, failed or expired
    #[arg(long)]
    state: Option<String>,
    /// Answer a page after this long with what is there, such as 5s or 800ms
    #[arg(long, value_name = "TIME", value_parser = parse::duration)]
    timeout: Option<Duration>,
    #[command(flatten)]
    page: PageArgs,
}

impl CallerIdListArgs {
    /// The filters, and what is left.
    pub(crate) fn query(self) -> (Pairs, PageArgs) {
        let filters = pairs([
            ("account", self.account),
            ("number", self.number),
            ("label", self.label),
            ("owner", self.owner),
            ("location", self.location),
            ("state", self.state),
            (
                "timeout_ms",
                text(self.timeout.map(|timeout| timeout.as_millis())),
            ),
        ]);
        (filters, self.page)
    }
}

/// What is changed.
#[derive(Debug, Args)]
pub(crate) struct CallerIdUpdateArgs {
    #[command(flatten)]
    pub(crate) which: CallerIdArgs,
    /// Name
    #[arg(long)]
    label: Option<String>,
    /// Take the name away
    #[arg(long, conflicts_with = "label")]
    clear_label: bool,
    #[command(flatten)]
    options: OptionArgs,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

impl CallerIdUpdateArgs {
    /// The merge patch.
    ///
    /// # Errors
    /// Nothing to change.
    pub(crate) fn body(&self) -> Result<Value, Failure> {
        let mut body = self.options.body();
        insert(&mut body, "label", &self.label);
        if self.clear_label {
            body.insert("label".to_owned(), Value::Null);
        }
        if body.is_empty() {
            return Err(Failure::usage("nothing to change")
                .with_hint("`trunkline caller-ids update --help` lists the fields"));
        }
        Ok(Value::Object(body))
    }
}

/// What the callee heard.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) which: CallerIdArgs,
    /// The digits
    pub(crate) code: String,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}
