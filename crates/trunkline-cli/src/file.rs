//! Finding and reading the configuration file.

use std::io;
use std::path::{Path, PathBuf};

use trunkline::{Config, Problems};

use crate::failure::Failure;

/// Where the configuration is unless said.
pub(crate) const DEFAULT: &str = "trunkline.toml";

/// A configuration, and the file it is from.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) config: Config,
    pub(crate) path: PathBuf,
}

/// Reads the file that was named, or the one in the current directory if there is one.
///
/// # Errors
/// A named file that can't be read, and everything wrong in it.
pub(crate) fn load(named: Option<&Path>) -> Result<Option<Loaded>, Failure> {
    load_as(named, Config::parse)
}

/// The same, with a look at the secrets that it names.
///
/// # Errors
/// Those of [`load`], and every secret that can't be had.
pub(crate) fn load_with_secrets(named: Option<&Path>) -> Result<Option<Loaded>, Failure> {
    load_as(named, Config::parse_with_secrets)
}

fn load_as(
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

/// Everything that is wrong with a file, one line each.
pub(crate) fn wrong(path: &Path, problems: &Problems) -> Failure {
    let failure = Failure::usage(format!("the configuration {} is wrong", path.display()));
    problems
        .as_slice()
        .iter()
        .fold(failure, |failure, problem| {
            failure.with_detail(problem.to_string())
        })
}

/// What can't be had that the configuration names: secrets, mostly.
pub(crate) fn missing(problems: &Problems) -> Failure {
    let failure = Failure::usage("the configuration can't be used");
    problems
        .as_slice()
        .iter()
        .fold(failure, |failure, problem| {
            failure.with_detail(problem.to_string())
        })
}
