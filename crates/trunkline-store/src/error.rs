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

/// A statement that reads has failed.
pub(crate) fn unread(error: sqlx::Error) -> Error {
    failed("can't be read", error)
}

/// A statement that writes has failed.
pub(crate) fn unwritten(error: sqlx::Error) -> Error {
    failed("can't be written", error)
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

/// Only what the database says goes into the message: it names tables and files, never a value.
fn failed(what: &str, error: sqlx::Error) -> Error {
    use sqlx::error::ErrorKind::Other;
    match &error {
        sqlx::Error::Database(refusal) if refusal.kind() != Other => {
            let message = format!("the database refused a row: {}", refusal.message());
            Error::new(ErrorKind::Internal, message).with_source(error)
        }
        sqlx::Error::Database(refusal) => {
            unavailable(format!("{what}: {}", refusal.message())).with_source(error)
        }
        _ => unavailable(format!("{what}: {error}")).with_source(error),
    }
}
