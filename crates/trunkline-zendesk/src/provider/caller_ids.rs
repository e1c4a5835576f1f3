//! Caller IDs, which Zendesk lists among the numbers.

use trunkline_core::{
    CallerId, CallerIdQuery, Error, ErrorKind, Operation, Page, PageTrail, Result, Retry,
    is_same_number,
};

use super::Zendesk;
use super::pages::{Part, incomplete, usable};
use crate::request::{Place, View};
use crate::{PROVIDER, convert, wire};

/// A caller ID and what is needed to change it.
pub(super) struct Found {
    pub(super) id: String,
    pub(super) external: bool,
    pub(super) caller_id: CallerId,
}

impl Zendesk {
    pub(super) async fn caller_id_page(&self, query: &CallerIdQuery) -> Result<Page<CallerId>> {
        let operation = Operation::ListCallerIds;
        for (field, used) in [
            ("owner", query.owner.is_some()),
            ("location", query.location.is_some()),
        ] {
            if used {
                let message = "Zendesk's caller IDs are the whole account's";
                return Err(Error::new(ErrorKind::Unsupported, message)
                    .with_field(field, message)
                    .with_provider(PROVIDER.clone())
                    .with_operation(operation));
            }
        }
        let place = Place::at(View::PhoneNumbers, query.limit, query.cursor.as_deref())?;
        let answer = self.send(place.request(operation)).await?;
        let part: Part<wire::PhoneNumber<'_>> =
            Self::part(&answer, (&place, query.limit), operation)?;
        let shown: Vec<_> = part
            .rows
            .into_iter()
            .filter(convert::is_caller_id)
            .collect();
        let all = shown.len();
        let mut items: Vec<CallerId> =
            usable(shown, |row| convert::caller_id(&self.account, row)).collect();
        let unreadable = part.unreadable + all - items.len();
        items.retain(|caller_id| query.fits(caller_id));
        Ok(Page {
            next: part.next.map(|place| place.cursor()),
            unreadable,
            shifted: part.shifted,
            ..Page::last(items)
        })
    }

    /// Finds the caller ID of exactly this number.
    ///
    /// # Errors
    /// `NotFound` if there is none on any page.
    pub(super) async fn find_caller_id(&self, operation: Operation, key: &str) -> Result<Found> {
        let mut place = Place::at(View::PhoneNumbers, 0, None)?;
        let mut trail = PageTrail::default();
        loop {
            let answer = self.send(place.request(operation)).await?;
            let page: Part<wire::PhoneNumber<'_>> = Self::part(&answer, (&place, 0), operation)?;
            let next = page.next.as_ref().map(Place::cursor);
            trail.note(
                page.rows.iter().filter_map(|row| row.id.get()),
                next.as_deref(),
            )?;
            for row in page.rows.into_iter().filter(convert::is_caller_id) {
                let (id, external) = (row.id.clone(), row.external.is_set());
                let Ok(caller_id) = convert::caller_id(&self.account, row) else {
                    continue;
                };
                let number = caller_id.number.as_deref();
                if number.is_some_and(|number| is_same_number(number, key)) {
                    let id = id.into_string().ok_or_else(|| convert::lacks("id"));
                    let id = id.map_err(|error| answer.protocol(error.message()))?;
                    return Ok(Found {
                        id,
                        external,
                        caller_id,
                    });
                }
            }
            if page.shifted {
                return Err(incomplete("it changed while it was read").with_retry(Retry::Backoff));
            }
            place = page.next.ok_or_else(|| {
                let message = "no caller ID has this number";
                Error::new(ErrorKind::NotFound, message)
            })?;
        }
    }
}
