//! Arguments of `audit`, `events` and `webhooks`.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use crate::args::search::pairs;
use crate::args::settings::insert;
use crate::args::{PageArgs, parse};
use crate::call::Pairs;

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// List what was done, newest first
    List(AuditListArgs),
    /// Write everything that was done as JSON lines, newest first
    Export(AuditFilterArgs),
    /// Check that no row was changed, removed or put in; on the database itself for every tenant
    Verify,
}

/// Which rows.
#[derive(Debug, Args)]
pub(crate) struct AuditFilterArgs {
    /// Only at this account
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Only about this number
    #[arg(long)]
    number: Option<String>,
    /// Only of this action, such as number.release
    #[arg(long)]
    action: Option<String>,
    /// Only by this key, key_...
    #[arg(long, value_name = "ID")]
    by_key: Option<String>,
    /// begun, ok, refused, failed or unknown
    #[arg(long)]
    outcome: Option<String>,
    /// Only of the request with this X-Request-Id
    #[arg(long, value_name = "ID")]
    request_id: Option<String>,
    /// Not before this time, RFC 3339
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Before this time, RFC 3339
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
}

impl AuditFilterArgs {
    /// The filters.
    pub(crate) fn query(self) -> Pairs {
        pairs([
            ("account", self.account),
            ("number", self.number),
            ("action", self.action),
            ("key", self.by_key),
            ("outcome", self.outcome),
            ("request_id", self.request_id),
            ("from", self.from),
            ("to", self.to),
        ])
    }
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
    /// List what happened, oldest first
    List(EventListArgs),
    /// Tell what happens from now on, one line each, until interrupted
    Tail(EventFilterArgs),
}

/// Which events.
#[derive(Debug, Args)]
pub(crate) struct EventFilterArgs {
    /// Only of these types, separated by commas, such as number.purchased,number.released
    #[arg(long = "type", value_name = "TYPES")]
    kind: Option<String>,
    /// Only at this account
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Go on after this cursor, or after the event with this id
    #[arg(long, value_name = "CURSOR")]
    pub(crate) after: Option<String>,
}

impl EventFilterArgs {
    /// The filters, without where to go on.
    pub(crate) fn query(&self) -> Pairs {
        pairs([
            ("type", self.kind.clone()),
            ("account", self.account.clone()),
        ])
    }
}

/// Which events are listed.
#[derive(Debug, Args)]
pub(crate) struct EventListArgs {
    #[command(flatten)]
    pub(crate) filter: EventFilterArgs,
    /// At most this many
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = parse::at_least_one)]
    pub(crate) limit: usize,
    /// All of them
    #[arg(long, conflicts_with = "limit")]
    pub(crate) all: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WebhooksCommand {
    /// Have events sent to an address; shows the secret that they are signed with, this once
    Create(WebhookCreateArgs),
    /// List the webhooks
    List,
    /// Show a webhook
    Get(WebhookArgs),
    /// Send again to a webhook that is disabled
    Enable(WebhookWriteArgs),
    /// Send nothing to a webhook for now
    Disable(WebhookWriteArgs),
    /// Remove a webhook
    Delete(WebhookWriteArgs),
    /// Replace a webhook's secret, and show the new one, this once
    Rotate(WebhookWriteArgs),
    /// Deliver an event, or all since a time, once more
    Redeliver(RedeliverArgs),
    /// List what was sent to a webhook, newest event first
    Deliveries(DeliveryListArgs),
}

/// Which webhook.
#[derive(Debug, Args)]
pub(crate) struct WebhookArgs {
    /// Its id, whk_...
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) id: String,
}

/// A webhook, and whether it is meant.
#[derive(Debug, Args)]
pub(crate) struct WebhookWriteArgs {
    #[command(flatten)]
    pub(crate) which: WebhookArgs,
    /// Show what would be sent, and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// What a webhook wants to hear of.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  trunkline webhooks create https://hooks.example.com/trunkline --type number.purchased,number.released

Deliveries follow Standard Webhooks (www.standardwebhooks.com): verify webhook-signature with the secret.")]
pub(crate) struct WebhookCreateArgs {
    /// Where events are sent: https, at a public address unless the configuration allows others
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    url: String,
    /// Only of these types, separated by commas
    #[arg(long = "type", value_name = "TYPES", value_delimiter = ',')]
    types: Vec<String>,
    /// Only of these accounts, separated by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    accounts: Vec<String>,
    /// For people
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Show what would be sent, and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

impl WebhookCreateArgs {
    /// The webhook.
    pub(crate) fn body(&self) -> Value {
        let mut body = Map::new();
        body.insert("url".to_owned(), Value::from(self.url.clone()));
        let lists = [("types", &self.types), ("accounts", &self.accounts)];
        for (name, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
            body.insert(name.to_owned(), Value::from(list.clone()));
        }
        insert(&mut body, "description", &self.description);
        Value::Object(body)
    }
}

/// What is delivered once more.
#[derive(Debug, Args)]
pub(crate) struct RedeliverArgs {
    #[command(flatten)]
    pub(crate) which: WebhookArgs,
    /// This event, evt_...
    #[arg(long, value_name = "ID", required_unless_present = "since")]
    event: Option<String>,
    /// Everything since this time, RFC 3339
    #[arg(long, value_name = "TIME", conflicts_with = "event")]
    since: Option<String>,
    /// Show what would be sent, and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

impl RedeliverArgs {
    /// What is meant.
    pub(crate) fn body(&self) -> Value {
        let mut body = Map::new();
        insert(&mut body, "event_id", &self.event);
        insert(&mut body, "since", &self.since);
        Value::Object(body)
    }
}

/// Which deliveries are listed.
#[derive(Debug, Args)]
pub(crate) struct DeliveryListArgs {
    #[command(flatten)]
    pub(crate) which: WebhookArgs,
    /// pending, delivered or dead
    #[arg(long)]
    state: Option<String>,
    #[command(flatten)]
    page: PageArgs,
}

impl DeliveryListArgs {
    /// The filter, and what is left.
    pub(crate) fn query(self) -> (Pairs, PageArgs) {
        (pairs([("state", self.state)]), self.page)
    }
}
