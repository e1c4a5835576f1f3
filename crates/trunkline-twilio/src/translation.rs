//! The translation of Twilio's documents alone: what an answer costs once it has arrived. For benchmarks.

use trunkline_core::{AccountName, AvailableNumber, Error, ErrorKind, Number, Result, SearchQuery};
use trunkline_http::wire::Rows;

use crate::{convert, wire};

fn rows<'a, T: serde::Deserialize<'a>>(body: &'a [u8]) -> Result<Vec<T>> {
    let text = std::str::from_utf8(body).unwrap_or_default();
    Rows::from_json::<wire::List>(text)
        .map(|page| page.rows)
        .map_err(|e| Error::new(ErrorKind::Protocol, "not a page").with_source(e))
}

/// A search answer.
///
/// # Errors
/// `Protocol` for a body that can't be read.
pub fn available(query: &SearchQuery, body: &[u8]) -> Result<Vec<AvailableNumber>> {
    let rows = rows(body)?.into_iter();
    rows.map(|row| convert::available(query, row)).collect()
}

/// A list of numbers held.
///
/// # Errors
/// `Protocol` for a body that can't be read.
pub fn numbers(account: &AccountName, body: &[u8]) -> Result<Vec<Number>> {
    let rows = rows::<wire::IncomingNumber<'_>>(body)?.into_iter();
    rows.map(|row| {
        let account_sid = row.account_sid.clone();
        convert::number(account, account_sid.get().unwrap_or_default(), row)
    })
    .collect()
}
