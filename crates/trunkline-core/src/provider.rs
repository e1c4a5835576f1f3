//! The trait that every carrier's adapter implements.

pub mod guard;

use std::fmt::Debug;

use async_trait::async_trait;

use crate::capability::{Capability, NumberField, Operation};
use crate::error::{Error, Result};
use crate::model::{
    AccountHealth, AccountName, AvailableNumber, Callback, CallerId, CallerIdQuery,
    CallerIdRequest, CallerIdState, CallerIdUpdate, CountryCode, CountryOnSale, E164, ListQuery,
    Money, Number, NumberType, NumberUpdate, Page, PageTrail, ProviderName, PurchaseOrder,
    RangeItem, RangeRequest, Register, SearchQuery, Sighting,
};

/// One account at one carrier. Used as `Arc<dyn Provider>`, wrapped by
/// [`Registry::insert`](crate::Registry::insert) in [`Guarded`](crate::Guarded).
///
/// Every operation is `unsupported` unless the adapter has it, and [`Provider::capability`] says
/// the same. The deadline of a call is [`Call::current`](crate::Call::current).
///
/// # Errors
/// All operations answer the carrier's refusals by kind, with its own code and message, and with
/// the [`Effect`](crate::Effect) that the request may have had.
#[async_trait]
#[expect(
    unused_variables,
    reason = "the default of every operation is to be unsupported"
)]
pub trait Provider: Debug + Send + Sync + 'static {
    /// The operator's name for the account.
    fn account(&self) -> &AccountName;

    /// The kind of carrier.
    fn provider(&self) -> &ProviderName;

    /// Who the account is at the carrier: two accounts with one identity are one account.
    fn identity(&self) -> &str;

    /// What the account can do.
    fn capability(&self) -> &Capability;

    /// How the account is doing, as seen from here; nothing is asked of the carrier.
    fn health(&self) -> AccountHealth {
        AccountHealth::default()
    }

    /// The one spelling of a carrier's id, used in look-ups and requests. Pure and idempotent.
    fn canonical(&self, id: &str) -> String {
        id.to_owned()
    }

    /// Checks an order before it is written down, and returns the settings for [`Provider::update`] afterwards, if any.
    ///
    /// # Errors
    /// `InvalidRequest` or `Unsupported` naming the field.
    fn settings_after(&self, order: &PurchaseOrder) -> Result<Option<NumberUpdate>> {
        let settings = order.settings();
        Ok((!settings.is_empty()).then_some(settings))
    }

    /// Searches numbers for sale: at most `query.limit`, in the carrier's order, without a next page since stock moves.
    async fn search_available(&self, query: &SearchQuery) -> Result<Page<AvailableNumber>> {
        lacks(self.provider(), Operation::SearchAvailable)
    }

    /// What a month of a kind of number costs by the carrier's price list, `None` if it does not say.
    async fn list_prices(&self, country: CountryCode) -> Result<Vec<(NumberType, Money)>> {
        lacks(self.provider(), Operation::ListPrices)
    }

    /// The countries in which the account can buy numbers, and of which types.
    async fn list_countries(&self) -> Result<Vec<CountryOnSale>> {
        lacks(self.provider(), Operation::ListCountries)
    }

    /// Buys exactly `order.number`, bare: nothing but the number and what the carrier wants to see
    /// to sell it. Not replay-safe: go through the purchase service.
    async fn purchase(&self, order: &PurchaseOrder) -> Result<Number> {
        lacks(self.provider(), Operation::Purchase)
    }

    /// Records numbers held elsewhere. The flag says whether the number is new.
    async fn register(&self, request: &Register) -> Result<Vec<(Number, bool)>> {
        lacks(self.provider(), Operation::Register)
    }

    /// Records contiguous numbers.
    async fn register_range(&self, request: &RangeRequest) -> Result<Vec<RangeItem>> {
        lacks(self.provider(), Operation::RegisterRange)
    }

    /// One page of the numbers held. Filters that the capability calls local are left to the caller.
    async fn list(&self, query: &ListQuery) -> Result<Page<Number>> {
        lacks(self.provider(), Operation::List)
    }

    /// One number by the carrier's id.
    async fn get(&self, provider_id: &str) -> Result<Number> {
        lacks(self.provider(), Operation::Get)
    }

    /// Whether the account holds this number, from a complete reading; anything less is an error.
    async fn find_owned(&self, number: &E164) -> Result<Sighting> {
        lacks(self.provider(), Operation::FindOwned)
    }

    /// The same for several numbers, in their order. Without a filter for numbers one reading serves them all.
    async fn find_all_owned(&self, numbers: &[E164]) -> Result<Vec<Sighting>> {
        let mut seen = Vec::with_capacity(numbers.len());
        for number in numbers {
            seen.push(self.find_owned(number).await?);
        }
        Ok(seen)
    }

    /// Changes a number and answers it as it is then.
    async fn update(&self, provider_id: &str, update: &NumberUpdate) -> Result<Number> {
        lacks(self.provider(), Operation::Update)
    }

    /// The first field of `wanted` that another has set on a number just bought. The carrier's defaults count as unset.
    fn changed_field(&self, number: &Number, wanted: &NumberUpdate) -> Option<NumberField> {
        wanted.first_set_otherwise(number)
    }

    /// Refuses a release that the carrier would refuse, as far as the number itself shows; nothing is sent.
    ///
    /// # Errors
    /// What [`Provider::release`] would say.
    fn check_release(&self, number: &Number) -> Result<()> {
        Ok(())
    }

    /// Gives a number back.
    async fn release(&self, provider_id: &str) -> Result<()> {
        lacks(self.provider(), Operation::Release)
    }

    /// The main number of the account, or of a location where the carrier has one each.
    async fn get_main(&self, location: Option<&str>) -> Result<Number> {
        lacks(self.provider(), Operation::GetMain)
    }

    /// Chooses the main number.
    async fn set_main(&self, location: Option<&str>, provider_id: &str) -> Result<Number> {
        lacks(self.provider(), Operation::SetMain)
    }

    /// Starts a proof: the carrier calls the number. Never sent twice by itself.
    async fn start_caller_id(&self, request: &CallerIdRequest) -> Result<CallerId> {
        lacks(self.provider(), Operation::StartCallerId)
    }

    /// Submits the code that the callee heard.
    async fn complete_caller_id(&self, key: &str, code: &str) -> Result<CallerId> {
        lacks(self.provider(), Operation::CompleteCallerId)
    }

    /// Calls again, with a code of its own.
    async fn resend_caller_id(&self, request: &CallerIdRequest) -> Result<CallerId> {
        lacks(self.provider(), Operation::ResendCallerId)
    }

    /// One page of the caller IDs that the carrier shows.
    async fn list_caller_ids(&self, query: &CallerIdQuery) -> Result<Page<CallerId>> {
        lacks(self.provider(), Operation::ListCallerIds)
    }

    /// One caller ID by what follows the account in its id: the number, or at Webex `{kind}-{owner id}`.
    async fn get_caller_id(&self, key: &str) -> Result<CallerId> {
        lacks(self.provider(), Operation::GetCallerId)
    }

    /// Changes a caller ID.
    async fn update_caller_id(&self, key: &str, update: &CallerIdUpdate) -> Result<CallerId> {
        lacks(self.provider(), Operation::UpdateCallerId)
    }

    /// Removes a caller ID.
    async fn delete_caller_id(&self, key: &str) -> Result<()> {
        lacks(self.provider(), Operation::DeleteCallerId)
    }

    /// Whether the carrier tells how a verification call went, in a way that this account can check.
    fn checks_callbacks(&self) -> bool {
        false
    }

    /// Reads how a verification call went from a request to our callback `url`. Sends nothing.
    ///
    /// # Errors
    /// `PermissionDenied` for one that the carrier has not signed; `Conflict` for one of another call;
    /// `InvalidRequest` for one that does not say how the call went.
    fn check_callback(
        &self,
        url: &str,
        callback: &Callback,
        started: &CallerId,
    ) -> Result<CallerIdState> {
        let message = format!("{} calls nothing back that can be checked", self.provider());
        Err(Error::new(crate::ErrorKind::Unsupported, message))
    }

    /// Checks the credential with a call that changes nothing.
    async fn check_health(&self) -> Result<()> {
        lacks(self.provider(), Operation::CheckHealth)
    }
}

fn lacks<T>(provider: &ProviderName, operation: Operation) -> Result<T> {
    Err(Error::unsupported(provider, operation))
}

/// What follows from the operations of any provider.
#[async_trait]
pub trait ProviderExt: Provider {
    /// Every number held, over all pages.
    ///
    /// # Errors
    /// Those of [`Provider::list`]; `Protocol` if the pages have no end.
    async fn list_all(&self, query: &ListQuery) -> Result<Vec<Number>> {
        let mut query = query.clone();
        let mut numbers = Vec::new();
        let mut trail = PageTrail::default();
        loop {
            let page = self.list(&query).await?;
            let ids = page.items.iter().map(|number| number.id.as_str());
            trail.note(ids, page.next.as_deref())?;
            numbers.extend(page.items);
            if page.next.is_none() {
                return Ok(numbers);
            }
            query.cursor = page.next;
        }
    }
}

impl<P: Provider + ?Sized> ProviderExt for P {}
