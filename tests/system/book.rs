//! The book in `docs/` and the README: every page has its place, every link leads somewhere, and every command works as printed.

#[path = "book/blocks.rs"]
mod blocks;
#[path = "book/cli.rs"]
mod cli;
#[path = "book/errors.rs"]
mod errors;
#[path = "book/events.rs"]
mod events;
#[path = "book/links.rs"]
mod links;
#[path = "book/sandboxed.rs"]
mod sandboxed;
#[path = "book/scripts.rs"]
mod scripts;
#[path = "book/settings.rs"]
mod settings;

use std::collections::BTreeSet;
use std::fs;

use crate::root;

/// A page: its path from the root of the repository, and its text.
pub(crate) struct Page {
    path: String,
    text: String,
}

impl Page {
    fn read(path: String) -> Self {
        let text = fs::read_to_string(root().join(&path))
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        Self { path, text }
    }
}

/// The targets of the links in a text of Markdown, outside of code.
fn targets(text: &str) -> Vec<&str> {
    let mut code = false;
    let prose = text.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        code ^= fence;
        !code && !fence
    });
    let targets = prose.flat_map(|line| line.split("](").skip(1));
    targets
        .filter_map(|rest| rest.split([')', ' ']).next())
        .collect()
}

/// The README, and the pages of the book in the order of its summary.
fn pages() -> Vec<Page> {
    let summary = Page::read("docs/SUMMARY.md".to_owned());
    let listed = targets(&summary.text).into_iter();
    std::iter::once("README.md".to_owned())
        .chain(listed.map(|path| format!("docs/{path}")))
        .map(Page::read)
        .collect()
}

/// The Markdown files below `docs`.
fn files(folder: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(root().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            found.extend(files(&path));
        } else if path.ends_with(".md") && path != "docs/SUMMARY.md" {
            found.insert(path);
        }
    }
    found
}

#[test]
fn every_page_stands_once_in_the_summary() {
    let mut listed: Vec<_> = pages().into_iter().skip(1).map(|page| page.path).collect();
    let count = listed.len();
    listed.sort();
    listed.dedup();
    assert_eq!(listed.len(), count, "a page is listed twice");
    assert_eq!(BTreeSet::from_iter(listed), files("docs"));
}

#[test]
fn readme_has_at_most_120_lines() {
    let lines = Page::read("README.md".to_owned()).text.lines().count();
    assert!(lines <= 120, "{lines} lines");
}
