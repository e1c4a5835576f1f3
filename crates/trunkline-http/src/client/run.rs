//! One request on its way through the loop: what has been tried, and what is to be done next.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use tokio::time::Instant;
use tracing::{Span, debug, warn};
use trunkline_core::host;
use trunkline_core::strength::Safeguard;
use trunkline_core::telemetry::Wait;
use trunkline_core::{Call, Effect, Error, ErrorKind, Result, Retry, mask_numbers};
use url::Url;

use super::address::Address;
use super::failure::{late, limited, outcome_name, refused, retry, unanswered, worse};
use crate::account::Account;
use crate::auth::{Credential, Signer};
use crate::breaker::Pass;
use crate::exchange::{Answer, Fault, Transport};
use crate::explain::{Refusal, request_id};
use crate::gate::{Permit, Shut};
use crate::profile::Profile;
use crate::request::{ApiRequest, Body};
use crate::response::Response;
use crate::retry_after::retry_after;
use crate::telemetry;
use crate::verdict::{Seen, Stakes, verdict};

/// An account at one origin.
pub(super) struct Inner {
    pub(super) profile: Arc<Profile>,
    pub(super) address: Address,
    pub(super) shared: Arc<Shared>,
}

/// What clients of one account share, whichever origin they call.
pub(super) struct Shared {
    pub(super) account: Account,
    pub(super) signer: Signer,
    pub(super) transport: Arc<dyn Transport>,
}

/// What to do after an attempt.
pub(super) enum Next {
    Done(Result<Response>),
    /// Send again after this pause.
    Again(Duration),
    /// Send again with another token: a refused one got nothing done.
    Renew,
}

/// Leave to make one attempt: from the breaker, and from the gate.
pub(super) struct Turn<'a> {
    pub(super) pass: Pass<'a>,
    pub(super) permit: Permit<'a>,
}

/// An attempt that is being made.
pub(super) struct Attempt {
    pub(super) timeout: Duration,
    pub(super) span: Span,
    started: Instant,
    _waiting: Wait,
}

pub(super) struct Run<'a> {
    inner: &'a Inner,
    /// The request, whose body has moved to `body`.
    request: ApiRequest,
    call: Call,
    url: Url,
    /// Encoded body and its type.
    body: Option<(&'static str, Bytes)>,
    stakes: Stakes,
    attempts: u32,
    renewed: bool,
    /// What the attempts so far may have done.
    effect: Effect,
    /// The error of the last attempt.
    last: Option<Error>,
}

impl<'a> Run<'a> {
    pub(super) fn new(inner: &'a Inner, mut request: ApiRequest, call: Call) -> Result<Self> {
        let url = inner.address.url(&request);
        let url = url.map_err(|error| inner.profile.name(error, request.operation))?;
        let body = match std::mem::replace(&mut request.body, Body::Empty) {
            Body::Empty => None,
            Body::Json(json) => Some(("application/json", json.into())),
            Body::Form(pairs) => {
                let form = form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(pairs)
                    .finish();
                Some(("application/x-www-form-urlencoded", form.into()))
            }
        };
        Ok(Self {
            inner,
            stakes: Stakes::of(request.replay, &request.method),
            request,
            call,
            url,
            body,
            attempts: 0,
            renewed: false,
            effect: Effect::None,
            last: None,
        })
    }

    /// Begins an attempt with this credential.
    pub(super) fn begin(&mut self, credential: &Credential) -> (reqwest::Request, Attempt) {
        let operation = self.request.operation;
        if self.attempts > 0 {
            self.account().meter.retry();
        }
        self.attempts += 1;
        let mut request = self.assemble(credential);
        let span = telemetry::span(&self.inner.profile, operation, &request);
        span.record("attempt", self.attempts);
        telemetry::propagate(&span, request.headers_mut());
        let started = Instant::now();
        let attempt = Attempt {
            timeout: self.timeout(started),
            span,
            started,
            _waiting: Wait::start(),
        };
        (request, attempt)
    }

