//! The command line as types.

pub(crate) mod allocations;
pub(crate) mod caller_ids;
mod common;
pub(crate) mod inventory;
pub(crate) mod keys;
pub(crate) mod members;
pub(crate) mod numbers;
pub(crate) mod parse;
pub(crate) mod purchases;
pub(crate) mod ranges;
pub(crate) mod search;
pub(crate) mod serve;
pub(crate) mod settings;
pub(crate) mod trails;

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use secrecy::SecretString;

use allocations::{AllocateArgs, AllocationsCommand};
use caller_ids::CallerIdsCommand;
use inventory::{DriftCommand, InventoryCommand, SyncArgs, WhereArgs};
use keys::KeysCommand;
use numbers::NumbersCommand;
use purchases::{PurchaseArgs, PurchasesCommand};
use ranges::{MainCommand, RangesCommand};
use search::{CountriesArgs, SearchArgs};
use serve::{PortArgs, ServeArgs};
use trails::{AuditCommand, EventsCommand, WebhooksCommand};

pub(crate) use common::{PageArgs, WriteArgs};

const EXAMPLES: &str = "\
Examples:
  trunkline serve --sandbox                     a gateway with fake carriers
  export TRUNKLINE_URL=http://127.0.0.1:8080    where commands find it
  trunkline search --country US --area-code 415
  trunkline purchase --account us-main --number +14155550100 --label Support
  trunkline purchase --country US --area-code 510 --strategy cheapest
  trunkline allocate --country US --area-code 415 --count 20 --mode all-or-nothing
  trunkline numbers list
  trunkline numbers release us-main:PN0123... --dry-run
  trunkline doctor                              check the installation

Without --server and TRUNKLINE_URL a command works in its own process, with the accounts and the database of --config \
(default ./trunkline.toml). A gateway may run on the same database at the same time.

Exit status: 0 done, 1 failed, 2 wrong arguments or input, 3 partly done, 4 outcome not known yet.";

