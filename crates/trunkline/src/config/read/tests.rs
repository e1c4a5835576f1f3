use std::collections::BTreeSet;

use serde::Deserialize;

use super::*;
use crate::config::document::Document;

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Outer {
    name: String,
    token: String,
    #[serde(default)]
    size: u16,
    #[serde(default)]
    inner: Vec<Inner>,
    #[serde(default)]
    kind: Kind,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Inner {
    first: String,
    second: bool,
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Kind {
    #[default]
    Text,
    Json,
}

fn issues(text: &str) -> Vec<String> {
    let document = Document::parse(text).unwrap();
    let reading = Reading {
        path: "",
        also: &["extra"],
        skip: BTreeSet::new(),
    };
    let problems = reading.read::<Outer>(&document.root).unwrap_err();
    problems
        .into_iter()
        .map(|issue| issue.located(&document.places).to_string())
        .collect()
}

#[test]
fn all_missing_keys_are_reported_at_once() {
    assert_eq!(
        issues("size = 1"),
        ["line 1: missing key name", "line 1: missing key token"]
    );
}

#[test]
fn all_wrong_values_and_unknown_keys_are_reported_at_once() {
    let found = issues(
        "nme = 'x'\ntoken = 5\nsize = 'big'\nkind = 'jsn'\nextra = 1\n[[inner]]\nfirst = 1\nlast = 2\n[[inner]]",
    );
    for expected in [
        "line 1: unknown key nme, did you mean name?",
        "line 2: token: expected a string, found an integer",
        "line 3: size: expected u16, found a string",
        "line 4: kind: expected one of text, json, did you mean json?",
        "line 7: inner[0].first: expected a string, found an integer",
        "line 8: inner[0]: unknown key last",
        "line 6: inner[0]: missing key second",
        "line 9: inner[1]: missing key first",
        "line 9: inner[1]: missing key second",
    ] {
        assert!(
            found.iter().any(|line| line == expected),
            "{expected} in {found:#?}"
        );
    }
    assert_eq!(found.len(), 9, "{found:#?}");
}

#[test]
fn no_wrong_value_is_repeated() {
    let found =
        issues("name = { hunter2 = 1 }\ntoken = ['hunter2']\nsize = 'hunter2'\nkind = 'hunter2'");
    assert_eq!(found.len(), 4);
    assert!(!found.concat().contains("hunter2"), "{found:?}");
}

#[test]
fn valid_values_are_read() {
    let text = "name = 'n'\ntoken = 't'\nkind = 'json'\ninner = [{ first = 'f', second = true }]";
    let document = Document::parse(text).unwrap();
    let outer: Outer = Reading::default().read(&document.root).unwrap();
    let inner = vec![Inner {
        first: "f".into(),
        second: true,
    }];
    let expected = Outer {
        name: "n".into(),
        token: "t".into(),
        size: 0,
        inner,
        kind: Kind::Json,
    };
    assert_eq!(outer, expected);
}

#[test]
fn known_problems_are_not_reported_again() {
    let document = Document::parse("name = 5\ntoken = 't'").unwrap();
    let reading = Reading {
        skip: ["name".to_owned()].into(),
        ..Reading::default()
    };
    assert_eq!(reading.read::<Outer>(&document.root).unwrap_err(), []);
}

#[test]
fn keys_of_a_type_are_known() {
    assert_eq!(
        keys_of::<Outer>(),
        ["name", "token", "size", "inner", "kind"]
    );
    assert!(keys_of::<Kind>().is_empty());
}
