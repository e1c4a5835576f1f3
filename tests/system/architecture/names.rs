//! Product code outside the adapters, their fakes and the facade names no carrier: what a carrier is stands in its
//! descriptor.

use std::fs;
use std::path::{Path, PathBuf};

use crate::root;

/// Crates that name no carrier. In those with `true` comments count too: they become texts of the API, the command line
/// or the console. In the others a comment may give an example.
const NEUTRAL: &[(&str, bool)] = &[
    ("trunkline-admin", false),
    ("trunkline-cli", true),
    ("trunkline-console", true),
    ("trunkline-core", false),
    ("trunkline-engine", false),
    ("trunkline-gateway", true),
    ("trunkline-http", false),
    ("trunkline-store", false),
    ("trunkline-testkit", false),
    ("trunkline-torture", false),
];

/// Every file with product code below a directory. Third-party code of the console is not ours.
fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(directory).into_iter().flatten();
    for path in entries.map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && !["tests", "vendor"].contains(&name) {
            files(&path, found);
        } else if name != "tests.rs"
            && [".rs", ".js", ".css", ".html"]
                .iter()
                .any(|end| name.ends_with(end))
        {
            found.push(path);
        }
    }
}

/// The lines of product code that have one of these names, in any case.
fn naming(text: &str, names: &[&str], with_comments: bool) -> Vec<String> {
    let product = text.split("#[cfg(test)]").next().unwrap_or_default();
    let code = |line: &str| match line.split_once("//") {
        Some((code, _)) if !with_comments => without_accounts(code, names),
        _ => without_accounts(line, names),
    };
    let has_name = |line: &String| {
        let lower = line.to_ascii_lowercase();
        names.iter().any(|name| lower.contains(name))
    };
    product.lines().map(code).filter(has_name).collect()
}

/// A line without the accounts in its example: `"twilio"`, `"twilio:PN1"`, `"twilio,signalwire"`. An example in the API's
/// document is to work at `serve --sandbox`, whose accounts are named after their carriers.
fn without_accounts(line: &str, names: &[&str]) -> String {
    let marks = ["examples(", "example = "];
    let start = marks.iter().filter_map(|mark| line.find(mark)).min();
    let (before, example) = line.split_at(start.unwrap_or(line.len()));
    let is_account = |text: &str| {
        let accounts = text.split(',').map(|id| id.split(':').next());
        accounts.flatten().all(|account| names.contains(&account))
    };
    // Every second part stands between quotes.
    let parts = example.split('"').enumerate();
    let kept = parts.filter(|(at, part)| at % 2 == 0 || !is_account(part));
    let kept: Vec<&str> = kept.map(|(_, part)| part).collect();
    format!("{before}{}", kept.join("\""))
}

#[test]
fn product_code_names_no_carrier() {
    let carriers = trunkline::descriptors();
    let names: Vec<&str> = carriers.iter().map(|it| it.provider.as_str()).collect();
    assert_eq!(names.len(), 5, "every adapter is built in");
    for (name, with_comments) in NEUTRAL {
        let directory = root().join("crates").join(name);
        let mut found = Vec::new();
        files(&directory.join("src"), &mut found);
        files(&directory.join("assets"), &mut found);
        assert!(found.len() > 2, "{name} has no sources");
        for path in found {
            let text = fs::read_to_string(&path).unwrap();
            let lines = naming(&text, &names, *with_comments);
            assert!(
                lines.is_empty(),
                "{} names a carrier: {lines:#?}",
                path.display()
            );
        }
    }
}

#[test]
fn name_is_found_in_code_and_only_where_they_count_in_comments() {
    let text = "/// Like Twilio.\nlet kind = \"TWILIO\"; // Twilio\n#[cfg(test)]\nmod tests { use twilio; }\n";
    assert_eq!(naming(text, &["twilio"], true).len(), 2);
    assert_eq!(
        naming(text, &["twilio"], false),
        ["let kind = \"TWILIO\"; "]
    );
}

#[test]
fn example_may_name_an_account_of_the_sandbox_and_nothing_else() {
    for (line, is_named) in [
        (r#"#[schema(examples("twilio"))]"#, false),
        (r#"#[schema(examples("twilio:PN1"))]"#, false),
        (r#"#[param(inline, example = "twilio,wazo")]"#, false),
        (
            r#"example = json!({"account": "wazo", "shared": true})"#,
            false,
        ),
        (r#"#[schema(examples("Twilio's number"))]"#, true),
        (r#"#[schema(examples("+1")), doc = "as at Wazo"]"#, true),
        (
            r#"#[schema(value_type = Twilio, example = "twilio")]"#,
            true,
        ),
        ("/// For example Twilio.", true),
    ] {
        let named = !naming(line, &["twilio", "wazo"], true).is_empty();
        assert_eq!(named, is_named, "{line}");
    }
}
