//! Answers in the gateway's place, for what a journey needs to be a certain way: who is signed in, what the audit says.
//! Everything else goes on to the gateway.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// The one key that opens.
pub(crate) const KEY: &str = "tl_open_sesame";

const COOKIE: &str = "trunkline_session=opened";

/// What answers instead.
#[derive(Debug, Default)]
pub(crate) struct StandIn {
    /// The scopes of [`KEY`], and that a session is needed; nobody is asked for a key without.
    pub(crate) scopes: Option<&'static [&'static str]>,
    /// Lists, by their path.
    pub(crate) lists: Vec<(&'static str, Value)>,
}

pub(crate) async fn answer(
    State(stand_in): State<Arc<StandIn>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    if let Some(scopes) = stand_in.scopes {
        if path == "/v1/session" {
            return session(scopes, request).await;
        }
        if path.starts_with("/v1/") && !is_signed_in(&request) {
            return problem(401, "unauthenticated", "a key is needed");
        }
    }
    let admins = matches!(path.as_str(), "/v1/audit" | "/v1/events" | "/v1/keys");
    if admins
        && stand_in
            .scopes
            .is_some_and(|scopes| !scopes.contains(&"admin"))
    {
        return problem(403, "permission_denied", "the key lacks a scope");
    }
    match stand_in.lists.iter().find(|(own, _)| *own == path) {
        Some((_, list)) if request.method() == Method::GET => json_answer(200, list),
        Some((_, list)) => json_answer(201, &list["made"]),
        None => next.run(request).await,
    }
}

async fn session(scopes: &[&str], request: Request) -> Response {
    let document = json!({"keyless": false, "key": {"id": "key_1", "name": "Ada's laptop"}, "tenant": "default", "scopes": scopes, "accounts": null});
    match *request.method() {
        Method::POST => {
            let body = axum::body::to_bytes(request.into_body(), 4_096)
                .await
                .unwrap();
            let body: Value = serde_json::from_slice(&body).unwrap();
            if body["key"] != KEY {
                return problem(401, "unauthenticated", "no such key");
            }
            let mut answer = json_answer(200, &document);
            let cookie = format!("{COOKIE}; HttpOnly; SameSite=Strict; Path=/");
            answer
                .headers_mut()
                .insert(header::SET_COOKIE, cookie.parse().unwrap());
            answer
        }
        Method::DELETE => {
            let gone = "trunkline_session=; Max-Age=0; Path=/";
            (StatusCode::NO_CONTENT, [(header::SET_COOKIE, gone)]).into_response()
        }
        _ if is_signed_in(&request) => json_answer(200, &document),
        _ => problem(401, "unauthenticated", "a key is needed"),
    }
}

fn is_signed_in(request: &Request) -> bool {
    let cookies = request.headers().get(header::COOKIE);
    cookies.is_some_and(|cookies| cookies.to_str().unwrap().contains(COOKIE))
}

fn json_answer(status: u16, body: &Value) -> Response {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

fn problem(status: u16, kind: &str, detail: &str) -> Response {
    let body = json!({"type": format!("urn:trunkline:problem:{kind}"), "title": "Not signed in", "status": status, "kind": kind, "detail": detail, "request_id": "req_0"});
    json_answer(status, &body)
}
