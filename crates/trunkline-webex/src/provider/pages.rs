//! Webex's lists of numbers, page by page: by a link where there is one, else by counting rows.

use http::header::LINK;
use jiff::Timestamp;
use trunkline_core::{Error, ErrorKind, Operation, Page, PageTrail, Result, Retry};
use trunkline_http::wire::{Offset, incomplete, lacks};
use trunkline_http::{ApiRequest, Response};

use super::Webex;
use crate::convert::{self, Held};
use crate::error;
use crate::id::Key;
use crate::request::{self, Cursor, NUMBERS, PAGE_SIZE_MAX};
use crate::wire::{self, NumberRow};

/// A page is made smaller when Webex's own servers take too long over it, but not smaller than this.
const SMALLEST_PAGE: usize = 50;

/// One page, what tells its rows from all others, and the answer it came in.
pub(super) struct Part<T> {
    pub(super) page: Page<T>,
    marks: Vec<String>,
    pub(super) answer: Response,
}

/// The outcome of reading page after page.
pub(super) struct Search<T> {
    pub(super) page: Page<T>,
    /// Webex's clock with the last page.
    pub(super) carrier_time: Option<Timestamp>,
}

impl Webex {
    /// The page of a list at a cursor. One that is found by counting rows is read from the last known row on, which shows
    /// whether rows have moved. A row that can't be converted counts as unreadable. Errors: `InvalidRequest` for a
    /// cursor of another list.
    pub(super) async fn page<T>(
        &self,
        first: &ApiRequest,
        cursor: Option<&str>,
        read: impl Fn(NumberRow<'_>) -> Result<T>,
    ) -> Result<Part<T>> {
        let cursor = cursor.map(Cursor::parse).transpose()?;
        let mut request = match &cursor {
            None => first.clone(),
            Some(cursor) => follow(first, cursor)
                .map_err(|_| Error::invalid("cursor", "not one of this list"))?,
        };
        let answer = self.answer(&mut request).await?;
        let rows = answer.rows::<wire::Numbers, NumberRow<'_>>()?;
        // A row without number and extension could be any.
        let mut rows = rows.convert(|row| match row.is_blank() {
            true => Err(lacks("phoneNumber")),
            false => Ok(row),
        });
        let mut marks: Vec<String> = rows.rows.iter().map(NumberRow::mark).collect();
        let seen = rows.rows.len() + rows.unreadable;
        let mut next = next(&request, &answer, seen, marks.last())?;
        let mut shifted = false;
        if let Some(Cursor::Rows(offset)) = cursor {
            shifted = offset.drop_known(&mut marks, &mut rows.rows);
        }
        // Only the row that was known: there is no more.
        if rows.rows.is_empty() && rows.unreadable == 0 {
            next = None;
        }
        let rows = rows.convert(read);
        Ok(Part {
            page: Page {
                unreadable: rows.unreadable,
                shifted,
                next: next.as_ref().map(Cursor::write),
                ..Page::last(rows.rows)
            },
            marks,
            answer,
        })
    }

    /// Asks for a page, and for a smaller one if that takes Webex too long (its advice for a 504).
    async fn answer(&self, request: &mut ApiRequest) -> Result<Response> {
        let mut slow = None;
        loop {
            match self.send(request.clone()).await {
                Err(error) if error::has_status(&error, 504) && halve(request) => {
                    slow = Some(error);
                }
                // Nothing more was sent: the last answer of Webex's tells more than this.
                Err(error) if error.upstream().is_none_or(|said| said.status.is_none()) => {
                    return Err(slow.unwrap_or(error));
                }
                sent => return sent,
            }
        }
    }

    /// Reads page after page until so many rows of those that are wanted have been found, or all have been seen.
    pub(super) async fn search<T>(
        &self,
        first: &ApiRequest,
        enough: usize,
        wanted: impl Fn(NumberRow<'_>) -> Result<Option<T>>,
    ) -> Result<Search<T>> {
        let (mut cursor, mut trail) = (None, PageTrail::default());
        let mut search = Search {
            page: Page::last(Vec::new()),
            carrier_time: None,
        };
        loop {
            let part = self.page(first, cursor.as_deref(), &wanted).await?;
            let (page, marks) = (part.page, part.marks.iter());
            trail.note(marks.map(String::as_str), page.next.as_deref())?;
            search.page.unreadable += page.unreadable;
            search.page.shifted |= page.shifted;
            search.carrier_time = part.answer.date();
            search.page.items.extend(page.items.into_iter().flatten());
            cursor = page.next;
            if cursor.is_none() || search.page.items.len() >= enough {
                return Ok(search);
            }
        }
    }

    /// Looks for a number or extension. Errors: `Protocol` if it was not found and a row that can't be read may have
    /// been it.
    pub(super) async fn look_for(&self, operation: Operation, key: &Key) -> Result<Search<Held>> {
        let wanted = |row: NumberRow<'_>| match key.is_of(&row) {
            true => convert::held(&self.account, row).map(Some),
            false => Ok(None),
        };
        let first = request::find(operation, key);
        let search = self.search(&first, 1, wanted).await?;
        let (page, found) = (&search.page, !search.page.items.is_empty());
        if !found && page.unreadable > 0 {
            return Err(incomplete("a row can't be read"));
        }
        if !found && page.shifted {
            return Err(incomplete("it changed while it was read").with_retry(Retry::Backoff));
        }
        Ok(search)
    }
}

impl<T> Search<T> {
    /// The first row that was found.
    pub(super) fn found(self) -> Option<T> {
        self.page.items.into_iter().next()
    }
}

/// Where the page after an answer with so many rows begins, the last of which has this mark.
fn next(
    request: &ApiRequest,
    answer: &Response,
    seen: usize,
    last: Option<&String>,
) -> Result<Option<Cursor>> {
    if seen == 0 {
        return Ok(None);
    }
    let mut links = answer.headers.get_all(LINK).iter();
    if let Some(link) = links.find_map(|links| next_link(links.to_str().ok()?)) {
        let cursor = Cursor::Link(link.to_owned());
        follow(request, &cursor)?;
        return Ok(Some(cursor));
    }
    let full = seen >= number(request, "max").unwrap_or(PAGE_SIZE_MAX);
    let start = number(request, "start").unwrap_or_default();
    Ok(full.then(|| Cursor::Rows(Offset::after(start.saturating_add(seen) as u64, last))))
}

/// The request for a later page of the list that `first` asks for. Errors: `Protocol` for a link that leads to anything
/// else.
fn follow(first: &ApiRequest, cursor: &Cursor) -> Result<ApiRequest> {
    match cursor {
        Cursor::Rows(offset) => {
            let mut request = first.clone();
            request.query.retain(|(name, _)| name != "start");
            if let Some((_, max)) = request.query.iter_mut().find(|(name, _)| name == "max")
                && let Ok(wanted) = max.parse::<usize>()
            {
                *max = (wanted + offset.known()).min(PAGE_SIZE_MAX).to_string();
            }
            Ok(request.query("start", offset.start().to_string()))
        }
        Cursor::Link(link) => {
            let request = ApiRequest::linked(first.operation, &first.path, link);
            request.ok_or_else(|| {
                let message = "Webex's link to the next page leads to another list";
                Error::new(ErrorKind::Protocol, message)
            })
        }
    }
}

fn number(request: &ApiRequest, name: &str) -> Option<usize> {
    let (_, value) = request.query.iter().find(|(known, _)| known == name)?;
    value.parse().ok()
}

/// Asks for half of a page; false if it is as small as it may be.
fn halve(request: &mut ApiRequest) -> bool {
    let half = number(request, "max").unwrap_or(PAGE_SIZE_MAX) / 2;
    if half < SMALLEST_PAGE || !request.path.ends_with(NUMBERS) {
        return false;
    }
    request.query.retain(|(name, _)| name != "max");
    request.query.push(("max".into(), half.to_string()));
    true
}

/// The target of `<url>; rel="next"` among the links of a header.
fn next_link(header: &str) -> Option<&str> {
    header.split('<').skip(1).find_map(|part| {
        let (url, parameters) = part.split_once('>')?;
        let plain = parameters.to_ascii_lowercase().replace(['"', ' '], "");
        let mut parameters = plain.split([';', ',']);
        parameters.any(|one| one == "rel=next").then_some(url)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(pairs: &[(&'static str, &str)]) -> ApiRequest {
        let list = ApiRequest::get(Operation::List, NUMBERS);
        pairs
            .iter()
            .fold(list, |list, (name, value)| list.query(*name, *value))
    }

    proptest::proptest! {
        #[test]
        fn link_is_part_of_its_header(header in "[ -~]{0,60}|(<[a-z:/?=0-9]{0,12}>[;,] ?(rel|REL)=\"?(next|prev)\"?,? ?){0,4}") {
            if let Some(link) = next_link(&header) {
                let bracketed = format!("<{link}>");
                proptest::prop_assert!(header.contains(&bracketed));
            }
        }
    }

    #[test]
    fn next_link_is_found_among_others() {
        let both = r#"<https://a.test/v1/x?start=0>; rel="prev", <https://a.test/v1/x?start=2>; rel="next""#;
        assert_eq!(next_link(both), Some("https://a.test/v1/x?start=2"));
        assert_eq!(
            next_link("<https://a.test/x>; rel=next"),
            Some("https://a.test/x")
        );
        assert_eq!(next_link(r#"<https://a.test/x>; rel="last""#), None);
        assert_eq!(next_link("nonsense"), None);
    }

    #[test]
    fn page_is_halved_down_to_a_floor() {
        let mut request = numbers(&[("max", "250"), ("start", "10")]);
        assert!(halve(&mut request));
        assert_eq!(
            (number(&request, "max"), number(&request, "start")),
            (Some(125), Some(10))
        );
        assert!(halve(&mut request) && !halve(&mut request));
        let mut whole = numbers(&[]);
        assert!(halve(&mut whole));
        assert_eq!(number(&whole, "max"), Some(1000));
    }
}
