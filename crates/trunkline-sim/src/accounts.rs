//! The accounts at the carriers that sell numbers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use trunkline_core::vault::MemoryVault;
use trunkline_core::{
    AccountEntry, AccountName, Ceilings, E164, Error, ErrorKind, Money, NumberType, Price,
    Provider, Result, SearchQuery, Terms,
};
use trunkline_http::{AdapterConfig, Transport};
use trunkline_sandbox::{Controls, ProviderKind, StockOrder};
use trunkline_signalwire::SignalWireConfig;
use trunkline_twilio::TwilioConfig;
use trunkline_zendesk::ZendeskConfig;

/// The carriers that sell numbers. An account is called as its carrier.
pub(crate) const SELLERS: [ProviderKind; 3] = [
    ProviderKind::Twilio,
    ProviderKind::SignalWire,
    ProviderKind::Zendesk,
];

/// The area code of the numbers that are named by their buyers.
const NAMED: &str = "201";

/// The area code in which the choice is left to trunkline.
pub(crate) const OPEN: &str = "202";

/// How many numbers are on sale there at each carrier at most.
const MOST_OPEN: usize = 30;

/// The account whose numbers may cost so much a month, in US cents.
pub(crate) const CAPPED: (ProviderKind, i64) = (ProviderKind::SignalWire, 500);

/// How long an unanswered purchase must stay absent.
pub(crate) const SETTLE: Duration = Duration::from_secs(30);

/// How long after it was bought a number can be found to be gone.
const GONE_AFTER: Duration = Duration::from_secs(45);

/// What the operator says of the accounts, and can change while the gateways run.
#[derive(Debug, Default)]
pub(crate) struct Operator {
    /// How often the account of each carrier has been renamed.
    names: Mutex<BTreeMap<ProviderKind, u32>>,
    /// How long a release can be undone.
    grace: Duration,
}

impl Operator {
    /// One who lets releases be undone for so long.
    pub(crate) fn with_grace(grace: Duration) -> Self {
        Self {
            grace,
            ..Self::default()
        }
    }

    /// What the account of a carrier is called now.
    pub(crate) fn name(&self, kind: ProviderKind) -> String {
        match self.names.lock().get(&kind) {
            Some(times) => format!("{kind}-{times}"),
            None => kind.name().to_owned(),
        }
    }

    /// Gives the account of a carrier another name.
    pub(crate) fn rename(&self, kind: ProviderKind) -> String {
        *self.names.lock().entry(kind).or_default() += 1;
        self.name(kind)
    }
}

/// The carrier of an account, whatever it is called now.
pub(crate) fn kind_of(account: &str) -> Option<ProviderKind> {
    let name = account.split('-').next().unwrap_or(account);
    SELLERS.into_iter().find(|kind| kind.name() == name)
}

/// An account of a carrier, over this wire.
///
/// # Errors
/// `Config` or `Internal` if the fake's own settings don't fit the adapter.
pub(crate) fn entry(
    kind: ProviderKind,
    operator: &Operator,
    wire: Arc<dyn Transport>,
) -> Result<AccountEntry> {
    let name = operator.name(kind);
    let provider = match kind {
        ProviderKind::Twilio => provider::<TwilioConfig>(kind, &name, wire),
        ProviderKind::SignalWire => provider::<SignalWireConfig>(kind, &name, wire),
        _ => provider::<ZendeskConfig>(kind, &name, wire),
    };
    let mut entry = AccountEntry::new(provider?);
    let monthly = match kind == CAPPED.0 {
        true => Some(Money::parse(&format!("{}.00", CAPPED.1 / 100), "USD")?),
        false => None,
    };
    let price = Price {
        country: "US".parse()?,
        number_type: NumberType::Local,
        monthly: Money::parse("1.15", "USD")?,
        setup: None,
    };
    entry.terms = Terms {
        settle: SETTLE,
        quarantine: operator.grace,
        gone_after: GONE_AFTER,
        // Where the carrier quotes none.
        prices: vec![price],
        ceilings: Ceilings {
            monthly,
            setup: None,
        },
        ..Terms::default()
    };
    Ok(entry)
}

fn provider<C: AdapterConfig>(
    kind: ProviderKind,
    name: &str,
    wire: Arc<dyn Transport>,
) -> Result<Arc<dyn Provider>> {
    let settings = kind.account_settings().iter();
    let address = ("base_url", "http://localhost/");
    let settings = settings.copied().chain([address]);
    let settings = settings.map(|(key, value)| (key.to_owned(), serde_json::Value::from(value)));
    let config: C = serde_json::from_value(settings.collect()).map_err(|error| {
        Error::new(ErrorKind::Internal, "the settings of a fake don't fit").with_source(error)
    })?;
    let vault = Arc::new(MemoryVault::default());
    let mut profile = config.profile(AccountName::new(name)?, vault)?;
    profile.transport = Some(wire);
    config.connect(profile)
}

/// Puts numbers on sale: so many that are named by their buyers, and fewer where the choice is trunkline's, since every
/// search there shows all of them.
///
/// # Errors
/// `Internal` if a fake has no such stock.
pub(crate) fn fill(controls: &Controls, named: usize) -> Result<()> {
    let areas = [(NAMED, named), (OPEN, named.min(MOST_OPEN))];
    for (kind, (area, count)) in SELLERS
        .into_iter()
        .flat_map(|kind| areas.map(|area| (kind, area)))
    {
        let order = StockOrder {
            country: "US".to_owned(),
            area_code: Some(area.to_owned()),
            number_type: None,
            count,
        };
        controls.set_stock(kind, &order).map_err(|error| {
            Error::new(ErrorKind::Internal, "no stock for the simulation").with_source(error)
        })?;
    }
    Ok(())
}

/// What is searched for in an area: as many as the gateway searches for where it chooses.
pub(crate) fn query(area: &str) -> Result<SearchQuery> {
    Ok(SearchQuery {
        number_type: NumberType::Local,
        area_code: Some(area.to_owned()),
        ..SearchQuery::new("US".parse()?)
    })
}

/// The numbers on sale that buyers may name.
///
/// # Errors
/// What the carrier answers.
pub(crate) async fn named(entry: &AccountEntry) -> Result<Vec<E164>> {
    let all = SearchQuery {
        limit: 100,
        ..query(NAMED)?
    };
    let page = entry.provider.search_available(&all).await?;
    Ok(page.items.into_iter().map(|found| found.number).collect())
}
