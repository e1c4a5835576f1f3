//! `CallerIdStore`, and `TokenStore`, whose texts are sealed.

use async_trait::async_trait;
use trunkline_admin::chronicle::Trail;
use trunkline_core::{AccountName, CallerIdState, Result, Tenant};
use trunkline_engine::DomainEvent;
use trunkline_engine::journal::{CallerIdRecord, CallerIdStore, TokenStore};

use crate::query::Transaction;
use crate::rows::{document, json};
use crate::sql;
use crate::store::{Backend, Sql};
use crate::write::{Done, Note, One, Write};

#[async_trait]
impl<B: Backend> CallerIdStore for Sql<B> {
    async fn keep_caller_id(
        &self,
        record: &CallerIdRecord,
        event: Option<DomainEvent<'_>>,
    ) -> Result<()> {
        let verified = record.caller_id.state == CallerIdState::Verified;
        let query = sql::PUT_CALLER_ID
            .query()
            .bind(record.caller_id.id.as_str())
            .bind(record.tenant.as_str())
            .bind(verified)
            .bind(json(record)?);
        let note = Note::with(query, Trail::of(event.as_slice()));
        self.backend.write(note).await.map(drop)
    }

    async fn end_caller_id(&self, record: &CallerIdRecord, event: DomainEvent<'_>) -> Result<()> {
        let note = Note::with(
            sql::FORGET_CALLER_ID
                .query()
                .bind(record.caller_id.id.as_str()),
            Trail::of(&[event]),
        );
        self.backend.write(note).await.map(drop)
    }

    async fn caller_id(&self, id: &str) -> Result<Option<CallerIdRecord>> {
        // It is whatever a caller wrote, and no text of PostgreSQL's holds this character.
        if id.contains('\0') {
            return Ok(None);
        }
        let query = sql::FIND_CALLER_ID.query().bind(id);
        self.backend
            .find(query, |row| document(row, "caller_ids"))
            .await
    }

    async fn open_caller_ids(&self, tenant: &Tenant) -> Result<Vec<CallerIdRecord>> {
        let query = sql::LIST_CALLER_IDS.query().bind(tenant.as_str());
        self.backend
            .list(query, |row| document(row, "caller_ids"))
            .await
    }

    async fn caller_ids(&self, ids: &[String]) -> Result<Vec<CallerIdRecord>> {
        let query = sql::FIND_CALLER_IDS.query().bind(json(&ids)?);
        self.backend
            .list(query, |row| document(row, "caller_ids"))
            .await
    }

    async fn keep_verified(
        &self,
        account: &AccountName,
        verified: &[CallerIdRecord],
    ) -> Result<()> {
        let keep = KeepVerified {
            account: account.clone(),
            verified: verified.to_vec(),
        };
        self.backend.write(keep).await
    }

    async fn forget_caller_id(&self, id: &str) -> Result<()> {
        let query = sql::FORGET_CALLER_ID.query().bind(id);
        self.backend.write(One::new(query)).await.map(drop)
    }
}

/// Remembers the verified caller IDs of an account.
struct KeepVerified {
    account: AccountName,
    verified: Vec<CallerIdRecord>,
}

#[async_trait]
impl Write for KeepVerified {
    type Output = ();

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<()>> {
        let mut ids = Vec::with_capacity(self.verified.len());
        for record in &self.verified {
            let id = record.caller_id.id.as_str();
            let put = sql::PUT_VERIFIED.query().bind(id);
            let put = put.bind(record.tenant.as_str()).bind(json(record)?);
            put.count(on).await?;
            ids.push(id);
        }
        // An id is the account's name, a colon and the number; a semicolon comes after a colon.
        let [first, last] = [':', ';'].map(|end| format!("{}{end}", self.account));
        let others = sql::FORGET_VERIFIED.query().bind(first).bind(last);
        others.bind(json(&ids)?).count(on).await?;
        Ok(Done::Kept(()))
    }
}

#[async_trait]
impl<B: Backend> TokenStore for Sql<B> {
    async fn keep_sealed(&self, name: &str, sealed: &str) -> Result<()> {
        let query = sql::PUT_SEALED.query().bind(name).bind(sealed);
        self.backend.write(One::durable(query)).await.map(drop)
    }

    async fn sealed(&self, name: &str) -> Result<Option<String>> {
        let query = sql::FIND_SEALED.query().bind(name);
        self.backend.find(query, |row| row.text("text")).await
    }
}
