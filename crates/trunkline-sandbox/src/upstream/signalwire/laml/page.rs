//! Paging as Twilio has it, with its own limits and without `start` and `end`.

use http::StatusCode;
use serde::Serialize;

use super::super::json;
use super::super::page::{Cut, PageRequest, Token};
use super::super::query::Query;
use super::super::state::Owned;
use super::Caller;
use super::error::{LamlError, Result};
use super::wire::IncomingPhoneNumber;
use crate::exchange::Answer;

/// What a list can be filtered by.
const FILTERS: [&str; 2] = ["FriendlyName", "PhoneNumber"];

/// Which page is wanted: 50 rows unless said, 1000 at most.
pub(super) fn wanted(params: &Query) -> Result<PageRequest<'_>> {
    let whole = |name: &str| {
        params
            .whole(name)
            .map_err(|problem| LamlError::bad("10000", problem.text().to_owned()))
    };
    let size = whole("PageSize")?.unwrap_or(50);
    if !(1..=1_000).contains(&size) {
        return Err(LamlError::bad(
            "54454",
            "PageSize must be between 1 and 1000",
        ));
    }
    let token = params
        .filled("PageToken")
        .map(|text| Token::parse(text).ok_or_else(stale))
        .transpose()?;
    let number = whole("Page")?;
    if token.is_none() && number.is_some_and(|number| number > 0) {
        return Err(LamlError::bad("21481", "PageToken is required"));
    }
    let number = match (number, token) {
        (Some(number), _) => number,
        (None, Some(Token::After(_))) => 1,
        (None, _) => 0,
    };
    Ok(PageRequest {
        number,
        size,
        token,
    })
}

fn stale() -> LamlError {
    LamlError::bad("54453", "PageToken is invalid")
}

#[derive(Serialize)]
struct Envelope<'a> {
    uri: String,
    first_page_uri: String,
    next_page_uri: Option<String>,
    previous_page_uri: Option<String>,
    page: usize,
    page_size: usize,
    incoming_phone_numbers: Vec<IncomingPhoneNumber<'a>>,
}

/// One page of numbers. Its links always begin with `/api/laml`, whether the request did or not.
pub(super) fn answer(
    caller: &Caller<'_>,
    request: &PageRequest<'_>,
    cut: Option<&Cut<Owned>>,
) -> Result<Answer> {
    let cut = cut.ok_or_else(stale)?;
    let below = caller.path.strip_prefix("/api/laml").unwrap_or(caller.path);
    let uri = |number: usize, token: Option<String>| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for name in FILTERS {
            if let Some(value) = caller.params.filled(name) {
                query.append_pair(name, value);
            }
        }
        query
            .append_pair("Page", &number.to_string())
            .append_pair("PageSize", &request.size.to_string());
        if let Some(token) = token {
            query.append_pair("PageToken", &token);
        }
        format!("/api/laml{below}?{}", query.finish())
    };
    let next = cut.rows.last().filter(|_| cut.more);
    let previous = cut.rows.first().filter(|_| request.number > 0);
    let envelope = Envelope {
        uri: uri(
            request.number,
            caller.params.filled("PageToken").map(str::to_owned),
        ),
        first_page_uri: uri(0, None),
        next_page_uri: next.map(|row| uri(request.number + 1, Some(format!("PA{}", row.id)))),
        previous_page_uri: previous
            .map(|row| uri(request.number - 1, Some(format!("PB{}", row.id)))),
        page: request.number,
        page_size: request.size,
        incoming_phone_numbers: cut
            .rows
            .iter()
            .map(|row| IncomingPhoneNumber::from(&**row))
            .collect(),
    };
    Ok(json(StatusCode::OK, &envelope))
}
