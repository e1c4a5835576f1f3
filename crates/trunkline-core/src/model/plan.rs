//! What the numbering plans say of a number: libphonenumber's metadata, and what it has said before.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use rlibphonenumber::enums::{PhoneNumberFormat, PhoneNumberType};
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber};

use crate::model::{CountryCode, NumberType};

/// What the numbering plan says about a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// Country, if the number belongs to one.
    pub country: Option<CountryCode>,
    /// Type, `Other("unknown")` if the plan does not tell.
    pub number_type: NumberType,
    /// The number as people in its country write it.
    pub display: String,
}

/// What is known of the North American numbers that begin with the same six digits, from 200000 on: country and type, and
/// of which seventh digits. Nearly everywhere six digits decide, and nowhere more than seven. At most 3.2 MB, 4 KB for each
/// area code.
static NORTH_AMERICAN: [AtomicU32; 800_000] = [const { AtomicU32::new(0) }; 800_000];

/// The smallest six digits that a North American number begins with.
const SMALLEST: usize = 200_000;

/// Descriptions of other numbers, of those that were asked for lately.
static OTHERS: LazyLock<Mutex<HashMap<String, Description>>> = LazyLock::new(Mutex::default);

/// Most descriptions kept, about 2 MB; then all are dropped.
const MOST: usize = 10_000;

/// Describes a number in E.164 form.
pub(super) fn describe(number: &str) -> Description {
    if let Some(national) = north_american(number) {
        let (country, number_type) = country_and_type(number, national);
        let (area, line) = national.split_at(3);
        let (exchange, line) = line.split_at(3);
        return Description {
            country,
            number_type,
            display: format!("({area}) {exchange}-{line}"),
        };
    }
    if let Some(known) = others().get(number) {
        return known.clone();
    }
    let found = asked(number);
    let mut others = others();
    if others.len() >= MOST {
        others.clear();
    }
    others.insert(number.to_owned(), found.clone());
    found
}

/// The country that the North American plan has given an area code to, as far as it is known.
pub(super) fn country_of_area_code(code: &str) -> Option<CountryCode> {
    // Seven digits that are a number in every area.
    let found = describe(&format!("+1{code}2345678"));
    // What no country has is described as one of the main country's.
    let is_given_out = found.country != Some(CountryCode::US) || found.number_type != unknown();
    found.country.filter(|_| is_given_out)
}

fn others() -> MutexGuard<'static, HashMap<String, Description>> {
    OTHERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The ten digits behind `+1`, if they may be a number of the North American plan: none begins with 0 or 1.
pub(super) fn north_american(number: &str) -> Option<&str> {
    let national = number.strip_prefix("+1")?;
    (national.len() == 10 && national.as_bytes()[0] >= b'2').then_some(national)
}

fn country_and_type(number: &str, national: &str) -> (Option<CountryCode>, NumberType) {
    let first: usize = national[..6].parse().unwrap_or_default();
    let kept = first.checked_sub(SMALLEST);
    let kept = kept.and_then(|place| NORTH_AMERICAN.get(place));
    let seventh = 1 << (national.as_bytes()[6] - b'0');
    let known = kept.map_or(0, |kept| kept.load(Ordering::Relaxed));
    if known & seventh != 0 {
        return unpack(known);
    }
    let parsed = parse(number);
    let country = parsed.as_ref().and_then(country_of);
    let number_type = type_of(parsed.as_ref());
    if let Some((kept, country)) = kept.zip(country) {
        let found = pack(country, &number_type);
        // What differs from its neighbours is asked for each time.
        if known == 0 || known & !SEVENTH == found {
            kept.store(known | found | seventh, Ordering::Relaxed);
        }
    }
    (country, number_type)
}

/// The bits of the seventh digits, one for each.
const SEVENTH: u32 = (1 << 10) - 1;

/// The letters of a country in five bits each, and the place of a type among those known in four, above the seventh digits.
fn pack(country: CountryCode, number_type: &NumberType) -> u32 {
    let mut known = NumberType::KNOWN.iter();
    let place = known.position(|known| known == number_type);
    let place = place.and_then(|place| u32::try_from(place).ok());
    let [first, second] = country.0.map(|letter| u32::from(letter - b'A'));
    ((first << 5 | second) << 4 | place.unwrap_or(15)) << 10
}

