//! One Twilio account as a [`Provider`].

mod pages;

use std::sync::Arc;

use async_trait::async_trait;
use secrecy::SecretString;
use serde::Deserialize;
use trunkline_core::capability::NumberField;
use trunkline_core::{
    Account, AccountHealth, AccountName, AvailableNumber, Callback, CallerId, CallerIdQuery,
    CallerIdRequest, CallerIdState, CallerIdUpdate, Capability, CountryCode, CountryOnSale, E164,
    Error, ErrorKind, ListQuery, Money, Number, NumberType, NumberUpdate, Operation, Page,
    PageTrail, Patch, Provider, ProviderName, PurchaseOrder, Result, Routing, SearchQuery,
    Sighting,
};
use trunkline_http::{ApiRequest, HttpClient, Profile, Response};

use crate::config::{PAGE_SIZE_MAX, TwilioConfig};
use crate::{PROVIDER, callback, convert, error, request, wire};
use pages::sid_of;

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

    /// An account with everything that the adapter can be told.
    pub fn configured(name: impl Into<String>, config: TwilioConfig) -> Account {
        Account::new(name, move |connect| {
            let mut config = config;
            if let Some(url) = connect.base_url {
                config.base_url = Some(url);
            }
            if let Some(limits) = connect.limits {
                config.limits = limits;
            }
            Ok(Arc::new(Self::new(connect.name, &config)?))
        })
    }

    /// The account of this name and configuration. Nothing is asked of Twilio yet.
    ///
    /// # Errors
    /// `Config` naming the setting.
    pub fn new(account: AccountName, config: &TwilioConfig) -> Result<Self> {
        Self::with_profile(config, config.profile(account)?)
    }

    /// The same with what was made of [`TwilioConfig::profile`], for example one with a shared quota.
    ///
    /// # Errors
    /// `Config` naming the setting.
    pub fn with_profile(config: &TwilioConfig, profile: Profile) -> Result<Self> {
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

    async fn send(&self, request: ApiRequest) -> Result<Response> {
        self.http.send(request).await.map_err(error::refine)
    }

    /// A search for so many numbers, and what of the answer fits.
    async fn search(&self, query: &SearchQuery, room: usize) -> Result<Page<AvailableNumber>> {
        let answer = self.send(request::search(&self.sid, query, room)?).await?;
        let found = pages::rows(&answer)?;
        let all = found.rows.len() + found.unreadable;
        let rows = pages::usable(found.rows, |row| convert::available(query, row));
        let rows: Vec<AvailableNumber> = rows.collect();
        let unreadable = all - rows.len();
        let mut page = Page::sifted(rows, Some(room), |row| request::misfit(row, query));
        page.unreadable = unreadable;
        request::coarse(query)
            .into_iter()
            .for_each(|filter| page.sift(filter));
        Ok(page)
    }

    fn number(&self, row: wire::IncomingNumber<'_>) -> Result<Number> {
        convert::number(&self.account, &self.sid, row)
    }

    /// Refuses caller IDs where the account's region has none.
    fn offers(&self, operation: Operation) -> Result<()> {
        if self.capability.supports(operation) {
            return Ok(());
        }
        Err(Error::unsupported(&PROVIDER, operation))
    }

    async fn start(&self, operation: Operation, request: &CallerIdRequest) -> Result<CallerId> {
        self.offers(operation)?;
        let sent = self
            .send(request::caller_id_start(&self.sid, operation, request)?)
            .await;
        match sent {
            Ok(answer) => read(&answer, |row| {
                convert::pending_caller_id(&self.account, request, row)
            }),
            Err(refused) if error::is(&refused, error::ALREADY_VERIFIED) => {
                let known = self
                    .find_caller_id(operation, request.number.as_str())
                    .await;
                known.map_err(|_| refused)
            }
            Err(refused) => Err(refused),
        }
    }
}

#[async_trait]
impl Provider for Twilio {
    fn account(&self) -> &AccountName {
        &self.account
    }

    fn provider(&self) -> &ProviderName {
        &PROVIDER
    }

    fn identity(&self) -> &str {
        &self.sid
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
        let (mut countries, mut link, mut trail) = (Vec::new(), None, PageTrail::default());
        loop {
            let answer = self
                .send(request::countries(&self.sid, link.as_deref())?)
                .await?;
            let page = pages::rows::<wire::CountryOnSale<'_>>(&answer)?;
            let codes = page.rows.iter().filter_map(|row| row.country_code.get());
            trail.note(codes, page.next.as_deref())?;
            countries.extend(page.rows.iter().filter_map(convert::country));
            link = page.next;
            if link.is_none() {
                return Ok(countries);
            }
        }
    }

    async fn list_prices(&self, country: CountryCode) -> Result<Vec<(NumberType, Money)>> {
        match self.pricing.send(request::prices(country)).await {
            Ok(answer) => Ok(convert::prices(&answer.json()?)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error::refine(error)),
        }
    }

