//! `trunkline serve`

mod banner;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::signal::unix::SignalKind;
use trunkline::Config;
use trunkline::config::{Account, LogFormat};
use trunkline_gateway::{AppState, Settings};
use trunkline_sandbox::Sandbox;

use crate::args::Format;
use crate::args::serve::ServeArgs;
use crate::failure::{Exit, Failure};
use crate::file;
use crate::server::backend::Backend;
use crate::server::patience::Patience;
use crate::server::signal::{catch, signal};
use crate::server::telemetry::Telemetry;
use crate::server::unsettled::lost;
use crate::server::{fakes, logging};
use crate::session::{Context, Ended};
use banner::{Banner, Keys};

/// The default database of a gateway with fake carriers and without a configuration. It outlives a restart.
const SANDBOX_DATABASE: &str = "sqlite://trunkline-sandbox.db";

/// What is served.
struct Plan {
    config: Config,
    path: Option<PathBuf>,
    database: Option<String>,
    /// The accounts of the sandbox, which are in no file.
    added: Vec<Account>,
    /// Whether the database is that of an earlier sandbox.
    is_reused: bool,
}

pub(super) async fn run(args: ServeArgs, context: &mut Context<'_>) -> Ended {
    let mut plan = plan(&args, context)?;
    let level = context
        .global
        .log
        .as_deref()
        .unwrap_or(&plan.config.log.level);
    let telemetry = Telemetry::start(&plan.config)?;
    let (format, no_color) = (plan.config.log.format, context.global.no_color);
    let traces = telemetry.as_ref().map(Telemetry::layer);
    logging::start(level, format, no_color, traces)?;
    if let Some(listen) = args.listen {
        plan.config.server.listen = listen;
    }
    raise_file_limit();
    let patience = Patience::of(plan.config.database.start_timeout);
    // Bound first: a gateway that already runs is noticed before anything is changed.
    let listener = trunkline_gateway::bind(plan.config.server.listen).await;
    let listener = listener.map_err(|error| Failure::usage(error.message()))?;
    let address = listener
        .local_addr()
        .map_err(|error| Failure::failed(error.to_string()))?;
    let sandbox = if args.sandbox {
        Some(fakes::start(&args.ports).await?)
    } else {
        None
    };
    if let Some(sandbox) = &sandbox {
        plan.added = added_accounts(&plan.config, sandbox)?;
        call_back_here(&mut plan.config, address);
    }
    let listening = Listening {
        listener,
        address,
        patience,
        sandbox: sandbox.as_ref(),
    };
    let served = serve(&plan, listening, context).await;
    if let Some(sandbox) = sandbox {
        sandbox.shutdown().await;
    }
    if let Some(telemetry) = telemetry
        && served.is_ok()
    {
        telemetry.close().await;
    }
    served
}

struct Listening<'a> {
    listener: tokio::net::TcpListener,
    address: SocketAddr,
    /// How long to wait for a database that can't be reached.
    patience: Patience,
    sandbox: Option<&'a Sandbox>,
}

async fn serve(
    plan: &Plan,
    listening: Listening<'_>,
    context: &mut Context<'_>,
) -> Result<Exit, Failure> {
    let patience = listening.patience;
    let backend = Backend::open(&plan.config, plan.database.as_deref(), patience).await?;
    let state = state(&backend, plan, patience).await?;
    let keys = patience
        .with(async || keys(&state, plan, listening.address).await)
        .await
        .map_err(|error| Failure::failed(error.message()))?;
    let hangups = hangups(state.clone(), plan.path.is_some())?;
    let accounts = state.services().engine.registry.iter();
    let accounts = accounts.map(|entry| entry.provider.account().to_string());
    let stop = stop(state.clone())?;
    let (stopped, stopping) = tokio::sync::oneshot::channel();
    let banner = Banner {
        address: listening.address,
        accounts: accounts.collect(),
        database: backend.place(),
        keys,
        config: plan.path.as_deref(),
        named_database: plan
            .database
            .as_deref()
            .filter(|url| url.starts_with("sqlite:")),
        sandbox: listening.sandbox,
        is_reused: plan.is_reused,
        program: program(),
    };
    // The socket listens already, so that readers of the banner can connect.
    let said = match context.style.format {
        Format::Json => format!("{}\n", context.style.json(&banner.json().to_string())),
        Format::Table | Format::Csv => banner.to_string(),
    };
    context.console.note_out(&said);
    let serving = trunkline_gateway::serve(listening.listener, state, async move {
        stop.await;
        // The receiver is gone if the gateway has ended by itself.
        let _ = stopped.send(());
    });
    let impatient = async {
        // The second signal stops the gateway without waiting for open requests.
        let again = stopping.await.ok().and_then(|()| signal().ok());
        match again {
            Some(again) => again.await,
            None => std::future::pending().await,
        }
    };
    let served = tokio::select! {
        served = serving => served.map_err(|error| Failure::failed(error.message())),
        () = impatient => Err(Failure::failed("stopped at once: the next start settles open purchases")),
        () = hangups => Ok(()),
    };
    if served.is_ok() {
        backend.close().await;
    }
    served.map(|()| Exit::Done)
}

