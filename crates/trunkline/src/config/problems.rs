//! Problems of a configuration, with their positions in the file.

use std::collections::BTreeMap;
use std::fmt;

use trunkline_core::{Error, ErrorKind};

/// One error, or one warning.
///
/// `Display` is one line: `line 12: accounts[0]: unknown key auth_tokn, did you mean auth_token?`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// Line in the file, from 1.
    pub line: usize,
    /// Column in that line, in characters from 1.
    pub column: usize,
    /// Path of the key: `accounts[0].auth_tokn`. Empty for the file as a whole.
    pub path: String,
    /// Message for people. It never repeats a value, which may be a secret.
    pub message: String,
    /// The most similar valid key or value, if the given one is unknown.
    pub suggestion: Option<String>,
    /// Whether the message is about the table of the key: the key is unknown or missing.
    pub(crate) of_table: bool,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let about = match self.of_table {
            true => table_of(&self.path),
            false => &self.path,
        };
        write!(f, "line {}: ", self.line)?;
        if !about.is_empty() {
            write!(f, "{about}: ")?;
        }
        f.write_str(&self.message)?;
        match &self.suggestion {
            Some(nearest) => write!(f, ", did you mean {nearest}?"),
            None => Ok(()),
        }
    }
}

/// Problems are made without a position, which is looked up in the end.
impl Problem {
    /// A wrong value.
    pub(crate) fn value(path: impl Into<String>, message: impl Into<String>) -> Self {
        let message = message.into();
        // So says the deserializer of a count.
        let message = match message.starts_with("expected a nonzero ") {
            true => "expected a whole number of 1 or more".to_owned(),
            false => message,
        };
        Self {
            path: path.into(),
            message,
            ..Self::default()
        }
    }

    /// An unknown key.
    pub(crate) fn unknown_key(table: &str, key: &str, suggestion: Option<&str>) -> Self {
        Self {
            of_table: true,
            suggestion: suggestion.map(ToOwned::to_owned),
            ..Self::value(join(table, key), format!("unknown key {}", shown(key)))
        }
    }

    /// A missing key.
    pub(crate) fn missing_key(table: &str, key: &str) -> Self {
        Self {
            of_table: true,
            ..Self::value(join(table, key), format!("missing key {key}"))
        }
    }

    /// Path of the valid key that is similar to an unknown one.
    pub(crate) fn meant(&self) -> Option<String> {
        let key = self.suggestion.as_deref().filter(|_| self.of_table)?;
        Some(join(table_of(&self.path), key))
    }

    /// An adapter's error: one problem for each field that it names, or one for the account.
    pub(crate) fn of_error(table: &str, error: &Error) -> Vec<Self> {
        if error.fields().is_empty() {
            return vec![Self::value(table, error.message())];
        }
        let fields = error.fields().iter();
        fields
            .map(|field| Self::value(join(table, &field.field), &field.message))
            .collect()
    }

    /// The problem with its position.
    pub(crate) fn located(self, places: &Places) -> Self {
        let Position { line, column } = places.find(&self.path);
        Self {
            line,
            column,
            ..self
        }
    }
}

/// All problems of a configuration, in the order of the file. `Display` has one line for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    pub(crate) fn one(problem: Problem) -> Self {
        Self(vec![problem])
    }

    /// The problems, at least one.
    #[must_use]
    pub fn as_slice(&self) -> &[Problem] {
        &self.0
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.0.iter().enumerate() {
            let end = if at == 0 { "" } else { "\n" };
            write!(f, "{end}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        let error = Self::new(ErrorKind::Config, problems.to_string().replace('\n', "; "));
        problems.into_iter().fold(error, |error, problem| {
            error.with_field(problem.path, problem.message)
        })
    }
}

/// A position in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// The position of each key, by path.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places(pub(crate) BTreeMap<String, Position>);

impl Places {
    /// The position of a key or, if it is not in the file, of the table that it belongs to.
    fn find(&self, mut path: &str) -> Position {
        loop {
            if let Some(position) = self.0.get(path) {
                return *position;
            }
            match path.rfind(['.', '[']) {
                Some(end) => path = &path[..end],
                None => return Position { line: 1, column: 1 },
            }
        }
    }
}

/// The problems with their positions; `Ok` if there are none.
pub(crate) fn located(problems: Vec<Problem>, places: &Places) -> Result<(), Problems> {
    let problems = problems.into_iter();
    sorted(problems.map(|problem| problem.located(places)).collect())
}

/// The problems in the order of the file; `Ok` if there are none.
pub(crate) fn sorted(mut problems: Vec<Problem>) -> Result<(), Problems> {
    problems.sort_by(|a, b| (a.line, a.column, &a.path).cmp(&(b.line, b.column, &b.path)));
    problems.dedup();
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Problems(problems)),
    }
}

/// The path of a key in a table; an empty `table` is the whole file.
pub(crate) fn join(table: &str, key: &str) -> String {
    // A key from an adapter may have dots, a key from a file is escaped.
    let key = shown(key);
    if table.is_empty() {
        key
    } else {
        format!("{table}.{key}")
    }
}

/// The path of a key's table.
pub(crate) fn table_of(path: &str) -> &str {
    path.rfind('.').map_or("", |end| &path[..end])
}

/// A key as it can be printed: without control characters, and not too long.
fn shown(key: &str) -> String {
    const LONGEST: usize = 64;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if !key.is_empty() && key.len() <= LONGEST && key.chars().all(plain) {
        key.to_owned()
    } else {
        let short: String = key.chars().take(LONGEST).collect();
        format!("{short:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_with_control_characters_are_escaped() {
        let issue = Problem::unknown_key("", "a\nline 1: b", None);
        assert_eq!(
            issue.located(&Places::default()).to_string(),
            r#"line 1: unknown key "a\nline 1: b""#
        );
    }

    #[test]
    fn missing_key_has_the_position_of_its_table() {
        let places = Places([("accounts[1]".to_owned(), Position { line: 7, column: 3 })].into());
        let problem = Problem::missing_key("accounts[1]", "name").located(&places);
        assert_eq!(problem.to_string(), "line 7: accounts[1]: missing key name");
        assert_eq!(
            (problem.path.as_str(), problem.column),
            ("accounts[1].name", 3)
        );
    }
}
