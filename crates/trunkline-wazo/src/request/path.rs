//! Paths below the base URL, and checks of what stands in them.

use trunkline_core::{Error, ErrorKind, Result};
use trunkline_http::wire::{is_uuid, reject};

/// The directory, or with an id one entry of it.
pub(super) const NUMBERS: &str = "api/confd/1.1/phone-numbers";

/// Whether Wazo would take this as a number: digits, perhaps after a plus, 128 characters at most.
pub(crate) fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    !digits.is_empty() && text.len() <= 128 && digits.bytes().all(|b| b.is_ascii_digit())
}

/// # Errors
/// `NotFound` for a text that is not an id of Wazo's.
pub(super) fn instance(uuid: &str) -> Result<String> {
    if is_uuid(uuid) {
        return Ok(format!("{NUMBERS}/{uuid}"));
    }
    let message = "there is no number of this id";
    Err(Error::new(ErrorKind::NotFound, message))
}

/// Rejects a location: the numbers of a tenant have none. Errors: `Unsupported` naming `location`.
pub(crate) fn nowhere(location: Option<&str>) -> Result<()> {
    let fields = [("location", location.is_some())];
    reject(&fields, "Wazo's numbers have no place")
}
