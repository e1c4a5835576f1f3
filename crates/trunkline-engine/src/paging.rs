//! A list over several accounts, page by page: account by account, each in its carrier's order.

mod reader;
mod stream;

use std::sync::Arc;

use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::seal::Sealer;
use crate::search::too_late;
use crate::source::{Source, SourceStatus};
use std::time::Duration;
use trunkline_core::call::{Call, Lane};
use trunkline_core::error::{Error, Result};
use trunkline_core::model::{PageTrail, ProviderData, Tenant};
use trunkline_core::registry::AccountEntry;

pub(crate) use reader::Reader;
pub use stream::Streamed;
pub(crate) use stream::streamed;

/// Carrier pages that filtering locally may read for one page of ours.
const CARRIER_PAGES_MAX: usize = 10;

/// Bytes of kept places after which no further account is begun: a sealed cursor stays below 2 KB.
const KEPT_MAX: usize = 900;

/// What every cursor begins with: a sealed token alone may begin with a dash, which a command line takes for an option.
const PREFIX: &str = "cur_";

/// Where an account is read on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    /// The carrier's cursor, `None` for its first page.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
    /// Items of that page given already.
    #[serde(rename = "s", default)]
    skip: usize,
    /// The carrier's pages before that one.
    #[serde(rename = "t", default, skip_serializing_if = "PageTrail::is_empty")]
    trail: PageTrail,
}

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

/// What is asked of one account for one page of ours.
struct Ask<'a> {
    entry: &'a AccountEntry,
    from: Position,
    room: usize,
    deadline: Instant,
}

/// What one account gave for one page of ours.
struct Part<T> {
    /// Each with the carrier page it stood on, and how much of that page had been read with it.
    items: Vec<(T, usize, usize)>,
    /// The carrier pages that were read.
    pages: Vec<Position>,
    /// `None` when it has been read to its end.
    next: Option<Position>,
    error: Option<Error>,
    /// Rows that the carrier gave and nobody could read.
    unreadable: usize,
    /// Whether the list changed while it was read.
    shifted: bool,
    /// What the carrier said about the list, last.
    provider_data: ProviderData,
    latency: Duration,
}

impl Listing<'_> {
    pub(crate) async fn run<T: Send>(
        &self,
        entries: Vec<Arc<AccountEntry>>,
        reader: &impl Reader<T>,
    ) -> Result<Listed<T>> {
        let cursor = self.open()?;
        let deadline = Instant::now() + self.timeout;
        let todo: Vec<_> = entries
            .iter()
            .map(|entry| (&**entry, position_of(entry, cursor.as_ref())))
            .collect();
        // The first page asks all at once; later ones go on where the last one stopped.
        let parts: Vec<Option<Part<T>>> = if cursor.is_none() {
            let room = self.limit;
            let ask = async |entry| {
                let ask = Ask {
                    entry,
                    from: Position::default(),
                    room,
                    deadline,
                };
                Some(self.part(ask, reader).await)
            };
            join_all(todo.iter().map(|(entry, _)| ask(*entry))).await
        } else {
            todo.iter().map(|_| None).collect()
        };
        let mut page = Assembly::after(cursor.map(|cursor| cursor.at).unwrap_or_default());
        for ((entry, place), part) in todo.into_iter().zip(parts) {
            let Some(place) = place else { continue };
            let room = self.limit - page.items.len();
            let mut source = Source::pending(
                entry.provider.account().clone(),
                entry.provider.provider().clone(),
            );
            source.filters = reader.filters(&*entry.provider);
            if room == 0 || page.kept_size() > KEPT_MAX {
                page.leave(source, place);
                continue;
            }
            let part = match part {
                Some(part) => part,
                None => {
                    self.part(
                        Ask {
                            entry,
                            from: place,
                            room,
                            deadline,
                        },
                        reader,
                    )
                    .await
                }
            };
            page.add(source, part, room);
        }
        let next_cursor = self.seal(&page)?;
        Ok(Listed {
            items: page.items,
            next_cursor,
            sources: page.sources,
        })
    }

    /// Reads an account from a place until there are enough items, its end, or too many carrier pages.
    async fn part<T: Send>(&self, ask: Ask<'_>, reader: &impl Reader<T>) -> Part<T> {
        let Ask {
            entry,
            from,
            room,
            deadline,
        } = ask;
        let started = Instant::now();
        let mut part = Part {
            items: Vec::new(),
            pages: Vec::new(),
            next: Some(from),
            error: None,
            unreadable: 0,
            shifted: false,
            provider_data: ProviderData::default(),
            latency: Duration::ZERO,
        };
        let call = Call::until(deadline, Lane::Search);
        while part.items.len() < room && part.pages.len() < CARRIER_PAGES_MAX {
            let Some(place) = part.next.clone() else {
                break;
            };
            let read = reader.read(&entry.provider, place.cursor.clone(), self.limit);
            let page = call.scope(tokio::time::timeout_at(deadline, read)).await;
            match page.unwrap_or_else(|_| Err(too_late(self.timeout))) {
                Ok(page) => {
                    let mut trail = place.trail.clone();
                    let ids = page.items.iter().map(|item| reader.id(item));
                    if let Err(endless) = trail.note(ids, page.next.as_deref()) {
                        part.error = Some(endless);
                        part.next = None;
                        break;
                    }
                    part.next = page.next.map(|cursor| Position {
                        cursor: Some(cursor),
                        skip: 0,
                        trail,
                    });
                    let number = part.pages.len();
                    let fitting = page.items.into_iter().enumerate().skip(place.skip);
                    let fitting = fitting.filter(|(_, item)| reader.fits(&*entry.provider, item));
                    part.items
                        .extend(fitting.map(|(at, item)| (item, number, at + 1)));
                    part.unreadable += page.unreadable;
                    part.shifted |= page.shifted;
                    if page.provider_data != ProviderData::default() {
                        part.provider_data = page.provider_data;
                    }
                    part.pages.push(place);
                }
                Err(error) => {
                    part.error = Some(error);
                    break;
                }
            }
        }
        part.latency = started.elapsed();
        part
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

    fn add(&mut self, mut source: Source, part: Part<T>, room: usize) {
        let name = source.account.as_str().to_owned();
        self.at = std::mem::take(&mut self.at).max(name.clone());
        source.latency = part.latency;
        source.provider_data = part.provider_data;
        source.count = part.items.len().min(room);
        // A page that was asked for before it was known how much room there is may give too much.
        let next = if part.items.len() > room {
            let last = room.checked_sub(1).and_then(|last| part.items.get(last));
            last.map(|(_, page, skip)| Position {
                skip: *skip,
                ..part.pages[*page].clone()
            })
        } else {
            part.next
        };
        self.items
            .extend(part.items.into_iter().take(room).map(|(item, ..)| item));
        source.truncated = next.is_some() || (part.error.is_some() && source.count > 0);
        source.status = if next.is_some() {
            SourceStatus::Partial
        } else {
            SourceStatus::Ok
        };
        let unsupported = part
            .error
            .as_ref()
            .is_some_and(|e| SourceStatus::of(e) == SourceStatus::Unsupported);
        if part.shifted {
            source.shift();
        }
        if part.unreadable > 0 {
            source.miss(part.unreadable);
        }
        self.sources.push(match part.error {
            Some(error) => source.failed(error),
            None => source,
        });
        // What an account does not offer is not asked of it again.
        if let Some(next) = next.filter(|_| !unsupported) {
            self.kept.push((name, next));
        }
    }
}
