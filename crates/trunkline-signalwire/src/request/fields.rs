//! The body of an update.

use serde::ser::{Serialize, SerializeMap, Serializer};
use trunkline_core::{Error, Result};

/// Members in order, each once. All that SignalWire lets one write is text, and an empty one unsets: that is what
/// unset members have been seen as, and null is not documented.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields(Vec<(&'static str, String)>);

impl Fields {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        let value = value.into();
        match self.0.iter_mut().find(|(set, _)| *set == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    /// Sets what an option says, unless a unified field says something else.
    ///
    /// # Errors
    /// `InvalidRequest` naming the option.
    pub(super) fn set_option(&mut self, name: &'static str, value: String) -> Result<()> {
        let said = self.0.iter().find(|(set, _)| *set == name);
        if said.is_some_and(|(_, old)| !old.is_empty() && *old != value) {
            let field = format!("provider_options.{name}");
            return Err(Error::invalid(
                field,
                "another field sets it to something else",
            ));
        }
        self.set(name, value);
        Ok(())
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
