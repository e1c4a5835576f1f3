//! One request on its way through the loop: what has been tried, and what is to be done next.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use tokio::time::Instant;
use tracing::{Instrument, debug, warn};
use trunkline_core::telemetry::Wait;
use trunkline_core::{Call, Effect, Error, ErrorKind, Result, Retry, mask_numbers};
use url::Url;

use super::Inner;
use super::failure::{outcome_name, refused, retry, unanswered, worse};
use crate::auth::Credential;
use crate::breaker::Pass;
use crate::explain::{Refusal, request_id};
use crate::gate::{Permit, Shut};
use crate::request::{ApiRequest, Body};
use crate::response::{Origin, Response};
use crate::retry_after::retry_after;
use crate::telemetry;
use crate::transport::{Answer, Fault};
use crate::verdict::{Seen, Stakes, verdict};

/// What to do after an attempt.
pub(super) enum Next {
    Done(Response),
    Fail(Error),
    /// After this pause.
    Again(Duration),
    /// With another token: one that was refused got nothing done.
    Renew,
}

/// Leave to make one attempt: from the breaker, and from the gate.
pub(super) struct Turn<'a> {
    pub(super) pass: Pass<'a>,
    pub(super) permit: Permit<'a>,
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
    /// What the last attempt failed with.
    last: Option<Error>,
}

