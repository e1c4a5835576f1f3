//! Reading settings into types, noting everything that is wrong instead of stopping at the first.

mod fault;
mod keys;
mod pass;
mod reader;

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde::de::DeserializeOwned;

use crate::config::problems::Issue;
use pass::Pass;
use reader::Reader;

pub(crate) use keys::keys_of;
pub(crate) use pass::Reading;
pub(crate) use reader::Node;

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

#[cfg(test)]
mod tests;
