//! One Twilio account as a [`Provider`].

mod caller_ids;

use std::sync::Arc;

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::value::RawValue;
use trunkline_core::capability::NumberField;
use trunkline_core::vault::TokenVault;
use trunkline_core::{
    Account, AccountName, AvailableNumber, Callback, CallerId, CallerIdQuery, CallerIdRequest,
    CallerIdState, CallerIdUpdate, Capability, CountryCode, CountryOnSale, Descriptor, E164,
    ErrorKind, ListQuery, Money, Number, NumberType, NumberUpdate, Operation, Page, Patch,
    Provider, PurchaseOrder, Result, Routing, SearchQuery, Sighting,
};
use trunkline_http::wire::{Pages, date, row};
use trunkline_http::{AdapterConfig, Auth, Explain, HttpClient, Profile, Refine};
use url::Url;

use crate::config::{PAGE_SIZE_MAX, PROVIDER, TwilioConfig, is_sid};
use crate::descriptor::DESCRIPTOR;
use crate::wire::List;
use crate::{callback, convert, error, request, wire};

/// One Twilio account, or subaccount.
#[derive(Debug)]
pub struct Twilio {
    account: AccountName,
    sid: String,
    api_key: bool,
    /// What Twilio signs its callbacks with; an API key is not used for that.
    auth_token: Option<SecretString>,
    capability: Capability,
    http: HttpClient,
    pricing: HttpClient,
}

impl Twilio {
    /// An account by its SID and auth token, everything else by default.
    pub fn account(
        name: impl Into<String>,
        sid: impl Into<String>,
        token: impl Into<SecretString>,
    ) -> Account {
        Self::configured(name, TwilioConfig::new(sid, token.into()))
    }

    /// An account with all settings of the adapter.
    pub fn configured(name: impl Into<String>, config: TwilioConfig) -> Account {
        AdapterConfig::account(config, name)
    }

    fn new(config: &TwilioConfig, profile: Profile) -> Result<Self> {
        let account = profile.account.clone();
        let http = HttpClient::new(profile)?;
        Ok(Self {
            account,
            sid: config.account_sid.clone(),
            api_key: config.api_key_sid.is_some(),
            auth_token: config
                .auth_token
                .clone()
                .filter(|_| config.parent_account_sid.is_none()),
            capability: config.capability()?,
            pricing: http.at(config.pricing()?)?,
            http,
        })
    }

    /// A search for so many numbers, and what of the answer fits.
    async fn search(&self, query: &SearchQuery, room: usize) -> Result<Page<AvailableNumber>> {
        let answer = self
            .http
            .send(request::search(&self.sid, query, room)?)
            .await?;
        let found = answer.rows::<List, _>()?;
        let found = found.convert(|row| convert::available(query, row));
        let mut page = Page::sifted(found.rows, Some(room), |row| request::misfit(row, query));
        page.unreadable = found.unreadable;
        for filter in request::coarse(query) {
            page.sift(filter);
        }
        Ok(page)
    }

    fn number(&self, row: wire::IncomingNumber<'_>) -> Result<Number> {
        convert::number(&self.account, &self.sid, row)
    }
}

impl AdapterConfig for TwilioConfig {
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
        Ok(Arc::new(Twilio::new(self, profile)?))
    }
}

#[async_trait]
impl Provider for Twilio {
    trunkline_http::identify!(PROVIDER, sid);

    fn canonical(&self, id: &str) -> String {
        canonical(id)
    }

    fn settings_after(&self, order: &PurchaseOrder) -> Result<Option<NumberUpdate>> {
        request::settings_after(order)
    }

    async fn search_available(&self, query: &SearchQuery) -> Result<Page<AvailableNumber>> {
        let room = request::room(query);
        let mut page = self.search(query, room).await?;
        if page.cut && page.items.len() < query.limit && room < PAGE_SIZE_MAX {
            page = self.search(query, PAGE_SIZE_MAX).await?;
        }
        page.items.truncate(query.limit);
        Ok(page)
    }

    async fn list_countries(&self) -> Result<Vec<CountryOnSale>> {
        let mut countries = Vec::new();
        let mut pages = Pages::of(request::countries(&self.sid));
        while let Some(request) = pages.request() {
            let answer = self.http.send(request).await?;
            let page = answer.rows::<List, wire::CountryOnSale<'_>>()?;
            let codes = page.rows.iter().filter_map(|row| row.country_code.get());
            pages.note(codes, page.next.as_deref())?;
            countries.extend(page.rows.iter().filter_map(convert::country));
        }
        Ok(countries)
    }

