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
mod sandbox;
mod search;
mod serve;
mod webhooks;

use clap::CommandFactory;
use trunkline::config::LogFormat;

use crate::args::ranges::RangesCommand;
use crate::args::{Cli, Command};
use crate::client::{Api, Needs};
use crate::failure::{Exit, Failure};
use crate::server::logging;
use crate::session::Session;

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
