//! Changing a number held.

use trunkline_core::capability::NumberField;
use trunkline_core::{NumberUpdate, Patch, Result, Routing};

use super::fields::Fields;
use super::options::NumberOptions;
use super::{cannot, check, routing};

/// What is to be sent to change a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Change {
    /// What the number itself takes.
    pub(crate) fields: Fields,
    /// The emergency address, which has a resource of its own: `Some(None)` takes it away.
    pub(crate) emergency_address: Option<Option<String>>,
}

/// What an update means at SignalWire. `deprecated` lets contexts be written.
///
/// # Errors
/// `Unsupported` or `InvalidRequest` naming the field.
pub(crate) fn change(update: &NumberUpdate, deprecated: bool) -> Result<Change> {
    const WRITABLE: [NumberField; 5] = [
        NumberField::Label,
        NumberField::Voice,
        NumberField::Messaging,
        NumberField::EmergencyAddressId,
        NumberField::ProviderOptions,
    ];
    if let Some(other) = update
        .fields()
        .into_iter()
        .find(|field| !WRITABLE.contains(field))
    {
        return Err(cannot(
            other.as_str(),
            "SignalWire's numbers have no such thing",
        ));
    }
    let mut fields = Fields::default();
    if let Some(name) = update.label.change() {
        fields.set("name", name.map_or("", String::as_str));
    }
    if let Some(wanted) = update.voice.change() {
        routing::voice(&mut fields, wanted.unwrap_or(&Routing::None), deprecated)?;
    }
    if let Some(wanted) = update.messaging.change() {
        routing::messaging(&mut fields, wanted.unwrap_or(&Routing::None), deprecated)?;
    }
    if let Patch::Set(options) = &update.provider_options {
        for (name, value) in NumberOptions::parse(options)?.changes(deprecated)? {
            fields.set_option(name, value)?;
        }
    }
    let emergency_address = update
        .emergency_address_id
        .change()
        .map(|address| address.cloned().filter(|address| !address.is_empty()));
    if let Some(Some(address)) = &emergency_address {
        check::uuid("emergency_address_id", address)?;
    }
    Ok(Change {
        fields,
        emergency_address,
    })
}

#[cfg(test)]
mod tests;
