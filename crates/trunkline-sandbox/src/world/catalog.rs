//! Which numbers there are: blocks of numbers per country and type, each cut into one share per carrier, so that no
//! number can be in two stocks.
//!
//! In a share the digit after the block's prefix belongs to one carrier. In North America that digit starts the
//! exchange: 2 is Twilio's, 3 `SignalWire`'s, 4 Zendesk's, 5 Webex's, 6 Wazo's.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use super::places::{self, Place, town};
use super::stock::{AddressNeed, NumberKind, StockNumber};
use crate::provider::ProviderKind;

#[derive(Debug)]
pub(crate) struct Country {
    /// ISO 3166-1 alpha-2.
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    /// Without the plus sign.
    pub(crate) calling_code: &'static str,
}

pub(crate) const COUNTRIES: &[Country] = &[
    country("AT", "Austria", "43"),
    country("AU", "Australia", "61"),
    country("BE", "Belgium", "32"),
    country("CA", "Canada", "1"),
    country("CH", "Switzerland", "41"),
    country("DE", "Germany", "49"),
    country("ES", "Spain", "34"),
    country("FR", "France", "33"),
    country("GB", "United Kingdom", "44"),
    country("IE", "Ireland", "353"),
    country("IT", "Italy", "39"),
    country("NL", "Netherlands", "31"),
    country("PL", "Poland", "48"),
    country("PT", "Portugal", "351"),
    country("SE", "Sweden", "46"),
    country("US", "United States", "1"),
];

const fn country(code: &'static str, name: &'static str, calling_code: &'static str) -> Country {
    Country {
        code,
        name,
        calling_code,
    }
}

pub(crate) fn find_country(code: &str) -> Option<&'static Country> {
    COUNTRIES.iter().find(|country| country.code == code)
}

/// A run of numbers that share country, type, prefix and rules.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// ISO 3166-1 alpha-2.
    pub(crate) country: &'static str,
    pub(crate) kind: NumberKind,
    /// The digits after the calling code that all its numbers begin with: an area code.
    area: Cow<'static, str>,
    /// The digit of each carrier, in the order of [`ProviderKind::ALL`].
    leads: &'static str,
    /// How many digits follow the carrier's.
    width: u32,
    places: &'static [Place],
    address: AddressNeed,
    bundle: bool,
    beta: bool,
    /// The monthly price in US cents.
    pub(crate) cents: u32,
    /// How many are on sale at first.
    pub(crate) seeded: usize,
}

/// Makes the same block with another value of a field, for the table.
macro_rules! setters {
    ($($field:ident: $type:ty,)*) => {
        impl Block {
            $(const fn $field(mut self, $field: $type) -> Self {
                self.$field = $field;
                self
            })*
        }
    };
}

setters! {
    leads: &'static str,
    width: u32,
    places: &'static [Place],
    address: AddressNeed,
    bundle: bool,
    beta: bool,
    cents: u32,
    seeded: usize,
}

/// North America leaves N11 exchanges to services and 555 to films.
const RESERVED_EXCHANGES: [u32; 2] = [11, 55];

impl Block {
    const fn new(country: &'static str, kind: NumberKind, area: &'static str) -> Self {
        Self {
            country,
            kind,
            area: Cow::Borrowed(area),
            leads: "23456789",
            width: 6,
            places: &[],
            address: AddressNeed::None,
            bundle: false,
            beta: false,
            cents: 115,
            seeded: 60,
        }
    }

    /// A block of local numbers in an area code that no block of the table has.
    pub(crate) fn north_american(area: String) -> Self {
        Self {
            area: Cow::Owned(area),
            ..Self::new("US", NumberKind::Local, "")
        }
    }

    pub(crate) fn area(&self) -> &str {
        &self.area
    }

    /// What all numbers of one carrier's share begin with, in E.164 form.
    pub(crate) fn prefix(&self, carrier: ProviderKind) -> String {
        let calling_code = find_country(self.country).map_or("", |country| country.calling_code);
        let at = usize::from(carrier.index());
        let lead = self.leads.get(at..=at).unwrap_or_default();
        format!("+{calling_code}{}{lead}", self.area)
    }

