//! API keys in memory.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::access::Session;
use crate::access::{ApiKey, SecretHash};
use crate::keys::Keys;
use crate::memory::MemoryAdmin;
use trunkline_core::error::Result;
use trunkline_core::host;
use trunkline_core::model::{KeyId, Tenant};

#[async_trait]
impl Keys for MemoryAdmin {
    async fn add_api_key(&self, key: &ApiKey) -> Result<()> {
        let kept = ApiKey {
            version: 1,
            ..key.clone()
        };
        self.state().api_keys.insert(key.id.clone(), kept);
        Ok(())
    }

    async fn replace_api_key(&self, key: &ApiKey) -> Result<bool> {
        let mut state = self.state();
        let old = state.api_keys.get_mut(&key.id);
        let Some(old) = old.filter(|old| old.version == key.version) else {
            return Ok(false);
        };
        *old = ApiKey {
            version: key.version + 1,
            last_used_at: old.last_used_at,
            ..key.clone()
        };
        Ok(true)
    }

    async fn api_key(&self, id: &KeyId) -> Result<Option<ApiKey>> {
        Ok(self.state().api_keys.get(id).cloned())
    }

    async fn api_keys(
        &self,
        tenant: Option<&Tenant>,
        before: Option<&KeyId>,
        limit: usize,
    ) -> Result<Vec<ApiKey>> {
        let state = self.state();
        let found = state
            .api_keys
            .values()
            .rev()
            .filter(|key| tenant.is_none_or(|tenant| key.tenant == *tenant))
            .filter(|key| before.is_none_or(|before| key.id < *before));
        Ok(found.take(limit).cloned().collect())
    }

    async fn has_api_keys(&self) -> Result<bool> {
        Ok(!self.state().api_keys.is_empty())
    }

    async fn touch_api_key(&self, id: &KeyId, at: Timestamp) -> Result<()> {
        if let Some(key) = self.state().api_keys.get_mut(id) {
            key.last_used_at = key.last_used_at.max(Some(at));
        }
        Ok(())
    }

    async fn add_session(&self, session: &Session) -> Result<()> {
        let mut state = self.state();
        state.sessions.retain(|_, old| old.until > host::now());
        state.sessions.insert(session.token, session.clone());
        Ok(())
    }

    async fn session(&self, token: &SecretHash) -> Result<Option<Session>> {
        Ok(self.state().sessions.get(token).cloned())
    }

    async fn end_session(&self, token: &SecretHash) -> Result<()> {
        self.state().sessions.remove(token);
        Ok(())
    }
}
