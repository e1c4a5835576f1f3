//! Secrets where they are compared, or sent in a body.

use secrecy::{ExposeSecret, SecretString};

/// Whether two secrets are the same.
pub(crate) fn same(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret() == other.expose_secret()
}

/// The text of a secret that goes into a body.
pub(crate) fn exposed(secret: &SecretString) -> &str {
    secret.expose_secret()
}
