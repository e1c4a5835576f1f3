//! Zendesk's lists, page by page.

use serde::{Deserialize, Serialize};
use trunkline_core::{
    E164, Error, ErrorKind, HeldRow, ListQuery, Number, Operation, Page, PageTrail, ProviderData,
    Result, Retry, Sighting, is_same_number,
};
use trunkline_http::Response;
use trunkline_http::wire::{Rows, Unnamed, date, incomplete};

use super::Zendesk;
use crate::request::{Place, View};
use crate::{convert, wire};

/// Part of a page: as many rows as were wanted, and where the next ones are.
pub(super) struct Part<T> {
    pub(super) rows: Rows<T>,
    pub(super) next: Option<Place>,
    /// Whether there are more or fewer rows in all than there were a page before, or than came.
    pub(super) shifted: bool,
}

impl<T> Part<T> {
    /// The rows from a place on, at most `limit` of them; 0 for all that Zendesk gives at once.
    pub(super) fn read<'a>(answer: &'a Response, place: &Place, limit: usize) -> Result<Self>
    where
        T: Deserialize<'a>,
    {
        let mut page = answer.rows::<wire::Numbers, T>()?;
        page.rows.drain(..place.skip().min(page.rows.len()));
        let next = if limit > 0 && page.rows.len() > limit {
            page.rows.truncate(limit);
            Some(place.after(limit))
        } else {
            let link = page.next.take();
            link.map(|link| {
                place.linked(&link).ok_or_else(|| {
                    let message = "Zendesk's link to the next page leads out of the list";
                    Error::new(ErrorKind::Protocol, message)
                })
            })
            .transpose()?
        };
        // Rows that can't be read are counted with the first part of their page.
        if place.skip() > 0 {
            page.unreadable = 0;
        }
        let given = (page.rows.len() + page.unreadable) as u64;
        let seen = place.seen.map(|seen| seen.saturating_add(given));
        let is_other = || page.total.zip(seen).is_some_and(|(all, seen)| seen != all);
        let before = place.count.or(page.total);
        Ok(Self {
            // A row that has gone moves another one to a page that was read before.
            shifted: before != page.total || (next.is_none() && is_other()),
            next: next.map(|place| place.counting(page.total, seen)),
            rows: page,
        })
    }

    /// Notes the page in the trail of a reading to the end of the list. Errors: `Protocol` if the list has no end or
    /// changed while it was read.
    pub(super) fn note<'a>(
        &self,
        trail: &mut PageTrail,
        ids: impl IntoIterator<Item = &'a str>,
    ) -> Result<()> {
        if self.shifted {
            return Err(incomplete("it changed while it was read").with_retry(Retry::Backoff));
        }
        let next = self.next.as_ref().map(Place::cursor);
        trail.note(ids, next.as_deref())
    }
}

impl Zendesk {
    /// A page of numbers. The digital lines, which have no number, are shown with the page as a whole.
    pub(super) async fn page(&self, query: &ListQuery) -> Result<Page<Number>> {
        #[derive(Serialize)]
        struct Data<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            count: Option<u64>,
            #[serde(skip_serializing_if = "Vec::is_empty")]
            digital_lines: Vec<wire::PhoneNumber<'a>>,
        }

        let place = Place::of(query)?;
        let answer = self.http.send(place.request(Operation::List)).await?;
        let part = Part::<wire::PhoneNumber<'_>>::read(&answer, &place, query.limit)?;
        let mut rows = part.rows;
        let (digital, phones): (Vec<_>, Vec<_>) =
            rows.rows.into_iter().partition(convert::is_digital);
        let provider_data = ProviderData::of(&Data {
            count: rows.total,
            digital_lines: digital.into_iter().map(convert::digital_line).collect(),
        })?;
        rows.rows = phones;
        let rows = rows.convert(|row| convert::number(&self.account, row, Unnamed::default()));
        Ok(Page {
            unreadable: rows.unreadable,
            provider_data,
            next: part.next.map(|place| place.cursor()),
            shifted: part.shifted,
            ..Page::last(rows.rows)
        })
    }

    /// Reads every page, as no filter leaves any out. A row that does not say which number it is could be the one. An
    /// external number is shown to callees, not held.
    pub(super) async fn sightings(&self, numbers: &[E164]) -> Result<Vec<Sighting>> {
        let mut place = Place::at(View::PhoneNumbers, 0, None)?;
        let mut trail = PageTrail::default();
        let mut seen = vec![Sighting::default(); numbers.len()];
        loop {
            let answer = self.http.send(place.request(Operation::FindOwned)).await?;
            let page = Part::<wire::HeldNumber<'_>>::read(&answer, &place, 0)?;
            if page.rows.unreadable > 0 {
                return Err(incomplete("a row can't be read"));
            }
            let rows = &page.rows.rows;
            for (sighting, number) in seen.iter_mut().zip(numbers) {
                hold(sighting, rows, number)?;
            }
            page.note(&mut trail, rows.iter().filter_map(|row| row.id.get()))?;
            let Some(next) = page.next else {
                for sighting in &mut seen {
                    sighting.carrier_time = answer.date();
                }
                return Ok(seen);
            };
            place = next;
        }
    }
}

/// Adds the rows of a page with the number, and those that have none.
fn hold(sighting: &mut Sighting, rows: &[wire::HeldNumber<'_>], number: &E164) -> Result<()> {
    for row in rows {
        let digits = convert::international(&row.number, &row.display_number);
        let digital =
            row.line_type.get() == Some("digital") || (digits.is_none() && !row.line_id.is_unset());
        if row.external.is_on() || digital {
            continue;
        }
        let id = row.id.get().map(ToOwned::to_owned);
        let Some(digits) = digits else {
            let id = id.ok_or_else(|| incomplete("a row has neither number nor id"))?;
            sighting.unreadable.push(id);
            continue;
        };
        if is_same_number(&digits, number.as_str()) {
            sighting.rows.push(HeldRow {
                provider_id: id.ok_or_else(|| incomplete("the number has no id"))?,
                created_at: date(&row.created_at)
                    .map_err(|_| incomplete("its date can't be read"))?,
            });
        }
    }
    Ok(())
}