fn unpack(packed: u32) -> (Option<CountryCode>, NumberType) {
    let bits = |from: u32, most: u32| u8::try_from(packed >> from & most).unwrap_or_default();
    let country = CountryCode([bits(19, 31), bits(14, 31)].map(|letter| b'A' + letter));
    let known = NumberType::KNOWN.get(usize::from(bits(10, 15)));
    (Some(country), known.cloned().unwrap_or_else(unknown))
}

/// What libphonenumber says.
fn asked(number: &str) -> Description {
    let parsed = parse(number);
    let parsed = parsed.as_ref();
    let national = parsed.map(|parsed| parsed.format_as(PhoneNumberFormat::National).into_owned());
    Description {
        country: parsed.and_then(country_of),
        number_type: type_of(parsed),
        display: national.unwrap_or_else(|| number.to_owned()),
    }
}

pub(super) fn parse(number: &str) -> Option<PhoneNumber> {
    PHONE_NUMBER_UTIL.parse(number, None).ok()
}

/// A number that no plan knows, for example one reserved for fiction, belongs to the main country of its calling code.
fn country_of(number: &PhoneNumber) -> Option<CountryCode> {
    let of_code = || PHONE_NUMBER_UTIL.get_region_for_country_code(number.country_code);
    number
        .get_region_code()
        .or_else(of_code)
        .and_then(CountryCode::of_region)
}

/// Unknown is what numbers reserved for fiction are; `FixedLineOrMobile` is what every +1 number is.
fn type_of(number: Option<&PhoneNumber>) -> NumberType {
    match number.map(PhoneNumber::get_type) {
        Some(PhoneNumberType::FixedLine | PhoneNumberType::FixedLineOrMobile) => NumberType::Local,
        Some(PhoneNumberType::Mobile) => NumberType::Mobile,
        Some(PhoneNumberType::TollFree) => NumberType::TollFree,
        Some(PhoneNumberType::SharedCost) => NumberType::SharedCost,
        Some(PhoneNumberType::VoIP) => NumberType::Voip,
        Some(PhoneNumberType::UAN) => NumberType::National,
        _ => unknown(),
    }
}

fn unknown() -> NumberType {
    NumberType::Other("unknown".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Digits that look random and are the same in each run.
    fn digits(seed: &mut u64, count: usize) -> String {
        let digit = |_| {
            *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(b'0' + u8::try_from((*seed >> 33) % 10).unwrap())
        };
        (0..count).map(digit).collect()
    }

    /// Compares a number with what libphonenumber says of it, before and after it is kept.
    fn check(number: &str) {
        let wanted = asked(number);
        assert_eq!(describe(number), wanted, "{number}");
        assert_eq!(describe(number), wanted, "{number}, as kept");
    }

    #[test]
    fn north_american_numbers_are_described_as_libphonenumber_does() {
        let mut seed = 1;
        for area in 100..1000 {
            for _ in 0..8 {
                let exchange = digits(&mut seed, 3);
                // Of the same six digits, so that the second is described as the first was.
                for _ in 0..2 {
                    let line = digits(&mut seed, 4);
                    check(&format!("+1{area}{exchange}{line}"));
                }
            }
        }
        for odd in [
            "+1",
            "+1415",
            "+1415555267",
            "+141555526710",
            "+10000000000",
        ] {
            check(odd);
        }
    }

    #[test]
    fn numbers_of_all_countries_are_described_as_libphonenumber_does() {
        let mut seed = 2;
        for code in (2..1000).filter(|code| code % 7 != 1) {
            for length in 6..12 {
                check(&format!("+{code}{}", digits(&mut seed, length)));
            }
        }
    }

    #[test]
    fn an_area_code_belongs_to_one_country_of_those_with_one_calling_code() {
        for (code, country) in [
            ("787", Some("PR")),
            ("416", Some("CA")),
            ("415", Some("US")),
            ("876", Some("JM")),
            ("555", None),
            ("41", None),
        ] {
            let found = country_of_area_code(code);
            assert_eq!(found.as_ref().map(CountryCode::as_str), country, "{code}");
        }
    }

    #[test]
    fn kept_descriptions_are_bounded() {
        for n in 0..=MOST {
            describe(&format!("+999{n:07}"));
        }
        assert!(others().len() <= MOST);
    }
}
