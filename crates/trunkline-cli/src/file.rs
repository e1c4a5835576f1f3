//! Finding and reading the configuration file.

use std::io;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use trunkline::{Config, Problems};

use crate::console::Console;
use crate::failure::Failure;

/// Default path of the configuration.
pub(crate) const DEFAULT: &str = "trunkline.toml";

/// A configuration and its file.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) config: Config,
    pub(crate) path: PathBuf,
}

/// Reads the named file, or the one in the current directory if it exists. `parse` is [`Config::parse`], or
/// [`Config::parse_with_secrets`] to check that every secret is available.
///
/// # Errors
/// A named file that can't be read, and everything wrong in it.
pub(crate) fn load(
    named: Option<&Path>,
    parse: fn(&str) -> Result<Config, Problems>,
) -> Result<Option<Loaded>, Failure> {
    let path = named.unwrap_or_else(|| Path::new(DEFAULT));
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => {
            return Ok(None);
        }
        Err(error) => {
            return Err(Failure::usage(format!(
                "can't read the configuration {}: {error}",
                path.display()
            )));
        }
    };
    let config = parse(&text).map_err(|problems| wrong(path, &problems))?;
    Ok(Some(Loaded {
        config,
        path: path.to_owned(),
    }))
}

impl Loaded {
    /// Writes what is accepted but not advisable.
    pub(crate) fn warn(&self, console: &mut Console<'_>) {
        let path = self.path.display();
        for warning in self.config.warnings() {
            console.note(&format!("warning: {path}: {warning}"));
        }
    }
}

/// The address of the named database, or of the configured one.
///
/// # Errors
/// A missing secret.
pub(crate) fn database_url(config: &Config, named: Option<&str>) -> Result<SecretString, Failure> {
    match named {
        Some(url) => Ok(SecretString::from(url)),
        None => config.database_url().map_err(|problems| missing(&problems)),
    }
}

/// What is wrong with a file, one line for each problem.
pub(crate) fn wrong(path: &Path, problems: &Problems) -> Failure {
    let message = format!("the configuration {} is wrong", path.display());
    detailed(Failure::usage(message), problems)
}

/// What makes a configuration unusable although its file is right: mostly missing secrets.
pub(crate) fn missing(problems: &Problems) -> Failure {
    detailed(Failure::usage("the configuration can't be used"), problems)
}

fn detailed(failure: Failure, problems: &Problems) -> Failure {
    let lines = problems.as_slice().iter().map(ToString::to_string);
    lines.fold(failure, Failure::with_detail)
}
