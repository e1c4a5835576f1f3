//! Asking and decoding: every column is read here, so that what can't be read is named.

use std::sync::LazyLock;

use serde::de::DeserializeOwned;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Row, Sqlite, SqlitePool};
use trunkline_core::service::journal::Record;
use trunkline_core::{PurchaseId, Result};

use crate::error::{unread, unreadable};

/// A text to be prepared once, see `statement!` and `write!`.
pub(super) struct Statement(LazyLock<String>);

impl Statement {
    pub(super) const fn new(text: fn() -> String) -> Self {
        Self(LazyLock::new(text))
    }

    pub(super) fn query(&'static self) -> Query {
        sqlx::query(self.0.as_str())
    }
}

/// A statement with its arguments.
pub(super) type Query = sqlx::query::Query<'static, Sqlite, SqliteArguments>;

/// At most one row.
pub(super) async fn optional(readers: &SqlitePool, query: Query) -> Result<Option<SqliteRow>> {
    query.fetch_optional(readers).await.map_err(unread)
}

/// All rows.
pub(super) async fn all(readers: &SqlitePool, query: Query) -> Result<Vec<SqliteRow>> {
    query.fetch_all(readers).await.map_err(unread)
}

/// A limit as the database counts.
pub(super) fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

pub(super) fn text(row: &SqliteRow, column: &'static str) -> Result<String> {
    row.try_get(column)
        .map_err(|error| unreadable(format!("column {column}"), error))
}

pub(super) fn optional_text(row: &SqliteRow, column: &'static str) -> Result<Option<String>> {
    row.try_get(column)
        .map_err(|error| unreadable(format!("column {column}"), error))
}

pub(super) fn integer(row: &SqliteRow, column: &'static str) -> Result<i64> {
    row.try_get(column)
        .map_err(|error| unreadable(format!("column {column}"), error))
}

/// The document in `doc`, of the row that `id` names.
pub(super) fn document<T: DeserializeOwned>(row: &SqliteRow, table: &str) -> Result<T> {
    let doc: &str = row
        .try_get("doc")
        .map_err(|error| unreadable(format!("a row of {table}"), error))?;
    serde_json::from_str(doc).map_err(|error| {
        let id = row.try_get("id").unwrap_or_else(|_| "of no id".to_owned());
        unreadable(format!("row {id} of {table}"), error)
    })
}

pub(super) fn record(row: &SqliteRow) -> Result<Record> {
    Ok(Record {
        version: integer(row, "version")?,
        ..document(row, "purchases")?
    })
}

pub(super) fn purchase_id(row: &SqliteRow, column: &'static str) -> Result<PurchaseId> {
    let id = text(row, column)?;
    PurchaseId::new(id.clone()).map_err(|error| unreadable(format!("purchase id {id}"), error))
}
