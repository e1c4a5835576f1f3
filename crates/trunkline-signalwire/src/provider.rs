//! One SignalWire project as a [`Provider`].

mod caller_ids;
mod held;

use std::sync::Arc;

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::value::RawValue;
use trunkline_core::vault::TokenVault;
use trunkline_core::{
    Account, AccountName, AvailableNumber, CallerId, CallerIdQuery, CallerIdRequest,
    CallerIdUpdate, Capability, Descriptor, E164, Error, ErrorKind, ListQuery, Number,
    NumberUpdate, Operation, Page, Provider, PurchaseOrder, Result, SearchQuery, Sighting,
    is_same_number,
};
use trunkline_http::wire::{date, lower_uuid, row};
use trunkline_http::{AdapterConfig, Auth, Explain, HttpClient, Profile, Refine};
use url::Url;

use crate::config::{PROVIDER, SEARCH_MAX, SignalWireConfig};
use crate::descriptor::DESCRIPTOR;
use crate::wire::{List, Search};
use crate::{config, convert, error, request, wire};

/// One SignalWire project.
#[derive(Debug)]
pub struct SignalWire {
    account: AccountName,
    project: String,
    capability: Capability,
    deprecated: bool,
    http: HttpClient,
}

impl SignalWire {
    /// An account by its space, project and API token, everything else by default.
    pub fn account(
        name: impl Into<String>,
        space_url: impl Into<String>,
        project_id: impl Into<String>,
        token: impl Into<SecretString>,
    ) -> Account {
        Self::configured(
            name,
            SignalWireConfig::new(project_id, token.into()).with_space_url(space_url),
        )
    }

    /// An account with all settings of the adapter.
    pub fn configured(name: impl Into<String>, config: SignalWireConfig) -> Account {
        AdapterConfig::account(config, name)
    }

    fn new(config: &SignalWireConfig, profile: Profile) -> Result<Self> {
        Ok(Self {
            account: profile.account.clone(),
            project: config.identity()?,
            capability: config::capability(),
            deprecated: config.allow_deprecated,
            http: HttpClient::new(profile)?,
        })
    }

    /// A search for so many numbers, and what of the answer fits.
    async fn search(&self, query: &SearchQuery, room: usize) -> Result<Page<AvailableNumber>> {
        let answer = self.http.send(request::search(query, room)?).await?;
        let found = answer.rows::<Search, _>()?;
        let found = found.convert(|row| convert::available(query, row));
        let mut page = Page::sifted(found.rows, Some(room), |row| request::misfit(row, query));
        page.unreadable = found.unreadable;
        if let Some(filter) = request::coarse(query) {
            page.sift(filter);
        }
        Ok(page)
    }

    /// What is held of a number, for itself or for what `operation` needs to know.
    async fn look(&self, operation: Operation, number: &E164) -> Result<Sighting> {
        let first = request::find_owned(operation, number);
        let show = |raw: &RawValue| self.number(row(raw)?);
        self.http.sighting::<List>(first, number, show).await
    }

    fn number(&self, row: wire::PhoneNumber<'_>) -> Result<Number> {
        convert::number(&self.account, row)
    }
}

impl AdapterConfig for SignalWireConfig {
    const DESCRIPTOR: &'static Descriptor = &DESCRIPTOR;
    const EXPLAIN: Explain = error::explain;
    const REFINE: Refine = error::refine;

    fn address(&self) -> Result<Url> {
        self.api()
    }

    fn credential(&self, _: &Profile, _: Arc<dyn TokenVault>) -> Result<Auth> {
        self.auth()
    }

    fn connect(&self, profile: Profile) -> Result<Arc<dyn Provider>> {
        Ok(Arc::new(SignalWire::new(self, profile)?))
    }
}

#[async_trait]
impl Provider for SignalWire {
    trunkline_http::identify!(PROVIDER, project);

    fn canonical(&self, id: &str) -> String {
        lower_uuid(id)
    }

    fn settings_after(&self, order: &PurchaseOrder) -> Result<Option<NumberUpdate>> {
        request::settings_after(order, self.deprecated)
    }

    async fn search_available(&self, query: &SearchQuery) -> Result<Page<AvailableNumber>> {
        let room = request::room(query);
        let mut page = self.search(query, room).await?;
        if page.cut && page.items.len() < query.limit && room < SEARCH_MAX {
            page = self.search(query, SEARCH_MAX).await?;
        }
        page.items.truncate(query.limit);
        Ok(page)
    }

