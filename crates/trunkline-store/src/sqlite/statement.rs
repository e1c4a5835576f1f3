//! Running statements on a connection.

use std::sync::Arc;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, Value, ValueRef};
use rusqlite::{CachedStatement, Connection, ErrorCode};
use trunkline_core::Error;

use crate::error::{refused, unavailable};
use crate::query::{Argument, Query};
use crate::rows;
use crate::sql::STEADY;

/// The clock of SQLite, in milliseconds.
const NOW: &str = "CAST(round(unixepoch('subsec') * 1000) AS INTEGER)";

/// A row that was read.
pub(crate) struct Row {
    columns: Arc<[String]>,
    values: Vec<Value>,
}

impl Row {
    pub(crate) fn get<T: FromSql>(&self, column: &str) -> FromSqlResult<T> {
        let at = self.columns.iter().position(|name| name == column);
        let value = at.and_then(|at| self.values.get(at));
        T::column_result(ValueRef::from(value.ok_or(FromSqlError::InvalidType)?))
    }
}

/// A statement as SQLite understands it. Its own numbered parameters begin with a question mark.
fn text(statement: &str) -> String {
    with_texts(statement)
        .replace('$', "?")
        .replace("{steady}", STEADY)
        .replace("{now}", NOW)
        .replace("{asked}", NOW)
        .replace("{lock}", "")
        .replace("{list}", "(SELECT value FROM json_each(")
        .replace("{/list}", "))")
        .replace("{unindexed}", "NOT INDEXED")
        .replace("{places}", "seq IN (SELECT value FROM json_each(")
        .replace("{/places}", "))")
        .replace("{by ", "INDEXED BY ")
        .replace('}', "")
}

/// The same, looking for a text in the index of texts and in the rows that it does not have yet.
fn with_texts(statement: &str) -> String {
    let mut parts = statement.split("{has text}");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (like, rest) = part.split_once("{/text}").unwrap_or((part, ""));
        text.push_str(&format!(
            "seq IN (SELECT rowid FROM inventory_text WHERE text LIKE {like} UNION ALL SELECT late.seq \
             FROM inventory_unindexed AS late CROSS JOIN inventory AS whole ON whole.seq = late.seq \
             WHERE whole.text LIKE {like}){rest}"
        ));
    }
    text
}

/// Prepares a statement, once for each connection, and gives it its arguments.
fn prepare<'c>(connection: &'c Connection, query: &Query) -> rusqlite::Result<CachedStatement<'c>> {
    let mut statement = connection.prepare_cached(&query.for_sqlite(text))?;
    for (index, argument) in (1..).zip(&query.arguments) {
        match argument {
            Argument::Text(text) => statement.raw_bind_parameter(index, text)?,
            Argument::Integer(number) => statement.raw_bind_parameter(index, number)?,
        }
    }
    Ok(statement)
}

/// All rows of a statement.
pub(super) fn all(connection: &Connection, query: &Query) -> rusqlite::Result<Vec<rows::Row>> {
    let mut statement = prepare(connection, query)?;
    let names = statement.column_names().into_iter();
    let columns: Arc<[String]> = names.map(str::to_owned).collect();
    let mut found = statement.raw_query();
    let mut all = Vec::new();
    while let Some(row) = found.next()? {
        let values = (0..columns.len()).map(|at| row.get(at));
        all.push(rows::Row::Sqlite(Row {
            columns: Arc::clone(&columns),
            values: values.collect::<rusqlite::Result<_>>()?,
        }));
    }
    Ok(all)
}

/// How many rows a statement changed.
pub(super) fn count(connection: &Connection, query: &Query) -> rusqlite::Result<u64> {
    let mut statement = prepare(connection, query)?;
    let mut rows = statement.raw_query();
    while rows.next()?.is_some() {}
    Ok(connection.changes())
}

/// A statement that reads has failed.
pub(super) fn unread(error: rusqlite::Error) -> Error {
    unavailable(format!("can't be read: {error}")).with_source(error)
}

/// A statement that writes has failed. SQLite names tables and files, never a value.
pub(super) fn unwritten(error: rusqlite::Error) -> Error {
    let failed = match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => refused(&error.to_string()),
        _ => unavailable(format!("can't be written: {error}")),
    };
    failed.with_source(error)
}

#[cfg(test)]
mod tests;
