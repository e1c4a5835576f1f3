//! The dependency arrows, the size of files and the places of secrets are what CONTRIBUTING says.

#[path = "architecture/circles.rs"]
mod circles;
#[path = "architecture/names.rs"]
mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::root;

/// Normal dependencies between our crates: anything else is refused. An adapter, which is an optional dependency of the
/// library with a carrier's name, has those of `ADAPTER`.
const ARROWS: &[(&str, &[&str])] = &[
    ("trunkline-core", &[]),
    ("trunkline-engine", &["trunkline-core"]),
    ("trunkline-admin", &["trunkline-core", "trunkline-engine"]),
    ("trunkline-http", &["trunkline-core"]),
    (
        "trunkline-store",
        &["trunkline-admin", "trunkline-core", "trunkline-engine"],
    ),
    ("trunkline-console", &[]),
    ("trunkline-macros", &[]),
    ("trunkline-sandbox", &["trunkline-core"]),
    (
        "trunkline-testkit",
        &[
            "trunkline-admin",
            "trunkline-core",
            "trunkline-engine",
            "trunkline-sandbox",
        ],
    ),
    (
        "trunkline",
        &[
            "trunkline-admin",
            "trunkline-core",
            "trunkline-engine",
            "trunkline-http",
            "trunkline-store",
        ],
    ),
    (
        "trunkline-gateway",
        &[
            "trunkline",
            "trunkline-admin",
            "trunkline-console",
            "trunkline-core",
            "trunkline-engine",
            "trunkline-macros",
            "trunkline-store",
        ],
    ),
    (
        "trunkline-cli",
        &[
            "trunkline",
            "trunkline-admin",
            "trunkline-core",
            "trunkline-engine",
            "trunkline-gateway",
            "trunkline-sandbox",
            "trunkline-store",
        ],
    ),
    // The core and the pipeline for their failpoints alone, the testkit for its PostgreSQL server.
    (
        "trunkline-torture",
        &[
            "trunkline-cli",
            "trunkline-core",
            "trunkline-http",
            "trunkline-sandbox",
            "trunkline-testkit",
        ],
    ),
    // Everything below the gateway, and the fakes. Of the adapters those of carriers that sell numbers.
    (
        "trunkline-sim",
        &[
            "trunkline-core",
            "trunkline-engine",
            "trunkline-http",
            "trunkline-sandbox",
            "trunkline-signalwire",
            "trunkline-twilio",
            "trunkline-zendesk",
        ],
    ),
];

const ADAPTER: &[&str] = &["trunkline-core", "trunkline-http"];
const ADAPTER_TESTS: &[&str] = &["trunkline-testkit", "trunkline-sandbox"];

/// What tests may depend on beside.
const DEV_ARROWS: &[(&str, &[&str])] = &[
    // Its tests look at it through a browser, over the whole gateway.
    (
        "trunkline-console",
        &[
            "trunkline",
            "trunkline-admin",
            "trunkline-core",
            "trunkline-engine",
            "trunkline-gateway",
            "trunkline-sandbox",
            "trunkline-testkit",
        ],
    ),
    ("trunkline-core", &[]),
    ("trunkline-macros", &[]),
    (
        "trunkline-engine",
        &["trunkline-admin", "trunkline-testkit"],
    ),
    ("trunkline-admin", &["trunkline-testkit"]),
    ("trunkline-http", &["trunkline-testkit"]),
    ("trunkline-store", &["trunkline-testkit"]),
    ("trunkline-sandbox", &[]),
    ("trunkline-testkit", &[]),
    (
        "trunkline",
        &[
            "trunkline-sandbox",
            "trunkline-store",
            "trunkline-testkit",
            "trunkline-twilio",
        ],
    ),
    (
        "trunkline-gateway",
        &[
            // Itself, with the feature that makes the document.
            "trunkline-gateway",
            "trunkline-sandbox",
            "trunkline-store",
            "trunkline-testkit",
            "trunkline-twilio",
        ],
    ),
    ("trunkline-cli", &["trunkline-sandbox"]),
    ("trunkline-torture", &[]),
    ("trunkline-sim", &[]),
];

/// What core, engine and admin must never depend on, not even behind a feature.
const NO_IO: &[&str] = &[
    "reqwest", "hyper", "http", "axum", "sqlx", "rusqlite", "redis", "clap", "utoipa",
];

/// The only places where a secret is taken out of its wrapping.
const EXPOSING: &[&str] = &[
    "crates/trunkline-http/src/auth.rs",
    "crates/trunkline-http/src/secret.rs",
    "crates/trunkline-engine/src/vault.rs",
    // API keys: read as they come in, told once to whoever had them made, and sent by the command line.
    "crates/trunkline-admin/src/access/token.rs",
    "crates/trunkline-gateway/src/dto/key.rs",
    "crates/trunkline-cli/src/client/remote.rs",
    // The token of a session, told once in a cookie.
    "crates/trunkline-gateway/src/auth/session.rs",
    "crates/trunkline/src/secret.rs",
    // The database's address and its own secret.
    "crates/trunkline/src/front/builder.rs",
    "crates/trunkline-cli/src/server/backend.rs",
    "crates/trunkline-cli/src/commands/doctor/",
];

/// The only places that read the environment: the product's, and what tells tests what they may skip.
const READING_ENV: &[&str] = &[
    // Where Cargo wants the files of a build script.
    "crates/trunkline-console/build.rs",
    "crates/trunkline-gateway/build.rs",
    "crates/trunkline/src/secret.rs",
    // HTTPS_PROXY and its like, as every program reads them.
    "crates/trunkline-http/src/proxy.rs",
    "crates/trunkline-testkit/src/services.rs",
];

