//! What numbers cost: as the carrier says, else as the operator does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use trunkline_core::Ceilings;
use trunkline_core::call::{Call, Lane};
use trunkline_core::capability::Operation;
use trunkline_core::model::{
    AccountName, AvailableNumber, CountryCode, Money, NumberType, PriceSource, PurchaseOrder,
};
use trunkline_core::registry::{AccountEntry, Price};
use trunkline_core::telemetry::trace;

/// Gives a number on offer the prices that its carrier's answer lacks.
pub(crate) fn price(
    number: &mut AvailableNumber,
    entry: &AccountEntry,
    list: &[(NumberType, Money)],
) {
    if number.monthly_price.is_some() {
        number.price_source = PriceSource::Carrier;
        return;
    }
    let known = known(entry, number.country, &number.number_type, list);
    if let Some((monthly, setup, source)) = known {
        number.monthly_price = Some(monthly);
        number.setup_price = number.setup_price.or(setup);
        number.price_source = source;
    }
}

/// Gives an order without a quote the prices of its kind of number. Asks the carrier for its list only if there is a
/// ceiling, which an unknown price can't pass.
pub(crate) async fn price_order(
    order: &mut PurchaseOrder,
    entry: &AccountEntry,
    buyer: Ceilings,
    lists: &PriceLists,
) {
    const PATIENCE: Duration = Duration::from_secs(5);
    if order.monthly_price.is_some() {
        return;
    }
    let kind = order.number.describe();
    let Some(country) = kind.country else {
        return;
    };
    let list = if !entry.ceilings.is_bounded() && !buyer.is_bounded() {
        lists.kept(entry, country)
    } else {
        let until = Until::choosing(PATIENCE);
        lists.of(entry, country, until).await
    };
    let known = known(entry, Some(country), &kind.number_type, &list);
    if let Some((monthly, setup, source)) = known {
        order.monthly_price = Some(monthly);
        order.setup_price = order.setup_price.or(setup);
        order.price_source = source;
    }
}

/// What a kind of number costs: by the carrier's list, else as the operator says.
pub(crate) fn known(
    entry: &AccountEntry,
    country: Option<CountryCode>,
    kind: &NumberType,
    list: &[(NumberType, Money)],
) -> Option<(Money, Option<Money>, PriceSource)> {
    if let Some((_, monthly)) = list.iter().find(|(listed, _)| listed == kind) {
        return Some((*monthly, None, PriceSource::Carrier));
    }
    let fits = |price: &&Price| Some(price.country) == country && price.number_type == *kind;
    let price = entry.prices.iter().find(fits)?;
    Some((price.monthly, price.setup, PriceSource::Config))
}

/// How long an account is waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Until {
    /// For the answer.
    pub(crate) deadline: Instant,
    /// For the prices that a carrier has on another page, no later than the deadline.
    pub(crate) prices: Instant,
}

impl Until {
    /// A search does not wait longer than this for prices.
    const PATIENCE: Duration = Duration::from_millis(500);

    /// A search is for people: prices that take long are left out.
    pub(crate) fn searching(timeout: Duration) -> Self {
        let now = Instant::now();
        Self {
            deadline: now + timeout,
            prices: now + timeout.min(Self::PATIENCE),
        }
    }

    /// What is bought may depend on the price: it is waited for.
    pub(crate) fn choosing(timeout: Duration) -> Self {
        let deadline = Instant::now() + timeout;
        Self {
            deadline,
            prices: deadline,
        }
    }

    /// Whether the prices are waited for as long as the answer.
    fn is_choosing(self) -> bool {
        self.prices == self.deadline
    }
}

pub(crate) type PriceList = Arc<Vec<(NumberType, Money)>>;
type Key = (AccountName, CountryCode);

/// The carriers' price lists. A list is asked for once for all who want it, on a task that outlives them. An old list is
/// asked for again in the background, every hour; one that can't be had, every minute: a search waits for neither.
#[derive(Debug, Default)]
pub(crate) struct PriceLists(Arc<Mutex<Lists>>);

#[derive(Debug, Default)]
struct Lists {
    rows: HashMap<Key, Row>,
    flights: JoinSet<()>,
}

/// One list.
#[derive(Debug)]
struct Row {
    /// `None` before the first answer; empty if there is none, or it can't be had.
    list: Option<PriceList>,
    /// Whether the last request failed.
    failed: bool,
    /// When the carrier gave it.
    read: Instant,
    /// When it is asked for again.
    due: Instant,
    /// The last request: when it began, and what ends with it.
    flight: Option<(Instant, CancellationToken)>,
}

