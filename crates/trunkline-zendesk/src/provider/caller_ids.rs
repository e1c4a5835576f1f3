//! Caller IDs, which Zendesk lists among the numbers.

use trunkline_core::{
    CallerId, CallerIdQuery, Error, ErrorKind, Operation, Page, PageTrail, Result, is_same_number,
};
use trunkline_http::wire::{lacks, reject};

use super::Zendesk;
use super::pages::Part;
use crate::request::{Place, View};
use crate::{convert, wire};

/// A caller ID and what is needed to change it.
pub(super) struct Found {
    pub(super) id: String,
    pub(super) external: bool,
    pub(super) caller_id: CallerId,
}

impl Zendesk {
    pub(super) async fn caller_id_page(&self, query: &CallerIdQuery) -> Result<Page<CallerId>> {
        let operation = Operation::ListCallerIds;
        let fields = [
            ("owner", query.owner.is_some()),
            ("location", query.location.is_some()),
        ];
        reject(&fields, "Zendesk's caller IDs belong to the whole account")?;
        let place = Place::at(View::PhoneNumbers, query.limit, query.cursor.as_deref())?;
        let answer = self.http.send(place.request(operation)).await?;
        let part = Part::<wire::PhoneNumber<'_>>::read(&answer, &place, query.limit)?;
        let mut rows = part.rows;
        rows.rows.retain(convert::is_caller_id);
        let mut rows = rows.convert(|row| convert::caller_id(&self.account, &row));
        rows.rows.retain(|caller_id| query.fits(caller_id));
        Ok(Page {
            next: part.next.map(|place| place.cursor()),
            unreadable: rows.unreadable,
            shifted: part.shifted,
            ..Page::last(rows.rows)
        })
    }

    /// Finds the caller ID of exactly this number. Errors: `NotFound` if there is none on any page.
    pub(super) async fn find_caller_id(&self, operation: Operation, key: &str) -> Result<Found> {
        let mut place = Place::at(View::PhoneNumbers, 0, None)?;
        let mut trail = PageTrail::default();
        loop {
            let answer = self.http.send(place.request(operation)).await?;
            let page = Part::<wire::PhoneNumber<'_>>::read(&answer, &place, 0)?;
            let wanted = |row: &&wire::PhoneNumber<'_>| {
                let digits = convert::international(&row.number, &row.display_number);
                convert::is_caller_id(row)
                    && digits.is_some_and(|digits| is_same_number(&digits, key))
            };
            if let Some(row) = page.rows.rows.iter().find(wanted) {
                let id = row.id.get().ok_or_else(|| lacks("id"));
                let id = id.map_err(|error| answer.protocol(error.message()))?;
                return Ok(Found {
                    id: id.to_owned(),
                    external: row.external.is_on(),
                    caller_id: convert::caller_id(&self.account, row)?,
                });
            }
            let ids = page.rows.rows.iter().filter_map(|row| row.id.get());
            page.note(&mut trail, ids)?;
            place = page.next.ok_or_else(|| {
                let message = "no caller ID has this number";
                Error::new(ErrorKind::NotFound, message)
            })?;
        }
    }
}