/// One API for the phone numbers you hold at every carrier
#[derive(Debug, Parser)]
#[command(name = "trunkline", version, after_help = EXAMPLES, max_term_width = 110)]
#[command(
    arg_required_else_help = true,
    propagate_version = true,
    infer_long_args = false
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Common options")]
pub(crate) struct Global {
    /// Gateway to call, such as http://127.0.0.1:8080 [default: work in this process]
    #[arg(long, global = true, env = "TRUNKLINE_URL", value_name = "URL")]
    pub(crate) server: Option<String>,
    /// API key for the gateway, tl_...; safer in the environment than on the command line
    #[arg(long, global = true, env = "TRUNKLINE_KEY", hide_env_values = true, value_name = "KEY", value_parser = parse::secret)]
    pub(crate) key: Option<SecretString>,
    /// Configuration file [default: ./trunkline.toml, if it exists]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Database to use instead of the configured one: sqlite://FILE or postgres://USER@HOST/NAME
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "TRUNKLINE_DATABASE",
        hide_env_values = true
    )]
    pub(crate) database: Option<String>,
    /// Output format
    #[arg(
        long,
        short,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORMAT"
    )]
    pub(crate) output: Format,
    /// Show all columns of a table in full, with exact times
    #[arg(long, global = true)]
    pub(crate) wide: bool,
    /// Disable colours; they are also disabled by NO_COLOR, and where the output is not a terminal
    #[arg(long, global = true, env = "NO_COLOR", hide_env = true, value_parser = parse::is_set)]
    pub(crate) no_color: bool,
    /// Log level or filter, such as debug or info,trunkline_http=trace [default: as configured, else warn]
    #[arg(long, global = true, env = "TRUNKLINE_LOG", value_name = "FILTER")]
    pub(crate) log: Option<String>,
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Table,
    /// The JSON of the API
    Json,
    /// CSV as in RFC 4180, with a header
    Csv,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the gateway
    Serve(ServeArgs),
    /// Run only the fake carriers
    Sandbox(PortArgs),
    /// Search numbers for sale at every capable account at once
    Search(Box<SearchArgs>),
    /// List the countries where each account can buy numbers, and the number types
    Countries(CountriesArgs),
    /// Buy a number exactly once
    #[command(visible_alias = "buy")]
    Purchase(Box<PurchaseArgs>),
    /// Buy many numbers, together never more than requested
    Allocate(Box<AllocateArgs>),
    /// Show allocations with the outcome for each number
    #[command(subcommand)]
    Allocations(AllocationsCommand),
    /// List, show, change, release, restore and register the numbers you hold
    #[command(subcommand)]
    Numbers(NumbersCommand),
    /// List, count, export and tag the numbers you hold, as they are remembered
    #[command(subcommand)]
    Inventory(InventoryCommand),
    /// Read accounts now, so that the inventory is fresh
    Sync(SyncArgs),
    /// Show and accept what was changed elsewhere, such as in a carrier's console
    #[command(subcommand)]
    Drift(DriftCommand),
    /// Show every account that has a number
    Where(WhereArgs),
    /// Record contiguous numbers that are held elsewhere
    #[command(subcommand)]
    Ranges(RangesCommand),
    /// Show or choose the main number of an account
    #[command(subcommand)]
    Main(MainCommand),
    /// Manage and verify the numbers that an account may show on outgoing calls
    #[command(subcommand, name = "caller-ids")]
    CallerIds(CallerIdsCommand),
    /// Show purchases with every attempt and its evidence, and decide open ones
    #[command(subcommand)]
    Purchases(PurchasesCommand),
    /// Manage API keys: scopes, accounts, rates and spending limits
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Show who did what to which number, and with which outcome
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Read the feed of events
    #[command(subcommand)]
    Events(EventsCommand),
    /// Manage the addresses to which events are sent
    #[command(subcommand)]
    Webhooks(WebhooksCommand),
    /// Show the configured accounts: what each can do, and its health
    #[command(args_conflicts_with_subcommands = true)]
    Accounts {
        /// Show only this account, with all details
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        name: Option<String>,
        #[command(subcommand)]
        command: Option<AccountsCommand>,
    },
    /// List the built-in providers, and what each can do
    Providers,
    /// Check the configuration file
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Check the installation: configuration, database, clock, and each account's credential
    ///
    /// It changes nothing: it only reads from accounts, and leaves older tables as they are. It works on this machine, with
    /// its configuration and secrets, and calls no gateway. Exit status 1 if a check fails.
    Doctor {
        /// Compare the numbers that each account holds with the purchases in the journal, for example after a restore
        ///
        /// It lists the numbers that are held and not in the journal, and those in the journal and not held. It reads the
        /// whole list of each account that sells numbers. Exit status 1 if anything differs, 3 if an account could not be
        /// read completely.
        #[arg(long)]
        numbers: bool,
    },
    /// Have a gateway read its configuration again
    Reload,
    /// Check whether a gateway is ready: exit status 0 if it is, else 1
    ///
    /// The gateway is the one at --server or TRUNKLINE_URL, else at the configured listening address. Meant for the health
    /// check of a container.
    Healthcheck {
        /// Check only that the gateway runs, ready or not
        #[arg(long)]
        live: bool,
    },
    /// Write a manual page for each command into a directory
    ///
    /// For example: trunkline man /usr/local/share/man/man1
    Man {
        /// Directory, created if it does not exist
        directory: PathBuf,
    },
    /// Print a completion script for a shell
    ///
    /// For example: trunkline completions bash > /etc/bash_completion.d/trunkline
    Completions {
        /// Shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Report every error of a configuration file with its line; calls no carrier
    Check {
        /// File [default: that of --config, or ./trunkline.toml]
        file: Option<PathBuf>,
    },
}

#[cfg(test)]
mod tests;

#[derive(Debug, Subcommand)]
pub(crate) enum AccountsCommand {
    /// List the configured accounts, and whether they work
    List,
    /// Show an account with all details
    Get {
        /// Account
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        name: String,
    },
}
