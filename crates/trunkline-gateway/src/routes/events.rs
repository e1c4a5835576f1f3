//! `/v1/events`.

mod stream;

use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use trunkline_admin::events::{After, EventFilter, Page};
use trunkline_core::{Error, Result};
use utoipa::IntoParams;

use crate::answer::Json;
use crate::dto::event::EventDto;
use crate::dto::page::List;
use crate::dto::webhook::types;
use crate::error::ApiResult;
use crate::extract::{Call, Query};
use crate::headers::accepts;
use crate::values::{limit, list, one_of, word};
use stream::{Reader, STREAM};

/// Filters of events.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventParams {
    /// `next_cursor` of an earlier answer, or the id of an event: events after it. `latest`: new events only. Default: from
    /// the oldest stored event. With `order=newest`: `next_cursor` of an earlier answer in that order.
    after: Option<String>,
    /// `oldest` (default), for programs that follow the feed, or `newest`, for people that look back. Streams are always
    /// oldest first.
    #[param(pattern = "^(oldest|newest)$")]
    order: Option<String>,
    /// Only these types, separated by commas.
    #[serde(rename = "type")]
    #[param(example = "number.purchased,number.released")]
    kind: Option<String>,
    /// Only at this account.
    account: Option<String>,
    /// At most this many: 1 to 100, default 50.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
}

impl TryFrom<EventParams> for EventFilter {
    type Error = Error;

    fn try_from(p: EventParams) -> Result<Self> {
        let names = list("type", p.kind.as_deref())?;
        Ok(Self {
            types: types("type", names.iter().map(String::as_str))?,
            account: word("account", p.account)?,
            ..Self::default()
        })
    }
}

/// Where to continue. A client that reconnects to a stream says so in a header.
fn after(given: Option<&String>, last_event: Option<&HeaderValue>) -> After {
    let last = last_event.map(|last| last.to_str().unwrap_or_default());
    match last.or_else(|| given.map(String::as_str)) {
        None => After::Start,
        Some("latest") => After::Latest,
        Some(text) => After::Point(text.to_owned()),
    }
}

/// The two orders of a page.
const ORDERS: [(&str, bool); 2] = [("oldest", false), ("newest", true)];

/// Read events, oldest first.
///
/// `next_cursor` is always set: send it as `after` in the next request. (With `order=newest` it is `null` at the oldest
/// event.) An event at or before a cursor never appears later,
/// so that a reader that keeps its cursor misses nothing, with any number of writers. With `Accept: text/event-stream`
/// events are sent as they happen. `Last-Event-ID` continues where a broken stream ended. A stream ends after five
/// minutes, and the client reconnects.
#[utoipa::path(
    get, path = "/v1/events", tag = "Events",
    params(EventParams, ("Last-Event-ID" = Option<String>, Header, nullable = false, description = "With a stream: continue after this `id`")),
    responses((status = 200, description = "A page, or a stream", content(
            (List<EventDto> = "application/json"),
            (String = "text/event-stream"))),
        crate::openapi::Lookup)
)]
pub(crate) async fn list_events(
    call: Call,
    headers: HeaderMap,
    Query(params): Query<EventParams>,
) -> ApiResult<Response> {
    let is_stream = accepts(&headers, STREAM);
    let last = headers.get("last-event-id").filter(|_| is_stream);
    let (limit, from) = (limit(params.limit, 50)?, after(params.after.as_ref(), last));
    let order = params.order.as_deref();
    let backwards = order.map_or(Ok(false), |order| one_of("order", order, &ORDERS))?;
    if backwards && is_stream {
        let message = "a stream has events oldest first";
        return Err(Error::invalid("order", message).into());
    }
    let before = params.after.clone();
    let mut filter = EventFilter::try_from(params)?;
    let (events, caller) = (&call.services().events, call.caller());
    if backwards {
        let before = before.as_deref();
        let page = events.newest(caller, &filter, Page { limit, before });
        let (page, next) = page.await?;
        let data = page.into_iter().map(EventDto::from).collect();
        return Ok(Json(List::local(data, next)).into_response());
    }
    filter.after = events.position(caller, &from).await?;
    if is_stream {
        return Ok(Reader::new(call, filter).answer());
    }
    let page = events.read(caller, &filter, limit).await?;
    let next = events.cursor(caller, page.position)?;
    let data = page.events.into_iter().map(EventDto::from).collect();
    Ok(Json(List::local(data, Some(next))).into_response())
}
