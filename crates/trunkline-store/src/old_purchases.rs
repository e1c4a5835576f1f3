//! Forgetting purchases that are over.

use async_trait::async_trait;
use jiff::Timestamp;
use trunkline_core::{PurchaseId, Result, host};
use trunkline_engine::journal::{ForgottenPurchases, OldPurchases, Record};

use crate::lease::millis;
use crate::query::Transaction;
use crate::rows::{key, limit, purchase_id, record};
use crate::write::{Done, Write};
use crate::{keys, sql};

/// Forgets those of a page that are over.
pub(crate) struct ForgetPurchases(pub(crate) OldPurchases);

impl ForgetPurchases {
    /// The last purchase of the page, if the next page may hold any that is old enough.
    async fn next(&self, on: &mut dyn Transaction) -> Result<Option<PurchaseId>> {
        let old = &self.0;
        let after = old.after.as_ref().map_or("", PurchaseId::as_str);
        let page = sql::FIND_PAGE_END.query().bind(after);
        let Some(row) = page.bind(limit(old.limit)).row(on).await? else {
            return Ok(None);
        };
        if row.integer("purchases")? < limit(old.limit) {
            return Ok(None);
        }
        let last = purchase_id(&row, "id")?;
        Ok(Some(last).filter(|last| last.made_ms() < self.before().as_millisecond()))
    }

    /// Purchases that were settled before this are old.
    fn before(&self) -> Timestamp {
        host::now()
            .checked_sub(self.0.kept)
            .unwrap_or(Timestamp::MIN)
    }

    /// Forgets a purchase with its key, unless that must still answer; `false` if all is to be undone.
    async fn forget(&self, on: &mut dyn Transaction, record: &Record) -> Result<Option<bool>> {
        let (id, scope) = (&record.purchase.id, record.scope());
        let old_key = keys::of(sql::FORGET_OLD_KEY.query(), &scope);
        let old_key = old_key.bind(id.as_str()).bind(millis(self.0.kept));
        if !old_key.changed(on).await? {
            let found = keys::find(&scope).row(on).await?;
            let found = found.as_ref().map(key).transpose()?;
            if found.is_some_and(|key| key.purchase.as_ref() == Some(id)) {
                return Ok(Some(false));
            }
        }
        let charges = sql::FORGET_CHARGES.query().bind(id.as_str());
        charges.count(on).await?;
        let query = sql::FORGET_PURCHASE.query().bind(id.as_str());
        let forgotten = query.bind(record.version).changed(on).await?;
        Ok(forgotten.then_some(true))
    }
}

#[async_trait]
impl Write for ForgetPurchases {
    type Output = ForgottenPurchases;

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<ForgottenPurchases>> {
        let old = &self.0;
        let next = self.next(on).await?;
        let after = old.after.as_ref().map_or("", PurchaseId::as_str);
        let rows = sql::LIST_FORGETTABLE.query().bind(after);
        let rows = rows.bind(limit(old.limit)).bind(millis(old.kept));
        let mut count = 0;
        for row in rows.all(on).await? {
            let record = record(&row)?;
            if !record.is_over_before(self.before()) {
                continue;
            }
            match self.forget(on, &record).await? {
                Some(forgotten) => count += u64::from(forgotten),
                // Somebody has changed it meanwhile.
                None => return Ok(Done::Undone(ForgottenPurchases { count: 0, next })),
            }
        }
        Ok(Done::Kept(ForgottenPurchases { count, next }))
    }
}