    pub(crate) fn centre(&self) -> Option<&'static Place> {
        self.places.first()
    }

    /// How many numbers one carrier's share has.
    pub(crate) fn capacity(&self) -> u32 {
        let all = 10_u32.pow(self.width);
        if self.is_north_american() {
            all - 20_000
        } else {
            all
        }
    }

    fn is_north_american(&self) -> bool {
        matches!(self.country, "US" | "CA")
    }

    /// The `index`th number of a carrier's share, below [`Block::capacity`].
    pub(crate) fn number(&self, carrier: ProviderKind, index: u32) -> StockNumber {
        let subscriber = self.subscriber(index);
        let width = usize::try_from(self.width).unwrap_or_default();
        let place = usize::try_from(index)
            .ok()
            .and_then(|i| self.places.get(i.checked_rem(self.places.len())?));
        StockNumber {
            number: format!("{}{subscriber:0width$}", self.prefix(carrier)),
            country: self.country,
            kind: self.kind,
            place,
            address: self.address,
            bundle: self.bundle,
            beta: self.beta,
            cents: self.cents,
            row: OnceLock::new(),
        }
    }

    /// Spreads neighbouring indices over the lines of an exchange, as real stock is spread.
    fn subscriber(&self, index: u32) -> u32 {
        let lines = 10_000.min(10_u32.pow(self.width));
        let (group, line) = (index / lines, index % lines);
        // 7919 is prime to every power of ten, so that this is a permutation.
        let line = (line * 7_919 + 137) % lines;
        let mut group = group;
        if self.is_north_american() {
            for reserved in RESERVED_EXCHANGES {
                if group >= reserved {
                    group += 1;
                }
            }
        }
        group * lines + line
    }
}

/// The blocks that have stock at the start.
pub(crate) const BLOCKS: &[Block] = {
    use AddressNeed::{Any, Foreign, Local as Nearby};
    use NumberKind::{Local, Mobile, National, SharedCost, TollFree, Voip};
    &[
        Block::new("US", Local, "415")
            .places(places::SAN_FRANCISCO)
            .seeded(120),
        Block::new("US", Local, "510")
            .places(places::OAKLAND)
            .seeded(120),
        Block::new("US", Local, "212")
            .places(places::NEW_YORK)
            .seeded(120),
        Block::new("US", TollFree, "833").cents(215),
        Block::new("US", TollFree, "888").cents(215),
        Block::new("CA", Local, "416").places(places::TORONTO),
        Block::new("CA", Local, "604").places(places::VANCOUVER),
        Block::new("GB", Local, "203").places(&[town("London", 51.5074, -0.1278)]),
        Block::new("GB", Local, "161").places(&[town("Manchester", 53.4808, -2.2426)]),
        Block::new("GB", Mobile, "74").width(7).bundle(true),
        Block::new("GB", TollFree, "800").cents(250),
        Block::new("GB", National, "330").leads("12345"),
        Block::new("GB", SharedCost, "843").cents(200),
        Block::new("DE", Local, "30")
            .width(7)
            .places(&[town("Berlin", 52.52, 13.405)])
            .address(Nearby),
        Block::new("DE", Local, "89")
            .width(7)
            .places(&[town("Munich", 48.1351, 11.582)])
            .address(Nearby),
        Block::new("DE", National, "32").width(8).address(Nearby),
        Block::new("FR", Local, "1")
            .width(7)
            .places(&[town("Paris", 48.8566, 2.3522)])
            .address(Any)
            .leads("45783"),
        Block::new("FR", Voip, "9").width(7).address(Any),
        Block::new("AU", Local, "29")
            .places(&[town("Sydney", -33.8688, 151.2093)])
            .cents(300),
        Block::new("AU", Mobile, "41").address(Any).cents(650),
        Block::new("NL", Local, "20")
            .places(&[town("Amsterdam", 52.3676, 4.9041)])
            .address(Nearby),
        Block::new("SE", Local, "8").places(&[town("Stockholm", 59.3293, 18.0686)]),
        Block::new("SE", Mobile, "73").cents(300),
        Block::new("PL", Local, "22").places(&[town("Warsaw", 52.2297, 21.0122)]),
        Block::new("PL", Mobile, "51").cents(300),
        Block::new("ES", Local, "91").places(&[town("Madrid", 40.4168, -3.7038)]),
        Block::new("IT", Local, "06").places(&[town("Rome", 41.9028, 12.4964)]),
        Block::new("IE", Local, "1").places(&[town("Dublin", 53.3498, -6.2603)]),
        Block::new("BE", Local, "2")
            .places(&[town("Brussels", 50.8503, 4.3517)])
            .address(Foreign),
        Block::new("AT", Local, "1").places(&[town("Vienna", 48.2082, 16.3738)]),
        Block::new("CH", Local, "44").places(&[town("Zurich", 47.3769, 8.5417)]),
        Block::new("PT", Local, "21")
            .places(&[town("Lisbon", 38.7223, -9.1393)])
            .beta(true),
    ]
};

