//! Binding, serving and draining.

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};
use trunkline_core::{Error, ErrorKind, Result};

use crate::router::router;
use crate::server;
use crate::settings::Settings;
use crate::state::AppState;
use crate::telemetry;

/// How many connections may wait to be accepted: a client that finds no place tries again only after a second.
const BACKLOG: u32 = 4_096;

fn open(listen: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = match listen {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // As any server: restarted, it takes its address again.
    socket.set_reuseaddr(true)?;
    socket.bind(listen)?;
    socket.listen(BACKLOG)
}

/// Binds the gateway's address.
///
/// # Errors
/// `Config` naming the address if it is taken or may not be bound.
pub async fn bind(listen: SocketAddr) -> Result<TcpListener> {
    open(listen).map_err(|error| {
        let message = match error.kind() {
            std::io::ErrorKind::AddrInUse => format!(
                "{listen} is taken: stop what listens there, or choose another with --listen"
            ),
            _ => format!("can't listen on {listen}: {error}"),
        };
        Error::new(ErrorKind::Config, message).with_source(error)
    })
}

/// Serves until `stop`, then for the drain delay of the settings more while saying that it is not
/// ready, unless the state said so before; then answers what was begun and settles what is being sent.
///
/// The background work of the services is started, unless it runs already.
///
/// # Errors
/// `Internal` if the listener has no address.
pub async fn serve(
    listener: TcpListener,
    state: AppState,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let services = state.services().clone();
    // Who may call without a key depends on where it really listens.
    let listen = listener.local_addr().map_err(|error| {
        Error::new(ErrorKind::Internal, "the gateway listens nowhere").with_source(error)
    })?;
    let settings = state.settings();
    if settings.listen != listen {
        state.replace_settings(Settings {
            listen,
            ..Settings::clone(&settings)
        });
    }
    services.start()?;
    let app = router(state.clone());
    let draining = state.clone();
    let (began, begun) = tokio::sync::oneshot::channel();
    let stop = async move {
        stop.await;
        let delay = draining.settings().drain_delay();
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
