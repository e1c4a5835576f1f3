//! From sockets to requests and back, on hyper's own connection loop, because only that can end a connection in
//! the middle of an answer or before its first byte.

use std::fmt;
use std::io::Write;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Response, Version, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::exchange::{Answer, Reply, Request};
use crate::port::Port;

/// Accepts connections for `port` until the sandbox stops.
pub(crate) async fn listen(listener: TcpListener, port: Arc<Port>) {
    let stop = port.shared.stop.clone();
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, _)) => {
                port.shared.tasks.spawn(serve(stream, Arc::clone(&port)));
            }
            // Out of file descriptors: give the others time to close theirs.
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
        }
    }
}

/// One connection: HTTP/1.1, or HTTP/2 if the client begins with its preface.
struct Connection {
    port: Arc<Port>,
    /// The same socket, to say a last word on that hyper wouldn't say.
    socket: std::net::TcpStream,
    end: CancellationToken,
    requests: AtomicU32,
}

async fn serve(stream: TcpStream, port: Arc<Port>) {
    let _ = stream.set_nodelay(true);
    let Ok((stream, socket)) = twice(stream) else {
        return;
    };
    let (stop, end) = (port.shared.stop.clone(), CancellationToken::new());
    let connection = Arc::new(Connection {
        port,
        socket,
        end: end.clone(),
        requests: AtomicU32::new(0),
    });
    let hung = Arc::clone(&connection);
    let service = service_fn(move |request| {
        let before = connection.requests.fetch_add(1, Ordering::Relaxed);
        answer(request, Arc::clone(&connection), before)
    });
    // Each carrier has a clock of its own, or sends no date at all.
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http1().auto_date_header(false);
    server.http2().auto_date_header(false);
    let served = server.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(served);
    tokio::select! {
        _ = served.as_mut() => {}
        // Other requests may still hold the socket: for the client the connection is over now.
        () = end.cancelled() => {
            let _ = hung.socket.shutdown(std::net::Shutdown::Both);
        }
        () = stop.cancelled() => {
            served.as_mut().graceful_shutdown();
            let _ = end.run_until_cancelled(served).await;
        }
    }
}

/// The same connection as two handles.
fn twice(stream: TcpStream) -> std::io::Result<(TcpStream, std::net::TcpStream)> {
    let stream = stream.into_std()?;
    let twin = stream.try_clone()?;
    Ok((TcpStream::from_std(stream)?, twin))
}

async fn answer(
    request: http::Request<Incoming>,
    connection: Arc<Connection>,
    before: u32,
) -> Result<Response<ReplyBody>, HungUp> {
    let (parts, body) = request.into_parts();
    let multiplexed = parts.version == Version::HTTP_2;
    let body = body.collect().await.map_err(|_| HungUp(None))?.to_bytes();
    let request = Request::new(parts, body);
    let port = Arc::clone(&connection.port);
    let tasks = port.shared.tasks.clone();
    // On a task of its own: when the client goes away, hyper drops this future, and the request must carry on.
    let reply = tasks.spawn(port.serve(request)).await;
    match reply.unwrap_or(Reply::HangUp) {
        Reply::Whole(answer) => Ok(response(answer, false)),
        Reply::Cut(answer) => Ok(response(answer, true)),
        Reply::RefuseStream if multiplexed => Err(HungUp(Some(h2::Reason::REFUSED_STREAM.into()))),
        reply @ (Reply::GoAway | Reply::HangUp | Reply::RefuseStream) => {
            if multiplexed && matches!(reply, Reply::GoAway) {
                // The streams of a client have odd numbers.
                let last = before.saturating_mul(2).saturating_sub(1);
                let _ = (&connection.socket).write_all(&go_away(last));
            }
            connection.end.cancel();
            Err(HungUp(None))
        }
    }
}

/// The frame that says that streams after `last` were not looked at (RFC 9113, 6.8), without an error.
fn go_away(last: u32) -> [u8; 17] {
    const KIND: u8 = 7;
    let mut frame = [0; 17];
    frame[2] = 8;
    frame[3] = KIND;
    frame[9..13].copy_from_slice(&last.to_be_bytes());
    frame
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

/// Tells hyper to close the connection, or to reset the stream, without another byte.
#[derive(Debug)]
struct HungUp(Option<h2::Error>);

impl fmt::Display for HungUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the fake hung up")
    }
}

impl std::error::Error for HungUp {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.as_ref().map(|error| error as _)
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
        Poll::Ready(Some(Err(HungUp(None))))
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
