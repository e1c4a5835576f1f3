//! A list over several accounts, page by page: account by account, each in its carrier's order.

mod reader;
mod stream;
mod walk;

use std::sync::Arc;

use futures_util::stream::{FuturesUnordered, StreamExt};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::seal::Sealer;
use crate::source::{Source, SourceStatus};
use std::time::Duration;
use trunkline_core::error::{Error, Result};
use trunkline_core::model::Tenant;
use trunkline_core::registry::AccountEntry;
use walk::{Patience, Position, Walk, source};

pub(crate) use reader::Reader;
pub use stream::Streamed;
pub(crate) use stream::streamed;

/// Accounts that a first page asks at once to begin with. Each answer that leaves room lets one more be asked.
const AHEAD: usize = 4;

/// After how long without an answer twice as many accounts are asked at once.
const NEXT_AFTER: Duration = Duration::from_millis(250);

/// Carrier pages that filtering locally may read for one page of ours.
const CARRIER_PAGES_MAX: usize = 10;

/// Bytes of kept places after which no further account is begun: a sealed cursor stays below 2 KB.
const KEPT_MAX: usize = 900;

/// What every cursor begins with: a sealed token alone may begin with a dash, which a command line takes for an option.
const PREFIX: &str = "cur_";

/// What a sealed cursor says: everything up to `at` has been read but for `kept`.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Cursor {
    #[serde(rename = "t")]
    tenant: Tenant,
    #[serde(rename = "f")]
    filters: String,
    #[serde(rename = "a")]
    at: String,
    #[serde(rename = "k")]
    kept: Vec<(String, Position)>,
}

/// One list request.
pub(crate) struct Listing<'a> {
    pub(crate) sealer: &'a Sealer,
    pub(crate) purpose: &'static str,
    pub(crate) tenant: &'a Tenant,
    /// The filters, as text: a cursor is good for the same only.
    pub(crate) filters: String,
    pub(crate) limit: usize,
    pub(crate) cursor: Option<&'a str>,
    pub(crate) timeout: Duration,
}

/// A page over several accounts.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Listed<T> {
    /// The items.
    pub items: Vec<T>,
    /// What to ask for the next page with; `None` at the end.
    pub next_cursor: Option<String>,
    /// One for each account, by name.
    pub sources: Vec<Source>,
}

/// How much is asked of one account for one page of ours, and for how long.
#[derive(Clone, Copy)]
struct Within {
    room: usize,
    patience: Patience,
}

/// What one account gave for one page of ours.
struct Part<T> {
    /// Each with the carrier page it stood on, and how much of that page had been read with it.
    items: Vec<(T, usize, usize)>,
    /// The carrier pages that were read.
    pages: Vec<Position>,
    walk: Walk,
    latency: Duration,
}

