//! Ends long answers when their caller would not be let in any more.

use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::response::Response;
use futures_util::StreamExt;

use crate::identity::{By, Identity};
use crate::state::AppState;

/// How often the caller is checked again.
const LOOK: Duration = Duration::from_millis(500);

/// The answer, if it is written in pieces: it ends when its caller's key or session does, or when a gateway that needed
/// no key gets its first one.
pub(super) fn watch(state: &AppState, identity: Identity, response: Response) -> Response {
    let is_whole = response.body().size_hint().exact().is_some();
    if is_whole || matches!(identity.by, By::Operator) {
        return response;
    }
    let state = state.clone();
    let ended = Box::pin(async move {
        while still_in(&state, &identity).await {
            tokio::time::sleep(LOOK).await;
        }
    });
    response.map(|body| Body::from_stream(body.into_data_stream().take_until(ended)))
}

async fn still_in(state: &AppState, identity: &Identity) -> bool {
    let access = &state.services().access;
    match &identity.proof {
        Some(proof) => access.recheck(proof).await.is_ok(),
        None => access.is_keyed().await.is_ok_and(|keyed| !keyed),
    }
}
