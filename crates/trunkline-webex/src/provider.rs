//! One Webex organization as a [`Provider`].

mod caller_ids;
mod change;
mod jobs;
mod pages;
mod register;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use trunkline_core::vault::TokenVault;
use trunkline_core::{
    Account, AccountName, CallerId, CallerIdQuery, CallerIdUpdate, Capability, Descriptor, E164,
    Effect, Error, ErrorKind, ListQuery, Number, NumberUpdate, Operation, Page, Provider,
    ProviderData, RangeItem, RangeOutcome, RangeRequest, Register, Result, Sighting,
};
use trunkline_http::wire::{lacks, numbers_of, unsupported};
use trunkline_http::{
    AdapterConfig, ApiRequest, Auth, Explain, HttpClient, Polling, Profile, Refine, Response,
};
use url::Url;

use crate::config::{self, WebexConfig};
use crate::convert::{self, Held};
use crate::descriptor::DESCRIPTOR;
use crate::id::{self, Key, canonical};
use crate::request::{
    self, AddOptions, Addition, BATCH_MAX, CallerKey, LocationOptions, RANGE_MAX, fits,
};
use crate::wire::{self, NumberRow};
use crate::{PROVIDER, error};

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

    /// A number or extension. Errors: `NotFound` if there is none; `Protocol` if the list could not be read completely.
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
        let location = request.location.as_deref();
        let addition = addition(Operation::Register, location, &request.provider_options)?;
        if request.shared.is_some() {
            return Err(unsupported("shared", "Webex has no shared numbers"));
        }
        let numbers = distinct(&request.numbers)?;
        let items = self.add_numbers(&addition, numbers).await?.into_iter();
        let registered = items.map(|item| match item.outcome {
            RangeOutcome::Created(number) => Ok((*number, true)),
            RangeOutcome::Existing(number) => Ok((*number, false)),
            RangeOutcome::Failed(error) => Err(error),
        });
        registered.collect()
    }

    async fn register_range(&self, request: &RangeRequest) -> Result<Vec<RangeItem>> {
        let location = request.location.as_deref();
        let addition = addition(Operation::RegisterRange, location, &ProviderData::default())?;
        self.add_numbers(&addition, numbers_of(request, RANGE_MAX)?)
            .await
    }

    async fn list(&self, query: &ListQuery) -> Result<Page<Number>> {
        let Some(first) = request::list(query)? else {
            return Ok(Page::last(Vec::new()));
        };
        let read = |row: NumberRow<'_>| convert::number(&self.account, row);
        let mut part = self.page(&first, query.cursor.as_deref(), read).await?;
        let details: wire::Details<'_> = part.answer.json()?;
        part.page.items.retain(|number| fits(query, number));
        part.page.provider_data = ProviderData::of(&details)?;
        Ok(part.page)
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
        let key = Self::key(provider_id)?;
        let operation = Operation::Release;
        let number = self.find(operation, &key).await?.number;
        request::check_release(&number)?;
        let location = location_of(&number)?;
        self.check_managed(operation, location).await?;
        let attempt =
            |before: Option<Error>| self.attempt_removal(location, &key, before.is_none());
        polling().at_most(2).attempt(attempt).await
    }

    async fn get_main(&self, location: Option<&str>) -> Result<Number> {
        let (operation, location) = (Operation::GetMain, required(location)?);
        let number = self.main_of(operation, location).await?.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "the location has no main number yet")
        })?;
        self.shown_as_main(operation, location, Key::Number(number))
            .await
    }

    /// Sets it and reads it back: Webex has reported success without changing anything.
    async fn set_main(&self, location: Option<&str>, provider_id: &str) -> Result<Number> {
        let (operation, location) = (Operation::SetMain, required(location)?);
        let key = Self::key(provider_id)?;
        let Key::Number(number) = &key else {
            return Err(unsupported("id", "an extension can't be a main number"));
        };
        let held = self.find(operation, &key).await?;
        if !id::is_at(&held.number, location) {
            let message = "the number is at another location";
            return Err(Error::new(ErrorKind::Conflict, message).with_field("location", message));
        }
        let change = LocationOptions::main(number);
        self.send(request::set_location(operation, location, &change)?)
            .await?;
        let written = |error: Error| error.with_effect(Effect::Applied);
        let look = || self.main_of(operation, location);
        let main = showing().until(look, |main| main.as_ref() == Some(number));
        if main.await.map_err(written)?.as_ref() != Some(number) {
            let message = "Webex reported success and did not change the main number";
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        let shown = self.shown_as_main(operation, location, key).await;
        shown.map_err(written)
    }

    async fn list_caller_ids(&self, query: &CallerIdQuery) -> Result<Page<CallerId>> {
        let mut page = match (&query.location, &query.owner) {
            (Some(location), _) => self.presentable(location, query).await?,
            (None, Some(owner)) => self.of_one(owner).await?,
            (None, None) => self.of_all(query).await?,
        };
        page.items.retain(|caller_id| query.fits(caller_id));
        Ok(page)
    }

    async fn get_caller_id(&self, key: &str) -> Result<CallerId> {
        self.caller_id(Operation::GetCallerId, key).await
    }

    async fn update_caller_id(&self, key: &str, update: &CallerIdUpdate) -> Result<CallerId> {
        let operation = Operation::UpdateCallerId;
        match CallerKey::parse(key).ok_or_else(unknown)? {
            CallerKey::Owner(owner) => self.change_setting(&owner, update).await?,
            CallerKey::Location(id) => self.change_location(&id, update).await?,
            CallerKey::Number(number) => {
                self.of_number(operation, number).await?;
                return Err(settings_only());
            }
        }
        let shown = self.caller_id(operation, key).await;
        shown.map_err(|error| error.with_effect(Effect::Applied))
    }

    /// Sets it back to the direct line, or to the location's number where there is none.
    async fn delete_caller_id(&self, key: &str) -> Result<()> {
        let operation = Operation::DeleteCallerId;
        let owner = match CallerKey::parse(key).ok_or_else(unknown)? {
            CallerKey::Owner(owner) => owner,
            CallerKey::Location(id) => {
                self.send(request::location(operation, &id)).await?;
                let why = "a location always presents its main number: choose another";
                return Err(unsupported("id", why));
            }
            CallerKey::Number(number) => {
                self.of_number(operation, number).await?;
                return Err(settings_only());
            }
        };
        let answer = self.send(request::caller_id(operation, &owner)).await?;
        let now: wire::CallerIdSetting<'_> = answer.json()?;
        let options = request::reset(now.has_direct_line());
        let request = request::set_caller_id(operation, &owner, &options)?;
        self.send(request).await.map(drop)
    }

    async fn check_health(&self) -> Result<()> {
        let first = request::numbers(Operation::CheckHealth, 1);
        self.page(&first, None, |_| Ok(())).await.map(drop)
    }
}

