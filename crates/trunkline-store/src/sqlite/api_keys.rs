//! `Keys` on SQLite.

use async_trait::async_trait;
use jiff::Timestamp;
use trunkline_admin::Keys;
use trunkline_admin::access::Session;
use trunkline_admin::{ApiKey, SecretHash};
use trunkline_core::{KeyId, Result, Tenant};

use crate::rows::{api_key, json, limit, session};
use crate::sqlite::query::{Query, all, optional};
use crate::sqlite::writer::{Transaction, Write};
use crate::sqlite::{Sqlite, statement, write};

write!(PUT_API_KEY: PUT_API_KEY);
write!(REPLACE_API_KEY: REPLACE_API_KEY);
write!(TOUCH_API_KEY: TOUCH_API_KEY);
write!(PUT_SESSION: PUT_SESSION, PRUNE_SESSIONS);
write!(FORGET_SESSION: FORGET_SESSION);
statement!(FIND_SESSION: FIND_SESSION);
statement!(FIND_API_KEY: FIND_API_KEY);
statement!(LIST_API_KEYS: LIST_API_KEYS);
statement!(ANY_API_KEY: ANY_API_KEY);

/// One statement, and whether it changed a row.
struct Change {
    query: Query,
    durable: bool,
}

#[async_trait]
impl Write for Change {
    type Output = bool;

    fn durable(&self) -> bool {
        self.durable
    }

    async fn run(self, on: &mut Transaction<'_>) -> Result<bool> {
        Ok(on.first(self.query).await?.all_changed())
    }
}

#[async_trait]
impl Keys for Sqlite {
    async fn add_api_key(&self, key: &ApiKey) -> Result<()> {
        let query = PUT_API_KEY
            .query()
            .bind(key.id.as_str().to_owned())
            .bind(key.tenant.as_str().to_owned())
            .bind(json(key)?);
        let durable = true;
        self.write(Change { query, durable }).await.map(drop)
    }

    async fn replace_api_key(&self, key: &ApiKey) -> Result<bool> {
        let query = REPLACE_API_KEY
            .query()
            .bind(key.id.as_str().to_owned())
            .bind(key.version)
            .bind(json(key)?);
        let durable = true;
        self.write(Change { query, durable }).await
    }

    async fn api_key(&self, id: &KeyId) -> Result<Option<ApiKey>> {
        let query = FIND_API_KEY.query().bind(id.as_str().to_owned());
        let row = optional(&self.readers, query).await?;
        row.map(|row| api_key(&row)).transpose()
    }

    async fn api_keys(
        &self,
        tenant: Option<&Tenant>,
        before: Option<&KeyId>,
        most: usize,
    ) -> Result<Vec<ApiKey>> {
        let query = LIST_API_KEYS
            .query()
            .bind(tenant.map(|tenant| tenant.as_str().to_owned()))
            .bind(before.map(|id| id.as_str().to_owned()))
            .bind(limit(most));
        let rows = all(&self.readers, query).await?;
        rows.iter().map(api_key).collect()
    }

    async fn has_api_keys(&self) -> Result<bool> {
        let row = optional(&self.readers, ANY_API_KEY.query()).await?;
        Ok(row.is_some())
    }

    async fn touch_api_key(&self, id: &KeyId, at: Timestamp) -> Result<()> {
        let query = TOUCH_API_KEY
            .query()
            .bind(id.as_str().to_owned())
            .bind(at.as_millisecond());
        let durable = false;
        self.write(Change { query, durable }).await.map(drop)
    }

    async fn add_session(&self, session: &Session) -> Result<()> {
        let query = PUT_SESSION
            .query()
            .bind(session.token.to_text())
            .bind(session.key.as_str().to_owned())
            .bind(session.secret.to_text())
            .bind(session.until.as_millisecond())
            .bind(Timestamp::now().as_millisecond());
        let durable = true;
        self.write(Change { query, durable }).await.map(drop)
    }

    async fn session(&self, token: &SecretHash) -> Result<Option<Session>> {
        let query = FIND_SESSION.query().bind(token.to_text());
        let row = optional(&self.readers, query).await?;
        row.map(|row| session(&row)).transpose()
    }

    async fn end_session(&self, token: &SecretHash) -> Result<()> {
        let query = FORGET_SESSION.query().bind(token.to_text());
        let durable = true;
        self.write(Change { query, durable }).await.map(drop)
    }
}
