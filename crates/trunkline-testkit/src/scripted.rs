//! A provider with planned answers: for tests of what is built on providers.

#![expect(
    clippy::unwrap_used,
    reason = "a test that misspells a name or an amount must stop"
)]

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::with;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use tokio::time::Instant;
use trunkline_core::capability::{ListFilter, NumberField, SearchFilter};
use trunkline_core::host;
use trunkline_core::{
    AccountEntry, AccountName, AddressRequirement, AvailableNumber, Call, Capability, Ceilings,
    CountryCode, E164, Effect, Error, ErrorKind, ListQuery, Location, Money, Number, NumberType,
    NumberUpdate, Operation, OperationSet, Page, Patch, Price, PriceSource, Provider, ProviderData,
    ProviderName, PurchaseOrder, Result, Retry, SearchQuery, Sighting,
};

/// What becomes of one purchase request.
#[derive(Clone, Debug)]
pub enum Sale {
    /// Sold and answered.
    Sold,
    /// Refused with this error; not sold.
    Refused(Error),
    /// Not sold, and the answer is lost.
    LostBefore,
    /// Sold, and the answer is lost.
    LostAfter,
    /// The answer is lost, and it is sold after this long.
    Late(Duration),
    /// Sold, and answered after this long.
    Slow(Duration),
    /// Answered as sold, with this creation time.
    Old(Timestamp),
}

/// A carrier in memory. By default it sells everything and answers at once.
#[derive(Debug)]
pub struct Scripted {
    account: AccountName,
    provider: ProviderName,
    identity: String,
    capability: Capability,
    prices: Vec<(NumberType, Money)>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    held: BTreeMap<String, Held>,
    /// When what was given back was created, by id.
    released: BTreeMap<String, Timestamp>,
    sales: VecDeque<Sale>,
    failures: BTreeMap<Operation, VecDeque<Error>>,
    calls: Vec<Operation>,
    delay: Duration,
    stock: Vec<E164>,
    sells_once: bool,
    unreadable: usize,
    ageless: bool,
    circle: bool,
    next_id: u32,
    /// How far the records are ahead of the clock in the answers.
    skew: SignedDuration,
    /// Answers have no date.
    undated: bool,
    reading: Duration,
    /// Left out of looks.
    hidden: Vec<E164>,
    /// Rows that a look shows without a number.
    nameless: Vec<String>,
    /// The id that a number is sold under next, if not a new one.
    next_ids: VecDeque<String>,
}

#[derive(Clone, Debug)]
struct Held {
    number: E164,
    from: Instant,
    created_at: Timestamp,
    label: Option<String>,
}

/// How long a page of a long reading takes.
const PAGE: Duration = Duration::from_secs(2);

fn lost() -> Error {
    Error::new(ErrorKind::Timeout, "the answer was lost")
        .with_retry(Retry::Never)
        .with_effect(Effect::Unknown)
}

fn not_held() -> Error {
    Error::new(ErrorKind::NotFound, "no such number")
}

impl Scripted {
    /// A carrier for an account of this name.
    ///
    /// # Panics
    /// If the name is no account name.
    #[must_use]
    pub fn new(account: &str) -> Self {
        use Operation::{FindOwned, Get, List, Purchase, Release, SearchAvailable, Update};
        let bought = [SearchAvailable, Purchase, List, Get, FindOwned];
        let operations = [&bought[..], &[Update, Release]].concat();
        let capability = Capability {
            operations: OperationSet::of(&operations),
            number_types: vec![NumberType::Local],
            search_filters: vec![SearchFilter::AreaCode],
            search_limit_max: 100,
            list_filters: vec![ListFilter::Number],
            list_filters_local: vec![ListFilter::Label, ListFilter::Contains],
            page_size_max: 100,
            writable: vec![NumberField::Label],
            ..Capability::default()
        };
        let name: AccountName = account.parse().unwrap();
        Self {
            identity: format!("identity-of-{account}"),
            account: name,
            provider: ProviderName::new("scripted"),
            capability,
            prices: Vec::new(),
            state: Mutex::default(),
        }
    }