    /// Measures an attempt that has ended.
    pub(super) fn end(&self, attempt: Attempt, outcome: &Result<Answer, Fault>) {
        let Attempt { span, started, .. } = attempt;
        let took = started.elapsed();
        let operation = self.request.operation;
        let status = outcome.as_ref().map(|answer| answer.status);
        let name = outcome_name(&status);
        telemetry::ended(&span, status.ok(), name);
        self.account().meter.attempt(name, took);
        debug!(
            account = %self.inner.profile.account,
            %operation,
            method = %self.request.method,
            path = %mask_numbers(self.url.path()),
            status = status.map_or(0, |status| status.as_u16()),
            outcome = name,
            attempt = self.attempts,
            took_ms = took.as_secs_f64() * 1000.0,
            "called the carrier"
        );
    }

    fn assemble(&self, credential: &Credential) -> reqwest::Request {
        let mut request = reqwest::Request::new(self.request.method.clone(), self.url.clone());
        let headers = request.headers_mut();
        headers.extend(self.inner.profile.headers.clone());
        if let Some((name, value)) = credential.header.clone() {
            headers.insert(name, value);
        }
        if let Some((content_type, body)) = &self.body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
            *request.body_mut() = Some(body.clone().into());
        }
        request
    }

    /// A request that must not be sent twice has a timeout of its own: cutting it short would leave its outcome unknown.
    fn timeout(&self, now: Instant) -> Duration {
        let timeouts = &self.inner.profile.timeouts;
        match self.stakes {
            Stakes::Once => timeouts.once,
            Stakes::Read | Stakes::Idempotent => timeouts
                .repeatable
                .min(self.call.deadline.saturating_duration_since(now)),
        }
    }

    /// Decides what to do about an attempt, and informs breaker, gate and health of it.
    pub(super) fn judge(
        &mut self,
        outcome: Result<Answer, Fault>,
        credential: &Credential,
        Turn { pass, permit }: &mut Turn<'_>,
    ) -> Next {
        let account = self.account();
        let answer = match outcome {
            Ok(answer) if answer.status.is_success() => {
                permit.succeeded();
                account.heard(pass, None);
                let response = self.response(answer);
                Call::note_date(|| response.date());
                return Next::Done(Ok(response));
            }
            Ok(answer) => answer,
            Err(fault) => {
                let (error, seen) = unanswered(fault, self.stakes);
                let error = self.name(error);
                account.failed(pass, &error);
                return self.decide(error, seen, None);
            }
        };
        let wait = self.told_to_wait(&answer);
        let (error, seen) = self.explain(&answer, credential, wait.is_some());
        let is_failure =
            answer.status.is_server_error() && answer.status != StatusCode::NOT_IMPLEMENTED;
        match answer.status {
            StatusCode::TOO_MANY_REQUESTS => permit.throttled(),
            status if !status.is_server_error() => permit.succeeded(),
            _ => {}
        }
        if is_failure {
            account.failed(pass, &error);
        } else {
            account.heard(pass, Some(&error));
        }
        // A 401 that the adapter reads as another error is about what the token may do: a new token would not help.
        if answer.status == StatusCode::UNAUTHORIZED
            && error.kind() == ErrorKind::CredentialRefused
            && self.inner.shared.signer.renews()
            && !self.renewed
        {
            self.renewed = true;
            return Next::Renew;
        }
        self.decide(error, seen, wait)
    }

    fn response(&self, answer: Answer) -> Response {
        Response {
            status: answer.status,
            headers: answer.headers,
            body: answer.body,
            profile: Arc::clone(&self.inner.profile),
            operation: self.request.operation,
            unread: self.stakes.unheard(),
        }
    }

    fn explain(&self, answer: &Answer, credential: &Credential, told: bool) -> (Error, Seen) {
        let profile = &self.inner.profile;
        let mut explained = (profile.explain)(&Refusal {
            operation: self.request.operation,
            replay: self.request.replay,
            status: answer.status,
            headers: &answer.headers,
            body: &answer.body,
        });
        if explained.request_id.is_none() {
            explained.request_id = request_id(&answer.headers, profile.request_id_header);
        }
        let seen = Seen::Refused {
            status: answer.status,
            told_to_wait: told,
            effect: explained.effect,
            passes: explained.passes,
        };
        let error = refused(answer.status, self.request.operation, explained, credential);
        (self.name(error), seen)
    }

    /// Honours `Retry-After`: the whole account waits, whatever becomes of this request.
    fn told_to_wait(&self, answer: &Answer) -> Option<Duration> {
        let holds = [
            StatusCode::TOO_MANY_REQUESTS,
            StatusCode::LOCKED,
            StatusCode::SERVICE_UNAVAILABLE,
        ];
        if !holds.contains(&answer.status) {
            return None;
        }
        let wait = retry_after(&answer.headers, host::wall())?;
        self.account().gate.hold(wait);
        self.account().meter.hold();
        warn!(
            account = %self.inner.profile.account,
            status = answer.status.as_u16(),
            wait_ms = wait.as_secs_f64() * 1000.0,
            "{} was told to wait {wait:?}", self.inner.profile.account
        );
        Some(wait)
    }

    /// Sends again if that is safe, allowed and in time.
    fn decide(&mut self, error: Error, seen: Seen, wait: Option<Duration>) -> Next {
        let mut verdict = verdict(seen, self.stakes);
        verdict.again |= Safeguard::NeverSentAgain.is_off() && verdict.effect == Effect::Unknown;
        self.effect = worse(self.effect, verdict.effect);
        let retries = &self.inner.profile.retries;
        let retry = retry(error.kind(), wait);
        let error = error.with_retry(retry);
        let pause = match wait {
            // The gate holds every request of the account until then; it also knows if that is too late.
            Some(_) => Duration::ZERO,
            None => retries.pause(self.attempts),
        };
        let in_time = Instant::now() + pause < self.call.deadline;
        if verdict.again && !in_time {
            return Next::Done(Err(self.out_of_time(error)));
        }
        let again = verdict.again
            && self.attempts < retries.attempts
            && (wait.is_some() || self.account().budget.spend());
        if !again {
            return Next::Done(Err(self.give_up(error)));
        }
        self.last = Some(error);
        Next::Again(pause)
    }

    /// The error that the caller gets, with everything that the attempts may have done.
    fn give_up(&self, error: Error) -> Error {
        let effect = worse(self.effect, error.effect());
        let mut error = self.name(error.with_effect(effect));
        if self.stakes == Stakes::Once && effect == Effect::Unknown {
            // Nobody may send it again before its outcome is known.
            error = error.with_retry(Retry::Never);
        }
        (self.inner.profile.refine)(error)
    }

    /// The error when there is no time for another attempt. The carrier's last words say more than its silence since.
    fn out_of_time(&self, error: Error) -> Error {
        let is_silence = |error: &Error| error.kind() == ErrorKind::Timeout;
        let said = self.last.clone().filter(|_| is_silence(&error));
        let said = said.unwrap_or(error);
        if is_silence(&said) {
            return self.give_up(said);
        }
        let message = format!("{}; the time for this call is up", said.message());
        self.give_up(said.with_message(message))
    }

    /// The error when there is no credential to send.
    pub(super) fn unsigned(&self, error: Error) -> Error {
        self.account().remember(Some(&error));
        match error.kind() {
            ErrorKind::Timeout => self.out_of_time(error),
            _ => self.give_up(error),
        }
    }

    /// The error while the breaker is open.
    pub(super) fn kept_back(&self, wait: Duration) -> Error {
        let message = "the carrier failed too often in a row: calls are kept back for a while";
        let error = Error::new(ErrorKind::UpstreamUnavailable, message);
        let error = self.last.clone().unwrap_or(error);
        self.give_up(error.with_retry(Retry::After(wait)))
    }

    /// The error when the gate did not open before the deadline.
    pub(super) fn shut_out(&self, shut: Shut) -> Error {
        let error = match shut {
            Shut::Quota(error) => error,
            Shut::Held(wait) => limited("the carrier told this account to wait", wait),
            Shut::Limited(wait) => limited("the account's rate limit is used up", wait),
            Shut::Busy => {
                let message = "too many requests of this account are on their way";
                return self.out_of_time(late(message));
            }
            Shut::Late => {
                let message = "the time for this call was up before it could be sent";
                return self.out_of_time(late(message));
            }
        };
        let said = self.last.as_ref().and_then(|last| last.upstream().cloned());
        self.give_up(match said {
            Some(said) => error.with_upstream(said),
            None => error,
        })
    }

    fn name(&self, error: Error) -> Error {
        self.inner.profile.name(error, self.request.operation)
    }

    fn account(&self) -> &'a Account {
        &self.inner.shared.account
    }
}
