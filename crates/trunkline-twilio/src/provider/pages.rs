//! Twilio's lists, page by page.

use serde::Deserialize;
use serde_json::value::RawValue;
use tracing::warn;
use trunkline_core::{
    CallerId, CallerIdQuery, E164, Error, ErrorKind, HeldRow, Operation, Page, PageTrail, Result,
    Sighting, is_same_number,
};
use trunkline_http::{ApiRequest, Response};

use super::Twilio;
use crate::{convert, request, wire};

/// The rows of a page, and how many of them could not be read at all.
pub(super) struct Rows<T> {
    pub(super) rows: Vec<T>,
    pub(super) next: Option<String>,
    pub(super) unreadable: usize,
}

/// Reads a page at once or, if one odd row spoils that, row by row.
pub(super) fn rows<'a, T: Deserialize<'a>>(answer: &'a Response) -> Result<Rows<T>> {
    let whole = answer.json::<wire::Page<'a, T>>();
    let error = match whole {
        Ok(page) => {
            return Ok(Rows {
                rows: page.rows,
                next: page.next_page_uri.into_string(),
                unreadable: 0,
            });
        }
        Err(error) => error,
    };
    let page: wire::Page<'a, &'a RawValue> = answer.json().map_err(|_| error)?;
    let all = page.rows.len();
    let rows: Vec<T> = page
        .rows
        .into_iter()
        .filter_map(|row| serde_json::from_str(row.get()).ok())
        .collect();
    let unreadable = all - rows.len();
    warn!(
        unreadable,
        "left out rows of Twilio's list that can't be read"
    );
    Ok(Rows {
        rows,
        next: page.next_page_uri.into_string(),
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
            .inspect_err(|error| warn!(%error, "left out a row of Twilio's list"))
            .ok()
    })
}

impl Twilio {
    /// The link to the next page, if it leads to the same collection.
    pub(super) fn checked(
        &self,
        operation: Operation,
        collection: &str,
        next: Option<String>,
    ) -> Result<Option<String>> {
        match next {
            Some(link) if request::page(&self.sid, operation, (collection, &link)).is_none() => {
                Err(Error::new(
                    ErrorKind::Protocol,
                    "Twilio's link to the next page leads out of the list",
                ))
            }
            next => Ok(next),
        }
    }

    /// Reads every page that could show the number. A row that can't be read could be the one, so it
    /// makes the reading incomplete.
    pub(super) async fn sighting(&self, number: &E164) -> Result<Sighting> {
        let mut request = request::find_owned(&self.sid, number);
        let mut trail = PageTrail::default();
        let mut found = Vec::new();
        loop {
            let answer = self.send(request).await?;
            let page = rows::<wire::HeldNumber<'_>>(&answer)?;
            if page.unreadable > 0 {
                return Err(incomplete("a row can't be read"));
            }
            found.extend(held(&page.rows, number)?);
            let ids = page.rows.iter().filter_map(|row| row.sid.get());
            trail.note(ids, page.next.as_deref())?;
            match self.follow(Operation::FindOwned, request::NUMBERS, page.next)? {
                Some(following) => request = following,
                None => return Ok(Sighting::of(found, answer.date())),
            }
        }
    }

    /// The request for the next page, `None` after the last.
    fn follow(
        &self,
        operation: Operation,
        collection: &str,
        next: Option<String>,
    ) -> Result<Option<ApiRequest>> {
        let next = self.checked(operation, collection, next)?;
        Ok(next.and_then(|link| request::page(&self.sid, operation, (collection, &link))))
    }

    pub(super) async fn caller_id_page(
        &self,
        operation: Operation,
        query: &CallerIdQuery,
    ) -> Result<Page<CallerId>> {
        self.offers(operation)?;
        let request = request::caller_ids(&self.sid, operation, query)?;
        let answer = self.send(request).await?;
        let page = rows(&answer)?;
        let all = page.rows.len() + page.unreadable;
        let rows = usable(page.rows, |row| convert::caller_id(&self.account, row));
        let rows: Vec<CallerId> = rows.collect();
        Ok(Page {
            unreadable: all - rows.len(),
            next: self.checked(operation, request::CALLER_IDS, page.next)?,
            ..Page::last(rows.into_iter().filter(|row| query.fits(row)).collect())
        })
    }

