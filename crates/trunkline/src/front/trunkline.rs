//! The library in one type. What is described first and awaited then, buying and listing, adds its methods in its own file.

use std::fmt;
use std::time::Duration;

use trunkline_admin::Services;
use trunkline_core::{Caller, Number, NumberUpdate, Purchase, PurchaseId, Result, Tenant};
use trunkline_engine::{NumberPatch, Released};

use crate::front::{Offers, Search};

/// The phone numbers that a business holds at its carriers: searches all of them at once, buys exactly once, lists, changes
/// and gives back.
///
/// Cheap to clone. While a clone lives, what is open is settled in the background, also what a crash has left; after the
/// last one is dropped, or [`Trunkline::shutdown`], the next start goes on with it.
#[derive(Clone)]
pub struct Trunkline {
    pub(super) services: Services,
    pub(super) caller: Caller,
}

impl Trunkline {
    /// The same for another tenant's accounts.
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

    /// Searches every account at once. An account that fails is a source with an error, and no error of the search.
    ///
    /// # Errors
    /// `InvalidRequest` naming the field; `NotFound` for an account that is not there; if no account answered, why the
    /// first one did not.
    pub async fn search(&self, search: Search) -> Result<Offers> {
        let answer = self
            .services
            .engine
            .search
            .run(&self.caller, &search.request()?)
            .await?;
        Offers::of(answer)
    }

    /// A purchase, as far as it has come.
    ///
    /// # Errors
    /// `NotFound`; those of the store.
    pub async fn purchase(&self, id: &PurchaseId) -> Result<Purchase> {
        let record = self.services.engine.purchases.get(&self.caller, id).await?;
        Ok(record.purchase)
    }

    /// Waits until a purchase is done, at most this long, and gives it as it is then.
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

    /// Changes a number, named by its id or its E.164 form, and gives it as it is then.
    ///
    /// # Errors
    /// As [`Trunkline::number`]; `Unsupported` naming a field that the carrier does not have.
    pub async fn update(&self, id: impl AsRef<str>, update: NumberUpdate) -> Result<Number> {
        let patch = NumberPatch {
            update,
            ..NumberPatch::default()
        };
        let numbers = &self.services.engine.numbers;
        numbers.update(&self.caller, id.as_ref(), patch).await
    }

    /// Gives a number back, named by its id or its E.164 form: at once, or when the grace period of its account is over.
    ///
    /// # Errors
    /// As [`Trunkline::number`]; `Locked` for a protected number and one that the carrier does not take back yet.
    pub async fn release(&self, id: impl AsRef<str>) -> Result<Released> {
        let numbers = &self.services.engine.numbers;
        numbers.release(&self.caller, id.as_ref()).await
    }

    /// Everything else: caller IDs, allocations, main numbers, events, and more.
    #[must_use]
    pub const fn services(&self) -> &Services {
        &self.services
    }

    /// Who [`Trunkline::services`] are asked by.
    #[must_use]
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Ends the background work, and waits for what is being sent. What is open then, the next start settles.
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
