//! JSON and CSV for programs, tables for people.

use crate::support::{Place, run_in};

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
    assert_eq!(
        place.run(&["accounts", "us", "-o", "json"]).json()["name"],
        "us"
    );
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
