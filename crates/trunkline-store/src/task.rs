//! Work that has, or waits for, a connection.

use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;
use trunkline_core::Result;

use crate::error::closed;

/// Does the work on a task of its own, which ends with its caller. A future is polled only while it is awaited: one
/// that had a connection, or was next in line for one, would keep it from everybody while its caller awaits something
/// else.
///
/// # Errors
/// Those of the work; `UpstreamUnavailable` if the process ends meanwhile.
pub(crate) async fn own<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    #[expect(
        clippy::disallowed_methods,
        reason = "its caller waits for it, and it ends with its caller"
    )]
    let task = tokio::spawn(work.in_current_span());
    AbortOnDropHandle::new(task).await.map_err(|_| closed())?
}

/// Does work that blocks on a thread that may. Once begun it goes on, whether or not its caller still waits.
///
/// # Errors
/// Those of the work; `UpstreamUnavailable` if the process ends meanwhile.
#[cfg(feature = "sqlite")]
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let span = tracing::Span::current();
    let work = tokio::task::spawn_blocking(move || span.in_scope(work));
    work.await.map_err(|_| closed())?
}
