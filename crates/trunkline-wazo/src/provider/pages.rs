//! Wazo's lists, page by page.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tracing::warn;
use trunkline_core::{Error, ErrorKind, Number, Page, ProviderData, Result};
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
        items,
        next: None,
        unreadable,
        provider_data: ProviderData::of(&Data { total: total.0 })?,
    };
    Ok((page, total.0))
}

impl Wazo {
    /// One page, with the cursor of the next.
    pub(super) async fn page<T>(
        &self,
        slice: &Slice,
        convert: impl Fn(wire::PhoneNumber<'_>) -> Result<T>,
    ) -> Result<Page<T>> {
        let answer = self.send(slice.request()).await?;
        let (page, total) = rows(&answer, convert)?;
        let next = next(slice, &page, total).map(|offset| offset.to_string());
        Ok(Page { next, ..page })
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
        loop {
            let answer = self.send(slice.request()).await?;
            let (page, total) = rows(&answer, |row| convert::number(&self.account, row))?;
            let next = next(&slice, &page, total);
            let read = slice.offset.saturating_add(count(&page));
            all.rows.extend(page.items);
            all.unreadable += page.unreadable;
            all.carrier_time = answer.date();
            match next {
                Some(offset) => slice.offset = offset,
                None if total.is_some_and(|total| read < total) => {
                    return Err(
                        incomplete("it ends before its last row").with_operation(slice.operation())
                    );
                }
                None => return Ok(all),
            }
        }
    }
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
