//! `trunkline serve`

mod banner;

use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::signal::unix::{SignalKind, signal as unix_signal};
use trunkline::Config;
use trunkline_sandbox::Sandbox;

use crate::args::serve::ServeArgs;
use crate::backend::{Backend, check_unsettled};
use crate::commands::{Session, sandbox};
use crate::failure::{Exit, Failure};
use crate::{file, logging};
use banner::Banner;

/// The database of a gateway that has fake carriers and no configuration. It outlives a restart, as any other.
const SANDBOX_DATABASE: &str = "sqlite://trunkline-sandbox.db";

/// What is served.
struct Plan {
    config: Config,
    path: Option<PathBuf>,
    database: Option<String>,
}

pub(super) async fn run(args: ServeArgs, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let mut plan = plan(&args, session)?;
    let level = session
        .global
        .log
        .as_deref()
        .unwrap_or(&plan.config.log.level);
    logging::start(level, plan.config.log.format, session.global.no_color)?;
    if let Some(listen) = args.listen {
        plan.config.server.listen = listen;
    }
    // The port first: it tells of a gateway that runs already, before anything is touched.
    let listener = trunkline_gateway::bind(plan.config.server.listen).await;
    let listener = listener.map_err(|error| Failure::usage(error.message()))?;
    let address = listener
        .local_addr()
        .map_err(|error| Failure::failed(error.to_string()))?;
    let sandbox = if args.sandbox {
        Some(sandbox::start(&args.ports).await?)
    } else {
        None
    };
    if let Some(sandbox) = &sandbox {
        add_accounts(&mut plan.config, sandbox)?;
        call_back_here(&mut plan.config, address);
    }
    let served = serve(
        &plan,
        Listening {
            listener,
            address,
            sandbox: sandbox.as_ref(),
        },
        session,
    )
    .await;
    if let Some(sandbox) = sandbox {
        sandbox.shutdown().await;
    }
    served
}

struct Listening<'a> {
    listener: tokio::net::TcpListener,
    address: SocketAddr,
    sandbox: Option<&'a Sandbox>,
}

async fn serve(
    plan: &Plan,
    listening: Listening<'_>,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let backend = Backend::open(&plan.config, plan.database.as_deref()).await?;
    let state = backend.state(&plan.config)?;
    check_unsettled(state.services()).await?;
    let accounts = state
        .services()
        .registry
        .iter()
        .map(|entry| entry.provider.account().to_string())
        .collect();
    let stop = signal()?;
    let (stopped, stopping) = tokio::sync::oneshot::channel();
    let banner = Banner {
        address: listening.address,
        accounts,
        database: backend.place(),
        config: plan.path.as_deref(),
        sandbox: listening.sandbox,
        program: program(),
    };
    // The socket listens already: whoever reads this and connects is answered.
    session.console.note_out(&banner.to_string());
    let serving = trunkline_gateway::serve(listening.listener, state, async move {
        stop.await;
        // Nobody waits for that once the gateway has ended by itself.
        let _ = stopped.send(());
    });
    let impatient = async {
        // Whoever asks twice does not want to wait for what is under way.
        let again = stopping.await.ok().and_then(|()| signal().ok());
        match again {
            Some(again) => again.await,
            None => std::future::pending().await,
        }
    };
    let served = tokio::select! {
        served = serving => served.map_err(|error| Failure::failed(error.message())),
        () = impatient => Err(Failure::failed("stopped at once: what is open is settled at the next start")),
    };
    if served.is_ok() {
        backend.close().await;
    }
    served.map(|()| Exit::Done)
}

/// What the arguments and the configuration file say.
fn plan(args: &ServeArgs, session: &mut Session<'_, '_>) -> Result<Plan, Failure> {
    let loaded = file::load(session.global.config.as_deref())?;
    let named = session.global.database.clone();
    match loaded {
        Some(loaded) => {
            for warning in loaded.config.warnings() {
                session.console.note(&format!("warning: {}: {warning}", loaded.path.display()));
            }
            Ok(Plan { config: loaded.config, path: Some(loaded.path), database: named })
        }
        None if args.sandbox => {
            let database = named.unwrap_or_else(|| SANDBOX_DATABASE.to_owned());
            Ok(Plan { config: Config::default(), path: None, database: Some(database) })
        }
        None => Err(Failure::usage(format!("there is no configuration: no --config was given, and no {} is here", file::DEFAULT))
            .with_hint("`trunkline serve --sandbox` needs none: it brings fake carriers with it")
            .with_hint("config.example.toml documents every setting; `trunkline config check` tells what is wrong with yours")),
    }
}

fn add_accounts(config: &mut Config, sandbox: &Sandbox) -> Result<(), Failure> {
    let added = sandbox::accounts(|kind| sandbox::url(sandbox, kind))
        .map_err(|problems| file::missing(&problems))?;
    for account in added.accounts {
        if config.accounts.iter().any(|own| own.name == account.name) {
            let message = format!(
                "the configuration has an account {}, and so has the sandbox",
                account.name
            );
            return Err(Failure::usage(message).with_hint("rename yours, or leave out --sandbox"));
        }
        config.accounts.push(account);
    }
    Ok(())
}

/// Lets the fake carriers call back, which run where the gateway does.
fn call_back_here(config: &mut Config, address: SocketAddr) {
    if config.server.public_url.is_none() {
        config.server.public_url = format!("http://{address}").parse().ok();
    }
}

/// Ends at SIGINT or SIGTERM. They are caught from now on.
///
/// # Errors
/// If the system does not let them be caught.
pub(super) fn signal() -> Result<impl Future<Output = ()> + Send + use<>, Failure> {
    let catch = |kind| {
        unix_signal(kind)
            .map_err(|error| Failure::failed(format!("can't wait for signals: {error}")))
    };
    let (mut interrupt, mut terminate) = (
        catch(SignalKind::interrupt())?,
        catch(SignalKind::terminate())?,
    );
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// How the user called this program: by its path if it is not on the search path.
fn program() -> String {
    let called = std::env::args_os()
        .next()
        .map(|called| called.to_string_lossy().into_owned());
    called
        .filter(|called| called.contains('/'))
        .unwrap_or_else(|| "trunkline".to_owned())
}
