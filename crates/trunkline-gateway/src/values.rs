//! Reading values that are sent as text.

use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, Error as _};
use trunkline_core::{E164, Error, Features, Result, plain};

/// Longest time limit of a list or search, in milliseconds.
const TIMEOUT_MAX: u64 = 60_000;

/// A comma-separated list; blanks around items are ignored. An empty one is refused: it would look like no filter.
pub(crate) fn list(field: &str, text: Option<&str>) -> Result<Vec<String>> {
    let Some(text) = text else {
        return Ok(Vec::new());
    };
    let items = text.split(',').map(str::trim);
    let items: Vec<String> = items
        .filter(|item| !item.is_empty())
        .map(ToOwned::to_owned)
        .collect();
    if items.is_empty() {
        return Err(Error::invalid(field, EMPTY));
    }
    Ok(items)
}

/// The error for an unknown account, named by the field that lists accounts.
pub(crate) fn no_such_account(error: Error) -> Error {
    error.with_field_renamed("account", "accounts")
}

/// A text to filter by. An empty one is refused: carriers treat it as no filter.
pub(crate) fn word(field: &str, text: Option<String>) -> Result<Option<String>> {
    if let Some(text) = &text {
        if text.trim().is_empty() {
            return Err(Error::invalid(field, EMPTY));
        }
        plain(field, text)?;
    }
    Ok(text)
}

const EMPTY: &str = "empty: give a value, or leave it out";

/// A value whose plus sign may have become a blank in a URL.
pub(crate) fn with_plus(text: &str) -> String {
    text.strip_prefix(' ')
        .map_or_else(|| text.to_owned(), |rest| format!("+{rest}"))
}

/// A number to filter by: E.164, or as a carrier keeps it.
pub(crate) fn number(text: Option<String>) -> Result<Option<String>> {
    let number = word("number", text.map(|text| with_plus(&text)))?;
    if let Some(text) = number.as_ref().filter(|text| text.starts_with('+')) {
        parse::<E164>("number", text)?;
    }
    Ok(number)
}

/// `voice,sms` and so on.
pub(crate) fn features(text: Option<&str>) -> Result<Features> {
    let mut features = Features::default();
    for item in list("features", text)? {
        match item.to_ascii_lowercase().as_str() {
            "voice" => features.voice = true,
            "sms" => features.sms = true,
            "mms" => features.mms = true,
            "fax" => features.fax = true,
            "emergency" => features.emergency = true,
            _ => {
                return Err(Error::invalid(
                    "features",
                    "of voice, sms, mms, fax and emergency, separated by commas",
                ));
            }
        }
    }
    Ok(features)
}

/// A page size.
pub(crate) fn limit(given: Option<usize>, default: usize) -> Result<usize> {
    match given.unwrap_or(default) {
        limit @ 1..=100 => Ok(limit),
        _ => Err(Error::invalid("limit", "1 to 100")),
    }
}

/// A time limit in milliseconds; default 5 s.
pub(crate) fn timeout(given: Option<u64>) -> Result<Duration> {
    match given.unwrap_or(5_000) {
        ms @ 1..=TIMEOUT_MAX => Ok(Duration::from_millis(ms)),
        _ => Err(Error::invalid("timeout_ms", "1 to 60000")),
    }
}

/// A value that must be one of a known set, in any case.
pub(crate) fn one_of<T: Clone>(field: &str, text: &str, known: &[(&str, T)]) -> Result<T> {
    find(text, known).map_err(|names| Error::invalid(field, names))
}

/// The same for a value that is being deserialized.
pub(crate) fn one_of_set<'de, T: Clone, D: Deserializer<'de>>(
    deserializer: D,
    known: &[(&str, T)],
) -> std::result::Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    find(&text, known).map_err(D::Error::custom)
}

/// The member of this name, or the known names.
fn find<T: Clone>(text: &str, known: &[(&str, T)]) -> std::result::Result<T, String> {
    let mut all = known.iter();
    let found = all.find(|(name, _)| name.eq_ignore_ascii_case(text));
    found.map(|(_, value)| value.clone()).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        format!("one of {}", names.join(", "))
    })
}

/// A parsed value under the field's own name.
pub(crate) fn parse<T: FromStr<Err = Error>>(field: &str, text: &str) -> Result<T> {
    text.parse().map_err(|error: Error| match error.fields() {
        [only] => Error::invalid(field, only.message.clone()),
        _ => error,
    })
}

/// Reads a time, or says what a time looks like.
///
/// # Errors
/// The value is no time with a date, a time of day and an offset.
pub(crate) fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    let read = text.map(|text| text.parse());
    read.transpose()
        .map_err(|_: jiff::Error| D::Error::custom("a time such as 2026-12-01T09:30:00Z is needed"))
}
