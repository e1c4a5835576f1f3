//! Where API keys are kept.

use std::fmt::Debug;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::access::Session;
use crate::access::{ApiKey, SecretHash};
use trunkline_core::error::Result;
use trunkline_core::model::{KeyId, Tenant};

/// The API keys. Revoked ones are kept, so that a gateway that had keys never counts as open.
///
/// # Errors
/// As [`Journal`](trunkline_engine::Journal).
#[async_trait]
pub trait Keys: Debug + Send + Sync + 'static {
    /// Writes down a new key, durably.
    async fn add_api_key(&self, key: &ApiKey) -> Result<()>;

    /// Writes a key in place of the version that was read, durably; `false` if it was changed since.
    async fn replace_api_key(&self, key: &ApiKey) -> Result<bool>;

    /// One key, revoked or not.
    async fn api_key(&self, id: &KeyId) -> Result<Option<ApiKey>>;

    /// The keys of a tenant, or of all, newest first; older than `before`.
    async fn api_keys(
        &self,
        tenant: Option<&Tenant>,
        before: Option<&KeyId>,
        limit: usize,
    ) -> Result<Vec<ApiKey>>;

    /// Whether there is any key, revoked and expired ones included.
    async fn has_api_keys(&self) -> Result<bool>;

    /// Writes down that a key was used.
    async fn touch_api_key(&self, id: &KeyId, at: Timestamp) -> Result<()>;

    /// Writes down a new session, durably, and forgets those that are over.
    async fn add_session(&self, session: &Session) -> Result<()>;

    /// The session of this token's hash, over or not.
    async fn session(&self, token: &SecretHash) -> Result<Option<Session>>;

    /// Forgets a session, durably; one that is unknown too.
    async fn end_session(&self, token: &SecretHash) -> Result<()>;
}
