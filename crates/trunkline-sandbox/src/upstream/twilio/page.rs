//! Twilio's paging: a page number for the eye, a token for the machine.
//!
//! A token is `PA` (after) or `PB` (before) and the SID of a row. It goes stale when that row is gone.

use std::sync::Arc;

use http::StatusCode;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::book::Row;
use super::error::{ApiError, Result};
use super::params::Params;
use crate::exchange::Answer;

const PAGING: [&str; 3] = ["PageSize", "Page", "PageToken"];

/// Which page is wanted.
#[derive(Debug)]
pub(super) struct PageRequest<'p> {
    pub(super) size: usize,
    page: usize,
    token: Option<Token<'p>>,
}

#[derive(Clone, Copy, Debug)]
enum Token<'p> {
    After(&'p str),
    Before(&'p str),
}

impl<'p> PageRequest<'p> {
    pub(super) fn of(params: &'p Params) -> Result<Self> {
        let size = params.whole("PageSize")?.unwrap_or(50);
        if size > 1_000 {
            return Err(ApiError::bad(
                20_007,
                "Page size too large, must be at most 1000",
            ));
        }
        if size == 0 {
            return Err(ApiError::parameter("PageSize", "0"));
        }
        let token = match params.filled("PageToken") {
            None => None,
            Some(text) => Some(token(text).ok_or_else(stale)?),
        };
        let page = match (params.whole("Page")?, token) {
            // A page can be reached by its token only.
            (Some(1..), None) => return Err(stale()),
            (Some(page), _) => page,
            (None, Some(Token::After(_))) => 1,
            (None, _) => 0,
        };
        Ok(Self { size, page, token })
    }

    /// The rows of the page, out of all rows that the filters let through.
    pub(super) fn cut<'a, T: Row + 'a>(
        &self,
        rows: impl Iterator<Item = &'a Arc<T>>,
    ) -> Result<Cut<T>> {
        let mut rows = rows.map(Arc::clone);
        let mut cut = match self.token {
            None => rows.by_ref().take(self.size + 1).collect(),
            Some(Token::After(sid)) => {
                rows.by_ref()
                    .find(|row| row.sid() == sid)
                    .ok_or_else(stale)?;
                rows.by_ref().take(self.size + 1).collect()
            }
            Some(Token::Before(sid)) => {
                let mut before = Vec::new();
                let mut found = false;
                for row in rows.by_ref() {
                    found = row.sid() == sid;
                    before.push(row);
                    if found {
                        break;
                    }
                }
                if !found {
                    return Err(stale());
                }
                // The row before which to look stays in as the proof that there is a next page.
                before.split_off(before.len().saturating_sub(self.size + 1))
            }
        };
        let more = cut.len() > self.size;
        cut.truncate(self.size);
        Ok(Cut { rows: cut, more })
    }
}

fn token(text: &str) -> Option<Token<'_>> {
    match text.split_at_checked(2)? {
        ("PA", sid) => Some(Token::After(sid)),
        ("PB", sid) => Some(Token::Before(sid)),
        _ => None,
    }
}

fn stale() -> ApiError {
    ApiError::bad(21_481, "Invalid PageToken")
}

/// The rows of one page and whether there are more.
#[derive(Debug)]
pub(super) struct Cut<T> {
    pub(super) rows: Vec<Arc<T>>,
    more: bool,
}

/// The envelope round one page.
#[derive(Debug)]
pub(super) struct Envelope<'a, W> {
    collection: &'static str,
    rows: Vec<W>,
    uris: Uris,
    request: &'a PageRequest<'a>,
}

#[derive(Debug)]
struct Uris {
    this: String,
    first: String,
    next: Option<String>,
    previous: Option<String>,
}

/// Where a list lives and what it was filtered by.
pub(super) struct Source<'a> {
    pub(super) path: &'a str,
    pub(super) params: &'a Params,
    pub(super) collection: &'static str,
}

/// The answer with one page of a list; `wire` makes the document of a row.
pub(super) fn answer<'a, T: Row, W: Serialize>(
    source: &Source<'_>,
    request: &PageRequest<'_>,
    cut: &'a Cut<T>,
    wire: impl Fn(&'a T) -> W,
) -> Answer {
    let uri = |page: usize, token: Option<String>| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(source.params.without(&PAGING));
        query
            .append_pair("PageSize", &request.size.to_string())
            .append_pair("Page", &page.to_string());
        if let Some(token) = token {
            query.append_pair("PageToken", &token);
        }
        format!("{}?{}", source.path, query.finish())
    };
    let own_token = source.params.filled("PageToken").map(str::to_owned);
    let next = cut.more.then(|| {
        cut.rows
            .last()
            .map(|row| uri(request.page + 1, Some(format!("PA{}", row.sid()))))
    });
    let back = request.page > 0;
    let previous = back.then(|| {
        cut.rows
            .first()
            .map(|row| uri(request.page - 1, Some(format!("PB{}", row.sid()))))
    });
    let envelope = Envelope {
        collection: source.collection,
        rows: cut.rows.iter().map(|row| wire(row)).collect(),
        uris: Uris {
            this: uri(request.page, own_token),
            first: uri(0, None),
            next: next.flatten(),
            previous: previous.flatten(),
        },
        request,
    };
    super::json(StatusCode::OK, &envelope)
}

impl<W: Serialize> Serialize for Envelope<'_, W> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let start = if self.rows.is_empty() {
            0
        } else {
            self.request.page * self.request.size
        };
        let mut map = serializer.serialize_map(Some(9))?;
        map.serialize_entry("first_page_uri", &self.uris.first)?;
        map.serialize_entry("end", &(start + self.rows.len().saturating_sub(1)))?;
        map.serialize_entry("previous_page_uri", &self.uris.previous)?;
        map.serialize_entry(self.collection, &self.rows)?;
        map.serialize_entry("uri", &self.uris.this)?;
        map.serialize_entry("page_size", &self.request.size)?;
        map.serialize_entry("start", &start)?;
        map.serialize_entry("next_page_uri", &self.uris.next)?;
        map.serialize_entry("page", &self.request.page)?;
        map.end()
    }
}
