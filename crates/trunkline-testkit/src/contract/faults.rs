//! A carrier that refuses, throttles, fails and keeps one waiting.

use std::collections::BTreeMap;
use std::time::Duration;

use trunkline_core::{Effect, Error, ErrorKind, Operation, Provider, Retry};

use super::subject::{eventually, within};
use super::{Args, Subject, call};
use crate::harness::{Fault, Harness};

/// For a caller who waits as long as it takes.
const LONG: Duration = Duration::from_secs(20);

fn told_to_wait(seconds: u32) -> Fault {
    Fault::Status {
        status: 429,
        headers: BTreeMap::from([("Retry-After".to_owned(), seconds.to_string())]),
        body: None,
    }
}

/// The error of an operation of a new adapter under a fault that strikes every request, and how often it was sent.
async fn refused(
    harness: &dyn Harness,
    operation: Operation,
    args: &Args,
    fault: Fault,
) -> (Error, u64) {
    let fresh = Subject::new(harness).await;
    harness.inject(operation, fault, None);
    let (result, sent) = fresh.counted(operation, args).await;
    harness.clear_faults();
    (result.unwrap_err(), sent)
}

fn is_without_effect(operation: Operation, error: &Error, kind: ErrorKind) {
    let refusal = (error.kind(), error.effect());
    assert_eq!(refusal, (kind, Effect::None), "{operation}: {error:?}");
}

/// Without effect, also for a purchase. Where tokens are renewed it is tried with one other.
pub async fn a_refused_credential_is_the_carriers_refusal(harness: &dyn Harness) {
    let subject = Subject::new(harness).await;
    let mut calls = subject.reads().await;
    if subject.supports(Operation::Purchase) {
        let args = Args::prepared(&subject, Operation::Purchase).await;
        calls.push((Operation::Purchase, args));
    }
    for (operation, args) in calls {
        let (error, sent) = refused(harness, operation, &args, Fault::status(401)).await;
        is_without_effect(operation, &error, ErrorKind::CredentialRefused);
        assert!(sent <= 2, "{operation} was sent {sent} times");
    }
}

/// And is not asked for again.
pub async fn what_the_carrier_does_not_find_is_not_found(harness: &dyn Harness) {
    let subject = offering!(harness, Get);
    let args = Args::prepared(&subject, Operation::Get).await;
    harness.inject(Operation::Get, Fault::status(404), None);
    let (result, sent) = subject.counted(Operation::Get, &args).await;
    let error = result.unwrap_err();
    assert_eq!((error.kind(), sent), (ErrorKind::NotFound, 1), "{error:?}");
}

/// And is not sent again.
pub async fn a_conflict_is_a_conflict(harness: &dyn Harness) {
    let subject = offering!(harness, Update);
    let args = Args::prepared(&subject, Operation::Update).await;
    harness.inject(Operation::Update, Fault::status(409), None);
    let (result, sent) = subject.counted(Operation::Update, &args).await;
    let error = result.unwrap_err();
    assert_eq!((error.kind(), sent), (ErrorKind::Conflict, 1), "{error:?}");
}

/// Makes every read with an adapter of its own under a fault that strikes so often; all must work in the end.
async fn every_read_survives(harness: &dyn Harness, fault: Fault, times: u64) {
    let subject = Subject::new(harness).await;
    for (operation, args) in subject.reads().await {
        let fresh = Subject::new(harness).await;
        harness.inject(operation, fault.clone(), Some(times));
        let (result, sent) = fresh.counted(operation, &args).await;
        harness.clear_faults();
        assert!(result.is_ok(), "{operation} after {fault:?}: {result:?}");
        assert!(sent > times, "{operation} was sent {sent} times");
    }
}

/// After a pause of our own, if the carrier names none.
pub async fn a_throttled_read_is_asked_again(harness: &dyn Harness) {
    every_read_survives(harness, Fault::status(429), 2).await;
}

/// As long as the carrier says; meanwhile nothing else of the account is sent.
pub async fn a_read_told_to_wait_waits_and_the_account_with_it(harness: &dyn Harness) {
    let subject = offering!(harness, List, Get);
    let other = Args::prepared(&subject, Operation::Get).await;
    let nothing = Args::of_nothing(&subject);
    let provider = subject.provider();
    harness.inject(Operation::List, told_to_wait(1), Some(1));
    let waits = within(LONG, call(provider, Operation::List, &nothing));
    let meanwhile = async {
        let held = async || provider.health().held_for.is_some();
        eventually("the account is held", held).await;
        let hasty = call(provider, Operation::Get, &other);
        let hasty = within(Duration::from_millis(100), hasty);
        subject.unsent(async { hasty.await.0 }).await
    };
    let ((read, took), kept_back) = tokio::join!(waits, meanwhile);
    assert!(read.is_ok(), "{read:?}");
    let waited = took >= Duration::from_millis(990);
    assert!(waited, "it came back after {took:?}");
    assert_eq!(kept_back.kind(), ErrorKind::RateLimited, "{kept_back:?}");
    assert!(kept_back.retry_after().is_some());
    assert_eq!(provider.health().held_for, None);
}

