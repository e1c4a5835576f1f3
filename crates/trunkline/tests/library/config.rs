//! Whatever stands in a file, reading it ends with a configuration or with problems.

use proptest::prelude::*;
use trunkline::Config;

/// Pieces that configurations are made of, right and wrong.
const PIECES: &[&str] = &[
    "[server]",
    "[[accounts]]",
    "[accounts]",
    "[rate_limit]",
    "[purchases]",
    "[log]",
    "[database]",
    "\n",
    "\n",
    "\n",
    "name",
    "provider",
    "'twilio'",
    "auth_token",
    "account_sid",
    "'AC00000000000000000000000000000000'",
    "listen",
    "limits",
    "prices",
    "country",
    "'US'",
    "watch",
    "replicas",
    "max_body",
    "'1MB'",
    "settle",
    "'5s'",
    "env",
    "url",
    "=",
    "=",
    "=",
    "=",
    "{",
    "}",
    "[",
    "]",
    "[[",
    "]]",
    ",",
    ".",
    "\"",
    "'",
    "'''",
    "#",
    " ",
    "0",
    "-1",
    "1.5",
    "1e400",
    "9223372036854775808",
    "0x10",
    "true",
    "1979-05-27",
    "\u{e9}",
    "\u{0}",
    "\r",
    "\u{1f4de}",
    "\\u0000",
];

/// What documents every setting.
const EXAMPLE: &str = include_str!("../../../../config.example.toml");

proptest! {
    #[test]
    fn corrupted_settings_never_panic_the_parser(text in spoilt()) {
        check(&text);
    }

    #[test]
    fn any_text_is_read_without_panic(text in ".{0,300}") {
        check(&text);
    }

    #[test]
    fn any_mix_of_pieces_is_read_without_panic(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..80)) {
        check(&pieces.concat());
        check(&pieces.join(" "));
    }

    #[test]
    fn any_value_of_any_key_is_read_without_panic(
        section in prop::sample::select(&["[server]", "[log]", "[purchases]", "[rate_limit]", "[database]", "[[accounts]]\nprovider = 'twilio'"][..]),
        key in prop::sample::select(&["listen", "public_url", "max_body", "watch", "watch_for", "replicas", "url", "name", "tenant", "limits", "prices", "auth_token", "settle", "priority", "allowed_hosts", "level", "format"][..]),
        value in prop_oneof![
            prop::sample::select(PIECES).prop_map(str::to_owned),
            "[0-9A-Za-z:/.@ -]{0,40}".prop_map(|text| format!("'{text}'")),
            any::<i64>().prop_map(|number| number.to_string()),
            any::<f64>().prop_map(|number| format!("[{{ country = {number:?} }}, {{ env = 'X' }}]")),
        ],
    ) {
        check(&format!("{section}\n{key} = {value}"));
    }
}

/// The documented settings, spoilt: a line is missing, comes twice or has another value, or a byte is another.
fn spoilt() -> impl Strategy<Value = String> {
    let index = any::<prop::sample::Index>;
    let change = (0..6_u8, index(), index(), any::<char>());
    prop::collection::vec(change, 1..6).prop_map(|changes| {
        let mut text = EXAMPLE.to_owned();
        for (kind, at, with, char) in changes {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            let line = at.index(lines.len());
            match kind {
                0 => drop(lines.remove(line)),
                1 => lines.insert(line, lines[line].clone()),
                2 => lines[line] = lines[line].replacen('#', "", 1),
                3 => {
                    let name = lines[line].split('=').next().unwrap_or_default().to_owned();
                    lines[line] = format!("{name} = {}", with.get(PIECES));
                }
                4 => {
                    let other = lines[with.index(lines.len())].clone();
                    lines[line] = other;
                }
                _ => {
                    let mut chars: Vec<char> = lines[line].chars().collect();
                    let at = with.index(chars.len() + 1);
                    chars.splice(at..(at + 1).min(chars.len()), [char]);
                    lines[line] = chars.into_iter().collect();
                }
            }
            text = lines.join("\n") + "\n";
        }
        text
    })
}

/// Problems are in the file, in order, and printed one a line.
fn check(text: &str) {
    if let Err(problems) = Config::parse(text) {
        let shown = problems.to_string();
        let lines = text.matches('\n').count() + 1;
        let all = problems.as_slice();
        assert!(!all.is_empty());
        assert_eq!(shown.lines().count(), all.len(), "{shown}");
        assert!(
            all.iter()
                .all(|problem| (1..=lines).contains(&problem.line)),
            "{shown}"
        );
        assert!(
            all.is_sorted_by_key(|problem| (problem.line, problem.column)),
            "{shown}"
        );
    }
}
