//! SignalWire's lists, page by page.

use serde::Deserialize;
use serde_json::value::RawValue;
use tracing::warn;
use trunkline_core::{Error, ErrorKind, Operation, Result};
use trunkline_http::{ApiRequest, Response};

use super::SignalWire;
use crate::{request, wire};

/// The rows of a page, and how many of them could not be read at all.
pub(super) struct Rows<T> {
    /// `None` if the answer has no collection.
    pub(super) rows: Option<Vec<T>>,
    pub(super) next: Option<String>,
    pub(super) unreadable: usize,
}

impl<T> Rows<T> {
    /// The rows of a list, which always has a collection.
    pub(super) fn all(&mut self, answer: &Response) -> Result<Vec<T>> {
        self.rows
            .take()
            .ok_or_else(|| answer.protocol("SignalWire's list has no data"))
    }
}

/// Reads a page at once or, if one odd row spoils that, row by row.
pub(super) fn rows<'a, T: Deserialize<'a>>(answer: &'a Response) -> Result<Rows<T>> {
    let whole = answer.json::<wire::Page<'a, T>>();
    let error = match whole {
        Ok(page) => {
            return Ok(Rows {
                rows: page.rows,
                next: page.next.into_string(),
                unreadable: 0,
            });
        }
        Err(error) => error,
    };
    let page: wire::Page<'a, &'a RawValue> = answer.json().map_err(|_| error)?;
    let raw = page.rows.unwrap_or_default();
    let all = raw.len();
    let rows: Vec<T> = raw
        .into_iter()
        .filter_map(|row| serde_json::from_str(row.get()).ok())
        .collect();
    let unreadable = all - rows.len();
    warn!(
        unreadable,
        "left out rows of SignalWire's list that can't be read"
    );
    Ok(Rows {
        rows: Some(rows),
        next: page.next.into_string(),
        unreadable,
    })
}

/// The rows that mean something: one without its essentials is left out, and said to be.
pub(super) fn usable<T, U>(
    rows: impl IntoIterator<Item = T>,
    convert: impl Fn(T) -> Result<U>,
) -> impl Iterator<Item = U> {
    rows.into_iter().filter_map(move |row| {
        convert(row)
            .inspect_err(|error| warn!(%error, "left out a row of SignalWire's list"))
            .ok()
    })
}

impl SignalWire {
    /// The link to the next page, if it leads to the same collection.
    pub(super) fn checked(
        operation: Operation,
        collection: &str,
        next: Option<&str>,
    ) -> Result<Option<String>> {
        let Some(link) = next else {
            return Ok(None);
        };
        match request::page(operation, collection, link) {
            Some(_) => Ok(Some(link.to_owned())),
            None => Err(Error::new(
                ErrorKind::Protocol,
                "SignalWire's link to the next page leads out of the list",
            )),
        }
    }

    /// The request for the next page, `None` after the last.
    pub(super) fn follow(
        operation: Operation,
        collection: &str,
        next: Option<&str>,
    ) -> Result<Option<ApiRequest>> {
        let next = Self::checked(operation, collection, next)?;
        Ok(next.and_then(|link| request::page(operation, collection, &link)))
    }
}

/// Half a reading must not be taken for a whole one.
pub(super) fn incomplete(why: &str) -> Error {
    Error::new(
        ErrorKind::Protocol,
        format!("SignalWire's list is no complete reading: {why}"),
    )
}