    /// Makes it the same account at the carrier as another one, under any name.
    #[must_use]
    pub fn with_identity(mut self, identity: &str) -> Self {
        identity.clone_into(&mut self.identity);
        self
    }

    /// Refuses, as its capability says, to take a number back for so many days after its purchase.
    #[must_use]
    pub fn with_release_cooldown(mut self, days: u32) -> Self {
        self.capability.release_cooldown_days = days;
        self
    }

    /// A purchase of a number that it holds, or is about to hold, is answered with that one and sells nothing.
    #[must_use]
    pub fn with_safe_repeats(mut self) -> Self {
        self.capability.repeated_purchase_is_safe = true;
        self
    }

    /// Takes its list's filter for numbers away: a look then reads the whole list.
    #[must_use]
    pub fn without_number_filter(mut self) -> Self {
        let capability = &mut self.capability;
        let filters = std::mem::take(&mut capability.list_filters);
        capability.list_filters_local.extend(filters);
        self
    }

    /// Leaves a filter of a search to trunkline, as its capability says.
    #[must_use]
    pub fn with_local_filter(mut self, filter: SearchFilter) -> Self {
        self.capability.search_filters_local.push(filter);
        self
    }

    /// Has the second page of its list lead to itself from now on.
    pub fn list_in_a_circle(&self) {
        self.state.lock().circle = true;
    }

    /// Takes every number back from now on, in spite of its capability.
    pub fn take_back_at_any_age(&self) {
        self.state.lock().ageless = true;
    }

    /// Gives it a price list, the same for every country.
    #[must_use]
    pub fn with_prices(mut self, prices: impl IntoIterator<Item = (NumberType, Money)>) -> Self {
        self.prices = prices.into_iter().collect();
        let operations = self.capability.operations.iter();
        let operations: Vec<_> = operations.chain([Operation::ListPrices]).collect();
        self.capability.operations = OperationSet::of(&operations);
        self
    }

    /// Plans what becomes of the next purchase requests.
    pub fn plan(&self, sales: impl IntoIterator<Item = Sale>) {
        self.state.lock().sales.extend(sales);
    }

    /// Plans failures of the next calls of an operation.
    pub fn fail(&self, operation: Operation, errors: impl IntoIterator<Item = Error>) {
        let mut state = self.state.lock();
        state.failures.entry(operation).or_default().extend(errors);
    }

    /// Delays every answer from now on.
    pub fn delay(&self, delay: Duration) {
        self.state.lock().delay = delay;
    }

    /// Numbers that a search finds.
    pub fn stock(&self, numbers: impl IntoIterator<Item = E164>) {
        self.state.lock().stock.extend(numbers);
    }

    /// From now on searches no longer find what was sold.
    pub fn sell_once(&self) {
        self.state.lock().sells_once = true;
    }

    /// Adds so many unreadable rows to every search and list.
    pub fn garble(&self, rows: usize) {
        self.state.lock().unreadable = rows;
    }

    /// Dates records by another clock than answers, which is this far behind it.
    pub fn skew(&self, skew: SignedDuration) {
        self.state.lock().skew = skew;
    }

    /// Sends no date from now on.
    pub fn undate(&self) {
        self.state.lock().undated = true;
    }

    /// Leaves a number out of every look from now on, as a list does that is behind.
    pub fn hide(&self, number: E164) {
        self.state.lock().hidden.push(number);
    }

    /// Shows a row without a number in every look from now on.
    pub fn hold_nameless(&self, id: &str) {
        self.state.lock().nameless.push(id.to_owned());
    }

    /// Sells the next number under this id.
    pub fn sell_under(&self, id: &str) {
        self.state.lock().next_ids.push_back(id.to_owned());
    }

    /// Shows no row without a number any more.
    pub fn name_all(&self) {
        self.state.lock().nameless.clear();
    }

