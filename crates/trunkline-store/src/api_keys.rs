//! `Keys`: API keys and the sessions of people.

use async_trait::async_trait;
use jiff::Timestamp;
use trunkline_admin::Keys;
use trunkline_admin::access::Session;
use trunkline_admin::{ApiKey, SecretHash};
use trunkline_core::host;
use trunkline_core::{KeyId, Result, Tenant};

use crate::rows::{api_key, json, limit, session};
use crate::sql;
use crate::store::{Backend, Sql};
use crate::write::One;

#[async_trait]
impl<B: Backend> Keys for Sql<B> {
    async fn add_api_key(&self, key: &ApiKey) -> Result<()> {
        let query = sql::PUT_API_KEY.query().bind(key.id.as_str());
        let query = query.bind(key.tenant.as_str()).bind(json(key)?);
        self.backend.write(One::durable(query)).await.map(drop)
    }

    async fn replace_api_key(&self, key: &ApiKey) -> Result<bool> {
        let query = sql::REPLACE_API_KEY.query().bind(key.id.as_str());
        let query = query.bind(key.version).bind(json(key)?);
        self.backend.write(One::durable(query)).await
    }

    async fn api_key(&self, id: &KeyId) -> Result<Option<ApiKey>> {
        let query = sql::FIND_API_KEY.query().bind(id.as_str());
        self.backend.find(query.quick(), api_key).await
    }

    async fn api_keys(
        &self,
        tenant: Option<&Tenant>,
        before: Option<&KeyId>,
        most: usize,
    ) -> Result<Vec<ApiKey>> {
        let query = sql::LIST_API_KEYS.query().bind(tenant.map(Tenant::as_str));
        let query = query.bind(before.map(KeyId::as_str)).bind(limit(most));
        self.backend.list(query, api_key).await
    }

    async fn has_api_keys(&self) -> Result<bool> {
        Ok(self
            .backend
            .optional(sql::ANY_API_KEY.query())
            .await?
            .is_some())
    }

    async fn touch_api_key(&self, id: &KeyId, at: Timestamp) -> Result<()> {
        let query = sql::TOUCH_API_KEY.query().bind(id.as_str());
        let query = query.bind(at.as_millisecond());
        self.backend.write(One::new(query)).await.map(drop)
    }

    async fn add_session(&self, session: &Session) -> Result<()> {
        let now = host::now().as_millisecond();
        self.backend
            .write(One::durable(sql::PRUNE_SESSIONS.query().bind(now)))
            .await?;
        let query = sql::PUT_SESSION.query().bind(session.token.to_text());
        let query = query.bind(session.key.as_str());
        let query = query
            .bind(session.secret.to_text())
            .bind(session.until.as_millisecond());
        self.backend.write(One::durable(query)).await.map(drop)
    }

    async fn session(&self, token: &SecretHash) -> Result<Option<Session>> {
        let query = sql::FIND_SESSION.query().bind(token.to_text());
        self.backend.find(query, session).await
    }

    async fn end_session(&self, token: &SecretHash) -> Result<()> {
        let query = sql::FORGET_SESSION.query().bind(token.to_text());
        self.backend.write(One::durable(query)).await.map(drop)
    }
}