    async fn purchase(&self, order: &PurchaseOrder) -> Result<Number> {
        let answer = match self.http.send(request::purchase(order)?).await {
            Err(refused) if error::is_without_reason(&refused) => {
                return Err(self.reason(&order.number, refused).await);
            }
            sent => sent?,
        };
        let number = answer.read(|row: wire::PhoneNumber<'_>| {
            // The date shows whether this purchase created the number: without it that is unknown.
            date(&row.created_at)?;
            self.number(row)
        })?;
        let digits = number.number.as_deref().unwrap_or_default();
        if !is_same_number(digits, order.number.as_str()) {
            return Err(answer.protocol("SignalWire answered the purchase with another number"));
        }
        Ok(number)
    }

    async fn list(&self, query: &ListQuery) -> Result<Page<Number>> {
        let answer = self.http.send(request::list(query)?).await?;
        let numbers = answer.rows::<List, _>()?.convert(|row| self.number(row));
        let collection = request::collection(request::NUMBERS);
        numbers.into_page(&collection, |number| query.fits(number))
    }

    async fn get(&self, provider_id: &str) -> Result<Number> {
        let answer = self
            .http
            .send(request::get(Operation::Get, provider_id)?)
            .await?;
        answer.read(|row| self.number(row))
    }

    async fn find_owned(&self, number: &E164) -> Result<Sighting> {
        self.look(Operation::FindOwned, number).await
    }

    async fn update(&self, provider_id: &str, update: &NumberUpdate) -> Result<Number> {
        let change = request::change(update, self.deprecated)?;
        let answer = self
            .http
            .send(request::update(provider_id, &change)?)
            .await?;
        let Some(address) = change.emergency_address else {
            return answer.read(|row| self.number(row));
        };
        let changed = !change.fields.is_empty();
        self.move_emergency_address(&answer, address.as_deref(), changed)
            .await
    }

    async fn release(&self, provider_id: &str) -> Result<()> {
        match self.http.send(request::release(provider_id)?).await {
            Err(refused) if refused.kind() == ErrorKind::Locked => {
                Err(self.locked(provider_id, refused).await)
            }
            sent => sent.map(drop),
        }
    }

    async fn start_caller_id(&self, request: &CallerIdRequest) -> Result<CallerId> {
        self.ring(Operation::StartCallerId, request).await
    }

    async fn complete_caller_id(&self, key: &str, code: &str) -> Result<CallerId> {
        self.submit(key, code).await
    }

    async fn resend_caller_id(&self, request: &CallerIdRequest) -> Result<CallerId> {
        self.ring(Operation::ResendCallerId, request).await
    }

    async fn list_caller_ids(&self, query: &CallerIdQuery) -> Result<Page<CallerId>> {
        self.caller_id_page(query).await
    }

    async fn get_caller_id(&self, key: &str) -> Result<CallerId> {
        let known = self.known(Operation::GetCallerId, key).await?;
        Ok(known.caller_id)
    }

    async fn update_caller_id(&self, key: &str, update: &CallerIdUpdate) -> Result<CallerId> {
        self.rename(key, update).await
    }

    async fn delete_caller_id(&self, key: &str) -> Result<()> {
        let operation = Operation::DeleteCallerId;
        let id = self.caller_id_id(operation, key).await?;
        self.http.send(request::caller_id(operation, &id)?).await?;
        Ok(())
    }

    /// A token needs two scopes. One that has only the other is refused as if it were none.
    async fn check_health(&self) -> Result<()> {
        let numbers = self.http.send(request::health(request::NUMBERS)).await;
        if numbers
            .as_ref()
            .is_err_and(|error| !error::is_denied(error))
        {
            return numbers.map(drop);
        }
        let caller_ids = self.http.send(request::health(request::CALLER_IDS)).await;
        match (numbers, caller_ids) {
            (Ok(_), Err(denied)) if error::is_denied(&denied) => Err(lacks(&denied, "Voice")),
            (Err(denied), Ok(_)) => Err(lacks(&denied, "Numbers")),
            (numbers, caller_ids) => numbers.and(caller_ids).map(drop),
        }
    }
}

/// The credential is good, but does not have this scope.
fn lacks(denied: &Error, scope: &str) -> Error {
    let message = format!("the API token lacks the scope {scope}");
    error::again(denied, ErrorKind::PermissionDenied, message)
}
