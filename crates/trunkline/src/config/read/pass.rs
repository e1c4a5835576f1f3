//! What is known while settings are read again and again until nothing more is found wrong.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::config::problems::{Issue, join, table_of};
use crate::config::read::fault::What;

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
pub(super) struct Pass<'a> {
    pub(super) of: &'a Reading<'a>,
    /// Paths to leave out: they are wrong.
    pub(super) skip: BTreeSet<String>,
    /// Paths to pretend an empty string at: they are missing.
    pub(super) supplied: BTreeSet<String>,
    pub(super) issues: RefCell<Vec<Issue>>,
}

impl Pass<'_> {
    /// Notes what is wrong; whether another pass can tell more.
    pub(super) fn learn(&mut self, path: String, what: What) -> bool {
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

    pub(super) fn note(&self, issue: Issue) {
        let mut issues = self.issues.borrow_mut();
        if !issues.contains(&issue) {
            issues.push(issue);
        }
    }
}
