//! What is counted and summed is what is there, whatever changes it.

use std::collections::BTreeMap;

use trunkline_core::inventory::{HoldingState, InventoryEntry, InventoryQuery, SummaryBy};
use trunkline_core::model::{Money, NumberId, NumberType, PriceSource, Routing};
use trunkline_engine::DomainEvent;
use trunkline_engine::inventory::{HoldingKey, HoldingStep, Inside, Shelf, SummaryRow};
use trunkline_engine::journal::Annotation;

use super::super::{LONG, Subject, at_once};
use super::draft::{all, begin, end, entry, everything, inside, judged, keep, shelf};

/// Numbers of each account.
const COUNT: u32 = 12;

/// Changes that are made.
const STEPS: u32 = 60;

/// Choices that follow from a seed.
struct Choices(u64);

impl Choices {
    /// Less than `most`.
    fn below(&mut self, most: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 33).unwrap() % most
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(u32::try_from(of.len()).unwrap()) as usize].clone()
    }

    fn tags(&mut self) -> Vec<String> {
        let of: [&[&str]; 5] = [&[], &["vip"], &["berlin", "vip"], &["vip", "vip"], &["x'y"]];
        self.one(&of).iter().map(|&tag| tag.to_owned()).collect()
    }

    /// Changes what numbers are counted by.
    fn change(&mut self, entry: &mut InventoryEntry) {
        let number = &mut entry.number;
        number.label = self.one(&[None, Some("Sales".to_owned())]);
        number.number_type = self.one(&[NumberType::Local, NumberType::Mobile]);
        number.country = self.one(&[
            None,
            Some("US".parse().unwrap()),
            Some("FR".parse().unwrap()),
        ]);
        number.voice = self.one(&[
            Routing::None,
            Routing::Trunk {
                id: "TK1".to_owned(),
            },
        ]);
        number.purchased_at = self.one(&[
            None,
            Some(super::draft::day(3)),
            Some(super::draft::day(60)),
        ]);
        let price = self.one(&[None, Some(("1.15", "USD")), Some(("0.004", "EUR"))]);
        let holding = &mut entry.inventory;
        holding.monthly_price =
            price.map(|(amount, currency)| Money::parse(amount, currency).unwrap());
        holding.price_source = match price {
            None => PriceSource::Unknown,
            Some(_) => self.one(&[PriceSource::Carrier, PriceSource::Config]),
        };
        holding.state = self.one(&HoldingState::ALL);
    }
}

