//! One tenant of a Wazo stack as a [`Provider`].

mod caller_ids;
mod pages;
mod range;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::HeaderMap;
use secrecy::SecretString;
use trunkline_core::vault::TokenVault;
use trunkline_core::{
    Account, AccountName, CallerId, CallerIdQuery, CallerIdUpdate, Capability, Descriptor, E164,
    Effect, Error, ErrorKind, ListQuery, Number, NumberUpdate, Operation, Page, Provider,
    RangeItem, RangeRequest, Register, Result, Retry, Sighting,
};
use trunkline_http::wire::{incomplete, lower_uuid, numbers_of};
use trunkline_http::{AdapterConfig, Auth, Explain, HttpClient, Profile, Refine};
use url::Url;

use crate::config::{RANGE_CHUNK, RANGE_MAX, WazoConfig};
use crate::descriptor::DESCRIPTOR;
use crate::{PROVIDER, config, convert, error, request, wire};

/// One tenant of a Wazo stack.
#[derive(Debug)]
pub struct Wazo {
    account: AccountName,
    identity: String,
    capability: Capability,
    http: HttpClient,
}

impl Wazo {
    /// An account with the address of the stack, a user of it with its password, and defaults for everything else.
    pub fn account(
        name: impl Into<String>,
        base_url: impl Into<String>,
        username: impl Into<String>,
        password: impl Into<SecretString>,
    ) -> Account {
        Self::configured(name, WazoConfig::new(base_url, username, password.into()))
    }

    /// An account with every setting of the adapter.
    pub fn configured(name: impl Into<String>, config: WazoConfig) -> Account {
        AdapterConfig::account(config, name)
    }

    fn new(config: &WazoConfig, profile: Profile) -> Result<Self> {
        Ok(Self {
            account: profile.account.clone(),
            identity: config.identity()?,
            capability: config::capability(),
            http: HttpClient::new(profile)?,
        })
    }

    /// One entry, for itself or for what `operation` needs to know of it.
    async fn entry(&self, operation: Operation, uuid: &str) -> Result<Number> {
        let answer = self.http.send(request::get(operation, uuid)?).await?;
        answer.read(|row| convert::number(&self.account, row))
    }

    /// An entry that has been written, even if it can't be shown.
    async fn written(&self, operation: Operation, uuid: &str) -> Result<Number> {
        let shown = self.entry(operation, uuid).await;
        shown.map_err(|error| error.with_effect(Effect::Applied))
    }

    /// What is held of exactly this number.
    async fn held(&self, operation: Operation, number: &str) -> Result<Option<Number>> {
        let all = self.all(request::of_number(operation, number)).await?;
        let mut rows = all.rows.into_iter();
        Ok(rows.find(|row| row.number.as_deref() == Some(number)))
    }

    /// The number that could not be registered because it is there already. Wazo may have meant our own attempt before
    /// the last, whose answer was lost: then the number is new.
    async fn found_there(&self, request: &Register, refused: Error) -> Result<(Number, bool)> {
        let number = request.numbers.first().map_or("", String::as_str);
        let new = refused.effect() != Effect::None;
        match self.held(Operation::Register, number).await {
            Ok(Some(number)) => Ok((number, new)),
            // Gone meanwhile, or not listed yet: the next attempt tells.
            Ok(None) => Err(refused
                .with_effect(Effect::Unknown)
                .with_retry(Retry::After(Duration::from_secs(1)))),
            Err(look) if passes(&look) => Err(look.with_effect(Effect::Unknown)),
            Err(_) => Err(refused),
        }
    }
}

impl AdapterConfig for WazoConfig {
    const DESCRIPTOR: &'static Descriptor = &DESCRIPTOR;
    const EXPLAIN: Explain = error::explain;
    const REFINE: Refine = error::refine;

    fn address(&self) -> Result<Url> {
        self.stack()
    }

    fn credential(&self, profile: &Profile, _: Arc<dyn TokenVault>) -> Result<Auth> {
        self.auth(profile)
    }

    fn headers(&self) -> Result<HeaderMap> {
        self.headers()
    }

    fn connect(&self, profile: Profile) -> Result<Arc<dyn Provider>> {
        Ok(Arc::new(Wazo::new(self, profile)?))
    }
}

#[async_trait]
impl Provider for Wazo {
    trunkline_http::identify!(PROVIDER, identity);

    fn canonical(&self, id: &str) -> String {
        lower_uuid(id)
    }

    async fn register(&self, register: &Register) -> Result<Vec<(Number, bool)>> {
        let answer = match self.http.send(request::register(register)?).await {
            Ok(answer) => answer,
            Err(refused) if error::is_there_already(&refused) => {
                return Ok(vec![self.found_there(register, refused).await?]);
            }
            Err(refused) => return Err(refused),
        };
        let number = answer.read(|row| convert::number(&self.account, row))?;
        if number.number.as_ref() != register.numbers.first() {
            return Err(answer.protocol("Wazo answered the registration with another number"));
        }
        Ok(vec![(number, true)])
    }

