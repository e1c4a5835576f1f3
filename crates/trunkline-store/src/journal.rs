//! `Journal` and `Notices`.

use std::time::Duration;

use async_trait::async_trait;
use trunkline_admin::Keys;
use trunkline_admin::chronicle::Trail;
use trunkline_core::{Ceilings, E164, HeldRow, KeyId, PurchaseId, Result, Tenant};
use trunkline_engine::DomainEvent;
use trunkline_engine::PoolUse;
use trunkline_engine::journal::{
    Begin, Change, Commit, ForgottenPurchases, Journal, KeyEntry, Notices, OldPurchases,
    PurchaseFilter, Record, Scope, Unsettled,
};
use trunkline_engine::machine::{KnownId, Winner};

use crate::lease::{Wanted, millis};
use crate::old_purchases::ForgetPurchases;
use crate::purchases::{self, BeginPurchase, KeepIds, StepPurchase, WriteBack};
use crate::rows::{key, known_id, limit, purchase_id, record, unsettled, winner};
use crate::store::{Backend, Sql};
use crate::write::{Note, One};
use crate::{keys, purses, sql};

#[async_trait]
impl<B: Backend> Journal for Sql<B> {
    async fn begin(&self, scope: &Scope, record: &Record, owner: &str) -> Result<Begin> {
        let name = record.purchase.id.as_str().to_owned();
        let lease = Wanted::now(name, owner, self.lease_ttl);
        self.backend
            .write(BeginPurchase::new(scope, record, lease)?)
            .await
    }

    async fn find_key(&self, scope: &Scope) -> Result<Option<KeyEntry>> {
        self.backend
            .find(keys::find(scope).quick(), |row| Ok(key(row)?.entry()))
            .await
    }

    async fn commit(&self, change: Change<'_>) -> Result<Commit> {
        self.backend.write(StepPurchase::new(&change)?).await
    }

    async fn known_ids(
        &self,
        identity: &str,
        number: &E164,
        purchase: &PurchaseId,
    ) -> Result<Vec<KnownId>> {
        let query = sql::LIST_IDS.query().bind(identity).bind(number.as_str());
        let query = query.bind(purchase.as_str()).quick();
        self.backend
            .list(query, |row| known_id(row, purchase))
            .await
    }

    async fn winners(&self, identity: &str) -> Result<Vec<Winner>> {
        let query = sql::LIST_WINNERS.query().bind(identity);
        self.backend.list(query, winner).await
    }

    async fn keep_ids(&self, identity: &str, number: &E164, rows: &[HeldRow]) -> Result<()> {
        self.backend
            .write(KeepIds {
                identity: identity.to_owned(),
                number: number.as_str().to_owned(),
                rows: rows.to_vec(),
            })
            .await
    }

    async fn write_back(&self, record: &Record) -> Result<Option<i64>> {
        if self.load(&record.purchase.id).await?.is_some() {
            return Ok(None);
        }
        let lease = Wanted::now(String::new(), "", self.lease_ttl);
        self.backend
            .write(WriteBack {
                database: self.id.clone(),
                begin: BeginPurchase::new(&record.scope(), record, lease)?,
                step: StepPurchase::back(record)?,
            })
            .await
    }

    async fn spent(&self, purse: &str) -> Result<i64> {
        let query = purses::find(purse);
        let spent = self.backend.find(query, |row| row.integer("spent"));
        Ok(spent.await?.unwrap_or_default())
    }

    async fn ceilings_of(&self, key: &KeyId) -> Result<Ceilings> {
        let key = Keys::api_key(self, key).await?;
        Ok(key.map(|key| key.spend).unwrap_or_default())
    }

    async fn load(&self, id: &PurchaseId) -> Result<Option<Record>> {
        self.backend.find(purchases::find(id).quick(), record).await
    }

    async fn purchases(
        &self,
        tenant: &Tenant,
        filter: &PurchaseFilter,
        most: usize,
    ) -> Result<Vec<Record>> {
        let query = purchases::listed(tenant, filter, most)?;
        self.backend.list(query, record).await
    }

    async fn presumed(&self, identity: &str, number: &E164) -> Result<Vec<Record>> {
        let query = sql::LIST_PRESUMED.query().bind(identity);
        let query = query.bind(number.as_str()).quick();
        self.backend.list(query, record).await
    }

    async fn due(&self, most: usize) -> Result<Vec<PurchaseId>> {
        let query = sql::LIST_DUE.query().bind(limit(most));
        self.backend
            .list(query.bind(millis(self.lease_ttl)), |row| {
                purchase_id(row, "id")
            })
            .await
    }

    async fn unsettled(&self) -> Result<Vec<Unsettled>> {
        let query = sql::COUNT_UNSETTLED.query();
        self.backend.list(query, unsettled).await
    }

    async fn forget_purchases(&self, old: &OldPurchases) -> Result<ForgottenPurchases> {
        self.backend.write(ForgetPurchases(old.clone())).await
    }

    async fn check(&self) -> Result<()> {
        self.backend.check_reading().await?;
        let touch = One::new(sql::TOUCH.query());
        self.backend.write(touch).await.map(drop)
    }

    async fn size(&self) -> Result<Option<u64>> {
        let query = sql::FIND_SIZE.query();
        let bytes = self.backend.find(query, |row| row.integer("bytes")).await?;
        Ok(bytes.and_then(|bytes| u64::try_from(bytes).ok()))
    }

    fn pool(&self) -> Option<PoolUse> {
        Some(self.backend.usage())
    }
}

#[async_trait]
impl<B: Backend> Notices for Sql<B> {
    async fn tell(&self, events: &[DomainEvent<'_>]) -> Result<()> {
        let note = Note::alone(Trail::of(events));
        self.backend.write(note).await.map(drop)
    }

    async fn tell_once(
        &self,
        name: &str,
        within: Duration,
        events: &[DomainEvent<'_>],
    ) -> Result<bool> {
        let query = sql::PUT_NOTE.query().bind(name).bind(millis(within));
        let note = Note::if_changed(query, Trail::of(events));
        self.backend.write(note).await
    }

    async fn forget_told(&self, name: &str) -> Result<()> {
        let query = sql::FORGET_NOTE.query().bind(name);
        self.backend.write(One::new(query)).await.map(drop)
    }
}
