//! Rows of the inventory: written as JSON objects with a member for each column, and read.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Serialize;
use trunkline_core::inventory::{
    Holding, HoldingState, InventoryEntry, InventorySort, Origin, SummaryBy,
};
use trunkline_core::{AccountName, Features, Money, PriceSource, Result, Tenant};
use trunkline_engine::inventory::{
    Known, SortedAfter, SummaryRow, Touch, digest, document, number_of,
};

use crate::error::unreadable;
use crate::rows::{Row, json};
use crate::trails::without_nul;

/// A row as `PUT_INVENTORY` takes it.
#[derive(Serialize)]
pub(super) struct Columns<'a> {
    identity: &'a str,
    provider_id: &'a str,
    tenant: &'a str,
    account: &'a str,
    provider: &'a str,
    number: Option<&'a str>,
    extension: Option<&'a str>,
    country: Option<String>,
    number_type: String,
    carrier_state: String,
    features: i64,
    label: Option<String>,
    owner: Option<String>,
    owned: i64,
    location: Option<&'a str>,
    main: i64,
    unassigned: i64,
    month: Option<String>,
    currency: Option<&'static str>,
    monthly: Option<String>,
    price_source: &'static str,
    state: &'static str,
    origin: String,
    tags: String,
    protected: i64,
    number_key: String,
    label_key: String,
    price_key: i64,
    purchased_key: i64,
    changed_ms: i64,
    first_seen_ms: i64,
    seen_ms: i64,
    version: i64,
    read: i64,
    digest: i64,
    text: String,
    doc: String,
}

/// The name of a price's source in its column.
const fn source_name(source: PriceSource) -> &'static str {
    match source {
        PriceSource::Carrier => "carrier",
        PriceSource::Config => "config",
        PriceSource::Unknown => "unknown",
    }
}

/// The features as bits.
pub(super) fn bits(features: Features) -> i64 {
    i64::from(features.voice)
        | i64::from(features.sms) << 1
        | i64::from(features.mms) << 2
        | i64::from(features.fax) << 3
        | i64::from(features.emergency) << 4
}

impl<'a> Columns<'a> {
    /// The row of an entry, to have this version if it may.
    pub(super) fn of(entry: &'a InventoryEntry, version: i64, read: bool) -> Result<Self> {
        let (number, holding) = (&entry.number, &entry.inventory);
        let document = document(number)?;
        let plain = |text: &Option<String>| text.as_deref().map(without_nul);
        let tags: Vec<String> = number.tags.iter().map(|tag| without_nul(tag)).collect();
        Ok(Self {
            identity: &entry.identity,
            provider_id: &number.provider_id,
            tenant: entry.tenant.as_str(),
            account: number.account.as_str(),
            provider: number.provider.as_str(),
            number: number.number.as_deref(),
            extension: number.extension.as_deref(),
            country: number.country.map(|country| country.to_string()),
            number_type: number.number_type.to_string(),
            carrier_state: number.state.to_string(),
            features: bits(number.features),
            label: plain(&number.label),
            owner: number.owner.as_ref().and_then(|owner| plain(&owner.id)),
            owned: number.owner.is_some().into(),
            location: number.location.id.as_deref(),
            main: number.main.into(),
            unassigned: entry.is_unassigned().into(),
            month: number
                .purchased_at
                .map(|at| at.strftime("%Y-%m").to_string()),
            currency: holding.monthly_price.map(|price| price.currency.code()),
            monthly: holding.monthly_price.map(|price| price.amount.to_string()),
            price_source: source_name(holding.price_source),
            state: holding.state.as_str(),
            origin: json(&holding.origin)?,
            tags: json(&tags)?,
            protected: number.protected.into(),
            number_key: entry.number_key(),
            label_key: without_nul(&entry.label_key()),
            price_key: entry.price_key(),
            purchased_key: entry.purchased_key(),
            changed_ms: holding.changed_at.as_millisecond(),
            first_seen_ms: holding.first_seen_at.as_millisecond(),
            seen_ms: holding.last_seen_at.as_millisecond(),
            version,
            read: read.into(),
            digest: digest(&document),
            text: without_nul(&entry.searched_text()),
            doc: without_nul(&document),
        })
    }
}

/// What a text is a name of.
fn named<T: Copy>(
    row: &Row,
    column: &'static str,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Result<T> {
    let text = row.text(column)?;
    let found = all.iter().copied().find(|it| name(*it) == text);
    found.ok_or_else(|| unreadable(format!("column {column}"), std::io::Error::other(text)))
}

fn state(row: &Row) -> Result<HoldingState> {
    named(row, "state", &HoldingState::ALL, HoldingState::as_str)
}

