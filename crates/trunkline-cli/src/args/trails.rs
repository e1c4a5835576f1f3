//! Arguments of `audit`, `events` and `webhooks`.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::args::common::IdArgs;
use crate::args::{PageArgs, parse};

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// List actions, newest first
    List(AuditListArgs),
    /// Write all matching actions as JSON lines, newest first
    Export(AuditFilterArgs),
    /// Check that no row was changed, removed or inserted; on the database itself for every tenant
    Verify,
}

/// Which rows.
#[derive(Debug, Args, Serialize)]
pub(crate) struct AuditFilterArgs {
    /// Only at this account
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Only about this number
    #[arg(long)]
    number: Option<String>,
    /// Only this action, such as number.release
    #[arg(long)]
    action: Option<String>,
    /// Only by this key, key_...
    #[arg(long, value_name = "ID")]
    #[serde(rename = "key")]
    by_key: Option<String>,
    /// Only with this outcome: begun, ok, refused, failed or unknown
    #[arg(long)]
    outcome: Option<String>,
    /// Only from the request with this X-Request-Id
    #[arg(long, value_name = "ID")]
    request_id: Option<String>,
    /// Earliest time, RFC 3339
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Time before which the actions happened, RFC 3339
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
}

/// Which rows are listed.
#[derive(Debug, Args)]
pub(crate) struct AuditListArgs {
    #[command(flatten)]
    pub(crate) filter: AuditFilterArgs,
    #[command(flatten)]
    pub(crate) page: PageArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// List events, oldest first
    List(EventListArgs),
    /// Show new events, one line each, until interrupted
    Tail(EventFilterArgs),
}

/// Which events.
#[derive(Debug, Args, Serialize)]
pub(crate) struct EventFilterArgs {
    /// Only these types, separated by commas, such as number.purchased,number.released
    #[arg(long = "type", value_name = "TYPES")]
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Only at this account
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Continue after this cursor, or after the event with this id
    #[arg(long, value_name = "CURSOR")]
    #[serde(skip)]
    pub(crate) after: Option<String>,
}

/// Which events are listed.
#[derive(Debug, Args)]
pub(crate) struct EventListArgs {
    #[command(flatten)]
    pub(crate) filter: EventFilterArgs,
    /// Most events to show
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = parse::at_least_one)]
    pub(crate) limit: usize,
    /// Show all events
    #[arg(long, conflicts_with = "limit")]
    pub(crate) all: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WebhooksCommand {
    /// Create a webhook, which receives events; its signing secret is shown only once
    Create(WebhookCreateArgs),
    /// List the webhooks
    List,
    /// Show a webhook
    Get(IdArgs),
    /// Enable a disabled webhook
    Enable(WebhookWriteArgs),
    /// Disable a webhook, so that nothing is sent to it
    Disable(WebhookWriteArgs),
    /// Remove a webhook
    Delete(WebhookWriteArgs),
    /// Replace a webhook's secret; the new one is shown only once
    Rotate(WebhookWriteArgs),
    /// Deliver an event again, or all events since a time
    Redeliver(RedeliverArgs),
    /// List the deliveries of a webhook, newest event first
    Deliveries(DeliveryListArgs),
}

/// A webhook, and whether the request is only shown.
#[derive(Debug, Args)]
pub(crate) struct WebhookWriteArgs {
    #[command(flatten)]
    pub(crate) which: IdArgs,
    /// Show the request without sending it
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// The webhook to create.
#[derive(Debug, Args, Serialize)]
#[command(after_help = "\
Example:
  trunkline webhooks create https://hooks.example.com/trunkline --type number.purchased,number.released

Deliveries follow Standard Webhooks (www.standardwebhooks.com): verify webhook-signature with the secret.")]
pub(crate) struct WebhookCreateArgs {
    /// Address that receives events: https and public, unless the configuration allows others
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    url: String,
    /// Only these types, separated by commas
    #[arg(long = "type", value_name = "TYPES", value_delimiter = ',')]
    types: Vec<String>,
    /// Only events of these accounts, separated by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    accounts: Vec<String>,
    /// Description for people
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Show the request without sending it
    #[arg(long)]
    #[serde(skip)]
    pub(crate) dry_run: bool,
}

/// What is delivered again.
#[derive(Debug, Args, Serialize)]
pub(crate) struct RedeliverArgs {
    #[command(flatten)]
    #[serde(skip)]
    pub(crate) which: IdArgs,
    /// This event, evt_...
    #[arg(long, value_name = "ID", required_unless_present = "since")]
    #[serde(rename = "event_id")]
    event: Option<String>,
    /// All events since this time, RFC 3339
    #[arg(long, value_name = "TIME", conflicts_with = "event")]
    since: Option<String>,
    /// Show the request without sending it
    #[arg(long)]
    #[serde(skip)]
    pub(crate) dry_run: bool,
}

/// Which deliveries are listed.
#[derive(Debug, Args, Serialize)]
pub(crate) struct DeliveryListArgs {
    #[command(flatten)]
    #[serde(skip)]
    pub(crate) which: IdArgs,
    /// Only in this state: pending, delivered or dead
    #[arg(long)]
    state: Option<String>,
    #[command(flatten)]
    #[serde(skip)]
    pub(crate) page: PageArgs,
}
