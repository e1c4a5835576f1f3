//! One Webex organization as a [`Provider`].

mod caller_ids;
mod change;
mod jobs;
mod pages;
mod places;
mod register;
mod release;
mod usage;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use tokio::time::{Instant, sleep};
use trunkline_core::vault::TokenVault;
use trunkline_core::{
    Account, AccountHealth, AccountName, Call, CallerId, CallerIdQuery, CallerIdUpdate, Capability,
    E164, Error, ErrorKind, HeldRow, ListQuery, Number, NumberUpdate, Operation, Page, Provider,
    ProviderName, RangeItem, RangeRequest, Register, Result, Sighting,
};
use trunkline_http::{ApiRequest, HttpClient, Profile, Response};

use crate::config::WebexConfig;
use crate::id::{Key, canonical};
use crate::request::Requests;
use crate::{PROVIDER, convert, error, wire};

/// One Webex organization.
#[derive(Debug)]
pub struct Webex {
    account: AccountName,
    identity: String,
    capability: Capability,
    requests: Requests,
    http: HttpClient,
}

impl Webex {
    /// An account by an access token, which is not renewed, everything else by default.
    pub fn account(name: impl Into<String>, token: impl Into<SecretString>) -> Account {
        Self::configured(name, WebexConfig::new(token.into()))
    }

    /// An account with everything that the adapter can be told.
    pub fn configured(name: impl Into<String>, config: WebexConfig) -> Account {
        Account::new(name, move |connect| {
            let mut config = config;
            if let Some(url) = connect.base_url {
                config.base_url = Some(url);
            }
            if let Some(limits) = connect.limits {
                config.limits = limits;
            }
            Ok(Arc::new(Self::new(connect.name, &config, connect.vault)?))
        })
    }

    /// The account of this name and configuration. Nothing is asked of Webex yet. Tokens that rotate are kept in the
    /// vault.
    ///
    /// # Errors
    /// `Config` naming the setting.
    pub fn new(
        account: AccountName,
        config: &WebexConfig,
        vault: Arc<dyn TokenVault>,
    ) -> Result<Self> {
        Self::with_profile(config, config.profile(account, vault)?)
    }

    /// The same with what was made of [`WebexConfig::profile`], for example one with a shared quota.
    ///
    /// # Errors
    /// `Config` naming the setting.
    pub fn with_profile(config: &WebexConfig, profile: Profile) -> Result<Self> {
        Ok(Self {
            account: profile.account.clone(),
            identity: config.identity()?,
            capability: config.capability(),
            requests: Requests {
                org_id: config.org_id.clone(),
            },
            http: HttpClient::new(profile)?,
        })
    }

    async fn send(&self, request: ApiRequest) -> Result<Response> {
        self.http.send(request).await.map_err(error::refine)
    }

    fn number(&self, row: wire::NumberRow) -> Result<Number> {
        convert::number(&self.account, row)
    }

    /// The row of a number or extension.
    ///
    /// # Errors
    /// `NotFound` if there is none; `Protocol` if the reading was not complete.
    async fn find(&self, operation: Operation, key: &Key) -> Result<wire::NumberRow> {
        let request = self.requests.find(operation, key);
        let look = self.seek(request, |row| pages::is(row, key)).await?;
        look.row.ok_or_else(|| nothing_has(key))
    }

    fn key(provider_id: &str) -> Result<Key> {
        Key::parse(provider_id)
            .ok_or_else(|| Error::new(ErrorKind::NotFound, "no number at Webex has such an id"))
    }
}

#[async_trait]
impl Provider for Webex {
    fn account(&self) -> &AccountName {
        &self.account
    }

    fn provider(&self) -> &ProviderName {
        &PROVIDER
    }

    fn identity(&self) -> &str {
        &self.identity
    }

    fn canonical(&self, id: &str) -> String {
        canonical(id)
    }

    fn capability(&self) -> &Capability {
        &self.capability
    }

    fn health(&self) -> AccountHealth {
        self.http.health()
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
        let row = self.find(Operation::Get, &Self::key(provider_id)?).await?;
        self.number(row)
    }

    async fn find_owned(&self, number: &E164) -> Result<Sighting> {
        let key = Key::Number(number.as_str().to_owned());
        let request = self.requests.find(Operation::FindOwned, &key);
        let look = self.seek(request, |row| pages::is(row, &key)).await?;
        let row = look.row.map(|_| HeldRow {
            provider_id: number.as_str().to_owned(),
            // Webex shows none.
            created_at: None,
        });
        Ok(Sighting::of(row.into_iter().collect(), look.carrier_time))
    }

    async fn update(&self, provider_id: &str, update: &NumberUpdate) -> Result<Number> {
        self.change(provider_id, update).await
    }

    fn check_release(&self, number: &Number) -> Result<()> {
        release::check(number)
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
        self.rows(self.requests.health()).await.map(drop)
    }
}

fn nothing_has(key: &Key) -> Error {
    let what = match key {
        Key::Number(_) => "the organization has no such number",
        Key::Extension { .. } => "the location has no such extension",
    };
    Error::new(ErrorKind::NotFound, what)
}

/// Pauses before the next look at what Webex is still busy with, longer each time. Answers whether there is time for
/// it before the caller's deadline.
async fn pause(looks: u32) -> bool {
    const FIRST: Duration = Duration::from_millis(200);
    const LONGEST: Duration = Duration::from_secs(5);
    let pause = FIRST.saturating_mul(1 << looks.min(8)).min(LONGEST);
    if Instant::now() + pause >= Call::current().deadline {
        return false;
    }
    sleep(pause).await;
    true
}

/// Webex shows what was written within seconds; after so many looks it is taken for good.
const LOOKS: u32 = 5;
