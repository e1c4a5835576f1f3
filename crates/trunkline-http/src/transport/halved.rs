//! A request body that pauses in its middle, so that a test can end the process while half of it is on its way.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use trunkline_core::failpoint;

/// Polls that hyper gets to write out the first half.
const FLUSHES: u8 = 3;

/// A body in two halves, with [`failpoint::MID_REQUEST`] between them.
struct Halved {
    first: Option<Bytes>,
    second: Option<Bytes>,
    flushes: u8,
}

/// The request as it was, in two halves if the point between them is armed.
pub(super) fn halve(mut request: reqwest::Request) -> reqwest::Request {
    if !failpoint::is_armed(failpoint::MID_REQUEST) {
        return request;
    }
    let body = request.body().and_then(reqwest::Body::as_bytes);
    let Some(whole) = body
        .filter(|body| body.len() > 1)
        .map(Bytes::copy_from_slice)
    else {
        return request;
    };
    let middle = whole.len() / 2;
    *request.body_mut() = Some(reqwest::Body::wrap(Halved {
        first: Some(whole.slice(..middle)),
        second: Some(whole.slice(middle..)),
        flushes: 0,
    }));
    request
}

impl Body for Halved {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        if self.flushes < FLUSHES {
            self.flushes += 1;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let second = self.second.take();
        if second.is_some() {
            failpoint::hit(failpoint::MID_REQUEST);
        }
        Poll::Ready(second.map(|half| Ok(Frame::data(half))))
    }

    fn size_hint(&self) -> SizeHint {
        let left = [&self.first, &self.second];
        let left: usize = left.into_iter().flatten().map(Bytes::len).sum();
        SizeHint::with_exact(u64::try_from(left).unwrap_or_default())
    }
}
