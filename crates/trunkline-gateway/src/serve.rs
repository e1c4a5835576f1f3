//! Binding, serving and draining.

use std::net::SocketAddr;

use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use trunkline_core::{Error, ErrorKind, Result};

use crate::router::router;
use crate::state::AppState;

/// Binds the gateway's address. Without keys it listens on loopback only.
///
/// # Errors
/// `Config` naming the address if it is not loopback, is taken or may not be bound.
pub async fn bind(listen: SocketAddr) -> Result<TcpListener> {
    if !listen.ip().is_loopback() {
        let message = format!(
            "{listen} is not a loopback address: without API keys anybody who reaches it could buy numbers"
        );
        return Err(Error::new(ErrorKind::Config, message)
            .with_field("server.listen", "not a loopback address"));
    }
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
/// # Errors
/// `Internal` if the listener fails.
pub async fn serve(
    listener: TcpListener,
    state: AppState,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let services = state.services().clone();
    let settling = services.purchases.tasks().clone();
    let background = services.clone();
    settling.spawn(async move { background.settle().await });
    let app = router(state.clone());
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "can't set TCP_NODELAY");
        }
    });
    let draining = state.clone();
    let (began, begun) = tokio::sync::oneshot::channel();
    let server = axum::serve(listener, app).with_graceful_shutdown(async move {
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
    });
    let overdue = async {
        // An idle connection must not keep the process.
        if begun.await.is_ok() {
            tokio::time::sleep(state.settings().shutdown_timeout).await;
        }
    };
    let served = tokio::select! {
        result = server => result,
        () = overdue => Ok(()),
    };
    let timeout = state.settings().shutdown_timeout;
    if tokio::time::timeout(timeout, services.purchases.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("shutdown took too long: what is open is settled at the next start");
    }
    served.map_err(|e| Error::new(ErrorKind::Internal, "the listener failed").with_source(e))
}
