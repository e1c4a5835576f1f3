//! A provider with planned answers: for tests of what is built on providers.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use trunkline_core::capability::{ListFilter, NumberField, SearchFilter};
use trunkline_core::{
    AccountName, AvailableNumber, Capability, CountryCode, E164, Effect, Error, ErrorKind,
    ListQuery, Money, Number, NumberType, NumberUpdate, Operation, OperationSet, Page, Patch,
    PriceSource, Provider, ProviderData, ProviderName, PurchaseOrder, Result, Retry, SearchQuery,
    Seen, Sighting,
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

/// A carrier in memory. Sells everything and answers at once unless told otherwise.
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
}

#[derive(Clone, Debug)]
struct Held {
    number: E164,
    from: Instant,
    created_at: Timestamp,
    label: Option<String>,
}

fn lost() -> Error {
    Error::new(ErrorKind::Timeout, "the answer was lost")
        .with_retry(Retry::Never)
        .with_effect(Effect::Unknown)
}

impl Scripted {
    /// A carrier for an account of this name.
    ///
    /// # Panics
    /// If the name is no account name.
    #[must_use]
    pub fn new(account: &str) -> Self {
        use Operation::{FindOwned, Get, List, Purchase, Release, SearchAvailable, Update};
        let capability = Capability {
            operations: OperationSet::of(&[
                SearchAvailable,
                Purchase,
                List,
                Get,
                FindOwned,
                Update,
                Release,
            ]),
            number_types: vec![NumberType::Local],
            search_filters: vec![SearchFilter::AreaCode],
            search_limit_max: 100,
            list_filters_local: vec![ListFilter::Label, ListFilter::Contains],
            page_size_max: 100,
            writable: vec![NumberField::Label],
            ..Capability::default()
        };
        #[expect(
            clippy::unwrap_used,
            reason = "a test that misnames an account must stop"
        )]
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

    /// Refuses, as its capability says, to take a number back for so many days after its purchase.
    #[must_use]
    pub fn with_release_cooldown(mut self, days: u32) -> Self {
        self.capability.release_cooldown_days = days;
        self
    }

    /// Has the second page of its list lead to itself from now on.
    pub fn list_in_a_circle(&self) {
        self.state().circle = true;
    }

    /// Takes every number back from now on, whatever its capability says.
    pub fn take_back_at_any_age(&self) {
        self.state().ageless = true;
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
        self.state().sales.extend(sales);
    }

    /// Plans failures of the next calls of an operation.
    pub fn fail(&self, operation: Operation, errors: impl IntoIterator<Item = Error>) {
        self.state()
            .failures
            .entry(operation)
            .or_default()
            .extend(errors);
    }

    /// Delays every answer from now on.
    pub fn delay(&self, delay: Duration) {
        self.state().delay = delay;
    }

    /// Numbers that a search finds.
    pub fn stock(&self, numbers: impl IntoIterator<Item = E164>) {
        self.state().stock.extend(numbers);
    }

    /// From now on searches no longer find what was sold.
    pub fn sell_once(&self) {
        self.state().sells_once = true;
    }

    /// Rows that every search and list has beside and nobody can read.
    pub fn garble(&self, rows: usize) {
        self.state().unreadable = rows;
    }

    /// Makes the account hold a number since then; answers the carrier's id.
    pub fn hold(&self, number: E164, created_at: Timestamp) -> String {
        self.state().take(number, Instant::now(), created_at)
    }

    /// What it holds now.
    #[must_use]
    pub fn held(&self) -> Vec<E164> {
        let now = Instant::now();
        self.state()
            .held
            .values()
            .filter(|held| held.from <= now)
            .map(|held| held.number)
            .collect()
    }

    /// How often an operation was called.
    #[must_use]
    pub fn calls(&self, operation: Operation) -> usize {
        self.state()
            .calls
            .iter()
            .filter(|call| **call == operation)
            .count()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses a number that is too young, with the date.
    fn check_age(&self, provider_id: &str) -> Result<()> {
        let ageless = self.state().ageless;
        let days = i64::from(self.capability.release_cooldown_days);
        let bought = self
            .state()
            .held
            .get(provider_id)
            .map(|held| held.created_at);
        let from = bought.and_then(|at| at.checked_add(SignedDuration::from_hours(24 * days)).ok());
        let wait = from.map(|from| Duration::try_from(from.duration_since(Timestamp::now())));
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
            let mut state = self.state();
            state.calls.push(operation);
            let failure = state
                .failures
                .get_mut(&operation)
                .and_then(VecDeque::pop_front);
            (state.delay, failure)
        };
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        failure.map_or(Ok(()), Err)
    }

    fn number(&self, id: &str, held: &Held) -> Result<Number> {
        let mut number = Number::new(
            self.account.clone(),
            self.provider.clone(),
            id.to_owned(),
            held.number,
        )?;
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
        let id = format!("PN{:04}", self.next_id);
        self.held.insert(
            id.clone(),
            Held {
                number,
                from,
                created_at,
                label: None,
            },
        );
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
        let stock = self.state().stock.clone();
        let numbers = stock
            .into_iter()
            .take(query.limit)
            .map(|number| AvailableNumber {
                number,
                display_number: number.describe().display,
                country: Some(query.country),
                number_type: query.number_type.clone(),
                features: query.features,
                location: trunkline_core::Location::default(),
                address_requirement: trunkline_core::AddressRequirement::None,
                monthly_price: None,
                setup_price: None,
                price_source: PriceSource::Unknown,
                handle: None,
                expires_at: None,
                provider_data: ProviderData::default(),
            });
        Ok(Page {
            unreadable: self.state().unreadable,
            ..Page::last(numbers.collect())
        })
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
        let created = second(Timestamp::now());
        let sale = self.state().sales.pop_front().unwrap_or(Sale::Sold);
        let take = |from, created| self.state().take(order.number, from, created);
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
        let held = self.state().held.get(&id).cloned();
        held.map_or_else(|| Err(lost()), |held| self.number(&id, &held))
    }

    async fn list(&self, query: &ListQuery) -> Result<Page<Number>> {
        self.called(Operation::List).await?;
        let held: Vec<_> = self.state().held.clone().into_iter().collect();
        let from: usize = query
            .cursor
            .as_deref()
            .and_then(|cursor| cursor.parse().ok())
            .unwrap_or_default();
        let items = held
            .iter()
            .skip(from)
            .take(query.limit)
            .map(|(id, held)| self.number(id, held));
        let items: Vec<Number> = items.collect::<Result<_>>()?;
        let next = from + items.len();
        let circle = self.state().circle;
        Ok(Page {
            next: match circle {
                // The second page leads to itself.
                true => Some(from.max(query.limit).to_string()),
                false => (next < held.len()).then(|| next.to_string()),
            },
            unreadable: self.state().unreadable,
            ..Page::last(items)
        })
    }

    async fn get(&self, provider_id: &str) -> Result<Number> {
        self.called(Operation::Get).await?;
        let held = self.state().held.get(provider_id).cloned();
        let held = held.ok_or_else(|| Error::new(ErrorKind::NotFound, "no such number"))?;
        self.number(provider_id, &held)
    }

    async fn find_owned(&self, number: &E164) -> Result<Sighting> {
        self.called(Operation::FindOwned).await?;
        let now = Instant::now();
        let state = self.state();
        let held = state
            .held
            .iter()
            .find(|(_, held)| held.number == *number && held.from <= now);
        let seen = match held {
            Some((id, held)) => Seen::Held {
                provider_id: id.clone(),
                created_at: Some(held.created_at),
            },
            None => Seen::Absent,
        };
        Ok(Sighting {
            seen,
            carrier_time: Some(second(Timestamp::now())),
        })
    }

    async fn update(&self, provider_id: &str, update: &NumberUpdate) -> Result<Number> {
        self.called(Operation::Update).await?;
        let mut state = self.state();
        let held = state.held.get_mut(provider_id);
        let held = held.ok_or_else(|| Error::new(ErrorKind::NotFound, "no such number"))?;
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
        let gone = self.state().held.remove(provider_id);
        gone.map(|_| ())
            .ok_or_else(|| Error::new(ErrorKind::NotFound, "no such number"))
    }
}
