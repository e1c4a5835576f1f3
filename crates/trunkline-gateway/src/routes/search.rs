//! `GET /v1/available-numbers`.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use futures_util::stream::{Stream, StreamExt};
use trunkline_core::service::{SearchPart, SearchRequest};
use trunkline_core::{Error, Result};

use crate::dto::number::AvailableNumberDto;
use crate::dto::page::{List, SourceDto};
use crate::dto::search::SearchParams;
use crate::error::ApiResult;
use crate::extract::{Caller, Query};
use crate::openapi::answers::Lookup;
use crate::routes::ndjson;
use crate::state::AppState;

/// Search numbers for sale, at every capable account at once.
///
/// Answers when all have answered, or at `timeout_ms` with what is there. A failing account is a
/// source with an error. None of the numbers is reserved: stock moves. With `Accept: application/x-ndjson` each
/// account's numbers come the moment it answers, one a line and `limit` for each account; the last line has the sources.
#[utoipa::path(
    get, path = "/v1/available-numbers", tag = "Search", params(SearchParams),
    responses((status = 200, description = "What is on offer, and who was asked", content(
            (List<AvailableNumberDto> = "application/json"),
            (String = "application/x-ndjson"))),
        Lookup)
)]
pub(crate) async fn search(
    State(state): State<AppState>,
    Caller(caller): Caller,
    headers: HeaderMap,
    Query(params): Query<SearchParams>,
) -> ApiResult<Response> {
    let request = SearchRequest::try_from(params)?;
    let search = &state.services().search;
    if ndjson::wanted(&headers) {
        let parts = search.stream(&caller, &request).map_err(no_such_account)?;
        return Ok(ndjson::answer(pieces(parts)));
    }
    let found = search
        .run(&caller, &request)
        .await
        .map_err(no_such_account)?;
    let list = List {
        data: found
            .numbers
            .into_iter()
            .map(AvailableNumberDto::from)
            .collect(),
        next_cursor: None,
        sources: found.sources.into_iter().map(SourceDto::from).collect(),
    };
    Ok(Json(list).into_response())
}

fn pieces(
    parts: impl Stream<Item = Result<SearchPart>> + Send,
) -> impl Stream<Item = Result<ndjson::Piece<AvailableNumberDto>>> + Send {
    parts.map(|part| part.map(|part| ndjson::Piece::of(part.numbers, Some(part.source))))
}

/// An account that is not there, by the name of the parameter that named it.
fn no_such_account(error: Error) -> Error {
    error.with_field_renamed("account", "accounts")
}
