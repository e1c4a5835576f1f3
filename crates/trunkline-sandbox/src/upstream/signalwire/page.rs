//! SignalWire's paging: a page number for the eye, a token for the machine, and links that are only there if they lead
//! somewhere.
//!
//! A token is `PA` (after) or `PB` (before) and the id of a row. It stays good when that row is gone.

use std::sync::Arc;

use http::StatusCode;
use serde::Serialize;

use super::book::{Book, Row};
use super::error::{ApiError, Problem, Result, noted};
use super::json;
use super::query::Query;
use crate::exchange::Answer;

/// How many rows a page has, unless said.
pub(super) const PAGE_SIZE: usize = 50;

/// Which page is wanted.
#[derive(Debug)]
pub(super) struct PageRequest<'q> {
    pub(super) number: usize,
    pub(super) size: usize,
    pub(super) token: Option<Token<'q>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'q> {
    After(&'q str),
    Before(&'q str),
}

impl<'q> Token<'q> {
    pub(super) fn parse(text: &'q str) -> Option<Self> {
        match text.split_at_checked(2)? {
            ("PA", id) => Some(Token::After(id)),
            ("PB", id) => Some(Token::Before(id)),
            _ => None,
        }
    }
}

fn bad_token() -> Problem {
    Problem::new("page_token_is_invalid", "page_token is invalid")
}

impl<'q> PageRequest<'q> {
    /// 50 rows a page unless said, 1 to 1000; the first page is 0, and only that needs no token.
    pub(super) fn of(query: &'q Query) -> Result<Self> {
        let mut problems = Vec::new();
        let size = noted(&mut problems, query.whole("page_size")).unwrap_or(PAGE_SIZE);
        if !(1..=1_000).contains(&size) {
            problems.push(Problem::value("page_size", "must be between 1 and 1000"));
        }
        let number = noted(&mut problems, query.whole("page_number"));
        let token = query.filled("page_token").map(Token::parse);
        if token == Some(None) {
            problems.push(bad_token());
        }
        ApiError::check(problems)?;
        let token = token.flatten();
        let number = match (number, token) {
            (Some(1..), None) => {
                return Err(ApiError::invalid(
                    "page_token_required",
                    "page_token is required when page_number is greater than 0",
                ));
            }
            (Some(number), _) => number,
            (None, Some(Token::After(_))) => 1,
            (None, _) => 0,
        };
        Ok(Self {
            number,
            size,
            token,
        })
    }

    /// The rows of the page, out of all rows of the project that `wanted` lets through; none if the token is none.
    pub(super) fn cut<T: Row>(
        &self,
        book: &Book<T>,
        project: &str,
        wanted: impl Fn(&T) -> bool,
    ) -> Option<Cut<T>> {
        let wanted = |row: &&Arc<T>| wanted(row);
        let (rows, more) = match self.token {
            None | Some(Token::After(_)) => {
                let place = match self.token {
                    Some(Token::After(id)) => book.place(id)?,
                    _ => u64::MAX,
                };
                let found = book.after(project, place).filter(wanted);
                let mut rows: Vec<_> = found.take(self.size + 1).map(Arc::clone).collect();
                let more = rows.len() > self.size;
                rows.truncate(self.size);
                (rows, more)
            }
            Some(Token::Before(id)) => {
                let place = book.place(id)?;
                let found = book.before(project, place).filter(wanted);
                let mut rows: Vec<_> = found.take(self.size).map(Arc::clone).collect();
                rows.reverse();
                (rows, book.after(project, place + 1).any(|row| wanted(&row)))
            }
        };
        Some(Cut { rows, more })
    }
}

/// The rows of one page and whether there are more.
#[derive(Debug)]
pub(super) struct Cut<T> {
    pub(super) rows: Vec<Arc<T>>,
    pub(super) more: bool,
}

/// The links of an envelope. What leads nowhere is absent, not null.
#[derive(Debug, Serialize)]
pub(super) struct Links {
    #[serde(rename = "self")]
    pub(super) this: String,
    pub(super) first: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) prev: Option<String>,
}

#[derive(Serialize)]
struct Envelope<W> {
    links: Links,
    data: Vec<W>,
}

/// A list: where it lives and what it can be filtered by.
pub(super) struct Source<'a> {
    pub(super) path: &'a str,
    pub(super) query: &'a Query,
    pub(super) filters: &'a [&'a str],
}

impl Source<'_> {
    fn link(&self, request: &PageRequest<'_>, number: usize, token: Option<&str>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for name in self.filters {
            if let Some(value) = self.query.filled(name) {
                query.append_pair(name, value);
            }
        }
        query
            .append_pair("page_number", &number.to_string())
            .append_pair("page_size", &request.size.to_string());
        if let Some(token) = token {
            query.append_pair("page_token", token);
        }
        format!("{}?{}", self.path, query.finish())
    }

    /// The answer with one page; `wire` makes the document of a row.
    pub(super) fn answer<'a, T: Row, W: Serialize>(
        &self,
        request: &PageRequest<'_>,
        cut: Option<&'a Cut<T>>,
        wire: impl Fn(&'a T) -> W,
    ) -> Result<Answer> {
        let cut = cut.ok_or_else(bad_token)?;
        let next = cut.rows.last().filter(|_| cut.more);
        let prev = cut.rows.first().filter(|_| request.number > 0);
        let links = Links {
            this: self.link(request, request.number, self.query.filled("page_token")),
            first: self.link(request, 0, None),
            next: next.map(|row| {
                let token = format!("PA{}", row.id());
                self.link(request, request.number + 1, Some(&token))
            }),
            prev: prev.map(|row| {
                let token = format!("PB{}", row.id());
                self.link(request, request.number - 1, Some(&token))
            }),
        };
        let data = cut.rows.iter().map(|row| wire(row)).collect();
        Ok(json(StatusCode::OK, &Envelope { links, data }))
    }
}
