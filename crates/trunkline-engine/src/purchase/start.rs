//! From a request to a purchase that is written down.

use jiff::Timestamp;

use crate::journal::{Begin, Record, Scope};
use crate::prices::price_order;
use crate::purchase::service::{Purchases, now};
use crate::spend::{Budget, charges};
use std::time::Duration;
use trunkline_core::error::{Error, ErrorKind, Result, Retry};
use trunkline_core::failpoint;
use trunkline_core::model::{
    Attempt, Caller, Configuration, Provenance, Purchase, PurchaseId, PurchaseOrder, PurchaseState,
    Tenant,
};
use trunkline_core::registry::AccountEntry;

/// How a purchase was asked for.
#[derive(Clone, Copy, Debug)]
pub struct Keyed<'a> {
    /// By whom: what they may see and spend bounds it.
    pub caller: &'a Caller,
    /// Under which idempotency key; of the caller's tenant.
    pub scope: &'a Scope,
    /// Hash of the request.
    pub fingerprint: &'a str,
}

/// What came of asking for a purchase.
#[derive(Clone, Debug, PartialEq)]
pub enum Started {
    /// It is written down and under way.
    Fresh(PurchaseId),
    /// The key has started it before: as it is now.
    Known(Box<Record>),
    /// The key was used with another request.
    Mismatch,
}

impl Purchases {
    /// What a key has started, before the request is even judged; `None` if it may start a purchase.
    ///
    /// # Errors
    /// Those of the journal.
    pub async fn replay(&self, scope: &Scope, fingerprint: &str) -> Result<Option<Started>> {
        let Some(key) = self.0.store.find_key(scope).await? else {
            return Ok(None);
        };
        let Some(id) = key.purchase else {
            return Ok(Some(Started::Mismatch));
        };
        let record = self.0.store.load(&id).await?;
        let record = record.filter(|record| !record.may_start_over());
        Ok(record.map(|record| match key.fingerprint == fingerprint {
            true => Started::Known(Box::new(record)),
            false => Started::Mismatch,
        }))
    }

    /// Writes an order down and starts to carry it out, on a task that outlives the caller.
    ///
    /// # Errors
    /// Nothing was written or sent: `NotFound` for an account that the caller does not see,
    /// `InvalidRequest` or `Unsupported` for an order that can't be carried out, `NotAvailable` for
    /// an offer that expired, `Conflict` with a wait while the number is being bought or released,
    /// `PaymentRequired` if the ceilings of the account or the key leave no room, and those of the journal.
    pub async fn start(&self, keyed: Keyed<'_>, mut order: PurchaseOrder) -> Result<Started> {
        let caller = keyed.caller;
        let entry = self.0.registry.of_caller(caller, order.account.as_str())?;
        if order.expires_at.is_some_and(|at| at <= now()) {
            return Err(expired());
        }
        let settings = entry.provider.settings_after(&order)?;
        price_order(&mut order, &entry, caller.spend, &self.0.prices).await;
        let mut record = draft(keyed, order, &entry);
        let key = caller.key.as_ref();
        let key = key.map(|key| Budget::of_key(key, caller.spend));
        let charges = charges(&entry, key, &record.order, record.purchase.created_at);
        record.charges = charges.map_err(|error| self.unpriced(error, &entry, &record.order))?;
        record.settings = settings;
        let id = record.purchase.id.clone();
        failpoint::hit(failpoint::BEFORE_INTENT);
        let begun = self.0.store.begin(keyed.scope, &record, &self.0.owner);
        match begun.await? {
            Begin::Fresh(lease) => {
                failpoint::hit(failpoint::AFTER_INTENT);
                record.version = 1;
                self.spawn(record, lease, None);
                Ok(Started::Fresh(id))
            }
            Begin::Known(record) => Ok(Started::Known(record)),
            Begin::Mismatch => Ok(Started::Mismatch),
            Begin::Busy { by } => Err(busy(&record, &by)),
            Begin::Full(purse) => Err(self.no_room(&record, &purse)),
        }
    }
}

impl Purchases {
    /// A price that no ceiling lets pass, since the carrier can't be asked for it now, may be known at the next try.
    pub(super) fn unpriced(
        &self,
        error: Error,
        entry: &AccountEntry,
        order: &PurchaseOrder,
    ) -> Error {
        match self.0.prices.are_away(entry, order) {
            true => error.with_retry(Retry::Backoff),
            false => error,
        }
    }
}

/// An offer that is over.
pub(crate) fn expired() -> Error {
    Error::new(
        ErrorKind::NotAvailable,
        "the offer has expired: search again",
    )
    .with_field("offer", "expired")
}

fn busy(record: &Record, by: &str) -> Error {
    let message = format!(
        "{} is being bought or released at {}",
        record.purchase.number, record.purchase.account
    );
    let error = Error::new(ErrorKind::Conflict, message)
        .with_retry(Retry::After(Duration::from_secs(2)))
        .with_account(record.purchase.account.clone());
    if by.starts_with("pur_") {
        error.with_purchase(by)
    } else {
        error
    }
}

/// A purchase of which nothing has been done.
pub(super) fn draft(keyed: Keyed<'_>, order: PurchaseOrder, entry: &AccountEntry) -> Record {
    let created_at: Timestamp = now();
    let attempt = attempt(entry, &order);
    Record {
        purchase: Purchase {
            id: PurchaseId::generate(created_at),
            state: PurchaseState::Intended,
            account: order.account.clone(),
            number: order.number,
            number_id: None,
            held: None,
            configuration: Configuration::default(),
            late: false,
            idempotency_key: keyed.scope.key.clone(),
            criteria: None,
            candidates: Vec::new(),
            attempts: vec![attempt],
            price: order.monthly_price,
            setup_price: order.setup_price,
            price_source: order.price_source,
            error: None,
            needs_person: None,
            recovered: false,
            created_at,
            settled_at: None,
        },
        tenant: Tenant::clone(&keyed.scope.tenant),
        fingerprint: keyed.fingerprint.to_owned(),
        route: keyed.scope.route.clone(),
        order,
        settings: None,
        charges: Vec::new(),
        key: keyed.caller.key.clone(),
        provenance: Provenance::of(keyed.caller),
        watch_looks: 0,
        watch_failures: 0,
        version: 0,
    }
}

pub(super) fn attempt(entry: &AccountEntry, order: &PurchaseOrder) -> Attempt {
    let provider = &entry.provider;
    Attempt::new(
        order.account.clone(),
        provider.provider().clone(),
        provider.identity().to_owned(),
        order.number,
    )
}
