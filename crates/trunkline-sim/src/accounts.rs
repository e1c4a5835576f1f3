//! The accounts at the carriers that sell numbers.

use std::sync::Arc;
use std::time::Duration;

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

/// The account whose numbers may cost so much a month, in US cents.
pub(crate) const CAPPED: (ProviderKind, i64) = (ProviderKind::SignalWire, 500);

/// How long an unanswered purchase must stay absent.
pub(crate) const SETTLE: Duration = Duration::from_secs(30);

/// An account of a carrier, over this wire.
///
/// # Errors
/// `Config` or `Internal` if the fake's own settings don't fit the adapter.
pub(crate) fn entry(kind: ProviderKind, wire: Arc<dyn Transport>) -> Result<AccountEntry> {
    let provider = match kind {
        ProviderKind::Twilio => provider::<TwilioConfig>(kind, wire),
        ProviderKind::SignalWire => provider::<SignalWireConfig>(kind, wire),
        _ => provider::<ZendeskConfig>(kind, wire),
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
    let mut profile = config.profile(AccountName::new(kind.name())?, vault)?;
    profile.transport = Some(wire);
    config.connect(profile)
}

/// Puts numbers on sale.
///
/// # Errors
/// `Internal` if a fake has no such stock.
pub(crate) fn fill(controls: &Controls, each: usize) -> Result<()> {
    for (kind, area) in SELLERS
        .into_iter()
        .flat_map(|kind| [(kind, NAMED), (kind, OPEN)])
    {
        let order = StockOrder {
            country: "US".to_owned(),
            area_code: Some(area.to_owned()),
            number_type: None,
            count: each,
        };
        controls.set_stock(kind, &order).map_err(|error| {
            Error::new(ErrorKind::Internal, "no stock for the simulation").with_source(error)
        })?;
    }
    Ok(())
}

/// What is searched for in an area.
pub(crate) fn query(area: &str) -> Result<SearchQuery> {
    Ok(SearchQuery {
        number_type: NumberType::Local,
        area_code: Some(area.to_owned()),
        limit: 100,
        ..SearchQuery::new("US".parse()?)
    })
}

/// The numbers on sale that buyers may name.
///
/// # Errors
/// What the carrier answers.
pub(crate) async fn named(entry: &AccountEntry) -> Result<Vec<E164>> {
    let page = entry.provider.search_available(&query(NAMED)?).await?;
    Ok(page.items.into_iter().map(|found| found.number).collect())
}
