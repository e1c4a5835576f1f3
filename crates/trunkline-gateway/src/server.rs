//! Connections: accepted, bounded in number and time, and ended in good order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::settings::Settings;

/// About the most bytes that the head of a request may have: what is read at once may be as much more.
const HEAD_MAX: usize = 64 * 1024;

/// Most headers that a request may have.
const HEADERS_MAX: usize = 100;

/// How long a client that finds no room is given to read that.
const FAREWELL: Duration = Duration::from_secs(1);

/// What is told a connection too many. It is told before its request is read.
const FULL: &str = "{\"type\":\"urn:trunkline:problem:upstream_unavailable\",\"title\":\"Unavailable\",\"status\":503,\
     \"detail\":\"too many connections at once\",\"kind\":\"upstream_unavailable\",\"retry_after\":1,\"request_id\":\"\"}";

/// Accepts and serves connections until `stop`, then waits for the answers of those that are under way.
pub(crate) async fn run(
    listener: TcpListener,
    app: Router,
    settings: &Settings,
    stop: impl Future<Output = ()>,
) {
    let door = Door {
        app,
        header_timeout: settings.header_timeout,
        slots: Arc::new(Semaphore::new(
            settings.max_connections.min(Semaphore::MAX_PERMITS),
        )),
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

/// One connection could not be accepted, or none can for now: without file descriptors it would fail again at once.
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

struct Door {
    app: Router,
    header_timeout: Duration,
    slots: Arc<Semaphore>,
    tasks: TaskTracker,
}

impl Door {
    fn admit(&self, stream: TcpStream, peer: SocketAddr, watcher: Watcher) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "can't set TCP_NODELAY");
        }
        match Arc::clone(&self.slots).try_acquire_owned() {
            Ok(slot) => self.serve((stream, peer), watcher, slot),
            Err(_) => {
                let farewell = tokio::time::timeout(FAREWELL, turn_away(stream));
                self.tasks.spawn(farewell);
            }
        }
    }

    fn serve(
        &self,
        (stream, peer): (TcpStream, SocketAddr),
        watcher: Watcher,
        slot: OwnedSemaphorePermit,
    ) {
        let app = self.app.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            app.clone().oneshot(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.header_timeout)
            .max_buf_size(HEAD_MAX)
            .max_headers(HEADERS_MAX)
            .serve_connection(TokioIo::new(stream), service);
        let connection = watcher.watch(connection);
        self.tasks.spawn(async move {
            // A client that hangs up, or sends what is no HTTP, is nobody's fault here.
            if let Err(error) = connection.await {
                tracing::trace!(%error, "a connection ended early");
            }
            drop(slot);
        });
    }
}

/// Answers without reading what is asked, and waits until the client has seen it.
async fn turn_away(mut stream: TcpStream) {
    let length = FULL.len();
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\nretry-after: 1\r\n\
         connection: close\r\ncontent-length: {length}\r\n\r\n{FULL}"
    );
    if stream.write_all(answer.as_bytes()).await.is_ok() && stream.shutdown().await.is_ok() {
        // What is closed with something unread in it takes the answer along.
        let mut unread = [0; 1024];
        while matches!(stream.read(&mut unread).await, Ok(read) if read > 0) {}
    }
}
