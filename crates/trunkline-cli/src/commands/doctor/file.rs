//! The configuration file, the files it names, and what it says of the service itself.

use std::path::Path;

use trunkline::config::Server;
use trunkline::{Config, Problem};

use super::report::Report;
use crate::file;
use crate::session::Session;

/// About what the lines here are.
const CONFIG: &str = "config";

/// Reads the file; `None` if there is nothing to go on with.
pub(super) fn check(session: &Session<'_, '_>, report: &mut Report) -> Option<Config> {
    let path = session.global.config.as_deref();
    let path = path.unwrap_or_else(|| Path::new(file::DEFAULT));
    let name = path.display();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            let remedy = "name one with --config; config.example.toml documents every setting";
            report.fail(CONFIG, format!("can't read {name}: {error}"), remedy);
            return None;
        }
    };
    let config = match Config::parse(&text) {
        Ok(config) => config,
        Err(problems) => {
            let remedy = "mend it; `trunkline config check` reads it again";
            for problem in problems {
                report.fail(CONFIG, format!("{name}, {problem}"), remedy);
            }
            return None;
        }
    };
    let accounts = config.accounts.len();
    report.ok(CONFIG, format!("{name} is right, accounts: {accounts}"));
    if accounts == 0 {
        let remedy = "add an [[accounts]] table; config.example.toml has one of each kind";
        report.warn(CONFIG, "there is no account to work with", remedy);
    }
    secrets(&config, &text, report);
    files(path, &config, report);
    server(&config.server, report);
    certificates(report);
    Some(config)
}

/// Secrets that can't be had.
fn secrets(config: &Config, text: &str, report: &mut Report) {
    let Err(problems) = Config::parse_with_secrets(text) else {
        let files = config.secret_files().len();
        report.ok(
            CONFIG,
            format!("every secret can be had, from files: {files}"),
        );
        return;
    };
    let remedy = "set the variable or write the file for the user that trunkline runs as, and run this as that user";
    for problem in problems {
        report.fail(CONFIG, problem.to_string(), remedy);
    }
}

/// Who may read what is secret.
fn files(path: &Path, config: &Config, report: &mut Report) {
    let warnings = config.warnings();
    for warning in &warnings {
        let remedy = match is_secret(warning) {
            true => "move it to a file that only trunkline's user can read, or to the environment",
            false => "see config.example.toml",
        };
        report.warn(CONFIG, warning.to_string(), remedy);
    }
    let name = path.display();
    if warnings.iter().any(is_secret) && others_read(path) {
        let detail = format!("{name} holds secrets, and everybody on this machine can read it");
        report.warn(CONFIG, detail, format!("chmod 600 {name}"));
    }
    // What a container's runtime mounts there is for the container alone, whatever its mode says.
    let ours = |path: &Path| !path.starts_with("/run/secrets");
    for (setting, path) in config.secret_files() {
        if ours(&path) && others_read(&path) {
            let name = path.display();
            let detail = format!("{name} ({setting}) can be read by everybody on this machine");
            report.warn(CONFIG, detail, format!("chmod 600 {name}"));
        }
    }
}

fn is_secret(warning: &Problem) -> bool {
    warning.message.starts_with("a secret")
}

/// Whether users that are neither owner nor of the group can read a file.
pub(super) fn others_read(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    const OTHERS_READ: u32 = 0o004;
    std::fs::metadata(path).is_ok_and(|found| found.mode() & OTHERS_READ != 0)
}

/// What is said of the service itself.
fn server(server: &Server, report: &mut Report) {
    const ABOUT: &str = "server";
    match &server.public_url {
        None => report.warn(
            ABOUT,
            "server.public_url is not set: carriers can't call back, and are asked instead",
            "set it to the https:// address that reaches this service from outside, if there is one",
        ),
        Some(url) if url.scheme() != "https" => report.warn(
            ABOUT,
            format!("server.public_url is {url}: keys and callbacks travel unencrypted"),
            "put a proxy that speaks TLS in front, and give its https:// address",
        ),
        Some(url) => report.ok(ABOUT, format!("reached from outside at {url}")),
    }
    if server.listen.ip().is_loopback() {
        let listen = server.listen;
        report.ok(ABOUT, format!("listens on {listen}: on this machine only"));
    } else {
        let listen = server.listen;
        report.ok(ABOUT, format!("listens on {listen}: an API key is needed"));
    }
    if server.secret_key.is_none() {
        let detail = "server.secret_key is not set: one is made and kept in the database";
        report.ok(ABOUT, detail);
    }
}

/// Whether there is anybody to trust: an image made from nothing has no certificates.
fn certificates(report: &mut Report) {
    const ABOUT: &str = "tls";
    match rustls_native_certs::load_native_certs().certs.len() {
        0 => report.warn(
            ABOUT,
            "this machine has no CA certificates: no https:// carrier can be trusted",
            "install the package ca-certificates, or name a PEM file with SSL_CERT_FILE",
        ),
        count => report.ok(ABOUT, format!("CA certificates: {count}")),
    }
}
