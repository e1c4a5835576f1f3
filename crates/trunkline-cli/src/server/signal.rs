//! The signals that end a process.

use tokio::signal::unix::{Signal, SignalKind, signal as unix_signal};

use crate::failure::Failure;

/// Ends at SIGINT or SIGTERM, which are caught from now on.
///
/// # Errors
/// A signal that can't be caught.
pub(crate) fn signal() -> Result<impl Future<Output = ()> + Send + use<>, Failure> {
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

/// Catches a signal from now on.
///
/// # Errors
/// A signal that can't be caught.
pub(crate) fn catch(kind: SignalKind) -> Result<Signal, Failure> {
    unix_signal(kind).map_err(|error| Failure::failed(format!("can't wait for signals: {error}")))
}

/// The outcome of work, or `None` if the user interrupts it first.
///
/// # Errors
/// A signal that can't be caught.
pub(crate) async fn unless_interrupted<T>(
    work: impl Future<Output = T>,
) -> Result<Option<T>, Failure> {
    let stop = signal()?;
    tokio::select! {
        done = work => Ok(Some(done)),
        () = stop => Ok(None),
    }
}
