//! `docs/reference/settings.md` is written from `config.example.toml`.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;

use crate::{root, snapshot};

const HEAD: &str = "\
# Settings

This page is written by a test from [config.example.toml](../../config.example.toml), which is a complete file to start from.
";

/// What the file says, as it is read.
#[derive(Default)]
struct Settings {
    text: String,
    /// Lines of a comment whose subject has not come yet.
    comment: Vec<String>,
    /// Settings of this section that have their row; another account of the same carrier shows only what is new.
    known: BTreeSet<String>,
}

impl Settings {
    fn paragraph(&mut self) -> String {
        let text = self.comment.join(" ");
        self.comment.clear();
        text
    }

    fn blank(&mut self) {
        if self.text.is_empty() {
            let text = self.paragraph();
            writeln!(self.text, "\n{text}").unwrap();
        }
    }

    fn section(&mut self, name: &str, provider: Option<&str>) {
        let about = self.paragraph();
        let shown = match provider {
            Some(provider) => format!("`[[accounts]]`: {provider}"),
            None => format!("`{name}`"),
        };
        if !self.text.contains(&format!("## {shown}\n")) {
            write!(self.text, "\n## {shown}\n").unwrap();
            if name != "[[accounts]]" {
                self.known.clear();
            }
        }
        writeln!(
            self.text,
            "\n{about}\n\n| setting | value | meaning |\n| --- | --- | --- |"
        )
        .unwrap();
    }

    fn setting(&mut self, key: &str, value: &str, default: bool) {
        let about = self.paragraph();
        if about.is_empty() && !self.known.insert(key.to_owned()) {
            return;
        }
        self.known.insert(key.to_owned());
        let about = if about.is_empty() {
            "As above.".to_owned()
        } else {
            about
        };
        let (about, yours) = match about.strip_prefix("Yours: ") {
            Some(rest) => (rest, true),
            None => (about.as_str(), false),
        };
        let value = match (default, yours) {
            (true, false) => format!("`{value}`"),
            _ => format!("for example `{value}`"),
        };
        let cell = |text: &str| text.replace('|', "\\|");
        writeln!(
            self.text,
            "| `{key}` | {} | {} |",
            cell(&value),
            cell(about)
        )
        .unwrap();
    }
}

/// The value of a setting, with the lines that it goes on in.
fn value<'a>(first: &str, lines: &mut impl Iterator<Item = &'a str>) -> String {
    let mut value = first.to_owned();
    while value.matches('[').count() > value.matches(']').count() {
        let Some(line) = lines.next() else { break };
        value += line.trim();
    }
    value
}

fn page(example: &str) -> String {
    let mut found = Settings::default();
    let mut lines = example.lines();
    while let Some(line) = lines.next() {
        if let Some(text) = line.strip_prefix("# ") {
            found.comment.push(text.to_owned());
        } else if line == "#" {
            found.comment.push("\n\n".to_owned());
        } else if line.is_empty() {
            found.blank();
        } else if line.starts_with('[') {
            let account = line == "[[accounts]]";
            let provider = account.then(|| carrier(lines.clone())).flatten();
            found.section(line, provider);
        } else if let Some((key, first)) = line.split_once(" = ") {
            let (key, default) = match key.strip_prefix('#') {
                Some(key) => (key, false),
                None => (key, true),
            };
            let value = value(first, &mut lines);
            found.setting(key, &value, default);
        }
    }
    format!("{HEAD}{}", found.text.replace(" \n\n ", "\n\n"))
}

/// The carrier of the account whose lines come next.
fn carrier<'a>(mut below: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let rest = below.find_map(|line| line.strip_prefix("provider = \""));
    rest.and_then(|rest| rest.split('"').next())
}

#[test]
fn page_of_the_settings_is_current() {
    let example = fs::read_to_string(root().join("config.example.toml")).unwrap();
    let page = page(&example);
    for line in example.lines() {
        let key = line
            .trim_start_matches('#')
            .split(" = ")
            .next()
            .unwrap_or_default();
        let setting = line.contains(" = ") && !line.starts_with("# ") && !line.starts_with(' ');
        assert!(
            !setting || page.contains(&format!("| `{key}` |")),
            "{key}: {page}"
        );
    }
    snapshot("docs/reference/settings.md", &page);
}
