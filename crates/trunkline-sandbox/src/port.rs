//! The port in front of one fake carrier: counting, limits and faults, the same for all of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, StatusCode, header};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::carrier::Carrier;
use crate::exchange::{Answer, Reply, Request, Visit};
use crate::faults::{Fault, Faults};
use crate::limits::{Limits, Refusal};
use crate::provider::ProviderKind;
use crate::requests::RequestLog;

/// What the ports of one sandbox share.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) faults: Arc<Faults>,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
    /// How often everything was reset: a commit that is late by a reset doesn't happen.
    pub(crate) resets: Arc<AtomicU64>,
}

/// One carrier and what stands in front of it.
#[derive(Debug)]
pub(crate) struct Port {
    pub(crate) kind: ProviderKind,
    pub(crate) carrier: Box<dyn Carrier>,
    pub(crate) requests: RequestLog,
    pub(crate) limits: Arc<Limits>,
    pub(crate) shared: Shared,
}

impl Port {
    /// Serves one request, faults included. It must run on a task of its own: a client that hangs up cancels nothing.
    pub(crate) async fn serve(self: Arc<Self>, request: Request) -> Reply {
        let started = Instant::now();
        let request = Arc::new(request);
        let call = self.carrier.classify(&request);
        self.requests.record(call.operation, &request);
        let in_flight = match self.limits.enter(call.account) {
            Ok(in_flight) => in_flight,
            Err(refusal) => return Reply::Whole(self.refuse(refusal)),
        };
        let fault = self.shared.faults.pick(self.kind, call.operation);
        let mut planned = BTreeMap::new();
        if let Some(Fault::Status { headers, .. }) = &fault {
            planned.clone_from(headers);
        }
        let mut reply = match fault {
            Some(fault) => self.strike(&request, fault).await,
            None => Reply::Whole(self.carrier.answer(&request, Visit::default())),
        };
        if let Reply::Whole(answer) | Reply::Cut(answer) = &mut reply {
            self.carrier
                .finish(answer, in_flight.count, started.elapsed());
            // After the carrier's own: a planned request id is the one to be seen.
            for (name, value) in &planned {
                if let Ok(name) = HeaderName::try_from(name) {
                    answer.set(name, value);
                }
            }
        }
        reply
    }

    fn refuse(&self, refusal: Refusal) -> Answer {
        let mut answer = self.carrier.throttled(refusal);
        if let Some(seconds) = refusal.retry_after {
            answer.set(header::RETRY_AFTER, seconds);
        }
        self.carrier
            .finish(&mut answer, refusal.in_flight, Duration::ZERO);
        answer
    }

    async fn strike(self: &Arc<Self>, request: &Arc<Request>, fault: Fault) -> Reply {
        let commit = || {
            self.carrier.answer(
                request,
                Visit {
                    stale: fault.stale(),
                },
            )
        };
        match &fault {
            Fault::Status { status, body, .. } => Reply::Whole(self.staged(*status, body.as_ref())),
            Fault::Delay { ms } => {
                // A sandbox that stops waits no longer.
                self.shared
                    .stop
                    .run_until_cancelled(sleep(Duration::from_millis(*ms)))
                    .await;
                Reply::Whole(commit())
            }
            Fault::DropBeforeCommit {} => Reply::HangUp,
            Fault::DropAfterCommit {} => {
                commit();
                Reply::HangUp
            }
            Fault::StatusAfterCommit { status } => {
                commit();
                Reply::Whole(self.staged(*status, None))
            }
            Fault::CommitLate { ms } => {
                self.commit_late(request, Duration::from_millis(*ms));
                Reply::HangUp
            }
            Fault::TruncatedBody {} => Reply::Cut(with_a_body(commit())),
            Fault::MalformedBody {} => Reply::Whole(malformed(with_a_body(commit()))),
            Fault::StaleList { .. } => Reply::Whole(commit()),
        }
    }

    fn staged(&self, status: u16, body: Option<&serde_json::Value>) -> Answer {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        match body {
            None => self.carrier.failure(status),
            Some(serde_json::Value::String(text)) => {
                let json = text.trim_start().starts_with(['{', '[']);
                Answer::with_body(
                    status,
                    if json {
                        "application/json"
                    } else {
                        "text/html"
                    },
                    text.clone(),
                )
            }
            Some(json) => Answer::with_body(status, "application/json", json.to_string()),
        }
    }

    fn commit_late(self: &Arc<Self>, request: &Arc<Request>, delay: Duration) {
        let (port, request) = (Arc::clone(self), Arc::clone(request));
        let stop = self.shared.stop.clone();
        let resets = self.shared.resets.load(Ordering::Relaxed);
        self.shared
            .tasks
            .spawn(stop.run_until_cancelled_owned(async move {
                sleep(delay).await;
                if port.shared.resets.load(Ordering::Relaxed) != resets {
                    return;
                }
                port.carrier.answer(&request, Visit::default());
            }));
    }
}

/// An answer without a body has nothing to cut or spoil: it gets one, under a status that allows it.
fn with_a_body(mut answer: Answer) -> Answer {
    if answer.body.is_empty() {
        answer.status = StatusCode::OK;
        answer.body = Bytes::from_static(b"{\"status\": \"done\"}");
        answer.set(header::CONTENT_TYPE, "application/json");
    }
    answer
}

fn malformed(mut answer: Answer) -> Answer {
    answer.body.truncate(answer.body.len() / 2);
    answer
}
