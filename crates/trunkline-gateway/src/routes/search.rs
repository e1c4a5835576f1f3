//! `GET /v1/available-numbers`.

use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use futures_util::stream::{Stream, StreamExt};
use trunkline_core::Result;
use trunkline_engine::{SearchPart, SearchRequest};

use crate::answer::Json;
use crate::dto::number::AvailableNumberDto;
use crate::dto::page::List;
use crate::dto::search::SearchParams;
use crate::error::ApiResult;
use crate::extract::{Call, Query};
use crate::routes::ndjson;
use crate::values::no_such_account;

/// Search numbers for sale, at all accounts at once.
///
/// The answer is sent when all accounts have answered, or after `timeout_ms` with what is there so far. An account that
/// fails is a source with an error. The numbers are not reserved: another customer of the carrier may buy one first. With
/// `Accept: application/x-ndjson` each account's numbers are sent as soon as it answers, one per line and up to `limit` for
/// each account. The last line has the sources.
#[utoipa::path(
    get, path = "/v1/available-numbers", tag = "Search", params(SearchParams),
    responses((status = 200, description = "The numbers for sale, and how each account answered", content(
            (List<AvailableNumberDto> = "application/json"),
            (String = "application/x-ndjson"))),
        crate::openapi::Lookup)
)]
pub(crate) async fn search(
    call: Call,
    headers: HeaderMap,
    Query(params): Query<SearchParams>,
) -> ApiResult<Response> {
    let request = SearchRequest::try_from(params)?;
    let search = &call.engine().search;
    if ndjson::wanted(&headers) {
        let parts = search.stream(call.caller(), &request);
        return Ok(ndjson::answer(pieces(parts.map_err(no_such_account)?)));
    }
    let found = search.run(call.caller(), &request).await;
    let found = found.map_err(no_such_account)?;
    let list = List::<AvailableNumberDto>::of(found.numbers, found.sources);
    Ok(Json(list).into_response())
}

fn pieces(
    parts: impl Stream<Item = Result<SearchPart>> + Send,
) -> impl Stream<Item = Result<ndjson::Piece<AvailableNumberDto>>> + Send {
    parts.map(|part| part.map(|part| ndjson::Piece::of(part.numbers, Some(part.source))))
}
