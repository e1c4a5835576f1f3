//! `Journal` on PostgreSQL.

use std::sync::Arc;
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
use crate::postgres::keys;
use crate::postgres::leases::{Acquire, Renew};
use crate::postgres::purchases::{self, BeginPurchase, KeepIds, StepPurchase, WriteBack};
use crate::postgres::query::Statement;
use crate::postgres::trails::Note;
use crate::postgres::transaction::Put;
use crate::postgres::{ASKED, Postgres, statement, upkeep};
use crate::postgres::{leases, purses};
use crate::rows::{
    Cells, KeyRow, between_strokes, count, key, known_id, limit, purchase_id, record, winner,
};
use crate::sql;
use crate::trails::Binds;

statement!(
    LIST_PURCHASES,
    LIST_PRESUMED,
    LIST_IDS,
    LIST_WINNERS,
    END_LEASE,
    PUT_NOTE,
    FORGET_NOTE,
);

static LIST_DUE: Statement = Statement::new(|| sql::LIST_DUE.replace("{now}", ASKED));
static COUNT_UNSETTLED: Statement = Statement::new(|| sql::COUNT_UNSETTLED.replace("{now}", ASKED));

#[async_trait]
impl Journal for Postgres {
    async fn begin(&self, scope: &Scope, record: &Record, owner: &str) -> Result<Begin> {
        let name = record.purchase.id.as_str().to_owned();
        let lease = Wanted::now(name, owner, self.lease_ttl);
        self.write(BeginPurchase::new(scope, record, lease)?).await
    }

    async fn find_key(&self, scope: &Scope) -> Result<Option<KeyEntry>> {
        let row = self.optional(keys::find(scope)).await?;
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
        let query = LIST_IDS.query().bind(identity).bind(number.as_str());
        let rows = self.all(query.bind(purchase.as_str())).await?;
        rows.iter().map(|row| known_id(row, purchase)).collect()
    }

    async fn winners(&self, identity: &str) -> Result<Vec<Winner>> {
        let rows = self.all(LIST_WINNERS.query().bind(identity)).await?;
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
            database: Arc::clone(&self.id),
            begin: BeginPurchase::new(&record.scope(), record, lease)?,
            step: StepPurchase::back(record)?,
        })
        .await
    }

    async fn spent(&self, purse: &str) -> Result<i64> {
        let row = self.optional(purses::find(purse)).await?;
        row.map_or(Ok(0), |row| row.integer("spent"))
    }

    async fn ceilings_of(&self, key: &KeyId) -> Result<Ceilings> {
        let key = Keys::api_key(self, key).await?;
        Ok(key.map(|key| key.spend).unwrap_or_default())
    }

    async fn load(&self, id: &PurchaseId) -> Result<Option<Record>> {
        let row = self.optional(purchases::find(id)).await?;
        row.map(|row| record(&row)).transpose()
    }

    async fn purchases(
        &self,
        tenant: &Tenant,
        filter: &PurchaseFilter,
        most: usize,
    ) -> Result<Vec<Record>> {
        let query = {
            let query = LIST_PURCHASES
                .query()
                .bind(tenant.as_str())
                .bind(filter.state.map(PurchaseState::as_str));
            let number = filter.number.map(|number| number.as_str().to_owned());
            let before = filter.before.as_ref().map(|id| id.as_str().to_owned());
            query
                .bind(filter.account.as_deref())
                .bind(number)
                .bind(before)
                .bind(limit(most))
                .bind(between_strokes(filter))
                .bind(filter.needs_person.map(i64::from))
        };
        self.all(query).await?.iter().map(record).collect()
    }

    async fn presumed(&self, identity: &str, number: &E164) -> Result<Vec<Record>> {
        let query = { LIST_PRESUMED.query().bind(identity).bind(number.as_str()) };
        self.all(query).await?.iter().map(record).collect()
    }

    async fn due(&self, most: usize) -> Result<Vec<PurchaseId>> {
        let query = { LIST_DUE.query().bind(limit(most)) };
        let rows = self.all(query.bind(millis(self.lease_ttl))).await?;
        rows.iter().map(|row| purchase_id(row, "id")).collect()
    }

    async fn unsettled(&self) -> Result<Vec<Unsettled>> {
        let rows = self.all(COUNT_UNSETTLED.query()).await?;
        rows.iter().map(count).collect()
    }

    async fn check(&self) -> Result<()> {
        self.write(upkeep::touch()).await
    }

    fn pool(&self) -> Option<PoolUse> {
        Some(self.pool.usage())
    }
}

#[async_trait]
impl Leases for Postgres {
    async fn acquire(&self, name: &str, owner: &str) -> Result<Option<Lease>> {
        let wanted = Wanted::now(name.to_owned(), owner, self.lease_ttl);
        self.write(Acquire(wanted)).await
    }

    async fn renew(&self, lease: &Lease) -> Result<Option<Lease>> {
        self.write(Renew::now(lease, self.lease_ttl)).await
    }

    async fn unlock(&self, lease: &Lease) -> Result<()> {
        let query = leases::of(lease, END_LEASE.query());
        self.write(Put(query)).await
    }
}

#[async_trait]
impl Notices for Postgres {
    async fn tell(&self, events: &[DomainEvent<'_>]) -> Result<()> {
        let note = Note {
            with: None,
            only_then: false,
            trail: Trail::of(events),
        };
        self.write(note).await.map(drop)
    }

    async fn tell_once(
        &self,
        name: &str,
        within: Duration,
        events: &[DomainEvent<'_>],
    ) -> Result<bool> {
        self.write(Note {
            with: Some(PUT_NOTE.query().word(name).number(millis(within))),
            only_then: true,
            trail: Trail::of(events),
        })
        .await
    }

    async fn forget_told(&self, name: &str) -> Result<()> {
        self.write(Put(FORGET_NOTE.query().word(name))).await
    }
}
