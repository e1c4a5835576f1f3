//! Running a write as one transaction: again if the database undid it for another's sake or was gone
//! before it was committed, never if it may have been committed.

use std::borrow::Cow;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{Arguments, AssertSqlSafe, Error as SqlError, Executor, Postgres, SqlSafeStr};
use trunkline_admin::chronicle::{Lines, Trail};
use trunkline_core::{Error, ErrorKind, Result};

use crate::error::unavailable;
use crate::postgres::chain;
use crate::postgres::error::{caused, unread, unwritten};
use crate::postgres::pool::{For, Lent, Pool};
use crate::query::{Argument, Query, Transaction};
use crate::rows::Row;
use crate::write::{Done, How, Write};

/// How often something is tried in all.
const TRIES: u32 = 6;

/// Longest pause before the second try, which grows with every further one. Two that got in each other's
/// way must not meet again.
const PAUSE: Duration = Duration::from_millis(10);

/// The clock of PostgreSQL, in milliseconds. The time of the transaction, which others of its
/// functions give, stands still while a statement waits for another one.
const NOW: &str = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";

/// The same when a statement came in: an index can be searched for it, and reading waits for nothing.
const ASKED: &str = "CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000 AS BIGINT)";

/// A statement as PostgreSQL understands it.
fn text(statement: &str) -> String {
    let (before, by) = statement.split_once("{by ").unwrap_or((statement, "}"));
    let (_, after) = by.split_once('}').unwrap_or_default();
    format!("{before}{after}")
        .replace("{now}", NOW)
        .replace("{asked}", ASKED)
        .replace("{lock}", " FOR UPDATE")
        .replace("{list}", "(SELECT jsonb_array_elements_text(CAST(")
        .replace("{/list}", " AS JSONB)))")
        .replace("{unindexed}", "")
        .replace("{has text}", "text LIKE ")
        .replace("{/text}", "")
}

type Sent = sqlx::query::Query<'static, Postgres, PgArguments>;

fn sent(query: &Query) -> Result<Sent> {
    let mut arguments = PgArguments::default();
    for argument in &query.arguments {
        let added = match argument {
            Argument::Text(text) => arguments.add(text.as_deref()),
            Argument::Integer(number) => arguments.add(number),
        };
        added
            .map_err(|_| Error::new(ErrorKind::Internal, "a value is too long for the database"))?;
    }
    let text = match query.for_postgres(text) {
        Cow::Borrowed(text) => text.into_sql_str(),
        Cow::Owned(text) => AssertSqlSafe(text).into_sql_str(),
    };
    Ok(sqlx::query_with(text, arguments))
}

/// All rows of a statement that changes nothing.
pub(super) struct Read(pub(super) Query);

#[async_trait]
impl Write for Read {
    type Output = Vec<Row>;

    fn how(&self) -> How {
        How::Read
    }

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<Vec<Row>>> {
        Ok(Done::Kept(self.0.clone().all(on).await?))
    }
}

/// The connection that a write runs on.
struct Session<'p> {
    lent: Lent<'p>,
    how: How,
    /// Whether nothing was written by what failed, and the next try may fare better.
    again: bool,
    /// Written once it is committed.
    lines: Lines,
}

#[async_trait]
impl Transaction for Session<'_> {
    async fn all(&mut self, query: Query) -> Result<Vec<Row>> {
        let rows: Result<Vec<PgRow>, _> = sent(&query)?.fetch_all(&mut self.lent.connection).await;
        let rows = rows.map_err(|error| self.failed(error))?;
        Ok(rows.into_iter().map(Row::Postgres).collect())
    }

    async fn count(&mut self, query: Query) -> Result<u64> {
        let done = sent(&query)?.execute(&mut self.lent.connection).await;
        let done = done.map_err(|error| self.failed(error))?;
        Ok(done.rows_affected())
    }

    async fn leave(&mut self, trail: &Trail) -> Result<()> {
        self.lines.add(trail);
        chain::leave(self, trail).await
    }
}

