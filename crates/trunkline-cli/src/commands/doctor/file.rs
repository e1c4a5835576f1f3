//! Checks of the configuration file, its secret files, and the settings of the service.

use std::path::Path;

use trunkline::config::Server;
use trunkline::{Config, Problem};

use super::report::Report;
use crate::file;
use crate::session::Context;

/// Subject of the findings about the file.
const CONFIG: &str = "config";

/// Reads the file; `None` if it can't be used.
pub(super) fn check(context: &Context<'_>, report: &mut Report) -> Option<Config> {
    let path = context.global.config.as_deref();
    let path = path.unwrap_or_else(|| Path::new(file::DEFAULT));
    let name = path.display();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            let remedy = "give a file with --config; config.example.toml documents every setting";
            report.fail(CONFIG, format!("can't read {name}: {error}"), remedy);
            return None;
        }
    };
    let config = match Config::parse(&text) {
        Ok(config) => config,
        Err(problems) => {
            let remedy = "correct it; `trunkline config check` checks it again";
            for problem in problems {
                report.fail(CONFIG, format!("{name}, {problem}"), remedy);
            }
            return None;
        }
    };
    let accounts = config.accounts.len();
    report.ok(CONFIG, format!("{name} is valid, accounts: {accounts}"));
    if accounts == 0 {
        let remedy =
            "add an [[accounts]] table; config.example.toml has an example for each carrier";
        report.warn(CONFIG, "no account is configured", remedy);
    }
    secrets(&config, &text, report);
    files(path, &config, report);
    server(&config.server, report);
    certificates(report);
    Some(config)
}

/// Missing secrets.
fn secrets(config: &Config, text: &str, report: &mut Report) {
    let Err(problems) = Config::parse_with_secrets(text) else {
        let files = config.secret_files().len();
        report.ok(CONFIG, format!("every secret is available, files: {files}"));
        return;
    };
    let remedy = "set the variable or create the file for the user that runs trunkline, and run doctor as that user";
    for problem in problems {
        report.fail(CONFIG, problem.to_string(), remedy);
    }
}

/// Who may read the secrets.
fn files(path: &Path, config: &Config, report: &mut Report) {
    let warnings = config.warnings();
    for warning in &warnings {
        let remedy = match is_secret(warning) {
            true => {
                "move it to the environment, or to a file that only the user of trunkline can read"
            }
            false => "see config.example.toml",
        };
        report.warn(CONFIG, warning.to_string(), remedy);
    }
    let name = path.display();
    if warnings.iter().any(is_secret) && others_read(path) {
        let detail = format!("{name} holds secrets, and every user of this machine can read it");
        report.warn(CONFIG, detail, format!("chmod 600 {name}"));
    }
    // The runtime of a container mounts secrets there; other users can't see them.
    let ours = |path: &Path| !path.starts_with("/run/secrets");
    for (setting, path) in config.secret_files() {
        if ours(&path) && others_read(&path) {
            let name = path.display();
            let detail = format!("every user of this machine can read {name} ({setting})");
            report.warn(CONFIG, detail, format!("chmod 600 {name}"));
        }
    }
}

fn is_secret(warning: &Problem) -> bool {
    warning.message.starts_with("a secret")
}

/// Whether users outside the file's group can read it.
pub(super) fn others_read(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    const OTHERS_READ: u32 = 0o004;
    std::fs::metadata(path).is_ok_and(|found| found.mode() & OTHERS_READ != 0)
}

/// The settings of the service.
fn server(server: &Server, report: &mut Report) {
    const ABOUT: &str = "server";
    match &server.public_url {
        None => report.warn(
            ABOUT,
            "server.public_url is not set: carriers can't call back, and are polled instead",
            "set it to the public https:// address of this service, if it has one",
        ),
        Some(url) if url.scheme() != "https" => report.warn(
            ABOUT,
            format!("server.public_url is {url}: keys and callbacks travel unencrypted"),
            "put a TLS proxy in front, and set its https:// address",
        ),
        Some(url) => report.ok(ABOUT, format!("public address: {url}")),
    }
    let reach = match server.listen.ip().is_loopback() {
        true => "on this machine only",
        false => "callers need an API key",
    };
    report.ok(ABOUT, format!("listens on {}: {reach}", server.listen));
    if server.secret_key.is_none() {
        let detail = "server.secret_key is not set: the database keeps a generated one";
        report.ok(ABOUT, detail);
    }
}

/// Whether this machine has CA certificates: an empty container image has none.
fn certificates(report: &mut Report) {
    const ABOUT: &str = "tls";
    match rustls_native_certs::load_native_certs().certs.len() {
        0 => report.warn(
            ABOUT,
            "this machine has no CA certificates, which https:// carriers need",
            "install the package ca-certificates, or name a PEM file with SSL_CERT_FILE",
        ),
        count => report.ok(ABOUT, format!("CA certificates: {count}")),
    }
}
