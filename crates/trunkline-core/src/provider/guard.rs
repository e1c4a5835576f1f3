//! The one decorator: refuses what an account does not offer, before any request leaves.

use std::sync::Arc;

use async_trait::async_trait;
use tracing::{Instrument, Span, info_span};

use crate::capability::{Capability, NumberField, Operation};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    AccountHealth, AccountName, AvailableNumber, Callback, CallerId, CallerIdMethod, CallerIdQuery,
    CallerIdRequest, CallerIdState, CallerIdUpdate, CountryCode, CountryOnSale, E164, ListQuery,
    Money, Number, NumberType, NumberUpdate, Page, ProviderName, PurchaseOrder, RangeItem,
    RangeRequest, Register, SearchQuery, Sighting,
};
use crate::provider::Provider;
use crate::telemetry::{AccountLabels, Running};

/// An adapter behind its capability: an operation, filter or field that the capability lacks is
/// `unsupported` without a request; errors name account, provider and operation; every call has a span and is
/// measured.
#[derive(Debug)]
pub struct Guarded {
    inner: Arc<dyn Provider>,
    labels: AccountLabels,
}

impl Guarded {
    /// Wraps an adapter.
    #[must_use]
    pub fn new(inner: Arc<dyn Provider>) -> Self {
        let labels = AccountLabels::new(inner.account(), inner.provider());
        Self { inner, labels }
    }

    async fn run<T>(
        &self,
        operation: Operation,
        work: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        self.offers(operation)?;
        let mut running = Running::start(&self.labels, operation)
            .traced(self.inner.account(), self.inner.provider());
        let work = work
            .instrument(self.span(operation))
            .instrument(running.span.clone());
        let result = running.waiting.clone().scope(work).await;
        running.end(result.as_ref().err());
        result.map_err(|error| self.name(error, operation))
    }

    fn offers(&self, operation: Operation) -> Result<()> {
        if self.inner.capability().supports(operation) {
            return Ok(());
        }
        Err(self.name(
            Error::unsupported(self.inner.provider(), operation),
            operation,
        ))
    }

    fn lacks(&self, operation: Operation, field: &str) -> Error {
        let message = format!(
            "{} at {} does not support {field}",
            operation.words(),
            self.inner.provider()
        );
        let error = Error::new(ErrorKind::Unsupported, message.clone()).with_field(field, message);
        self.name(error, operation)
    }

    fn name(&self, error: Error, operation: Operation) -> Error {
        error
            .with_account(self.inner.account().clone())
            .with_provider(self.inner.provider().clone())
            .with_operation(operation)
    }

    fn span(&self, operation: Operation) -> Span {
        info_span!("provider", account = %self.inner.account(), operation = operation.as_str())
    }