const LINES_MAX: usize = 600;

fn manifest(dir: &Path) -> toml::Table {
    std::fs::read_to_string(dir.join("Cargo.toml"))
        .unwrap()
        .parse()
        .unwrap()
}

fn crates() -> BTreeMap<String, PathBuf> {
    let dirs = std::fs::read_dir(root().join("crates"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    dirs.map(|dir| (dir.file_name().unwrap().to_str().unwrap().to_owned(), dir))
        .collect()
}

fn names(manifest: &toml::Table, section: &str) -> BTreeSet<String> {
    let table = manifest.get(section).and_then(toml::Value::as_table);
    table
        .map(|table| table.keys().cloned().collect())
        .unwrap_or_default()
}

/// The adapters: optional crates of the library, each behind the feature of its carrier's name.
fn adapters() -> BTreeSet<String> {
    let library = manifest(&root().join("crates/trunkline"));
    let features = library["features"].as_table().unwrap();
    features
        .iter()
        .filter_map(|(name, needs)| {
            let package = format!("trunkline-{name}");
            let needed = toml::Value::from(format!("dep:{package}"));
            needs.as_array()?.contains(&needed).then_some(package)
        })
        .collect()
}

/// Every Rust file of the repository, by its path from the root.
pub(crate) fn sources() -> Vec<(String, String)> {
    fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && path.file_name().is_none_or(|name| name != "target") {
                walk(&path, found);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join("crates"), &mut found);
    walk(&root().join("tests"), &mut found);
    let name = |path: &Path| {
        path.strip_prefix(root())
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    };
    found
        .iter()
        .map(|path| (name(path), std::fs::read_to_string(path).unwrap()))
        .collect()
}

#[test]
fn every_crate_has_only_allowed_dependencies() {
    let adapters = adapters();
    let allowed = |table: &[(&str, &[&str])], adapter: &[&str], name: &str| -> BTreeSet<String> {
        let found = table.iter().find(|(from, _)| *from == name);
        let to = match found {
            Some((_, to)) => to,
            None if adapters.contains(name) => adapter,
            None => panic!("{name} has no place in the house yet"),
        };
        let mut to: BTreeSet<_> = to.iter().map(|to| (*to).to_owned()).collect();
        if name == "trunkline" {
            to.extend(adapters.iter().cloned());
        }
        to
    };
    for (name, dir) in crates() {
        let manifest = manifest(&dir);
        assert_eq!(
            manifest["package"]["name"].as_str(),
            Some(name.as_str()),
            "folder and package name"
        );
        let ours = |names: BTreeSet<String>| -> BTreeSet<String> {
            names
                .into_iter()
                .filter(|name| name.starts_with("trunkline"))
                .collect()
        };
        let normal = ours(names(&manifest, "dependencies"));
        assert!(
            normal.is_subset(&allowed(ARROWS, ADAPTER, &name)),
            "{name} -> {normal:?}"
        );
        let dev = ours(names(&manifest, "dev-dependencies"));
        let may: BTreeSet<_> = allowed(ARROWS, ADAPTER, &name)
            .union(&allowed(DEV_ARROWS, ADAPTER_TESTS, &name))
            .cloned()
            .collect();
        assert!(dev.is_subset(&may), "{name} -> {dev:?} in tests");
    }
}

#[test]
fn core_engine_and_admin_do_no_input_or_output() {
    for name in ["trunkline-core", "trunkline-engine", "trunkline-admin"] {
        let manifest = manifest(&root().join("crates").join(name));
        let all = names(&manifest, "dependencies");
        for banned in NO_IO {
            assert!(!all.contains(*banned), "{name} depends on {banned}");
        }
    }
}

#[test]
fn every_external_version_is_declared_once_in_the_workspace() {
    for (name, dir) in crates() {
        let manifest = manifest(&dir);
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(table) = manifest.get(section).and_then(toml::Value::as_table) else {
                continue;
            };
            for (dependency, value) in table {
                let inherited = value.get("workspace").and_then(toml::Value::as_bool) == Some(true);
                let by_path = value.get("path").is_some();
                assert!(
                    inherited || by_path,
                    "{name}: {dependency} names a version of its own"
                );
            }
        }
    }
}

#[test]
fn files_can_be_read_in_one_sitting() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(
            lines <= LINES_MAX,
            "{path} has {lines} lines: split it by noun"
        );
        assert!(
            !path.ends_with("/mod.rs"),
            "{path}: name.rs beside name/, never mod.rs"
        );
    }
}

#[test]
fn secrets_are_exposed_in_few_places() {
    let exposing = sources().into_iter().filter(|(path, text)| {
        let product = path.contains("/src/") && !path.ends_with("tests.rs");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        product && code.contains("expose_secret")
    });
    for (path, _) in exposing {
        assert!(
            EXPOSING.iter().any(|allowed| path.starts_with(allowed)),
            "{path} exposes a secret"
        );
    }
}

#[test]
fn the_environment_is_read_in_one_place() {
    for (path, text) in sources() {
        let reads = text.contains("env::var(") || text.contains("env::vars(");
        let test = path.starts_with("tests/") || path.contains("/tests/");
        assert!(
            !reads || test || READING_ENV.contains(&path.as_str()),
            "{path} reads the environment"
        );
    }
}
