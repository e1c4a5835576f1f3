//! The same list as a stream: every account at once, each of its pages the moment it arrives.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, Stream, StreamExt};
use tokio::time::Instant;

use crate::call::{Call, Lane};
use crate::error::Error;
use crate::model::{PageTrail, ProviderData};
use crate::provider::registry::AccountEntry;
use crate::service::paging::Reader;
use crate::service::search::too_late;
use crate::service::source::{Source, SourceStatus};

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
pub(crate) fn streamed<T, R>(
    entries: Vec<Arc<AccountEntry>>,
    reader: R,
    (timeout, page): (Duration, usize),
) -> impl Stream<Item = Streamed<T>> + Send
where
    T: Send + 'static,
    R: Reader<T> + Clone + Send + 'static,
{
    let started = Instant::now();
    stream::select_all(entries.into_iter().map(move |entry| {
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
        stream::unfold(Some(reading), move |reading| async move {
            let mut reading = reading?;
            if reading.ended {
                return Some((Streamed::Source(Box::new(reading.close())), None));
            }
            let items = reading.next(timeout, page).await;
            Some((Streamed::Items(items), Some(reading)))
        })
        .boxed()
    }))
}

impl<R> Reading<R> {
    /// The next page of the account; none if that fails.
    async fn next<T: Send>(&mut self, timeout: Duration, page: usize) -> Vec<T>
    where
        R: Reader<T>,
    {
        let deadline = self.started + timeout;
        let call = Call {
            deadline,
            lane: Lane::Search,
        };
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
