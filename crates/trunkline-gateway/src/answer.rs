//! Answers that several routes share.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use trunkline_admin::Answer;
use trunkline_core::{Error, ErrorKind, Result, json};

use crate::error::{ApiError, ApiResult};
use crate::headers::REPLAYED;

/// An answer in JSON.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

/// The result of a handler that answers with JSON.
pub(crate) type JsonResult<T> = ApiResult<Json<T>>;

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        let mut text = String::with_capacity(32 << 10);
        match json::write(&self.0, &mut text) {
            Ok(()) => {
                // The prompt of a terminal begins a line of its own.
                text.push('\n');
                let json = [(header::CONTENT_TYPE, "application/json")];
                (json, text.into_bytes()).into_response()
            }
            Err(error) => ApiError::from(unwritten(error)).into_response(),
        }
    }
}

fn unwritten(error: serde_json::Error) -> Error {
    Error::new(ErrorKind::Internal, "an answer can't be written").with_source(error)
}

/// An answer with `Location`, the URL of its resource.
pub(crate) fn located(status: StatusCode, location: &str, body: &impl Serialize) -> Response {
    let mut response = (status, Json(body)).into_response();
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// 201 with `Location`.
pub(crate) fn created(location: &str, body: &impl Serialize) -> Response {
    located(StatusCode::CREATED, location, body)
}

/// 202 with `Location`, and when to ask there again.
pub(crate) fn accepted(location: &str, body: &impl Serialize) -> Response {
    let mut response = located(StatusCode::ACCEPTED, location, body);
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    response
}

/// In the extensions of a response: the body to keep under an idempotency key, in place of one with a secret in it.
#[derive(Clone)]
pub(crate) struct KeptBody(pub(crate) String);

impl KeptBody {
    /// The response, of which `kept` is repeated: the same without its secret.
    ///
    /// # Errors
    /// `Internal` if it can't be written.
    pub(crate) fn beside(mut response: Response, kept: &impl Serialize) -> Result<Response> {
        response.extensions_mut().insert(Self(json(kept)?));
        Ok(response)
    }
}

/// A body as JSON.
///
/// # Errors
/// `Internal` if it can't be written.
pub(crate) fn json(body: &impl Serialize) -> Result<String> {
    json::to_string(body).map_err(unwritten)
}

/// Marks an answer as a repeated one.
pub(crate) fn replayed(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

/// A kept answer, byte for byte.
pub(crate) fn kept(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, answer.body).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    let kind = Some(answer.content_type).filter(|kind| !kind.is_empty());
    for (name, text) in [
        (header::CONTENT_TYPE, kind),
        (header::LOCATION, answer.location),
    ] {
        if let Some(value) = text.and_then(|text| HeaderValue::from_str(&text).ok()) {
            headers.insert(name, value);
        }
    }
    response
}