impl<'a> Run<'a> {
    pub(super) fn new(inner: &'a Inner, mut request: ApiRequest, call: Call) -> Result<Self> {
        let url = inner
            .address
            .url(&request)
            .map_err(|error| inner.name(error, request.operation))?;
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

    /// Makes one attempt.
    pub(super) async fn attempt(&mut self, credential: &Credential) -> Result<Answer, Fault> {
        let (shared, operation) = (&self.inner.shared, self.request.operation);
        let meter = &shared.account.meter;
        if self.attempts > 0 {
            meter.retry(operation);
        }
        self.attempts += 1;
        let mut request = self.assemble(credential);
        let span = telemetry::span(&self.inner.profile, operation, &request);
        span.record("attempt", self.attempts);
        telemetry::propagate(&span, request.headers_mut());
        let started = Instant::now();
        let waiting = Wait::start();
        let attempt = shared.transport.attempt(request, self.timeout(started));
        let outcome = attempt.instrument(span.clone()).await;
        drop(waiting);
        let status = outcome.as_ref().map(|answer| answer.status);
        let name = outcome_name(&status);
        telemetry::ended(&span, status.ok(), name);
        meter.attempt(operation, name, started.elapsed());
        debug!(
            account = %self.inner.profile.account,
            %operation,
            method = %self.request.method,
            path = %mask_numbers(self.url.path()),
            status = outcome.as_ref().map_or(0, |answer| answer.status.as_u16()),
            outcome = name,
            attempt = self.attempts,
            took_ms = started.elapsed().as_secs_f64() * 1000.0,
            "called the carrier"
        );
        outcome
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

    /// A request that must not be sent twice has a time of its own: cutting it short would only leave its fate open.
    fn timeout(&self, now: Instant) -> Duration {
        let timeouts = &self.inner.profile.timeouts;
        match self.stakes {
            Stakes::Once => timeouts.once,
            Stakes::Read | Stakes::Idempotent => timeouts
                .repeatable
                .min(self.call.deadline.saturating_duration_since(now)),
        }
    }

    /// Says what to do about an attempt, and tells breaker, gate and health of it.
    pub(super) fn judge(
        &mut self,
        outcome: Result<Answer, Fault>,
        credential: &Credential,
        Turn { pass, permit }: &mut Turn<'_>,
    ) -> Next {
        let account = &self.inner.shared.account;
        let answer = match outcome {
            Ok(answer) if answer.status.is_success() => {
                permit.succeeded();
                account.heard(pass, None);
                let response = self.response(answer);
                Call::note_date(|| response.date());
                return Next::Done(response);
            }
            Ok(answer) => answer,
            Err(fault) => {
                let (error, seen) = unanswered(fault, self.stakes);
                let error = self.inner.name(error, self.request.operation);
                account.failed(pass, &error);
                return self.decide(error, seen, None);
            }
        };
        let wait = self.told_to_wait(&answer);
        let (error, seen) = self.explain(&answer, credential, wait.is_some());
        match answer.status {
            StatusCode::TOO_MANY_REQUESTS => permit.throttled(),
            status if !status.is_server_error() => permit.succeeded(),
            _ => {}
        }
        if answer.status.is_server_error() && answer.status != StatusCode::NOT_IMPLEMENTED {
            account.failed(pass, &error);
        } else {
            account.heard(pass, Some(&error));
        }
        let renews = self.inner.shared.signer.renews() && !self.renewed;
        // A 401 that the adapter reads as something else is about what the token may do: another would not do more.
        if renews
            && answer.status == StatusCode::UNAUTHORIZED
            && error.kind() == ErrorKind::Unauthenticated
        {
            self.renewed = true;
            return Next::Renew;
        }
        self.decide(error, seen, wait)
    }

    fn response(&self, answer: Answer) -> Response {
        let profile = &self.inner.profile;
        Response {
            status: answer.status,
            headers: answer.headers,
            body: answer.body,
            origin: Arc::new(Origin {
                account: profile.account.clone(),
                provider: profile.provider.clone(),
                operation: self.request.operation,
                request_id_header: profile.request_id_header,
                unread: self.stakes.unheard(),
            }),
        }
    }

    fn explain(&self, answer: &Answer, credential: &Credential, told: bool) -> (Error, Seen) {
        let mut explained = (self.inner.profile.explain)(&Refusal {
            operation: self.request.operation,
            replay: self.request.replay,
            status: answer.status,
            headers: &answer.headers,
            body: &answer.body,
        });
        if explained.request_id.is_none() {
            let own = self.inner.profile.request_id_header;
            explained.request_id = request_id(&answer.headers, own);
        }
        let seen = Seen::Refused {
            status: answer.status,
            told_to_wait: told,
            effect: explained.effect,
            passes: explained.passes,
        };
        let error = refused(answer.status, self.request.operation, explained, credential);
        (self.inner.name(error, self.request.operation), seen)
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
        let wait = retry_after(&answer.headers, SystemTime::now())?;
        let account = &self.inner.shared.account;
        account.gate.hold(wait);
        account.meter.hold();
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
        let verdict = verdict(seen, self.stakes);
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
        let again = verdict.again
            && in_time
            && self.attempts < retries.attempts
            && (wait.is_some() || self.inner.shared.account.budget.spend());
        if !again {
            return Next::Fail(if verdict.again && !in_time {
                self.out_of_time(error)
            } else {
                self.give_up(error)
            });
        }
        self.last = Some(error);
        Next::Again(pause)
    }

    /// The error that the caller gets, with all that the attempts may have done.
    pub(super) fn give_up(&self, error: Error) -> Error {
        let effect = worse(self.effect, error.effect());
        let error = self
            .inner
            .name(error.with_effect(effect), self.request.operation);
        if self.stakes == Stakes::Once && effect == Effect::Unknown {
            // Whoever asks by this alone whether to send again must not: what came of it has to be found out first.
            return error.with_retry(Retry::Never);
        }
        error
    }

    /// The error when there is no time for another attempt. What the carrier said last tells more than that it has not
    /// answered since.
    pub(super) fn out_of_time(&self, error: Error) -> Error {
        let is_silence = |error: &Error| error.kind() == ErrorKind::Timeout;
        let said = self.last.clone().filter(|_| is_silence(&error));
        let said = said.unwrap_or(error);
        if is_silence(&said) {
            return self.give_up(said);
        }
        let message = format!("{}; the time for this call is up", said.message());
        self.give_up(said.with_message(message))
    }

    /// There is no credential to send with.
    pub(super) fn unsigned(&self, error: Error) -> Error {
        match error.kind() {
            ErrorKind::Timeout => self.out_of_time(error),
            _ => self.give_up(error),
        }
    }

    /// The breaker is open.
    pub(super) fn kept_back(&self, wait: Duration) -> Error {
        let message = "the carrier failed too often in a row: calls are kept back for a while";
        let error = Error::new(ErrorKind::UpstreamUnavailable, message);
        let error = self.last.clone().unwrap_or(error);
        self.give_up(error.with_retry(Retry::After(wait)))
    }

    /// The gate did not open before the deadline.
    pub(super) fn shut_out(&self, shut: Shut) -> Error {
        let limited = |message: &str, wait| {
            Error::new(ErrorKind::RateLimited, message).with_retry(Retry::After(wait))
        };
        let late =
            |message: &str| Error::new(ErrorKind::Timeout, message).with_retry(Retry::Backoff);
        let error = match shut {
            Shut::Quota(error) => error,
            Shut::Held(wait) => limited("the carrier told this account to wait", wait),
            Shut::Limited(wait) => limited("the account's rate limit is used up", wait),
            Shut::Busy => {
                return self
                    .out_of_time(late("too many requests of this account are on their way"));
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
}
