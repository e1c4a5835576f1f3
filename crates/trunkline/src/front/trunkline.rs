//! The library in one type. Buying and listing add their methods in their own files.

use std::fmt;
use std::time::Duration;

use trunkline_admin::Services;
use trunkline_core::{Caller, Number, NumberUpdate, Purchase, PurchaseId, Result, Tenant};
use trunkline_engine::{NumberPatch, Released};

use crate::front::{Offers, Search};

/// The phone numbers that a business holds at its carriers: searches all carriers at once, buys exactly once, lists, changes
/// and releases.
///
/// Cheap to clone. Open purchases are settled in the background, also those that a crash has left, until the last clone is
/// dropped or [`Trunkline::shutdown`] is called. The next start settles the rest.
#[derive(Clone)]
pub struct Trunkline {
    pub(super) services: Services,
    pub(super) caller: Caller,
}

impl Trunkline {
    /// The same for the accounts of another tenant.
    ///
    /// # Errors
    /// `InvalidRequest` naming `tenant`.
    pub fn for_tenant(&self, tenant: impl Into<String>) -> Result<Self> {
        let caller = Caller {
            tenant: Tenant::new(tenant)?,
            ..Caller::default()
        };
        Ok(Self {
            caller,
            ..self.clone()
        })
    }

    /// Searches all accounts at once. A failed account is a source with an error, not an error of the search.
    ///
    /// # Errors
    /// `InvalidRequest` naming the field; `NotFound` for an unknown account; the first account's error if no account
    /// answered.
    pub async fn search(&self, search: Search) -> Result<Offers> {
        let answer = self
            .services
            .engine
            .search
            .run(&self.caller, &search.request()?)
            .await?;
        Offers::of(answer)
    }

    /// The current state of a purchase.
    ///
    /// # Errors
    /// `NotFound`; those of the store.
    pub async fn purchase(&self, id: &PurchaseId) -> Result<Purchase> {
        let record = self.services.engine.purchases.get(&self.caller, id).await?;
        Ok(record.purchase)
    }

    /// Waits until a purchase is settled, at most this long, and returns it.
    ///
    /// # Errors
    /// As [`Trunkline::purchase`].
    pub async fn settled(&self, id: &PurchaseId, within: Duration) -> Result<Purchase> {
        self.purchase(id).await?;
        let record = self.services.engine.purchases.wait(id, within).await?;
        Ok(record.purchase)
    }

    /// One number, by its id or by its E.164 form.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` naming the ids if several accounts hold it; those of the carrier.
    pub async fn number(&self, id: impl AsRef<str>) -> Result<Number> {
        self.services
            .engine
            .numbers
            .get(&self.caller, id.as_ref())
            .await
    }

    /// Changes a number, named by its id or its E.164 form, and returns it.
    ///
    /// # Errors
    /// As [`Trunkline::number`]; `Unsupported` naming a field that the carrier does not support.
    pub async fn update(&self, id: impl AsRef<str>, update: NumberUpdate) -> Result<Number> {
        let patch = NumberPatch {
            update,
            ..NumberPatch::default()
        };
        let numbers = &self.services.engine.numbers;
        numbers.update(&self.caller, id.as_ref(), patch).await
    }

    /// Releases a number, named by its id or its E.164 form: at once, or at the end of its account's grace period.
    ///
    /// # Errors
    /// As [`Trunkline::number`]; `Locked` for a protected number, and for one that the carrier does not take back yet.
    pub async fn release(&self, id: impl AsRef<str>) -> Result<Released> {
        let numbers = &self.services.engine.numbers;
        numbers.release(&self.caller, id.as_ref()).await
    }

    /// Everything else: caller IDs, allocations, main numbers, events, and more.
    #[must_use]
    pub const fn services(&self) -> &Services {
        &self.services
    }

    /// The caller to pass to [`Trunkline::services`].
    #[must_use]
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Ends the background work and waits for open requests. The next start settles what is still open.
    pub async fn shutdown(&self) {
        self.services.shutdown().await;
    }
}

impl fmt::Debug for Trunkline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trunkline")
            .field("tenant", &self.caller.tenant)
            .finish_non_exhaustive()
    }
}
