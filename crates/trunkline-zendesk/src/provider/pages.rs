//! Zendesk's lists, page by page.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tracing::warn;
use trunkline_core::{
    E164, Error, ErrorKind, HeldRow, ListQuery, Number, Operation, Page, PageTrail, ProviderData,
    Result, Retry, Sighting, is_same_number,
};
use trunkline_http::Response;

use super::Zendesk;
use crate::request::{Place, View};
use crate::{convert, wire};

/// The rows of a page, and how many of them could not be read at all.
pub(super) struct Rows<T> {
    pub(super) rows: Vec<T>,
    next: Option<String>,
    count: Option<u64>,
    pub(super) unreadable: usize,
}

/// Reads a page at once or, if one odd row spoils that, row by row.
pub(super) fn rows<'a, T: Deserialize<'a>>(answer: &'a Response) -> Result<Rows<T>> {
    let error = match answer.json::<wire::Page<'a, T>>() {
        Ok(page) => return Ok(Rows::of(page, |rows| rows)),
        Err(error) => error,
    };
    let page: wire::Page<'a, &'a RawValue> = answer.json().map_err(|_| error)?;
    let all = page.rows.len();
    let read = |rows: Vec<&'a RawValue>| {
        rows.into_iter()
            .filter_map(|row| serde_json::from_str(row.get()).ok())
            .collect()
    };
    let mut page: Rows<T> = Rows::of(page, read);
    page.unreadable = all - page.rows.len();
    warn!(
        unreadable = page.unreadable,
        "left out rows of Zendesk's list that can't be read"
    );
    Ok(page)
}

impl<T> Rows<T> {
    fn of<'a, R>(page: wire::Page<'a, R>, read: impl FnOnce(Vec<R>) -> Vec<T>) -> Self {
        Self {
            rows: read(page.rows),
            next: page.next_page.into_string(),
            count: page.count.get().and_then(|count| count.parse().ok()),
            unreadable: 0,
        }
    }
}

/// The rows that mean something: one without its essentials is left out, and said to be.
pub(super) fn usable<T, U>(
    rows: impl IntoIterator<Item = T>,
    convert: impl Fn(T) -> Result<U>,
) -> impl Iterator<Item = U> {
    rows.into_iter().filter_map(move |row| {
        convert(row)
            .inspect_err(|error| warn!(%error, "left out a row of Zendesk's list"))
            .ok()
    })
}

/// Part of a page: as many rows as were wanted, and where the next ones are.
pub(super) struct Part<T> {
    pub(super) rows: Vec<T>,
    pub(super) next: Option<Place>,
    pub(super) unreadable: usize,
    /// Whether there are more or fewer rows in all than there were a page before, or than came.
    pub(super) shifted: bool,
    count: Option<u64>,
}

impl Zendesk {
    /// The rows from a place on, at most `limit` of them; 0 for all that Zendesk gives at once.
    pub(super) fn part<'a, T: Deserialize<'a>>(
        answer: &'a Response,
        (place, limit): (&Place, usize),
        operation: Operation,
    ) -> Result<Part<T>> {
        let page = rows::<T>(answer)?;
        let mut rows: Vec<T> = page.rows.into_iter().skip(place.skip()).collect();
        let more = limit > 0 && rows.len() > limit;
        let next = if more {
            rows.truncate(limit);
            Some(place.after(limit))
        } else {
            after(place, page.next).map_err(|error| error.with_operation(operation))?
        };
        // Rows that can't be read are counted with the first part of their page.
        let unreadable = if place.skip() == 0 {
            page.unreadable
        } else {
            0
        };
        let given = (rows.len() + unreadable) as u64;
        let seen = place.seen.map(|seen| seen.saturating_add(given));
        let is_other = || page.count.zip(seen).is_some_and(|(all, seen)| seen != all);
        let before = place.count.or(page.count);
        Ok(Part {
            // A row that has gone moves another one to a page that was read before.
            shifted: before != page.count || (next.is_none() && is_other()),
            rows,
            next: next.map(|place| place.counting(page.count, seen)),
            unreadable,
            count: page.count,
        })
    }

    /// A page of numbers. What is left out for having no number, the digital lines, is said about the page.
    pub(super) async fn page(&self, query: &ListQuery) -> Result<Page<Number>> {
        #[derive(Serialize)]
        struct Data<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            count: Option<u64>,
            #[serde(skip_serializing_if = "Vec::is_empty")]
            digital_lines: Vec<convert::DigitalLine<'a>>,
        }

        let place = Place::of(query)?;
        let answer = self.send(place.request(Operation::List)).await?;
        let part: Part<wire::PhoneNumber<'_>> =
            Self::part(&answer, (&place, query.limit), Operation::List)?;
        let (digital, phones): (Vec<_>, Vec<_>) =
            part.rows.into_iter().partition(convert::is_digital);
        let all = phones.len();
        let items: Vec<Number> = usable(phones, |row| self.number(row)).collect();
        Ok(Page {
            unreadable: part.unreadable + all - items.len(),
            provider_data: ProviderData::of(&Data {
                count: part.count,
                digital_lines: digital.into_iter().map(convert::digital_line).collect(),
            })?,
            next: part.next.map(|place| place.cursor()),
            shifted: part.shifted,
            ..Page::last(items)
        })
    }

    /// Reads every page, as no filter leaves any out. A row that does not say which number it is could be the one. An
    /// external number is shown to callees, not held.
    pub(super) async fn sightings(&self, numbers: &[E164]) -> Result<Vec<Sighting>> {
        let operation = Operation::FindOwned;
        let mut place = Place::at(View::PhoneNumbers, 0, None)?;
        let mut trail = PageTrail::default();
        let mut seen = vec![Sighting::default(); numbers.len()];
        loop {
            let answer = self.send(place.request(operation)).await?;
            let page: Part<wire::HeldNumber<'_>> = Self::part(&answer, (&place, 0), operation)?;
            if page.unreadable > 0 {
                return Err(incomplete("a row can't be read"));
            }
            for (sighting, number) in seen.iter_mut().zip(numbers) {
                hold(sighting, &page.rows, number)?;
            }
            if page.shifted {
                return Err(incomplete("it changed while it was read").with_retry(Retry::Backoff));
            }
            let next = page.next.as_ref().map(Place::cursor);
            trail.note(
                page.rows.iter().filter_map(|row| row.id.get()),
                next.as_deref(),
            )?;
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

/// The place that the link to the next page leads to, if that stays in the list.
fn after(place: &Place, next: Option<String>) -> Result<Option<Place>> {
    let Some(link) = next else {
        return Ok(None);
    };
    place.linked(&link).map(Some).ok_or_else(|| {
        let message = "Zendesk's link to the next page leads out of the list";
        Error::new(ErrorKind::Protocol, message)
    })
}

/// Adds the rows of a page with the number, and those that have none.
fn hold(sighting: &mut Sighting, rows: &[wire::HeldNumber<'_>], number: &E164) -> Result<()> {
    for row in rows {
        let digits = convert::international(&row.number, &row.display_number);
        let digital =
            row.line_type.get() == Some("digital") || (digits.is_none() && !row.line_id.is_unset());
        if row.external.is_set() || digital {
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
                created_at: convert::date(&row.created_at)
                    .map_err(|_| incomplete("its date can't be read"))?,
            });
        }
    }
    Ok(())
}

pub(super) fn incomplete(why: &str) -> Error {
    Error::new(
        ErrorKind::Protocol,
        format!("Zendesk's list of numbers is no complete reading: {why}"),
    )
}
