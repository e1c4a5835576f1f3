//! Events as they happen: server-sent events.

use std::convert::Infallible;
use std::future::ready;
use std::time::Duration;

use axum::http::header;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, StreamExt};
use tokio::time::Instant;
use trunkline_admin::events::EventFilter;
use trunkline_core::Result;

use crate::extract::Call;

/// The media type of a stream of events.
pub(super) const STREAM: &str = "text/event-stream";

/// Pause between two reads of new events.
const LOOK: Duration = Duration::from_millis(500);

/// Longest silence: proxies close silent connections.
const SILENCE: Duration = Duration::from_secs(15);

/// How long a stream lasts. The browser reconnects by itself, with the key that it has then.
const LASTS: Duration = Duration::from_secs(300);

/// How long the browser waits before it reconnects.
const RECONNECT: Duration = Duration::from_secs(1);

/// Most events in one read.
const BATCH: usize = 100;

/// The events after a position that this caller may see.
pub(super) struct Reader {
    call: Call,
    filter: EventFilter,
    ends: Instant,
}

impl Reader {
    /// A reader that starts now.
    pub(super) fn new(call: Call, filter: EventFilter) -> Self {
        Self {
            call,
            filter,
            ends: Instant::now() + LASTS,
        }
    }

    /// The stream.
    pub(super) fn answer(self) -> Response {
        // It is sent at once, and the head of the answer with it.
        let first = stream::once(ready(Event::default().retry(RECONNECT)));
        let batches = stream::unfold(self, |mut reader| async move {
            let batch = reader.next().await?;
            Some((stream::iter(batch), reader))
        });
        let events = first.chain(batches.flatten()).map(Ok::<_, Infallible>);
        let stream = Sse::new(events).keep_alive(KeepAlive::new().interval(SILENCE));
        ([(header::CACHE_CONTROL, "no-store")], stream).into_response()
    }

    /// The next events; `None` at the end.
    async fn next(&mut self) -> Option<Vec<Event>> {
        while !self.call.state.is_draining() && Instant::now() < self.ends {
            match self.read().await {
                Ok(events) if !events.is_empty() => return Some(events),
                Ok(_) => tokio::time::sleep(LOOK).await,
                Err(error) => {
                    tracing::debug!(%error, "a stream of events ends: they can't be read");
                    return None;
                }
            }
        }
        None
    }

    async fn read(&mut self) -> Result<Vec<Event>> {
        let (events, caller) = (&self.call.services().events, self.call.caller());
        let page = events.read(caller, &self.filter, BATCH).await?;
        self.filter.after = page.position;
        let sent = page.events.iter().map(|event| {
            let id = events.cursor(caller, event.position)?;
            let kind = event.draft.kind.as_str();
            // JSON has no line breaks of its own.
            Ok(Event::default().id(id).event(kind).data(event.body()?))
        });
        sent.collect()
    }
}
