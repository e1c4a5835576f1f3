//! The translation of Twilio's documents alone: what an answer costs once it has arrived. For benchmarks.

use trunkline_core::{AccountName, AvailableNumber, Error, ErrorKind, Number, Result, SearchQuery};

use crate::{convert, wire};

fn page<'a, T: serde::Deserialize<'a>>(body: &'a [u8]) -> Result<Vec<T>> {
    let page = serde_json::from_slice::<wire::Page<'a, T>>(body);
    page.map(|page| page.rows)
        .map_err(|e| Error::new(ErrorKind::Protocol, "not a page").with_source(e))
}

/// A search answer.
///
/// # Errors
/// `Protocol` for a body that is none.
pub fn available(query: &SearchQuery, body: &[u8]) -> Result<Vec<AvailableNumber>> {
    let rows = page(body)?.into_iter();
    rows.map(|row| convert::available(query, row)).collect()
}

/// A list of numbers held.
///
/// # Errors
/// `Protocol` for a body that is none.
pub fn numbers(account: &AccountName, body: &[u8]) -> Result<Vec<Number>> {
    let rows = page::<wire::IncomingNumber<'_>>(body)?.into_iter();
    rows.map(|row| {
        let account_sid = row.account_sid.clone();
        convert::number(account, account_sid.get().unwrap_or_default(), row)
    })
    .collect()
}
