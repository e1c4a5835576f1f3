//! Secrets in a configuration: named by where they are, and fetched when they are needed.

use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use sha2::{Digest, Sha256};
use trunkline_core::{Error, ErrorKind, MadeFrom, Result};
use trunkline_engine::seal::Sealer;

use crate::config::document::{Table, Value};
use crate::config::problems::Problem;

/// Where a secret is: `{ env = "AUTH_TOKEN" }`, `{ file = "/run/secrets/token" }`, or the secret itself.
///
/// `Debug` shows the name of the variable or file, never a secret.
#[derive(Clone, Debug)]
pub struct Secret(Source);

#[derive(Clone, Debug)]
enum Source {
    Env(String),
    File(PathBuf),
    Literal(SecretString),
}

impl Secret {
    /// A secret in the environment variable of this name.
    #[must_use]
    pub fn env(name: impl Into<String>) -> Self {
        Self(Source::Env(name.into()))
    }

    /// A secret in this file.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(Source::File(path.into()))
    }

    /// The secret itself.
    #[must_use]
    pub const fn literal(secret: SecretString) -> Self {
        Self(Source::Literal(secret))
    }

    /// Whether it is in the configuration itself.
    #[must_use]
    pub const fn is_literal(&self) -> bool {
        matches!(self.0, Source::Literal(_))
    }

    /// The file that holds it.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.0 {
            Source::File(path) => Some(path),
            Source::Env(_) | Source::Literal(_) => None,
        }
    }

    /// Fetches the secret, without line breaks at its end, which most tools add.
    ///
    /// # Errors
    /// `Config` naming a variable or file that is missing, empty or not text, or holds line breaks or control characters.
    pub fn resolve(&self) -> Result<SecretString> {
        let wrong = |message: String| Error::new(ErrorKind::Config, message);
        match &self.0 {
            Source::Env(name) => match variable(name) {
                Ok(text) => clean(text, &format!("environment variable {name}")),
                Err(std::env::VarError::NotPresent) => {
                    Err(wrong(format!("environment variable {name} is not set")))
                }
                Err(std::env::VarError::NotUnicode(_)) => {
                    Err(wrong(format!("environment variable {name} is not text")))
                }
            },
            Source::File(path) => {
                let name = path.display();
                let text = std::fs::read_to_string(path).map_err(|error| {
                    wrong(format!("can't read {name}: {error}")).with_source(error)
                })?;
                clean(text, &name.to_string())
            }
            Source::Literal(secret) => clean(secret.expose_secret().to_owned(), "it"),
        }
    }

    /// The issue at a path if the secret can't be fetched.
    pub(crate) fn missing(&self, path: impl Into<String>) -> Option<Problem> {
        let error = self.resolve().err()?;
        Some(Problem::value(path, error.message()))
    }

    /// The secret if it is in the configuration, else a placeholder for checks.
    pub(crate) fn stand_in(&self) -> SecretString {
        match &self.0 {
            Source::Env(_) | Source::File(_) => "placeholder".into(),
            Source::Literal(secret) => secret.clone(),
        }
    }

    /// Whether the secret can be fetched now and passes a test.
    pub(crate) fn is_so(&self, test: impl FnOnce(&str) -> bool) -> bool {
        let known = self.resolve();
        known.is_ok_and(|known| test(known.expose_secret()))
    }

    /// Whether the secret is in the configuration and passes a test.
    pub(crate) fn literal_is(&self, test: impl FnOnce(&str) -> bool) -> bool {
        matches!(&self.0, Source::Literal(secret) if test(secret.expose_secret()))
    }
}

/// The secret in a text.
fn clean(mut text: String, name: &str) -> Result<SecretString> {
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    let invisible = |c: char| c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}');
    let problem = if text.is_empty() {
        "is empty"
    } else if text.contains(['\r', '\n']) {
        "holds a line break"
    } else if text.contains(invisible) {
        "holds a character that can't be seen"
    } else {
        return Ok(text.into());
    };
    Err(Error::new(ErrorKind::Config, format!("{name} {problem}")))
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the place where the environment is read"
)]
fn variable(name: &str) -> Result<String, std::env::VarError> {
    // Some systems abort the process for an invalid name.
    if name.is_empty() || name.contains(['=', '\0']) {
        return Err(std::env::VarError::NotPresent);
    }
    std::env::var(name)
}

/// Gives a secret to the type that holds it.
pub(crate) fn visit<'de, E: de::Error, V: Visitor<'de>>(
    secret: &SecretString,
    visitor: V,
) -> Result<V::Value, E> {
    visitor.visit_str(secret.expose_secret())
}

/// A digest of settings and secrets, which shows whether they have changed.
#[derive(Clone, Debug, Default)]
pub(crate) struct SecretDigest(Sha256);

impl SecretDigest {
    /// Adds a table.
    pub(crate) fn table(&mut self, table: &Table) {
        self.0.update(table.len().to_be_bytes());
        for (key, value) in table {
            self.bytes(key.as_bytes());
            self.value(value);
        }
    }

