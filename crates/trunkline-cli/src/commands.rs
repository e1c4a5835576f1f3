//! One module for each command: what it asks of the API, and what it shows.

mod accounts;
mod allocate;
mod allocations;
mod audit;
mod caller_ids;
mod config;
mod doctor;
mod drift;
mod events;
mod healthcheck;
mod inventory;
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

use std::path::Path;

use clap::CommandFactory;
use trunkline::config::LogFormat;

use crate::args::ranges::RangesCommand;
use crate::args::{Cli, Command, Format};
use crate::client::Needs;
use crate::failure::{Exit, Failure};
use crate::server::logging;
use crate::server::signal::signal;
use crate::session::{Context, Ended, Session};

/// Runs a command.
///
/// # Errors
/// Why it failed, ready to be shown.
pub(crate) async fn run(command: Command, mut context: Context<'_>) -> Ended {
    match command {
        Command::Serve(args) => return serve::run(args, &mut context).await,
        Command::Sandbox(args) => return sandbox::run(args, &mut context).await,
        Command::Config(command) => return config::run(command, &mut context),
        Command::Healthcheck { live } => return healthcheck::run(live, context).await,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "trunkline", &mut script);
            context.console.answer(&String::from_utf8_lossy(&script))?;
            return Ok(Exit::Done);
        }
        Command::Man { directory } => return man(&directory),
        _ => {}
    }
    let filter = context.global.log.as_deref().unwrap_or(logging::QUIET);
    let format = match context.global.output {
        Format::Json => LogFormat::Json,
        Format::Table | Format::Csv => LogFormat::Text,
    };
    logging::start(filter, format, context.global.no_color, None)?;
    if let Command::Doctor { numbers } = command {
        return Box::pin(doctor::run(numbers, &mut context)).await;
    }
    let needs = if matches!(command, Command::Providers) {
        Needs::Nothing
    } else {
        Needs::Accounts
    };
    let mut session = context.open(needs).await?;
    let ended = call(command, &mut session).await;
    // Also after a failure: work of this process is finished, or left to the next process in good order. Ctrl-C ends it.
    let stop = signal()?;
    tokio::select! {
        () = session.api.close() => {}
        () = stop => {}
    }
    ended
}

/// Writes a manual page for each command.
fn man(directory: &Path) -> Ended {
    let written = std::fs::create_dir_all(directory)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), directory));
    let directory = directory.display();
    written.map_err(|error| Failure::failed(format!("can't write to {directory}: {error}")))?;
    Ok(Exit::Done)
}

async fn call(command: Command, session: &mut Session<'_>) -> Ended {
    match command {
        Command::Search(args) => search::run(*args, session).await,
        Command::Countries(args) => search::countries(args, session).await,
        Command::Purchase(args) => Box::pin(purchase::run(*args, session)).await,
        Command::Allocate(args) => Box::pin(allocate::run(*args, session)).await,
        Command::Allocations(command) => allocations::run(command, session).await,
        Command::Numbers(command) => Box::pin(numbers::run(command, session)).await,
        Command::Inventory(command) => Box::pin(inventory::run(command, session)).await,
        Command::Sync(args) => drift::sync(args, session).await,
        Command::Drift(command) => Box::pin(drift::run(command, session)).await,
        Command::Where(args) => inventory::find(args, session).await,
        Command::Ranges(RangesCommand::Create(args)) => ranges::run(args, session).await,
        Command::Main(command) => main_number::run(command, session).await,
        Command::CallerIds(command) => Box::pin(caller_ids::run(command, session)).await,
        Command::Purchases(command) => purchases::run(command, session).await,
        Command::Keys(command) => Box::pin(keys::run(command, session)).await,
        Command::Audit(command) => Box::pin(audit::run(command, session)).await,
        Command::Events(command) => Box::pin(events::run(command, session)).await,
        Command::Webhooks(command) => Box::pin(webhooks::run(command, session)).await,
        Command::Accounts { name, command } => accounts::run(name, command, session).await,
        Command::Providers => accounts::providers(session).await,
        Command::Reload => reload::run(session).await,
        Command::Serve(_)
        | Command::Sandbox(_)
        | Command::Config(_)
        | Command::Doctor { .. }
        | Command::Healthcheck { .. }
        | Command::Man { .. }
        | Command::Completions { .. } => Ok(Exit::Done),
    }
}
