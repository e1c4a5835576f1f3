//! The connections. Unlike sqlx's pool this one says at once why the database can't be reached, asks
//! nothing of a connection that was used a moment ago, and drops all of them when one is lost.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::Connection;
use sqlx::postgres::PgConnection;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;
use trunkline_core::Result;
use trunkline_engine::PoolUse;

use crate::Options;
use crate::error::{closed, unavailable};
use crate::postgres::connect::Target;
use crate::postgres::error::{brief, caused};
use crate::waits::Waits;

/// A connection that was not used for this long is asked whether it is still there.
const FRESH: Duration = Duration::from_secs(1);

/// How long it has to answer.
const ANSWER: Duration = Duration::from_secs(2);

/// A connection that was not used for this long is closed.
const IDLE: Duration = Duration::from_secs(300);

/// A connection is closed after this long: the name may by then stand for another server.
const LIFE: Duration = Duration::from_secs(1800);

/// Connections to one database, a limited number of them.
pub(super) struct Pool {
    target: Target,
    most: u32,
    room: Semaphore,
    /// Reads leave some connections to writes: many who ask how far something is must not keep it from getting on.
    reads: Semaphore,
    idle: Mutex<Vec<Idle>>,
    /// Longest that a connection is waited for.
    patience: Duration,
    waits: Waits,
}

struct Idle {
    connection: PgConnection,
    born: Instant,
    since: Instant,
}

/// A connection that is lent. Unless it is given back it is closed, and what it was in the middle of is undone.
pub(super) struct Lent<'p> {
    pub(super) connection: PgConnection,
    born: Instant,
    pool: &'p Pool,
    _room: SemaphorePermit<'p>,
    _read: Option<SemaphorePermit<'p>>,
}

/// The right to a connection.
struct Permits<'p> {
    room: SemaphorePermit<'p>,
    read: Option<SemaphorePermit<'p>>,
}

/// What a connection is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    Reading,
    Writing,
}

impl Pool {
    /// A pool with room for so many, and the first of them.
    pub(super) fn new(target: Target, options: &Options, first: PgConnection) -> Self {
        let (now, most) = (Instant::now(), options.connections.max(1));
        let first = Idle {
            connection: first,
            born: now,
            since: now,
        };
        Self {
            target,
            most,
            room: Semaphore::new(usize::try_from(most).unwrap_or(Semaphore::MAX_PERMITS)),
            reads: Semaphore::new(usize::try_from(most.div_ceil(2)).unwrap_or(1)),
            idle: Mutex::new(vec![first]),
            patience: options.busy_timeout,
            waits: Waits::new("connections", most),
        }
    }

    /// How busy its connections are.
    pub(super) fn usage(&self) -> PoolUse {
        let free = u32::try_from(self.room.available_permits()).unwrap_or(u32::MAX);
        self.waits.with(self.most.saturating_sub(free))
    }

    /// Where the database is.
    pub(super) fn place(&self) -> &str {
        self.target.place()
    }

    /// A connection that worked a moment ago; waits while all are in use, for `busy_timeout` at most.
    ///
    /// # Errors
    /// `UpstreamUnavailable` if there is none to be had.
    pub(super) async fn lend(&self, what: For) -> Result<Lent<'_>> {
        let Permits { room, read } = match self.try_permits(what) {
            Some(permits) => {
                self.waits.found();
                permits
            }
            None => self.waits.until(self.permits(what)).await?,
        };
        let mut found = None;
        while let Some(mut idle) = self.take() {
            if is_alive(&mut idle).await {
                found = Some(idle);
                break;
            }
        }
        let (connection, born) = match found {
            Some(idle) => (idle.connection, idle.born),
            None => (self.connect().await?, Instant::now()),
        };
        Ok(Lent {
            connection,
            born,
            pool: self,
            _room: room,
            _read: read,
        })
    }

    /// The right to a connection, if one is free now.
    fn try_permits(&self, what: For) -> Option<Permits<'_>> {
        let read = match what {
            For::Reading => Some(self.reads.try_acquire().ok()?),
            For::Writing => None,
        };
        let room = self.room.try_acquire().ok()?;
        Some(Permits { room, read })
    }

    /// The right to a connection once one is free; `None` if that takes too long.
    async fn permits(&self, what: For) -> Result<Option<Permits<'_>>> {
        let permits = async {
            let read = match what {
                For::Reading => Some(self.reads.acquire().await.map_err(|_| closed())?),
                For::Writing => None,
            };
            let room = self.room.acquire().await.map_err(|_| closed())?;
            Ok(Permits { room, read })
        };
        let permits = tokio::time::timeout(self.patience, permits).await;
        permits.ok().transpose()
    }

    async fn connect(&self) -> Result<PgConnection> {
        let connected = self.target.connect().await;
        connected.map_err(|error| {
            let what = format!("can't be reached: {}", brief(&error));
            caused(unavailable(what), error)
        })
    }

    /// Waits for those that use a connection, and closes all.
    pub(super) async fn close(&self) {
        let everyone = self.room.acquire_many(self.most).await;
        self.room.close();
        self.reads.close();
        drop(everyone);
        let idle = std::mem::take(&mut *self.idle());
        for idle in idle {
            // The server notices anyhow.
            let _ = idle.connection.close().await;
        }
    }

    /// The connection that was used last.
    fn take(&self) -> Option<Idle> {
        self.idle().pop()
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lent<'_> {
    /// Drops every connection that is not in use: this one was lost, so the others are likely to be.
    pub(super) fn distrust(&self) {
        self.pool.idle().clear();
    }

    /// Gives the connection back, in the middle of nothing.
    pub(super) fn give_back(self) {
        let now = Instant::now();
        let mut idle = self.pool.idle();
        idle.retain(|idle| now.duration_since(idle.since) < IDLE);
        idle.push(Idle {
            connection: self.connection,
            born: self.born,
            since: now,
        });
    }
}

async fn is_alive(idle: &mut Idle) -> bool {
    if idle.born.elapsed() > LIFE {
        return false;
    }
    if idle.since.elapsed() < FRESH {
        return true;
    }
    let ping = tokio::time::timeout(ANSWER, idle.connection.ping()).await;
    matches!(ping, Ok(Ok(())))
}