/// Everything a carrier has on sale at the start.
pub(crate) fn seeded(carrier: ProviderKind) -> impl Iterator<Item = Arc<StockNumber>> {
    static SEEDED: [OnceLock<Vec<Arc<StockNumber>>>; ProviderKind::ALL.len()] =
        [const { OnceLock::new() }; ProviderKind::ALL.len()];
    let numbers = || {
        BLOCKS.iter().flat_map(move |block| {
            let count = u32::try_from(block.seeded).unwrap_or_default();
            (0..count).map(move |index| Arc::new(block.number(carrier, index)))
        })
    };
    let seeded = &SEEDED[usize::from(carrier.index())];
    seeded.get_or_init(|| numbers().collect()).iter().cloned()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};

    use rlibphonenumber::PHONE_NUMBER_UTIL;

    use super::*;

    #[test]
    fn every_number_on_sale_is_valid() {
        for carrier in ProviderKind::ALL {
            for number in seeded(carrier) {
                let parsed = PHONE_NUMBER_UTIL.parse(&number.number, None).unwrap();
                assert!(
                    PHONE_NUMBER_UTIL.is_valid_number(&parsed),
                    "{} {}",
                    number.country,
                    number.number
                );
            }
        }
    }

    #[test]
    fn no_number_is_in_two_stocks() {
        let mut seen = HashSet::new();
        for number in ProviderKind::ALL.into_iter().flat_map(seeded) {
            assert!(seen.insert(number.number.clone()), "{}", number.number);
        }
    }

    #[test]
    fn there_are_forty_local_numbers_in_every_place_promised() {
        let mut counts = BTreeMap::<&str, usize>::new();
        for number in seeded(ProviderKind::Twilio) {
            if number.kind == NumberKind::Local {
                *counts.entry(number.country).or_default() += 1;
            }
        }
        assert!(counts.len() >= 13, "{counts:?}");
        assert!(counts.values().all(|count| *count >= 40), "{counts:?}");
        for area in ["+1415", "+1510", "+1212"] {
            assert!(
                seeded(ProviderKind::Twilio)
                    .filter(|number| number.number.starts_with(area))
                    .count()
                    >= 40
            );
        }
        assert!(
            !ProviderKind::ALL
                .into_iter()
                .flat_map(seeded)
                .any(|number| number.number.starts_with("+1533"))
        );
    }

    #[test]
    fn a_share_never_repeats_a_number() {
        let block = Block::north_american("303".to_owned());
        let numbers: HashSet<_> = (0..120_000)
            .map(|i| block.number(ProviderKind::Webex, i).number)
            .collect();
        assert_eq!(numbers.len(), 120_000);
        assert!(!numbers.iter().any(|number| number.starts_with("+1303511")));
        assert!(
            block
                .number(ProviderKind::Wazo, block.capacity() - 1)
                .number
                .starts_with("+1303699")
        );
    }
}