    pub(super) async fn find_caller_id(
        &self,
        operation: Operation,
        number: &str,
    ) -> Result<CallerId> {
        let account = &self.account;
        self.with_caller_id(operation, number, |row| convert::caller_id(account, row))
            .await
    }

    /// Twilio's sid of a caller ID, which changing and removing one need.
    pub(super) async fn caller_id_sid(&self, operation: Operation, key: &str) -> Result<String> {
        if let Some(sid) = sid_of(key) {
            return Ok(sid.to_owned());
        }
        let sid = |row: wire::OutgoingCallerId<'_>| {
            row.sid.into_string().ok_or_else(|| convert::lacks("sid"))
        };
        self.with_caller_id(operation, key, sid).await
    }

    /// The number of a caller ID, which a sid does not show.
    pub(super) async fn caller_id_number(&self, operation: Operation, key: &str) -> Result<String> {
        let Some(sid) = sid_of(key) else {
            return Ok(key.to_owned());
        };
        let request = request::caller_id(&self.sid, operation, sid, None)?;
        let answer = self.send(request).await?;
        let row: wire::OutgoingCallerId<'_> = answer.json()?;
        let number = row.phone_number.into_string();
        number.ok_or_else(|| answer.protocol("Twilio's caller ID has no number"))
    }

    /// Finds the verified caller ID of exactly this number and reads it.
    async fn with_caller_id<T>(
        &self,
        operation: Operation,
        number: &str,
        read: impl FnOnce(wire::OutgoingCallerId<'_>) -> Result<T>,
    ) -> Result<T> {
        let query = CallerIdQuery {
            number: Some(number.to_owned()),
            limit: 50,
            ..CallerIdQuery::default()
        };
        let mut request = request::caller_ids(&self.sid, operation, &query)?;
        let mut trail = PageTrail::default();
        loop {
            let answer = self.send(request).await?;
            let page = rows::<wire::OutgoingCallerId<'_>>(&answer)?;
            let ids = page.rows.iter().filter_map(|row| row.sid.get());
            trail.note(ids, page.next.as_deref())?;
            let found = page.rows.into_iter().find(|row| {
                row.phone_number
                    .get()
                    .is_some_and(|own| is_same_number(own, number))
            });
            if let Some(row) = found {
                return read(row);
            }
            let following = self.follow(operation, request::CALLER_IDS, page.next)?;
            request = following.ok_or_else(|| {
                let message = "no verified caller ID has this number";
                Error::new(ErrorKind::NotFound, message)
            })?;
        }
    }
}

/// A key that is Twilio's own sid of a caller ID instead of a number.
pub(super) fn sid_of(key: &str) -> Option<&str> {
    key.starts_with("PN").then_some(key)
}

/// The rows of a page with the number. One that can't be read could be the one.
fn held(rows: &[wire::HeldNumber<'_>], number: &E164) -> Result<Vec<HeldRow>> {
    let mut found = Vec::new();
    for row in rows {
        let digits = row
            .phone_number
            .get()
            .ok_or_else(|| incomplete("a row has no number"))?;
        if digits == number.as_str() {
            let sid = row
                .sid
                .get()
                .ok_or_else(|| incomplete("the number has no sid"))?;
            found.push(HeldRow {
                provider_id: sid.to_owned(),
                created_at: convert::date(&row.date_created)
                    .map_err(|_| incomplete("its date can't be read"))?,
            });
        }
    }
    Ok(found)
}

fn incomplete(why: &str) -> Error {
    Error::new(
        ErrorKind::Protocol,
        format!("Twilio's list of numbers is no complete reading: {why}"),
    )
}
