//! Wazo's lists, page by page.

use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tracing::warn;
use trunkline_core::{Error, ErrorKind, Number, Page, PageTrail, ProviderData, Result, Retry};
use trunkline_http::Response;

use super::Wazo;
use crate::request::Slice;
use crate::{convert, wire};

/// Everything that fits a question.
pub(super) struct All {
    pub(super) rows: Vec<Number>,
    /// Rows that say nothing, which might be of what was asked for.
    pub(super) unreadable: usize,
    /// The stack's clock when it answered last.
    pub(super) carrier_time: Option<Timestamp>,
}

/// What Wazo says of a list as a whole: how many rows there are, on all pages.
#[derive(Serialize)]
struct Data {
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
}

/// Reads a list at once or, if one odd row spoils that, row by row.
pub(super) fn rows<'a, W: Deserialize<'a>, T>(
    answer: &'a Response,
    convert: impl Fn(W) -> Result<T>,
) -> Result<(Page<T>, Option<u64>)> {
    let (total, all, rows) = match answer.json::<wire::Page<W>>() {
        Ok(page) => (page.total, page.items.len(), page.items),
        Err(error) => {
            let page: wire::Page<&'a RawValue> = answer.json().map_err(|_| error)?;
            let all = page.items.len();
            let rows = page.items.into_iter();
            let rows = rows.filter_map(|row| serde_json::from_str(row.get()).ok());
            (page.total, all, rows.collect())
        }
    };
    let items: Vec<T> = rows
        .into_iter()
        .filter_map(|row| convert(row).ok())
        .collect();
    let unreadable = all - items.len();
    if unreadable > 0 {
        warn!(
            unreadable,
            "left out rows of Wazo's list that can't be read"
        );
    }
    let page = Page {
        unreadable,
        provider_data: ProviderData::of(&Data { total: total.0 })?,
        ..Page::last(items)
    };
    Ok((page, total.0))
}

/// A page of the directory, each row with its id.
type Marked<T> = Page<(Option<String>, T)>;

impl Wazo {
    /// One page, with the cursor of the next.
    pub(super) async fn page<T>(
        &self,
        slice: &Slice,
        convert: impl Fn(wire::PhoneNumber<'_>) -> Result<T>,
    ) -> Result<Page<T>> {
        let (answer, total, next) = self.part(slice, convert).await?;
        let (page, _) = answer;
        // An end before the last row, or more rows than there are: it lies, or rows have come or gone.
        let so_far = slice.offset.saturating_add(count(&page));
        let short = next.is_none() && total.is_some_and(|total| so_far != total);
        Ok(Page {
            next: next.map(|next| next.cursor()),
            unreadable: page.unreadable,
            shifted: page.shifted || short,
            provider_data: page.provider_data,
            ..Page::last(page.items.into_iter().map(|(_, item)| item).collect())
        })
    }

    /// One page, without the row that was known, and where the next begins.
    async fn part<T>(
        &self,
        slice: &Slice,
        convert: impl Fn(wire::PhoneNumber<'_>) -> Result<T>,
    ) -> Result<((Marked<T>, Option<Timestamp>), Option<u64>, Option<Slice>)> {
        let answer = self.send(slice.request()).await?;
        let marked = |row: wire::PhoneNumber<'_>| {
            let id = row.uuid.get().map(str::to_owned);
            convert(row).map(|row| (id, row))
        };
        let (mut page, total) = rows(&answer, marked)?;
        if let Some(last) = slice.last {
            let known = page
                .items
                .first()
                .and_then(|(id, _)| id.as_deref().map(mark));
            if known == Some(last) {
                page.items.remove(0);
            } else {
                // Read again or not at all: nobody can tell which.
                page.shifted = true;
            }
        }
        let last = page
            .items
            .last()
            .and_then(|(id, _)| id.as_deref().map(mark));
        let next = next(slice, &page, total).map(|offset| slice.at(offset, last));
        Ok(((page, answer.date()), total, next))
    }

    /// All pages.
    ///
    /// # Errors
    /// `Protocol` if they end before all rows have come.
    pub(super) async fn all(&self, mut slice: Slice) -> Result<All> {
        let mut all = All {
            rows: Vec::new(),
            unreadable: 0,
            carrier_time: None,
        };
        let mut trail = PageTrail::default();
        loop {
            let read = |row: wire::PhoneNumber<'_>| convert::number(&self.account, row);
            let ((page, carrier_time), total, next) = self.part(&slice, read).await?;
            let odd = |why: &str| incomplete(why).with_operation(slice.operation());
            let ids = page.items.iter().filter_map(|(id, _)| id.as_deref());
            let cursor = next.as_ref().map(Slice::cursor);
            trail.note(ids, cursor.as_deref())?;
            if page.shifted {
                return Err(odd("it changed while it was read").with_retry(Retry::Backoff));
            }
            let so_far = slice.offset.saturating_add(count(&page));
            all.unreadable += page.unreadable;
            all.carrier_time = carrier_time;
            all.rows.extend(page.items.into_iter().map(|(_, row)| row));
            match next {
                Some(next) => slice = next,
                None if total.is_some_and(|total| so_far < total) => {
                    return Err(odd("it ends before its last row"));
                }
                None if total.is_some_and(|total| so_far > total) => {
                    return Err(odd("it has more rows than it says"));
                }
                None => return Ok(all),
            }
        }
    }
}

/// What a row is told apart by in a cursor.
fn mark(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

/// Where the next page begins: nowhere, after an empty one.
fn next<T>(slice: &Slice, page: &Page<T>, total: Option<u64>) -> Option<u64> {
    let rows = count(page);
    let offset = slice.offset.saturating_add(rows);
    let more = match total {
        Some(total) => offset < total,
        None => rows >= slice.limit as u64,
    };
    (more && rows > 0).then_some(offset)
}

/// The rows of a page, read or not.
fn count<T>(page: &Page<T>) -> u64 {
    (page.items.len() + page.unreadable) as u64
}

pub(super) fn incomplete(why: &str) -> Error {
    let message = format!("Wazo's list of numbers is no complete reading: {why}");
    Error::new(ErrorKind::Protocol, message)
}
