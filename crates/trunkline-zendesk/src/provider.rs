//! One Zendesk account as a [`Provider`].

mod caller_ids;
mod pages;
mod sale;

use std::sync::Arc;

use async_trait::async_trait;
use http::HeaderMap;
use jiff::SignedDuration;
use secrecy::SecretString;
use trunkline_core::host;
use trunkline_core::vault::TokenVault;
use trunkline_core::{
    Account, AccountName, AvailableNumber, CallerId, CallerIdQuery, CallerIdUpdate, Capability,
    Descriptor, E164, ListQuery, Number, NumberUpdate, Operation, Page, Provider, PurchaseOrder,
    Result, SearchQuery, Sighting, is_same_number,
};
use trunkline_http::wire::{date, lacks};
use trunkline_http::{AdapterConfig, Auth, Explain, HttpClient, Profile, Refine, Response};
use url::Url;

use crate::config::ZendeskConfig;
use crate::descriptor::DESCRIPTOR;
use crate::{PROVIDER, config, convert, error, request, wire};

/// How long a token of the search is taken to live; Zendesk does not say.
const TOKEN_LIFE: SignedDuration = SignedDuration::from_mins(15);

/// One Zendesk account.
#[derive(Debug)]
pub struct Zendesk {
    account: AccountName,
    identity: String,
    capability: Capability,
    http: HttpClient,
}

impl Zendesk {
    /// An account with its subdomain, an agent's email and API token, and defaults for everything else.
    pub fn account(
        name: impl Into<String>,
        subdomain: impl Into<String>,
        email: impl Into<String>,
        token: impl Into<SecretString>,
    ) -> Account {
        Self::configured(
            name,
            ZendeskConfig::new(subdomain).with_api_token(email, token.into()),
        )
    }

    /// An account with every setting of the adapter.
    pub fn configured(name: impl Into<String>, config: ZendeskConfig) -> Account {
        AdapterConfig::account(config, name)
    }

    fn new(config: &ZendeskConfig, profile: Profile) -> Result<Self> {
        Ok(Self {
            account: profile.account.clone(),
            identity: config.identity()?,
            capability: config::capability(),
            http: HttpClient::new(profile)?,
        })
    }

    fn single(&self, answer: &Response) -> Result<Number> {
        answer.read(|single: wire::Single<'_>| {
            let row = single.phone_number.ok_or_else(|| lacks("phone_number"))?;
            convert::number(&self.account, row, single.included)
        })
    }
}

impl AdapterConfig for ZendeskConfig {
    const DESCRIPTOR: &'static Descriptor = &DESCRIPTOR;
    const EXPLAIN: Explain = error::explain;
    const REFINE: Refine = error::refine;

    fn address(&self) -> Result<Url> {
        self.api()
    }

    fn credential(&self, profile: &Profile, vault: Arc<dyn TokenVault>) -> Result<Auth> {
        self.auth(profile, vault)
    }

    fn headers(&self) -> Result<HeaderMap> {
        Ok(Self::headers())
    }

    fn connect(&self, profile: Profile) -> Result<Arc<dyn Provider>> {
        Ok(Arc::new(Zendesk::new(self, profile)?))
    }
}

#[async_trait]
impl Provider for Zendesk {
    trunkline_http::identify!(PROVIDER, identity);

    fn canonical(&self, id: &str) -> String {
        canonical(id)
    }

    fn settings_after(&self, order: &PurchaseOrder) -> Result<Option<NumberUpdate>> {
        request::settings_after(order)
    }

    async fn search_available(&self, query: &SearchQuery) -> Result<Page<AvailableNumber>> {
        let answer = self.http.send(request::search(query)?).await?;
        // By Zendesk's clock: the token was made no earlier than the answer was dated.
        let made = answer.date().unwrap_or_else(host::now);
        let expires = made.checked_add(TOKEN_LIFE).unwrap_or(made);
        let rows = answer.rows::<wire::Numbers, wire::AvailableNumber<'_>>()?;
        let rows = rows.convert(|row| convert::available(query, expires, row));
        let unreadable = rows.unreadable;
        // Zendesk gives as many as it likes: what was left out here tells nothing of those that it did not give.
        let mut page = Page::sifted(rows.rows, None, |row| request::misfit(row, query));
        page.unreadable = unreadable;
        // How many it gives at most it does not say either.
        page.cut |= !page.items.is_empty();
        request::coarse(query)
            .into_iter()
            .for_each(|filter| page.sift(filter));
        page.items.truncate(query.limit);
        Ok(page)
    }

