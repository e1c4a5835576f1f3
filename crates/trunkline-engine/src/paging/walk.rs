//! One account's list, one carrier page after the other.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::paging::reader::Reader;
use crate::search::too_late;
use crate::source::{Source, SourceStatus};
use trunkline_core::call::{Call, Lane};
use trunkline_core::error::Error;
use trunkline_core::model::{PageTrail, ProviderData};
use trunkline_core::registry::AccountEntry;

/// Where an account is read on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    /// The carrier's cursor, `None` for its first page.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub(super) cursor: Option<String>,
    /// Items of that page given already.
    #[serde(rename = "s", default)]
    pub(super) skip: usize,
    /// The carrier's pages before that one.
    #[serde(rename = "t", default, skip_serializing_if = "PageTrail::is_empty")]
    pub(super) trail: PageTrail,
}

/// How long somebody waits, and until when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    timeout: Duration,
    deadline: Instant,
}

impl Patience {
    pub(super) fn new(timeout: Duration) -> Self {
        let deadline = Instant::now() + timeout;
        Self { timeout, deadline }
    }

    pub(super) fn is_over(self) -> bool {
        Instant::now() >= self.deadline
    }
}

/// Where the reading of one account stands, and what came up on the way.
pub(super) struct Walk {
    pub(super) entry: Arc<AccountEntry>,
    /// `None` when it has been read to its end.
    pub(super) next: Option<Position>,
    /// Items on a carrier's page.
    size: usize,
    error: Option<Error>,
    /// Rows that the carrier gave and nobody could read.
    unreadable: usize,
    /// Whether the list changed while it was read.
    shifted: bool,
    /// What the carrier said about the list, last.
    provider_data: ProviderData,
}

impl Walk {
    pub(super) fn new(entry: &Arc<AccountEntry>, from: Option<Position>, size: usize) -> Self {
        Self {
            entry: Arc::clone(entry),
            next: from,
            size,
            error: None,
            unreadable: 0,
            shifted: false,
            provider_data: ProviderData::default(),
        }
    }

    /// The next carrier page; `None` at the end, or if it fails.
    pub(super) async fn page<T: Send>(
        &mut self,
        reader: &impl Reader<T>,
        patience: Patience,
    ) -> Option<Vec<T>> {
        let place = self.next.as_ref()?;
        let call = Call::until(patience.deadline, Lane::Search);
        let read = reader.read(&self.entry.provider, place.cursor.clone(), self.size);
        let read = call.scope(tokio::time::timeout_at(patience.deadline, read));
        let page = match read
            .await
            .unwrap_or_else(|_| Err(too_late(patience.timeout)))
        {
            Ok(page) => page,
            Err(error) => {
                self.error = Some(error);
                return None;
            }
        };
        let mut trail = place.trail.clone();
        let ids = page.items.iter().map(|item| reader.id(item));
        if let Err(endless) = trail.note(ids, page.next.as_deref()) {
            (self.error, self.next) = (Some(endless), None);
            return None;
        }
        self.next = page.next.map(|cursor| Position {
            cursor: Some(cursor),
            skip: 0,
            trail,
        });
        self.unreadable += page.unreadable;
        self.shifted |= page.shifted;
        if page.provider_data != ProviderData::default() {
            self.provider_data = page.provider_data;
        }
        Some(page.items)
    }

    /// Says how the account did, `count` items of which have been given, and where it is read on.
    pub(super) fn end(self, source: &mut Source) -> Option<Position> {
        source.provider_data = self.provider_data;
        source.truncated = self.next.is_some();
        source.status = match self.next {
            Some(_) => SourceStatus::Partial,
            None => SourceStatus::Ok,
        };
        if self.shifted {
            source.shift();
        }
        if self.unreadable > 0 {
            source.miss(self.unreadable);
        }
        if let Some(error) = self.error {
            source.truncated |= source.count > 0;
            source.fail(error);
        }
        self.next
    }
}

/// An account of which nothing has been read.
pub(super) fn source<T>(entry: &AccountEntry, reader: &impl Reader<T>) -> Source {
    let provider = &*entry.provider;
    Source {
        filters: reader.filters(provider),
        ..Source::pending(provider.account().clone(), provider.provider().clone())
    }
}
