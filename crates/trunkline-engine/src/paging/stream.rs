//! The same list as a stream: every account at once, each of its pages the moment it arrives.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, Stream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::paging::reader::Reader;
use crate::paging::walk::{Patience, Position, Walk, source};
use crate::source::Source;
use trunkline_core::registry::AccountEntry;
use trunkline_core::telemetry::trace;

/// A piece of a streamed list.
#[derive(Clone, Debug, PartialEq)]
pub enum Streamed<T> {
    /// Items of one account, in its order.
    Items(Vec<T>),
    /// An account has been read, to its end or to where it failed.
    Source(Box<Source>),
}

/// Reads every account to its end, in the carrier's largest pages. `timeout` is for each page: a list is as long as it is.
///
/// Each account is read on a task of its own, at most a page ahead: a client that takes its time keeps nobody in the
/// middle of a call. Dropping the stream ends them.
pub(crate) fn streamed<T, R>(
    entries: Vec<Arc<AccountEntry>>,
    reader: &R,
    timeout: Duration,
) -> impl Stream<Item = Streamed<T>> + Send + use<T, R>
where
    T: Send + 'static,
    R: Reader<T> + Clone + Send + 'static,
{
    let (pieces, read) = mpsc::channel(1);
    let mut tasks = JoinSet::new();
    for entry in entries {
        let (reader, pieces) = (reader.clone(), pieces.clone());
        tasks.spawn(trace::carried(async move {
            give(&entry, &reader, timeout, &pieces).await;
        }));
    }
    stream::unfold((read, tasks), |(mut read, tasks)| async move {
        let piece = read.recv().await?;
        Some((piece, (read, tasks)))
    })
}

/// Reads an account to its end, or until nobody wants to know any more.
async fn give<T: Send>(
    entry: &Arc<AccountEntry>,
    reader: &impl Reader<T>,
    timeout: Duration,
    pieces: &mpsc::Sender<Streamed<T>>,
) {
    let started = Instant::now();
    let mut source = source(entry, reader);
    let size = entry.provider.capability().page_size_max;
    let mut walk = Walk::new(entry, Some(Position::default()), size);
    while let Some(mut items) = walk.page(reader, Patience::new(timeout)).await {
        items.retain(|item| reader.fits(&*entry.provider, item));
        source.count += items.len();
        if pieces.send(Streamed::Items(items)).await.is_err() {
            return;
        }
    }
    walk.end(&mut source);
    source.latency = started.elapsed();
    // Nobody is left to be told.
    let _ = pieces.send(Streamed::Source(Box::new(source))).await;
}
