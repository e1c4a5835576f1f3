//! Connections: accepted, limited in number and time, and closed in order.

mod strangers;

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_io_timeout::TimeoutWriter;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::settings::Settings;
use strangers::Strangers;

pub(crate) use strangers::Visitor;

/// Largest head of a request in bytes, roughly: one read more may exceed it.
const HEAD_MAX: usize = 64 * 1024;

/// Most headers that a request may have.
const HEADERS_MAX: usize = 100;

/// Longest time for a refused client to read the refusal.
const FAREWELL: Duration = Duration::from_secs(1);

/// The answer to one connection too many, sent before its request is read.
const FULL: &str = "{\"type\":\"urn:trunkline:problem:upstream_unavailable\",\"title\":\"Unavailable\",\"status\":503,\
     \"detail\":\"too many connections at once\",\"kind\":\"upstream_unavailable\",\"retry_after\":1,\"request_id\":\"\"}";

/// Accepts and serves connections until `stop`, then waits for the answers of those that are under way.
pub(crate) async fn run(
    listener: TcpListener,
    app: Router,
    settings: &Arc<Settings>,
    stop: impl Future<Output = ()>,
) {
    let most = room().min(settings.max_connections);
    let door = Door {
        app,
        settings: Arc::clone(settings),
        strangers: Arc::new(Strangers::new(most)),
        slots: Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))),
        tasks: TaskTracker::new(),
    };
    let graceful = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            biased;
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => door.admit(stream, peer, graceful.watcher()),
                Err(error) => refused(&error).await,
            }
        }
    }
    drop(listener);
    graceful.shutdown().await;
}

/// How many connections the system allows this process, minus some for carriers, files and the database.
fn room() -> usize {
    const LEFT: u64 = 64;
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let open = limit.current.unwrap_or(u64::MAX);
    let room = open - (open / 8).max(LEFT).min(open);
    usize::try_from(room).unwrap_or(usize::MAX).max(1)
}

/// Waits a moment after a failure to accept that is not the connection's own: without file descriptors the next one would
/// fail at once.
async fn refused(error: &std::io::Error) {
    use std::io::ErrorKind;
    let its_own = matches!(
        error.kind(),
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
    );
    if !its_own {
        tracing::warn!(%error, "no connection can be accepted");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// An accepted connection and its slot.
struct Arrived {
    stream: TcpStream,
    peer: SocketAddr,
    slot: OwnedSemaphorePermit,
}

struct Door {
    app: Router,
    settings: Arc<Settings>,
    strangers: Arc<Strangers>,
    slots: Arc<Semaphore>,
    tasks: TaskTracker,
}

impl Door {
    fn admit(&self, stream: TcpStream, peer: SocketAddr, watcher: Watcher) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "can't set TCP_NODELAY");
        }
        match Arc::clone(&self.slots).try_acquire_owned() {
            Ok(slot) => self.serve(Arrived { stream, peer, slot }, watcher),
            Err(_) => {
                let farewell = tokio::time::timeout(FAREWELL, turn_away(stream));
                self.tasks.spawn(farewell);
            }
        }
    }

    fn serve(&self, arrived: Arrived, watcher: Watcher) {
        let Arrived { stream, peer, slot } = arrived;
        let (app, end) = (self.app.clone(), CancellationToken::new());
        // Behind a proxy are many clients: each is counted by the address that the proxy names.
        let is_proxy = self.settings.is_trusted_proxy(peer.ip().to_canonical());
        let visitor = (!is_proxy).then(|| self.strangers.visitor());
        let leaving = visitor.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            if let Some(visitor) = &visitor {
                request.extensions_mut().insert(visitor.clone());
            }
            app.clone().oneshot(request)
        });
        let stream = with_write_timeout(stream, self.settings.write_timeout);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.settings.header_timeout)
            .max_buf_size(HEAD_MAX)
            .max_headers(HEADERS_MAX)
            .serve_connection(TokioIo::new(stream), service);
        let connection = watcher.watch(connection);
        self.tasks.spawn(async move {
            let mut connection = std::pin::pin!(connection);
            // Data that has already arrived is read before the client counts as a stranger.
            if futures_util::poll!(connection.as_mut()).is_ready() {
                return;
            }
            if let Some(visitor) = &leaving {
                visitor.wait(peer.ip(), end.clone());
            }
            tokio::select! {
                // A client that disconnects, or sends something else than HTTP, is not our failure.
                ended = connection.as_mut() => if let Err(error) = ended {
                    tracing::trace!(%error, "a connection ended early");
                },
                () = end.cancelled() => tracing::trace!("a stranger's connection made room for another"),
            }
            if let Some(leaving) = leaving {
                leaving.let_in();
            }
            drop(slot);
        });
    }
}

/// The same stream, which fails with `TimedOut` when no byte could be written for this long.
fn with_write_timeout<S: AsyncWrite>(stream: S, timeout: Duration) -> Pin<Box<TimeoutWriter<S>>> {
    let mut stream = TimeoutWriter::new(stream);
    stream.set_timeout(Some(timeout));
    Box::pin(stream)
}

/// Answers without reading the request, and waits until the client has read the answer.
async fn turn_away(mut stream: TcpStream) {
    let length = FULL.len();
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\nretry-after: 1\r\n\
         connection: close\r\ncontent-length: {length}\r\n\r\n{FULL}"
    );
    if stream.write_all(answer.as_bytes()).await.is_ok() && stream.shutdown().await.is_ok() {
        // Closing with unread data would drop the answer.
        let mut unread = [0; 1024];
        while matches!(stream.read(&mut unread).await, Ok(read) if read > 0) {}
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn client_that_reads_nothing_is_dropped_and_slow_reader_is_not() {
        let timeout = Duration::from_secs(30);
        let (ours, mut theirs) = tokio::io::duplex(1);
        let mut stream = with_write_timeout(ours, timeout);
        let reader = async {
            let mut byte = [0];
            for _ in 0..3 {
                tokio::time::sleep(Duration::from_secs(29)).await;
                theirs.read_exact(&mut byte).await.unwrap();
            }
            Instant::now()
        };
        let (written, stopped) = tokio::join!(stream.write_all(&[7; 100]), reader);
        assert_eq!(written.unwrap_err().kind(), std::io::ErrorKind::TimedOut);
        assert_eq!(stopped.elapsed(), timeout);
    }
}