    fn check_update(&self, operation: Operation, update: &NumberUpdate) -> Result<()> {
        let writable = &self.inner.capability().writable;
        match update
            .fields()
            .iter()
            .find(|field| !writable.contains(field))
        {
            Some(field) => Err(self.lacks(operation, field.as_str())),
            None => Ok(()),
        }
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Provider for Guarded {
    fn account(&self) -> &AccountName {
        self.inner.account()
    }

    fn provider(&self) -> &ProviderName {
        self.inner.provider()
    }

    fn identity(&self) -> &str {
        self.inner.identity()
    }

    fn capability(&self) -> &Capability {
        self.inner.capability()
    }

    fn health(&self) -> AccountHealth {
        self.inner.health()
    }

    fn canonical(&self, id: &str) -> String {
        self.inner.canonical(id)
    }

    fn settings_after(&self, order: &PurchaseOrder) -> Result<Option<NumberUpdate>> {
        self.offers(Operation::Purchase)?;
        self.check_update(Operation::Purchase, &order.settings())?;
        self.inner
            .settings_after(order)
            .map_err(|error| self.name(error, Operation::Purchase))
    }

    async fn search_available(&self, query: &SearchQuery) -> Result<Page<AvailableNumber>> {
        query.validate()?;
        let capability = self.inner.capability();
        self.offers(Operation::SearchAvailable)?;
        if let Some(filter) = query
            .filters()
            .into_iter()
            .find(|filter| !capability.can_filter_search(*filter))
        {
            return Err(self.lacks(Operation::SearchAvailable, filter.as_str()));
        }
        if !capability.number_types.contains(&query.number_type) {
            return Err(self.lacks(Operation::SearchAvailable, "type"));
        }
        if capability
            .countries
            .as_ref()
            .is_some_and(|countries| !countries.contains(&query.country))
        {
            return Err(self.lacks(Operation::SearchAvailable, "country"));
        }
        self.run(
            Operation::SearchAvailable,
            self.inner.search_available(query),
        )
        .await
    }

    async fn list_prices(&self, country: CountryCode) -> Result<Vec<(NumberType, Money)>> {
        self.run(Operation::ListPrices, self.inner.list_prices(country))
            .await
    }

    async fn list_countries(&self) -> Result<Vec<CountryOnSale>> {
        self.run(Operation::ListCountries, self.inner.list_countries())
            .await
    }

    async fn purchase(&self, order: &PurchaseOrder) -> Result<Number> {
        self.run(Operation::Purchase, self.inner.purchase(order))
            .await
    }

    async fn register(&self, request: &Register) -> Result<Vec<(Number, bool)>> {
        self.run(Operation::Register, self.inner.register(request))
            .await
    }

    async fn register_range(&self, request: &RangeRequest) -> Result<Vec<RangeItem>> {
        self.run(Operation::RegisterRange, self.inner.register_range(request))
            .await
    }

    async fn list(&self, query: &ListQuery) -> Result<Page<Number>> {
        self.offers(Operation::List)?;
        let capability = self.inner.capability();
        if let Some(filter) = query
            .filters()
            .into_iter()
            .find(|filter| !capability.can_filter_list(*filter))
        {
            return Err(self.lacks(Operation::List, filter.as_str()));
        }
        let mut options = query.provider_options.names();
        if let Some(name) = options.find(|name| !capability.list_options.contains(name)) {
            return Err(self.lacks(Operation::List, &format!("provider_options[{name}]")));
        }
        self.run(Operation::List, self.inner.list(query)).await
    }

    async fn get(&self, provider_id: &str) -> Result<Number> {
        self.run(Operation::Get, self.inner.get(provider_id)).await
    }

    async fn find_owned(&self, number: &E164) -> Result<Sighting> {
        self.run(Operation::FindOwned, self.inner.find_owned(number))
            .await
    }

    async fn find_all_owned(&self, numbers: &[E164]) -> Result<Vec<Sighting>> {
        self.run(Operation::FindOwned, self.inner.find_all_owned(numbers))
            .await
    }

    async fn update(&self, provider_id: &str, update: &NumberUpdate) -> Result<Number> {
        self.check_update(Operation::Update, update)?;
        self.run(Operation::Update, self.inner.update(provider_id, update))
            .await
    }

    fn changed_field(&self, number: &Number, wanted: &NumberUpdate) -> Option<NumberField> {
        self.inner.changed_field(number, wanted)
    }

    fn check_release(&self, number: &Number) -> Result<()> {
        self.offers(Operation::Release)?;
        let checked = self.inner.check_release(number);
        checked.map_err(|error| self.name(error, Operation::Release))
    }

    async fn release(&self, provider_id: &str) -> Result<()> {
        self.run(Operation::Release, self.inner.release(provider_id))
            .await
    }

    async fn get_main(&self, location: Option<&str>) -> Result<Number> {
        self.run(Operation::GetMain, self.inner.get_main(location))
            .await
    }

    async fn set_main(&self, location: Option<&str>, provider_id: &str) -> Result<Number> {
        self.run(
            Operation::SetMain,
            self.inner.set_main(location, provider_id),
        )
        .await
    }

    async fn start_caller_id(&self, request: &CallerIdRequest) -> Result<CallerId> {
        self.run(
            Operation::StartCallerId,
            self.inner.start_caller_id(request),
        )
        .await
    }

    async fn complete_caller_id(&self, key: &str, code: &str) -> Result<CallerId> {
        self.run(
            Operation::CompleteCallerId,
            self.inner.complete_caller_id(key, code),
        )
        .await
    }

    async fn resend_caller_id(&self, request: &CallerIdRequest) -> Result<CallerId> {
        self.run(
            Operation::ResendCallerId,
            self.inner.resend_caller_id(request),
        )
        .await
    }

    async fn list_caller_ids(&self, query: &CallerIdQuery) -> Result<Page<CallerId>> {
        self.offers(Operation::ListCallerIds)?;
        // Where a caller ID is proved it is the account's; a directory has them by owner and place.
        let method = self.inner.capability().caller_id_method;
        if method != Some(CallerIdMethod::Directory) {
            for (name, given) in [("owner", &query.owner), ("location", &query.location)] {
                if given.is_some() {
                    return Err(self.lacks(Operation::ListCallerIds, name));
                }
            }
        }
        self.run(Operation::ListCallerIds, self.inner.list_caller_ids(query))
            .await
    }

    async fn get_caller_id(&self, key: &str) -> Result<CallerId> {
        self.run(Operation::GetCallerId, self.inner.get_caller_id(key))
            .await
    }

    async fn update_caller_id(&self, key: &str, update: &CallerIdUpdate) -> Result<CallerId> {
        self.run(
            Operation::UpdateCallerId,
            self.inner.update_caller_id(key, update),
        )
        .await
    }

    async fn delete_caller_id(&self, key: &str) -> Result<()> {
        self.run(Operation::DeleteCallerId, self.inner.delete_caller_id(key))
            .await
    }

    fn checks_callbacks(&self) -> bool {
        self.inner.checks_callbacks()
    }

    /// Its errors are about who called, not about the carrier: they name no provider.
    fn check_callback(
        &self,
        url: &str,
        callback: &Callback,
        started: &CallerId,
    ) -> Result<CallerIdState> {
        self.inner.check_callback(url, callback, started)
    }

    async fn check_health(&self) -> Result<()> {
        self.run(Operation::CheckHealth, self.inner.check_health())
            .await
    }
}
