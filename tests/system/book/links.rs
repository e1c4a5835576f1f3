//! The links between pages.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Page, pages, targets};
use crate::root;

/// The anchors of a page: its headings, as GitHub and mdBook write them.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let anchor = |line: &str| -> String {
        let title = line.trim_start_matches('#').trim();
        let kept = |c: char| c.is_alphanumeric() || ['-', '_', ' '].contains(&c);
        let kept = title.chars().filter(|c| kept(*c));
        kept.map(|c| {
            if c == ' ' {
                '-'
            } else {
                c.to_ascii_lowercase()
            }
        })
        .collect()
    };
    headings.map(anchor).collect()
}

/// Where a link of a page leads to.
fn resolve(page: &Path, target: &str) -> PathBuf {
    let mut path = page.parent().unwrap().to_owned();
    for part in Path::new(target).components() {
        match part.as_os_str().to_str().unwrap() {
            ".." => assert!(path.pop(), "{target} leads out of the repository"),
            "." => {}
            name => path.push(name),
        }
    }
    path
}

#[test]
fn every_link_of_every_page_leads_somewhere() {
    let mut others = vec![
        "CONTRIBUTING.md",
        "SECURITY.md",
        "CHANGELOG.md",
        "docs/SUMMARY.md",
    ];
    others.extend(["clients/python/README.md", "clients/typescript/README.md"]);
    let others = others.into_iter().map(|path| Page::read(path.to_owned()));
    for page in pages().into_iter().chain(others) {
        for target in targets(&page.text) {
            if target.contains("://") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = match file {
                "" => root().join(&page.path),
                file => root().join(resolve(Path::new(&page.path), file)),
            };
            assert!(
                path.exists(),
                "{}: {target}: there is no such file",
                page.path
            );
            if !anchor.is_empty() {
                let text = fs::read_to_string(&path).unwrap();
                assert!(
                    anchors(&text).contains(anchor),
                    "{}: {target}: there is no such heading",
                    page.path
                );
            }
        }
    }
}
