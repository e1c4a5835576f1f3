//! `Journal` on either database.

use std::time::Duration;

use async_trait::async_trait;
use trunkline_admin::Keys;
use trunkline_admin::chronicle::Trail;
use trunkline_core::{Ceilings, E164, HeldRow, KeyId, PurchaseId, PurchaseState, Result, Tenant};
use trunkline_engine::DomainEvent;
use trunkline_engine::PoolUse;
use trunkline_engine::journal::{
    Answer, Begin, Change, Commit, Journal, KeyEntry, Lease, PurchaseFilter, Record, Reserve,
    Scope, Unsettled,
};
use trunkline_engine::machine::{KnownId, Winner};

use crate::keys::{self, ForgetKey, KeepAnswer, ReserveKey};
use crate::lease::{self, Acquire, Renew, Wanted, millis};
use crate::purchases::{self, BeginPurchase, KeepIds, StepPurchase, WriteBack};
use crate::rows::{between_strokes, entry, known_id, limit, purchase_id, record, unsettled, winner};
use crate::store::{Backend, Sql};
use crate::write::{Note, One};
use crate::{purses, sql};

#[async_trait]
impl<B: Backend> Journal for Sql<B> {
    async fn begin(&self, scope: &Scope, record: &Record, owner: &str) -> Result<Begin> {
        let name = record.purchase.id.as_str().to_owned();
        let lease = Wanted::now(name, owner, self.lease_ttl);
        self.backend.write(BeginPurchase::new(scope, record, lease)?).await
    }

    async fn find_key(&self, scope: &Scope) -> Result<Option<KeyEntry>> {
        self.backend.find(keys::find(scope), entry).await
    }

    async fn reserve_key(&self, scope: &Scope, fingerprint: &str, owner: &str) -> Result<Reserve> {
        let lease = Wanted::now(lease::of_key(scope), owner, self.lease_ttl);
        let (scope, fingerprint) = (scope.clone(), fingerprint.to_owned());
        self.backend.write(ReserveKey {
            scope,
            fingerprint,
            lease,
        })
        .await
    }

    async fn keep_answer(
        &self,
        scope: &Scope,
        answer: Answer,
        version: Option<i64>,
    ) -> Result<Answer> {
        let scope = scope.clone();
        self.backend.write(KeepAnswer {
            scope,
            answer,
            version,
        })
        .await
    }

    async fn forget_key(&self, scope: &Scope) -> Result<()> {
        self.backend.write(ForgetKey(scope.clone())).await
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
        self.backend.list(query.bind(purchase.as_str()), |row| known_id(row, purchase)).await
    }

    async fn winners(&self, identity: &str) -> Result<Vec<Winner>> {
        self.backend.list(sql::LIST_WINNERS.query().bind(identity)).await?;
        rows.iter().map(winner).collect()
    }

    async fn keep_ids(&self, identity: &str, number: &E164, rows: &[HeldRow]) -> Result<()> {
        self.backend.write(KeepIds {
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
        self.backend.write(WriteBack {
            database: self.id.clone(),
            begin: BeginPurchase::new(&record.scope(), record, lease)?,
            step: StepPurchase::back(record)?,
        })
        .await
    }

    async fn spent(&self, purse: &str) -> Result<i64> {
        self.backend.find(purses::find(purse)).await?;
        row.map_or(Ok(0), |row| row.integer("spent"))
    }

    async fn ceilings_of(&self, key: &KeyId) -> Result<Ceilings> {
        let key = Keys::api_key(self, key).await?;
        Ok(key.map(|key| key.spend).unwrap_or_default())
    }

    async fn load(&self, id: &PurchaseId) -> Result<Option<Record>> {
        let row = self.backend.optional(purchases::find(id), record).await
    }

    async fn purchases(
        &self,
        tenant: &Tenant,
        filter: &PurchaseFilter,
        most: usize,
    ) -> Result<Vec<Record>> {
        let query = sql::LIST_PURCHASES
                .query()
                .bind(tenant.as_str())
                .bind(filter.state.map(PurchaseState::as_str));
        let number = filter.number.map(|number| number.as_str().to_owned());
            let before = filter.before.as_ref().map(|id| id.as_str().to_owned());
            let query = query
                .bind(filter.account.as_deref())
                .bind(number)
                .bind(before)
                .bind(limit(most))
                .bind(between_strokes(filter))
                .bind(filter.needs_person.map(i64::from));
        self.backend.list(query, record).await
    }

    async fn presumed(&self, identity: &str, number: &E164) -> Result<Vec<Record>> {
        let query = sql::LIST_PRESUMED.query().bind(identity).bind(number.as_str());
        self.backend.list(query, record).await
    }

    async fn due(&self, most: usize) -> Result<Vec<PurchaseId>> {
        let query = sql::LIST_DUE.query().bind(limit(most));
        self.backend.list(query.bind(millis(self.lease_ttl)), |row| purchase_id(row, "id")).await
    }

    async fn acquire(&self, name: &str, owner: &str) -> Result<Option<Lease>> {
        let wanted = Wanted::now(name.to_owned(), owner, self.lease_ttl);
        self.backend.write(Acquire(wanted)).await
    }

    async fn renew(&self, lease: &Lease) -> Result<Option<Lease>> {
        self.backend.write(Renew::now(lease, self.lease_ttl)).await
    }

    async fn unlock(&self, lease: &Lease) -> Result<()> {
        let query = lease::of(lease, sql::END_LEASE.query());
        self.backend.write(One::new(query)).await.map(drop)
    }

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

    async fn unsettled(&self) -> Result<Vec<Unsettled>> {
        let rows = self.backend.all(sql::COUNT_UNSETTLED.query(), unsettled).await
    }

    async fn check(&self) -> Result<()> {
        self.backend.check_reading().await?;
        let touch = One::new(sql::TOUCH.query());
        self.backend.write(touch).await.map(drop)
    }

    fn pool(&self) -> Option<PoolUse> {
        Some(self.backend.usage())
    }
}
