//! Listing, counting and summing.

use std::collections::BTreeMap;

use trunkline_core::inventory::{
    HoldingState, InventoryEntry, InventoryQuery, InventorySort, SummaryBy,
};
use trunkline_core::model::{Features, NumberState, NumberType};

use super::super::Subject;
use super::draft::{all, begin, day, end, entry, everything, inside, judged, keep, shelf};

const COUNT: u32 = 40;

/// Two accounts with so many numbers each; gives all of them.
async fn filled(subject: &Subject) -> Vec<InventoryEntry> {
    for (identity, account) in [("AC1", "us-main"), ("AC2", "emea")] {
        let shelf = shelf(identity, account);
        let reading = begin(subject, &shelf).await;
        let rows: Vec<_> = (0..COUNT)
            .map(|index| judged(entry(&shelf, index), None))
            .collect();
        keep(subject, &reading, &rows).await;
    }
    all(subject, &["AC1", "AC2"]).await
}

fn with(change: impl FnOnce(&mut InventoryQuery)) -> InventoryQuery {
    let mut query = everything();
    change(&mut query);
    query
}

fn queries() -> Vec<InventoryQuery> {
    let q = |text: &str| with(|query| query.q = Some(text.to_owned()));
    let mut queries: Vec<InventoryQuery> = [
        "sal",
        "SALES berlin",
        "ada",
        "oakland",
        "415555",
        "+1 (415) 555-01",
        "be x",
        "50% off",
        "off_er",
        "zzz",
    ]
    .map(q)
    .to_vec();
    queries.extend([
        everything(),
        with(|query| query.numbers.number = Some("+14155550107".to_owned())),
        with(|query| query.numbers.number = Some("1 415 555 0107".to_owned())),
        with(|query| query.numbers.number = Some("0107".to_owned())),
        with(|query| query.numbers.contains = Some("50".to_owned())),
        with(|query| query.numbers.contains = Some("5501".to_owned())),
        with(|query| query.numbers.country = Some("US".parse().unwrap())),
        with(|query| query.numbers.country = Some("FR".parse().unwrap())),
        with(|query| query.numbers.number_type = Some(NumberType::Mobile)),
        with(|query| query.numbers.state = Some(NumberState::Inactive)),
        with(|query| {
            query.numbers.features = Features {
                sms: true,
                fax: true,
                ..Features::default()
            }
        }),
        with(|query| query.numbers.label = Some("Sales".to_owned())),
        with(|query| query.numbers.label = Some("SALES".to_owned())),
        with(|query| query.numbers.owner = Some("user1".to_owned())),
        with(|query| query.numbers.location = Some("loc1".to_owned())),
        with(|query| query.numbers.main = Some(true)),
        with(|query| query.numbers.available = Some(true)),
        with(|query| query.unassigned = Some(true)),
        with(|query| query.unassigned = Some(false)),
        with(|query| query.holding = Some(HoldingState::Held)),
        with(|query| query.holding = Some(HoldingState::Missing)),
        with(|query| query.holding = Some(HoldingState::Gone)),
        with(|query| query.purchased_after = Some(day(100))),
        with(|query| query.purchased_before = Some(day(100))),
        with(|query| query.tag = Some("vip".to_owned())),
        with(|query| {
            query.q = Some("sales".to_owned());
            query.numbers.number_type = Some(NumberType::Local);
            query.sort = InventorySort::Price;
        }),
    ]);
    queries
}

fn ids(entries: &[InventoryEntry]) -> Vec<String> {
    let mut ids: Vec<String> = entries
        .iter()
        .map(|entry| entry.number.id.to_string())
        .collect();
    ids.sort();
    ids
}

/// As the entries themselves say.
pub async fn every_filter_finds_what_fits(subject: &Subject) {
    let everything = filled(subject).await;
    assert_eq!(everything.len(), 2 * COUNT as usize);
    for identities in [&["AC1", "AC2"][..], &["AC2"], &[]] {
        let seen = inside(identities);
        let here = |entry: &&InventoryEntry| identities.contains(&entry.identity.as_str());
        for query in queries() {
            let found = subject.store.inventory(&seen, &query, None).await.unwrap();
            let found: Vec<_> = found.into_iter().map(|(entry, _)| entry).collect();
            let fitting = everything
                .iter()
                .filter(here)
                .filter(|entry| entry.fits(&query));
            let fitting: Vec<_> = fitting.cloned().collect();
            assert_eq!(ids(&found), ids(&fitting), "{query:?}");
            let counted = subject.store.count_inventory(&seen, &query).await.unwrap();
            assert_eq!(counted, fitting.len() as u64, "{query:?}");
        }
    }
    let mut other = inside(&["AC1", "AC2"]);
    other.tenant = "acme".parse().unwrap();
    let found = subject
        .store
        .inventory(&other, &super::draft::everything(), None)
        .await
        .unwrap();
    assert_eq!(found, []);
}