    /// Forgets the failures that are still planned for an operation.
    pub fn recover(&self, operation: Operation) {
        self.state.lock().failures.remove(&operation);
    }

    /// Takes this long for a look, page by page: each page is a request with a deadline of its own.
    pub fn read_for(&self, time: Duration) {
        self.state.lock().reading = time;
    }

    /// The same carrier as an account of another name, which takes over what this one holds.
    ///
    /// # Panics
    /// If the name is no account name.
    #[must_use]
    pub fn renamed(self: &Arc<Self>, account: &str) -> Arc<Self> {
        let mut renamed = Self::new(account);
        renamed.identity.clone_from(&self.identity);
        std::mem::swap(&mut *renamed.state.lock(), &mut *self.state.lock());
        Arc::new(renamed)
    }

    /// Takes a number away, as a person does in the carrier's console.
    pub fn lose(&self, number: E164) {
        self.state
            .lock()
            .held
            .retain(|_, held| held.number != number);
    }

    /// Changes the label of a number, as a person does in the carrier's console.
    pub fn relabel(&self, number: E164, label: &str) {
        let mut state = self.state.lock();
        let rows = state.held.values_mut().filter(|held| held.number == number);
        rows.for_each(|held| held.label = Some(label.to_owned()));
    }

    /// Makes the account hold a number since then; answers the carrier's id.
    pub fn hold(&self, number: E164, created_at: Timestamp) -> String {
        self.state.lock().take(number, Instant::now(), created_at)
    }

    /// Shows a number again, under an id that it had before and created when that was.
    pub fn show_again(&self, id: &str, number: E164) {
        let mut state = self.state.lock();
        let created_at = state.released.get(id).copied();
        let held = Held {
            number,
            from: Instant::now(),
            created_at: created_at.unwrap_or_else(host::now),
            label: None,
        };
        state.held.insert(id.to_owned(), held);
    }

    /// What it holds now.
    #[must_use]
    pub fn held(&self) -> Vec<E164> {
        let now = Instant::now();
        let state = self.state.lock();
        let held = state.held.values().filter(|held| held.from <= now);
        held.map(|held| held.number).collect()
    }

    /// How often an operation was called.
    #[must_use]
    pub fn calls(&self, operation: Operation) -> usize {
        let state = self.state.lock();
        let calls = state.calls.iter();
        calls.filter(|call| **call == operation).count()
    }

    /// Refuses a number that is too young, with the date.
    fn check_age(&self, provider_id: &str) -> Result<()> {
        let days = i64::from(self.capability.release_cooldown_days);
        let (ageless, bought) = {
            let state = self.state.lock();
            let held = state.held.get(provider_id);
            (state.ageless, held.map(|held| held.created_at))
        };
        let from = bought.and_then(|at| at.checked_add(SignedDuration::from_hours(24 * days)).ok());
        let wait = from.map(|from| Duration::try_from(from.duration_since(host::now())));
        match (from, wait) {
            (Some(from), Some(Ok(wait))) if days > 0 && !ageless && !wait.is_zero() => {
                let message = format!("bought too recently: taken back from {from} on");
                Err(Error::new(ErrorKind::Locked, message).with_retry(Retry::After(wait)))
            }
            _ => Ok(()),
        }
    }

    async fn called(&self, operation: Operation) -> Result<()> {
        let (delay, failure) = {
            let mut state = self.state.lock();
            state.calls.push(operation);
            let failures = state.failures.get_mut(&operation);
            let failure = failures.and_then(VecDeque::pop_front);
            (state.delay, failure)
        };
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        failure.map_or(Ok(()), Err)
    }

    fn number(&self, id: &str, held: &Held) -> Result<Number> {
        let (account, provider) = (self.account.clone(), self.provider.clone());
        let mut number = Number::new(account, provider, id.to_owned(), held.number)?;
        number.purchased_at = Some(held.created_at);
        number.label.clone_from(&held.label);
        Ok(number)
    }
}

