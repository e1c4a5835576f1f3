//! Wazo's documents, in its own words.

mod scalar;

use secrecy::SecretString;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use trunkline_http::Unnamed;

pub(crate) use scalar::{Count, Flag, Text};

/// An entry of the directory.
#[derive(Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub(crate) struct PhoneNumber<'a> {
    #[serde(borrow)]
    pub(crate) uuid: Text<'a>,
    #[serde(borrow)]
    pub(crate) tenant_uuid: Text<'a>,
    #[serde(borrow)]
    pub(crate) number: Text<'a>,
    #[serde(borrow)]
    pub(crate) caller_id_name: Text<'a>,
    pub(crate) main: Flag,
    pub(crate) shared: Flag,
    /// Where the stack thinks that the entry can be found, built from whatever host name it saw: never followed.
    #[serde(borrow)]
    pub(crate) links: Option<&'a RawValue>,
    /// What it says beyond that.
    #[serde(skip)]
    pub(crate) rest: Unnamed<'a>,
}

impl<'de: 'a, 'a> Deserialize<'de> for PhoneNumber<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const NAMED: [&str; 7] = [
            "uuid",
            "tenant_uuid",
            "number",
            "caller_id_name",
            "main",
            "shared",
            "links",
        ];
        let whole = <&'de RawValue>::deserialize(deserializer)?;
        let mut reader = serde_json::Deserializer::from_str(whole.get());
        // The derived reader, not this one again.
        let row = Self::deserialize(&mut reader).map_err(D::Error::custom)?;
        Ok(Self {
            rest: Unnamed::of(whole, &NAMED),
            ..row
        })
    }
}

/// What a user may show. `anonymous` has no number.
#[derive(Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub(crate) struct UserCallerId<'a> {
    #[serde(borrow, rename = "type")]
    pub(crate) kind: Text<'a>,
    #[serde(borrow)]
    pub(crate) number: Text<'a>,
    #[serde(borrow)]
    pub(crate) caller_id_name: Text<'a>,
    /// What it says beyond that.
    #[serde(skip)]
    pub(crate) rest: Unnamed<'a>,
}

impl<'de: 'a, 'a> Deserialize<'de> for UserCallerId<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let whole = <&'de RawValue>::deserialize(deserializer)?;
        let mut reader = serde_json::Deserializer::from_str(whole.get());
        let row = Self::deserialize(&mut reader).map_err(D::Error::custom)?;
        Ok(Self {
            rest: Unnamed::of(whole, &["type", "number", "caller_id_name"]),
            ..row
        })
    }
}

/// Part of a list. `total` counts what fits the filters, whatever part was asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct Page<T> {
    #[serde(default)]
    pub(crate) total: Count,
    pub(crate) items: Vec<T>,
}

/// A token.
#[derive(Deserialize)]
pub(crate) struct Issued {
    pub(crate) data: Token,
}

/// The token itself, and when it begins and ends in UTC.
#[derive(Deserialize)]
pub(crate) struct Token {
    pub(crate) token: SecretString,
    #[serde(default)]
    pub(crate) utc_issued_at: Option<String>,
    #[serde(default)]
    pub(crate) utc_expires_at: Option<String>,
}
