//! Telling whether two requests are the same.

use sha2::{Digest, Sha256};

use crate::seal::hex;

/// A short hash of a request: 64 hexadecimal digits.
#[must_use]
pub fn fingerprint(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
