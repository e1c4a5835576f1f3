//! The rows as a page to be read.

use std::fmt::Write;

use super::{Carrier, Entry, Place, Section};

const INTRODUCTION: &str = "\
# What the carriers document, and where it is here

One table for each thing that a carrier's documentation page names: its operations, what they take, what they answer and how they
refuse. Every row is checked by the tests of this repository, which also write this page (`TRUNKLINE_UPDATE_DOCS=1 cargo test -p
trunkline-tests` brings it up to date):

- the *test* is a fixture in which the carrier's word and ours both stand, with the same value unless a remark says how they differ,
  or a test function that names it; the adapter's own tests play every fixture, request by request;
- the *route* is in the OpenAPI document (`openapi.json`), and has the member;
- the *command* is run, and sends a request to that route with that member in it; one that sets or asks for something is also carried
  out at a gateway with the fake carriers. A command that reads shows the whole answer with `--output json`.

`provider_options` are what a carrier alone can be told, `provider_data` what a carrier alone tells. IDs in commands are made up.
";

/// The page.
pub(super) fn write(carriers: &[Carrier]) -> String {
    let mut page = INTRODUCTION.to_owned();
    for carrier in carriers {
        let rows: usize = carrier
            .section
            .iter()
            .map(|section| section.rows.len())
            .sum();
        let _ = write!(
            page,
            "\n## {}\n\n{} {rows} rows.\n",
            carrier.title, carrier.about
        );
        for section in &carrier.section {
            table(&mut page, carrier, section);
        }
    }
    page
}

fn table(page: &mut String, carrier: &Carrier, section: &Section) {
    let _ = write!(
        page,
        "\n### {}\n\n| in the carrier's document | in trunkline | over HTTP | command line | test |\n| --- | --- | --- | --- | --- |\n",
        section.title
    );
    for row in &section.rows {
        let entry = Entry {
            carrier,
            section,
            row,
        };
        let cells = [
            theirs(&entry),
            ours(&entry),
            http(&entry),
            command(&entry),
            test(&entry),
        ];
        let cells = cells.map(|cell| cell.replace('|', "\\|"));
        let _ = writeln!(page, "| {} |", cells.join(" | "));
    }
}

fn theirs(entry: &Entry<'_>) -> String {
    let value = entry.row.value.as_ref();
    let value = value
        .map(|value| format!(": `{value}`"))
        .unwrap_or_default();
    format!("`{}`{value}", entry.row.theirs)
}

fn ours(entry: &Entry<'_>) -> String {
    let note = entry.row.note.as_ref();
    let note = note.map(|note| format!(" ({note})")).unwrap_or_default();
    format!("`{}`{note}", entry.row.ours)
}

fn http(entry: &Entry<'_>) -> String {
    let Some(http) = entry.http() else {
        return "configuration".to_owned();
    };
    let what = match entry.section.place {
        Place::Answer => format!(", answer: `{}`", entry.row.ours),
        Place::Status if entry.row.ours == "done" => String::new(),
        Place::Status => format!(", problem: `{}`", entry.row.ours),
        _ if entry.is_input() => format!(": `{}`", entry.row.ours),
        _ => String::new(),
    };
    format!("`{http}`{what}")
}

fn command(entry: &Entry<'_>) -> String {
    let command = entry.command();
    command.map_or_else(
        || "configuration".to_owned(),
        |command| format!("`{command}`"),
    )
}

fn test(entry: &Entry<'_>) -> String {
    let (file, function) = entry.test();
    let name = function.map_or_else(|| entry.row.test.clone(), str::to_owned);
    format!("[`{name}`](../{file})")
}
