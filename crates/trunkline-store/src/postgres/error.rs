//! What a failing server is to the rest of trunkline.

use sqlx::error::ErrorKind;
use trunkline_core::Error;

use crate::error::{refused, unavailable};

/// A statement that reads has failed.
pub(super) fn unread(error: sqlx::Error) -> Error {
    failed("can't be read", error)
}

/// A statement that writes has failed.
pub(super) fn unwritten(error: sqlx::Error) -> Error {
    failed("can't be written", error)
}

/// Only what the database says goes into the message: it names tables, never a value.
fn failed(what: &str, error: sqlx::Error) -> Error {
    let failed = match &error {
        sqlx::Error::Database(refusal) if refusal.kind() != ErrorKind::Other => {
            refused(refusal.message())
        }
        _ => unavailable(format!("{what}: {}", brief(&error))),
    };
    caused(failed, error)
}

/// What happened, without the words that sqlx puts before it.
pub(super) fn brief(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(refusal) => refusal.message().to_owned(),
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::Tls(error) => format!("TLS: {error}"),
        other => other.to_string(),
    }
}

/// Adds the cause, unless it may show what is in a row: PostgreSQL quotes rows in its details.
pub(super) fn caused(error: Error, cause: sqlx::Error) -> Error {
    match cause {
        sqlx::Error::Database(_) => error,
        cause => error.with_source(cause),
    }
}
