//! Binding, serving and draining.

use std::net::SocketAddr;

use tokio::net::TcpListener;
use trunkline_core::service::Access;
use trunkline_core::{Error, ErrorKind, Result};

use crate::router::router;
use crate::server;
use crate::state::AppState;
use crate::telemetry;

/// Refuses an address that others than this machine reach, while nobody needs a key: anybody could buy numbers.
///
/// # Errors
/// `Config` naming the address, if it is not loopback and there is no API key that opens anything; those of the store.
pub async fn check_exposure(listen: SocketAddr, access: &Access) -> Result<()> {
    if listen.ip().is_loopback() || access.has_active().await? {
        return Ok(());
    }
    let message = format!(
        "{listen} is not a loopback address: without API keys anybody who reaches it could buy numbers. \
         Make a key first: trunkline keys create --name NAME --scope all"
    );
    Err(Error::new(ErrorKind::Config, message)
        .with_field("server.listen", "not a loopback address"))
}

/// Binds the gateway's address. Whether it may be that one is [`check_exposure`]'s to say.
///
/// # Errors
/// `Config` naming the address if it is taken or may not be bound.
pub async fn bind(listen: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(listen).await.map_err(|error| {
        let message = match error.kind() {
            std::io::ErrorKind::AddrInUse => format!(
                "{listen} is taken: stop what listens there, or choose another with --listen"
            ),
            _ => format!("can't listen on {listen}: {error}"),
        };
        Error::new(ErrorKind::Config, message).with_source(error)
    })
}

/// Serves until `stop`, then for [`Settings::drain_delay`](crate::Settings::drain_delay) more while saying that it is not
/// ready, unless the state said so before; then answers what was begun and settles what is being sent.
///
/// The background work of the services is started, unless it runs already.
///
/// # Errors
/// As [`check_exposure`], for the address that is listened on.
pub async fn serve(
    listener: TcpListener,
    state: AppState,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let services = state.services().clone();
    if let Ok(address) = listener.local_addr() {
        check_exposure(address, &services.access).await?;
    }
    services.start()?;
    let app = router(state.clone());
    let draining = state.clone();
    let (began, begun) = tokio::sync::oneshot::channel();
    let stop = async move {
        stop.await;
        let delay = draining.settings().drain_delay;
        if !draining.is_draining() && !delay.is_zero() {
            draining.drain();
            tracing::info!("not ready any more, and shutting down in {delay:?}");
            tokio::time::sleep(delay).await;
        }
        draining.drain();
        tracing::info!("shutting down: finishing what is under way");
        // Nobody waits for that any more if the server is gone already.
        let _ = began.send(());
    };
    let overdue = async {
        // An idle connection must not keep the process.
        if begun.await.is_ok() {
            tokio::time::sleep(state.settings().shutdown_timeout).await;
        }
    };
    let settings = state.settings();
    tokio::select! {
        () = server::run(listener, app, &settings, stop) => {}
        () = overdue => {}
        never = telemetry::upkeep() => match never {},
    }
    let timeout = state.settings().shutdown_timeout;
    if tokio::time::timeout(timeout, services.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("shutdown took too long: what is open is settled at the next start");
    }
    Ok(())
}
