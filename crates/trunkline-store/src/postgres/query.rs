//! Asking PostgreSQL.

use std::sync::LazyLock;

use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::{Arguments, Encode, Postgres, Type};
use trunkline_core::{Error, ErrorKind};

use crate::postgres::transaction::Trouble;
use crate::trails::Binds;

/// A text to be prepared once for each connection, see `statement!`.
pub(super) struct Statement(LazyLock<String>);

impl Statement {
    pub(super) const fn new(text: fn() -> String) -> Self {
        Self(LazyLock::new(text))
    }

    pub(super) fn query(&'static self) -> Query {
        Query::new(self.0.as_str())
    }
}

/// A statement with its arguments, which can be sent more than once.
#[derive(Clone)]
pub(super) struct Query {
    text: &'static str,
    /// Nothing if one could not be encoded.
    arguments: Option<PgArguments>,
}

type Sent = sqlx::query::Query<'static, Postgres, PgArguments>;

impl Query {
    pub(super) fn new(text: &'static str) -> Self {
        Self {
            text,
            arguments: Some(PgArguments::default()),
        }
    }

    /// Gives the next argument.
    pub(super) fn bind<'a, T: Encode<'a, Postgres> + Type<Postgres>>(mut self, value: T) -> Self {
        self.arguments = self
            .arguments
            .and_then(|mut arguments| arguments.add(value).is_ok().then_some(arguments));
        self
    }

    fn send(self) -> Result<Sent, Trouble> {
        let too_long = || Error::new(ErrorKind::Internal, "a value is too long for the database");
        let arguments = self.arguments.ok_or_else(too_long)?;
        Ok(sqlx::query_with(self.text, arguments))
    }

    /// All rows.
    pub(super) async fn all(self, on: &mut PgConnection) -> Result<Vec<PgRow>, Trouble> {
        Ok(self.send()?.fetch_all(on).await?)
    }

    /// At most one row.
    pub(super) async fn row(self, on: &mut PgConnection) -> Result<Option<PgRow>, Trouble> {
        Ok(self.send()?.fetch_optional(on).await?)
    }

    /// Whether it changed a row.
    pub(super) async fn changed(self, on: &mut PgConnection) -> Result<bool, Trouble> {
        Ok(self.count(on).await? > 0)
    }

    /// How many rows it changed.
    pub(super) async fn count(self, on: &mut PgConnection) -> Result<u64, Trouble> {
        Ok(self.send()?.execute(on).await?.rows_affected())
    }
}

impl Binds for Query {
    fn text(self, value: Option<String>) -> Self {
        self.bind(value)
    }

    fn integer(self, value: Option<i64>) -> Self {
        self.bind(value)
    }
}