    fn value(&mut self, value: &Value) {
        self.bytes(value.kind().as_bytes());
        match value {
            Value::Text(text) => self.bytes(text.as_bytes()),
            Value::Secret(secret) => self.bytes(secret.expose_secret().as_bytes()),
            Value::Integer(number) => self.bytes(&number.to_be_bytes()),
            Value::Flag(flag) => self.bytes(&[u8::from(*flag)]),
            Value::List(items) => {
                self.0.update(items.len().to_be_bytes());
                items.iter().for_each(|item| self.value(item));
            }
            Value::Table(table) => self.table(table),
            Value::Other(_) | Value::Absent | Value::Pretended => {}
        }
    }

    /// Adds bytes, with their length.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.0.update(bytes.len().to_be_bytes());
        self.0.update(bytes);
    }

    /// Adds a secret.
    pub(crate) fn secret(&mut self, secret: &SecretString) {
        self.bytes(secret.expose_secret().as_bytes());
    }

    /// The digest.
    pub(crate) fn finish(self) -> MadeFrom {
        MadeFrom(self.0.finalize().into())
    }
}

/// Whether a sealing key is too short: it has fewer than 32 bytes.
pub(crate) fn is_short(key: &SecretString) -> bool {
    key.expose_secret().len() < 32
}

/// A sealer of offers and cursors with this key.
pub(crate) fn sealer(key: &SecretString) -> Sealer {
    Sealer::new(key.expose_secret().as_bytes())
}

/// The two tables that a secret can be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    env: Option<String>,
    file: Option<PathBuf>,
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SecretVisitor;

        impl<'de> Visitor<'de> for SecretVisitor {
            type Value = Secret;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("{ env = \"...\" }, { file = \"...\" } or a string")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Secret, E> {
                if text.is_empty() {
                    return Err(E::custom("a secret can't be empty"));
                }
                Ok(Secret::literal(text.into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Secret, A::Error> {
                match Named::deserialize(MapAccessDeserializer::new(map))? {
                    Named {
                        env: Some(name),
                        file: None,
                    } => Ok(Secret::env(name)),
                    Named {
                        env: None,
                        file: Some(path),
                    } => Ok(Secret::file(path)),
                    Named { .. } => Err(de::Error::custom(
                        "expected either env or file in the table",
                    )),
                }
            }
        }

        deserializer.deserialize_any(SecretVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn read(toml: &str) -> Result<Secret, toml::de::Error> {
        #[derive(Deserialize)]
        struct Holder {
            key: Secret,
        }
        toml::from_str::<Holder>(toml).map(|holder| holder.key)
    }

    #[test]
    fn variable_is_read_when_it_is_needed() {
        let secret = read("key = { env = 'CARGO_PKG_NAME' }").unwrap();
        assert_eq!(secret.resolve().unwrap().expose_secret(), "trunkline");
    }

    #[test]
    fn missing_variable_is_named() {
        let secret = read("key = { env = 'TRUNKLINE_NO_SUCH_VARIABLE' }").unwrap();
        let error = secret.resolve().unwrap_err();
        assert_eq!(
            error.message(),
            "environment variable TRUNKLINE_NO_SUCH_VARIABLE is not set"
        );
        assert!(Secret::env("a=b").resolve().is_err());
        assert!(Secret::env("").resolve().is_err());
    }

    #[test]
    fn file_is_read_without_the_line_break_at_its_end() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b" s3cret \r\n").unwrap();
        let secret = Secret::file(file.path());
        assert_eq!(secret.resolve().unwrap().expose_secret(), " s3cret ");
    }

    #[test]
    fn secrets_with_line_breaks_and_control_characters_are_rejected() {
        let read = |text: &str| clean(text.to_owned(), "TOKEN");
        for text in ["s3cret", "s3cret\n", "s3cret\r\n"] {
            assert_eq!(read(text).unwrap().expose_secret(), "s3cret");
        }
        for (text, words) in [
            ("\n", "TOKEN is empty"),
            ("s3\ncret", "TOKEN holds a line break"),
            (
                "s3\u{feff}cret",
                "TOKEN holds a character that can't be seen",
            ),
            ("s3\tcret", "TOKEN holds a character that can't be seen"),
        ] {
            assert_eq!(read(text).unwrap_err().message(), words);
        }
    }

    #[test]
    fn missing_or_empty_file_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let empty = Secret::file(file.path()).resolve().unwrap_err();
        assert!(empty.message().ends_with("is empty"));
        let error = Secret::file("/no/such/file").resolve().unwrap_err();
        assert!(error.message().starts_with("can't read /no/such/file"));
    }

    #[test]
    fn secret_is_env_or_file_or_a_string() {
        assert!(read("key = 'hunter2'").unwrap().is_literal());
        for wrong in [
            "''",
            "{}",
            "{ env = 'A', file = 'b' }",
            "{ envv = 'A' }",
            "5",
            "['a']",
        ] {
            assert!(read(&format!("key = {wrong}")).is_err(), "{wrong}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let secret = read("key = 'hunter2'").unwrap();
        assert!(!format!("{secret:?}").contains("hunter2"));
    }
}
