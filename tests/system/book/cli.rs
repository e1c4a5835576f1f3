//! `docs/reference/cli.md` is written from what the commands say of themselves.

use std::fmt::Write;

use trunkline_cli::{Console, Exit, run};

use crate::snapshot;

const HEAD: &str = "\
# The command line

What `trunkline help` says of each command. This page is written by a test from the commands themselves. The options of all
commands stand in the first section, and are left out of the others.

| exit status | meaning |
| --- | --- |
| 0 | done |
| 1 | failed |
| 2 | wrong arguments or input; nothing was sent |
| 3 | partly done: the rest is named |
| 4 | the outcome is not known yet |

With `-o json` every command prints the JSON of the API, and its errors and notes as JSON on standard error, one object a line; with `-o csv`
a table as CSV. On a terminal tables are fitted to its width: `--wide` shows all columns in full. `trunkline completions SHELL` prints
completions, and `trunkline man DIRECTORY` writes manual pages.
";

/// What starts the options that every command has.
const COMMON: &str = "\nCommon options:\n";

async fn help(path: &[String]) -> String {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut console = Console::capture(&mut out, &mut err);
    let arguments = ["trunkline".to_owned(), "help".to_owned()];
    let exit = run(arguments.iter().chain(path), &mut console).await;
    assert_eq!(exit, Exit::Done, "{path:?}");
    String::from_utf8(out).unwrap()
}

/// The commands below one, as its help lists them.
fn below(help: &str) -> Vec<String> {
    let Some((_, list)) = help.split_once("\nCommands:\n") else {
        return Vec::new();
    };
    let rows = list.lines().take_while(|line| !line.is_empty());
    // A line that goes on with the text of the one above is indented deeper.
    let rows = rows.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = rows.filter_map(|row| row.split_whitespace().next());
    names
        .filter(|name| *name != "help")
        .map(ToOwned::to_owned)
        .collect()
}

/// A help text without trailing blanks, and without what every command has.
fn section(path: &[String], help: &str) -> String {
    let shown = match path {
        [] => help,
        _ => help.split(COMMON).next().unwrap_or_default(),
    };
    let mut text = match path {
        [] => "\n## trunkline\n\n```text\n".to_owned(),
        _ => format!("\n## {}\n\n```text\n", path.join(" ")),
    };
    for line in shown.trim_end().lines() {
        writeln!(text, "{}", line.trim_end()).unwrap();
    }
    text + "```\n"
}

#[tokio::test]
async fn page_of_the_command_line_is_current() {
    let mut text = HEAD.to_owned();
    let mut paths = vec![Vec::new()];
    while let Some(path) = paths.pop() {
        let help = help(&path).await;
        let below = below(&help);
        text += &section(&path, &help);
        for name in below.into_iter().rev() {
            paths.push([&path[..], &[name]].concat());
        }
    }
    assert!(text.contains("\n## numbers release\n"), "{text}");
    snapshot("docs/reference/cli.md", &text);
}