fn sorted_by(entry: &InventoryEntry, sort: InventorySort) -> (String, String, i64) {
    let text = |text: String| (text, String::new(), 0);
    match sort {
        InventorySort::Number => text(entry.number_key()),
        InventorySort::Account => (entry.number.account.to_string(), entry.number_key(), 0),
        InventorySort::Label => text(entry.label_key()),
        InventorySort::Price => (String::new(), String::new(), entry.price_key()),
        InventorySort::PurchasedAt => (String::new(), String::new(), entry.purchased_key()),
        InventorySort::ChangedAt => (
            String::new(),
            String::new(),
            entry.inventory.changed_at.as_millisecond(),
        ),
    }
}

/// Page after page, forwards and backwards, every number once.
pub async fn pages_in_every_order_follow_each_other(subject: &Subject) {
    filled(subject).await;
    let seen = inside(&["AC1", "AC2"]);
    for sort in InventorySort::ALL {
        for descending in [false, true] {
            let query = InventoryQuery {
                sort,
                descending,
                limit: 7,
                ..InventoryQuery::default()
            };
            let mut found = Vec::new();
            let mut after = None;
            loop {
                let page = subject
                    .store
                    .inventory(&seen, &query, after.as_ref())
                    .await
                    .unwrap();
                let Some((_, last)) = page.last() else { break };
                after = Some(last.clone());
                found.extend(page.into_iter().map(|(entry, _)| entry));
            }
            let mut keys: Vec<_> = found.iter().map(|entry| sorted_by(entry, sort)).collect();
            // What has no value to sort by comes last, descending too.
            let without = |(text, .., integer): &(String, String, i64)| {
                text == InventoryEntry::NO_LABEL || *integer == InventoryEntry::NO_INTEGER
            };
            assert!(
                keys.is_sorted_by_key(without),
                "{sort} {descending}: {keys:?}"
            );
            if descending {
                let valued = keys.iter().filter(|key| !without(key)).count();
                keys[..valued].reverse();
                keys[valued..].reverse();
            }
            assert!(keys.is_sorted(), "{sort} {descending}: {keys:?}");
            let whole = subject
                .store
                .inventory(&seen, &everything(), None)
                .await
                .unwrap();
            let whole: Vec<_> = whole.into_iter().map(|(entry, _)| entry).collect();
            assert_eq!(ids(&found), ids(&whole), "{sort} {descending}");
        }
    }
}

/// Numbers that are gone do not count.
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
pub async fn numbers_are_counted_and_priced_by_every_value(subject: &Subject) {
    let everything = filled(subject).await;
    let seen = inside(&["AC1", "AC2"]);
    let counted: Vec<&InventoryEntry> = everything
        .iter()
        .filter(|entry| entry.inventory.state != HoldingState::Gone)
        .collect();
    for by in [
        &[][..],
        &[SummaryBy::Account],
        &[SummaryBy::Type, SummaryBy::Month],
        &[SummaryBy::Tag],
        &[SummaryBy::Provider, SummaryBy::Country],
    ] {
        let rows = subject
            .store
            .summarize(&seen, &super::draft::everything(), by)
            .await
            .unwrap();
        let total: u64 = rows.iter().map(|row| row.count).sum();
        assert_eq!(total, counted.len() as u64, "{by:?}");
        let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
        for price in rows.iter().filter_map(|row| row.monthly) {
            *sums.entry(price.currency.code()).or_default() += price.micros();
        }
        let mut expected: BTreeMap<&str, i64> = BTreeMap::new();
        for price in counted
            .iter()
            .filter_map(|entry| entry.inventory.monthly_price)
        {
            *expected.entry(price.currency.code()).or_default() += price.micros();
        }
        assert_eq!(sums, expected, "{by:?}");
        assert!(rows.is_sorted_by(|one, other| one.by <= other.by), "{by:?}");
    }
    let rows = subject
        .store
        .summarize(&seen, &super::draft::everything(), &[SummaryBy::Type])
        .await
        .unwrap();
    for row in &rows {
        let fits = |entry: &&&InventoryEntry| {
            Some(entry.number.number_type.to_string()) == row.by[0]
                && entry.inventory.price_source == row.source
                && entry.inventory.monthly_price.map(|it| it.currency)
                    == row.monthly.map(|it| it.currency)
        };
        assert_eq!(
            row.count,
            counted.iter().filter(fits).count() as u64,
            "{row:?}"
        );
    }
    // What is read again is as it was.
    let reading = begin(subject, &shelf("AC1", "us-main")).await;
    end(subject, &reading).await;
    let known = subject
        .store
        .known_entries("AC1", &["PN0001".to_owned()])
        .await
        .unwrap();
    let mut kept = known[0].0.clone();
    kept.inventory.last_seen_at = day(2);
    assert_eq!(kept, entry(&shelf("AC1", "us-main"), 1));
}
