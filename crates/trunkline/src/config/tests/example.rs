//! The example that documents every setting.

use trunkline_http::Limits;

use crate::adapters;
use crate::config::account::{Row, Spend};
use crate::config::read::keys_of;
use crate::config::sections::Sections;
use crate::config::{
    Config, Database, Inventory, Log, Purchases, RateLimit, Retention, Server, Telemetry, Webhooks,
    common_keys,
};

const EXAMPLE: &str = include_str!("../../../../../config.example.toml");

#[test]
fn deployed_configuration_is_valid() {
    let config = Config::parse(include_str!("../../../../../deploy/trunkline.toml")).unwrap();
    assert!(!config.server.listen.ip().is_loopback());
    assert!(config.warnings().is_empty(), "{:?}", config.warnings());
}

/// The keys that a part of the example shows, switched on or off.
fn is_shown(part: &str, key: &str) -> bool {
    let starts = |line: &str| {
        let line = line.strip_prefix('#').unwrap_or(line);
        line.strip_prefix(key)
            .is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    part.lines().any(starts)
}

/// Whether a table in braces shows the key.
fn is_shown_inline(part: &str, key: &str) -> bool {
    part.split(['{', ',']).any(|entry| {
        entry
            .trim_start()
            .strip_prefix(key)
            .is_some_and(|rest| rest.starts_with(" ="))
    })
}

fn part(header: &str) -> &'static str {
    let (_, rest) = EXAMPLE
        .split_once(&format!("\n{header}\n"))
        .unwrap_or_else(|| panic!("no {header}"));
    if header == "[[accounts]]" {
        rest
    } else {
        rest.split("\n[").next().unwrap_or(rest)
    }
}

#[test]
fn example_has_no_problems() {
    let config = Config::parse(EXAMPLE).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(config.accounts.len(), 10);
    assert_eq!(config.warnings(), []);
}

#[test]
fn example_shows_every_key() {
    let sections: [(&str, &[&str]); 9] = [
        ("server", keys_of::<Server>()),
        ("database", keys_of::<Database>()),
        ("rate_limit", keys_of::<RateLimit>()),
        ("log", keys_of::<Log>()),
        ("telemetry", keys_of::<Telemetry>()),
        ("purchases", keys_of::<Purchases>()),
        ("retention", keys_of::<Retention>()),
        ("inventory", keys_of::<Inventory>()),
        ("webhooks", keys_of::<Webhooks>()),
    ];
    let mut all: Vec<_> = sections.iter().map(|(name, _)| *name).collect();
    all.push("accounts");
    assert_eq!(all.len(), keys_of::<Sections>().len());
    assert!(keys_of::<Sections>().iter().all(|name| all.contains(name)));
    for (name, keys) in sections {
        let part = part(&format!("[{name}]"));
        assert!(!keys.is_empty());
        for key in keys {
            assert!(is_shown(part, key), "{name}.{key}");
        }
    }
}

#[test]
fn example_shows_every_key_of_an_account() {
    let part = part("[[accounts]]");
    let adapters = adapters::BUILT_IN
        .iter()
        .flat_map(|adapter| (adapter.keys)());
    for key in common_keys().iter().chain(adapters) {
        assert!(is_shown(part, key), "accounts.{key}");
    }
    let inline = [keys_of::<Row>(), keys_of::<Spend>(), keys_of::<Limits>()];
    for key in inline.into_iter().flatten() {
        assert!(is_shown_inline(part, key), "{key}");
    }
}

#[test]
fn disabled_settings_in_the_example_can_be_enabled() {
    let lines: Vec<&str> = EXAMPLE.lines().collect();
    let is_off =
        |line: &str| line.starts_with('#') && !line.starts_with("# ") && line.contains(" = ");
    let off: Vec<usize> = (0..lines.len()).filter(|at| is_off(lines[*at])).collect();
    assert!(off.len() >= 3);
    for at in off {
        let mut lines = lines.clone();
        lines[at] = &lines[at][1..];
        // A file that is not there is refused.
        let refused = lines[at].starts_with("ca_file");
        let parsed = Config::parse(&lines.join(
            "
",
        ));
        assert_eq!(parsed.is_err(), refused, "{}", lines[at]);
    }
}

#[test]
fn defaults_in_the_example_are_the_defaults() {
    let (example, empty) = (Config::parse(EXAMPLE).unwrap(), Config::default());
    assert_eq!(example.server.listen, empty.server.listen);
    assert_eq!(example.server.allowed_hosts, empty.server.allowed_hosts);
    assert_eq!(
        example.server.shutdown_timeout,
        empty.server.shutdown_timeout
    );
    assert_eq!(example.server.max_body, empty.server.max_body);
    assert_eq!(example.rate_limit.replicas, empty.rate_limit.replicas);
    assert_eq!(
        (example.log, example.telemetry, example.purchases),
        (empty.log, empty.telemetry, empty.purchases)
    );
    let limits = Limits::default();
    assert!(
        limits.adaptive
            && EXAMPLE.contains(&format!(
                "concurrency = {}, adaptive = true",
                limits.concurrency
            ))
    );
    let [first, second, ..] = &example.accounts[..] else {
        panic!("two accounts and more")
    };
    assert_eq!(
        (
            &first.terms.tenant,
            first.terms.priority,
            first.terms.settle
        ),
        (
            &second.terms.tenant,
            second.terms.priority,
            second.terms.settle
        )
    );
}

#[test]
fn every_setting_of_an_account_is_described_once_by_its_adapter() {
    let common = ["base_url", "ca_file", "proxy", "limits", "allow_http"];
    for adapter in adapters::BUILT_IN {
        let described = adapter.descriptor.settings.iter();
        let mut described: Vec<_> = described.map(|setting| setting.key).collect();
        let mut keys: Vec<_> = (adapter.keys)().to_vec();
        keys.retain(|key| !common.contains(key));
        keys.sort_unstable();
        described.sort_unstable();
        assert_eq!(described, keys, "{}", adapter.name());
        let it = adapter.descriptor;
        assert!(it.settings.iter().all(|setting| setting.about.len() > 10));
        for text in [it.label, it.request_id_header, it.credential, it.to_read] {
            assert!(!text.is_empty(), "{}", adapter.name());
        }
        assert!(!it.to_write.is_empty() && !it.documentation.is_empty());
    }
}
