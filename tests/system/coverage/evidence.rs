//! Whether the test of a row shows what the row says.

use serde_json::Value;

use super::fixture::{Fixture, in_result};
use super::value::{at, below, is_said, text};
use super::{Entry, Place};
use crate::root;

/// Looks the row up in its test.
pub(super) fn check(entry: &Entry<'_>) -> Result<(), String> {
    let (file, function) = entry.test();
    if let Some(function) = function {
        return named(entry, &function_in(&file, function)?);
    }
    if entry.section.place == Place::Named {
        return named(entry, &source(&file)?);
    }
    let fixture = Fixture::read(&file)?;
    match entry.section.place {
        Place::Operation => operation(entry, &fixture),
        Place::Path => path(entry, &fixture),
        Place::Query | Place::Body => sent(entry, &fixture),
        Place::Order => ordered(entry, &fixture),
        Place::Answer => answered(entry, &fixture),
        Place::Status => refused(entry, &fixture),
        Place::Named => Ok(()),
    }
}

fn source(file: &str) -> Result<String, String> {
    std::fs::read_to_string(root().join(file)).map_err(|error| format!("{file}: {error}"))
}

/// The text of a test function.
fn function_in(file: &str, function: &str) -> Result<String, String> {
    let text = source(file)?;
    let lines: Vec<&str> = text.lines().collect();
    let is_it = |line: &&str| line.contains(&format!("fn {function}("));
    let start = lines.iter().position(is_it);
    let start = start.ok_or_else(|| format!("{file} has no {function}"))?;
    let attributes = &lines[start.saturating_sub(4)..start];
    if !attributes
        .iter()
        .any(|line| line.contains("test]") || line.contains("test("))
    {
        return Err(format!("{function} is no test"));
    }
    let indent: String = lines[start]
        .chars()
        .take_while(|c| c.is_whitespace())
        .collect();
    let end = format!("{indent}}}");
    let body = lines[start + 1..].iter().take_while(|line| **line != end);
    Ok(body.copied().collect::<Vec<_>>().join("\n"))
}

fn named(entry: &Entry<'_>, text: &str) -> Result<(), String> {
    let ours = entry.row.ours.rsplit('.').next().unwrap_or_default();
    if text.contains(&entry.row.theirs) || text.contains(ours) {
        return Ok(());
    }
    Err(format!("its test names neither it nor {ours}"))
}

fn operation(entry: &Entry<'_>, fixture: &Fixture) -> Result<(), String> {
    let (method, path) = entry
        .row
        .theirs
        .split_once(' ')
        .ok_or("no method and path")?;
    let wanted: Vec<&str> = path.trim_matches('/').split('/').collect();
    let is_it = |segments: &[String]| {
        segments.len() >= wanted.len()
            && wanted
                .iter()
                .zip(&segments[segments.len() - wanted.len()..])
                .all(|(wanted, segment)| wanted.starts_with('{') || wanted == segment)
    };
    let done = fixture.exchanges().any(|exchange| {
        exchange.method() == method && is_it(&exchange.segments()) && exchange.status() < 300
    });
    if fixture.operation() != entry.row.ours || fixture.result().is_none() || !done {
        return Err("the fixture shows another operation, or its failure".to_owned());
    }
    Ok(())
}

fn path(entry: &Entry<'_>, fixture: &Fixture) -> Result<(), String> {
    let given: Vec<String> = fixture
        .inputs(&entry.row.ours)
        .into_iter()
        .map(text)
        .collect();
    let segments: Vec<String> = fixture
        .exchanges()
        .flat_map(|exchange| exchange.segments())
        .collect();
    let found = given.iter().any(|given| {
        segments
            .iter()
            .any(|segment| segment.to_ascii_lowercase() == *given)
    });
    found
        .then_some(())
        .ok_or_else(|| "it is in no path".to_owned())
}

fn sent(entry: &Entry<'_>, fixture: &Fixture) -> Result<(), String> {
    let theirs = &entry.row.theirs;
    let mut sent: Vec<Value> = Vec::new();
    for exchange in fixture.exchanges() {
        let part = match entry.section.place {
            Place::Query => exchange.query().clone(),
            _ => exchange.body(),
        };
        // A connector may write the first letter of the carrier's name small.
        for name in [theirs.clone(), capital(theirs)] {
            sent.extend(part.get(&name).cloned());
            sent.extend(at(&part, &name).into_iter().cloned());
        }
    }
    same(
        entry,
        &fixture.inputs(&entry.row.ours),
        &sent.iter().collect::<Vec<_>>(),
    )
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn ordered(entry: &Entry<'_>, fixture: &Fixture) -> Result<(), String> {
    let ours = &entry.row.ours;
    let result = fixture.result().ok_or("the fixture shows a failure")?;
    same(entry, &fixture.inputs(ours), &at(result, ours))
}

fn answered(entry: &Entry<'_>, fixture: &Fixture) -> Result<(), String> {
    let result = fixture.result().ok_or("the fixture shows a failure")?;
    let ours = below(result, &in_result(&entry.row.ours));
    let answers = fixture.exchanges().map(|exchange| exchange.answer());
    let theirs: Vec<&Value> = answers
        .flat_map(|answer| below(answer, &entry.row.theirs))
        .collect();
    let said = |values: Vec<&'_ Value>| -> Vec<Value> {
        values
            .into_iter()
            .filter(|value| is_said(value))
            .cloned()
            .collect()
    };
    let (ours, theirs) = (said(ours), said(theirs));
    same(
        entry,
        &ours.iter().collect::<Vec<_>>(),
        &theirs.iter().collect::<Vec<_>>(),
    )
}

/// Both are there, and with the same value at least once unless a note says why not.
fn same(entry: &Entry<'_>, ours: &[&Value], theirs: &[&Value]) -> Result<(), String> {
    if ours.is_empty() {
        return Err(format!("{} is not in the fixture", entry.row.ours));
    }
    if theirs.is_empty() {
        return Err(format!("{} is not in the fixture", entry.row.theirs));
    }
    let meant = entry
        .row
        .value
        .as_ref()
        .map(|value| value.to_ascii_lowercase());
    let fits = |value: &str| meant.as_ref().is_none_or(|meant| meant == value);
    let ours: Vec<String> = ours
        .iter()
        .map(|value| text(value))
        .filter(|value| fits(value))
        .collect();
    let equal = theirs.iter().any(|value| ours.contains(&text(value)));
    if equal || (meant.is_none() && entry.row.note.is_some()) {
        return Ok(());
    }
    Err("the two have different values, and no note says why".to_owned())
}

fn refused(entry: &Entry<'_>, fixture: &Fixture) -> Result<(), String> {
    let status: u64 = entry.row.theirs.parse().map_err(|_| "no status")?;
    if !fixture
        .exchanges()
        .any(|exchange| exchange.status() == status)
    {
        return Err("no such status in the fixture".to_owned());
    }
    let outcome = match fixture.error() {
        None => "done",
        Some(error) if error["status"].as_u64() == Some(status) => {
            error["kind"].as_str().unwrap_or_default()
        }
        Some(_) => "an error that is about another status",
    };
    if outcome == entry.row.ours {
        return Ok(());
    }
    Err(format!("the fixture says {outcome}"))
}