fn nothing_has(key: &Key) -> Error {
    let what = match key {
        Key::Number(_) => "the organization has no such number",
        Key::Extension(..) => "the location has no such extension",
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

impl Webex {
    /// Refuses to add or remove numbers where a carrier manages them itself: Webex warns of damage to its data.
    pub(super) async fn check_managed(&self, operation: Operation, location: &str) -> Result<()> {
        let sent = self.send(request::connection(operation, location)).await;
        let answer = match sent {
            Err(error) if error::says_no_pstn(&error) => {
                // The same words mean that there is no such location.
                self.send(request::location(operation, location)).await?;
                return Err(error.with_field("location", "it has no connection to the PSTN"));
            }
            sent => sent?,
        };
        let connection: wire::Connection<'_> = answer.json()?;
        match connection.pstn_connection_type.get() {
            Some("LOCAL_GATEWAY" | "NON_INTEGRATED_CCP") => Ok(()),
            other => {
                let kind = other.unwrap_or("an unknown connection");
                let why = format!("its numbers are managed by the carrier ({kind})");
                Err(unsupported("location", &why))
            }
        }
    }

    /// The main number of a location; a new one has a calling line with a name and no number.
    pub(super) async fn main_of(
        &self,
        operation: Operation,
        location: &str,
    ) -> Result<Option<String>> {
        let answer = self.send(request::location(operation, location)).await?;
        let location: wire::Location<'_> = answer.json()?;
        let line = location.calling_line_id.0;
        Ok(line.and_then(|line| line.phone_number.into_string()))
    }

    /// A location's main number, once the list shows it as such.
    pub(super) async fn shown_as_main(
        &self,
        operation: Operation,
        location: &str,
        key: Key,
    ) -> Result<Number> {
        let find = || self.find(operation, &key);
        let shown = |number: &Number| number.main && id::is_at(number, location);
        let held = showing().until(find, |held| shown(&held.number)).await?;
        // The location says so, even if the list does not.
        Ok(Number {
            main: true,
            ..held.number
        })
    }
}

pub(super) fn required(location: Option<&str>) -> Result<&str> {
    location.filter(|id| !id.is_empty()).ok_or_else(|| {
        let message = "required: at Webex every location has a main number of its own";
        Error::invalid("location", message)
    })
}

fn unknown() -> Error {
    let message = "nothing at Webex presents a caller ID under this key";
    Error::new(ErrorKind::NotFound, message)
}

fn settings_only() -> Error {
    let why = "a caller ID is a setting of a person, workspace, virtual line or location: set that";
    unsupported("id", why)
}

/// Errors: `Protocol` if the number has no location.
fn location_of(number: &Number) -> Result<&str> {
    let location = number.location.id.as_deref();
    location.ok_or_else(|| lacks("location.id"))
}

/// The numbers, each once.
fn distinct(numbers: &[String]) -> Result<Vec<E164>> {
    let wrong = |message: &str| Err(Error::invalid("numbers", message));
    if numbers.is_empty() || numbers.len() > BATCH_MAX {
        return wrong("1 to 100 numbers at once");
    }
    let mut distinct = Vec::new();
    for text in numbers {
        let Ok(number) = text.parse::<E164>() else {
            return wrong("must all be E.164, such as +14165550171");
        };
        if distinct.contains(&number) {
            return wrong("must be different ones");
        }
        distinct.push(number);
    }
    Ok(distinct)
}

fn addition<'a>(
    operation: Operation,
    location: Option<&'a str>,
    options: &ProviderData,
) -> Result<Addition<'a>> {
    let required = || Error::invalid("location", "required: Webex keeps numbers at locations");
    Ok(Addition {
        operation,
        location: location.filter(|id| !id.is_empty()).ok_or_else(required)?,
        options: AddOptions::read(options)?,
    })
}
