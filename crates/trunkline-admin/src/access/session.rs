//! Sessions of a browser: a random token behind a cookie, which stands for the API key that it was begun with.

use jiff::Timestamp;

use crate::access::SecretHash;
use trunkline_core::model::KeyId;

/// A session, as it is kept: a copy of it opens nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The hash of its token.
    pub token: SecretHash,
    /// The key it stands for.
    pub key: KeyId,
    /// The hash of the key's secret that it was begun with: with another secret it is over.
    pub secret: SecretHash,
    /// When it ends.
    pub until: Timestamp,
}

/// How a caller was recognized, to be checked again while an answer of theirs is being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The key.
    pub key: KeyId,
    /// The hash of the secret that was shown.
    pub secret: SecretHash,
    /// The hash of the session's token, if there is a session.
    pub session: Option<SecretHash>,
}
