//! Fixtures: what an adapter sends for a call, and what it makes of the carrier's answer, as files.
//!
//! `fixtures/{provider}/{operation}/{case}.json` holds a call, the exact requests that it must lead to with the
//! carrier's answers, and the result. [`Suite`] serves the answers over real HTTP and compares everything. Their
//! format is described in `fixtures/README.md`.
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use trunkline_core::Provider;
//! # fn my_adapter(base_url: &str) -> Arc<dyn Provider> { Arc::new(trunkline_testkit::scripted::Scripted::new("main")) }
//! # async fn example() {
//! use trunkline_testkit::fixture::Suite;
//!
//! let suite = Suite::new("fixtures/mine", my_adapter).with_header("authorization", "Bearer t");
//! let failures = suite.check("purchase").await;
//! assert!(failures.is_empty(), "{failures}");
//! # }
//! ```

mod call;
mod exchange;
mod fuzz;
mod outcome;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use trunkline_core::Provider;

use call::Call;
use exchange::{Exchange, Recorded, Stage};

/// One file: a call, its requests and answers, and what must come of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixture {
    /// What the case shows, for people.
    #[serde(rename = "about")]
    _about: String,
    call: Call,
    /// In this order and no others; none at all for a call that is refused before it leaves.
    #[serde(default)]
    exchanges: Vec<Exchange>,
    expect: Expect,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Expect {
    /// The result; members that are null, false or empty may be left out.
    Ok(Value),
    /// The error, every member that it has.
    Error(Value),
}

/// The fixtures of one provider, and how to make an adapter for them.
pub struct Suite<F> {
    directory: PathBuf,
    adapter: F,
    headers: Vec<(&'static str, String)>,
}

impl<F> fmt::Debug for Suite<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suite")
            .field("directory", &self.directory)
            .finish_non_exhaustive()
    }
}

impl<F: Fn(&str) -> Arc<dyn Provider>> Suite<F> {
    /// The fixtures below a directory. `adapter` makes an adapter for the base URL of a server, which it gets without a
    /// trailing slash.
    pub fn new(directory: impl Into<PathBuf>, adapter: F) -> Self {
        Self {
            directory: directory.into(),
            adapter,
            headers: Vec::new(),
        }
    }

    /// Demands a header of every request, for example the credential.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The operations that have fixtures, in order.
    #[must_use]
    pub fn operations(&self) -> Vec<String> {
        names(&self.directory)
    }

    /// Plays every case of an operation. That there is none is a failure too.
    pub async fn check(&self, operation: &str) -> Failures {
        let cases = names(&self.directory.join(operation));
        if cases.is_empty() {
            return Failures(vec![format!("{operation}: there is no fixture")]);
        }
        let mut failures = Failures::default();
        for case in cases {
            let case = case.trim_end_matches(".json");
            failures.0.extend(self.check_case(operation, case).await.0);
        }
        failures
    }

    /// Plays one case.
    pub async fn check_case(&self, operation: &str, case: &str) -> Failures {
        let mut report = Report {
            case: format!("{operation}/{case}"),
            failures: Failures::default(),
        };
        match load(&self.directory.join(format!("{}.json", report.case))) {
            Ok(fixture) if fixture.call.operation() != operation => {
                report.add(&format!("its call is {}", fixture.call.operation()))
            }
            Ok(fixture) => self.play(fixture, &mut report).await,
            Err(why) => report.add(&why),
        }
        report.failures
    }

    async fn play(&self, fixture: Fixture, report: &mut Report) {
        let stage = Stage::open(&fixture.exchanges).await;
        let adapter = (self.adapter)(&stage.url());
        let wanted = match fixture.expect {
            Expect::Ok(value) => json!({"ok": outcome::bare(value)}),
            Expect::Error(value) => json!({"error": outcome::bare(value)}),
        };
        let got = match fixture.call.run(&*adapter).await {
            Ok(value) => json!({"ok": outcome::bare(value)}),
            Err(error) => json!({"error": outcome::error(&error)}),
        };
        report.compare("result", &wanted, &got);
        let sent = stage.requests().await;
        let wanted = fixture.exchanges.iter().map(|e| e.request.shape());
        let got = sent.iter().map(Recorded::shape);
        report.compare("requests", &wanted.collect(), &got.collect());
        for (request, exchange) in sent.iter().zip(&fixture.exchanges) {
            self.check_headers(request, exchange, report);
        }
    }

    fn check_headers(&self, request: &Recorded, exchange: &Exchange, report: &mut Report) {
        let common = self.headers.iter();
        let common = common.map(|(name, value)| (*name, value.as_str()));
        for (header, value) in exchange.request.headers().chain(common) {
            let got = request.header(header);
            if got != Some(value) {
                report.add(&format!("header {header}: wanted {value:?}, got {got:?}"));
            }
        }
    }
}

fn load(path: &Path) -> Result<Fixture, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(directory)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort_unstable();
    names
}

/// What was not as the fixtures say; `Display` shows all of it.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Failures(Vec<String>);

impl Failures {
    /// Whether everything was as it should be.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

struct Report {
    case: String,
    failures: Failures,
}

impl Report {
    fn add(&mut self, what: &str) {
        self.failures.0.push(format!("{}: {what}", self.case));
    }

    fn compare(&mut self, what: &str, wanted: &Value, got: &Value) {
        if wanted != got {
            self.add(&format!("{what}\n  wanted {wanted:#}\n  got {got:#}"));
        }
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut failures = self.0.iter();
        failures.try_for_each(|failure| writeln!(f, "{failure}"))
    }
}