    async fn register_range(&self, range: &RangeRequest) -> Result<Vec<RangeItem>> {
        request::nowhere(range.location.as_deref())?;
        let mut items = Vec::new();
        for chunk in numbers_of(range, RANGE_MAX)?.chunks(RANGE_CHUNK) {
            items.extend(self.add_range(chunk).await?);
        }
        Ok(items)
    }

    async fn list(&self, query: &ListQuery) -> Result<Page<Number>> {
        let read = |row: wire::PhoneNumber<'_>| convert::number(&self.account, row);
        let mut page = self.page(&request::list(query)?, read).await?;
        page.items.retain(|number| query.fits(number));
        Ok(page)
    }

    async fn get(&self, provider_id: &str) -> Result<Number> {
        self.entry(Operation::Get, provider_id).await
    }

    async fn find_owned(&self, number: &E164) -> Result<Sighting> {
        let slice = request::of_number(Operation::FindOwned, number.as_str());
        let all = self.all(slice).await?;
        // What is no number at all may have been the one.
        let odd = all.rows.iter().any(|row| !is_dialled(row));
        let rows = all.rows.into_iter();
        let found = rows.filter(|row| row.number.as_deref() == Some(number.as_str()));
        let found: Vec<_> = found.collect();
        if found.is_empty() && (all.unreadable > 0 || odd) {
            return Err(incomplete("a row can't be read"));
        }
        Ok(Sighting::shown(found, all.carrier_time))
    }

    async fn update(&self, provider_id: &str, update: &NumberUpdate) -> Result<Number> {
        let operation = Operation::Update;
        let Some(change) = request::update(provider_id, update)? else {
            return self.entry(operation, provider_id).await;
        };
        // Wazo's database would refuse this, and Wazo call that an unexpected error.
        if request::unshares(update) && self.entry(operation, provider_id).await?.main {
            return Err(main_is_shared("shared"));
        }
        self.http.send(change).await?;
        self.written(operation, provider_id).await
    }

    async fn release(&self, provider_id: &str) -> Result<()> {
        self.http
            .send(request::release(provider_id)?)
            .await
            .map(drop)
    }

    async fn get_main(&self, location: Option<&str>) -> Result<Number> {
        request::nowhere(location)?;
        let answer = self.http.send(request::get_main()).await?;
        answer.read(|row| convert::number(&self.account, row))
    }

    async fn set_main(&self, location: Option<&str>, provider_id: &str) -> Result<Number> {
        request::nowhere(location)?;
        self.http.send(request::set_main(provider_id)?).await?;
        self.written(Operation::SetMain, provider_id).await
    }

    async fn list_caller_ids(&self, query: &CallerIdQuery) -> Result<Page<CallerId>> {
        match &query.owner {
            Some(user) => self.user_caller_ids(query, user).await,
            None => self.shared_caller_ids(query).await,
        }
    }

    async fn get_caller_id(&self, key: &str) -> Result<CallerId> {
        let shown = self.shared(Operation::GetCallerId, key).await?;
        Ok(shown.caller_id)
    }

    async fn update_caller_id(&self, key: &str, update: &CallerIdUpdate) -> Result<CallerId> {
        self.change_caller_id(key, update).await
    }

    /// The number stays in the directory; nobody may choose it as a caller ID any longer.
    async fn delete_caller_id(&self, key: &str) -> Result<()> {
        let operation = Operation::DeleteCallerId;
        let shown = self.shared(operation, key).await?;
        if shown.main {
            return Err(main_is_shared("id"));
        }
        let request = request::share(operation, &shown.uuid, false)?;
        self.http.send(request).await.map(drop)
    }

    async fn check_health(&self) -> Result<()> {
        let answer = self.http.send(request::health()).await?;
        Self::one_page(&answer, |row| convert::number(&self.account, row)).map(drop)
    }
}

/// Whether a read that failed may succeed the next time.
fn passes(error: &Error) -> bool {
    error.retry() != Retry::Never
        || matches!(
            error.kind(),
            ErrorKind::UpstreamUnavailable | ErrorKind::Timeout | ErrorKind::Protocol
        )
}

/// What nobody can do about the main number.
fn main_is_shared(field: &str) -> Error {
    let message = "the main number is everybody's: choose another main number first";
    Error::new(ErrorKind::Locked, message).with_field(field, message)
}

fn is_dialled(row: &Number) -> bool {
    let digits = row.number.as_deref().unwrap_or_default();
    digits
        .bytes()
        .all(|b| b.is_ascii_digit() || b"+*#".contains(&b))
}
