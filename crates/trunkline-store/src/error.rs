//! What a failing database is to the rest of trunkline.

use std::fmt::Display;

use trunkline_core::{Error, ErrorKind, Retry};

/// The database can't be read, written or reached now: worth trying again.
pub(crate) fn unavailable(what: impl Display) -> Error {
    Error::new(
        ErrorKind::UpstreamUnavailable,
        format!("the database {what}"),
    )
    .with_retry(Retry::Backoff)
}

/// The database was closed by this process.
pub(crate) fn closed() -> Error {
    unavailable("is closed")
}

/// A row contradicts a constraint. The message names tables and columns, never a value.
pub(crate) fn refused(message: &str) -> Error {
    let message = format!("the database refused a row: {message}");
    Error::new(ErrorKind::Internal, message)
}

/// A row is there and can't be understood.
pub(crate) fn unreadable(
    row: impl Display,
    error: impl std::error::Error + Send + Sync + 'static,
) -> Error {
    Error::new(
        ErrorKind::Internal,
        format!("{row} in the database can't be understood"),
    )
    .with_source(error)
}

/// A write was refused though nothing stands in its way.
pub(crate) fn contradiction(what: &str) -> Error {
    Error::new(
        ErrorKind::Internal,
        format!("the journal refused a {what} for no reason it knows"),
    )
}
