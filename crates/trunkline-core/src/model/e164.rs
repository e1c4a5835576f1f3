//! Numbers in E.164 form.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};
use crate::model::{CountryCode, Description, plan};

const MAX: usize = 16;

/// A telephone number in E.164 form: `+`, then 2 to 15 digits, the first not zero. Example: `+14155550100`.
///
/// It is kept in place, so copying one costs nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct E164 {
    text: [u8; MAX],
    len: u8,
}

impl E164 {
    /// The text with its plus sign.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text[..usize::from(self.len)]).unwrap_or_default()
    }

    /// The digits without the plus sign.
    pub fn digits(&self) -> &str {
        self.as_str().get(1..).unwrap_or_default()
    }

    /// Country, type and national format, from libphonenumber's metadata.
    pub fn describe(&self) -> Description {
        plan::describe(self.as_str())
    }

    /// The country, if the number belongs to one.
    pub fn country(&self) -> Option<CountryCode> {
        self.describe().country
    }

    /// The number without its country calling code; all digits if the code is not known.
    pub fn national_digits(&self) -> Cow<'_, str> {
        if let Some(national) = plan::north_american(self.as_str()) {
            return national.into();
        }
        match plan::parse(self.as_str()) {
            Some(number) => number.get_national_significant_number().into(),
            None => self.digits().into(),
        }
    }

    /// The number for logs: all but the country and the last two digits hidden.
    pub fn masked(&self) -> String {
        let text = self.as_str();
        let shown = 3.min(text.len());
        let tail = text.len().saturating_sub(2).max(shown);
        format!(
            "{}{}{}",
            &text[..shown],
            "*".repeat(tail - shown),
            &text[tail..]
        )
    }
}

/// Whether two texts are the same number: their digits are. Texts too short for a number must be equal.
#[must_use]
pub fn is_same_number(one: &str, other: &str) -> bool {
    const SHORTEST: usize = 7;
    if one == other {
        return true;
    }
    let is_plain = |text: &str| {
        let mut signs = text.bytes();
        signs.all(|b| b.is_ascii_digit() || b" +-./()".contains(&b))
    };
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).collect::<Vec<_>>();
    let (first, second) = (digits(one), digits(other));
    is_plain(one) && is_plain(other) && first.len() >= SHORTEST && first == second
}

impl FromStr for E164 {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let digits = text.strip_prefix('+').unwrap_or_default();
        let valid = (2..MAX).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|b| b.is_ascii_digit());
        if !valid {
            return Err(Error::invalid(
                "number",
                "not an E.164 number: + and 2 to 15 digits, such as +14155550100",
            ));
        }
        let mut bytes = [0; MAX];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Ok(Self {
            text: bytes,
            len: u8::try_from(text.len()).unwrap_or_default(),
        })
    }
}

impl fmt::Display for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for E164 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for E164 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = E164;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an E.164 number such as +14155550100")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<E164, E> {
                text.parse()
                    .map_err(|error: Error| E::custom(error.message()))
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::NumberType;

    #[test]
    fn the_digits_tell_whether_two_texts_are_one_number() {
        for other in [
            "+14155550100",
            "14155550100",
            "+1 (415) 555-0100",
            "1.415.555.0100",
        ] {
            assert!(is_same_number("+14155550100", other), "{other}");
        }
        for (one, other) in [
            ("+14155550100", "4155550100"),
            ("+14155550100", "+14155550101"),
            ("100", "+100"),
            ("sip:14155550100", "14155550100"),
            ("", "+"),
        ] {
            assert!(!is_same_number(one, other), "{one} {other}");
        }
        assert!(is_same_number("100", "100"));
    }

    #[test]
    fn only_a_plus_and_digits_make_a_number() {
        for text in [
            "14155550100",
            "+0155",
            "+1",
            "+1415555010a",
            "",
            "+",
            "+1234567890123456",
            "+1415 5550100",
            "+１４",
            "(415) 555-1212",
            "415-555-1212",
        ] {
            assert!(text.parse::<E164>().is_err(), "{text:?}");
        }
        assert_eq!(
            "+123456789012345".parse::<E164>().unwrap().as_str(),
            "+123456789012345"
        );
    }

    #[test]
    fn the_numbering_plan_gives_country_type_and_format() {
        let describe = |text: &str| text.parse::<E164>().unwrap().describe();
        let us = describe("+14155552671");
        assert_eq!(
            (us.country, us.number_type, us.display.as_str()),
            (Some(CountryCode::US), NumberType::Local, "(415) 555-2671")
        );
        let toll_free = describe("+18002530000");
        assert_eq!(toll_free.number_type, NumberType::TollFree);
        let mobile = describe("+447400123456");
        assert_eq!(
            (mobile.country, mobile.number_type),
            (Some(CountryCode::GB), NumberType::Mobile)
        );
        assert_eq!(mobile.display, "07400 123456");
        assert_eq!(
            describe("+441632960890").country,
            Some(CountryCode::GB),
            "reserved for fiction"
        );
    }

    #[test]
    fn number_outside_every_plan_is_shown_unformatted() {
        let odd = "+999123".parse::<E164>().unwrap().describe();
        assert_eq!((odd.country, odd.display.as_str()), (None, "+999123"));
    }

    #[test]
    fn logs_see_only_the_ends() {
        assert_eq!(
            "+14155550100".parse::<E164>().unwrap().masked(),
            "+14*******00"
        );
        assert_eq!("+12".parse::<E164>().unwrap().masked(), "+12");
    }
}
