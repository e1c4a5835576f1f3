//! Paging as Twilio has it, with its own limits and without `start` and `end`.

use super::super::error::Problem;
use super::super::state::{Context, Owned};
use super::error::{LamlError, Result, refuse};
use super::wire::incoming;
use crate::book::{Cut, Page, Token};
use crate::exchange::Answer;
use crate::json::object;
use crate::query::{Invalid, Query};

/// What a list can be filtered by.
const FILTERS: [&str; 2] = ["FriendlyName", "PhoneNumber"];

/// Which page is wanted: 50 rows by default, 1000 at most.
pub(super) fn wanted(params: &Query) -> Result<Page<'_>> {
    let bad = |invalid: Invalid| LamlError::bad("10000", Problem::from(invalid).text().to_owned());
    let size = params.whole("PageSize").map_err(bad)?.unwrap_or(50);
    if !(1..=1_000).contains(&size) {
        return refuse("54454", "PageSize must be between 1 and 1000");
    }
    let token = params
        .filled("PageToken")
        .map(|text| Token::parse(text).ok_or_else(stale));
    let token = token.transpose()?;
    let number = params.whole("Page").map_err(bad)?;
    let page = Page::of(number, size, token);
    page.ok_or_else(|| LamlError::bad("21481", "PageToken is required"))
}

pub(super) fn stale() -> LamlError {
    LamlError::bad("54453", "PageToken is invalid")
}

/// One page of numbers. Its links always begin with `/api/laml`, whether the request did or not.
pub(super) fn answer(context: &Context<'_>, page: &Page<'_>, cut: &Cut<Owned>) -> Answer {
    let (params, path) = (context.query(), super::bare(&context.request.path));
    let below = path.strip_prefix("/api/laml").unwrap_or(path);
    let links = page.links(cut, |number, token| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let filters = FILTERS.into_iter();
        query
            .extend_pairs(filters.filter_map(|name| Some((name, params.filled(name)?))))
            .append_pair("Page", &number.to_string())
            .append_pair("PageSize", &page.size.to_string());
        query.extend_pairs(token.map(|token| ("PageToken", token)));
        format!("/api/laml{below}?{}", query.finish())
    });
    let rows = cut.rows.iter().map(|row| incoming(row));
    let envelope = object! {
        "uri": links.this,
        "first_page_uri": links.first,
        "next_page_uri": links.next,
        "previous_page_uri": links.previous,
        "page": page.number,
        "page_size": page.size,
        "incoming_phone_numbers": rows.collect::<Vec<_>>(),
    };
    Answer::ok_utf8(&envelope)
}