/// What the entries themselves add up to.
fn added_up(entries: &[InventoryEntry], by: &[SummaryBy]) -> Vec<SummaryRow> {
    type Values = (Vec<Option<String>>, Option<&'static str>, String);
    let mut found: BTreeMap<Values, (SummaryRow, i64)> = BTreeMap::new();
    for entry in entries {
        let number = &entry.number;
        let mut tags: Vec<Option<String>> = number.tags.iter().cloned().map(Some).collect();
        tags.sort();
        tags.dedup();
        if tags.is_empty() || !by.contains(&SummaryBy::Tag) {
            tags = vec![None];
        }
        for tag in tags {
            let values = by.iter().map(|by| match by {
                SummaryBy::Account => Some(number.account.to_string()),
                SummaryBy::Country => number.country.map(|country| country.to_string()),
                SummaryBy::Type => Some(number.number_type.to_string()),
                SummaryBy::Tag => tag.clone(),
                SummaryBy::Provider => Some(number.provider.to_string()),
                SummaryBy::Month => number
                    .purchased_at
                    .map(|at| at.strftime("%Y-%m").to_string()),
            });
            let values: Vec<_> = values.collect();
            let price = entry.inventory.monthly_price;
            let source = entry.inventory.price_source;
            let currency = price.map(|price| price.currency.code());
            let row = SummaryRow {
                by: values.clone(),
                count: 0,
                monthly: price,
                source,
            };
            let at = found
                .entry((values, currency, format!("{source:?}")))
                .or_insert((row, 0));
            at.0.count += 1;
            at.1 += price.map_or(0, |price| price.micros());
        }
    }
    let rows = found
        .into_iter()
        .map(|((_, currency, _), (mut row, micros))| {
            let amount = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
            row.monthly = currency.map(|currency| Money::parse(&amount, currency).unwrap());
            row
        });
    rows.collect()
}

/// Holds the counts against the numbers of these accounts.
async fn compare(subject: &Subject, seen: &Inside, what: &str) {
    let with = |change: fn(&mut InventoryQuery)| {
        let mut query = everything();
        change(&mut query);
        query
    };
    let queries = [
        everything(),
        with(|query| query.holding = Some(HoldingState::Held)),
        with(|query| query.holding = Some(HoldingState::Gone)),
        with(|query| query.tag = Some("vip".to_owned())),
        with(|query| query.numbers.country = Some("US".parse().unwrap())),
        with(|query| {
            query.numbers.number_type = Some(NumberType::Mobile);
            query.unassigned = Some(true);
        }),
        with(|query| query.numbers.label = Some("Sales".to_owned())),
    ];
    for query in queries {
        let found = subject.store.inventory(seen, &query, None).await.unwrap();
        let found: Vec<_> = found.into_iter().map(|(entry, _)| entry).collect();
        let counted = subject.store.count_inventory(seen, &query).await.unwrap();
        assert_eq!(counted, found.len() as u64, "{what}: {query:?}");
        for by in [
            &[][..],
            &[SummaryBy::Tag],
            &[SummaryBy::Tag, SummaryBy::Account, SummaryBy::Country],
            &[SummaryBy::Month, SummaryBy::Type, SummaryBy::Provider],
        ] {
            let key = |row: &SummaryRow| {
                let currency = row.monthly.map(|price| price.currency.code());
                format!("{:?} {currency:?} {:?}", row.by, row.source)
            };
            let mut rows = subject.store.summarize(seen, &query, by).await.unwrap();
            let mut expected = added_up(&found, by);
            rows.sort_by_key(key);
            expected.sort_by_key(key);
            assert_eq!(rows, expected, "{what}: {by:?} {query:?}");
        }
    }
}

/// An account and whose it is, which change, while its identity stays.
fn accounts(choices: &mut Choices) -> Vec<Shelf> {
    let names = choices.one(&[["us-main", "emea"], ["emea", "us-main"], ["us-new", "emea"]]);
    let mut both = [shelf("AC1", names[0]), shelf("AC2", names[1])].to_vec();
    if choices.below(3) == 0 {
        both[1].tenant = "acme".parse().unwrap();
    }
    both
}

/// A reading that brings new numbers and changes others.
async fn read(subject: &Subject, shelf: &Shelf, choices: &mut Choices) {
    let reading = begin(subject, shelf).await;
    let mut rows = Vec::new();
    for index in 0..COUNT {
        let mut new = entry(shelf, index);
        choices.change(&mut new);
        let id = [new.number.provider_id.clone()];
        let known = subject.store.known_entries(&shelf.identity, &id).await;
        let known = known.unwrap().into_iter().next();
        if let Some((known, _)) = &known {
            new.number.tags.clone_from(&known.number.tags);
        }
        if choices.below(2) == 0 {
            rows.push(judged(new, known.map(|(_, version)| version)));
        }
    }
    // What our own work has just touched is left by it.
    subject.store.keep(&reading, &rows).await.unwrap();
    end(subject, &reading).await;
}

/// Our own work on a number.
async fn work(subject: &Subject, shelf: &Shelf, choices: &mut Choices) {
    let provider_id = format!("PN{:04}", choices.below(COUNT));
    if choices.below(2) == 0 {
        let note = Annotation {
            tags: choices.tags(),
            ..Annotation::default()
        };
        let id = NumberId::of(&shelf.account, &provider_id).unwrap();
        subject.store.annotate(&id, &note).await.unwrap();
        return;
    }
    let key = HoldingKey::new(&shelf.identity, &provider_id);
    let step = match choices.below(2) {
        0 => HoldingStep::Released(key),
        _ => HoldingStep::Returned(key, shelf.account.clone()),
    };
    let events = [DomainEvent::HoldingStep(&step)];
    subject.store.tell(&events).await.unwrap();
}

/// Readings, tags, releases, accounts with other names and tenants, and accounts that are forgotten: sums and counts are
/// those of the numbers that are there.
pub async fn counts_follow_every_change(subject: &Subject) {
    let mut choices = Choices(20_260_101);
    let mut shelves = vec![shelf("AC1", "us-main"), shelf("AC2", "emea")];
    subject.store.shelve(&shelves, LONG).await.unwrap();
    let mut seen = 0;
    for step in 0..STEPS {
        let at = shelves[choices.below(2) as usize].clone();
        match choices.below(8) {
            0 => {
                shelves = accounts(&mut choices);
                subject.store.shelve(&shelves, LONG).await.unwrap();
            }
            1 => {
                let forget_after = choices.one(&[std::time::Duration::ZERO, LONG]);
                let kept = &shelves[..1];
                subject.store.shelve(kept, forget_after).await.unwrap();
                subject.store.shelve(&shelves, LONG).await.unwrap();
            }
            2..5 => read(subject, &at, &mut choices).await,
            _ => work(subject, &at, &mut choices).await,
        }
        for tenant in ["default", "acme"] {
            for identities in [&["AC1", "AC2"][..], &["AC2"]] {
                let mut inside = inside(identities);
                inside.tenant = tenant.parse().unwrap();
                compare(subject, &inside, &format!("step {step}, {tenant}")).await;
            }
        }
        seen += all(subject, &["AC1", "AC2"]).await.len();
    }
    assert!(seen > STEPS as usize, "the inventory was empty: {seen}");
}

/// Changes that are made at once are all counted.
pub async fn counts_follow_changes_made_at_once(subject: &Subject) {
    let shelves = [shelf("AC1", "us-main"), shelf("AC2", "emea")];
    subject.store.shelve(&shelves, LONG).await.unwrap();
    for shelf in &shelves {
        let reading = begin(subject, shelf).await;
        let rows: Vec<_> = (0..COUNT)
            .map(|index| judged(entry(shelf, index), None))
            .collect();
        keep(subject, &reading, &rows).await;
        end(subject, &reading).await;
    }
    for round in 0..5 {
        at_once(subject, COUNT, move |subject, index| async move {
            let mut choices = Choices(u64::from(round * COUNT + index));
            let account = choices.one(&["us-main", "emea"]).parse().unwrap();
            let id = NumberId::of(&account, &format!("PN{index:04}")).unwrap();
            let note = Annotation {
                tags: choices.tags(),
                ..Annotation::default()
            };
            subject.store.annotate(&id, &note).await.unwrap();
        })
        .await;
        compare(subject, &inside(&["AC1", "AC2"]), &format!("round {round}")).await;
    }
}
