//! From text to the values of arguments.

use std::convert::Infallible;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::Value;

/// A variable that counts whatever it is set to, unless it is empty. `false` is what an absent flag reads.
pub(crate) fn is_set(text: &str) -> Result<bool, Infallible> {
    Ok(!text.is_empty() && text != "false")
}

/// A count of 1 or more.
pub(crate) fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|n| *n > 0)
        .ok_or_else(|| "a number of 1 or more is wanted".to_owned())
}

/// `5`, `5s`, `500ms` or `2m`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits
        .parse()
        .map_err(|_| "a time such as 5s, 500ms or 2m is wanted".to_owned())?;
    match &text[digits.len()..] {
        "ms" => Ok(Duration::from_millis(number)),
        "" | "s" => Ok(Duration::from_secs(number)),
        "m" => number
            .checked_mul(60)
            .map(Duration::from_secs)
            .ok_or_else(|| "too long".to_owned()),
        unit => Err(format!("{unit} is no unit of time here: ms, s or m")),
    }
}

/// A text that is not shown again.
pub(crate) fn secret(text: &str) -> Result<SecretString, Infallible> {
    Ok(text.into())
}

/// `45s`, `30m`, `12h`, `90d` or `2w`.
pub(crate) fn long(text: &str) -> Result<Duration, String> {
    const WRONG: &str = "a time such as 45s, 30m, 12h, 90d or 2w is wanted";
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits.parse().map_err(|_| WRONG.to_owned())?;
    let unit = match &text[digits.len()..] {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        "w" => 7 * 24 * 60 * 60,
        _ => return Err(WRONG.to_owned()),
    };
    let seconds = number.checked_mul(unit);
    seconds
        .map(Duration::from_secs)
        .ok_or_else(|| "too long".to_owned())
}

/// A time from now, as [`long`], or a moment, such as `2027-01-31T00:00:00Z`: as RFC 3339 in UTC.
pub(crate) fn moment(text: &str) -> Result<String, String> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment.to_string());
    }
    let after = long(text).map_err(
        |_| "a time from now such as 90d or 12h, or one such as 2027-01-31T00:00:00Z is wanted",
    )?;
    let moment = Timestamp::now().checked_add(after);
    moment
        .map(|moment| moment.to_string())
        .map_err(|_| "too far away".to_owned())
}

/// `2.00USD`: an amount and a currency.
pub(crate) fn price(text: &str) -> Result<(String, String), String> {
    let amount = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let currency = &text[amount.len()..];
    let amount = amount.trim_end();
    let is_amount = amount.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && amount.bytes().any(|b| b.is_ascii_digit());
    if is_amount && currency.len() == 3 {
        return Ok((amount.to_owned(), currency.to_ascii_uppercase()));
    }
    Err("an amount with its currency is wanted, such as 2.00USD".to_owned())
}

/// `NAME=TEXT`.
pub(crate) fn option(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("NAME=VALUE is wanted".to_owned()),
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
            Err("a JSON object is wanted".to_owned())
        }
    })
}

/// `KEY=VALUE`, where a value that is JSON is taken as such and anything else as text.
pub(crate) fn pair(text: &str) -> Result<(String, Value), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => {
            let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
            Ok((key.to_owned(), value))
        }
        _ => Err("KEY=VALUE is wanted".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_unit_or_is_in_seconds() {
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
    fn a_long_time_has_a_unit() {
        assert_eq!(long("0s"), Ok(Duration::ZERO));
        assert_eq!(long("12h"), Ok(Duration::from_secs(43_200)));
        assert_eq!(long("2w"), long("14d"));
        for bad in ["", "5", "d", "-1d", "1y", "18446744073709551615w"] {
            assert!(long(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_moment_is_named_or_counted_from_now() {
        let named = moment("2027-01-31T01:00:00+01:00");
        assert_eq!(named.as_deref(), Ok("2027-01-31T00:00:00Z"));
        let counted: Timestamp = moment("90d").unwrap().parse().unwrap();
        let days = counted.duration_since(Timestamp::now()).as_hours();
        assert!((90 * 24 - 1..=90 * 24).contains(&days), "{days}");
        for bad in ["", "soon", "2027", "99999999999w"] {
            assert!(moment(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_price_has_an_amount_and_a_currency() {
        let two = Ok(("2.00".to_owned(), "USD".to_owned()));
        assert_eq!(price("2.00USD"), two);
        assert_eq!(price("2.00 usd"), two);
        for bad in ["2.00", "USD", "-1USD", "2.00US", "2,00USD", ".USD"] {
            assert!(price(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_value_of_a_pair_is_json_if_it_can_be() {
        assert_eq!(pair("a=1").unwrap(), ("a".to_owned(), Value::from(1)));
        assert_eq!(pair("a=b=c").unwrap(), ("a".to_owned(), Value::from("b=c")));
        assert_eq!(pair("a=\"1\"").unwrap(), ("a".to_owned(), Value::from("1")));
        assert!(pair("=1").is_err() && pair("a").is_err());
    }
}
