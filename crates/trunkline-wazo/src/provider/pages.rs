//! Wazo's lists, page by page.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use trunkline_core::{Number, Page, PageTrail, ProviderData, Result, Retry};
use trunkline_http::Response;
use trunkline_http::wire::{Offset, Rows, incomplete};

use super::Wazo;
use crate::request::Slice;
use crate::{convert, wire};

/// All rows of a list.
pub(super) struct All {
    pub(super) rows: Vec<Number>,
    /// Rows that could not be read, which might be the one that was asked for.
    pub(super) unreadable: usize,
    /// The stack's clock when it answered last.
    pub(super) carrier_time: Option<Timestamp>,
}

/// Part of a list, without the row that was known, and where the next part begins.
struct Part<T> {
    items: Vec<T>,
    ids: Vec<String>,
    unreadable: usize,
    /// Whether rows moved since the part before.
    shifted: bool,
    /// How many rows the list has, as Wazo says.
    total: Option<u64>,
    /// How many rows come up to its end.
    so_far: u64,
    next: Option<Offset>,
    carrier_time: Option<Timestamp>,
}

impl Wazo {
    /// Reads a list that comes on one page. How many rows there are in all is kept as provider data.
    pub(super) fn one_page<'a, W: Deserialize<'a>, T>(
        answer: &'a Response,
        convert: impl Fn(W) -> Result<T>,
    ) -> Result<Page<T>> {
        let rows = answer.rows::<wire::Items, W>()?.convert(convert);
        Ok(Page {
            unreadable: rows.unreadable,
            provider_data: total(rows.total)?,
            ..Page::last(rows.rows)
        })
    }

    /// One page, with the cursor of the next.
    pub(super) async fn page<T>(
        &self,
        slice: &Slice,
        convert: impl Fn(wire::PhoneNumber<'_>) -> Result<T>,
    ) -> Result<Page<T>> {
        let part = self.part(slice, convert).await?;
        // It ends before the last row, or there are more rows than Wazo says: rows have come or gone.
        let short = part.next.is_none() && part.total.is_some_and(|total| part.so_far != total);
        Ok(Page {
            next: part.next.map(|next| next.to_string()),
            unreadable: part.unreadable,
            shifted: part.shifted || short,
            provider_data: total(part.total)?,
            ..Page::last(part.items)
        })
    }

    async fn part<T>(
        &self,
        slice: &Slice,
        convert: impl Fn(wire::PhoneNumber<'_>) -> Result<T>,
    ) -> Result<Part<T>> {
        let answer = self.http.send(slice.request()).await?;
        let rows = answer.rows::<wire::Items, wire::PhoneNumber<'_>>()?;
        let marked = |row: wire::PhoneNumber<'_>| {
            let id = row.uuid.get().unwrap_or_default().to_owned();
            convert(row).map(|row| (id, row))
        };
        let Rows {
            rows,
            total,
            unreadable,
            ..
        } = rows.convert(marked);
        let (mut ids, mut items): (Vec<String>, Vec<T>) = rows.into_iter().unzip();
        // A row that moved is read again or not at all: it can't be known which.
        let shifted = slice.offset.drop_known(&mut ids, &mut items);
        let count = items.len() + unreadable;
        let so_far = slice.offset.rows.saturating_add(count as u64);
        // A row without an id is not recognized.
        let last = ids.last().filter(|id| !id.is_empty());
        let more = total.map_or(count >= slice.limit, |total| so_far < total);
        Ok(Part {
            next: (more && count > 0).then(|| Offset::after(so_far, last)),
            items,
            ids,
            unreadable,
            shifted,
            total,
            so_far,
            carrier_time: answer.date(),
        })
    }

    /// All pages. Errors: `Protocol` if they end before all rows have come.
    pub(super) async fn all(&self, mut slice: Slice) -> Result<All> {
        let mut all = All {
            rows: Vec::new(),
            unreadable: 0,
            carrier_time: None,
        };
        let mut trail = PageTrail::default();
        loop {
            let read = |row: wire::PhoneNumber<'_>| convert::number(&self.account, row);
            let part = self.part(&slice, read).await?;
            let odd = |why: &str| Err(incomplete(why).with_operation(slice.operation()));
            let cursor = part.next.map(|next| next.to_string());
            let ids = part.ids.iter().filter(|id| !id.is_empty());
            trail.note(ids.map(String::as_str), cursor.as_deref())?;
            if part.shifted {
                return odd("it changed while it was read")
                    .map_err(|error| error.with_retry(Retry::Backoff));
            }
            all.unreadable += part.unreadable;
            all.carrier_time = part.carrier_time;
            all.rows.extend(part.items);
            let total = part.total.unwrap_or(part.so_far);
            match part.next {
                Some(next) => slice = slice.at(next),
                None if part.so_far < total => return odd("it ends before its last row"),
                None if part.so_far > total => return odd("it has more rows than it says"),
                None => return Ok(all),
            }
        }
    }
}

/// How many rows a list has on all pages, for its provider data.
fn total(total: Option<u64>) -> Result<ProviderData> {
    #[derive(Serialize)]
    struct Data {
        #[serde(skip_serializing_if = "Option::is_none")]
        total: Option<u64>,
    }

    ProviderData::of(&Data { total })
}
