//! Every operation, filter, field and refusal that the carriers' documentation pages name, with where it is found in
//! trunkline, and the test that shows it.
//!
//! The rows are in `coverage/*.toml`. What they say is looked up here in the fixtures, in the OpenAPI document and in
//! what the command line sends; `docs/coverage.md` is written from them.

#[path = "coverage/command.rs"]
mod command;
#[path = "coverage/evidence.rs"]
mod evidence;
#[path = "coverage/fixture.rs"]
mod fixture;
#[path = "coverage/live.rs"]
mod live;
#[path = "coverage/page.rs"]
mod page;
#[path = "coverage/schema.rs"]
mod schema;
#[path = "coverage/value.rs"]
mod value;

use serde::Deserialize;

use crate::{root, snapshot};

/// The files of rows, in the order of the page.
const CARRIERS: [&str; 5] = ["twilio", "signalwire", "zendesk", "webex", "wazo"];

/// One carrier's page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Carrier {
    title: String,
    /// Its folder below `fixtures`.
    fixtures: String,
    /// Which page it is.
    about: String,
    section: Vec<Section>,
}

/// Rows of one kind.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    title: String,
    place: Place,
    /// Method and route, unless a row says its own.
    http: Option<String>,
    /// The command, unless a row says its own.
    command: Option<String>,
    rows: Vec<Row>,
}

/// Where the carrier's word stands in the test of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Place {
    /// It is a method and path; ours is the name of the operation.
    Operation,
    /// A segment of the request's path.
    Path,
    /// The request's query.
    Query,
    /// The request's body.
    Body,
    /// Nowhere: what an order brings along is sent later, as an update.
    Order,
    /// The answer's body; ours is a member of the result.
    Answer,
    /// The answer's status; ours is the kind of the error, or `done`.
    Status,
    /// Anywhere in the text of the test, or else our word does.
    Named,
}

/// One thing that a carrier's page names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    /// The carrier's word.
    theirs: String,
    /// Ours: a member, with those above it before dots.
    ours: String,
    http: Option<String>,
    command: Option<String>,
    /// What is added to the command.
    with: Option<String>,
    /// `operation/case` of the carrier's fixtures, another fixture by its path, or `file.rs::function`.
    test: String,
    /// The value that is meant, where one row is about one of several.
    value: Option<String>,
    /// The kind of problem that the sandbox's accounts answer the command with, where it is refused.
    refused: Option<String>,
    /// What is to be known of it; rows whose two values differ need one.
    note: Option<String>,
}

/// A row with what its section says.
#[derive(Clone, Copy, Debug)]
struct Entry<'a> {
    carrier: &'a Carrier,
    section: &'a Section,
    row: &'a Row,
}

impl Entry<'_> {
    fn http(&self) -> Option<&str> {
        let http = self.row.http.as_ref().or(self.section.http.as_ref());
        http.map(String::as_str)
    }

    /// The whole command line, without the program.
    fn command(&self) -> Option<String> {
        let command = self
            .row
            .command
            .as_ref()
            .or(self.section.command.as_ref())?;
        let with = self.row.with.iter().map(|with| format!(" {with}"));
        Some(command.clone() + &with.collect::<String>())
    }

    /// Whether ours is something that a request takes.
    fn is_input(&self) -> bool {
        match self.section.place {
            Place::Path | Place::Query | Place::Body | Place::Order => true,
            Place::Named => self.row.with.is_some(),
            Place::Operation | Place::Answer | Place::Status => false,
        }
    }

    /// The fixture or source file of its test, from the root, and the function in it.
    fn test(&self) -> (String, Option<&str>) {
        let test = &self.row.test;
        match test.split_once("::") {
            Some((file, function)) => (file.to_owned(), Some(function)),
            None if test.starts_with("fixtures/") => (test.clone(), None),
            None => (
                format!("fixtures/{}/{test}.json", self.carrier.fixtures),
                None,
            ),
        }
    }

    fn name(&self) -> String {
        let (carrier, section) = (&self.carrier.title, &self.section.title);
        format!(
            "{carrier}, {section}: {} ({})",
            self.row.theirs, self.row.ours
        )
    }
}

fn carriers() -> Vec<Carrier> {
    let read = |name: &&str| {
        let path = root().join(format!("tests/system/coverage/{name}.toml"));
        let text = std::fs::read_to_string(path).unwrap();
        toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    CARRIERS.iter().map(read).collect()
}

fn entries(carriers: &[Carrier]) -> Vec<Entry<'_>> {
    let mut entries = Vec::new();
    for carrier in carriers {
        for section in &carrier.section {
            entries.extend(section.rows.iter().map(|row| Entry {
                carrier,
                section,
                row,
            }));
        }
    }
    entries
}

/// Checks every row and tells all that is wrong at once.
fn check_each(check: impl Fn(&Entry<'_>) -> Result<(), String>) {
    let carriers = carriers();
    let entries = entries(&carriers);
    let wrong: Vec<_> = entries
        .iter()
        .filter_map(|entry| {
            let why = check(entry).err()?;
            Some(format!("{}: {why}", entry.name()))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(entries.len() > 450, "only {} rows", entries.len());
}

#[test]
fn every_row_is_shown_by_its_test() {
    check_each(evidence::check);
}

#[test]
fn every_row_is_reached_over_http() {
    let document = serde_json::to_value(trunkline_gateway::document()).unwrap();
    check_each(|entry| schema::check(&document, entry));
}

#[tokio::test]
async fn every_row_is_reached_by_the_command_line() {
    let carriers = carriers();
    let mut wrong = Vec::new();
    for entry in entries(&carriers) {
        if let Err(why) = command::check(&entry).await {
            wrong.push(format!("{}: {why}", entry.name()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_input_is_accepted_or_rejected_as_its_row_states() {
    let carriers = carriers();
    let inputs = entries(&carriers).into_iter();
    let inputs: Vec<_> = inputs.filter(|entry| entry.row.with.is_some()).collect();
    assert!(inputs.len() > 180, "only {} rows", inputs.len());
    let world = live::World::new().await;
    let mut wrong = Vec::new();
    for entry in inputs {
        if let Err(why) = world.carry_out(&entry).await {
            wrong.push(format!("{}: {why}", entry.name()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_page_is_current() {
    snapshot("docs/coverage.md", &page::write(&carriers()));
}
