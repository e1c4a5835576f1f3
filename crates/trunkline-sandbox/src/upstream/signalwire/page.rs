//! SignalWire's paging: a page number for the eye, a token for the machine, and links that are only there if they lead
//! somewhere. A token stays good when its row is gone.

use serde::Serialize;

use super::error::{ApiError, Problem, Result, noted};
use super::state::Context;
use crate::book::{Book, Cut, Page, Row, Token};
use crate::exchange::Answer;
use crate::json::object;
use crate::query::Query;

pub(super) const PAGE_SIZE: usize = 50;

fn bad_token() -> Problem {
    Problem::new("page_token_is_invalid", "page_token is invalid")
}

/// 50 rows a page by default, 1 to 1000; the first page is 0, and only that needs no token.
fn wanted(query: &Query) -> Result<Page<'_>> {
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
    Page::of(number, size, token.flatten()).ok_or_else(|| {
        ApiError::invalid(
            "page_token_required",
            "page_token is required when page_number is greater than 0",
        )
    })
}

pub(super) struct List<'a> {
    context: &'a Context<'a>,
    query: &'a Query,
    pub(super) page: Page<'a>,
    filters: &'a [&'a str],
}

impl<'a> List<'a> {
    pub(super) fn of(
        context: &'a Context<'a>,
        query: &'a Query,
        filters: &'a [&'a str],
    ) -> Result<Self> {
        Ok(Self {
            context,
            query,
            page: wanted(query)?,
            filters,
        })
    }

    /// The rows of the page, out of the project's rows that `wanted` lets through.
    pub(super) fn cut<T: Row>(
        &self,
        book: &Book<T>,
        wanted: impl Fn(&T) -> bool,
    ) -> Result<Cut<T>> {
        let cut = book.cut(self.context.caller.id, &self.page, wanted);
        cut.ok_or_else(|| bad_token().into())
    }

    fn link(&self, number: usize, token: Option<&str>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let filled = |name: &&'a str| Some((*name, self.query.filled(name)?));
        query
            .extend_pairs(self.filters.iter().filter_map(filled))
            .append_pair("page_number", &number.to_string())
            .append_pair("page_size", &self.page.size.to_string());
        query.extend_pairs(token.map(|token| ("page_token", token)));
        format!("{}?{}", self.context.request.path, query.finish())
    }

    /// The answer with one page; `wire` makes the document of a row.
    pub(super) fn answer<'c, T: Row, W: Serialize>(
        &self,
        cut: &'c Cut<T>,
        wire: impl Fn(&'c T) -> W,
    ) -> Answer {
        let links = self
            .page
            .links(cut, |number, token| self.link(number, token));
        Answer::ok_utf8(&object! {
            "links": object! {
                "self": links.this,
                "first": links.first,
                "next"?: links.next,
                "prev"?: links.previous,
            },
            "data": cut.rows.iter().map(|row| wire(row)).collect::<Vec<_>>(),
        })
    }
}
