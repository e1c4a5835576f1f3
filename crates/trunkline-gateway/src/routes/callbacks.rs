//! `/v1/callbacks`: what carriers call back.

use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use trunkline_core::{Callback, Error, ErrorKind};
use utoipa::ToSchema;

use crate::dto::problem::Problem;
use crate::error::{ApiError, ApiResult};
use crate::extract::read_body;
use crate::state::AppState;

/// The media type of a form: carriers send no JSON here.
const FORM: &str = "application/x-www-form-urlencoded";

/// What a carrier tells of a verification call. There are more members, which are signed and not read.
#[derive(Debug, ToSchema)]
#[expect(
    dead_code,
    reason = "it is written into the API's document and nowhere else"
)]
pub(crate) struct CallbackForm {
    /// How the call went: `success` or `failed`.
    #[schema(rename = "VerificationStatus", examples("success"))]
    status: String,
    /// The carrier's id of the call.
    #[schema(rename = "CallSid", examples("CA00000000000000000000000000000001"))]
    call: Option<String>,
    /// The carrier's id of the account.
    #[schema(rename = "AccountSid", examples("AC00000000000000000000000000000000"))]
    account: Option<String>,
    /// The number that was called.
    #[schema(rename = "To", examples("+14155550177"))]
    to: Option<String>,
}

/// For carriers: how a verification call went.
///
/// A carrier is given this address, with a token of its own for every call, when the proof of a caller ID is started
/// and `server.public_url` is configured. No key is needed: the token can't be guessed, is good for one callback, and
/// the carrier's signature over the address and the form is checked.
#[utoipa::path(
    post, path = "/v1/callbacks/{account}/{token}", tag = "Caller ids",
    request_body(content = CallbackForm, content_type = "application/x-www-form-urlencoded"),
    params(("account" = String, Path, description = "The account"),
        ("token" = String, Path, description = "What was given to the carrier"),
        ("X-Twilio-Signature" = Option<String>, Header, description = "Twilio's signature")),
    responses((status = 204, description = "Taken"),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn call_back(
    State(state): State<AppState>,
    request: Request,
) -> ApiResult<StatusCode> {
    let (mut parts, body) = request.into_parts();
    let path = Path::<(String, String)>::from_request_parts(&mut parts, &state).await;
    let Path((account, token)) =
        path.map_err(|_| Error::new(ErrorKind::NotFound, "no callback is awaited here"))?;
    check_form(&parts.headers)?;
    let (query, headers) = (
        parts.uri.query().map(ToOwned::to_owned),
        texts(&parts.headers),
    );
    let body = read_body(Request::from_parts(parts, body)).await?;
    let callback = Callback {
        query,
        headers,
        form: form_urlencoded::parse(&body).into_owned().collect(),
    };
    let caller_ids = &state.services().engine.caller_ids;
    caller_ids.call_back(&account, &token, &callback).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn check_form(headers: &HeaderMap) -> ApiResult<()> {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case(FORM) {
        return Ok(());
    }
    let message = format!("send {FORM}");
    let error =
        Error::new(ErrorKind::InvalidRequest, message.clone()).with_field("Content-Type", message);
    Err(ApiError::with_status(
        error,
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
    ))
}

fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |(name, value): (&header::HeaderName, &header::HeaderValue)| {
        let value = value.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    };
    headers.iter().filter_map(text).collect()
}
