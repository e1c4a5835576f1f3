//! Ends long answers when their caller would not be let in any more.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;

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
    response.map(|body| Body::new(Watched { body, ended }))
}

async fn still_in(state: &AppState, identity: &Identity) -> bool {
    let access = &state.services().access;
    match &identity.proof {
        Some(proof) => access.recheck(proof).await.is_ok(),
        None => access.is_keyed().await.is_ok_and(|keyed| !keyed),
    }
}

struct Watched {
    body: Body,
    ended: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        match this.ended.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(None),
            Poll::Pending => Pin::new(&mut this.body).poll_frame(context),
        }
    }
}
