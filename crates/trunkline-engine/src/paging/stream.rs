//! The same list as a stream: every account at once, each of its pages the moment it arrives.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, Stream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::paging::Reader;
use crate::search::too_late;
use crate::source::{Source, SourceStatus};
use trunkline_core::call::{Call, Lane};
use trunkline_core::error::Error;
use trunkline_core::model::{PageTrail, ProviderData};
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

/// Where the reading of one account stands.
struct Reading<R> {
    entry: Arc<AccountEntry>,
    reader: R,
    source: Source,
    started: Instant,
    cursor: Option<String>,
    trail: PageTrail,
    unreadable: usize,
    shifted: bool,
    ended: bool,
}

/// Reads every account to its end. `timeout` is for the whole list, `page` the size of a carrier's page.
///
/// Each account is read on a task of its own, at most a page ahead: a client that takes its time keeps nobody in the
/// middle of a call. Dropping the stream ends them.
pub(crate) fn streamed<T, R>(
    entries: Vec<Arc<AccountEntry>>,
    reader: &R,
    timeout: Duration,
    page: usize,
) -> impl Stream<Item = Streamed<T>> + Send + use<T, R>
where
    T: Send + 'static,
    R: Reader<T> + Clone + Send + 'static,
{
    let started = Instant::now();
    let (pieces, read) = mpsc::channel(1);
    let mut tasks = JoinSet::new();
    for entry in entries {
        let provider = &entry.provider;
        let mut source = Source::pending(provider.account().clone(), provider.provider().clone());
        source.filters = reader.filters(&**provider);
        let reading = Reading {
            reader: reader.clone(),
            entry,
            source,
            started,
            cursor: None,
            trail: PageTrail::default(),
            unreadable: 0,
            shifted: false,
            ended: false,
        };
        let work = reading.run(pieces.clone(), timeout, page);
        tasks.spawn(trace::carried(work));
    }
    stream::unfold((read, tasks), |(mut read, tasks)| async move {
        let piece = read.recv().await?;
        Some((piece, (read, tasks)))
    })
}

impl<R> Reading<R> {
    /// Reads the account to its end, or until nobody wants to know any more.
    async fn run<T: Send>(
        mut self,
        pieces: mpsc::Sender<Streamed<T>>,
        timeout: Duration,
        page: usize,
    ) where
        R: Reader<T>,
    {
        while !self.ended {
            let items = self.next(timeout, page).await;
            if pieces.send(Streamed::Items(items)).await.is_err() {
                return;
            }
        }
        // Nobody is left to be told.
        let _ = pieces.send(Streamed::Source(Box::new(self.close()))).await;
    }

    /// The next page of the account; none if that fails.
    async fn next<T: Send>(&mut self, timeout: Duration, page: usize) -> Vec<T>
    where
        R: Reader<T>,
    {
        let deadline = self.started + timeout;
        let call = Call::until(deadline, Lane::Search);
        let provider = &self.entry.provider;
        let read = self.reader.read(provider, self.cursor.take(), page);
        let read = call.scope(tokio::time::timeout_at(deadline, read)).await;
        match read.unwrap_or_else(|_| Err(too_late(timeout))) {
            Ok(page) => {
                let ids = page.items.iter().map(|item| self.reader.id(item));
                if let Err(endless) = self.trail.note(ids, page.next.as_deref()) {
                    self.fail(endless);
                    return Vec::new();
                }
                self.unreadable += page.unreadable;
                self.shifted |= page.shifted;
                if page.provider_data != ProviderData::default() {
                    self.source.provider_data = page.provider_data;
                }
                let mut items = page.items;
                items.retain(|item| self.reader.fits(&**provider, item));
                self.source.count += items.len();
                self.ended = page.next.is_none();
                self.cursor = page.next;
                items
            }
            Err(error) => {
                self.fail(error);
                Vec::new()
            }
        }
    }

    fn fail(&mut self, error: Error) {
        self.ended = true;
        self.source.truncated = self.source.count > 0;
        self.source.status = SourceStatus::of(&error);
        self.source.error = Some(error);
    }

    fn close(mut self) -> Source {
        self.source.latency = self.started.elapsed();
        if self.source.error.is_none() {
            self.source.status = SourceStatus::Ok;
            if self.shifted {
                self.source.shift();
            }
            if self.unreadable > 0 {
                self.source.miss(self.unreadable);
            }
        }
        self.source
    }
}
