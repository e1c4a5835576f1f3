//! Asking SQLite.

use std::sync::LazyLock;

use sqlx::Sqlite;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use trunkline_core::Result;

use crate::sqlite::readers::Readers;
use crate::trails::Binds;

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

impl Binds for Query {
    fn text(self, value: Option<String>) -> Self {
        self.bind(value)
    }

    fn integer(self, value: Option<i64>) -> Self {
        self.bind(value)
    }
}

/// At most one row.
pub(super) async fn optional(readers: &Readers, query: Query) -> Result<Option<SqliteRow>> {
    readers
        .ask(|mut on| async move { query.fetch_optional(&mut *on).await })
        .await
}

/// All rows.
pub(super) async fn all(readers: &Readers, query: Query) -> Result<Vec<SqliteRow>> {
    readers
        .ask(|mut on| async move { query.fetch_all(&mut *on).await })
        .await
}
