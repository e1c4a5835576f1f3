//! Webex's lists of numbers, page by page: by a link where there is one, else by counting rows.

use std::hash::{DefaultHasher, Hash, Hasher};

use http::header::LINK;
use jiff::Timestamp;
use serde_json::value::RawValue;
use tracing::warn;
use trunkline_core::{Error, ErrorKind, ListQuery, Number, Page, PageTrail, Result, Retry};
use trunkline_http::{ApiRequest, Response};

use super::Webex;
use crate::config::PAGE_SIZE_MAX;
use crate::id::{self, Key};
use crate::request::{Cursor, ListPlan, NUMBERS, fits};
use crate::wire::{NumberList, NumberRow};
use crate::{convert, error};

/// A page is made smaller when Webex's own servers take too long over it, but not smaller than this.
const SMALLEST_PAGE: usize = 50;

/// One page.
pub(super) struct Rows {
    pub(super) rows: Vec<NumberRow>,
    /// Rows that could not be read at all.
    pub(super) unreadable: usize,
    pub(super) next: Option<Cursor>,
    /// Whether rows moved since the page before.
    pub(super) shifted: bool,
    count: Option<Box<RawValue>>,
    carrier_time: Option<Timestamp>,
}

/// What was found on the way through all pages.
pub(super) struct Look {
    pub(super) row: Option<NumberRow>,
    pub(super) carrier_time: Option<Timestamp>,
}

/// Whether a row is the number, or bare extension, with this key.
pub(super) fn is(row: &NumberRow, key: &Key) -> bool {
    match key {
        Key::Number(number) => row.phone_number.get() == Some(number),
        Key::Extension {
            extension,
            location,
        } => {
            let here = row.location_id().is_some_and(|id| id::same(id, location));
            row.phone_number.is_unset() && row.extension.get() == Some(extension) && here
        }
    }
}

impl Webex {
    pub(super) async fn number_page(&self, query: &ListQuery) -> Result<Page<Number>> {
        let cursor = query.cursor.as_deref().map(Cursor::parse).transpose()?;
        let first = match self.requests.list(query)? {
            ListPlan::Nothing => return Ok(Page::last(Vec::new())),
            ListPlan::Ask(first) => first,
        };
        let page = self.page(&first, cursor.as_ref()).await?;
        let all = page.rows.len() + page.unreadable;
        let numbers: Vec<Number> = usable(page.rows, |row| self.number(row)).collect();
        let readable = numbers.len();
        let fitting = numbers.into_iter().filter(|number| fits(query, number));
        Ok(Page {
            unreadable: all - readable,
            shifted: page.shifted,
            provider_data: convert::list_data(page.count.as_deref())?,
            next: page.next.as_ref().map(Cursor::write),
            ..Page::last(fitting.collect())
        })
    }

    /// The page of a list at a cursor. One that is found by counting rows is read from the last known row on, which shows
    /// whether rows have moved.
    ///
    /// # Errors
    /// `InvalidRequest` for a cursor of another list.
    pub(super) async fn page(&self, first: &ApiRequest, cursor: Option<&Cursor>) -> Result<Rows> {
        let Some(cursor) = cursor else {
            return self.rows(first.clone()).await;
        };
        let request =
            follow(first, cursor).map_err(|_| Error::invalid("cursor", "not one of this list"))?;
        let mut page = self.rows(request).await?;
        if let Cursor::Start(_, Some(last)) = cursor {
            match page.rows.first().map(|row| hash(&row.mark())) {
                Some(found) if found == *last => drop(page.rows.remove(0)),
                _ => page.shifted = true,
            }
            // Only the row that was known: there is no more.
            if page.rows.is_empty() && page.unreadable == 0 {
                page.next = None;
            }
        }
        Ok(page)
    }

    /// Asks for a page, and for a smaller one if that takes Webex too long (its advice for a 504).
    pub(super) async fn rows(&self, mut request: ApiRequest) -> Result<Rows> {
        let mut slow = None;
        let answer = loop {
            match self.send(request.clone()).await {
                Err(error) if error::has_status(&error, 504) && halve(&mut request) => {
                    slow = Some(error);
                }
                // Nothing more was sent: what Webex said last tells more than that.
                Err(error) if error.upstream().is_none_or(|said| said.status.is_none()) => {
                    return Err(slow.unwrap_or(error));
                }
                sent => break sent?,
            }
        };
        let mut page = read(&answer)?;
        let seen = page.rows.len() + page.unreadable;
        page.next = next(&request, &answer, (seen, page.rows.last()))?;
        Ok(page)
    }

    /// Reads page after page until a row is found, or all have been seen.
    ///
    /// # Errors
    /// `Protocol` if the row was not found and one that can't be read may have been it.
    pub(super) async fn seek(
        &self,
        first: ApiRequest,
        wanted: impl Fn(&NumberRow) -> bool + Send + Sync,
    ) -> Result<Look> {
        let (mut cursor, mut unreadable, mut shifted) = (None, 0, false);
        let mut trail = PageTrail::default();
        loop {
            let page = self.page(&first, cursor.as_ref()).await?;
            let carrier_time = page.carrier_time;
            unreadable += page.unreadable;
            shifted |= page.shifted;
            let marks: Vec<String> = page.rows.iter().map(NumberRow::mark).collect();
            let next = page.next.as_ref().map(Cursor::write);
            trail.note(marks.iter().map(String::as_str), next.as_deref())?;
            let row = page.rows.into_iter().find(&wanted);
            cursor = page.next;
            if row.is_some() || cursor.is_none() {
                if row.is_none() && unreadable > 0 {
                    return Err(incomplete("a row can't be read"));
                }
                if row.is_none() && shifted {
                    let error = incomplete("it changed while it was read");
                    return Err(error.with_retry(Retry::Backoff));
                }
                return Ok(Look { row, carrier_time });
            }
        }
    }
}

