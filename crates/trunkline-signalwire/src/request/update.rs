//! Changing a number held.

use trunkline_core::{NumberUpdate, Patch, Result, Routing};
use trunkline_http::wire::{Fields, only_writable, uuid};

use crate::config::WRITABLE;
use crate::request::options::changes;
use crate::request::routing::set;
use crate::routing::{MESSAGING, VOICE};

/// What is to be sent to change a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Change {
    /// What the number itself takes.
    pub(crate) fields: Fields,
    /// The emergency address, which has a resource of its own: `Some(None)` takes it away.
    pub(crate) emergency_address: Option<Option<String>>,
}

/// What an update means at SignalWire. `deprecated` allows contexts. Errors: `Unsupported` or `InvalidRequest` naming
/// the field.
pub(crate) fn change(update: &NumberUpdate, deprecated: bool) -> Result<Change> {
    only_writable(update, &WRITABLE)?;
    let mut fields = Fields::default();
    if let Some(name) = update.label.change() {
        fields.set("name", name.map_or("", String::as_str));
    }
    for (names, wanted) in [(&VOICE, &update.voice), (&MESSAGING, &update.messaging)] {
        if let Some(wanted) = wanted.change() {
            let wanted = wanted.unwrap_or(&Routing::None);
            set(&mut fields, names, wanted, deprecated)?;
        }
    }
    if let Patch::Set(own) = &update.provider_options {
        for (name, value) in changes(own, deprecated)? {
            fields.set_option(name, value)?;
        }
    }
    let emergency_address = update
        .emergency_address_id
        .change()
        .map(|address| address.cloned().filter(|address| !address.is_empty()));
    if let Some(Some(address)) = &emergency_address {
        uuid("emergency_address_id", address)?;
    }
    Ok(Change {
        fields,
        emergency_address,
    })
}

#[cfg(test)]
mod tests;
