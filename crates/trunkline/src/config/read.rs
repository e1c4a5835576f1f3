//! Reading settings into types, noting everything that is wrong instead of stopping at the first.

mod fault;
mod keys;
mod reader;

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde::de::DeserializeOwned;

use crate::config::problems::{Issue, join, table_of};
use fault::What;
use reader::Reader;

pub(crate) use keys::keys_of;
pub(crate) use reader::Node;

/// What is known of a table, or a single setting, that is about to be read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading<'a> {
    /// Where it is in the file.
    pub(crate) path: &'a str,
    /// Keys that it may have beside those of the type; somebody else reads them.
    pub(crate) also: &'a [&'static str],
    /// Paths that are known to be wrong already.
    pub(crate) skip: BTreeSet<String>,
}

/// What the passes over one table know of it.
#[derive(Debug)]
struct Pass<'a> {
    of: &'a Reading<'a>,
    /// Paths to leave out: they are wrong.
    skip: BTreeSet<String>,
    /// Paths to pretend an empty string at: they are missing.
    supplied: BTreeSet<String>,
    issues: RefCell<Vec<Issue>>,
}

impl Reading<'_> {
    /// Reads it, as often as it takes: what is wrong is noted and left out of the next pass.
    ///
    /// # Errors
    /// Everything wrong with it. None, if what the type can't do without is known to be wrong already.
    pub(crate) fn read<'v, T: DeserializeOwned>(
        &self,
        node: impl Into<Node<'v>>,
    ) -> Result<T, Vec<Issue>> {
        let (value, issues) = self.read_lossy(node);
        value.filter(|_| issues.is_empty()).ok_or(issues)
    }

    /// The same, with what is left of the table without what is wrong.
    pub(crate) fn read_lossy<'v, T: DeserializeOwned>(
        &self,
        node: impl Into<Node<'v>>,
    ) -> (Option<T>, Vec<Issue>) {
        let mut pass = Pass {
            of: self,
            skip: self.skip.clone(),
            supplied: BTreeSet::new(),
            issues: RefCell::default(),
        };
        let node = node.into();
        loop {
            let fault = match T::deserialize(Reader {
                node,
                path: self.path.to_owned(),
                pass: &pass,
            }) {
                Ok(value) => {
                    let pretended = !pass.supplied.is_empty();
                    return ((!pretended).then_some(value), pass.issues.into_inner());
                }
                Err(fault) => fault,
            };
            if !pass.learn(fault.path.unwrap_or_default(), fault.what) {
                return (None, pass.issues.into_inner());
            }
        }
    }
}

impl Pass<'_> {
    /// Notes what is wrong; whether another pass can tell more.
    fn learn(&mut self, path: String, what: What) -> bool {
        match what {
            What::Missing(field) => {
                let key = join(&path, field);
                // A key that is left out because it is wrong, or is there misspelt, is not missing.
                let excused = self
                    .issues
                    .borrow()
                    .iter()
                    .any(|issue| issue.meant() == Some(key.clone()));
                if !excused && !self.skip.contains(&key) {
                    self.note(Issue::missing_key(&path, field));
                }
                self.supplied.insert(key)
            }
            What::Unknown { key, suggestion } => {
                self.note(Issue::unknown_key(&path, &key, suggestion.as_deref()));
                self.leave_out(path)
            }
            // No value can be pretended, and so nothing more be told of the table.
            What::Wrong { .. } if self.supplied.contains(&path) => {
                self.leave_out(table_of(&path).to_owned())
            }
            What::Wrong {
                message,
                suggestion,
            } => {
                self.note(Issue {
                    suggestion,
                    ..Issue::value(&path, message)
                });
                self.leave_out(path)
            }
        }
    }

    /// Nothing is left without what is being read itself.
    fn leave_out(&mut self, path: String) -> bool {
        path != self.of.path && self.skip.insert(path)
    }

    fn note(&self, issue: Issue) {
        let mut issues = self.issues.borrow_mut();
        if !issues.contains(&issue) {
            issues.push(issue);
        }
    }
}

#[cfg(test)]
mod tests;
