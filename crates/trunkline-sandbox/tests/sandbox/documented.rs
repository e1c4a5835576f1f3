//! `docs/sandbox.md` names every route, fault kind, setting and field that there is, and no other; its examples work.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use trunkline_sandbox::{CarrierSettings, ClockSettings, Fault, Latency, ProviderKind};

use crate::everywhere::Everywhere;

const PAGE: &str = include_str!("../../../../docs/sandbox.md");
const ROUTER: &str = include_str!("../../src/control.rs");

/// The rows of the table in a section, cell by cell, without the backticks.
fn table(section: &str) -> Vec<Vec<&'static str>> {
    let (_, below) = PAGE.split_once(&format!("\n## {section}\n")).unwrap();
    let section = below.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let cells = |row: &'static str| {
        let cells = row.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().trim_matches('`')).collect()
    };
    rows.map(cells).collect()
}

fn first_cells(section: &str) -> BTreeSet<&'static str> {
    let rows = table(section);
    let names: BTreeSet<_> = rows.iter().map(|row| row[0]).collect();
    assert_eq!(names.len(), rows.len(), "{section}: no name comes twice");
    names
}

/// The members of a document.
fn members(value: &Value) -> BTreeSet<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn the_page_names_every_kind_of_fault_and_no_other() {
    let kinds: BTreeSet<_> = Fault::KINDS.iter().copied().collect();
    assert_eq!(first_cells("Faults"), kinds);
}

#[tokio::test]
async fn the_example_of_every_fault_can_be_planned() {
    let all = Everywhere::start().await;
    for row in table("Faults") {
        let fault: Value = serde_json::from_str(row[1]).unwrap_or_else(|_| panic!("{row:?}"));
        assert_eq!(fault["kind"], row[0]);
        let mut planned = Vec::new();
        for kind in ProviderKind::ALL {
            let body = json!({ "provider": kind.name(), "operation": "*", "fault": fault });
            let answer = all.control(Method::POST, "/faults", Some(body)).await;
            if answer.status == 201 {
                planned.push(kind.name());
            }
        }
        assert!(!planned.is_empty(), "{row:?}");
        // Where a kind is limited to some carriers the row names those and no others.
        let text = row[2].to_lowercase();
        if planned.len() < 4 {
            assert!(
                planned.iter().all(|name| text.contains(name)),
                "{planned:?}: {text}"
            );
        }
    }
}

#[test]
fn the_page_names_every_setting_and_field_and_no_other() {
    let settings = serde_json::to_value(CarrierSettings::OFF).unwrap();
    assert_eq!(first_cells("Settings"), members(&settings));
    let clock = serde_json::to_value(ClockSettings::EXACT).unwrap();
    assert_eq!(first_cells("Clocks"), members(&clock));
    let latency = Latency {
        operation: "*".to_owned(),
        ms: 0,
        per_row_ms: 0,
    };
    let latency = serde_json::to_value(latency).unwrap();
    assert_eq!(first_cells("Latency"), members(&latency));
}

#[tokio::test]
async fn the_page_names_every_field_that_a_person_can_change() {
    let all = Everywhere::start().await;
    let number = all.held(ProviderKind::Twilio, 1).await.remove(0);
    let body = json!({ "number": number, "set": { "no_such_field": 1 } });
    let refused = all
        .control(Method::POST, "/twilio/console/change", Some(body))
        .await;
    let error = refused.text_of("error");
    let (_, expected) = error.split_once("expected one of ").unwrap();
    let fields = expected.split('`').skip(1).step_by(2).collect();
    assert_eq!(first_cells("Changes in the console"), fields);
}

/// The paths that the router knows, as they stand in its source.
fn paths() -> BTreeSet<&'static str> {
    let calls = ROUTER.split(".route(").skip(1);
    calls.filter_map(|call| call.split('"').nth(1)).collect()
}

#[tokio::test]
async fn the_page_names_every_route_and_no_other() {
    let rows = first_cells("The control port");
    let named: BTreeSet<_> = rows.iter().filter_map(|row| row.split_once(' ')).collect();
    assert_eq!(
        named.iter().map(|(_, path)| *path).collect::<BTreeSet<_>>(),
        paths()
    );
    let all = Everywhere::start().await;
    for path in paths() {
        let url = path
            .replace("{provider}", "twilio")
            .replace("{number}", "+14155550100")
            .replace("{id}", "flt_0");
        for method in [Method::GET, Method::PUT, Method::POST, Method::DELETE] {
            let answer = all.control(method.clone(), &url, None).await;
            let known = answer.status != 405;
            assert_eq!(
                known,
                named.contains(&(method.as_str(), path)),
                "{method} {path}"
            );
        }
    }
}

#[tokio::test]
async fn the_examples_of_the_routes_work_in_their_order() {
    let all = Everywhere::start().await;
    for row in table("The control port") {
        let (method, path) = row[0].split_once(' ').unwrap();
        let path = path
            .replace("{provider}", "twilio")
            .replace("{number}", "+14155550100")
            .replace("{id}", "flt_1");
        let body = match row[1] {
            "" => None,
            example => Some(serde_json::from_str(example).unwrap_or_else(|_| panic!("{row:?}"))),
        };
        let answer = all.control(method.parse().unwrap(), &path, body).await;
        // The fault was removed by the row before, and no verification is open.
        let absent = row[0].contains("{id}") || row[0].contains("{number}");
        assert!(
            answer.status.is_success() || (absent && answer.status == 404),
            "{row:?}: {}",
            answer.text
        );
    }
}

#[test]
fn the_readme_and_the_command_point_to_the_page() {
    let readme = include_str!("../../../../README.md");
    let command = include_str!("../../../trunkline-cli/src/server/fakes.rs");
    assert!(readme.contains("docs/sandbox.md") && command.contains("docs/sandbox.md"));
}
