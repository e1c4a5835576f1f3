//! The port in front of one fake carrier: counting, limits and faults, the same for all of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, Method, StatusCode, header};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use trunkline_core::host;

use crate::carrier::Carrier;
use crate::clock::Clock;
use crate::console::{ConsoleError, Step};
use crate::exchange::{Answer, Reply, Request, Visit};
use crate::faults::{Fault, Faults};
use crate::ledger::ChangedBy;
use crate::limits::{Limits, Refusal};
use crate::pages;
use crate::provider::ProviderKind;
use crate::requests::RequestLog;
use crate::settings::{CarrierSettings, Latencies};

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
    pub(crate) clock: Clock,
    pub(crate) settings: Mutex<CarrierSettings>,
    pub(crate) latencies: Latencies,
    pub(crate) shared: Shared,
}

impl Port {
    /// Serves one request, faults included. It must run on a task of its own: a client that hangs up cancels nothing.
    pub(crate) async fn serve(self: Arc<Self>, request: Request) -> Reply {
        let started = Instant::now();
        let request = Arc::new(request);
        let call = self.carrier.classify(&request);
        let _open = self.requests.record(call.operation, &request);
        let in_flight = match self.limits.enter(call.account) {
            Ok(in_flight) => in_flight,
            Err(refusal) => return Reply::Whole(self.refuse(refusal)),
        };
        let fault = self.shared.faults.pick(self.kind, call.operation);
        let mut planned = BTreeMap::new();
        if let Some(Fault::Status { headers, .. }) = &fault {
            planned.clone_from(headers);
        }
        let latency = self.latencies.of(call.operation);
        let reads = request.method == Method::GET || request.method == Method::HEAD;
        if let Some(latency) = &latency {
            let written = match reads {
                true => Duration::ZERO,
                false => latency.of_rows(self.carrier.numbers_written(&request)),
            };
            self.wait(Duration::from_millis(latency.ms) + written).await;
        }
        let mut reply = match fault {
            Some(fault) => self.strike(&request, fault).await,
            None => Reply::Whole(self.carrier.answer(&request, self.visit(None))),
        };
        if let (true, Some(latency), Reply::Whole(answer)) = (reads, &latency, &reply)
            && latency.per_row_ms > 0
        {
            self.wait(latency.of_rows(pages::count(answer))).await;
        }
        if let Reply::Whole(answer) | Reply::Cut(answer) = &mut reply {
            self.carrier
                .finish(answer, in_flight.count, started.elapsed());
            self.clock.date(answer);
            // After the carrier's own: a planned request id is the one to be seen.
            for (name, value) in &planned {
                if let Ok(name) = HeaderName::try_from(name) {
                    answer.set(name, value);
                }
            }
        }
        reply
    }