impl Listing<'_> {
    /// Asks the accounts in their order, a few ahead, until a page is full. The others are pending.
    pub(crate) async fn run<T: Send>(
        &self,
        entries: Vec<Arc<AccountEntry>>,
        reader: &impl Reader<T>,
    ) -> Result<Listed<T>> {
        let cursor = self.open()?;
        let patience = Patience::new(self.timeout);
        let mut window = if cursor.is_none() { AHEAD } else { 1 };
        let todo: Vec<_> = entries
            .iter()
            .filter_map(|entry| Some((entry, position_of(entry, cursor.as_ref())?)))
            .collect();
        let mut page = Assembly::after(cursor.map(|cursor| cursor.at).unwrap_or_default());
        let mut parts: Vec<Option<Part<T>>> = todo.iter().map(|_| None).collect();
        let mut asked = FuturesUnordered::new();
        let (mut begun, mut taken) = (0, 0);
        while taken < todo.len() && page.has_room(self.limit) {
            let room = self.limit - page.items.len();
            let ahead: usize = parts.iter().flatten().map(|part| part.items.len()).sum();
            let begins = ahead < room && (begun == 0 || !patience.is_over());
            while begins && asked.len() < window && begun < todo.len() {
                let (at, (entry, from)) = (begun, &todo[begun]);
                let walk = Walk::new(entry, Some(from.clone()), self.limit);
                asked.push(async move {
                    (at, self.part(walk, reader, Within { room, patience }).await)
                });
                begun += 1;
            }
            tokio::select! {
                biased;
                Some((at, part)) = asked.next() => {
                    parts[at] = Some(part);
                    window += 1;
                }
                () = tokio::time::sleep(NEXT_AFTER), if !asked.is_empty() => {
                    window = window.saturating_mul(2);
                }
                else => break,
            }
            while page.has_room(self.limit)
                && let Some(part) = parts.get_mut(taken).and_then(Option::take)
            {
                page.add(source(todo[taken].0, reader), part, self.limit);
                taken += 1;
            }
        }
        drop(asked);
        for (entry, place) in todo.into_iter().skip(taken) {
            page.leave(source(entry, reader), place);
        }
        Ok(Listed {
            next_cursor: self.seal(&page)?,
            items: page.items,
            sources: page.sources,
        })
    }

    /// Reads an account until there are enough items, its end, or too many carrier pages.
    async fn part<T: Send>(
        &self,
        mut walk: Walk,
        reader: &impl Reader<T>,
        within: Within,
    ) -> Part<T> {
        let started = Instant::now();
        let (mut items, mut pages) = (Vec::new(), Vec::new());
        while items.len() < within.room && pages.len() < CARRIER_PAGES_MAX {
            let place = walk.next.clone().unwrap_or_default();
            let Some(page) = walk.page(reader, within.patience).await else {
                break;
            };
            let fitting = page.into_iter().enumerate().skip(place.skip);
            let fitting = fitting.filter(|(_, item)| reader.fits(&*walk.entry.provider, item));
            items.extend(fitting.map(|(at, item)| (item, pages.len(), at + 1)));
            pages.push(place);
        }
        Part {
            items,
            pages,
            walk,
            latency: started.elapsed(),
        }
    }

    fn open(&self) -> Result<Option<Cursor>> {
        let Some(token) = self.cursor else {
            return Ok(None);
        };
        let sealed = token.strip_prefix(PREFIX);
        let cursor: Option<Cursor> =
            sealed.and_then(|sealed| self.sealer.open(self.purpose, sealed));
        let cursor = cursor.filter(|cursor| cursor.tenant == *self.tenant);
        let cursor = cursor.ok_or_else(|| Error::invalid("cursor", "not a cursor of this list"))?;
        if cursor.filters != self.filters {
            return Err(Error::invalid(
                "cursor",
                "made with other filters: start again without a cursor",
            ));
        }
        Ok(Some(cursor))
    }

    fn seal<T>(&self, page: &Assembly<T>) -> Result<Option<String>> {
        let unread = page
            .sources
            .iter()
            .any(|source| source.status == SourceStatus::Pending);
        if page.kept.is_empty() && !unread {
            return Ok(None);
        }
        let cursor = Cursor {
            tenant: self.tenant.clone(),
            filters: self.filters.clone(),
            at: page.at.clone(),
            kept: page.kept.clone(),
        };
        let sealed = self.sealer.seal(self.purpose, &cursor)?;
        Ok(Some(format!("{PREFIX}{sealed}")))
    }
}

/// Where an account is read on; `None` if it has been read to its end.
fn position_of(entry: &AccountEntry, cursor: Option<&Cursor>) -> Option<Position> {
    let Some(cursor) = cursor else {
        return Some(Position::default());
    };
    let name = entry.provider.account().as_str();
    match cursor.kept.iter().find(|(kept, _)| kept == name) {
        Some((_, place)) => Some(place.clone()),
        None => (name > cursor.at.as_str()).then(Position::default),
    }
}

/// A page being put together, account by account.
struct Assembly<T> {
    items: Vec<T>,
    kept: Vec<(String, Position)>,
    at: String,
    sources: Vec<Source>,
}

impl<T> Assembly<T> {
    fn after(at: String) -> Self {
        Self {
            items: Vec::new(),
            kept: Vec::new(),
            at,
            sources: Vec::new(),
        }
    }

    /// About as many bytes as the kept places take in a cursor.
    fn kept_size(&self) -> usize {
        let size = |(name, place): &(String, Position)| {
            name.len() + place.cursor.as_ref().map_or(0, String::len) + 96
        };
        self.kept.iter().map(size).sum()
    }

    /// No room left for this account: it is read later, from where it stood.
    fn leave(&mut self, source: Source, place: Position) {
        if place != Position::default() || source.account.as_str() <= self.at.as_str() {
            self.kept.push((source.account.as_str().to_owned(), place));
        }
        self.sources.push(source);
    }

    /// Whether another account fits into the page, and its place into the cursor.
    fn has_room(&self, limit: usize) -> bool {
        self.items.len() < limit && self.kept_size() <= KEPT_MAX
    }

    fn add(&mut self, mut source: Source, mut part: Part<T>, limit: usize) {
        let room = limit - self.items.len();
        let name = source.account.as_str().to_owned();
        self.at = std::mem::take(&mut self.at).max(name.clone());
        source.latency = part.latency;
        source.count = part.items.len().min(room);
        // A page that was asked for before it was known how much room there is may give too much.
        if part.items.len() > room {
            let last = room.checked_sub(1).and_then(|last| part.items.get(last));
            part.walk.next = last.map(|(_, page, skip)| Position {
                skip: *skip,
                ..part.pages[*page].clone()
            });
        }
        self.items
            .extend(part.items.into_iter().take(room).map(|(item, ..)| item));
        // What an account does not offer is not asked of it again.
        let next = part.walk.end(&mut source);
        if let Some(next) = next.filter(|_| source.status != SourceStatus::Unsupported) {
            self.kept.push((name, next));
        }
        self.sources.push(source);
    }
}
