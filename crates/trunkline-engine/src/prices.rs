//! What numbers cost: as the carrier says, else as the operator does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use trunkline_core::Ceilings;
use trunkline_core::call::{Call, Lane};
use trunkline_core::capability::Operation;
use trunkline_core::model::{
    AccountName, AvailableNumber, CountryCode, Money, NumberType, PriceSource, PurchaseOrder,
};
use trunkline_core::provider::Provider;
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
    lists: &Arc<PriceLists>,
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
    /// Whether an unknown price is worth waiting for: something is bought by it.
    waits: bool,
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
            waits: false,
        }
    }

    /// What is bought may depend on the price: it is waited for.
    pub(crate) fn choosing(timeout: Duration) -> Self {
        let deadline = Instant::now() + timeout;
        Self {
            deadline,
            prices: deadline,
            waits: true,
        }
    }
}

pub(crate) type PriceList = Arc<Vec<(NumberType, Money)>>;

/// What is known of the prices of one country at one account.
#[derive(Debug, Default)]
struct Row {
    /// The last list, and until when it needs no new one.
    kept: Option<(PriceList, Instant)>,
    /// Since when the carrier is asked, and where the list will be.
    asked: Option<(Instant, watch::Receiver<Option<PriceList>>)>,
}

/// The carriers' price lists, kept for an hour; one that can't be had is asked for again after a minute. A carrier is
/// asked once, however many wait for it, and an old list is good for a search until the new one is there.
#[derive(Debug, Default)]
pub(crate) struct PriceLists(Mutex<HashMap<(AccountName, CountryCode), Row>>);

impl PriceLists {
    const KEPT: Duration = Duration::from_secs(3600);
    const KEPT_EMPTY: Duration = Duration::from_secs(60);

    /// How long a carrier is asked for a list.
    const TIMEOUT: Duration = Duration::from_secs(10);

    /// The carrier's list of a country; empty if it has none or can't be asked by then.
    pub(crate) async fn of(
        self: &Arc<Self>,
        entry: &AccountEntry,
        country: CountryCode,
        until: Until,
    ) -> PriceList {
        let provider = &entry.provider;
        if !provider.capability().supports(Operation::ListPrices) {
            return PriceList::default();
        }
        let key = (provider.account().clone(), country);
        let (mut list, since) = {
            let mut rows = self.rows();
            let row = rows.entry(key.clone()).or_default();
            let now = Instant::now();
            let is_due = row.kept.as_ref().is_none_or(|(list, good_until)| {
                *good_until <= now || (list.is_empty() && until.waits)
            });
            let asked = row.asked.as_ref();
            let (since, list) = match asked.filter(|(_, list)| list.has_changed().is_ok()) {
                Some(asked) => asked.clone(),
                None if is_due => {
                    let asked = (now, self.ask(key, Arc::clone(provider)));
                    row.asked.insert(asked).clone()
                }
                None => return row.list(),
            };
            match &row.kept {
                Some((kept, _)) if !until.waits || !kept.is_empty() => return Arc::clone(kept),
                _ => (list, since),
            }
        };
        let until = if until.waits {
            until.prices
        } else {
            until.prices.min(since + Until::PATIENCE)
        };
        let told = tokio::time::timeout_at(until, list.wait_for(Option::is_some)).await;
        let told = told.ok().and_then(Result::ok);
        told.and_then(|list| list.clone()).unwrap_or_default()
    }

    /// Asks the carrier on a task of its own.
    fn ask(
        self: &Arc<Self>,
        key: (AccountName, CountryCode),
        provider: Arc<dyn Provider>,
    ) -> watch::Receiver<Option<PriceList>> {
        let (tell, list) = watch::channel(None);
        let lists = Arc::clone(self);
        tokio::spawn(trace::carried(async move {
            let call = Call::within(Self::TIMEOUT, Lane::Search);
            let asked = call.scope(provider.list_prices(key.1));
            let list = tokio::time::timeout(Self::TIMEOUT, asked).await;
            let list = Arc::new(list.ok().and_then(Result::ok).unwrap_or_default());
            let kept = if list.is_empty() {
                Self::KEPT_EMPTY
            } else {
                Self::KEPT
            };
            let kept = (Arc::clone(&list), Instant::now() + kept);
            lists.rows().insert(
                key,
                Row {
                    kept: Some(kept),
                    asked: None,
                },
            );
            tell.send_replace(Some(list));
        }));
        list
    }

    /// The list of a country as far as it is at hand.
    pub(crate) fn kept(&self, entry: &AccountEntry, country: CountryCode) -> PriceList {
        let key = (entry.provider.account().clone(), country);
        self.rows().get(&key).map(Row::list).unwrap_or_default()
    }

    fn rows(&self) -> MutexGuard<'_, HashMap<(AccountName, CountryCode), Row>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Row {
    fn list(&self) -> PriceList {
        let kept = self.kept.as_ref().map(|(list, _)| Arc::clone(list));
        kept.unwrap_or_default()
    }
}