fn source(row: &Row) -> Result<PriceSource> {
    let all = [
        PriceSource::Carrier,
        PriceSource::Config,
        PriceSource::Unknown,
    ];
    named(row, "price_source", &all, source_name)
}

/// A time in milliseconds.
pub(super) fn time(row: &Row, column: &'static str) -> Result<Option<Timestamp>> {
    let ms = row.optional_integer(column)?;
    Ok(ms.and_then(|ms| Timestamp::from_millisecond(ms).ok()))
}

fn time_of(row: &Row, column: &'static str) -> Result<Timestamp> {
    Ok(time(row, column)?.unwrap_or(Timestamp::UNIX_EPOCH))
}

fn price(row: &Row) -> Result<Option<Money>> {
    let monthly = row.optional_text("monthly")?;
    let price = monthly.zip(row.optional_text("currency")?);
    price
        .map(|(amount, currency)| Money::parse(&amount, &currency))
        .transpose()
}

fn origin(row: &Row) -> Result<Origin> {
    let text = row.text("origin")?;
    serde_json::from_str(&text).map_err(|error| unreadable("the column origin", error))
}

/// A whole entry.
pub(super) fn entry(row: &Row) -> Result<InventoryEntry> {
    let account = AccountName::new(row.text("account")?)?;
    let provider_id = row.text("provider_id")?;
    let mut number = number_of(&row.text("doc")?, &account, &provider_id)?;
    let unread = |error| unreadable(format!("row {provider_id} of inventory"), error);
    number.tags = serde_json::from_str(&row.text("tags")?).map_err(unread)?;
    number.protected = row.integer("protected")? != 0;
    let (state, seen) = (state(row)?, time_of(row, "seen_ms")?);
    // A held number was seen by the last complete reading.
    let as_of = time(row, "as_of_ms")?.filter(|_| state == HoldingState::Held);
    Ok(InventoryEntry {
        tenant: Tenant::new(row.text("tenant")?)?,
        identity: row.text("identity")?,
        inventory: Holding {
            state,
            origin: origin(row)?,
            first_seen_at: time_of(row, "first_seen_ms")?,
            last_seen_at: as_of.map_or(seen, |as_of| as_of.max(seen)),
            changed_at: time_of(row, "changed_ms")?,
            monthly_price: price(row)?,
            price_source: source(row)?,
        },
        number,
    })
}

/// An entry with its place in an order.
pub(super) fn placed(row: &Row, sort: InventorySort) -> Result<(InventoryEntry, SortedAfter)> {
    let entry = entry(row)?;
    let (text, integer) = match sort {
        InventorySort::Number => (row.text("number_key")?, 0),
        InventorySort::Account => (row.text("account")?, 0),
        InventorySort::Label => (row.text("label_key")?, 0),
        InventorySort::Price => (String::new(), row.integer("price_key")?),
        InventorySort::PurchasedAt => (String::new(), row.integer("purchased_key")?),
        InventorySort::ChangedAt => (String::new(), row.integer("changed_ms")?),
    };
    let under = match sort {
        InventorySort::Account => row.text("number_key")?,
        _ => String::new(),
    };
    let after = SortedAfter {
        text,
        under,
        integer,
        place: row.integer("seq")?,
    };
    Ok((entry, after))
}

/// What a reading needs at first.
pub(super) fn known(row: &Row) -> Result<Known> {
    Ok(Known {
        provider_id: row.text("provider_id")?,
        digest: row.integer("digest")?,
        state: state(row)?,
        read: row.integer("read")? != 0,
        version: row.integer("version")?,
        price: price(row)?.zip(Some(source(row)?)),
        purchased: matches!(origin(row)?, Origin::Purchased { .. }),
    })
}

/// Something of ours.
pub(super) fn touch(row: &Row) -> Result<Touch> {
    Ok(Touch {
        key: row.text("key")?,
        open: row.integer("open")? != 0,
        recent: row.integer("recent")? != 0,
    })
}

/// A count.
pub(super) fn count(found: i64) -> u64 {
    u64::try_from(found).unwrap_or(0)
}

/// Numbers with the same values.
pub(super) fn summed(row: &Row, by: &[SummaryBy]) -> Result<SummaryRow> {
    let currency = row.optional_text("currency")?;
    let millionths = row.integer("millionths")?;
    let amount = Decimal::try_from_i128_with_scale(millionths.into(), 6);
    let amount = amount.map_err(|error| unreadable("a sum of prices", error))?;
    let monthly = currency.map(|currency| Money::parse(&amount.normalize().to_string(), &currency));
    let by = by.iter().map(|by| row.optional_text(by.as_str()));
    Ok(SummaryRow {
        by: by.collect::<Result<_>>()?,
        count: count(row.integer("found")?),
        monthly: monthly.transpose()?,
        source: source(row)?,
    })
}