impl State {
    fn take(&mut self, number: E164, from: Instant, created_at: Timestamp) -> String {
        self.next_id += 1;
        if self.sells_once {
            self.stock.retain(|other| *other != number);
        }
        let new = || format!("PN{:04}", self.next_id);
        let id = self.next_ids.pop_front().unwrap_or_else(new);
        let held = Held {
            number,
            from,
            created_at,
            label: None,
        };
        self.held.insert(id.clone(), held);
        id
    }
}

/// The carrier's clock shows whole seconds.
fn second(now: Timestamp) -> Timestamp {
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

#[async_trait]
impl Provider for Scripted {
    fn account(&self) -> &AccountName {
        &self.account
    }

    fn provider(&self) -> &ProviderName {
        &self.provider
    }

    fn identity(&self) -> &str {
        &self.identity
    }

    fn capability(&self) -> &Capability {
        &self.capability
    }

    async fn search_available(&self, query: &SearchQuery) -> Result<Page<AvailableNumber>> {
        self.called(Operation::SearchAvailable).await?;
        let state = self.state.lock();
        let stock = state.stock.iter().copied();
        let numbers = stock.take(query.limit).map(|number| AvailableNumber {
            number,
            display_number: number.describe().display,
            country: Some(query.country),
            number_type: query.number_type.clone(),
            features: query.features,
            location: Location::default(),
            address_requirement: AddressRequirement::None,
            monthly_price: None,
            setup_price: None,
            price_source: PriceSource::Unknown,
            handle: None,
            expires_at: None,
            provider_data: ProviderData::default(),
        });
        Ok(with(Page::last(numbers.collect()), |it| {
            it.unreadable = state.unreadable
        }))
    }

    async fn list_prices(&self, _country: CountryCode) -> Result<Vec<(NumberType, Money)>> {
        if self.prices.is_empty() {
            return Err(Error::unsupported(&self.provider, Operation::ListPrices));
        }
        self.called(Operation::ListPrices).await?;
        Ok(self.prices.clone())
    }

    async fn purchase(&self, order: &PurchaseOrder) -> Result<Number> {
        self.called(Operation::Purchase).await?;
        let now = Instant::now();
        let created = second(host::now()) + self.state.lock().skew;
        let sale = self.state.lock().sales.pop_front().unwrap_or(Sale::Sold);
        let take = |from, created| {
            let mut state = self.state.lock();
            let repeats = self.capability.repeated_purchase_is_safe;
            let mut held = state.held.iter_mut();
            let held = held.find(|(_, held)| held.number == order.number);
            if let Some((id, held)) = held.filter(|_| repeats) {
                held.from = held.from.min(from);
                return id.clone();
            }
            state.take(order.number, from, created)
        };
        let id = match sale {
            Sale::Refused(error) => return Err(error),
            Sale::LostBefore => return Err(lost()),
            Sale::LostAfter => {
                take(now, created);
                return Err(lost());
            }
            Sale::Late(delay) => {
                take(now + delay, created);
                return Err(lost());
            }
            Sale::Slow(delay) => {
                let id = take(now, created);
                tokio::time::sleep(delay).await;
                id
            }
            Sale::Old(created) => take(now, created),
            Sale::Sold => take(now, created),
        };
        let held = self.state.lock().held.get(&id).cloned();
        held.map_or_else(|| Err(lost()), |held| self.number(&id, &held))
    }

    async fn list(&self, query: &ListQuery) -> Result<Page<Number>> {
        self.called(Operation::List).await?;
        let held: Vec<_> = self.state.lock().held.clone().into_iter().collect();
        let cursor = query.cursor.as_deref();
        let from: usize = cursor.and_then(|at| at.parse().ok()).unwrap_or_default();
        let items = held.iter().skip(from).take(query.limit);
        let items = items.map(|(id, held)| self.number(id, held));
        let mut items: Vec<Number> = items.collect::<Result<_>>()?;
        let next = from + items.len();
        if self.capability.list_filters.contains(&ListFilter::Number) {
            items.retain(|number| query.is_number(number.number.as_deref()));
        }
        let state = self.state.lock();
        Ok(Page {
            next: match state.circle {
                // The second page leads to itself.
                true => Some(from.max(query.limit).to_string()),
                false => (next < held.len()).then(|| next.to_string()),
            },
            unreadable: state.unreadable,
            ..Page::last(items)
        })
    }

    async fn get(&self, provider_id: &str) -> Result<Number> {
        self.called(Operation::Get).await?;
        let held = self.state.lock().held.get(provider_id).cloned();
        let held = held.ok_or_else(not_held)?;
        self.number(provider_id, &held)
    }

    async fn find_owned(&self, number: &E164) -> Result<Sighting> {
        let seen = self.find_all_owned(std::slice::from_ref(number)).await?;
        Ok(seen.into_iter().next().unwrap_or_default())
    }

    async fn find_all_owned(&self, numbers: &[E164]) -> Result<Vec<Sighting>> {
        self.called(Operation::FindOwned).await?;
        let end = Instant::now() + self.state.lock().reading;
        while Instant::now() < end {
            let page = Instant::now() + PAGE;
            if page > Call::current().deadline {
                return Err(Error::new(ErrorKind::Timeout, "the reading takes too long"));
            }
            tokio::time::sleep_until(page).await;
        }
        let now = Instant::now();
        let state = self.state.lock();
        let date = (!state.undated).then(|| second(host::now()));
        let sighting = |number: &E164| {
            let shown = |held: &Held| held.number == *number && held.from <= now;
            let hidden = state.hidden.contains(number);
            let held = state.held.iter();
            let held = held.filter(|(_, held)| shown(held) && !hidden);
            let numbers = held.filter_map(|(id, held)| self.number(id, held).ok());
            Sighting {
                unreadable: state.nameless.clone(),
                ..Sighting::shown(numbers.collect(), date)
            }
        };
        Ok(numbers.iter().map(sighting).collect())
    }

    async fn update(&self, provider_id: &str, update: &NumberUpdate) -> Result<Number> {
        self.called(Operation::Update).await?;
        let mut state = self.state.lock();
        let held = state.held.get_mut(provider_id);
        let held = held.ok_or_else(not_held)?;
        if let Patch::Set(label) = &update.label {
            held.label = Some(label.clone());
        }
        let held = held.clone();
        drop(state);
        self.number(provider_id, &held)
    }

    async fn release(&self, provider_id: &str) -> Result<()> {
        self.called(Operation::Release).await?;
        self.check_age(provider_id)?;
        let mut state = self.state.lock();
        let gone = state.held.remove(provider_id).ok_or_else(not_held)?;
        let id = provider_id.to_owned();
        state.released.insert(id, gone.created_at);
        Ok(())
    }
}

/// An amount of US dollars, such as `1.15`.
///
/// # Panics
/// For a text that is no amount.
#[must_use]
pub fn money(amount: &str) -> Money {
    Money::parse(amount, "USD").unwrap()
}

/// A ceiling for monthly prices, in US dollars.
#[must_use]
pub fn ceilings(monthly: &str) -> Ceilings {
    Ceilings {
        monthly: Some(money(monthly)),
        setup: None,
    }
}

/// An account whose local numbers cost 1.15 a month and 0.50 for setup.
#[must_use]
pub fn priced(carrier: &Arc<Scripted>, ceilings: Ceilings) -> AccountEntry {
    let mut entry = AccountEntry::new(Arc::clone(carrier) as Arc<dyn Provider>);
    entry.ceilings = ceilings;
    entry.prices = vec![Price {
        country: CountryCode::US,
        number_type: NumberType::Local,
        monthly: money("1.15"),
        setup: Some(money("0.50")),
    }];
    entry
}
