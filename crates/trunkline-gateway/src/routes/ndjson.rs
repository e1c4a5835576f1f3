//! Answers as a stream: one JSON value on each line, the moment it is known.
//!
//! The lines are the items of the list, and then one last line with `sources` and `next_cursor`, and `error` if the
//! stream broke. A stream without that line was cut.

use std::convert::Infallible;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt};
use serde::Serialize;
use trunkline_core::Result;
use trunkline_engine::Source;

use crate::dto::page::SourceDto;
use crate::dto::problem::SourceError;

/// The media type.
pub(crate) const NDJSON: &str = "application/x-ndjson";

/// Whether the client asks for a stream.
pub(crate) fn wanted(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT);
    let ranges = accepted
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','));
    ranges
        .map(|range| range.split(';').next().unwrap_or_default().trim())
        .any(|range| range.eq_ignore_ascii_case(NDJSON))
}

/// A piece of an answer: items, or what an account contributed, or both.
#[derive(Debug)]
pub(crate) struct Piece<T> {
    pub(crate) items: Vec<T>,
    pub(crate) source: Option<Source>,
}

#[derive(Serialize)]
struct End {
    sources: Vec<SourceDto>,
    next_cursor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<SourceError>,
}

/// What has been seen of a stream.
struct Progress<S> {
    pieces: Option<S>,
    sources: Vec<Source>,
}

/// The answer made of pieces as they come.
pub(crate) fn answer<T: Serialize + Send + 'static>(
    pieces: impl Stream<Item = Result<Piece<T>>> + Send + 'static,
) -> Response {
    let start = Progress {
        pieces: Some(Box::pin(pieces)),
        sources: Vec::new(),
    };
    let lines = stream::unfold(start, |mut progress| async move {
        loop {
            let error = match progress.pieces.as_mut()?.next().await {
                Some(Ok(piece)) => {
                    progress.sources.extend(piece.source);
                    if piece.items.is_empty() {
                        continue;
                    }
                    return Some((lines(&piece.items), progress));
                }
                Some(Err(error)) => Some(SourceError::from(&error)),
                None => None,
            };
            progress.pieces = None;
            let mut sources = std::mem::take(&mut progress.sources);
            sources.sort_by(|a, b| a.account.cmp(&b.account));
            let end = End {
                sources: sources.into_iter().map(SourceDto::from).collect(),
                next_cursor: None,
                error,
            };
            return Some((lines(&[end]), progress));
        }
    });
    let body = Body::from_stream(lines.map(Ok::<_, Infallible>));
    let mut response = body.into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(NDJSON));
    response
}

fn lines<T: Serialize>(items: &[T]) -> Bytes {
    let mut text = Vec::with_capacity(items.len() * 512);
    for item in items {
        let before = text.len();
        // Nothing of ours fails to be written as JSON.
        if serde_json::to_writer(&mut text, item).is_err() {
            text.truncate(before);
            continue;
        }
        text.push(b'\n');
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_asked_for_by_its_media_type() {
        let accept = |text: &'static str| {
            wanted(&HeaderMap::from_iter([(
                header::ACCEPT,
                HeaderValue::from_static(text),
            )]))
        };
        assert!(accept("application/x-ndjson"));
        assert!(accept(
            "application/json;q=0.5, Application/X-NDJSON; q=0.9"
        ));
        assert!(!accept("application/json"));
        assert!(!wanted(&HeaderMap::new()));
    }
}
