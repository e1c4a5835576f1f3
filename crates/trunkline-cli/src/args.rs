//! The command line as types.

pub(crate) mod allocations;
pub(crate) mod caller_ids;
mod common;
pub(crate) mod keys;
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
use keys::KeysCommand;
use numbers::NumbersCommand;
use purchases::{PurchaseArgs, PurchasesCommand};
use ranges::{MainCommand, RangesCommand};
use search::{CountriesArgs, SearchArgs};
use serve::{SandboxArgs, ServeArgs};
use trails::{AuditCommand, EventsCommand, WebhooksCommand};

pub(crate) use common::{PageArgs, WriteArgs};

const EXAMPLES: &str = "\
Examples:
  trunkline serve --sandbox                     the whole product, with fake carriers
  export TRUNKLINE_URL=http://127.0.0.1:8080    let the commands talk to it
  trunkline search --country US --area-code 415
  trunkline purchase --account twilio --number +14155550100 --label Support
  trunkline purchase --country US --area-code 510 --strategy cheapest
  trunkline allocate --country US --area-code 415 --count 20 --mode all-or-nothing
  trunkline numbers list
  trunkline numbers release twilio:PN0123... --dry-run
  trunkline doctor                              is everything in place?

Without --server and TRUNKLINE_URL a command does its work itself, on the accounts and the database of --config
(./trunkline.toml unless said), under the same rules as a gateway that runs beside it.

Exit status: 0 done, 1 failed, 2 wrong arguments or input, 3 done in part, 4 outcome not known yet.";

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

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Common options")]
pub(crate) struct Global {
    /// Gateway to talk to, such as http://127.0.0.1:8080; without one the work is done in this process
    #[arg(long, global = true, env = "TRUNKLINE_URL", value_name = "URL")]
    pub(crate) server: Option<String>,
    /// API key that the gateway of --server wants, tl_...; better in the environment than on the command line
    #[arg(long, global = true, env = "TRUNKLINE_KEY", hide_env_values = true, value_name = "KEY", value_parser = parse::secret)]
    pub(crate) key: Option<SecretString>,
    /// Configuration file [default: ./trunkline.toml if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Database, instead of the configured one: sqlite://FILE or postgres://USER@HOST/NAME
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "TRUNKLINE_DATABASE",
        hide_env_values = true
    )]
    pub(crate) database: Option<String>,
    /// How the answer looks
    #[arg(
        long,
        short,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORMAT"
    )]
    pub(crate) output: Format,
    /// No colours; so too with NO_COLOR in the environment, or if no terminal reads
    #[arg(long, global = true, env = "NO_COLOR", hide_env = true, value_parser = parse::is_set)]
    pub(crate) no_color: bool,
    /// Log level or filter, such as debug or info,trunkline_http=trace [default: as configured, or warn]
    #[arg(long, global = true, env = "TRUNKLINE_LOG", value_name = "FILTER")]
    pub(crate) log: Option<String>,
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Table,
    /// The API's own JSON
    Json,
    /// RFC 4180, with a header
    Csv,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the gateway
    Serve(ServeArgs),
    /// Run the fake carriers alone
    Sandbox(SandboxArgs),
    /// Search numbers for sale, at every capable account at once
    Search(Box<SearchArgs>),
    /// List the countries in which each account can buy numbers, and of which types
    Countries(CountriesArgs),
    /// Purchase a number, exactly once
    #[command(visible_alias = "buy")]
    Purchase(Box<PurchaseArgs>),
    /// Purchase many numbers, together never more than wanted
    Allocate(Box<AllocateArgs>),
    /// What was allocated, with what became of each number
    #[command(subcommand)]
    Allocations(AllocationsCommand),
    /// The numbers you hold: list, get, update, release, restore, register
    #[command(subcommand)]
    Numbers(NumbersCommand),
    /// Contiguous numbers that are held elsewhere
    #[command(subcommand)]
    Ranges(RangesCommand),
    /// The main number of an account
    #[command(subcommand)]
    Main(MainCommand),
    /// Numbers that an account may present on outgoing calls, and the proof of it
    #[command(subcommand, name = "caller-ids")]
    CallerIds(CallerIdsCommand),
    /// What was purchased, with every attempt and its evidence
    #[command(subcommand)]
    Purchases(PurchasesCommand),
    /// API keys: who may call, what for, and how much of it
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Who did what to which number, and what came of it
    #[command(subcommand)]
    Audit(AuditCommand),
    /// What happened, as a feed
    #[command(subcommand)]
    Events(EventsCommand),
    /// Where events are sent as they happen
    #[command(subcommand)]
    Webhooks(WebhooksCommand),
    /// The configured accounts: what each can do, and how it is doing
    Accounts(AccountsArgs),
    /// The providers that are built in, and what each can do
    Providers,
    /// The configuration file
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Look whether everything is in place: configuration, database, clock, and each account's credential
    ///
    /// It changes nothing: accounts are asked with calls that read, and tables of an older version are left as they are.
    /// It looks from here, at the configuration and the secrets of this machine, and asks no gateway. Exit status 1 if
    /// anything fails.
    Doctor {
        /// Compare what each account holds with what the journal says was bought there: to be run after a restore
        ///
        /// It tells which numbers are held and not in the journal, and which are in the journal and not held, from
        /// complete readings of the accounts that sell numbers. Exit status 1 if anything differs, 3 if an account
        /// could not be read to its end.
        #[arg(long)]
        numbers: bool,
    },
    /// Have a gateway read its configuration again
    Reload,
    /// Ask a gateway whether it is ready: exit status 0 if it is, 1 if not
    ///
    /// It is asked at --server or TRUNKLINE_URL, else where the configuration says that it listens. For a container's
    /// health check.
    Healthcheck {
        /// Whether it runs is enough, ready or not
        #[arg(long)]
        live: bool,
    },
    /// Print completions for a shell
    ///
    /// For example: trunkline completions bash > /etc/bash_completion.d/trunkline
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// One account, or all.
#[derive(Debug, Args)]
pub(crate) struct AccountsArgs {
    /// Only this account, with everything about it
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Tell everything that is wrong with a configuration file, with line numbers; no carrier is asked
    Check {
        /// The file [default: that of --config, or ./trunkline.toml]
        file: Option<PathBuf>,
    },
}

#[cfg(test)]
mod tests;
