//! What may be shown, and what must be.

use std::fmt::{Debug, Write};
use std::io;
use std::sync::Arc;

use parking_lot::Mutex;
use tracing::Level;
use tracing_subscriber::fmt::MakeWriter;
use trunkline_core::{Error, ListQuery, Operation, Provider};

use super::{Args, Subject, call};
use crate::harness::{Fault, Harness, Refusal};

fn shows_no_secret(subject: &Subject<'_>, what: &str, text: &str) {
    for secret in &subject.samples().secrets {
        assert!(!text.contains(secret), "{what} shows a secret: {text}");
    }
}

fn debug_shows_no_secret(subject: &Subject<'_>, what: &str, value: &dyn Debug) {
    shows_no_secret(subject, what, &format!("{value:?}\n{value:#?}"));
}

fn fault(refusal: &Refusal, message: &str) -> Fault {
    let said = refusal.message.as_deref().unwrap_or_default();
    let body = refusal.body.to_string().replace(said, message);
    Fault::Status {
        status: refusal.status,
        headers: refusal.headers.clone(),
        body: Some(serde_json::from_str(&body).unwrap()),
    }
}

pub async fn an_adapter_shows_no_secret(harness: &dyn Harness) {
    let subject = Subject::new(harness).await;
    debug_shows_no_secret(&subject, "the adapter", &harness.provider());
    debug_shows_no_secret(&subject, "its guard", subject.provider());
    debug_shows_no_secret(&subject, "its capability", subject.provider().capability());
    harness.inject(Operation::List, Fault::status(401), None);
    let nothing = Args::of_nothing(&subject);
    let refused = call(subject.provider(), Operation::List, &nothing).await;
    assert!(refused.is_err());
    debug_shows_no_secret(&subject, "its health", &subject.provider().health());
    debug_shows_no_secret(&subject, "an adapter that was used", subject.provider());
}

pub async fn errors_show_no_secret(harness: &dyn Harness) {
    let subject = Subject::new(harness).await;
    let refusal = subject.samples().refusal.clone().unwrap();
    let echo = format!("not accepted: {}", subject.samples().secrets.join(" "));
    let mut faults = vec![
        fault(&refusal, &echo),
        Fault::MalformedBody {},
        Fault::DropBeforeCommit {},
        Fault::TruncatedBody {},
    ];
    faults.extend([401, 403, 404, 418, 422, 500].map(|status| Fault::Status {
        status,
        headers: refusal.headers.clone(),
        body: Some(echo.clone().into()),
    }));
    let nothing = Args::of_nothing(&subject);
    for fault in faults {
        let fresh = Subject::new(harness).await;
        harness.inject(Operation::List, fault, None);
        let error = call(fresh.provider(), Operation::List, &nothing)
            .await
            .unwrap_err();
        harness.clear_faults();
        debug_shows_no_secret(&subject, "an error", &error);
        shows_no_secret(&subject, "an error", &error.to_string());
        let stored = serde_json::to_string(&error).unwrap();
        shows_no_secret(&subject, "a stored error", &stored);
        let health = fresh.provider().health();
        debug_shows_no_secret(&subject, "the health after it", &health);
    }
}

pub async fn answers_show_no_secret(harness: &dyn Harness) {
    let subject = Subject::new(harness).await;
    let held = subject.hold(2).await;
    let listed = subject.list_all(&ListQuery::default()).await;
    for number in held.iter().chain(&listed) {
        debug_shows_no_secret(&subject, "a number", number);
        let stored = serde_json::to_string(number).unwrap();
        shows_no_secret(&subject, "a number", &stored);
    }
    if subject.supports(Operation::SearchAvailable) {
        let query = subject.stock();
        let found = subject.provider().search_available(&query).await.unwrap();
        debug_shows_no_secret(&subject, "a number on sale", &found);
    }
    if subject.supports(Operation::ListCallerIds) {
        subject.caller_id_key().await;
        let query = Default::default();
        let page = subject.provider().list_caller_ids(&query).await.unwrap();
        debug_shows_no_secret(&subject, "a caller ID", &page);
    }
}

/// At any level; and from `info` up no whole number either.
pub async fn logs_show_no_secret(harness: &dyn Harness) {
    let subject = Subject::new(harness).await;
    let (all, loud) = (Log::default(), Log::default());
    let mut numbers = Vec::new();
    for (level, log) in [(Level::TRACE, &all), (Level::INFO, &loud)] {
        let collector = tracing_subscriber::fmt()
            .with_max_level(level)
            .with_ansi(false)
            .with_writer(log.clone())
            .finish();
        let listening = tracing::subscriber::set_default(collector);
        for operation in [Operation::List, Operation::FindOwned, Operation::Purchase] {
            if subject.supports(operation) {
                let args = Args::prepared(&subject, operation).await;
                numbers.push(args.number);
                let fresh = Subject::new(harness).await;
                harness.inject(operation, Fault::status(429), Some(1));
                let _ = call(fresh.provider(), operation, &args).await;
                harness.inject(operation, Fault::status(500), None);
                let _ = call(fresh.provider(), operation, &args).await;
                harness.clear_faults();
            }
        }
        drop(listening);
    }
    shows_no_secret(&subject, "the log", &all.text());
    for number in numbers {
        assert!(!loud.text().contains(number.digits()), "{}", loud.text());
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock()).into_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Verbatim: its code, its message and its id of the request.
pub async fn an_error_carries_what_the_carrier_said(harness: &dyn Harness) {
    let subject = Subject::new(harness).await;
    let refusal = subject.samples().refusal.clone().unwrap();
    let message = refusal.message.clone().unwrap_or_default();
    let nothing = Args::of_nothing(&subject);
    harness.inject(Operation::List, fault(&refusal, &message), Some(1));
    let error = call(subject.provider(), Operation::List, &nothing)
        .await
        .unwrap_err();
    let upstream = error.upstream().cloned().unwrap_or_default();
    assert_eq!(upstream.status, Some(refusal.status));
    assert_eq!(upstream.code, refusal.code);
    assert_eq!(upstream.message, refusal.message);
    assert_eq!(upstream.request_id, refusal.request_id);
}

/// Account, provider and operation, from the adapter alone as well; and it fits on a line.
pub async fn an_error_says_where_it_happened(harness: &dyn Harness) {
    let subject = Subject::new(harness).await;
    let bare = harness.provider();
    let nothing = Args::of_nothing(&subject);
    harness.inject(Operation::List, Fault::status(403), None);
    for provider in [subject.provider() as &dyn Provider, &*bare] {
        let error: Error = call(provider, Operation::List, &nothing).await.unwrap_err();
        assert_eq!(error.account(), Some(provider.account()), "{error:?}");
        assert_eq!(error.provider(), Some(provider.provider()), "{error:?}");
        assert_eq!(error.operation(), Some(Operation::List), "{error:?}");
        let mut line = String::new();
        write!(line, "{error}").unwrap();
        assert_eq!(line.lines().count(), 1, "{line}");
    }
}
