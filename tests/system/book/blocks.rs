//! The blocks of code of a page.

use super::{Page, pages};
use crate::architecture::sources;

/// Most blocks that no test runs. Two of them are the package's, which `tests/package` tries.
const MOST_IGNORED: usize = 16;

/// A block of code: ```` ```language,word ````.
pub(crate) struct Block<'a> {
    pub(crate) language: &'a str,
    /// `ignore`, or the name of the file that the block is.
    pub(crate) word: &'a str,
    pub(crate) code: &'a str,
}

/// The blocks of a page, in order.
pub(crate) fn blocks(page: &Page) -> Vec<Block<'_>> {
    let mut rest = page.text.as_str();
    let mut found = Vec::new();
    while let Some((_, below)) = rest.split_once("\n```") {
        let (info, below) = below.split_once('\n').unwrap_or_default();
        // An empty block ends at once.
        let (code, after) = match below.strip_prefix("```") {
            Some(after) => ("", after),
            None => below
                .split_once("\n```")
                .unwrap_or_else(|| panic!("{}: a block has no end", page.path)),
        };
        let (language, word) = info.split_once(',').unwrap_or((info, ""));
        found.push(Block {
            language,
            word,
            code,
        });
        rest = after;
    }
    found
}

#[test]
fn blocks_that_no_test_runs_are_few_and_say_what_they_need() {
    let mut ignored = 0;
    for page in pages() {
        for block in blocks(&page) {
            assert_ne!(
                block.language, "",
                "{}: a block without language",
                page.path
            );
            if block.word != "ignore" || !["sh", "python"].contains(&block.language) {
                continue;
            }
            ignored += 1;
            let first = block.code.lines().next().unwrap_or_default();
            assert!(
                first.starts_with("# Needs "),
                "{}: say in its first line what the block needs: {first}",
                page.path
            );
        }
    }
    assert!(ignored <= MOST_IGNORED, "{ignored} blocks");
}

/// Without white space, so that indentation and line breaks don't matter, and without commas, which rustfmt adds and removes.
fn bare(code: &str) -> String {
    let meant = |c: &char| !c.is_whitespace() && *c != ',';
    code.chars().filter(meant).collect()
}

#[test]
fn every_snippet_of_rust_stands_in_a_source_that_is_compiled() {
    let mut sources: Vec<String> = sources().iter().map(|(_, text)| bare(text)).collect();
    // The library's own page is compiled as its documentation.
    sources.push(bare(
        &Page::read("crates/trunkline/README.md".to_owned()).text,
    ));
    for page in pages() {
        for block in blocks(&page) {
            let code = bare(block.code);
            let compiled = || sources.iter().any(|source| source.contains(&code));
            assert!(
                block.language != "rust" || compiled(),
                "{}: no source has this:\n{}",
                page.path,
                block.code
            );
        }
    }
}
