//! Reads settings into types, and reports everything that is wrong instead of stopping at the first error.

mod fault;
mod reader;

use std::collections::BTreeSet;

use serde::de::{DeserializeOwned, IntoDeserializer};
use serde_path_to_error::{Deserializer, Path, Segment, Track};

use crate::config::document::Value;
use crate::config::problems::{Problem, join, table_of};
use fault::Fault;
use trunkline_core::nearest;

/// A table, or a single setting, to be read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading<'a> {
    /// Its path in the file.
    pub(crate) path: &'a str,
    /// Keys that it may have beside those of the type, and that are read elsewhere.
    pub(crate) also: &'a [&'static str],
    /// Paths that are known to be wrong already.
    pub(crate) skip: BTreeSet<String>,
}

impl Reading<'_> {
    /// Reads a value.
    ///
    /// # Errors
    /// Everything that is wrong. Empty if something required is known to be wrong already.
    pub(crate) fn read<T: DeserializeOwned>(
        &self,
        value: impl Into<Value>,
    ) -> Result<T, Vec<Problem>> {
        let (value, issues) = self.read_lossy(value);
        value.filter(|_| issues.is_empty()).ok_or(issues)
    }

    /// Reads a value without the parts that are wrong, and reports those. What is wrong is left out, and the rest is read
    /// again until nothing more is found.
    pub(crate) fn read_lossy<T: DeserializeOwned>(
        &self,
        value: impl Into<Value>,
    ) -> (Option<T>, Vec<Problem>) {
        let mut pass = Pass::new(self, value.into());
        loop {
            let mut track = Track::new();
            let reader = Deserializer::new((&pass.value).into_deserializer(), &mut track);
            match T::deserialize(reader) {
                Ok(value) => return ((!pass.pretends).then_some(value), pass.issues),
                Err(fault) => {
                    if !pass.learn(&track.path(), fault) {
                        return (None, pass.issues);
                    }
                }
            }
        }
    }
}

/// The keys of a settings type that derives `Deserialize`; empty for a type that is not a table.
pub(crate) fn keys_of<T: DeserializeOwned>() -> &'static [&'static str] {
    match T::deserialize((&Value::Absent).into_deserializer()) {
        Err(Fault::Keys(keys)) => keys,
        _ => &[],
    }
}

/// What the passes over one value have found.
struct Pass<'a> {
    of: &'a Reading<'a>,
    /// The value without what is wrong, and with empty strings in place of missing keys.
    value: Value,
    /// Whether there are such empty strings.
    pretends: bool,
    issues: Vec<Problem>,
}

impl<'a> Pass<'a> {
    fn new(of: &'a Reading<'a>, mut value: Value) -> Self {
        if let Value::Table(table) = &mut value {
            table.retain(|key, _| !of.also.contains(&key.as_str()));
        }
        let (issues, pretends) = (Vec::new(), false);
        let mut pass = Self {
            of,
            value,
            pretends,
            issues,
        };
        pass.value.leave_out(of.path, &of.skip);
        pass
    }

    /// Notes what is wrong at a path; whether another pass may find more.
    fn learn(&mut self, at: &Path, fault: Fault) -> bool {
        let mut path = self.of.path.to_owned();
        let value = self.value.at(at, &mut path);
        let is_outermost = path == self.of.path;
        match fault {
            Fault::Missing(field) => {
                let Value::Table(table) = value else {
                    return false;
                };
                let key = Some(join(&path, field));
                // A key is not missing if it was left out because it is wrong, or if it is misspelt.
                let is_wrong = table.insert(field.to_owned(), Value::Pretended).is_some()
                    || key.as_ref().is_some_and(|key| self.of.skip.contains(key))
                    || self.issues.iter().any(|issue| issue.meant() == key);
                self.pretends = true;
                if !is_wrong {
                    self.issues.push(Problem::missing_key(&path, field));
                }
                return true;
            }
            Fault::Unknown { key, known } => {
                *value = Value::Absent;
                let table = path.strip_suffix(&join("", &key)).unwrap_or(&path);
                let table = table.strip_suffix('.').unwrap_or(table).to_owned();
                let also = if table == self.of.path {
                    self.of.also
                } else {
                    &[]
                };
                let suggestion = nearest(&key, known.iter().chain(also).copied());
                self.issues
                    .push(Problem::unknown_key(&table, &key, suggestion));
                return true;
            }
            // No value can be pretended there, and so the table can't be read.
            Fault::Wrong { .. } if matches!(value, Value::Pretended) => {
                let table = table_of(&path).to_owned();
                let is_outermost = table == self.of.path;
                self.value.leave_out(self.of.path, &[table].into());
                return !is_outermost;
            }
            Fault::Wrong {
                message,
                suggestion,
            } => {
                *value = Value::Absent;
                // What a type says of a table with unknown or missing keys is mostly a consequence of these.
                let is_own = |issue: &Problem| issue.of_table && table_of(&issue.path) == path;
                if !self.issues.iter().any(is_own) {
                    self.issues.push(Problem {
                        suggestion,
                        ..Problem::value(&path, message)
                    });
                }
            }
            Fault::Keys(_) => return false,
        }
        !is_outermost
    }
}

impl Value {
    /// Leaves out what is at these paths; `path` is the path of this value.
    fn leave_out(&mut self, path: &str, paths: &BTreeSet<String>) {
        if paths.contains(path) {
            *self = Self::Absent;
            return;
        }
        match self {
            Self::Table(table) => {
                for (key, value) in table {
                    value.leave_out(&join(path, key), paths);
                }
            }
            Self::List(items) => {
                for (at, item) in items.iter_mut().enumerate() {
                    item.leave_out(&format!("{path}[{at}]"), paths);
                }
            }
            _ => {}
        }
    }

    /// What is at a path below this value; appends that to `path` as it is in the file.
    fn at(&mut self, below: &Path, path: &mut String) -> &mut Self {
        let mut value = self;
        for step in below {
            value = match (step, value) {
                (Segment::Map { key }, Self::Table(table)) => {
                    *path = join(path, key);
                    table.entry(key.clone()).or_insert(Self::Absent)
                }
                (Segment::Seq { index }, Self::List(items)) => {
                    // Items that were left out are not counted.
                    let mut present = (0..items.len()).filter(|at| !items[*at].is_absent());
                    let at = present.nth(*index).unwrap_or(items.len());
                    path.push_str(&format!("[{at}]"));
                    items.resize(items.len().max(at + 1), Self::Absent);
                    &mut items[at]
                }
                (_, value) => return value,
            };
        }
        value
    }
}

#[cfg(test)]
mod tests;
