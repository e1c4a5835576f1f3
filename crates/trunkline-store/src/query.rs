//! Statements with their arguments, which both databases run.

use std::borrow::Cow;
use std::sync::OnceLock;

use async_trait::async_trait;
use trunkline_admin::chronicle::Trail;
use trunkline_core::{Result, Tenant};

use crate::rows::{Row, limit};

/// A statement, and its text for the database of this process, made once.
#[derive(Debug)]
pub(crate) struct Statement {
    sqlite: &'static str,
    postgres: &'static str,
    made: [OnceLock<String>; 2],
}

impl Statement {
    /// A statement that both databases understand once what stands in braces is replaced, see [`sql`](crate::sql).
    pub(crate) const fn new(text: &'static str) -> Self {
        Self::each(text, text)
    }

    /// A statement that is written differently for SQLite and for PostgreSQL.
    pub(crate) const fn each(sqlite: &'static str, postgres: &'static str) -> Self {
        Self {
            sqlite,
            postgres,
            made: [const { OnceLock::new() }; 2],
        }
    }

    pub(crate) fn query(&'static self) -> Query {
        Query::of(Text::Fixed(self), Vec::new())
    }
}

/// Declares statements, and lists all of them for tests: `NAME = "for both"`, or `NAME = "for SQLite" | "for PostgreSQL"`;
/// a text may be made of others, in brackets.
macro_rules! statements {
    (@ [$($part:expr),+]) => { concat!($($part),+) };
    (@ $text:literal) => { $text };
    (@@ $both:tt) => { Statement::new(statements!(@ $both)) };
    (@@ $sqlite:tt $postgres:tt) => { Statement::each(statements!(@ $sqlite), statements!(@ $postgres)) };
    ($($(#[$doc:meta])* $name:ident = $sqlite:tt $(| $postgres:tt)?;)+) => {
        $($(#[$doc])* pub(crate) static $name: Statement = statements!(@@ $sqlite $($postgres)?);)+

        #[cfg(test)]
        pub(crate) static ALL: &[(&str, &Statement)] = &[$((stringify!($name), &$name)),+];
    };
}
pub(crate) use statements;

#[derive(Clone, Debug)]
enum Text {
    Fixed(&'static Statement),
    /// With the filters that were given.
    Filtered(String),
}

/// An argument; its type matters to PostgreSQL even if it is NULL.
#[derive(Clone, Debug)]
pub(crate) enum Argument {
    Text(Option<String>),
    Integer(Option<i64>),
    /// A JSON document, which a file keeps packed.
    Document(String),
}

/// A document to be bound.
pub(crate) struct Document<'a>(pub(crate) &'a str);

macro_rules! arguments {
    ($($from:ty => $variant:ident($value:ident) $with:expr),+ $(,)?) => {
        $(impl From<$from> for Argument {
            fn from($value: $from) -> Self {
                Self::$variant($with)
            }
        })+
    };
}

arguments!(
    &str => Text(text) Some(text.to_owned()),
    String => Text(text) Some(text),
    Option<String> => Text(text) text,
    Option<&str> => Text(text) text.map(str::to_owned),
    i64 => Integer(number) Some(number),
    Option<i64> => Integer(number) number,
    bool => Integer(flag) Some(flag.into()),
    Document<'_> => Document(document) document.0.to_owned(),
);

/// A statement with its arguments, which can be run more than once.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    text: Text,
    pub(crate) arguments: Vec<Argument>,
    /// Whether it finds few rows by an index.
    #[cfg(feature = "sqlite")]
    pub(crate) is_quick: bool,
}

impl Query {
    fn of(text: Text, arguments: Vec<Argument>) -> Self {
        Self {
            text,
            arguments,
            #[cfg(feature = "sqlite")]
            is_quick: false,
        }
    }

    /// The same, known to find few rows by an index: SQLite runs it where it is asked, since handing it to another thread
    /// and back takes longer.
    pub(crate) fn quick(self) -> Self {
        Self {
            #[cfg(feature = "sqlite")]
            is_quick: true,
            ..self
        }
    }

    /// A statement whose conditions are added, for rows of a tenant. `select` ends with the table. Without statistics SQLite
    /// does not know which index serves best, so it is named.
    pub(crate) fn filtered(select: &str, index: &str, tenant: &Tenant) -> Self {
        let text = format!("{select} {{by {index}}} WHERE tenant = $1");
        Self::of(Text::Filtered(text), vec![tenant.as_str().into()])
    }

    /// The same without an index of the tenant's rows: the conditions find few rows by their places.
    pub(crate) fn found(select: &str, tenant: &Tenant) -> Self {
        let text = format!("{select} {{unindexed}} WHERE tenant = $1");
        Self::of(Text::Filtered(text), vec![tenant.as_str().into()])
    }

    /// The same of several tables: the database chooses its indexes.
    pub(crate) fn joined(select: &str, tenant: &Tenant) -> Self {
        let text = format!("{select} WHERE tenant = $1");
        Self::of(Text::Filtered(text), vec![tenant.as_str().into()])
    }

    /// The same with more text.
    pub(crate) fn then(mut self, more: &str) -> Self {
        if let Text::Filtered(text) = &mut self.text {
            text.push_str(more);
        }
        self
    }

    /// The same with a condition, if there is an argument for its question mark.
    pub(crate) fn and(self, condition: &str, argument: Option<impl Into<Argument>>) -> Self {
        let Some(argument) = argument else {
            return self;
        };
        let this = self.bind(argument);
        let place = format!("${}", this.arguments.len());
        this.then(&format!(" AND {}", condition.replace('?', &place)))
    }

    /// The same with a condition on several arguments, each for a question mark in turn.
    pub(crate) fn and_all<const N: usize>(self, condition: &str, arguments: [Argument; N]) -> Self {
        let mut parts = condition.split('?');
        let mut text = format!(" AND {}", parts.next().unwrap_or_default());
        let mut this = self;
        for (argument, part) in arguments.into_iter().zip(parts) {
            this = this.bind(argument);
            text.push_str(&format!("${}{part}", this.arguments.len()));
        }
        this.then(&text)
    }

    /// The same in an order, with so many rows at most.
    pub(crate) fn ordered(self, by: &str, most: usize) -> Self {
        let this = self.bind(limit(most));
        let last = format!(" ORDER BY {by} LIMIT ${}", this.arguments.len());
        this.then(&last)
    }

    /// The text for SQLite; `make` replaces what stands in braces.
    pub(crate) fn for_sqlite(&self, make: fn(&str) -> String) -> Cow<'static, str> {
        match &self.text {
            Text::Fixed(fixed) => Cow::Borrowed(fixed.made[0].get_or_init(|| make(fixed.sqlite))),
            Text::Filtered(text) => Cow::Owned(make(text)),
        }
    }

    /// The text for PostgreSQL; `make` replaces what stands in braces.
    pub(crate) fn for_postgres(&self, make: fn(&str) -> String) -> Cow<'static, str> {
        match &self.text {
            Text::Fixed(fixed) => Cow::Borrowed(fixed.made[1].get_or_init(|| make(fixed.postgres))),
            Text::Filtered(text) => Cow::Owned(make(text)),
        }
    }

    /// Whether its text for SQLite names a table.
    #[cfg(feature = "sqlite")]
    pub(crate) fn names(&self, table: &str) -> bool {
        match &self.text {
            Text::Fixed(fixed) => fixed.sqlite.contains(table),
            Text::Filtered(text) => text.contains(table),
        }
    }

    /// Gives the next argument.
    pub(crate) fn bind(mut self, argument: impl Into<Argument>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// All rows.
    pub(crate) async fn all(self, on: &mut dyn Transaction) -> Result<Vec<Row>> {
        on.all(self).await
    }

    /// The first row, if there is one.
    pub(crate) async fn row(self, on: &mut dyn Transaction) -> Result<Option<Row>> {
        Ok(on.all(self).await?.into_iter().next())
    }

    /// How many rows it changed.
    pub(crate) async fn count(self, on: &mut dyn Transaction) -> Result<u64> {
        on.count(self).await
    }

    /// Whether it changed a row.
    pub(crate) async fn changed(self, on: &mut dyn Transaction) -> Result<bool> {
        Ok(on.count(self).await? > 0)
    }
}

/// The transaction that a write runs in.
#[async_trait]
pub(crate) trait Transaction: Send {
    /// All rows of a statement.
    async fn all(&mut self, query: Query) -> Result<Vec<Row>>;

    /// How many rows a statement changed.
    async fn count(&mut self, query: Query) -> Result<u64>;

    /// Adds audit rows and events to the chain and the feed of their tenant, or has them added soon.
    async fn leave(&mut self, trail: &Trail) -> Result<()>;
}
