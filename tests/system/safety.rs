//! `docs/safety.md`: its table of a purchase's moves is written from the one in the code, and the tests it names exist.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use trunkline_core::PurchaseState;
use trunkline_engine::machine::MOVES;

use crate::{root, snapshot};

const PAGE: &str = "docs/safety.md";

/// What the table stands between.
const MARKS: (&str, &str) = (
    "<!-- written from the table in the code -->\n",
    "<!-- end of the table -->\n",
);

fn moves() -> String {
    let mut text = "| from | to | by |\n| --- | --- | --- |\n".to_owned();
    let mut drawn = BTreeSet::new();
    for (from, _, to) in MOVES {
        let (from, to) = (from.as_str(), to.as_str());
        if !drawn.insert((from, to)) {
            continue;
        }
        let same =
            |(a, _, b): &&(PurchaseState, _, PurchaseState)| (a.as_str(), b.as_str()) == (from, to);
        let causes = MOVES
            .iter()
            .filter(same)
            .map(|(_, cause, _)| cause.as_str());
        let causes = causes.collect::<Vec<_>>().join("; ");
        writeln!(text, "| `{from}` | `{to}` | {causes} |").unwrap();
    }
    text
}

fn page() -> String {
    fs::read_to_string(root().join(PAGE)).unwrap()
}

#[test]
fn table_of_a_purchases_moves_is_written_from_the_code() {
    let page = page();
    let (before, rest) = page.split_once(MARKS.0).expect("the table has a place");
    let (_, after) = rest.split_once(MARKS.1).expect("the table has an end");
    let written = format!("{before}{}{}{}{after}", MARKS.0, moves(), MARKS.1);
    snapshot(PAGE, &written);
}

/// The names of all functions in the sources below a directory.
fn functions(directory: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target") {
                functions(&path, found);
            }
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let source = fs::read_to_string(&path).unwrap();
            let names = source.split("fn ").skip(1).filter_map(|rest| {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
                Some(rest[..end].to_owned())
            });
            found.extend(names);
        }
    }
}

#[test]
fn every_test_that_the_page_on_safety_names_exists() {
    let mut known = BTreeSet::new();
    functions(&root().join("crates"), &mut known);
    functions(&root().join("tests"), &mut known);
    let page = page();
    let quoted = page.split('`').skip(1).step_by(2);
    let last = |name: &str| name.rsplit("::").next().unwrap_or_default().to_owned();
    // A test is named by a sentence.
    let named: Vec<String> = quoted
        .map(last)
        .filter(|name| name.matches('_').count() >= 3 && !name.contains(['/', ' ', '.']))
        // A metric is not.
        .filter(|name| !name.starts_with("trunkline_"))
        .collect();
    assert!(named.len() > 30, "{named:?}");
    let missing: Vec<_> = named.iter().filter(|name| !known.contains(*name)).collect();
    assert!(missing.is_empty(), "no such tests: {missing:#?}");
}

#[test]
fn every_safeguard_is_documented_with_the_test_that_fails_without_it() {
    let page = page();
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| "))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    for safeguard in [
        "look first",
        "`dispatched` is written before sending",
        "…and synced to disk",
        "one purchase per key (unique index)",
        "one open purchase or release per number (unique index)",
        "one winner per carrier's id (unique index)",
        "the lease is checked before sending",
        "evidence needs no lease",
        "the watch over what is presumed failed",
        "the effect of an error",
        "the purchase is bare",
    ] {
        let row = rows.iter().find(|row| row[0] == safeguard);
        let fails = row.and_then(|row| row.get(2)).copied().unwrap_or_default();
        assert!(
            fails.contains('`') || fails.contains("torture"),
            "{safeguard}: {row:?}"
        );
    }
}
