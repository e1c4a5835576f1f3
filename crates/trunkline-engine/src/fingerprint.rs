//! Telling whether two requests are the same.

use serde::Serialize;
use sha2::{Digest, Sha256};
use trunkline_core::error::{Error, ErrorKind, Result};

use crate::seal::hex;

/// A short hash of a request: 64 hexadecimal digits.
#[must_use]
pub fn fingerprint(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The same of filters, as JSON.
pub(crate) fn of(filters: &impl Serialize) -> Result<String> {
    let json = serde_json::to_vec(filters);
    let json = json.map_err(|error| {
        Error::new(ErrorKind::Internal, "filters are not JSON").with_source(error)
    })?;
    Ok(fingerprint(&json))
}
