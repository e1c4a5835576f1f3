use clap::CommandFactory;
use serde_json::{Value, json};

use super::*;
use crate::args::numbers::Selection;

fn parse(line: &[&str]) -> Result<Command, clap::Error> {
    Cli::try_parse_from([&["trunkline"], line].concat()).map(|cli| cli.command)
}

fn update(line: &[&str]) -> Result<Value, crate::failure::Failure> {
    let line = [&["numbers", "update", "us:PN1"], line].concat();
    match parse(&line).unwrap() {
        Command::Numbers(NumbersCommand::Update(args)) => args.body().map(Value::Object),
        other => panic!("{other:?}"),
    }
}

#[test]
fn command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn purchase_takes_an_offer_or_an_account_with_a_number() {
    let check = |line: &[&str]| match parse(&[&["buy"], line].concat()).unwrap() {
        Command::Purchase(args) => args.check(),
        other => panic!("{other:?}"),
    };
    assert!(check(&["of_1"]).is_ok());
    assert!(check(&["--account", "us", "--number", "+14155550100"]).is_ok());
    for (bad, why) in [
        (&[][..], "what to buy is missing"),
        (
            &["of_1", "--account", "us", "--number", "+14155550100"],
            "together",
        ),
        (&["--country", "US", "--number", "+14155550100"], "together"),
        (&["--account", "us"], "--account needs the number"),
        (&["--number", "+14155550100"], "--number needs the account"),
    ] {
        let lines = check(bad).unwrap_err().lines();
        assert!(lines[0].contains(why), "{lines:?}");
    }
}

#[test]
fn webhook_flags_become_a_routing() {
    let body = update(&[
        "--voice-url",
        "https://a.test",
        "--voice-method",
        "GET",
        "--messaging",
        r#"{"type":"none"}"#,
    ]);
    assert_eq!(
        body.unwrap(),
        json!({
            "voice": {"type": "webhook", "url": "https://a.test", "method": "GET"},
            "messaging": {"type": "none"},
        })
    );
}

#[test]
fn cleared_fields_and_members_are_null() {
    let body = update(&[
        "--clear",
        "label",
        "--clear",
        "voice.fallback-url",
        "--voice-url",
        "https://a.test",
    ]);
    let voice = json!({"type": "webhook", "url": "https://a.test", "fallback_url": null});
    assert_eq!(body.unwrap(), json!({"label": null, "voice": voice}));
}

#[test]
fn field_can_not_be_both_set_and_cleared() {
    assert!(update(&["--clear", "label", "--label", "x"]).is_err());
    assert!(update(&["--clear", "tags", "--tag", "x"]).is_err());
}

#[test]
fn update_without_a_change_is_rejected() {
    assert!(update(&[]).is_err());
}

#[test]
fn release_takes_ids_or_filters_and_a_key_for_one_id_only() {
    let selection = |args: &[&str]| {
        let line = [&["numbers", "release"], args].concat();
        let Command::Numbers(NumbersCommand::Release(args)) = parse(&line).unwrap() else {
            panic!()
        };
        args.selection()
    };
    let ids = Selection::Ids(vec!["a:1".to_owned(), "a:2".to_owned()]);
    assert_eq!(selection(&["a:1", "a:2"]), Ok(ids));
    let found = Selection::Found {
        query: vec![("account".into(), "us".to_owned())],
        tags: vec!["trial".to_owned()],
    };
    assert_eq!(selection(&["--account", "us", "--tag", "trial"]), Ok(found));
    for wrong in [
        &[][..],
        &["--yes"],
        &["--timeout", "5s"],
        &["a:1", "--account", "us"],
        &["a:1", "a:2", "--idempotency-key", "k"],
        &["--tag", "trial", "--idempotency-key", "k"],
    ] {
        assert!(selection(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn update_sets_own_fields_and_provider_options() {
    let body = update(&[
        "--tag",
        "a",
        "--tag",
        "b",
        "--unprotect",
        "--provider-options",
        r#"{"x":1}"#,
        "--provider-option",
        "y=[2]",
        "--shared",
        "true",
        "--state",
        "inactive",
    ]);
    assert_eq!(
        body.unwrap(),
        json!({
            "tags": ["a", "b"], "protected": false, "provider_options": {"x": 1, "y": [2]},
            "shared": true, "state": "inactive",
        })
    );
}

#[test]
fn search_becomes_a_query() {
    let line = [
        "search",
        "--country",
        "US",
        "--near",
        "37.77,-122.42",
        "--timeout",
        "800ms",
        "--beta",
        "false",
    ];
    let Command::Search(args) = parse(&line).unwrap() else {
        panic!()
    };
    let query = members::pairs(&args);
    let wanted = [
        ("beta", "false"),
        ("country", "US"),
        ("near", "37.77,-122.42"),
        ("timeout_ms", "800"),
    ];
    assert_eq!(
        query,
        wanted.map(|(name, value)| (name.into(), value.to_owned()))
    );
}

#[test]
fn common_options_may_stand_anywhere() {
    for line in [
        ["--output", "json", "providers"],
        ["providers", "--output", "json"],
    ] {
        let cli = Cli::try_parse_from(["trunkline"].iter().chain(&line)).unwrap();
        assert_eq!(cli.global.output, Format::Json);
    }
}

#[test]
fn resolve_needs_no_provider_id() {
    let base = [
        "purchases",
        "resolve",
        "pur_1",
        "--reason",
        "console",
        "--outcome",
    ];
    assert!(parse(&[&base[..], &["failed"]].concat()).is_ok());
    assert!(parse(&[&base[..], &["maybe"]].concat()).is_err());
    assert!(parse(&[&base[..], &["succeeded"]].concat()).is_ok());
    assert!(parse(&[&base[..], &["succeeded", "--provider-id", "PN1"]].concat()).is_ok());
}
