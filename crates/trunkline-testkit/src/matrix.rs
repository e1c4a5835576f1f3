//! The matrix of operations and carriers, as proved: each adapter's tests prove a column of `docs/matrix.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use trunkline_core::{Effect, Operation};

use crate::contract::{Args, Subject};
use crate::harness::{Fault, Harness};

const HEAD: &str = "\
# What each carrier can do

Proved by the contract suite against the sandbox and written by it: `TRUNKLINE_UPDATE_DOCS=1 cargo test` brings it up to
date. How an operation behaves is three words:

- **offered**: `yes`, or `refused`: the carrier lacks it, and the call is `unsupported` before anything is sent.
- **throttled** (429): `waits`: it is sent again after a pause; `not again`: it fails, for the carrier may have acted.
- **answer lost**: `again`: it is sent again, which does no harm; `looks`: the adapter finds out what came of it before it
  sends another; `unknown`: neither, and what came of it has to be found out.

";

/// What was proved of one carrier: a cell for each operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    provider: String,
    cells: BTreeMap<String, String>,
}

impl Column {
    /// Tries every operation at a carrier of its own: as it is, throttled, and with the answer lost.
    ///
    /// # Panics
    /// If an operation behaves in none of the ways that the matrix has a word for.
    pub async fn prove<H: Harness>(start: impl AsyncFn() -> H) -> Self {
        let provider = start().await.provider().provider().to_string();
        let mut cells = BTreeMap::new();
        for operation in &Operation::ALL {
            let harness = start().await;
            let subject = Subject::new(&harness).await;
            let cell = if subject.supports(*operation) {
                let throttled = throttled(&subject, *operation).await;
                let other = start().await;
                let lost = lost(&Subject::new(&other).await, *operation).await;
                format!("yes, {throttled}, {lost}")
            } else {
                subject.is_refused_unsent(*operation).await;
                "refused".to_owned()
            };
            cells.insert(operation.to_string(), cell);
        }
        Self { provider, cells }
    }
}

async fn throttled(subject: &Subject<'_>, operation: Operation) -> &'static str {
    let args = Args::prepared(subject, operation).await;
    subject
        .harness()
        .inject(operation, Fault::status(429), Some(1));
    match subject.counted(operation, &args).await {
        (Ok(()), 2..) => "waits",
        (Err(error), 1) if error.effect() == Effect::Unknown => "not again",
        (result, sent) => unheard_of(operation, &format!("{result:?} after {sent} requests")),
    }
}

async fn lost(subject: &Subject<'_>, operation: Operation) -> &'static str {
    let args = Args::prepared(subject, operation).await;
    subject
        .harness()
        .inject(operation, Fault::DropAfterCommit {}, Some(1));
    match subject.counted(operation, &args).await {
        (Ok(()), 2..) => "again",
        (Ok(()), 1) => "looks",
        // What is gone the second time was there the first.
        (Err(error), 2..) if error.effect() == Effect::Unknown => "again",
        (Err(error), 1) if error.effect() == Effect::Unknown => "unknown",
        (result, sent) => unheard_of(operation, &format!("{result:?} after {sent} requests")),
    }
}

#[expect(
    clippy::panic,
    reason = "an operation that behaves like this fails its test"
)]
fn unheard_of(operation: Operation, what: &str) -> ! {
    panic!("the matrix has no word for {operation}: {what}")
}

/// Writes the matrix: a row for each operation, a column for each carrier, by name.
#[must_use]
pub fn render(columns: &[Column]) -> String {
    let mut columns: Vec<&Column> = columns.iter().collect();
    columns.sort_by(|a, b| a.provider.cmp(&b.provider));
    let mut text = HEAD.to_owned();
    let names = columns.iter().map(|column| column.provider.as_str());
    row(&mut text, "operation", names);
    row(&mut text, "---", columns.iter().map(|_| "---"));
    for operation in &Operation::ALL {
        let name = operation.as_str();
        let cell = |column: &&Column| column.cells.get(name).cloned().unwrap_or_default();
        let cells: Vec<String> = columns.iter().map(cell).collect();
        row(
            &mut text,
            &format!("`{name}`"),
            cells.iter().map(String::as_str),
        );
    }
    text
}

fn row<'c>(text: &mut String, first: &str, cells: impl Iterator<Item = &'c str>) {
    let _ = write!(text, "| {first} |");
    for cell in cells {
        let _ = write!(text, " {cell} |");
    }
    text.push('\n');
}

/// Reads what [`render`] wrote.
fn parse(text: &str) -> Vec<Column> {
    let mut rows = text
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .map(|line| line.split(" | ").collect::<Vec<_>>());
    let mut columns: Vec<Column> = rows
        .next()
        .into_iter()
        .flat_map(|names| names.into_iter().skip(1))
        .map(|name| Column {
            provider: name.to_owned(),
            cells: BTreeMap::new(),
        })
        .collect();
    for cells in rows.skip(1) {
        let operation = cells.first().copied().unwrap_or_default().trim_matches('`');
        for (column, cell) in columns.iter_mut().zip(cells.iter().skip(1)) {
            column
                .cells
                .insert(operation.to_owned(), (*cell).to_owned());
        }
    }
    columns
}

/// Compares a column with the file, whose other columns are left as they are; or brings the file up to date.
///
/// # Errors
/// For a person, if the file says something else, or can't be read or written.
pub fn check(file: &Path, column: Column, update: bool) -> Result<(), String> {
    let old = fs::read_to_string(file).unwrap_or_default();
    let mut columns = parse(&old);
    columns.retain(|other| other.provider != column.provider);
    columns.push(column);
    let new = render(&columns);
    if new == old {
        return Ok(());
    }
    let name = file.display();
    if !update {
        return Err(format!(
            "{name} is out of date, run the test again with TRUNKLINE_UPDATE_DOCS=1; it should be\n{new}"
        ));
    }
    let folder = file.parent().unwrap_or(file);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(file, new))
        .map_err(|error| format!("{name}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(provider: &str, cell: &str) -> Column {
        let cells = Operation::ALL
            .iter()
            .map(|operation| (operation.to_string(), cell.to_owned()));
        Column {
            provider: provider.to_owned(),
            cells: cells.collect(),
        }
    }

    #[test]
    fn written_value_can_be_read_back() {
        let columns = [
            column("acme", "refused"),
            column("zenith", "yes, waits, again"),
        ];
        assert_eq!(parse(&render(&columns)), columns);
        assert_eq!(parse(""), []);
    }

    #[test]
    fn a_column_is_brought_up_to_date_and_the_others_stay() {
        let folder = std::env::temp_dir().join(format!("trunkline-matrix-{}", std::process::id()));
        let file = folder.join("docs/matrix.md");
        let (old, new) = (
            column("acme", "refused"),
            column("acme", "yes, waits, again"),
        );
        check(&file, column("zenith", "refused"), true).unwrap();
        check(&file, old, true).unwrap();
        assert!(
            check(&file, new.clone(), false)
                .unwrap_err()
                .contains("out of date")
        );
        check(&file, new.clone(), true).unwrap();
        assert_eq!(check(&file, new.clone(), false), Ok(()));
        let text = fs::read_to_string(&file).unwrap();
        fs::remove_dir_all(folder).unwrap();
        assert_eq!(parse(&text), [new, column("zenith", "refused")]);
    }
}
