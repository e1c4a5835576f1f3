//! Twilio's paging: a page number for the eye, a token for the machine. A token goes stale when its row is gone.

use serde::Serialize;

use super::error::{ApiError, Result, refuse};
use super::state::Context;
use crate::book::{Book, Cut, Page, Row, Token};
use crate::exchange::Answer;
use crate::json::object;
use crate::query::Query;

pub(super) fn wanted(params: &Query) -> Result<Page<'_>> {
    let size = params.whole("PageSize")?.unwrap_or(50);
    if size > 1_000 {
        return refuse(20_007, "Page size too large, must be at most 1000");
    }
    if size == 0 {
        return Err(ApiError::parameter("PageSize", "0"));
    }
    let token = match params.filled("PageToken") {
        None => None,
        Some(text) => Some(Token::parse(text).ok_or_else(stale)?),
    };
    Page::of(params.whole("Page")?, size, token).ok_or_else(stale)
}

fn stale() -> ApiError {
    ApiError::bad(21_481, "Invalid PageToken")
}

pub(super) struct List<'a> {
    context: &'a Context<'a>,
    params: &'a Query,
    pub(super) page: Page<'a>,
    /// The name of the rows in the envelope.
    collection: &'static str,
}

impl<'a> List<'a> {
    pub(super) fn of(
        context: &'a Context<'a>,
        params: &'a Query,
        collection: &'static str,
    ) -> Result<Self> {
        Ok(Self {
            context,
            params,
            page: wanted(params)?,
            collection,
        })
    }

    /// The rows of the page, out of the account's rows that `wanted` lets through.
    pub(super) fn cut<T: Row>(
        &self,
        book: &Book<T>,
        wanted: impl Fn(&T) -> bool,
    ) -> Result<Cut<T>> {
        let account = self.context.account();
        if let Some(token) = self.page.token {
            let row = book.get(account, token.id());
            row.filter(|row| wanted(row)).ok_or_else(stale)?;
        }
        book.cut(account, &self.page, wanted).ok_or_else(stale)
    }

    /// The answer with one page; `wire` makes the document of a row.
    pub(super) fn answer<'c, T: Row, W: Serialize>(
        &self,
        cut: &'c Cut<T>,
        wire: impl Fn(&'c T) -> W,
    ) -> Answer {
        let page = &self.page;
        let links = page.links(cut, |number, token| {
            let mut paging = vec![
                ("PageSize", page.size.to_string()),
                ("Page", number.to_string()),
            ];
            paging.extend(token.map(|token| ("PageToken", token.to_owned())));
            let filters = |name: &str| !matches!(name, "PageSize" | "Page" | "PageToken");
            let query = self.params.rewritten(filters, &paging);
            format!("{}?{query}", self.context.request.path)
        });
        let rows: Vec<_> = cut.rows.iter().map(|row| wire(row)).collect();
        let start = if rows.is_empty() {
            0
        } else {
            page.number * page.size
        };
        Answer::ok_utf8(&object! {
            "first_page_uri": links.first,
            "end": start + rows.len().saturating_sub(1),
            "previous_page_uri": links.previous,
            [self.collection]: &rows,
            "uri": links.this,
            "page_size": page.size,
            "start": start,
            "next_page_uri": links.next,
            "page": page.number,
        })
    }
}
