//! What numbers cost: as the carrier says, else as the operator does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use trunkline_core::Ceilings;
use trunkline_core::call::{Call, Lane};
use trunkline_core::capability::Operation;
use trunkline_core::model::{
    AccountName, AvailableNumber, CountryCode, Money, NumberType, PriceSource, PurchaseOrder,
};
use trunkline_core::registry::{AccountEntry, Price};

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
        let call = Call::until(until.deadline, Lane::Purchase);
        call.scope(lists.of(entry, country, until)).await
    };
    let known = known(entry, Some(country), &kind.number_type, &list);
    if let Some((monthly, setup, source)) = known {
        order.monthly_price = Some(monthly);
        order.setup_price = order.setup_price.or(setup);
        order.price_source = source;
    }
}

/// What a kind of number costs: by the carrier's list, else as the operator says.
fn known(
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

    /// Whether the prices get all the time that anybody gives them: to be late then says something of the carrier.
    fn is_patient(self) -> bool {
        self.prices.saturating_duration_since(Instant::now()) >= Self::PATIENCE
    }
}

pub(crate) type PriceList = Arc<Vec<(NumberType, Money)>>;
type PriceListRow = (Instant, PriceList);

/// The carriers' price lists, kept for an hour; one that can't be had is asked for again after a minute.
#[derive(Debug, Default)]
pub(crate) struct PriceLists(Mutex<HashMap<(AccountName, CountryCode), PriceListRow>>);

impl PriceLists {
    const KEPT: Duration = Duration::from_secs(3600);
    const KEPT_EMPTY: Duration = Duration::from_secs(60);

    /// The carrier's list of a country; empty if it has none or can't be asked by then.
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
        let now = Instant::now();
        if let Some((kept_until, list)) = self.rows().get(&key)
            && *kept_until > now
            && !(list.is_empty() && until.prices == until.deadline)
        {
            return Arc::clone(list);
        }
        let patient = until.is_patient();
        let list = tokio::time::timeout_at(until.prices, provider.list_prices(country)).await;
        let list = match list {
            Ok(Ok(list)) => list,
            // Cut short by a caller in a hurry, which says nothing to the next one.
            Ok(Err(_)) | Err(_) if !patient => return PriceList::default(),
            Ok(Err(_)) | Err(_) => Vec::new(),
        };
        let kept = if list.is_empty() {
            Self::KEPT_EMPTY
        } else {
            Self::KEPT
        };
        let list = Arc::new(list);
        self.rows().insert(key, (now + kept, Arc::clone(&list)));
        list
    }

    /// The list of a country as far as it is at hand.
    pub(crate) fn kept(&self, entry: &AccountEntry, country: CountryCode) -> PriceList {
        let key = (entry.provider.account().clone(), country);
        let rows = self.rows();
        let kept = rows.get(&key).filter(|(until, _)| *until > Instant::now());
        kept.map(|(_, list)| Arc::clone(list)).unwrap_or_default()
    }

    fn rows(&self) -> std::sync::MutexGuard<'_, HashMap<(AccountName, CountryCode), PriceListRow>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
