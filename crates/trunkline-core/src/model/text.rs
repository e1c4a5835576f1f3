//! Text that a caller or the configuration gives.

use crate::error::{Error, Result};

/// Rejects text with control characters, which could forge lines of a log, and text of more than 2,048 bytes.
///
/// # Errors
/// `InvalidRequest` naming the field.
pub fn plain(field: &str, text: &str) -> Result<()> {
    const MAX: usize = 2_048;
    if text.chars().any(char::is_control) {
        return Err(Error::invalid(field, "control characters are not allowed"));
    }
    if text.len() > MAX {
        return Err(Error::invalid(field, format!("longer than {MAX} bytes")));
    }
    Ok(())
}
