//! From sockets to requests and back, on hyper's own connection loop, because only that can end a connection in
//! the middle of an answer or before its first byte.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Response, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::exchange::{Answer, Reply, Request};
use crate::port::Port;

/// Accepts connections for `port` until the sandbox stops.
pub(crate) async fn listen(listener: TcpListener, port: Arc<Port>) {
    let stop = port.shared.stop.clone();
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, _)) => {
                port.shared
                    .tasks
                    .spawn(connection(stream, Arc::clone(&port)));
            }
            // Out of file descriptors: give the others time to close theirs.
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
        }
    }
}

async fn connection(stream: TcpStream, port: Arc<Port>) {
    let _ = stream.set_nodelay(true);
    let stop = port.shared.stop.clone();
    let service = service_fn(move |request| answer(request, Arc::clone(&port)));
    // Each carrier has a clock of its own, or sends no date at all.
    let mut server = hyper::server::conn::http1::Builder::new();
    let served = server
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(served);
    tokio::select! {
        _ = served.as_mut() => {}
        () = stop.cancelled() => {
            served.as_mut().graceful_shutdown();
            let _ = served.await;
        }
    }
}

async fn answer(
    request: http::Request<Incoming>,
    port: Arc<Port>,
) -> Result<Response<ReplyBody>, HungUp> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| HungUp)?.to_bytes();
    let request = Request::new(parts, body);
    let tasks = port.shared.tasks.clone();
    // On a task of its own: when the client goes away, hyper drops this future, and the request must carry on.
    match tasks.spawn(port.serve(request)).await {
        Ok(Reply::Whole(answer)) => Ok(response(answer, false)),
        Ok(Reply::Cut(answer)) => Ok(response(answer, true)),
        Ok(Reply::HangUp) | Err(_) => Err(HungUp),
    }
}

fn response(answer: Answer, cut: bool) -> Response<ReplyBody> {
    let whole = answer.body.len();
    let data = if cut {
        answer.body.slice(..whole / 2)
    } else {
        answer.body
    };
    let mut response = Response::new(ReplyBody {
        data: Some(data),
        cut,
        flushes: 0,
    });
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    if cut {
        response
            .headers_mut()
            .insert(header::CONTENT_LENGTH, whole.into());
    }
    response
}

/// Tells hyper to close the connection without another byte.
#[derive(Debug)]
struct HungUp;

impl fmt::Display for HungUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the fake hung up")
    }
}

impl std::error::Error for HungUp {}

impl From<Infallible> for HungUp {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// A body in memory that may end before it should.
struct ReplyBody {
    data: Option<Bytes>,
    cut: bool,
    flushes: u8,
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = HungUp;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HungUp>>> {
        if let Some(data) = self.data.take_if(|data| !data.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        if !self.cut {
            return Poll::Ready(None);
        }
        // hyper writes out what it has when a body has nothing ready; an error at once would throw it away.
        if self.flushes < 3 {
            self.flushes += 1;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(HungUp)))
    }

    fn is_end_stream(&self) -> bool {
        !self.cut && self.data.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.data {
            Some(data) if !self.cut => {
                SizeHint::with_exact(u64::try_from(data.len()).unwrap_or_default())
            }
            _ => SizeHint::default(),
        }
    }
}