/// With the wait, instead of sitting it out.
pub async fn a_read_told_to_wait_too_long_says_so_at_once(harness: &dyn Harness) {
    let subject = Subject::new(harness).await;
    for (operation, args) in subject.reads().await {
        let read = refused(harness, operation, &args, told_to_wait(600));
        let ((error, sent), took) = within(LONG, read).await;
        assert_eq!(error.kind(), ErrorKind::RateLimited, "{error:?}");
        let wait = error.retry_after().unwrap_or_default();
        assert!(wait > Duration::from_secs(590), "{operation}: {error:?}");
        assert_eq!(sent, 1, "{operation}");
        assert!(took < Duration::from_secs(5), "{operation} took {took:?}");
    }
}

/// Twice.
pub async fn a_read_is_asked_again_after_a_server_error(harness: &dyn Harness) {
    for status in [500, 502, 503, 504] {
        every_read_survives(harness, Fault::status(status), 2).await;
    }
}

/// Before the answer or in the middle of it.
pub async fn a_read_is_asked_again_after_a_broken_connection(harness: &dyn Harness) {
    every_read_survives(harness, Fault::DropBeforeCommit {}, 1).await;
    every_read_survives(harness, Fault::DropAfterCommit {}, 1).await;
    every_read_survives(harness, Fault::TruncatedBody {}, 1).await;
}

/// After a few attempts, without effect, and worth another try later.
pub async fn a_read_that_keeps_failing_gives_up(harness: &dyn Harness) {
    let subject = Subject::new(harness).await;
    for (operation, args) in subject.reads().await {
        let (error, sent) = refused(harness, operation, &args, Fault::status(503)).await;
        is_without_effect(operation, &error, ErrorKind::UpstreamUnavailable);
        assert_ne!(error.retry(), Retry::Never, "{operation}");
        let few = (2..=10).contains(&sent);
        assert!(few, "{operation} was sent {sent} times");
    }
}

/// A check of the health need not read what it is answered.
pub async fn an_unreadable_answer_is_a_protocol_error(harness: &dyn Harness) {
    let subject = Subject::new(harness).await;
    for (operation, args) in subject.reads().await {
        if operation == Operation::CheckHealth {
            continue;
        }
        let (error, _) = refused(harness, operation, &args, Fault::MalformedBody {}).await;
        is_without_effect(operation, &error, ErrorKind::Protocol);
    }
}

/// However slow the carrier is.
pub async fn a_slow_read_ends_at_its_deadline(harness: &dyn Harness) {
    let subject = Subject::new(harness).await;
    for (operation, args) in subject.reads().await {
        let fresh = Subject::new(harness).await;
        harness.inject(operation, Fault::Delay { ms: 200 }, None);
        let patience = Duration::from_millis(40);
        let (result, _) = within(patience, call(fresh.provider(), operation, &args)).await;
        harness.clear_faults();
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{operation}: {error:?}");
    }
}

/// Writes included.
pub async fn a_call_whose_deadline_has_passed_sends_nothing(harness: &dyn Harness) {
    let subject = Subject::new(harness).await;
    for operation in subject.provider().capability().operations.iter() {
        let args = Args::of_nothing(&subject);
        let late = within(Duration::ZERO, call(subject.provider(), operation, &args));
        let error = subject.unsent(async { late.await.0 }).await;
        let kinds = [ErrorKind::Timeout, ErrorKind::RateLimited];
        assert!(kinds.contains(&error.kind()), "{operation}: {error:?}");
    }
}

/// A credential must not be carried wherever an answer points.
pub async fn a_redirect_is_not_followed(harness: &dyn Harness) {
    let subject = Subject::new(harness).await;
    for (operation, args) in subject.reads().await {
        let fresh = Subject::new(harness).await;
        let redirect = Fault::Status {
            status: 302,
            headers: BTreeMap::from([("Location".to_owned(), "/elsewhere".to_owned())]),
            body: None,
        };
        harness.inject(operation, redirect, Some(1));
        let before = fresh.sent();
        let (result, sent) = fresh.counted(operation, &args).await;
        harness.clear_faults();
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{operation}: {error:?}");
        let all = fresh.sent() - before;
        assert_eq!((sent, all), (1, 1), "{operation} followed it");
    }
}