impl Session<'_> {
    /// Runs a statement about the transaction itself; it is surely `undone` should the connection be lost, or may be
    /// committed.
    async fn control(&mut self, text: &'static str, undone: bool) -> Result<()> {
        let done = self.lent.connection.execute(text).await;
        done.map(drop).map_err(|error| self.failure(error, undone))
    }

    fn failed(&mut self, error: SqlError) -> Error {
        self.failure(error, self.how != How::Alone)
    }

    fn failure(&mut self, error: SqlError, undone: bool) -> Error {
        let lost = is_lost(&error);
        if lost {
            self.lent.distrust();
        }
        if lost && !undone {
            let what = "was lost while it was written to: what was being written may be there";
            return caused(unavailable(what), error);
        }
        self.again = lost || is_undone(&error);
        if self.how == How::Read {
            unread(error)
        } else {
            unwritten(error)
        }
    }
}

struct Failure {
    error: Error,
    again: bool,
}

/// Runs it, for `patience` at most.
pub(super) async fn run<W: Write>(pool: &Pool, patience: Duration, write: &W) -> Result<W::Output> {
    let tries = async {
        let mut tries = 1;
        loop {
            match attempt(pool, write).await {
                Ok(output) => return Ok(output),
                Err(failure) if failure.again && tries < TRIES => {
                    let pause = PAUSE * tries;
                    tokio::time::sleep(pause.mul_f64(rand::random())).await;
                    tries += 1;
                }
                Err(failure) => return Err(failure.error),
            }
        }
    };
    // What is given up on in the middle takes its connection with it, and the database undoes the rest.
    let outcome = tokio::time::timeout(patience, tries).await;
    outcome.unwrap_or_else(|_| Err(silent(write.how(), patience)))
}

async fn attempt<W: Write>(pool: &Pool, write: &W) -> Result<W::Output, Failure> {
    let how = write.how();
    let what = match how {
        How::Read => For::Reading,
        How::Alone | How::Together => For::Writing,
    };
    let lent = pool.lend(what).await;
    let lent = lent.map_err(|error| Failure {
        error,
        again: false,
    })?;
    let mut session = Session {
        lent,
        how,
        again: false,
        lines: Lines::default(),
    };
    match transact(&mut session, write).await {
        Ok(Some(output)) => {
            session.lent.give_back();
            Ok(output)
        }
        Ok(None) => {
            session.lent.give_back();
            Err(Failure {
                error: unavailable("is changed by too many at once"),
                again: true,
            })
        }
        Err(error) => Err(Failure {
            error,
            again: session.again,
        }),
    }
}

/// What the write came to; `None` if it is to be run again.
async fn transact<W: Write>(session: &mut Session<'_>, write: &W) -> Result<Option<W::Output>> {
    let together = session.how == How::Together;
    if together {
        session.control("BEGIN", true).await?;
    }
    let (output, end) = match write.run(session).await? {
        Done::Kept(output) => (Some(output), "COMMIT"),
        Done::Undone(output) => (Some(output), "ROLLBACK"),
        Done::Again => (None, "ROLLBACK"),
    };
    if together {
        session.control(end, end == "ROLLBACK").await?;
    }
    if end == "COMMIT" {
        std::mem::take(&mut session.lines).write();
    }
    Ok(output)
}

fn silent(how: How, patience: Duration) -> Error {
    let what = if how == How::Read {
        "can't be read"
    } else {
        "can't be written, though what was being written may be there"
    };
    unavailable(format!("{what}: nothing came of it in {patience:?}"))
}

/// Whether the transaction was undone so that others could go on: a serialization failure or a deadlock.
/// See "PostgreSQL Error Codes" in its manual, here and below.
fn is_undone(error: &SqlError) -> bool {
    matches!(code(error).as_deref(), Some("40001" | "40P01"))
}

/// Whether the connection is of no use any more: cut, ended by the server, or to one that may only be read.
fn is_lost(error: &SqlError) -> bool {
    match code(error) {
        Some(code) => {
            let ended = [
                "57P01", "57P02", "57P03", "57P05", "25P03", "25P04", "25006",
            ];
            code.starts_with("08") || ended.contains(&code.as_str())
        }
        None => matches!(
            error,
            SqlError::Io(_) | SqlError::Tls(_) | SqlError::Protocol(_)
        ),
    }
}

/// The code of what the database said.
pub(super) fn code(error: &SqlError) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}
