//! From text to the values of arguments.

use std::convert::Infallible;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use serde::Serialize;
use serde_json::Value;
use trunkline_core::host;

/// A flag in the environment: set unless it is empty or `false`, which is the value of an absent flag.
pub(crate) fn is_set(text: &str) -> Result<bool, Infallible> {
    Ok(!text.is_empty() && text != "false")
}

/// A count of 1 or more.
pub(crate) fn at_least_one(text: &str) -> Result<usize, String> {
    let count = text.parse().ok().filter(|n| *n > 0);
    count.ok_or_else(|| "expected a number of 1 or more".to_owned())
}

/// A unit of time and its milliseconds.
type Unit = (&'static str, u64);

/// A whole number of units.
fn units(text: &str, known: &[Unit], wrong: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = known
        .iter()
        .find(|(unit, _)| *unit == &text[digits.len()..]);
    let number: Option<u64> = digits.parse().ok();
    let (number, (_, millis)) = number.zip(unit).ok_or_else(|| wrong.to_owned())?;
    let time = number.checked_mul(*millis).map(Duration::from_millis);
    time.ok_or_else(|| "the time is too long".to_owned())
}

/// `5`, `5s`, `500ms` or `2m`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    const KNOWN: [Unit; 4] = [("ms", 1), ("", 1_000), ("s", 1_000), ("m", 60_000)];
    units(text, &KNOWN, "expected a time such as 5s, 500ms or 2m")
}

/// Whole seconds, at most `MAX`, or a time as of [`duration`].
pub(crate) fn seconds<const MAX: u64>(text: &str) -> Result<u64, String> {
    let time = duration(text)?;
    match time.as_secs() {
        seconds if time.subsec_nanos() == 0 && seconds <= MAX => Ok(seconds),
        _ => Err(format!("expected whole seconds, at most {MAX}")),
    }
}

/// `45s`, `30m`, `12h`, `90d` or `2w`.
pub(crate) fn long(text: &str) -> Result<Duration, String> {
    const HOUR: u64 = 3_600_000;
    const KNOWN: [Unit; 5] = [
        ("s", 1_000),
        ("m", 60_000),
        ("h", HOUR),
        ("d", 24 * HOUR),
        ("w", 7 * 24 * HOUR),
    ];
    units(
        text,
        &KNOWN,
        "expected a time such as 45s, 30m, 12h, 90d or 2w",
    )
}

/// A text that is not shown again.
pub(crate) fn secret(text: &str) -> Result<SecretString, Infallible> {
    Ok(text.into())
}

/// A time from now, as [`long`], or a time such as `2027-01-31T00:00:00Z`. Returns RFC 3339 in UTC.
pub(crate) fn moment(text: &str) -> Result<String, String> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment.to_string());
    }
    let after = long(text)
        .map_err(|_| "expected a time from now such as 90d or 12h, or 2027-01-31T00:00:00Z")?;
    let moment = host::now().checked_add(after);
    moment
        .map(|moment| moment.to_string())
        .map_err(|_| "the time is too far away".to_owned())
}

/// An amount with its currency, as the API writes money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Price {
    pub(crate) amount: String,
    pub(crate) currency: String,
}

/// `2.00USD`: an amount and a currency.
pub(crate) fn price(text: &str) -> Result<Price, String> {
    let amount = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let currency = text[amount.len()..].to_ascii_uppercase();
    let amount = amount.trim_end();
    let is_amount = amount.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && amount.bytes().any(|b| b.is_ascii_digit());
    if is_amount && currency.len() == 3 {
        let amount = amount.to_owned();
        return Ok(Price { amount, currency });
    }
    Err("expected an amount with its currency, such as 2.00USD".to_owned())
}

/// `NAME=TEXT`.
pub(crate) fn option(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

/// Any JSON.
pub(crate) fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))
}

/// A JSON object.
pub(crate) fn object(text: &str) -> Result<Value, String> {
    json(text).and_then(|value| {
        if value.is_object() {
            Ok(value)
        } else {
            Err("expected a JSON object".to_owned())
        }
    })
}

/// `KEY=VALUE`, where the value is JSON, or else text.
pub(crate) fn pair(text: &str) -> Result<(String, Value), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => {
            let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
            Ok((key.to_owned(), value))
        }
        _ => Err("expected KEY=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit_or_are_seconds() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("5"), Ok(Duration::from_secs(5)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for bad in [
            "",
            "s",
            "1h",
            "-1s",
            "1.5s",
            "99999999999999999999",
            "18446744073709551615m",
        ] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn long_times_have_a_unit() {
        assert_eq!(long("0s"), Ok(Duration::ZERO));
        assert_eq!(long("12h"), Ok(Duration::from_secs(43_200)));
        assert_eq!(long("2w"), long("14d"));
        for bad in ["", "5", "d", "-1d", "1y", "18446744073709551615w"] {
            assert!(long(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn moments_are_absolute_or_counted_from_now() {
        let named = moment("2027-01-31T01:00:00+01:00");
        assert_eq!(named.as_deref(), Ok("2027-01-31T00:00:00Z"));
        let counted: Timestamp = moment("90d").unwrap().parse().unwrap();
        let days = counted.duration_since(host::now()).as_hours();
        assert!((90 * 24 - 1..=90 * 24).contains(&days), "{days}");
        for bad in ["", "soon", "2027", "99999999999w"] {
            assert!(moment(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn prices_have_an_amount_and_a_currency() {
        let two = Ok(Price {
            amount: "2.00".to_owned(),
            currency: "USD".to_owned(),
        });
        assert_eq!(price("2.00USD"), two);
        assert_eq!(price("2.00 usd"), two);
        for bad in ["2.00", "USD", "-1USD", "2.00US", "2,00USD", ".USD"] {
            assert!(price(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn pair_values_are_json_or_text() {
        assert_eq!(pair("a=1").unwrap(), ("a".to_owned(), Value::from(1)));
        assert_eq!(pair("a=b=c").unwrap(), ("a".to_owned(), Value::from("b=c")));
        assert_eq!(pair("a=\"1\"").unwrap(), ("a".to_owned(), Value::from("1")));
        assert!(pair("=1").is_err() && pair("a").is_err());
    }
}
