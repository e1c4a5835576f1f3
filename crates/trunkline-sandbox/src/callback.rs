//! Sends what a carrier tells the owner of an account. Plain HTTP only: that is what a gateway under test listens on.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use http::{StatusCode, header};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::Serialize;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use crate::carrier::{CallOutcome, Callback, Settled};

const PATIENCE: Duration = Duration::from_secs(10);

/// How long the end of the call waits for the callback. One that takes longer carries on by itself.
const REPORT_WITHIN: Duration = Duration::from_secs(2);

/// How a verification call ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallReport {
    /// What the callee did.
    pub outcome: CallOutcome,
    /// The carrier's id of the new caller ID, if there is one now.
    pub caller_id: Option<String>,
    /// How the status callback was answered, if one was asked for.
    pub callback: Option<CallbackReport>,
}

/// How a callback was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallbackReport {
    /// Where to.
    pub url: String,
    /// The HTTP status of the answer, if there was one in time.
    pub status: Option<u16>,
    /// Why there was no answer.
    pub error: Option<String>,
}

pub(crate) async fn report(
    tasks: &TaskTracker,
    settled: Settled,
    outcome: CallOutcome,
) -> CallReport {
    let mut callback = None;
    if let Some(wanted) = settled.callback {
        let url = wanted.url.to_string();
        let sending = tasks.spawn(async move { timeout(PATIENCE, send(wanted)).await });
        let sent = match timeout(REPORT_WITHIN, sending).await {
            Ok(Ok(Ok(sent))) => sent,
            Ok(_) => Err("no answer in time".to_owned()),
            Err(_) => Err("no answer yet".to_owned()),
        };
        callback = Some(CallbackReport {
            url,
            status: sent.as_ref().ok().map(StatusCode::as_u16),
            error: sent.err(),
        });
    }
    CallReport {
        outcome,
        caller_id: settled.caller_id,
        callback,
    }
}

async fn send(callback: Callback) -> Result<StatusCode, String> {
    let url = &callback.url;
    if url.scheme() != "http" {
        let scheme = url.scheme();
        return Err(format!(
            "the sandbox calls back over http only, not {scheme}"
        ));
    }
    deliver(callback).await.map_err(|error| error.to_string())
}

async fn deliver(callback: Callback) -> Result<StatusCode, Box<dyn Error + Send + Sync>> {
    let url = &callback.url;
    let host = url.host_str().ok_or("no host")?.trim_matches(['[', ']']);
    let port = url.port_or_known_default().ok_or("no port")?;
    let stream = TcpStream::connect((host, port)).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let mut request = http::Request::builder()
        .method(callback.method.clone())
        .uri(&url[url::Position::BeforePath..url::Position::AfterQuery])
        .header(
            header::HOST,
            &url[url::Position::BeforeHost..url::Position::AfterPort],
        )
        .body(Full::new(Bytes::from(callback.body)))?;
    request.headers_mut().extend(callback.headers);
    tokio::select! {
        biased;
        answer = sender.send_request(request) => Ok(answer?.status()),
        ended = connection => {
            ended?;
            Err("connection closed".into())
        }
    }
}
