//! `/v1/events`.

mod stream;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use trunkline_core::service::events::{After, EventFilter};
use trunkline_core::{Error, Result};
use utoipa::IntoParams;

use crate::dto::event::EventDto;
use crate::dto::page::List;
use crate::dto::webhook::types;
use crate::error::ApiResult;
use crate::extract::{Caller, Query};
use crate::headers::accepts;
use crate::openapi::answers::Lookup;
use crate::state::AppState;
use crate::values::{limit, list, word};
use stream::{Reader, STREAM};

/// Which events to read.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventParams {
    /// `next_cursor` of an earlier answer, or the id of an event: go on after it. `latest`: from now on. Left out: from the
    /// oldest that is kept.
    after: Option<String>,
    /// Only of these types, separated by commas.
    #[serde(rename = "type")]
    #[param(example = "number.purchased,number.released")]
    kind: Option<String>,
    /// Only at this account.
    account: Option<String>,
    /// At most this many: 1 to 100, default 50.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
}

/// What to read, from where, and how much.
struct Wanted {
    filter: EventFilter,
    from: After,
    limit: usize,
}

impl TryFrom<EventParams> for Wanted {
    type Error = Error;

    fn try_from(p: EventParams) -> Result<Self> {
        let names = list("type", p.kind.as_deref())?;
        Ok(Self {
            filter: EventFilter {
                types: types("type", names.iter().map(String::as_str))?,
                account: word("account", p.account)?,
                ..EventFilter::default()
            },
            from: after(p.after),
            limit: limit(p.limit, 50)?,
        })
    }
}

fn after(text: Option<String>) -> After {
    match text {
        None => After::Start,
        Some(text) if text == "latest" => After::Latest,
        Some(text) => After::Point(text),
    }
}

/// Read what happened, oldest first.
///
/// `next_cursor` is always there: ask again with it as `after`. An event at or before a cursor never appears later, so a
/// reader that keeps its cursor misses nothing, however many write. With `Accept: text/event-stream` events come as they
/// happen; `Last-Event-ID` goes on where a broken stream ended, and a stream ends after five minutes so that it is asked
/// for again.
#[utoipa::path(
    get, path = "/v1/events", tag = "Events",
    params(EventParams, ("Last-Event-ID" = Option<String>, Header, nullable = false, description = "With a stream: go on after this `id`")),
    responses((status = 200, description = "A page, or a stream", content(
            (List<EventDto> = "application/json"),
            (String = "text/event-stream"))),
        Lookup)
)]
pub(crate) async fn list_events(
    State(state): State<AppState>,
    Caller(caller): Caller,
    headers: HeaderMap,
    Query(params): Query<EventParams>,
) -> ApiResult<Response> {
    let is_stream = accepts(&headers, STREAM);
    let last = headers.get("last-event-id").filter(|_| is_stream);
    let last = last.map(|last| last.to_str().unwrap_or_default().to_owned());
    let Wanted {
        filter,
        from,
        limit,
    } = params.try_into()?;
    let events = &state.services().events;
    let from = last.map_or(from, |last| after(Some(last)));
    let position = events.position(&caller, &from).await?;
    if is_stream {
        let reader = Reader::new(state.clone(), caller, filter, position);
        return Ok(reader.answer());
    }
    let page = events.read(&caller, (&filter, position), limit).await?;
    let next = events.cursor(&caller, page.position)?;
    let data: Vec<_> = page.events.into_iter().map(EventDto::from).collect();
    Ok(Json(List::local(data, Some(next))).into_response())
}
