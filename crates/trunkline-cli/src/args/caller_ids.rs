//! Arguments of `caller-ids`.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::Value;

use crate::args::common::{IdArgs, IdWriteArgs};
use crate::args::members::{members, millis};
use crate::args::settings::OptionArgs;
use crate::args::{PageArgs, WriteArgs, parse};
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum CallerIdsCommand {
    /// Start the verification of a caller ID: the carrier calls the number
    Start(Box<StartArgs>),
    /// Show a caller ID
    Get(IdArgs),
    /// List caller IDs, account by account
    List(CallerIdListArgs),
    /// Change a caller ID
    Update(CallerIdUpdateArgs),
    /// Remove a caller ID, verified or not
    Delete(IdWriteArgs),
    /// Submit the code that the person at the phone has heard
    Verify(VerifyArgs),
    /// Request another call with a new code
    Resend(IdWriteArgs),
}

/// What is verified.
#[derive(Debug, Args, Serialize)]
#[command(after_help = "\
Example:
  trunkline caller-ids start --account us-main --number +14155550177 --label 'Front desk' --wait

The carrier calls the number. Some carriers show a code at once, which the person at the phone keys in. Others read a \
code out: submit it with `trunkline caller-ids verify`.")]
pub(crate) struct StartArgs {
    /// Account that wants to show the number
    #[arg(long, value_name = "NAME")]
    account: String,
    /// Number, E.164
    #[arg(long)]
    number: String,
    /// Name of the caller ID
    #[arg(long)]
    label: Option<String>,
    /// Seconds until the call is made
    #[arg(long, value_name = "SECONDS")]
    call_delay: Option<u8>,
    /// Digits to send after the call connects
    #[arg(long, value_name = "DIGITS")]
    extension: Option<String>,
    /// Address to which the carrier reports the outcome of the call
    #[arg(long, value_name = "URL")]
    status_callback: Option<String>,
    /// GET or POST
    #[arg(long, value_name = "METHOD")]
    status_callback_method: Option<String>,
    /// Wait until the number is verified or has failed, at most this long
    #[arg(long, value_name = "TIME", num_args = 0..=1, require_equals = true, default_missing_value = "2m",
        value_parser = parse::duration)]
    #[serde(skip)]
    pub(crate) wait: Option<Duration>,
    #[command(flatten)]
    #[serde(skip)]
    pub(crate) write: WriteArgs,
}

/// Which caller IDs are listed.
#[derive(Debug, Args, Serialize)]
pub(crate) struct CallerIdListArgs {
    /// Only at these accounts, separated by commas
    #[arg(long, visible_alias = "accounts", value_name = "NAMES")]
    account: Option<String>,
    /// Only this number
    #[arg(long)]
    number: Option<String>,
    /// Only with this label
    #[arg(long)]
    label: Option<String>,
    /// Only of this owner, at carriers where owners have caller IDs: the carrier's id of a user, or its kind and id,
    /// such as person-ID
    #[arg(long, value_name = "ID")]
    owner: Option<String>,
    /// Only those that this location may show, at carriers with locations: the carrier's id
    #[arg(long, value_name = "ID")]
    location: Option<String>,
    /// Only in this state: pending, verified, failed or expired
    #[arg(long)]
    state: Option<String>,
    /// Answer each page after this time with what has arrived, such as 5s or 800ms
    #[arg(long, value_name = "TIME", value_parser = parse::duration)]
    #[serde(rename = "timeout_ms", serialize_with = "millis")]
    timeout: Option<Duration>,
    #[command(flatten)]
    #[serde(skip)]
    pub(crate) page: PageArgs,
}

/// What is changed.
#[derive(Debug, Args, Serialize)]
pub(crate) struct CallerIdUpdateArgs {
    #[command(flatten)]
    #[serde(skip)]
    pub(crate) which: IdArgs,
    /// New name
    #[arg(long)]
    label: Option<String>,
    /// Remove the name
    #[arg(long, conflicts_with = "label")]
    #[serde(skip)]
    clear_label: bool,
    #[command(flatten)]
    #[serde(skip)]
    options: OptionArgs,
    #[command(flatten)]
    #[serde(skip)]
    pub(crate) write: WriteArgs,
}

impl CallerIdUpdateArgs {
    /// The merge patch.
    ///
    /// # Errors
    /// Nothing to change.
    pub(crate) fn body(&self) -> Result<Value, Failure> {
        let mut body = self.options.body();
        body.extend(members(self));
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

/// The code of a verification.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) which: IdArgs,
    /// Digits of the code
    pub(crate) code: String,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}