    async fn list_prices(&self, country: CountryCode) -> Result<Vec<(NumberType, Money)>> {
        match self.pricing.send(request::prices(country)).await {
            Ok(answer) => Ok(convert::prices(&answer.json()?)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    async fn purchase(&self, order: &PurchaseOrder) -> Result<Number> {
        let answer = self.http.send(request::purchase(&self.sid, order)?).await?;
        let number = answer.read(|row: wire::IncomingNumber<'_>| {
            // The date shows whether this purchase created the number: without it that is unknown.
            date(&row.date_created)?;
            self.number(row)
        })?;
        if number.number.as_deref() != Some(order.number.as_str()) {
            return Err(answer.protocol("Twilio answered the purchase with another number"));
        }
        Ok(number)
    }

    async fn list(&self, query: &ListQuery) -> Result<Page<Number>> {
        let answer = self.http.send(request::list(&self.sid, query)?).await?;
        let numbers = answer.rows::<List, _>()?.convert(|row| self.number(row));
        let collection = request::path(&self.sid, request::NUMBERS);
        numbers.into_page(&collection, |number| query.fits(number))
    }

    async fn get(&self, provider_id: &str) -> Result<Number> {
        let answer = self
            .http
            .send(request::get(Operation::Get, &self.sid, provider_id)?)
            .await?;
        answer.read(|row| self.number(row))
    }

    async fn find_owned(&self, number: &E164) -> Result<Sighting> {
        let first = request::find_owned(&self.sid, number);
        let show = |raw: &RawValue| self.number(row(raw)?);
        self.http.sighting::<List>(first, number, show).await
    }

    async fn update(&self, provider_id: &str, update: &NumberUpdate) -> Result<Number> {
        let mut request = request::update(&self.sid, provider_id, update)?;
        if update.label == Patch::Clear {
            let held = request::get(Operation::Update, &self.sid, provider_id)?;
            let held = self.http.send(held).await?.read(|row| self.number(row))?;
            let name = request::default_name(held.number.as_deref().unwrap_or_default());
            let update = NumberUpdate {
                label: Patch::Set(name),
                ..update.clone()
            };
            request = request::update(&self.sid, provider_id, &update)?;
        }
        let answer = self.http.send(request).await?;
        answer.read(|row| self.number(row))
    }

    /// Twilio gives a new number a webhook of its own demonstration.
    fn changed_field(&self, number: &Number, wanted: &NumberUpdate) -> Option<NumberField> {
        let mut number = number.clone();
        for routing in [&mut number.voice, &mut number.messaging] {
            let Routing::Webhook(webhook) = &*routing else {
                continue;
            };
            let url = webhook.url.as_deref().unwrap_or_default();
            if url.is_empty() || url.contains("://demo.twilio.com/") {
                *routing = Routing::None;
            }
        }
        wanted.first_set_otherwise(&number)
    }

    async fn release(&self, provider_id: &str) -> Result<()> {
        self.http
            .send(request::release(&self.sid, provider_id)?)
            .await?;
        Ok(())
    }

    async fn start_caller_id(&self, request: &CallerIdRequest) -> Result<CallerId> {
        self.start(Operation::StartCallerId, request).await
    }

    /// Twilio has no other way to call again than another start.
    async fn resend_caller_id(&self, request: &CallerIdRequest) -> Result<CallerId> {
        self.start(Operation::ResendCallerId, request).await
    }

    async fn list_caller_ids(&self, query: &CallerIdQuery) -> Result<Page<CallerId>> {
        self.caller_id_page(query).await
    }

    async fn get_caller_id(&self, key: &str) -> Result<CallerId> {
        self.caller_id(Operation::GetCallerId, key).await
    }

    async fn update_caller_id(&self, key: &str, update: &CallerIdUpdate) -> Result<CallerId> {
        self.rename_caller_id(key, update).await
    }

    async fn delete_caller_id(&self, key: &str) -> Result<()> {
        let operation = Operation::DeleteCallerId;
        let sid = self.caller_id_sid(operation, key).await?;
        self.http
            .send(request::caller_id(&self.sid, operation, &sid, None)?)
            .await?;
        Ok(())
    }

    fn checks_callbacks(&self) -> bool {
        self.auth_token.is_some() && self.capability.supports(Operation::StartCallerId)
    }

    fn check_callback(
        &self,
        url: &str,
        request: &Callback,
        started: &CallerId,
    ) -> Result<CallerIdState> {
        callback::check_signature(self.auth_token.as_ref(), url, request)?;
        callback::outcome(&self.sid, request, started)
    }

    async fn check_health(&self) -> Result<()> {
        match self
            .http
            .send(request::health(&self.sid, self.api_key))
            .await
        {
            // A subaccount is paid for by its parent and has no balance.
            Err(error) if error.kind() == ErrorKind::NotFound && !self.api_key => Ok(()),
            sent => sent.map(drop),
        }
    }
}

/// A SID in its one spelling: two capital letters and 32 hexadecimal digits in lower case. Anything else as it is.
fn canonical(id: &str) -> String {
    let (kind, digits) = id.split_at_checked(2).unwrap_or(("", id));
    if kind.bytes().all(|b| b.is_ascii_alphabetic()) && is_sid(id, kind) {
        kind.to_ascii_uppercase() + &digits.to_ascii_lowercase()
    } else {
        id.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn an_id_has_one_spelling() {
        let spellings = [
            "PN0a2b4c6d8e0f0a2b4c6d8e0f0a2b4c6d",
            "pn0A2b4c6d8e0f0a2b4c6d8e0f0a2b4c6D",
            "PN0A2B4C6D8E0F0A2B4C6D8E0F0A2B4C6D",
        ];
        for spelling in spellings {
            assert_eq!(canonical(spelling), spellings[0]);
        }
        for other in ["", "P", "PN", "PN1", "+14155550100", "\u{e9}\u{e9}"] {
            assert_eq!(canonical(other), other);
        }
    }
}
