//! `/v1/callbacks`: what carriers call back.

use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use trunkline_core::{Callback, Error, ErrorKind};
use utoipa::ToSchema;

use crate::dto::text::AccountRef;
use crate::error::ApiResult;
use crate::extract::{read_body, wrong_type};
use crate::headers::has_type;
use crate::openapi::answers::{Also, Lookup};
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
    #[schema(rename = "VerificationStatus")]
    status: CallStatus,
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

/// How a verification call went.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(
    dead_code,
    reason = "it is written into the API's document and nowhere else"
)]
pub(crate) enum CallStatus {
    Success,
    Failed,
}

/// For carriers: how a verification call went.
///
/// A carrier is given this address, with a token of its own for every call, when the proof of a caller ID is started
/// and `server.public_url` is configured. No key is needed: the token can't be guessed, is good for one callback, and
/// the carrier's signature over the address and the form is checked.
#[utoipa::path(
    post, path = "/v1/callbacks/{account}/{token}", tag = "Caller ids",
    request_body(content = CallbackForm, content_type = "application/x-www-form-urlencoded"),
    params(("account" = inline(AccountRef), Path, description = "The account", example = "twilio"),
        ("token" = String, Path, description = "What was given to the carrier", pattern = "^cb_[A-Za-z0-9_-]+$", example = "cb_0"),
        ("X-Twilio-Signature" = Option<String>, Header, nullable = false, pattern = "^[ -~]*$", description = "Twilio's signature")),
    responses((status = 204, description = "Taken"), Lookup, Also::<409>)
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
