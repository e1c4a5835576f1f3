//! Looking for one number in the list of those held.

use serde::Deserialize;
use serde_json::value::RawValue;
use trunkline_core::{E164, HeldRow, Number, Result, Sighting, is_same_number};

use crate::client::HttpClient;
use crate::document;
use crate::request::ApiRequest;
use crate::wire::date::date;
use crate::wire::held::incomplete;
use crate::wire::rows::{Listing, Pages};

document! {
    /// The members of a held number that tell whether it is the one looked for.
    HeldNumber {
        id = "id" | "sid",
        number = "number" | "phone_number",
        created_at = "created_at" | "date_created",
    }
}

impl HeldNumber<'_> {
    /// The row if it is this number. A row without a number might be it, so that the list would say nothing certain.
    fn of(&self, wanted: &E164) -> Result<Option<HeldRow>> {
        let digits = self.number.get();
        let digits = digits.ok_or_else(|| incomplete("a row has no number"))?;
        if !is_same_number(digits, wanted.as_str()) {
            return Ok(None);
        }
        let id = self.id.get();
        let id = id.ok_or_else(|| incomplete("the number has no id"))?;
        let created = date(&self.created_at);
        Ok(Some(HeldRow {
            provider_id: id.to_owned(),
            created_at: created.map_err(|_| incomplete("its date can't be read"))?,
        }))
    }
}

impl HttpClient {
    /// Reads every page of a list that could show a number, from this first page on. Rows have the members `id` or `sid`,
    /// `number` or `phone_number`, and `created_at` or `date_created`; `show` converts those of the number.
    ///
    /// # Errors
    /// Those of sending; `Protocol` if the list could not be read completely, since any row might be the number.
    pub async fn sighting<L: Listing>(
        &self,
        first: ApiRequest,
        number: &E164,
        show: impl Fn(&RawValue) -> Result<Number>,
    ) -> Result<Sighting> {
        let mut pages = Pages::of(first);
        let mut seen = Sighting::default();
        while let Some(request) = pages.request() {
            let answer = self.send(request).await?;
            let page = answer.rows::<L, &RawValue>()?;
            let rows = page.rows.iter().map(|raw| row::<HeldNumber<'_>>(raw));
            let rows: Vec<_> = rows.collect::<Result<_>>()?;
            for (row, raw) in rows.iter().zip(&page.rows) {
                if let Some(held) = row.of(number)? {
                    seen.rows.push(held);
                    seen.numbers.extend(show(raw));
                }
            }
            let ids = rows.iter().filter_map(|row| row.id.get());
            pages.note(ids, page.next.as_deref())?;
            seen.carrier_time = answer.date();
        }
        Ok(seen)
    }
}

/// Reads one row of a list.
///
/// # Errors
/// `Protocol` if it can't be read.
pub fn row<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Result<T> {
    serde_json::from_str(raw.get()).map_err(|_| incomplete("a row can't be read"))
}

#[cfg(test)]
mod tests {
    use trunkline_core::ErrorKind;

    use super::*;

    fn found(row: &str) -> Result<bool> {
        let row: HeldNumber<'_> = serde_json::from_str(row).unwrap();
        let found = row.of(&"+14155550100".parse().unwrap())?;
        Ok(found.is_some_and(|row| row.provider_id == "PN1"))
    }

    #[test]
    fn row_of_the_requested_number_is_found() {
        assert!(found(r#"{"sid": "PN1", "phone_number": "+14155550100"}"#).unwrap());
        assert!(found(r#"{"id": "PN1", "number": "+14155550100"}"#).unwrap());
        assert!(!found(r#"{"id": "PN1", "number": "+14155550101"}"#).unwrap());
        assert!(!found(r#"{"number": "+14155550101", "created_at": "odd"}"#).unwrap());
    }

    #[test]
    fn ambiguous_row_makes_the_list_incomplete() {
        for row in [
            r#"{"id": "PN1"}"#,
            r#"{"number": "+14155550100"}"#,
            r#"{"id": "PN1", "number": "+14155550100", "created_at": "odd"}"#,
        ] {
            assert_eq!(found(row).unwrap_err().kind(), ErrorKind::Protocol, "{row}");
        }
    }
}
