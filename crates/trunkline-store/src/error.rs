//! What a failing database is to the rest of trunkline.

use std::fmt::Display;

use sqlx::error::ErrorKind as ErrorKindOfSql;
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
    let failed = match &error {
        sqlx::Error::Database(refusal) if refusal.kind() != ErrorKindOfSql::Other => {
            let message = format!("the database refused a row: {}", refusal.message());
            Error::new(ErrorKind::Internal, message)
        }
        _ => unavailable(format!("{what}: {}", brief(&error))),
    };
    caused(failed, error)
}

/// What happened, without the words that sqlx puts before it.
pub(crate) fn brief(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(refusal) => refusal.message().to_owned(),
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::Tls(error) => format!("TLS: {error}"),
        other => other.to_string(),
    }
}

/// Adds the cause, unless it may show what is in a row: PostgreSQL quotes rows in its details.
pub(crate) fn caused(error: Error, cause: sqlx::Error) -> Error {
    #[cfg(feature = "postgres")]
    if cause.as_database_error().is_some_and(|refusal| {
        refusal
            .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
            .is_some()
    }) {
        return error;
    }
    error.with_source(cause)
}