    fn visit<'f>(&self, fault: Option<&'f Fault>) -> Visit<'f> {
        Visit {
            fault,
            settings: self.settings(),
            by: None,
        }
    }

    pub(crate) fn settings(&self) -> CarrierSettings {
        *self.settings.lock()
    }

    pub(crate) fn set_settings(&self, settings: CarrierSettings) {
        *self.settings.lock() = settings;
    }

    /// Does what a person wants done in the console; returns the row as the carrier shows it, before a release.
    pub(crate) fn console(&self, number: &str, step: Step<'_>) -> Result<Value, ConsoleError> {
        let before = match step {
            Step::Release => Some(self.row(number)?),
            Step::Show | Step::Buy | Step::Change(_) => None,
        };
        let cents = match step {
            Step::Change(change) => {
                change.check(self.kind)?;
                change.cents()?
            }
            Step::Show | Step::Buy | Step::Release => None,
        };
        self.ask(&self.carrier.console(number, step)?)?;
        if let Some(cents) = cents {
            self.carrier.reprice(number, cents);
        }
        before.map_or_else(|| self.row(number), Ok)
    }

    fn row(&self, number: &str) -> Result<Value, ConsoleError> {
        let answer = self.ask(&self.carrier.console(number, Step::Show)?)?;
        let mut document: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        // Zendesk has an envelope round a row, Webex a list.
        for pointer in ["/phone_number/id", "/phoneNumbers/0/phoneNumber"] {
            let row = pointer.rsplit_once('/').map_or("", |(row, _)| row);
            if document.pointer(pointer).is_some()
                && let Some(row) = document.pointer_mut(row)
            {
                return Ok(row.take());
            }
        }
        Ok(document)
    }

    fn ask(&self, request: &Request) -> Result<Answer, ConsoleError> {
        let visit = Visit {
            by: Some(ChangedBy::Console),
            ..self.visit(None)
        };
        let answer = self.carrier.answer(request, visit);
        if answer.status.is_success() {
            return Ok(answer);
        }
        Err(ConsoleError::Refused {
            status: answer.status.as_u16(),
            body: String::from_utf8_lossy(&answer.body).into_owned(),
        })
    }

    /// Waits. A sandbox that stops waits no longer.
    async fn wait(&self, time: Duration) {
        if !time.is_zero() {
            self.shared.stop.run_until_cancelled(sleep(time)).await;
        }
    }

    fn refuse(&self, refusal: Refusal) -> Answer {
        let mut answer = self.carrier.failure(StatusCode::TOO_MANY_REQUESTS);
        if let Some(seconds) = refusal.retry_after {
            answer.set(header::RETRY_AFTER, seconds);
        }
        self.carrier
            .finish(&mut answer, refusal.in_flight, Duration::ZERO);
        self.clock.date(&mut answer);
        answer
    }

    async fn strike(self: &Arc<Self>, request: &Arc<Request>, fault: Fault) -> Reply {
        let answer = |request: &Request| self.carrier.answer(request, self.visit(Some(&fault)));
        let commit = || answer(request);
        match &fault {
            Fault::Status { status, body, .. } => Reply::Whole(self.staged(*status, body.as_ref())),
            Fault::Delay { ms } => {
                self.wait(Duration::from_millis(*ms)).await;
                Reply::Whole(commit())
            }
            Fault::DropBeforeCommit {} => Reply::HangUp,
            Fault::H2RefusedStream {} => Reply::RefuseStream,
            Fault::H2Goaway {} => Reply::GoAway,
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
            Fault::CircularPages {}
            | Fault::RepeatedPages {}
            | Fault::EmptyPages {}
            | Fault::WrongTotal { .. }
            | Fault::ForeignLinks { .. } => {
                Reply::Whole(pages::spoil(self.kind, &fault, request, answer))
            }
            Fault::InvalidGrant {} => {
                Reply::Whole(self.carrier.dead_grant().unwrap_or_else(commit))
            }
            Fault::NoCreationTime {} => {
                let mut answer = commit();
                pages::forget_creation(&mut answer);
                Reply::Whole(answer)
            }
            // The others are the fake's own to make.
            _ => Reply::Whole(commit()),
        }
    }

    fn staged(&self, status: u16, body: Option<&Value>) -> Answer {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        match body {
            None if status.is_success() => Answer::empty(status),
            None => self.carrier.failure(status),
            Some(Value::String(text)) => {
                let kind = match text.trim_start().starts_with(['{', '[']) {
                    true => "application/json",
                    false => "text/html",
                };
                Answer::with_body(status, kind, text.clone())
            }
            Some(json) => Answer::json(status, json),
        }
    }

    fn commit_late(self: &Arc<Self>, request: &Arc<Request>, delay: Duration) {
        let (port, request) = (Arc::clone(self), Arc::clone(request));
        let stop = self.shared.stop.clone();
        let resets = self.shared.resets.load(Ordering::Relaxed);
        self.shared
            .tasks
            .spawn(host::carried(stop.run_until_cancelled_owned(async move {
                sleep(delay).await;
                if port.shared.resets.load(Ordering::Relaxed) != resets {
                    return;
                }
                port.carrier.answer(&request, port.visit(None));
            })));
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
