//! What a run has found, for a person.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;
use trunkline_sandbox::ProviderKind;

use super::check::{Answer, Finding, Outcome};
use super::deviations::Deviation;

/// Everything about one carrier.
#[derive(Debug)]
pub struct Report {
    provider: ProviderKind,
    known: &'static [Deviation],
    /// The operations of the document, less those that were met.
    missing: BTreeSet<String>,
    operations: usize,
    covered: [BTreeSet<String>; 2],
    requests: usize,
    /// How many there were of either source, by what could be done about them.
    answers: BTreeMap<(Source, Answer), usize>,
    /// The first place of each failure and how many there are, so that a mistake in every row is one line.
    failures: BTreeMap<String, (String, usize)>,
    /// By their place in the table: how often each explained something.
    explained: BTreeMap<usize, usize>,
}

/// Where an exchange comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    Fixture = 0,
    Fake = 1,
}

impl Report {
    /// An empty report over the operations of a document.
    pub(crate) fn new(
        provider: ProviderKind,
        operations: impl Iterator<Item = String>,
        known: &'static [Deviation],
    ) -> Self {
        let missing: BTreeSet<String> = operations.collect();
        Self {
            provider,
            known,
            operations: missing.len(),
            missing,
            covered: Default::default(),
            requests: 0,
            answers: BTreeMap::new(),
            failures: BTreeMap::new(),
            explained: BTreeMap::new(),
        }
    }

    /// Takes in what came of one exchange of a fixture, or of one with the fake.
    pub(crate) fn add(&mut self, source: Source, name: &str, outcome: Outcome) {
        self.requests += usize::from(source == Source::Fixture);
        *self.answers.entry((source, outcome.answer)).or_default() += 1;
        if let Some(operation) = outcome.operation {
            self.missing.remove(&operation);
            self.covered[source as usize].insert(operation);
        }
        for finding in outcome.findings {
            // What a fake is asked was asked in a fixture, and is judged there.
            if source == Source::Fixture || finding.pointer.starts_with("/response/") {
                self.judge(source, name, &finding);
            }
        }
    }

    /// Takes in something that kept a check from being made.
    pub(crate) fn fail(&mut self, what: &str, why: &str) {
        self.failures.insert(what.to_owned(), (why.to_owned(), 1));
    }

    fn judge(&mut self, source: Source, name: &str, finding: &Finding) {
        let fixture = (source == Source::Fixture).then_some(name);
        let mut known = self.known.iter();
        if let Some(known) = known.position(|deviation| deviation.explains(fixture, finding)) {
            *self.explained.entry(known).or_default() += 1;
            return;
        }
        let whose = match source {
            Source::Fixture => "fixtures",
            Source::Fake => "fake",
        };
        let pointer = without_indexes(&finding.pointer);
        let what = format!(
            "{whose}: {}: {pointer}: {}",
            finding.operation, finding.problem
        );
        let place = format!("{name}: {}: {}", finding.pointer, shown(&finding.found));
        self.failures.entry(what).or_insert((place, 0)).1 += 1;
    }

    /// Whether everything was as documented, or known to differ.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let provider = self.provider;
        for (what, (place, count)) in &self.failures {
            let more = match count - 1 {
                0 => String::new(),
                more => format!(", and {more} more"),
            };
            writeln!(f, "{provider}: {what}\n    {place}{more}")?;
        }
        for (place, deviation) in self.known.iter().enumerate() {
            let met = match self.explained.get(&place) {
                Some(count) => format!("known, {count} times"),
                None => "known, but not met any more".to_owned(),
            };
            writeln!(f, "{provider}: {met}: {deviation}")?;
        }
        if !self.missing.is_empty() {
            let names: Vec<&str> = self.missing.iter().map(String::as_str).collect();
            writeln!(f, "{provider}: never met: {}", names.join(", "))?;
        }
        self.summary(f)
    }
}

impl Report {
    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |source, answer| {
            self.answers
                .get(&(source, answer))
                .copied()
                .unwrap_or_default()
        };
        let checked = |source| count(source, Answer::Checked);
        let undocumented = |source| count(source, Answer::Undocumented);
        let [fixtures, fake] = &self.covered;
        writeln!(
            f,
            "{}: operations: {} documented, {} in fixtures, {} asked of the fake; checked: {} requests and {} answers of \
             fixtures, {} answers of the fake; of statuses not documented: {} and {}; failures: {}",
            self.provider,
            self.operations,
            fixtures.len(),
            fake.len(),
            self.requests,
            checked(Source::Fixture),
            checked(Source::Fake),
            undocumented(Source::Fixture),
            undocumented(Source::Fake),
            self.failures.len()
        )
    }
}

/// A pointer whose indexes are stars: what is wrong with one row tends to be wrong with all of them.
fn without_indexes(pointer: &str) -> String {
    let segments = pointer.split('/').map(|segment| {
        let index = !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit());
        if index { "*" } else { segment }
    });
    segments.collect::<Vec<_>>().join("/")
}

fn shown(value: &Value) -> String {
    const ENOUGH: usize = 100;
    let text = value.to_string();
    match text.char_indices().nth(ENOUGH) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}
