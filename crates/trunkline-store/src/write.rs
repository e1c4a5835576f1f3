//! What is written as one transaction, on either database.

use async_trait::async_trait;
use trunkline_admin::chronicle::Trail;
use trunkline_core::Result;

use crate::inventory::leave;
use crate::query::{Query, Transaction};

/// How PostgreSQL runs a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// It changes nothing.
    Read,
    /// It changes something by its first statement alone, which is a transaction by itself.
    Alone,
    /// Its statements are one transaction.
    Together,
}

/// One thing to write, wholly or not at all. It locks rows of several tables in one order: idempotency, purchases or
/// releases, claims, winners, leases, charges, purses. A refused insert leaves the row that refused it locked, so that
/// it can be named.
#[async_trait]
pub(crate) trait Write: Send + Sync + 'static {
    /// What came of it.
    type Output: Send + 'static;

    /// How PostgreSQL runs it; default [`How::Together`].
    fn how(&self) -> How {
        How::Together
    }

    /// Whether SQLite answers only when it is on disk, not just committed; default false. PostgreSQL does so unless
    /// [`AtOnce::synced`] is false.
    fn durable(&self) -> bool {
        false
    }

    /// The statements that write it if nothing stands in its way, for PostgreSQL, which runs them as one; default none,
    /// as where a statement depends on what another one gives.
    ///
    /// # Errors
    /// `Internal` if a value can't be written down.
    fn at_once(&self) -> Result<Option<AtOnce<'_, Self::Output>>> {
        Ok(None)
    }

    /// Writes it, and awaits nothing but `on`. After anything but [`Done::Kept`] nothing of it stays.
    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<Self::Output>>;
}

/// Statements that run as one: each changes a row of its own, which no other one looks at.
pub(crate) struct AtOnce<'w, T> {
    /// The statements, in the order in which they lock rows.
    pub(crate) steps: Vec<Step>,
    /// Whether it is answered only when it is on disk. What need not be is there before anything that is written later.
    pub(crate) synced: bool,
    /// What the write leaves behind.
    pub(crate) trail: &'w Trail,
    /// What it came to, from the fence of the lease that a step takes, 1 without one.
    pub(crate) output: Box<dyn FnOnce(i64) -> T + Send + 'w>,
}

/// One of these statements.
pub(crate) struct Step {
    pub(crate) query: Query,
    /// Whether all is undone unless it changes a row.
    pub(crate) must: bool,
}

impl Step {
    /// A statement that has to change a row.
    pub(crate) fn must(query: Query) -> Self {
        Self { query, must: true }
    }

    /// A statement that may find nothing to change.
    pub(crate) fn may(query: Query) -> Self {
        Self { query, must: false }
    }
}

/// What a write came to.
#[derive(Debug)]
pub(crate) enum Done<T> {
    /// It is to be committed.
    Kept(T),
    /// It was refused, so all is to be undone.
    Undone(T),
    /// What stood in its way is gone.
    Again,
}

/// One statement; gives whether it changed a row.
pub(crate) struct One {
    query: Query,
    durable: bool,
}

impl One {
    /// A statement that need not be on disk when it is answered.
    pub(crate) fn new(query: Query) -> Self {
        let durable = false;
        Self { query, durable }
    }

    /// A statement that is on disk when it is answered.
    pub(crate) fn durable(query: Query) -> Self {
        let durable = true;
        Self { query, durable }
    }
}

#[async_trait]
impl Write for One {
    type Output = bool;

    fn how(&self) -> How {
        How::Alone
    }

    fn durable(&self) -> bool {
        self.durable
    }

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<bool>> {
        Ok(Done::Kept(self.query.clone().changed(on).await?))
    }
}

/// Audit rows and events, alone or after the statement that they go with.
pub(crate) struct Note {
    with: Option<Query>,
    only_then: bool,
    trail: Trail,
}

impl Note {
    /// Audit rows and events alone.
    pub(crate) fn alone(trail: Trail) -> Self {
        Self {
            with: None,
            only_then: false,
            trail,
        }
    }

    /// A statement, and what it leaves.
    pub(crate) fn with(query: Query, trail: Trail) -> Self {
        Self {
            with: Some(query),
            ..Self::alone(trail)
        }
    }

    /// A statement, and what it leaves if it changes something.
    pub(crate) fn if_changed(query: Query, trail: Trail) -> Self {
        Self {
            only_then: true,
            ..Self::with(query, trail)
        }
    }
}

#[async_trait]
impl Write for Note {
    type Output = bool;

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<bool>> {
        let changed = match &self.with {
            Some(query) => query.clone().changed(on).await?,
            None => true,
        };
        if self.only_then && !changed {
            return Ok(Done::Undone(false));
        }
        leave(on, &self.trail).await?;
        Ok(Done::Kept(changed))
    }
}
