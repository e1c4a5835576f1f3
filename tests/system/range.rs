//! One long range at a Wazo that takes its time for each number, through gateway and command line. The same is an example
//! of this package, at full size.

use std::fmt;
use std::io::{self, Write};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use trunkline_cli::{Console, Exit};

/// The first number of the range.
const FIRST: u64 = 14_155_500_000;

/// Numbers asked for at once.
const PART: u64 = 500;

/// How long the range is, and how long Wazo takes for each number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) numbers: u64,
    pub(crate) ms_each: u64,
}

/// What came of it.
pub(crate) struct Figures {
    pub(crate) took: Duration,
    pub(crate) created: u64,
    pub(crate) existing: u64,
    pub(crate) requests: u64,
    pub(crate) at_once: u64,
    /// How often the command line drew how far it was.
    pub(crate) drawn: usize,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            took,
            created,
            existing,
            requests,
            at_once,
            drawn,
        } = self;
        write!(
            f,
            "{created} created and {existing} there already in {took:.1?}, by {requests} requests, {at_once} at once; \
             drawn {drawn} times"
        )
    }
}

/// What stands for a terminal.
#[derive(Default)]
struct Screen(Vec<u8>);

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs a command as a person at a terminal would: exit code, answer, and all that was drawn.
async fn command(server: &str, words: &str) -> (Exit, Value, String) {
    let (mut out, mut err) = (Screen::default(), Screen::default());
    let mut console = Console::capture(&mut out, &mut err);
    console.err_is_terminal = true;
    let words = words.split(' ');
    let arguments = ["trunkline", "--server", server, "--output", "json"];
    let exit = trunkline_cli::run(arguments.into_iter().chain(words), &mut console).await;
    let answer = serde_json::from_slice(&out.0).unwrap_or_default();
    (exit, answer, String::from_utf8_lossy(&err.0).into_owned())
}

/// Registers some numbers of a range, and then all of it. `control` asks the sandbox's control port.
///
/// # Errors
/// Whatever is not told, sent or drawn as it should be.
pub(crate) async fn register(
    server: &str,
    control: impl AsyncFn(&str, &str) -> Value,
    size: Size,
) -> Result<Figures, String> {
    let ends = |first: u64, last: u64| {
        format!("ranges create --account wazo --start +{first} --end +{last}")
    };
    let last = FIRST + size.numbers - 1;
    // At both ends, and on both sides of where a part ends.
    let before = [
        (FIRST, FIRST + 9),
        (FIRST + PART - 5, FIRST + PART + 4),
        (last - 4, last),
    ];
    for (from, to) in before {
        let (exit, _, said) = command(server, &ends(from, to)).await;
        check(exit == Exit::Done, || said)?;
    }
    let before_all = requests(&control("GET /wazo/ledger", "").await);
    let latency = json!({"operation": "register_range", "per_row_ms": size.ms_each});
    control("PUT /wazo/latency", &latency.to_string()).await;
    let started = Instant::now();
    let (exit, told, drawn) = command(server, &ends(FIRST, last)).await;
    let took = started.elapsed();
    check(exit == Exit::Done, || drawn.clone())?;
    let data = told["data"].as_array().ok_or("no data")?;
    check(data.len() as u64 == size.numbers, || {
        format!("{} numbers", data.len())
    })?;
    for (number, row) in (FIRST..).zip(data) {
        let there = before
            .iter()
            .any(|(from, to)| (*from..=*to).contains(&number));
        let wanted = json!([
            format!("+{number}"),
            if there { "existing" } else { "created" }
        ]);
        let row = json!([row["number"], row["status"]]);
        check(row == wanted, || {
            format!("{row} is told, and {wanted} is so")
        })?;
    }
    let ledger = control("GET /wazo/ledger", "").await;
    Ok(Figures {
        took,
        created: told["created"].as_u64().unwrap_or_default(),
        existing: told["existing"].as_u64().unwrap_or_default(),
        requests: requests(&ledger) - before_all,
        at_once: ledger["at_once"]["register_range"]
            .as_u64()
            .unwrap_or_default(),
        drawn: frames(&drawn, size.numbers)?,
    })
}

fn requests(ledger: &Value) -> u64 {
    ledger["requests"]["register_range"]
        .as_u64()
        .unwrap_or_default()
}

/// How often it was drawn how many of all numbers are done, which only grows.
fn frames(drawn: &str, all: u64) -> Result<usize, String> {
    let of_all = format!(" of {all}");
    let done = drawn.split('\r').filter_map(|frame| {
        let (before, _) = frame.split_once(&of_all)?;
        before.rsplit(' ').next()?.parse::<u64>().ok()
    });
    let done: Vec<u64> = done.collect();
    check(done.is_sorted(), || format!("{done:?}"))?;
    Ok(done.len())
}

fn check(right: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if right { Ok(()) } else { Err(why()) }
}
