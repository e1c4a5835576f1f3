//! The secret that a database is given where none is configured.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use secrecy::SecretSlice;
use trunkline_core::Result;
use trunkline_core::host;

use crate::error::unreadable;

/// The name of the fact.
pub(crate) const NAME: &str = "secret_key";

/// 32 random bytes, as they are kept.
pub(crate) fn fresh() -> String {
    STANDARD_NO_PAD.encode(host::random::<[u8; 32]>())
}

/// What was kept.
pub(crate) fn decode(kept: &str) -> Result<SecretSlice<u8>> {
    let bytes = STANDARD_NO_PAD.decode(kept);
    bytes
        .map(SecretSlice::from)
        .map_err(|error| unreadable(NAME, error))
}
