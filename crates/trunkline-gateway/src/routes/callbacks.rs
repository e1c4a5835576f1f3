//! `/v1/callbacks`: callbacks of carriers.

use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use trunkline_core::{Callback, Error, ErrorKind};

use crate::dto::text::AccountRef;
use crate::error::ApiResult;
use crate::extract::{read_body, wrong_type};
use crate::headers::has_type;
use crate::state::AppState;

/// The media type of a form: carriers send no JSON here.
const FORM: &str = "application/x-www-form-urlencoded";

/// For carriers: report the outcome of a verification call.
///
/// When the verification of a caller ID starts and `server.public_url` is configured, the carrier gets this URL, with a
/// new token for every call. It sends a form with fields of its own, and signs URL and form in the provider's
/// `callback_signature_header`. No key is needed: the token can't be guessed and is valid for one callback, and the
/// signature is checked.
#[utoipa::path(
    post, path = "/v1/callbacks/{account}/{token}", tag = "Caller ids",
    request_body(content = BTreeMap<String, String>, content_type = "application/x-www-form-urlencoded"),
    params(("account" = inline(AccountRef), Path, description = "The account", example = "twilio"),
        ("token" = String, Path, description = "The token of the call", pattern = "^cb_[A-Za-z0-9_-]+$", example = "cb_0")),
    responses((status = 204, description = "Accepted"), crate::openapi::Lookup, crate::openapi::Also::<409>)
)]
pub(crate) async fn call_back(
    State(state): State<AppState>,
    request: Request,
) -> ApiResult<StatusCode> {
    let (mut parts, body) = request.into_parts();
    let path = Path::<(String, String)>::from_request_parts(&mut parts, &state).await;
    let unknown = |_| Error::new(ErrorKind::NotFound, "no callback is awaited here");
    let Path((account, token)) = path.map_err(unknown)?;
    let callback = read(Request::from_parts(parts, body)).await?;
    let caller_ids = &state.services().engine.caller_ids;
    caller_ids.call_back(&account, &token, &callback).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn read(request: Request) -> ApiResult<Callback> {
    if !has_type(request.headers(), FORM) {
        return Err(wrong_type(FORM));
    }
    let query = request.uri().query().map(ToOwned::to_owned);
    let headers = texts(request.headers());
    let body = read_body(request).await?;
    Ok(Callback {
        query,
        headers,
        form: form_urlencoded::parse(&body).into_owned().collect(),
    })
}

fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |(name, value): (&HeaderName, &HeaderValue)| {
        let value = value.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    };
    headers.iter().filter_map(text).collect()
}
