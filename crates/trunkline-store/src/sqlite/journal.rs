//! `Journal` on SQLite: writes are queued for the writer, reads take a connection of their own.

use std::time::Duration;

use async_trait::async_trait;
use trunkline_admin::Keys;
use trunkline_admin::chronicle::Trail;
use trunkline_core::{Ceilings, E164, HeldRow, KeyId, PurchaseId, PurchaseState, Result, Tenant};
use trunkline_engine::DomainEvent;
use trunkline_engine::PoolUse;
use trunkline_engine::journal::{
    Begin, Change, Commit, Journal, KeyEntry, Lease, Leases, Notices, PurchaseFilter, Record,
    Scope, Unsettled,
};
use trunkline_engine::machine::{KnownId, Winner};

use crate::lease::{Wanted, millis};
use crate::rows::{
    Cells, KeyRow, between_strokes, count, key, known_id, limit, purchase_id, record, winner,
};
use crate::sqlite::keys;
use crate::sqlite::leases::{Acquire, End, Renew};
use crate::sqlite::purchases::{self, BeginPurchase, KeepIds, StepPurchase, WriteBack};
use crate::sqlite::purses;
use crate::sqlite::query::{all, optional};
use crate::sqlite::trails::Note;
use crate::sqlite::upkeep::Touch;
use crate::sqlite::{Sqlite, statement, write};
use crate::trails::Binds;

statement!(LIST: LIST_PURCHASES);
statement!(LIST_PRESUMED: LIST_PRESUMED);
statement!(LIST_DUE: LIST_DUE);
statement!(LIST_IDS: LIST_IDS);
statement!(LIST_WINNERS: LIST_WINNERS);
statement!(COUNT_UNSETTLED: COUNT_UNSETTLED);
write!(PUT_NOTE: PUT_NOTE);
write!(FORGET_NOTE: FORGET_NOTE);

#[async_trait]
impl Journal for Sqlite {
    async fn begin(&self, scope: &Scope, record: &Record, owner: &str) -> Result<Begin> {
        let lease = Wanted::now(
            record.purchase.id.as_str().to_owned(),
            owner,
            self.lease_ttl,
        );
        self.write(BeginPurchase::new(scope, record, lease)?).await
    }

    async fn find_key(&self, scope: &Scope) -> Result<Option<KeyEntry>> {
        let row = optional(&self.readers, keys::find(scope)).await?;
        let key = row.map(|row| key(&row)).transpose()?;
        Ok(key.map(KeyRow::entry))
    }

    async fn commit(&self, change: Change<'_>) -> Result<Commit> {
        self.write(StepPurchase::new(&change)?).await
    }

    async fn known_ids(
        &self,
        identity: &str,
        number: &E164,
        purchase: &PurchaseId,
    ) -> Result<Vec<KnownId>> {
        let query = LIST_IDS
            .query()
            .bind(identity.to_owned())
            .bind(number.as_str().to_owned())
            .bind(purchase.as_str().to_owned());
        let rows = all(&self.readers, query).await?;
        rows.iter().map(|row| known_id(row, purchase)).collect()
    }

    async fn winners(&self, identity: &str) -> Result<Vec<Winner>> {
        let rows = all(
            &self.readers,
            LIST_WINNERS.query().bind(identity.to_owned()),
        )
        .await?;
        rows.iter().map(winner).collect()
    }

    async fn keep_ids(&self, identity: &str, number: &E164, rows: &[HeldRow]) -> Result<()> {
        self.write(KeepIds {
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
        self.write(WriteBack {
            database: self.id.clone(),
            begin: BeginPurchase::new(&record.scope(), record, lease)?,
            step: StepPurchase::back(record)?,
        })
        .await
    }

    async fn spent(&self, purse: &str) -> Result<i64> {
        let row = optional(&self.readers, purses::find(purse)).await?;
        row.map_or(Ok(0), |row| row.integer("spent"))
    }

    async fn ceilings_of(&self, key: &KeyId) -> Result<Ceilings> {
        let key = Keys::api_key(self, key).await?;
        Ok(key.map(|key| key.spend).unwrap_or_default())
    }

    async fn load(&self, id: &PurchaseId) -> Result<Option<Record>> {
        let row = optional(&self.readers, purchases::find(id)).await?;
        row.map(|row| record(&row)).transpose()
    }

    async fn purchases(
        &self,
        tenant: &Tenant,
        filter: &PurchaseFilter,
        most: usize,
    ) -> Result<Vec<Record>> {
        let query = LIST
            .query()
            .bind(tenant.as_str().to_owned())
            .bind(filter.state.map(PurchaseState::as_str));
        let query = query
            .bind(filter.account.clone())
            .bind(filter.number.map(|number| number.as_str().to_owned()));
        let before = filter.before.as_ref().map(|id| id.as_str().to_owned());
        let query = query
            .bind(before)
            .bind(limit(most))
            .bind(between_strokes(filter))
            .bind(filter.needs_person.map(i64::from));
        let rows = all(&self.readers, query).await?;
        rows.iter().map(record).collect()
    }

    async fn presumed(&self, identity: &str, number: &E164) -> Result<Vec<Record>> {
        let query = LIST_PRESUMED
            .query()
            .bind(identity.to_owned())
            .bind(number.as_str().to_owned());
        all(&self.readers, query)
            .await?
            .iter()
            .map(record)
            .collect()
    }

    async fn due(&self, most: usize) -> Result<Vec<PurchaseId>> {
        let query = LIST_DUE.query().bind(limit(most));
        let rows = all(&self.readers, query.bind(millis(self.lease_ttl))).await?;
        rows.iter().map(|row| purchase_id(row, "id")).collect()
    }

    async fn unsettled(&self) -> Result<Vec<Unsettled>> {
        all(&self.readers, COUNT_UNSETTLED.query())
            .await?
            .iter()
            .map(count)
            .collect()
    }

    async fn check(&self) -> Result<()> {
        self.readers.ask(|_| async { Ok(()) }).await?;
        self.write(Touch).await
    }

    fn pool(&self) -> Option<PoolUse> {
        Some(self.readers.usage())
    }
}

#[async_trait]
impl Leases for Sqlite {
    async fn acquire(&self, name: &str, owner: &str) -> Result<Option<Lease>> {
        self.write(Acquire(Wanted::now(name.to_owned(), owner, self.lease_ttl)))
            .await
    }

    async fn renew(&self, lease: &Lease) -> Result<Option<Lease>> {
        self.write(Renew::now(lease, self.lease_ttl)).await
    }

    async fn unlock(&self, lease: &Lease) -> Result<()> {
        self.write(End(lease.clone())).await
    }
}

#[async_trait]
impl Notices for Sqlite {
    async fn tell(&self, events: &[DomainEvent<'_>]) -> Result<()> {
        let trail = Trail::of(events);
        self.write(Note { with: None, trail }).await.map(drop)
    }

    async fn tell_once(
        &self,
        name: &str,
        within: Duration,
        events: &[DomainEvent<'_>],
    ) -> Result<bool> {
        let query = PUT_NOTE.query().word(name).number(millis(within));
        let (with, trail) = (Some(query), Trail::of(events));
        self.write(Note { with, trail }).await
    }

    async fn forget_told(&self, name: &str) -> Result<()> {
        let with = Some(FORGET_NOTE.query().word(name));
        let trail = Trail::default();
        self.write(Note { with, trail }).await.map(drop)
    }
}
