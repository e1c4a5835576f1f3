//! `Keys` on PostgreSQL.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::postgres::PgConnection;
use trunkline_admin::Keys;
use trunkline_admin::access::Session;
use trunkline_admin::{ApiKey, SecretHash};
use trunkline_core::{KeyId, Result, Tenant};

use crate::postgres::query::Query;
use crate::postgres::transaction::{Done, How, Put, Trouble, Write};
use crate::postgres::{Postgres, statement};
use crate::rows::{api_key, json, limit, session};

statement!(
    PUT_API_KEY,
    REPLACE_API_KEY,
    FIND_API_KEY,
    LIST_API_KEYS,
    ANY_API_KEY,
    TOUCH_API_KEY,
    PUT_SESSION,
    PRUNE_SESSIONS,
    FIND_SESSION,
    FORGET_SESSION,
);

/// One statement, and whether it changed a row.
struct Change(Query);

#[async_trait]
impl Write for Change {
    type Output = bool;

    fn how(&self) -> How {
        How::Alone
    }

    async fn run(&self, on: &mut PgConnection) -> Result<Done<bool>, Trouble> {
        Ok(Done::Kept(self.0.clone().changed(on).await?))
    }
}

#[async_trait]
impl Keys for Postgres {
    async fn add_api_key(&self, key: &ApiKey) -> Result<()> {
        let query = {
            let query = PUT_API_KEY.query().bind(key.id.as_str());
            query.bind(key.tenant.as_str()).bind(json(key)?)
        };
        self.write(Put(query)).await
    }

    async fn replace_api_key(&self, key: &ApiKey) -> Result<bool> {
        let query = {
            let query = REPLACE_API_KEY.query().bind(key.id.as_str());
            query.bind(key.version).bind(json(key)?)
        };
        self.write(Change(query)).await
    }

    async fn api_key(&self, id: &KeyId) -> Result<Option<ApiKey>> {
        let query = { FIND_API_KEY.query().bind(id.as_str()) };
        let row = self.optional(query).await?;
        row.map(|row| api_key(&row)).transpose()
    }

    async fn api_keys(
        &self,
        tenant: Option<&Tenant>,
        before: Option<&KeyId>,
        most: usize,
    ) -> Result<Vec<ApiKey>> {
        let query = {
            let query = LIST_API_KEYS.query().bind(tenant.map(Tenant::as_str));
            query.bind(before.map(KeyId::as_str)).bind(limit(most))
        };
        self.all(query).await?.iter().map(api_key).collect()
    }

    async fn has_api_keys(&self) -> Result<bool> {
        Ok(self.optional(ANY_API_KEY.query()).await?.is_some())
    }

    async fn touch_api_key(&self, id: &KeyId, at: Timestamp) -> Result<()> {
        let query = { TOUCH_API_KEY.query().bind(id.as_str()) };
        self.write(Put(query.bind(at.as_millisecond()))).await
    }

    async fn add_session(&self, session: &Session) -> Result<()> {
        let now = Timestamp::now().as_millisecond();
        self.write(Put(PRUNE_SESSIONS.query().bind(now))).await?;
        let query = {
            let query = PUT_SESSION.query().bind(session.token.to_text());
            let query = query.bind(session.key.as_str());
            query
                .bind(session.secret.to_text())
                .bind(session.until.as_millisecond())
        };
        self.write(Put(query)).await
    }

    async fn session(&self, token: &SecretHash) -> Result<Option<Session>> {
        let row = self.optional(FIND_SESSION.query().bind(token.to_text()));
        row.await?.map(|row| session(&row)).transpose()
    }

    async fn end_session(&self, token: &SecretHash) -> Result<()> {
        self.write(Put(FORGET_SESSION.query().bind(token.to_text())))
            .await
    }
}