/// Reads the arguments and the configuration file.
fn plan(args: &ServeArgs, context: &mut Context<'_>) -> Result<Plan, Failure> {
    let loaded = file::load(context.global.config.as_deref(), Config::parse_with_secrets)?;
    let named = context.global.database.clone();
    match loaded {
        Some(loaded) => {
            // Machines that read the log read the warnings, too.
            context.console.is_json |= loaded.config.log.format == LogFormat::Json;
            loaded.warn(&mut context.console);
            Ok(Plan { config: loaded.config, path: Some(loaded.path), database: named, added: Vec::new(), is_reused: false })
        }
        None if args.sandbox => {
            let database = named.unwrap_or_else(|| SANDBOX_DATABASE.to_owned());
            let file = database.strip_prefix("sqlite://");
            let is_reused = file.is_some_and(|file| Path::new(file).exists());
            Ok(Plan { config: Config::default(), path: None, database: Some(database), added: Vec::new(), is_reused })
        }
        None => Err(Failure::usage(format!("no configuration: --config is not given, and ./{} does not exist", file::DEFAULT))
            .with_hint("`trunkline serve --sandbox` needs none: it starts fake carriers")
            .with_hint("config.example.toml documents every setting; `trunkline config check` checks your file")),
    }
}

/// The state of the gateway, with a reloader if there is a configuration file.
async fn state(backend: &Backend, plan: &Plan, patience: Patience) -> Result<AppState, Failure> {
    let mut config = plan.config.clone();
    config.accounts.extend(plan.added.iter().cloned());
    let state = backend.state(&config)?;
    let services = state.services();
    let look = async || lost(&*services.engine.store, &services.engine.registry).await;
    let lost = patience.with(look).await;
    let lost = lost.map_err(|error| Failure::failed(error.to_string()))?;
    if !lost.is_empty() {
        let failure =
            Failure::usage("purchases are open at accounts that are no longer configured");
        let failure = lost.into_iter().fold(failure, Failure::with_detail);
        return Err(failure
            .with_hint("configure the account as before until they are settled")
            .with_hint(
                "or decide them: `trunkline purchases resolve ID --outcome ... --reason ...`",
            ));
    }
    if let Some(path) = &plan.path {
        let reloader = backend.reloader(config, path, plan.added.clone());
        state.reload_with(Arc::new(reloader));
    }
    Ok(state)
}

/// The accounts at the fake carriers.
fn added_accounts(config: &Config, sandbox: &Sandbox) -> Result<Vec<Account>, Failure> {
    let added = fakes::accounts(|kind| sandbox.url(kind));
    let added = added.map_err(|problems| file::missing(&problems))?;
    for account in &added.accounts {
        if config.accounts.iter().any(|own| own.name == account.name) {
            let message = format!(
                "both the configuration and the sandbox have an account {}",
                account.name
            );
            return Err(Failure::usage(message).with_hint("rename yours, or leave out --sandbox"));
        }
    }
    Ok(added.accounts)
}

/// Who needs an API key. Callers on this machine need none while all accounts are the sandbox's and no key was created.
///
/// # Errors
/// Those of the database.
async fn keys(state: &AppState, plan: &Plan, address: SocketAddr) -> trunkline_core::Result<Keys> {
    let keyless = !plan.added.is_empty() && plan.config.accounts.is_empty();
    let settings = Settings {
        listen: address,
        keyless,
        ..Settings::clone(&state.settings())
    };
    let is_private = settings.is_private();
    state.replace_settings(settings);
    let access = &state.services().access;
    let keyed = access.is_keyed().await?;
    Ok(match (keyed, keyless && is_private) {
        (true, _) => Keys::Needed,
        (false, true) => Keys::NotNeeded,
        (false, false) => Keys::Missing,
    })
}

/// Lets this process have as many connections as the system allows.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: maximum,
        maximum,
    };
    // The gateway works with any limit.
    if let Err(error) = setrlimit(Resource::Nofile, wanted) {
        tracing::debug!(%error, "the limit of open files is unchanged");
    }
}

/// Reads the configuration again at each SIGHUP, without end. Without a file the signal keeps its default action.
///
/// # Errors
/// A signal that can't be caught.
fn hangups(state: AppState, has_file: bool) -> Result<impl Future<Output = ()> + Send, Failure> {
    let mut hangup = if has_file {
        Some(catch(SignalKind::hangup())?)
    } else {
        None
    };
    Ok(async move {
        while let Some(hangup) = &mut hangup
            && hangup.recv().await.is_some()
        {
            // The log has the outcome.
            let _ = state.reload().await;
        }
        std::future::pending().await
    })
}

/// Ends when the gateway shall stop. SIGINT, mostly from a terminal, skips the delay for load balancers.
///
/// # Errors
/// A signal that can't be caught.
fn stop(state: AppState) -> Result<impl Future<Output = ()> + Send, Failure> {
    let (mut interrupt, mut terminate) = (
        catch(SignalKind::interrupt())?,
        catch(SignalKind::terminate())?,
    );
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => state.drain(),
            _ = terminate.recv() => {}
        }
    })
}

/// Lets the fake carriers, which run on this machine, call back.
fn call_back_here(config: &mut Config, address: SocketAddr) {
    if config.server.public_url.is_none() {
        config.server.public_url = format!("http://{address}").parse().ok();
    }
}

/// How the user called this program: by its path, unless it was found on the search path.
fn program() -> String {
    let called = std::env::args_os()
        .next()
        .map(|called| called.to_string_lossy().into_owned());
    called
        .filter(|called| called.contains('/'))
        .unwrap_or_else(|| "trunkline".to_owned())
}