impl PriceLists {
    const KEPT: Duration = Duration::from_secs(3600);
    const KEPT_EMPTY: Duration = Duration::from_secs(60);
    /// How long a list is used that can't be had anew.
    const KEPT_OLD: Duration = Duration::from_secs(24 * 3600);
    /// Longest that a carrier is waited for.
    const FLIGHT: Duration = Duration::from_secs(10);

    /// The carrier's list of a country; empty if it has none or can't be asked by then. A choice waits for a list that is
    /// missing or old, a search only for the first one.
    pub(crate) async fn of(
        &self,
        entry: &AccountEntry,
        country: CountryCode,
        until: Until,
    ) -> PriceList {
        let provider = &entry.provider;
        if !provider.capability().supports(Operation::ListPrices) {
            return PriceList::default();
        }
        let key = (provider.account().clone(), country);
        let flight = self.flight(entry, &key, until.is_choosing());
        if let Some((began, ended)) = flight {
            let until = match until.is_choosing() {
                true => until.deadline,
                false => until.prices.min(began + Until::PATIENCE),
            };
            // Without the list the numbers have no price.
            let _ = tokio::time::timeout_at(until, ended.cancelled()).await;
        }
        self.kept(entry, country)
    }

    /// Asks for a list that is due, and gives the request under way if it is to be waited for.
    fn flight(
        &self,
        entry: &AccountEntry,
        key: &Key,
        choosing: bool,
    ) -> Option<(Instant, CancellationToken)> {
        let now = Instant::now();
        let mut lists = self.lists();
        let Lists { rows, flights } = &mut *lists;
        let row = rows.entry(key.clone()).or_insert(Row {
            list: None,
            failed: false,
            read: now,
            due: now,
            flight: None,
        });
        let is_empty = row.known().is_none_or(|list| list.is_empty());
        let is_wanted = row.due <= now || (choosing && is_empty);
        let is_over = |(_, ended): &(Instant, CancellationToken)| ended.is_cancelled();
        if is_wanted && row.flight.as_ref().is_none_or(is_over) {
            let ended = CancellationToken::new();
            row.flight = Some((now, ended.clone()));
            while flights.try_join_next().is_some() {}
            let (lists, provider) = (Arc::downgrade(&self.0), Arc::clone(&entry.provider));
            let (key, call) = (key.clone(), Call::within(Self::FLIGHT, Lane::Purchase));
            flights.spawn(trace::carried(async move {
                let _ended = ended.drop_guard();
                let asked = call.scope(provider.list_prices(key.1));
                let list = tokio::time::timeout_at(call.deadline, asked).await;
                if let Some(lists) = lists.upgrade()
                    && let Some(row) = lock(&lists).rows.get_mut(&key)
                {
                    row.take(list.ok().and_then(Result::ok));
                }
            }));
        }
        let is_waited_for = row.known().is_none() || (choosing && is_wanted);
        row.flight.clone().filter(|_| is_waited_for)
    }

    /// The list of a country as far as it is at hand.
    pub(crate) fn kept(&self, entry: &AccountEntry, country: CountryCode) -> PriceList {
        let key = (entry.provider.account().clone(), country);
        let lists = self.lists();
        let row = lists.rows.get(&key);
        row.and_then(Row::known).cloned().unwrap_or_default()
    }

    /// True if the price of an order is not known because the carrier can't be asked for its list now.
    pub(crate) fn are_away(&self, entry: &AccountEntry, order: &PurchaseOrder) -> bool {
        let provider = &entry.provider;
        let country = order.number.describe().country;
        let country = country.filter(|_| provider.capability().supports(Operation::ListPrices));
        let (Some(country), None) = (country, order.monthly_price) else {
            return false;
        };
        let lists = self.lists();
        let row = lists.rows.get(&(provider.account().clone(), country));
        row.is_none_or(|row| row.failed || row.list.is_none())
    }

    fn lists(&self) -> MutexGuard<'_, Lists> {
        lock(&self.0)
    }
}

fn lock(lists: &Mutex<Lists>) -> MutexGuard<'_, Lists> {
    lists.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Row {
    /// The list, unless it is too old.
    fn known(&self) -> Option<&PriceList> {
        let is_usable = self.read.elapsed() < PriceLists::KEPT_OLD;
        self.list.as_ref().filter(|_| is_usable)
    }

    /// Keeps what came of a request; `None` if it failed.
    fn take(&mut self, list: Option<Vec<(NumberType, Money)>>) {
        let now = Instant::now();
        self.failed = list.is_none();
        if list.is_none() && self.known().is_some() {
            self.due = now + PriceLists::KEPT_EMPTY;
            return;
        }
        let list = list.unwrap_or_default();
        let kept = match list.is_empty() {
            true => PriceLists::KEPT_EMPTY,
            false => PriceLists::KEPT,
        };
        (self.read, self.due) = (now, now + kept);
        self.list = Some(Arc::new(list));
    }
}
