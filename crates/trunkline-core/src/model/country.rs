//! Countries.

use std::fmt;
use std::str::FromStr;

use rlibphonenumber::PHONE_NUMBER_UTIL;
use rlibphonenumber::enums::Region;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::NumberType;

/// A country by its ISO 3166-1 alpha-2 code, upper case. Only countries with a numbering plan exist.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CountryCode(pub(super) [u8; 2]);

impl CountryCode {
    /// The United States.
    pub const US: Self = Self(*b"US");
    /// Canada.
    pub const CA: Self = Self(*b"CA");
    /// Great Britain.
    pub const GB: Self = Self(*b"GB");

    /// The code, for example `US`.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The country calling code, for example 44 for `GB`.
    pub fn calling_code(self) -> i32 {
        let region = Region::from_str(self.as_str()).ok();
        region
            .and_then(|region| PHONE_NUMBER_UTIL.get_country_code_for_region(region))
            .unwrap_or_default()
    }

    pub(crate) fn of_region(region: Region) -> Option<Self> {
        region.to_string().parse().ok()
    }
}

/// A country in which an account can buy numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CountryOnSale {
    /// The country.
    pub country: CountryCode,
    /// Its name in English, if the carrier says it.
    pub name: Option<String>,
    /// The types of number on sale there.
    pub number_types: Vec<NumberType>,
}

impl FromStr for CountryCode {
    type Err = Error;

    /// Reads a code in either case.
    fn from_str(text: &str) -> Result<Self> {
        // What people write, and ISO gave another code.
        if text.eq_ignore_ascii_case("UK") {
            return Err(Error::invalid(
                "country",
                "the code of the United Kingdom is GB",
            ));
        }
        let unknown = || {
            let message = "two letters as in ISO 3166-1 are wanted, such as US or GB, of a country with telephone numbers";
            Error::invalid("country", message)
        };
        let bytes: [u8; 2] = text.as_bytes().try_into().map_err(|_| unknown())?;
        let code = Self(bytes.map(|b| b.to_ascii_uppercase()));
        if !code.0.iter().all(u8::is_ascii_uppercase) {
            return Err(unknown());
        }
        let region = Region::from_str(code.as_str()).map_err(|_| unknown())?;
        PHONE_NUMBER_UTIL
            .get_country_code_for_region(region)
            .map(|_| code)
            .ok_or_else(unknown)
    }
}

impl TryFrom<String> for CountryCode {
    type Error = Error;
    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<CountryCode> for String {
    fn from(code: CountryCode) -> Self {
        code.as_str().to_owned()
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_in_either_case() {
        assert_eq!("us".parse::<CountryCode>().unwrap(), CountryCode::US);
        assert_eq!(CountryCode::GB.calling_code(), 44);
    }

    #[test]
    fn unknown_country_is_rejected_naming_the_field() {
        for text in ["XX", "USA", "", "1A", "\u{e9}", "ZZ", "001"] {
            let error = text.parse::<CountryCode>().unwrap_err();
            assert_eq!(error.fields()[0].field, "country", "{text:?}");
        }
    }
}
