//! One Webex organization as a [`Provider`].

mod caller_ids;
mod change;
mod jobs;
mod pages;
mod places;
mod register;
mod release;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use trunkline_core::vault::TokenVault;
use trunkline_core::{
    Account, AccountName, CallerId, CallerIdQuery, CallerIdUpdate, Capability, Descriptor, E164,
    Error, ErrorKind, ListQuery, Number, NumberUpdate, Operation, Page, Provider, RangeItem,
    RangeRequest, Register, Result, Sighting,
};
use trunkline_http::{
    AdapterConfig, ApiRequest, Auth, Explain, HttpClient, Polling, Profile, Refine, Response,
};
use url::Url;

use crate::config::WebexConfig;
use crate::convert::Held;
use crate::descriptor::DESCRIPTOR;
use crate::id::{Key, canonical};
use crate::{PROVIDER, config, error, request};

/// One Webex organization.
#[derive(Debug)]
pub struct Webex {
    account: AccountName,
    identity: String,
    capability: Capability,
    org_id: Option<String>,
    http: HttpClient,
}

impl Webex {
    /// An account with an access token, which is not renewed, and defaults for everything else.
    pub fn account(name: impl Into<String>, token: impl Into<SecretString>) -> Account {
        Self::configured(name, WebexConfig::new(token.into()))
    }

    /// An account with every setting of the adapter.
    pub fn configured(name: impl Into<String>, config: WebexConfig) -> Account {
        AdapterConfig::account(config, name)
    }

    fn new(config: &WebexConfig, profile: Profile) -> Result<Self> {
        Ok(Self {
            account: profile.account.clone(),
            identity: config.identity()?,
            capability: config::capability(),
            org_id: config.org_id.clone(),
            http: HttpClient::new(profile)?,
        })
    }

    /// Sends a request about the account's organization.
    async fn send(&self, request: ApiRequest) -> Result<Response> {
        let request = request::of_organization(self.org_id.as_deref(), request);
        self.http.send(request).await
    }

    /// A number or extension.
    ///
    /// # Errors
    /// `NotFound` if there is none; `Protocol` if the list could not be read completely.
    async fn find(&self, operation: Operation, key: &Key) -> Result<Held> {
        let look = self.look_for(operation, key).await?;
        look.found().ok_or_else(|| nothing_has(key))
    }

    fn key(provider_id: &str) -> Result<Key> {
        Key::parse(provider_id)
            .ok_or_else(|| Error::new(ErrorKind::NotFound, "no number at Webex has such an id"))
    }
}

impl AdapterConfig for WebexConfig {
    const DESCRIPTOR: &'static Descriptor = &DESCRIPTOR;
    const EXPLAIN: Explain = error::explain;
    const REFINE: Refine = error::refine;

    fn address(&self) -> Result<Url> {
        self.api()
    }

    fn credential(&self, profile: &Profile, vault: Arc<dyn TokenVault>) -> Result<Auth> {
        self.auth(profile, vault)
    }

    fn connect(&self, profile: Profile) -> Result<Arc<dyn Provider>> {
        Ok(Arc::new(Webex::new(self, profile)?))
    }
}

#[async_trait]
impl Provider for Webex {
    trunkline_http::identify!(PROVIDER, identity);

    fn canonical(&self, id: &str) -> String {
        canonical(id)
    }

    async fn register(&self, request: &Register) -> Result<Vec<(Number, bool)>> {
        self.add_all(request).await
    }

    async fn register_range(&self, request: &RangeRequest) -> Result<Vec<RangeItem>> {
        self.add_range(request).await
    }

    async fn list(&self, query: &ListQuery) -> Result<Page<Number>> {
        self.number_page(query).await
    }

    async fn get(&self, provider_id: &str) -> Result<Number> {
        let held = self.find(Operation::Get, &Self::key(provider_id)?).await?;
        Ok(held.number)
    }

    async fn find_owned(&self, number: &E164) -> Result<Sighting> {
        let key = Key::Number(number.to_string());
        let look = self.look_for(Operation::FindOwned, &key).await?;
        let (carrier_time, found) = (look.carrier_time, look.found());
        let numbers = found.into_iter().map(|held| held.number);
        Ok(Sighting::shown(numbers.collect(), carrier_time))
    }

    async fn update(&self, provider_id: &str, update: &NumberUpdate) -> Result<Number> {
        self.change(provider_id, update).await
    }

    fn check_release(&self, number: &Number) -> Result<()> {
        request::check_release(number)
    }

    async fn release(&self, provider_id: &str) -> Result<()> {
        self.remove(&Self::key(provider_id)?).await
    }

    async fn get_main(&self, location: Option<&str>) -> Result<Number> {
        self.main_number(location).await
    }

    async fn set_main(&self, location: Option<&str>, provider_id: &str) -> Result<Number> {
        self.choose_main(location, provider_id).await
    }

    async fn list_caller_ids(&self, query: &CallerIdQuery) -> Result<Page<CallerId>> {
        self.caller_id_page(query).await
    }

    async fn get_caller_id(&self, key: &str) -> Result<CallerId> {
        self.caller_id(Operation::GetCallerId, key).await
    }

    async fn update_caller_id(&self, key: &str, update: &CallerIdUpdate) -> Result<CallerId> {
        self.change_caller_id(key, update).await
    }

    async fn delete_caller_id(&self, key: &str) -> Result<()> {
        self.reset_caller_id(key).await
    }

    async fn check_health(&self) -> Result<()> {
        self.page(&request::health(), None, |_| Ok(()))
            .await
            .map(drop)
    }
}

fn nothing_has(key: &Key) -> Error {
    let what = match key {
        Key::Number(_) => "the organization has no such number",
        Key::Extension { .. } => "the location has no such extension",
    };
    Error::new(ErrorKind::NotFound, what)
}

/// The pauses between looks at a job of Webex, or at a removal.
fn polling() -> Polling {
    Polling::new(Duration::from_millis(200), Duration::from_secs(5))
}

/// The same for a change, which Webex shows within seconds: after five looks it is taken as made.
fn showing() -> Polling {
    polling().at_most(5)
}