    async fn purchase(&self, order: &PurchaseOrder) -> Result<Number> {
        let token = self.token(order).await?;
        let address = self.address(order).await?;
        let request = request::purchase(&token, address.as_deref())?;
        let sold = self.http.send(request).await;
        let answer = sold.map_err(|error| Self::hint(error, order))?;
        let number = answer.read(|single: wire::Single<'_>| {
            let row = single.phone_number.ok_or_else(|| lacks("phone_number"))?;
            // The date tells whether it is this purchase's: one that can't be read leaves that open.
            date(&row.created_at)?;
            convert::number(&self.account, row, single.included)
        })?;
        let digits = number.number.as_deref().unwrap_or_default();
        if !is_same_number(digits, order.number.as_str()) {
            return Err(answer.protocol("Zendesk answered the purchase with another number"));
        }
        Ok(number)
    }

    async fn list(&self, query: &ListQuery) -> Result<Page<Number>> {
        self.page(query).await
    }

    async fn get(&self, provider_id: &str) -> Result<Number> {
        let answer = self
            .http
            .send(request::get(Operation::Get, provider_id)?)
            .await?;
        self.single(&answer)
    }

    async fn find_owned(&self, number: &E164) -> Result<Sighting> {
        let seen = self.sightings(std::slice::from_ref(number)).await?;
        Ok(seen.into_iter().next().unwrap_or_default())
    }

    async fn find_all_owned(&self, numbers: &[E164]) -> Result<Vec<Sighting>> {
        self.sightings(numbers).await
    }

    async fn update(&self, provider_id: &str, update: &NumberUpdate) -> Result<Number> {
        let answer = self
            .http
            .send(request::update(provider_id, update)?)
            .await?;
        self.single(&answer)
    }

    /// Zendesk has answered this with a blank page as well as with nothing: what it says is not read.
    async fn release(&self, provider_id: &str) -> Result<()> {
        let request = request::release(Operation::Release, provider_id)?;
        self.http.send(request).await.map(drop)
    }

    async fn list_caller_ids(&self, query: &CallerIdQuery) -> Result<Page<CallerId>> {
        self.caller_id_page(query).await
    }

    async fn get_caller_id(&self, key: &str) -> Result<CallerId> {
        let found = self.find_caller_id(Operation::GetCallerId, key).await?;
        Ok(found.caller_id)
    }

    async fn update_caller_id(&self, key: &str, update: &CallerIdUpdate) -> Result<CallerId> {
        let changes = request::caller_id_changes(update)?;
        let operation = Operation::UpdateCallerId;
        let found = self.find_caller_id(operation, key).await?;
        if changes.is_empty() {
            return Ok(found.caller_id);
        }
        let answer = self
            .http
            .send(changes.request(operation, &found.id)?)
            .await?;
        answer.read(|single: wire::Single<'_>| {
            let row = single.phone_number.ok_or_else(|| lacks("phone_number"))?;
            convert::caller_id(&self.account, &row)
        })
    }

    async fn delete_caller_id(&self, key: &str) -> Result<()> {
        let operation = Operation::DeleteCallerId;
        let found = self.find_caller_id(operation, key).await?;
        let request = if found.external {
            request::release(operation, &found.id)?
        } else {
            request::outbound_disabled().request(operation, &found.id)?
        };
        self.http.send(request).await.map(drop)
    }

    async fn check_health(&self) -> Result<()> {
        self.http.send(request::health()).await.map(drop)
    }
}

/// An id in its one spelling: a number without leading zeros. Anything else as it is.
fn canonical(id: &str) -> String {
    let digits = id.trim_start_matches('0');
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if is_number { digits } else { id }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn id_has_one_spelling() {
        let spellings = ["900000337633", "0900000337633", "000900000337633"];
        for spelling in spellings {
            assert_eq!(canonical(spelling), spellings[0]);
        }
        for other in ["", "0", "000", "x01", "01x", "+14155550100"] {
            assert_eq!(canonical(other), other);
        }
    }
}