/// Where the page after an answer with so many rows begins, the last of which is this one.
fn next(
    request: &ApiRequest,
    answer: &Response,
    (seen, last): (usize, Option<&NumberRow>),
) -> Result<Option<Cursor>> {
    if seen == 0 {
        return Ok(None);
    }
    let links = answer.headers.get_all(LINK).iter();
    let mut links = links.filter_map(|links| next_link(links.to_str().ok()?));
    if let Some(link) = links.next() {
        let cursor = Cursor::Link(link.to_owned());
        follow(request, &cursor)?;
        return Ok(Some(cursor));
    }
    let full = seen >= number(request, "max").unwrap_or(PAGE_SIZE_MAX);
    let start = number(request, "start").unwrap_or_default();
    let last = last.map(|row| hash(&row.mark()));
    Ok(full.then(|| Cursor::Start(start.saturating_add(seen), last)))
}

/// The request for a later page of the list that `first` asks for.
///
/// # Errors
/// `Protocol` for a link that leads to anything else.
pub(super) fn follow(first: &ApiRequest, cursor: &Cursor) -> Result<ApiRequest> {
    match cursor {
        Cursor::Start(start, last) => {
            let mut request = first.clone();
            request.query.retain(|(name, _)| name != "start");
            // One row more than is new.
            let known = usize::from(last.is_some());
            if let Some((_, max)) = request.query.iter_mut().find(|(name, _)| name == "max")
                && let Ok(wanted) = max.parse::<usize>()
            {
                *max = (wanted + known).min(PAGE_SIZE_MAX).to_string();
            }
            Ok(request.query("start", start.saturating_sub(known).to_string()))
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

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// The rows that mean something: one without its essentials is left out, and said to be.
pub(super) fn usable<T, U>(
    rows: impl IntoIterator<Item = T>,
    convert: impl Fn(T) -> Result<U>,
) -> impl Iterator<Item = U> {
    rows.into_iter().filter_map(move |row| {
        convert(row)
            .inspect_err(|error| warn!(%error, "left out a row of Webex's list"))
            .ok()
    })
}

/// Reads a page at once or, if one odd row spoils that, row by row.
fn read(answer: &Response) -> Result<Rows> {
    let of = |mut rows: Vec<NumberRow>, unreadable, count| {
        let all = rows.len() + unreadable;
        // What has no number could be of any.
        rows.retain(|row| !row.is_blank());
        Rows {
            unreadable: all - rows.len(),
            rows,
            next: None,
            shifted: false,
            count,
            carrier_time: answer.date(),
        }
    };
    let error = match answer.json::<NumberList<NumberRow>>() {
        Ok(page) => return Ok(of(page.rows, 0, page.count)),
        Err(error) => error,
    };
    let page: NumberList<&RawValue> = answer.json().map_err(|_| error)?;
    let all = page.rows.len();
    let rows: Vec<NumberRow> = page
        .rows
        .into_iter()
        .filter_map(|row| serde_json::from_str(row.get()).ok())
        .collect();
    let unreadable = all - rows.len();
    warn!(
        unreadable,
        "left out rows of Webex's list that can't be read"
    );
    Ok(of(rows, unreadable, page.count))
}

fn number(request: &ApiRequest, name: &str) -> Option<usize> {
    let (_, value) = request.query.iter().find(|(known, _)| known == name)?;
    value.parse().ok()
}

/// Asks for half of a page; answers whether that makes sense.
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
        let next = parameters
            .split([';', ','])
            .any(|parameter| is_next(parameter.trim()));
        next.then_some(url)
    })
}

fn is_next(parameter: &str) -> bool {
    let rel = parameter.split_once('=');
    rel.is_some_and(|(name, value)| {
        let (name, value) = (name.trim(), value.trim().trim_matches('"'));
        name.eq_ignore_ascii_case("rel") && value.eq_ignore_ascii_case("next")
    })
}

fn incomplete(why: &str) -> Error {
    Error::new(
        ErrorKind::Protocol,
        format!("Webex's list of numbers is no complete reading: {why}"),
    )
}

/// The owners of the rows, each once, in order. Further numbers of an owner stand in rows of their own.
pub(super) fn owners_of(rows: &[NumberRow]) -> Vec<(crate::request::OwnerKind, &str)> {
    let mut owners = Vec::new();
    for row in rows {
        let further = ["ALTERNATE", "FAX", "DNIS"];
        if further.iter().any(|kind| row.phone_number_type.is(kind)) {
            continue;
        }
        let Some(owner) = &row.owner else { continue };
        let kind = owner
            .kind
            .get()
            .and_then(crate::request::OwnerKind::of_number_owner);
        let Some(found) = kind.zip(owner.id.get()) else {
            continue;
        };
        if !owners.contains(&found) {
            owners.push(found);
        }
    }
    owners
}

/// A list request of some operation with which pages can be told apart.
#[cfg(test)]
fn numbers(pairs: &[(&'static str, &str)]) -> ApiRequest {
    let list = ApiRequest::get(trunkline_core::Operation::List, NUMBERS);
    pairs
        .iter()
        .fold(list, |list, (name, value)| list.query(*name, *value))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn a_link_is_part_of_its_header(header in "[ -~]{0,60}|(<[a-z:/?=0-9]{0,12}>[;,] ?(rel|REL)=\"?(next|prev)\"?,? ?){0,4}") {
            if let Some(link) = next_link(&header) {
                let bracketed = format!("<{link}>");
                proptest::prop_assert!(header.contains(&bracketed));
            }
        }
    }

    #[test]
    fn the_next_link_is_found_among_others() {
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
    fn a_page_is_halved_down_to_a_floor() {
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