    async fn purchase(&self, order: &PurchaseOrder) -> Result<Number> {
        let answer = self.send(request::purchase(&self.sid, order)?).await?;
        let number = read(&answer, |row: wire::IncomingNumber<'_>| {
            // Whether it is this purchase's is told by the date: one that can't be read leaves that open.
            convert::date(&row.date_created)?;
            self.number(row)
        })?;
        if number.number.as_deref() != Some(order.number.as_str()) {
            return Err(answer.protocol("Twilio answered the purchase with another number"));
        }
        Ok(number)
    }

    async fn list(&self, query: &ListQuery) -> Result<Page<Number>> {
        let answer = self.send(request::list(&self.sid, query)?).await?;
        let page = pages::rows(&answer)?;
        let wanted = |number: &Number| {
            query.is_number(number.number.as_deref())
                && (query.label.is_none() || number.label == query.label)
        };
        let all = page.rows.len() + page.unreadable;
        let rows: Vec<Number> = pages::usable(page.rows, |row| self.number(row)).collect();
        Ok(Page {
            unreadable: all - rows.len(),
            next: self.checked(Operation::List, request::NUMBERS, page.next)?,
            ..Page::last(rows.into_iter().filter(wanted).collect())
        })
    }

    async fn get(&self, provider_id: &str) -> Result<Number> {
        let answer = self
            .send(request::get(Operation::Get, &self.sid, provider_id)?)
            .await?;
        read(&answer, |row| self.number(row))
    }

    async fn find_owned(&self, number: &E164) -> Result<Sighting> {
        self.sighting(number).await
    }

    async fn update(&self, provider_id: &str, update: &NumberUpdate) -> Result<Number> {
        let mut request = request::update(&self.sid, provider_id, update)?;
        if update.label == Patch::Clear {
            let held = request::get(Operation::Update, &self.sid, provider_id)?;
            let held: Number = read(&self.send(held).await?, |row| self.number(row))?;
            let name = request::default_name(held.number.as_deref().unwrap_or_default());
            let update = NumberUpdate {
                label: Patch::Set(name),
                ..update.clone()
            };
            request = request::update(&self.sid, provider_id, &update)?;
        }
        let answer = self.send(request).await?;
        read(&answer, |row| self.number(row))
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
        self.send(request::release(&self.sid, provider_id)?).await?;
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
        self.caller_id_page(Operation::ListCallerIds, query).await
    }

    async fn get_caller_id(&self, key: &str) -> Result<CallerId> {
        self.offers(Operation::GetCallerId)?;
        let Some(sid) = sid_of(key) else {
            return self.find_caller_id(Operation::GetCallerId, key).await;
        };
        let request = request::caller_id(&self.sid, Operation::GetCallerId, sid, None)?;
        let answer = self.send(request).await?;
        read(&answer, |row| convert::caller_id(&self.account, row))
    }

    async fn update_caller_id(&self, key: &str, update: &CallerIdUpdate) -> Result<CallerId> {
        self.offers(Operation::UpdateCallerId)?;
        if !update.provider_options.is_keep() {
            let message = "Twilio has none for a caller ID";
            return Err(Error::unsupported(&PROVIDER, Operation::UpdateCallerId)
                .with_field("provider_options", message));
        }
        let Some(name) = update.label.change() else {
            return self.get_caller_id(key).await;
        };
        let operation = Operation::UpdateCallerId;
        let name = match name {
            Some(name) => request::label(name)?,
            None => request::default_name(&self.caller_id_number(operation, key).await?),
        };
        let sid = self.caller_id_sid(operation, key).await?;
        let request = request::caller_id(&self.sid, operation, &sid, Some(name))?;
        let answer = self.send(request).await?;
        read(&answer, |row| convert::caller_id(&self.account, row))
    }

    async fn delete_caller_id(&self, key: &str) -> Result<()> {
        let operation = Operation::DeleteCallerId;
        self.offers(operation)?;
        let sid = self.caller_id_sid(operation, key).await?;
        self.send(request::caller_id(&self.sid, operation, &sid, None)?)
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
        match self.send(request::health(&self.sid, self.api_key)).await {
            // A subaccount is paid for by its parent and has no balance.
            Err(error) if error.kind() == ErrorKind::NotFound && !self.api_key => Ok(()),
            sent => sent.map(drop),
        }
    }
}

/// Reads an answer and says of one that makes no sense whose it is and what it may have done.
fn read<'a, W: Deserialize<'a>, T>(
    answer: &'a Response,
    convert: impl FnOnce(W) -> Result<T>,
) -> Result<T> {
    convert(answer.json()?).map_err(|error| answer.protocol(error.message()))
}

/// A SID in its one spelling: two capital letters and 32 hexadecimal digits in lower case. Anything else as it is.
fn canonical(id: &str) -> String {
    let (kind, digits) = id.split_at_checked(2).unwrap_or(("", id));
    let is_sid = kind.bytes().all(|b| b.is_ascii_alphabetic())
        && digits.len() == 32
        && digits.bytes().all(|b| b.is_ascii_hexdigit());
    if is_sid {
        format!(
            "{}{}",
            kind.to_ascii_uppercase(),
            digits.to_ascii_lowercase()
        )
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
