//! One module for each command: what it asks of the API, and what it tells.

mod accounts;
mod allocate;
mod allocations;
mod audit;
mod caller_ids;
mod config;
mod doctor;
mod events;
mod healthcheck;
mod keys;
mod main_number;
mod numbers;
mod purchase;
mod purchases;
mod ranges;
mod reload;
pub(crate) mod sandbox;
mod search;
mod serve;
mod webhooks;

use clap::CommandFactory;
use serde_json::{Value, json};
use trunkline::config::LogFormat;

use crate::args::ranges::RangesCommand;
use crate::args::{Cli, Command, Format, Global, PageArgs};
use crate::call::{Call, Pairs};
use crate::client::{Api, Needs, Target};
use crate::console::Console;
use crate::failure::{Exit, Failure};
use crate::listing::{Listing, follow};
use crate::logging;
use crate::render::{Shape, Style};

/// What every command works with.
#[derive(Debug)]
pub(crate) struct Session<'s, 'c> {
    pub(crate) global: Global,
    pub(crate) console: &'s mut Console<'c>,
    target: Target,
    style: Style,
}

/// Runs a command.
///
/// # Errors
/// Why it failed, ready to be told.
pub(crate) async fn run(command: Command, mut session: Session<'_, '_>) -> Result<Exit, Failure> {
    match command {
        Command::Serve(args) => return serve::run(args, &mut session).await,
        Command::Sandbox(args) => return sandbox::run(args, &mut session).await,
        Command::Config(command) => return config::run(command, &mut session),
        Command::Healthcheck { live } => return healthcheck::run(live, &mut session).await,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "trunkline", &mut script);
            session.console.answer(&String::from_utf8_lossy(&script))?;
            return Ok(Exit::Done);
        }
        _ => {}
    }
    let filter = session.global.log.as_deref().unwrap_or(logging::QUIET);
    logging::start(filter, LogFormat::Text, session.global.no_color, None)?;
    if let Command::Doctor { numbers } = command {
        return Box::pin(doctor::run(numbers, &mut session)).await;
    }
    let needs = if matches!(command, Command::Providers) {
        Needs::Nothing
    } else {
        Needs::Accounts
    };
    let api = Api::open(&session.target, &session.global, needs).await?;
    if let Some(warning) = api.warning() {
        session.console.note(warning);
    }
    let result = call(command, &api, &mut session).await;
    // Also after a failure: what was begun here is finished, or left to the next process in good order.
    api.close().await;
    result
}

async fn call(command: Command, api: &Api, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    match command {
        Command::Search(args) => search::run(*args, api, session).await,
        Command::Countries(args) => search::countries(args, api, session).await,
        Command::Purchase(args) => Box::pin(purchase::run(*args, api, session)).await,
        Command::Allocate(args) => Box::pin(allocate::run(*args, api, session)).await,
        Command::Allocations(command) => allocations::run(command, api, session).await,
        Command::Numbers(command) => Box::pin(numbers::run(command, api, session)).await,
        Command::Ranges(RangesCommand::Create(args)) => ranges::run(args, api, session).await,
        Command::Main(command) => main_number::run(command, api, session).await,
        Command::CallerIds(command) => Box::pin(caller_ids::run(command, api, session)).await,
        Command::Purchases(command) => purchases::run(command, api, session).await,
        Command::Keys(command) => Box::pin(keys::run(command, api, session)).await,
        Command::Audit(command) => Box::pin(audit::run(command, api, session)).await,
        Command::Events(command) => Box::pin(events::run(command, api, session)).await,
        Command::Webhooks(command) => Box::pin(webhooks::run(command, api, session)).await,
        Command::Accounts(args) => accounts::run(args, api, session).await,
        Command::Providers => accounts::providers(api, session).await,
        Command::Reload => reload::run(api, session).await,
        Command::Serve(_)
        | Command::Sandbox(_)
        | Command::Config(_)
        | Command::Doctor { .. }
        | Command::Healthcheck { .. }
        | Command::Completions { .. } => Ok(Exit::Done),
    }
}

/// A list command: where, and with which filters.
struct ListCall {
    path: &'static str,
    query: Pairs,
    page: PageArgs,
    shape: Shape,
    empty: &'static str,
}

/// A change that was only to be looked at.
struct Plan<'a> {
    call: &'a Call,
    /// What it is about, as it is now.
    about: Option<Value>,
    /// What a person should know of that.
    remark: &'a str,
}

impl<'s, 'c> Session<'s, 'c> {
    pub(crate) fn new(global: Global, target: Target, console: &'s mut Console<'c>) -> Self {
        let style = Style {
            format: global.output,
            pretty: console.out_is_terminal,
            colour: console.out_is_terminal && !global.no_color,
        };
        Self {
            global,
            console,
            target,
            style,
        }
    }

    /// Whether a person reads the answer.
    fn is_for_people(&self) -> bool {
        self.style.format == Format::Table
    }

    /// Follows a list and tells what it found, and which accounts failed.
    async fn list(&mut self, api: &Api, list: ListCall) -> Result<Exit, Failure> {
        let found = self.listed(api, list).await?;
        Ok(found.exit())
    }

    /// The same, and gives what was found.
    async fn listed(&mut self, api: &Api, list: ListCall) -> Result<Listing, Failure> {
        let named = list.query.iter().any(|(name, _)| name == "account");
        let call = Call::get(list.path).with_query(list.query);
        let found = follow(api, &call, list.page).await?;
        self.tell(&found, &list.shape, list.empty)?;
        let answered = found.exit() != Exit::Failed;
        if self.is_for_people() && answered && found.has_more() {
            self.console
                .note("note: there is more: --limit N, or --all");
        }
        for note in found.notes(named) {
            self.console.note(&note);
        }
        Ok(found)
    }

    /// Writes the items of a list.
    fn tell(&mut self, found: &Listing, shape: &Shape, empty: &str) -> Result<(), Failure> {
        let items = found.items();
        self.console
            .answer(&self.style.list(shape, &items, &found.json())?)?;
        // What could not be asked is not empty.
        if self.is_for_people() && items.is_empty() && found.exit() != Exit::Failed {
            self.console.note(empty);
        }
        Ok(())
    }

    /// Makes a call whose answer is one item, and tells it.
    async fn show(&mut self, api: &Api, call: &Call, shape: &Shape) -> Result<Exit, Failure> {
        let reply = api.send(call).await?;
        let item = reply.value()?;
        self.console
            .answer(&self.style.item(shape, &item, &reply.body)?)?;
        Ok(Exit::Done)
    }

    /// Tells what would be sent.
    fn plan(&mut self, plan: Plan<'_>) -> Result<Exit, Failure> {
        let text = match self.style.format {
            Format::Json => {
                let answer = json!({ "dry_run": true, "request": plan.call.describe(), "about": plan.about });
                self.style.json(&answer.to_string())
            }
            Format::Table | Format::Csv => {
                let mut text = format!("Nothing is sent. It would be:\n\n{}", plan.call.show());
                if let Some(about) = plan.about {
                    text.push_str("\nIt is about:\n\n");
                    text.push_str(&self.style.facts(&about));
                }
                if !plan.remark.is_empty() {
                    text.push_str(&format!("\n{}\n", plan.remark));
                }
                text
            }
        };
        self.console.answer(&text)?;
        Ok(Exit::Done)
    }
}
