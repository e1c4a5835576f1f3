//! Answers as a stream: one JSON value per line, as soon as it is known.
//!
//! The lines are the items of the list. The last line has `sources` and `next_cursor`, and `error` if something failed. A
//! stream without that line is incomplete.

use std::convert::Infallible;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt};
use serde::Serialize;
use trunkline_core::{Result, json};
use trunkline_engine::Source;

use crate::dto::page::SourceDto;
use crate::dto::problem::SourceError;
use crate::headers::accepts;

/// The media type.
pub(crate) const NDJSON: &str = "application/x-ndjson";

/// Whether the client asks for a stream.
pub(crate) fn wanted(headers: &HeaderMap) -> bool {
    accepts(headers, NDJSON)
}

/// A piece of an answer: items, or what an account contributed, or both.
#[derive(Debug)]
pub(crate) struct Piece<D> {
    items: Vec<D>,
    source: Option<Source>,
}

impl<D> Piece<D> {
    /// A piece with items alone.
    pub(crate) fn items(items: Vec<D>) -> Self {
        Self {
            items,
            source: None,
        }
    }

    /// A piece of what one account contributed.
    pub(crate) fn of<T: Into<D>>(items: Vec<T>, source: Option<Source>) -> Self {
        let items = items.into_iter().map(T::into).collect();
        Self { items, source }
    }
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
                Some(Err(error)) => Some(SourceError::from(error)),
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
    ([(header::CONTENT_TYPE, NDJSON)], body).into_response()
}

/// The items, one per line.
pub(crate) fn lines<T: Serialize>(items: &[T]) -> Bytes {
    let mut text = String::with_capacity(items.len() * 512);
    for item in items {
        let before = text.len();
        // Nothing of ours fails to be written as JSON.
        if json::write(item, &mut text).is_err() {
            text.truncate(before);
            continue;
        }
        text.push('\n');
    }
    text.into()
}
