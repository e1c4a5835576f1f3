//! How a number is kept: its document, and what becomes of a record when we work on its number.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::step::HeldNow;
use super::store::SortedAfter;
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::inventory::{
    Holding, HoldingState, InventoryEntry, InventorySort, Origin, Watch,
};
use trunkline_core::json::{self, Part};
use trunkline_core::model::{
    AccountName, Money, Number, NumberId, PriceSource, ProviderData, ProviderName,
};

/// A number without trunkline's own fields, which its carrier's document has not, without what other columns say, and
/// without what is absent.
const KEPT: Part = Part::Thin(&[
    ("account", Part::Gone),
    ("features", Part::THIN),
    ("id", Part::Gone),
    ("location", Part::THIN),
    ("messaging", Part::THIN),
    ("protected", Part::Gone),
    ("provider_id", Part::Gone),
    ("release_at", Part::Gone),
    ("release_held", Part::Gone),
    ("tags", Part::Gone),
    ("voice", Part::THIN),
]);

/// The document of a number as it is kept.
///
/// # Errors
/// `Internal` if it can't be written as JSON.
pub fn document(number: &Number) -> Result<String> {
    let failed = |error| Error::new(ErrorKind::Internal, "a number is not JSON").with_source(error);
    KEPT.thinned(number).map_err(failed)
}

/// The number of a document that [`document`] made.
///
/// # Errors
/// `Internal` if it can't be read.
pub fn number_of(doc: &str, account: &AccountName, provider_id: &str) -> Result<Number> {
    let failed = |error| {
        let message = format!("the inventory's row {account}:{provider_id} can't be read");
        Error::new(ErrorKind::Internal, message).with_source(error)
    };
    let id = NumberId::of(account, provider_id)?;
    let own = [
        ("account", account.as_str()),
        ("id", id.as_str()),
        ("provider_id", provider_id),
    ];
    let own = json::to_string(&BTreeMap::from(own)).map_err(failed)?;
    // Every number has a state, so there are members.
    let whole = [own.trim_end_matches('}'), ",", doc.trim_start_matches('{')].concat();
    serde_json::from_str(&whole).map_err(failed)
}

/// A digest of a document: equal documents have equal ones. The same in every process of one build; another build may
/// have others, and then compares the documents.
#[must_use]
pub fn digest(document: &str) -> i64 {
    i64::from_ne_bytes(hash(document).to_ne_bytes())
}

/// A hash of a text, the same in every process of one build.
pub(super) fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// A number as a reading shows it, with as much of `provider_data` as is watched.
#[must_use]
pub(super) fn as_read(mut number: Number, watch: &Watch) -> Number {
    number.provider_data = watched(&number.provider_data, watch);
    number
}

fn watched(data: &ProviderData, watch: &Watch) -> ProviderData {
    if watch.provider_data.is_empty() {
        return ProviderData::default();
    }
    let all: Map<String, Value> = serde_json::from_str(data.as_json()).unwrap_or_default();
    let is_watched = |(name, _): &(String, Value)| watch.provider_data.contains(name);
    let kept: Map<String, Value> = all.into_iter().filter(is_watched).collect();
    if kept.is_empty() {
        return ProviderData::default();
    }
    ProviderData::of(&kept).unwrap_or_default()
}

/// A record as it is once our own work got this answer. Tags and protection stay those of the record before.
#[must_use]
pub fn held_now(before: Option<&InventoryEntry>, held: &HeldNow, now: Timestamp) -> InventoryEntry {
    let mut number = held.number.clone();
    // How much of it is watched is known to readings.
    number.provider_data = before.map_or_else(ProviderData::default, |before| {
        before.number.provider_data.clone()
    });
    let carriers = number
        .monthly_price
        .map(|price| (price, PriceSource::Carrier));
    let kept = before.and_then(|before| {
        let holding = &before.inventory;
        holding
            .monthly_price
            .map(|price| (price, holding.price_source))
    });
    let price = carriers.or(held.price).or(kept);
    if let Some(before) = before {
        number.tags.clone_from(&before.number.tags);
        number.protected = before.number.protected;
    }
    InventoryEntry {
        tenant: held.tenant.clone(),
        identity: held.identity.clone(),
        number,
        inventory: holding_of(before, held.origin.clone(), price, now),
    }
}

/// What the inventory knows of a number that is held now.
#[must_use]
pub(super) fn holding_of(
    before: Option<&InventoryEntry>,
    origin: Option<Origin>,
    price: Option<(Money, PriceSource)>,
    now: Timestamp,
) -> Holding {
    // A number that was given back and is held again has come anew.
    let before = before.map(|before| &before.inventory);
    let known = before.filter(|holding| holding.state != HoldingState::Gone);
    Holding {
        state: HoldingState::Held,
        origin: origin
            .or_else(|| known.map(|holding| holding.origin.clone()))
            .unwrap_or_default(),
        first_seen_at: known.map_or(now, |holding| holding.first_seen_at),
        last_seen_at: now,
        changed_at: now,
        monthly_price: price.map(|(price, _)| price),
        price_source: price.map_or(PriceSource::Unknown, |(_, source)| source),
    }
}

/// The same record under the name that its account has now.
///
/// # Errors
/// `InvalidRequest` if name and id make no [`NumberId`].
pub fn rename(
    entry: &mut InventoryEntry,
    account: &AccountName,
    provider: &ProviderName,
) -> Result<()> {
    entry.number.id = NumberId::of(account, &entry.number.provider_id)?;
    entry.number.account = account.clone();
    entry.number.provider = provider.clone();
    Ok(())
}

/// Where a record stands in an order.
#[must_use]
pub fn place_of(entry: &InventoryEntry, sort: InventorySort, place: i64) -> SortedAfter {
    let text = |text: String| SortedAfter {
        text,
        under: String::new(),
        integer: 0,
        place,
    };
    let integer = |integer: i64| SortedAfter {
        integer,
        ..text(String::new())
    };
    match sort {
        InventorySort::Number => text(entry.number_key()),
        InventorySort::Account => SortedAfter {
            under: entry.number_key(),
            ..text(entry.number.account.as_str().to_owned())
        },
        InventorySort::Label => text(entry.label_key()),
        InventorySort::Price => integer(entry.price_key()),
        InventorySort::PurchasedAt => integer(entry.purchased_key()),
        InventorySort::ChangedAt => integer(entry.inventory.changed_at.as_millisecond()),
    }
}

#[cfg(test)]
mod tests {
    use trunkline_core::model::{Routing, Webhook};

    use super::*;

    #[test]
    fn number_survives_being_kept() {
        let account: AccountName = "us-main".parse().unwrap();
        let provider = ProviderName::new("twilio");
        let e164 = "+14155550100".parse().unwrap();
        let mut number = Number::new(account.clone(), provider, "PN1".to_owned(), e164).unwrap();
        number.label = Some("Sales".to_owned());
        number.features.sms = true;
        number.location.locality = Some("Oakland".to_owned());
        number.voice = Routing::Webhook(Webhook {
            url: Some("https://voice.example.com/in}".to_owned()),
            ..Webhook::default()
        });
        number.monthly_price = Some(Money::parse("1.15", "USD").unwrap());
        let doc = document(&number).unwrap();
        assert_eq!(number_of(&doc, &account, "PN1").unwrap(), number);
        assert!(!doc.contains("null") && !doc.contains("us-main"), "{doc}");
        let renamed: AccountName = "emea".parse().unwrap();
        assert_eq!(
            number_of(&doc, &renamed, "PN1").unwrap().id.as_str(),
            "emea:PN1"
        );
    }
}
