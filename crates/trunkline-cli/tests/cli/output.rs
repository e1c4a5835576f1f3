//! JSON and CSV for programs, tables for people.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{Place, command, finish, run_in};

#[tokio::test(flavor = "multi_thread")]
async fn csv_has_a_header_and_parses() {
    let place = Place::new().await;
    let (number, _) = place.on_offer();
    let label = "a \"b\", c";
    assert_eq!(
        place
            .run(&[
                "buy",
                "--account",
                "us",
                "--number",
                &number,
                "--label",
                label
            ])
            .code,
        0
    );
    let cases = [
        (
            &["search", "--country", "US", "--limit", "3"][..],
            "number",
            3,
        ),
        (&["numbers", "list"], "label", 1),
        (&["numbers", "get", &number], "label", 1),
        (&["purchases", "list"], "state", 1),
        (&["accounts"], "name", 1),
        (&["providers"], "name", 5),
        (&["caller-ids", "list"], "state", 0),
    ];
    for (args, column, count) in cases {
        let run = place.run(&[args, &["--output", "csv"]].concat());
        assert_eq!(run.code, 0, "{run:?}");
        let mut reader = csv::Reader::from_reader(run.out.as_bytes());
        let at = reader
            .headers()
            .unwrap()
            .iter()
            .position(|head| head == column);
        let at = at.unwrap_or_else(|| panic!("{column}: {run:?}"));
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), count, "{run:?}");
        if column == "label" {
            assert_eq!(&rows[0][at], label);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn json_is_the_answer_of_the_api() {
    let place = Place::new().await;
    for args in [
        &["search", "--country", "US", "--limit", "3"][..],
        &["numbers", "list"],
        &["purchases", "list"],
        &["accounts"],
        &["accounts", "list"],
        &["providers"],
        &["caller-ids", "list"],
    ] {
        let run = place.run(&[args, &["--output", "json"]].concat());
        assert_eq!(run.code, 0, "{run:?}");
        assert!(run.json()["data"].is_array(), "{run:?}");
        assert!(
            run.out.starts_with("{\"data\":"),
            "members keep their order: {run:?}"
        );
    }
    for args in [&["accounts", "us"][..], &["accounts", "get", "us"]] {
        let run = place.run(&[args, &["-o", "json"]].concat());
        assert_eq!(run.json()["name"], "us");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn table_without_a_terminal_has_no_colours() {
    let place = Place::new().await;
    let run = place.run(&["search", "--country", "US", "--limit", "2"]);
    assert!(
        run.out.starts_with("NUMBER ") && !run.out.contains('\u{1b}'),
        "{run:?}"
    );
    assert_eq!(run.out.lines().count(), 3);
}

#[test]
fn completions_know_the_commands() {
    let dir = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = run_in(dir.path(), &["completions", shell]);
        assert!(run.code == 0 && run.out.contains("caller-ids"), "{shell}");
    }
}

#[test]
fn providers_need_no_configuration() {
    let dir = tempfile::tempdir().unwrap();
    let run = run_in(dir.path(), &["providers", "-o", "json"]);
    let names = ["twilio", "signalwire", "zendesk", "webex", "wazo"];
    let data = run.json()["data"].clone();
    assert_eq!(data.as_array().unwrap().len(), names.len());
    assert!(names.iter().all(|name| run.out.contains(name)));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn countries_are_shown_with_their_number_types() {
    let place = Place::new().await;
    let shown = place.run(&["countries", "--country", "gb"]);
    assert_eq!(shown.code, 0, "{shown:?}");
    assert!(
        shown.out.contains("GB") && shown.out.contains("mobile"),
        "{shown:?}"
    );
    let json = place
        .run(&["countries", "--accounts", "us", "-o", "json"])
        .json();
    assert_eq!(json["data"].as_array().unwrap().len(), 16, "{json}");
    assert_eq!(json["sources"][0]["status"], "ok");
    let none = place.run(&["countries", "--country", "JP"]);
    assert_eq!(none.code, 0, "{none:?}");
    let shown = format!("{}{}", none.out, none.err);
    assert!(
        shown.contains("No account sells numbers there."),
        "{none:?}"
    );
    let unknown = place.run(&["countries", "--country", "UK"]);
    assert!(
        unknown.code != 0 && unknown.err.contains("GB"),
        "{unknown:?}"
    );
}

#[test]
fn manual_pages_are_written_for_every_command() {
    let dir = tempfile::tempdir().unwrap();
    let run = run_in(dir.path(), &["man", "man1"]);
    assert_eq!(run.code, 0, "{run:?}");
    for page in [
        "trunkline.1",
        "trunkline-numbers-release.1",
        "trunkline-buy.1",
    ] {
        let written = std::fs::read_to_string(dir.path().join("man1").join(page));
        match page {
            // Only a second name of purchase.
            "trunkline-buy.1" => assert!(written.is_err()),
            _ => assert!(written.unwrap().contains(".SH NAME"), "{page}"),
        }
    }
}

#[test]
fn command_without_arguments_helps_whatever_the_environment() {
    let dir = tempfile::tempdir().unwrap();
    for args in [&[][..], &["numbers"]] {
        let mut command = command(dir.path(), args);
        let run = finish(command.env("TRUNKLINE_URL", "http://127.0.0.1:1"));
        let said = format!("{}{}", run.out, run.err);
        assert!(
            said.contains("Usage: trunkline") && !said.contains("error:"),
            "{run:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_problem_documents_on_standard_error_when_json_is_asked_for() {
    let place = Place::new().await;
    let said = |args: &[&str]| -> Value {
        let run = place.run(&[args, &["-o", "json"]].concat());
        let last = run.err.lines().last().unwrap_or_default();
        serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {run:?}"))
    };
    let missing = said(&["numbers", "get", "us:PN404"]);
    assert_eq!(
        (&missing["kind"], &missing["status"]),
        (&json!("not_found"), &json!(404))
    );
    let usage = said(&["search", "--contry", "US"]);
    assert_eq!(usage["kind"], "usage");
    assert!(
        usage["detail"].as_str().unwrap().contains("--country"),
        "{usage}"
    );
    let half = said(&["buy", "--number", "+14155550100"]);
    assert!(
        half["hints"]
            .as_array()
            .is_some_and(|hints| !hints.is_empty()),
        "{half}"
    );
    let noted = place.run(&[
        "buy",
        "--account",
        "us",
        "--number",
        "+14152000123",
        "-o",
        "json",
    ]);
    for line in noted.err.lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "{noted:?}");
    }
}

#[test]
fn sandbox_prints_its_ports_as_json() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = command(dir.path(), &["sandbox", "--port-base", "0", "-o", "json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let places: Value = serde_json::from_str(&line).unwrap();
    assert!(
        places["control_url"]
            .as_str()
            .unwrap()
            .starts_with("http://127.0.0.1:")
    );
    assert_eq!(places["carriers"].as_array().map(Vec::len), Some(5));
    assert_eq!(places["carriers"][0]["provider"], "twilio");
    assert!(
        places["carriers"][0]["settings"]["auth_token"].is_string(),
        "{places}"
    );
}
