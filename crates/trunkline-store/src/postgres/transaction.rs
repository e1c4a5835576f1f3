//! Running a write as one transaction: again if the database undid it for another's sake or was gone
//! before it was committed, never if it may have been committed.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{Error as SqlError, Executor};
use trunkline_core::{Error, Result};

use crate::error::{caused, unavailable, unread, unwritten};
use crate::postgres::pool::{For, Pool};
use crate::postgres::query::Query;

/// How often something is tried in all.
const TRIES: u32 = 6;

/// Longest pause before the second try, which grows with every further one. Two that got in each other's
/// way must not meet again.
const PAUSE: Duration = Duration::from_millis(10);

/// How something is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// It changes nothing.
    Read,
    /// It changes something by its first statement alone, which is a transaction by itself.
    Alone,
    /// Its statements are one transaction.
    Together,
}

/// One thing to write, wholly or not at all.
#[async_trait]
pub(super) trait Write: Send + Sync {
    /// What came of it.
    type Output: Send;

    /// How it is sent; [`How::Together`] unless said.
    fn how(&self) -> How {
        How::Together
    }

    /// Writes it. After anything but [`Done::Kept`] nothing of it stays.
    async fn run(&self, on: &mut PgConnection) -> Result<Done<Self::Output>, Trouble>;
}

/// What a write came to.
#[derive(Debug)]
pub(super) enum Done<T> {
    /// It is to be committed.
    Kept(T),
    /// It was refused, so all is to be undone.
    Undone(T),
    /// What stood in its way is gone.
    Again,
}

/// Why a write could not be run.
#[derive(Debug)]
pub(super) enum Trouble {
    /// A statement has failed.
    Sql(SqlError),
    /// Something else.
    Other(Error),
}

impl From<SqlError> for Trouble {
    fn from(error: SqlError) -> Self {
        Self::Sql(error)
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

/// All rows of a statement that changes nothing.
pub(super) struct Read(pub(super) Query);

#[async_trait]
impl Write for Read {
    type Output = Vec<PgRow>;

    fn how(&self) -> How {
        How::Read
    }

    async fn run(&self, on: &mut PgConnection) -> Result<Done<Vec<PgRow>>, Trouble> {
        Ok(Done::Kept(self.0.clone().all(on).await?))
    }
}

/// One statement that always does what it says.
pub(super) struct Put(pub(super) Query);

#[async_trait]
impl Write for Put {
    type Output = ();

    fn how(&self) -> How {
        How::Alone
    }

    async fn run(&self, on: &mut PgConnection) -> Result<Done<()>, Trouble> {
        self.0.clone().changed(on).await?;
        Ok(Done::Kept(()))
    }
}

enum Failure {
    /// Nothing was written, and the next try may fare better.
    Again(Error),
    Final(Error),
}

/// Runs it, for `patience` at most.
pub(super) async fn run<W: Write>(pool: &Pool, patience: Duration, write: &W) -> Result<W::Output> {
    let tries = async {
        let mut tries = 1;
        loop {
            match attempt(pool, write).await {
                Ok(output) => return Ok(output),
                Err(Failure::Again(_)) if tries < TRIES => {
                    let pause = PAUSE * tries;
                    tokio::time::sleep(pause.mul_f64(rand::random())).await;
                    tries += 1;
                }
                Err(Failure::Again(error) | Failure::Final(error)) => return Err(error),
            }
        }
    };
    // What is given up on in the middle takes its connection with it, and the database undoes the rest.
    let outcome = tokio::time::timeout(patience, tries).await;
    outcome.unwrap_or_else(|_| Err(silent(write.how(), patience)))
}

async fn attempt<W: Write>(pool: &Pool, write: &W) -> Result<W::Output, Failure> {
    let how = write.how();
    let failed = |undone, error| failure(pool, how, (undone, error));
    let what = match how {
        How::Read => For::Reading,
        How::Alone | How::Together => For::Writing,
    };
    let mut lent = pool.lend(what).await.map_err(Failure::Final)?;
    let connection = &mut lent.connection;
    if how == How::Together {
        let begun = connection.execute("BEGIN").await;
        begun.map_err(|error| failed(true, error))?;
    }
    let (output, end) = match write.run(connection).await {
        Ok(Done::Kept(output)) => (Some(output), "COMMIT"),
        Ok(Done::Undone(output)) => (Some(output), "ROLLBACK"),
        Ok(Done::Again) => (None, "ROLLBACK"),
        Err(Trouble::Sql(error)) => return Err(failed(how != How::Alone, error)),
        Err(Trouble::Other(error)) => return Err(Failure::Final(error)),
    };
    if how == How::Together {
        let ended = connection.execute(end).await;
        ended.map_err(|error| failed(end == "ROLLBACK", error))?;
    }
    lent.give_back();
    output.ok_or_else(|| Failure::Again(unavailable("is changed by too many at once")))
}

/// What the failure of a statement means, if its transaction is surely `undone` or may be committed
/// should the connection be lost.
fn failure(pool: &Pool, how: How, (undone, error): (bool, SqlError)) -> Failure {
    let lost = is_lost(&error);
    if lost {
        pool.distrust();
    }
    let again = is_undone(&error) || (lost && undone);
    if lost && !undone {
        let what = "was lost while it was written to: what was being written may be there";
        return Failure::Final(caused(unavailable(what), error));
    }
    let error = if how == How::Read {
        unread(error)
    } else {
        unwritten(error)
    };
    if again {
        Failure::Again(error)
    } else {
        Failure::Final(error)
    }
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
