//! What the torture prints: a counter while it runs, a table when it is over.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::evidence::Evidence;
use crate::judge::{self, Verdict};
use crate::run::Run;
use crate::spend;

const SHOWN: usize = 10;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Report {
    live: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) purchases: usize,
    /// How often the carriers were asked while they failed, and how many of these calls went wrong.
    pub(crate) calls: u64,
    pub(crate) faults: u64,
    /// How long after the carriers healed the last purchase settled.
    pub(crate) settled_after: Duration,
    pub(crate) took: Duration,
    succeeded: usize,
    late: usize,
    charges: usize,
    crashes: u64,
    freezes: u64,
    points: usize,
    missed: Vec<&'static str>,
    slowest: Duration,
    database_kills: u64,
    questions: usize,
    /// Answers of keys that were used again when everything was over.
    replays: usize,
    /// The longest time that a late commit went unnoticed once the carriers could be asked.
    noticed: Duration,
    /// Purchases that a ceiling left no room for.
    refused: usize,
    /// What came closest to its ceiling: account, the most it came to, and the ceiling.
    purses: Vec<(String, i64, i64)>,
}

impl Figures {
    /// What can be counted when everything is over.
    pub(crate) fn of(run: &Run, evidence: &Evidence) -> Self {
        let tally = &run.chaos.tally;
        let succeeded = evidence
            .journal
            .iter()
            .filter(|purchase| purchase.succeeded());
        Self {
            late: succeeded.clone().filter(|purchase| purchase.late).count(),
            succeeded: succeeded.count(),
            charges: evidence.charges.len(),
            crashes: tally.crashes.load(Ordering::Relaxed),
            freezes: tally.freezes.load(Ordering::Relaxed),
            points: run.options.failpoints.0.len(),
            missed: tally.missed(&run.options.failpoints.0),
            slowest: judge::slowest(evidence),
            database_kills: tally.database_kills.load(Ordering::Relaxed),
            questions: evidence.asked.len(),
            replays: evidence.replays.iter().map(|r| r.answers.len()).sum(),
            noticed: judge::slowest_notice(evidence),
            refused: judge::unaffordable(&evidence.reported),
            purses: judge::purses(evidence),
            ..Self::default()
        }
    }
}

impl Report {
    pub(crate) fn new() -> Self {
        Self {
            live: io::stderr().is_terminal(),
        }
    }

    /// Counts on while the run goes on. Dropping what it gives stops it.
    pub(crate) fn watch(self, run: Arc<Run>, asked: usize) -> JoinSet<()> {
        let pause = Duration::from_secs(if self.live { 1 } else { 10 });
        let mut counter = JoinSet::new();
        counter.spawn(async move {
            loop {
                tokio::time::sleep(pause).await;
                self.line(&status(&run, asked));
            }
        });
        counter
    }

    fn line(self, text: &str) {
        let mut err = io::stderr();
        // Nobody depends on it.
        let _ = if self.live {
            write!(err, "\r\x1b[K{text}").and_then(|()| err.flush())
        } else {
            writeln!(err, "{text}")
        };
    }

    /// Says what is not yet as it must be in the end.
    pub(crate) fn waits(self, verdict: &Verdict) {
        for (name, cases) in verdict.rows().filter(|(_, cases)| !cases.is_empty()) {
            self.line(&format!("waits: {name}: {}", cases.join("; ")));
        }
    }

    pub(crate) fn end(self, figures: &Figures, verdict: &Verdict, seed: u64) {
        if self.live {
            self.line("");
        }
        let _ = io::stdout().write_all(table(figures, verdict, seed).as_bytes());
    }
}

fn status(run: &Run, asked: usize) -> String {
    let (book, tally) = (&run.book, &run.chaos.tally);
    let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    format!(
        "{} of {asked} purchases ended, {} bought; {} crashes, {} freezes, {} faults; {} lives left",
        count(&book.ended),
        count(&book.bought),
        count(&tally.crashes),
        count(&tally.freezes),
        run.world.faults_fired(),
        run.chaos.left(),
    )
}

fn table(figures: &Figures, verdict: &Verdict, seed: u64) -> String {
    let seconds = |time: Duration| format!("{:.1} s", time.as_secs_f64());
    let reached = figures.points - figures.missed.len();
    let points = format!("{reached} of {}", figures.points);
    #[expect(clippy::cast_precision_loss, reason = "a share for people")]
    let share = 100.0 * figures.faults as f64 / figures.calls.max(1) as f64;
    let share = format!("{} ({share:.1} %)", figures.faults);
    let done = [
        ("purchases asked for", figures.purchases.to_string()),
        ("succeeded", figures.succeeded.to_string()),
        ("  of these late", figures.late.to_string()),
        ("charges in the ledgers", figures.charges.to_string()),
        ("crashes", figures.crashes.to_string()),
        ("  points killed at", points),
        ("freezes", figures.freezes.to_string()),
        ("database server killed", figures.database_kills.to_string()),
        ("calls of the carriers", figures.calls.to_string()),
        ("  of these gone wrong", share),
        ("refused by a ceiling", figures.refused.to_string()),
        ("questions for a person", figures.questions.to_string()),
        ("keys replayed, answers", figures.replays.to_string()),
        ("slowest settling", seconds(figures.slowest)),
        ("slowest to notice a late one", seconds(figures.noticed)),
        (
            "all settled after the faults",
            seconds(figures.settled_after),
        ),
        ("took", seconds(figures.took)),
    ];
    let mut text = String::new();
    // Writing to a string can't fail.
    for (name, value) in done {
        let _ = writeln!(text, "{name:<32}{value:>10}");
    }
    for (account, most, ceiling) in &figures.purses {
        let (most, ceiling) = (spend::amount(*most), spend::amount(*ceiling));
        let _ = writeln!(text, "{account}: {most} a month at most, {ceiling} allowed");
    }
    if !figures.missed.is_empty() {
        let _ = writeln!(text, "points not reached: {}", figures.missed.join(", "));
    }
    for (name, cases) in verdict.rows() {
        let _ = writeln!(text, "{name:<32}{:>10}", cases.len());
        for case in cases.iter().take(SHOWN) {
            let _ = writeln!(text, "    {case}");
        }
    }
    let word = if verdict.passes() { "PASS" } else { "FAIL" };
    let _ = writeln!(text, "{word} (seed {seed})");
    text
}
