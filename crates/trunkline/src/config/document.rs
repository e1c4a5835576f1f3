//! A configuration file as a tree of values, with the position of every key.

use secrecy::SecretString;
use std::collections::BTreeMap;
use std::fmt;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config::problems::{Places, Position, Problem, Problems, join, sorted};

/// A value of the file. It may be a secret, so `Debug` shows only its kind.
#[derive(Clone)]
pub(crate) enum Value {
    Text(String),
    /// A text from the environment or another file.
    Secret(SecretString),
    Integer(i64),
    Flag(bool),
    List(Vec<Self>),
    Table(Table),
    /// A value that no setting can have, such as a date.
    Other(&'static str),
    /// Left out, because it is wrong.
    Absent,
    /// An empty string in place of a missing key.
    Pretended,
}

/// The entries of a table, by key.
pub(crate) type Table = BTreeMap<String, Value>;

impl Value {
    /// Whether it was left out.
    pub(crate) const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// The kind of value, for people.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) | Self::Secret(_) => "a string",
            Self::Integer(_) => "an integer",
            Self::Flag(_) => "a boolean",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Other(kind) => kind,
            Self::Absent | Self::Pretended => "nothing",
        }
    }
}

impl From<&Table> for Value {
    fn from(table: &Table) -> Self {
        Self::Table(table.clone())
    }
}

impl From<&Self> for Value {
    fn from(value: &Self) -> Self {
        value.clone()
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())
    }
}

/// A TOML file.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) root: Table,
    pub(crate) places: Places,
}

impl Document {
    /// Reads a file.
    ///
    /// # Errors
    /// Every syntax error.
    pub(crate) fn parse(text: &str) -> Result<Self, Problems> {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut walk = Walk {
            lines: Lines::new(text),
            places: Places::default(),
        };
        let mut problems: Vec<_> = errors.iter().map(|error| walk.syntax(error)).collect();
        problems.sort_by_key(|problem| (problem.line, problem.column));
        // Further errors in the same line are mostly a consequence.
        problems.dedup_by_key(|problem| problem.line);
        sorted(problems)?;
        let root = walk.table(table.get_ref(), "");
        Ok(Self {
            root,
            places: walk.places,
        })
    }
}

struct Walk<'a> {
    lines: Lines<'a>,
    places: Places,
}

impl Walk<'_> {
    fn syntax(&self, error: &toml::de::Error) -> Problem {
        let message = error.message().replace('\n', ", ");
        let mut problem = Problem::value("", message).located(&self.places);
        let Position { line, column } = self.lines.position(error.span().unwrap_or_default().start);
        (problem.line, problem.column) = (line, column);
        problem
    }

    fn table(&mut self, table: &DeTable<'_>, path: &str) -> Table {
        let mut entries = Table::new();
        for (key, value) in table {
            let path = join(path, key.get_ref());
            self.places
                .0
                .insert(path.clone(), self.lines.position(key.span().start));
            let value = self.value(value, &path);
            entries.insert(key.get_ref().to_string(), value);
        }
        entries
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, path: &str) -> Value {
        match value.get_ref() {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                .map_or(Value::Other("an integer too large"), Value::Integer),
            DeValue::Float(_) => Value::Other("a number with a fraction"),
            DeValue::Boolean(flag) => Value::Flag(*flag),
            DeValue::Datetime(_) => Value::Other("a date"),
            DeValue::Array(items) => {
                let mut list = Vec::with_capacity(items.len());
                for (at, item) in items.iter().enumerate() {
                    let path = format!("{path}[{at}]");
                    self.places
                        .0
                        .insert(path.clone(), self.lines.position(item.span().start));
                    list.push(self.value(item, &path));
                }
                Value::List(list)
            }
            DeValue::Table(table) => Value::Table(self.table(table, path)),
        }
    }
}

/// Converts offsets to lines and columns.
struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        let starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Self { text, starts }
    }

    fn position(&self, offset: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts[line - 1];
        let before = self.text.get(start..offset).unwrap_or_default();
        Position {
            line,
            column: before.chars().count() + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, path: &str) -> (usize, usize) {
        let document = Document::parse(text).unwrap();
        let position = document.places.0[path];
        (position.line, position.column)
    }

    #[test]
    fn every_key_has_its_position() {
        let text = "[server]\n  listen = 1\n\n[[accounts]]\nname = 2\n[[accounts]]\nlimits = { burst = 3 }\n";
        assert_eq!(place(text, "server"), (1, 2));
        assert_eq!(place(text, "server.listen"), (2, 3));
        assert_eq!(place(text, "accounts[0]").0, 4);
        assert_eq!(place(text, "accounts[1]").0, 6);
        assert_eq!(place(text, "accounts[1].limits.burst"), (7, 12));
    }

    #[test]
    fn columns_count_characters() {
        assert_eq!(place("a = { \"\u{e9}\" = 1, b = 2 }", "a.b"), (1, 16));
    }

    #[test]
    fn every_syntax_error_is_reported() {
        let problems = Document::parse("a = \n[b]\nc = = 2\n").unwrap_err();
        let lines: Vec<_> = problems
            .as_slice()
            .iter()
            .map(|problem| problem.line)
            .collect();
        assert_eq!(lines, [1, 3], "{problems}");
    }

    #[test]
    fn debug_shows_no_value() {
        let document = Document::parse("token = 'hunter2'").unwrap();
        assert!(!format!("{document:?}").contains("hunter2"));
    }
}
