//! Running a write as one transaction: again if the database undid it for another's sake or was gone
//! before it was committed, never if it may have been committed.

use std::borrow::Cow;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{Arguments, AssertSqlSafe, Error as SqlError, Executor, Postgres, SqlSafeStr};
use trunkline_admin::chronicle::{Lines, Trail};
use trunkline_core::host;
use trunkline_core::{Error, ErrorKind, Result};

use crate::error::unavailable;
use crate::postgres::chain;
use crate::postgres::error::{caused, unread, unwritten};
use crate::postgres::pool::{For, Lent, Pool};
use crate::query::{Argument, Query, Transaction};
use crate::rows::Row;
use crate::sql::STEADY;
use crate::write::{AtOnce, Done, How, Step, Write};

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
        .replace("{steady}", STEADY)
        .replace("{now}", NOW)
        .replace("{asked}", ASKED)
        .replace("{lock}", " FOR UPDATE")
        // As arrays: with a subquery the planner guesses that many rows match, and reads them with one process.
        .replace(
            "NOT IN {list}",
            "<> ALL(ARRAY(SELECT jsonb_array_elements_text(CAST(",
        )
        .replace(
            "IN {list}",
            "= ANY(ARRAY(SELECT jsonb_array_elements_text(CAST(",
        )
        .replace("{/list}", " AS JSONB))))")
        .replace("{unindexed}", "")
        .replace("{has text}", "text LIKE ")
        .replace("{/text}", "")
        .replace(
            "{places}",
            "seq = ANY(ARRAY(SELECT CAST(jsonb_array_elements_text(CAST(",
        )
        .replace("{/places}", " AS JSONB)) AS BIGINT)))")
}

type Sent = sqlx::query::Query<'static, Postgres, PgArguments>;

fn sent(query: &Query) -> Result<Sent> {
    let mut arguments = PgArguments::default();
    add(&mut arguments, query)?;
    let text = match query.for_postgres(text) {
        Cow::Borrowed(text) => text.into_sql_str(),
        Cow::Owned(text) => AssertSqlSafe(text).into_sql_str(),
    };
    Ok(sqlx::query_with(text, arguments))
}

fn add(arguments: &mut PgArguments, query: &Query) -> Result<()> {
    for argument in &query.arguments {
        let added = match argument {
            Argument::Text(text) => arguments.add(text.as_deref()),
            Argument::Integer(number) => arguments.add(number),
        };
        added
            .map_err(|_| Error::new(ErrorKind::Internal, "a value is too long for the database"))?;
    }
    Ok(())
}

/// What PostgreSQL says, as part of an error, where a statement of a write changed nothing that had to.
const ANOTHER_CAME_FIRST: &str = "another write came first, so this one is tried step by step";

/// Several statements as one. It gives the fence of the lease that one of them takes, 1 without one. Where one changes
/// nothing that has to, it fails, so that nothing stays. PostgreSQL runs them in the order in which they are counted.
fn as_one(steps: &[Step], synced: bool) -> Result<Sent> {
    let (mut texts, mut counts) = (Vec::new(), Vec::new());
    let mut arguments = PgArguments::default();
    for (index, step) in steps.iter().enumerate() {
        let text = numbered_from(&step.query.for_postgres(text), arguments.len());
        let found = match text.rsplit_once(" RETURNING ") {
            Some((text, "fence")) => format!("{text} RETURNING fence AS found"),
            given => {
                let text = given.map_or(text.as_str(), |(text, _)| text);
                format!("{text} RETURNING CAST(1 AS BIGINT) AS found")
            }
        };
        texts.push(format!("step{index} AS ({found})"));
        let otherwise = u8::from(!step.must);
        counts.push(format!(
            "SELECT COALESCE(MAX(found), {otherwise}) AS found FROM step{index}"
        ));
        add(&mut arguments, &step.query)?;
    }
    let (texts, counts) = (texts.join(", "), counts.join(" UNION ALL "));
    let only_committed = match synced {
        true => "",
        false => ", set_config('synchronous_commit', 'off', true) AS synced",
    };
    let text = format!(
        "WITH {texts} SELECT CAST(CASE WHEN MIN(found) > 0 THEN CAST(MAX(found) AS TEXT) \
         ELSE '{ANOTHER_CAME_FIRST}' END AS BIGINT) AS fence{only_committed} FROM ({counts}) AS steps"
    );
    Ok(sqlx::query_with(
        AssertSqlSafe(text).into_sql_str(),
        arguments,
    ))
}

/// A statement whose parameters come after this many others.
fn numbered_from(text: &str, others: usize) -> String {
    let mut parts = text.split('$');
    let mut numbered = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_digit());
        let (number, rest) = part.split_at(end.unwrap_or(part.len()));
        match number.parse::<usize>() {
            Ok(number) => numbered.push_str(&format!("${}{rest}", number + others)),
            Err(_) => numbered.push_str(&format!("${part}")),
        }
    }
    numbered
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
        match chain::leave(trail)? {
            Some(query) => query.count(self).await.map(drop),
            None => Ok(()),
        }
    }
}

impl Session<'_> {
    /// Runs a statement about the transaction itself; it is surely `undone` should the connection be lost, or may be
    /// committed.
    async fn control(&mut self, text: &'static str, undone: bool) -> Result<()> {
        let done = self.lent.connection.execute(text).await;
        done.map(drop).map_err(|error| self.failure(error, undone))
    }

    /// Runs the statements of a write as one, in one round trip; gives nothing, and nothing of it stays, if one changes
    /// nothing that has to.
    async fn at_once<T>(&mut self, mut all: AtOnce<'_, T>) -> Result<Option<T>> {
        all.steps.extend(chain::leave(all.trail)?.map(Step::must));
        let one = as_one(&all.steps, all.synced)?;
        match one.fetch_one(&mut self.lent.connection).await {
            Ok(row) => Ok(Some((all.output)(Row::Postgres(row).integer("fence")?))),
            Err(error) if is_refused(&error) => Ok(None),
            // A server process looks whether it is to end while it waits and while it works, never between its commit
            // and its answer.
            Err(error) => {
                let is_ended = code(&error).as_deref() == Some("57P01");
                Err(self.failure(error, is_ended))
            }
        }
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
                    tokio::time::sleep(pause.mul_f64(host::random())).await;
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
    if let Some(all) = write.at_once()? {
        let trail = all.trail;
        if let Some(output) = session.at_once(all).await? {
            session.lines.add(trail);
            std::mem::take(&mut session.lines).write();
            return Ok(Some(output));
        }
    }
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

/// Whether a write that ran as one statement changed nothing that it has to change.
fn is_refused(error: &SqlError) -> bool {
    code(error).as_deref() == Some("22P02") && error.to_string().contains(ANOTHER_CAME_FIRST)
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
