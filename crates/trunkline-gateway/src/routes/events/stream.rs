//! Events as they happen: server-sent events, as HTML specifies them.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::time::Instant;
use trunkline_admin::events::EventFilter;
use trunkline_core::Result;

use crate::extract::Call;

/// The media type of a stream of events.
pub(super) const STREAM: &str = "text/event-stream";

/// How often it is looked for something new.
const LOOK: Duration = Duration::from_millis(500);

/// How long nothing is said at most, so that nobody in between takes the connection for dead.
const SILENCE: Duration = Duration::from_secs(15);

/// How long a stream lasts. The browser asks again by itself, with the key that it has then.
const LASTS: Duration = Duration::from_secs(300);

/// Most events that are read at once.
const BATCH: usize = 100;

/// What happens after a place, as this caller may see it.
pub(super) struct Reader {
    call: Call,
    filter: EventFilter,
    ends: Instant,
    begun: bool,
}

impl Reader {
    /// A reader that begins now.
    pub(super) fn new(call: Call, filter: EventFilter) -> Self {
        Self {
            call,
            filter,
            ends: Instant::now() + LASTS,
            begun: false,
        }
    }

    /// The stream.
    pub(super) fn answer(self) -> Response {
        let texts = stream::unfold(self, |mut reader| async move {
            let text = reader.next().await?;
            Some((Ok::<_, Infallible>(text), reader))
        });
        let headers = [
            (header::CONTENT_TYPE, STREAM),
            (header::CACHE_CONTROL, "no-store"),
        ];
        (headers, Body::from_stream(texts)).into_response()
    }

    /// What is to be said next; nothing at the end.
    async fn next(&mut self) -> Option<String> {
        if !self.begun {
            self.begun = true;
            // The head of the answer leaves with it, and how soon to ask again.
            return Some("retry: 1000\n\n".to_owned());
        }
        let silent_until = Instant::now() + SILENCE;
        loop {
            if self.call.state.is_draining() || Instant::now() >= self.ends {
                return None;
            }
            match self.read().await {
                Ok(text) if !text.is_empty() => return Some(text),
                Ok(_) => {}
                Err(error) => {
                    tracing::debug!(%error, "a stream of events ends: they can't be read");
                    return None;
                }
            }
            if Instant::now() >= silent_until {
                return Some(":\n\n".to_owned());
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn read(&mut self) -> Result<String> {
        let (events, caller) = (&self.call.services().events, self.call.caller());
        let page = events.read(caller, &self.filter, BATCH).await?;
        let mut text = String::new();
        for event in &page.events {
            let cursor = events.cursor(caller, event.position)?;
            let (kind, body) = (event.draft.kind.as_str(), event.body()?);
            // JSON has no line breaks of its own.
            text.push_str(&format!("id: {cursor}\nevent: {kind}\ndata: {body}\n\n"));
        }
        self.filter.after = page.position;
        Ok(text)
    }
}
