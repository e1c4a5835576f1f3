//! Settings that are written as text: durations, sizes, addresses, names.

use std::fmt::Display;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use ipnet::IpNet;
use jiff::SignedDuration;
use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer};
use trunkline_core::inventory::{FIELDS, Watch};
use trunkline_core::{Error, did_you_mean};
use trunkline_http::Allowed;
use url::{Host, Url};

/// A type of the core that is parsed from a text.
pub(crate) fn text<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err = Error>,
{
    parsed(deserializer, |text| {
        text.parse().map_err(|error| said(&error))
    })
}

/// The same for an optional setting.
pub(crate) fn some_text<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err = Error>,
{
    text(deserializer).map(Some)
}

/// A duration above zero: `500ms`, `30s`, `5m`, `1h`.
pub(crate) fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    parsed(deserializer, parse_duration)
}

/// A duration, or zero.
pub(crate) fn duration_or_none<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Duration, D::Error> {
    parsed(deserializer, |text| match text.trim() {
        "0" | "0s" => Ok(Duration::ZERO),
        text => parse_duration(text),
    })
}

/// Names of fields of numbers that the inventory compares.
pub(crate) fn compared_fields<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    let ignore = Vec::<String>::deserialize(deserializer)?;
    let watch = Watch {
        ignore,
        ..Watch::default()
    };
    if let Some(unknown) = watch.unknown().first() {
        let known = FIELDS.join(", ");
        let message =
            format!("{unknown} is no field that is compared: {known}, or provider_data.NAME");
        return Err(D::Error::custom(message));
    }
    Ok(watch.ignore)
}

/// The same, for a setting whose default depends on others.
pub(crate) fn some_duration<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Duration>, D::Error> {
    duration(deserializer).map(Some)
}

/// Several durations, at least one.
pub(crate) fn durations<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Duration>, D::Error> {
    #[derive(Deserialize)]
    struct Item(#[serde(deserialize_with = "duration")] Duration);

    let items = Vec::<Item>::deserialize(deserializer)?;
    if items.is_empty() {
        return Err(D::Error::custom("expected at least one time"));
    }
    Ok(items.into_iter().map(|item| item.0).collect())
}

/// A number of bytes, at least one: a number, or a text such as `64KB` or `1MB` (1 KB is 1024 bytes).
pub(crate) fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    struct SizeVisitor;

    impl Visitor<'_> for SizeVisitor {
        type Value = usize;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a size such as \"1MB\", or bytes")
        }

        fn visit_i64<E: serde::de::Error>(self, bytes: i64) -> Result<usize, E> {
            usize::try_from(bytes)
                .ok()
                .filter(|bytes| *bytes > 0)
                .ok_or_else(|| E::custom("expected at least one byte"))
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<usize, E> {
            parse_size(text).ok_or_else(|| E::custom("expected a size such as \"64KB\" or \"1MB\""))
        }
    }

    deserializer.deserialize_any(SizeVisitor)
}

/// A share from 0 to 1: a text such as `10%` or `0.5%`.
pub(crate) fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    parsed(deserializer, parse_share)
}

/// An address and port to listen on.
pub(crate) fn socket_address<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<std::net::SocketAddr, D::Error> {
    parsed(deserializer, |text| {
        text.parse()
            .map_err(|_| "expected an IP address and port such as 127.0.0.1:8080")
    })
}

/// A web address to which paths can be appended.
pub(crate) fn web_address<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Url>, D::Error> {
    let parse = |text: &str| {
        let url = Url::parse(text)
            .ok()
            .filter(|url| url.has_host() && matches!(url.scheme(), "http" | "https"));
        let bare = |url: &Url| {
            url.query().is_none()
                && url.fragment().is_none()
                && url.username().is_empty()
                && url.password().is_none()
        };
        url.filter(bare)
            .ok_or("expected a web address such as https://numbers.example.com")
    };
    parsed(deserializer, parse).map(Some)
}

/// Checks the words of a log filter: a level, or `target=level`, separated by commas. A word alone would be taken for a
/// target, so that a mistyped level would show everything.
///
/// # Errors
/// Which word is wrong.
pub fn check_log_filter(filter: &str) -> Result<(), String> {
    const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];
    let level = |directive: &str| match directive.rsplit_once('=') {
        Some((_, level)) => level.trim().to_ascii_lowercase(),
        None => directive.to_ascii_lowercase(),
    };
    // What a span is filtered by may hold any text.
    let directives = filter.split(',').map(str::trim);
    let mut checked = directives.filter(|text| !text.is_empty() && !filter.contains('['));
    let wrong = checked.find(|directive| !LEVELS.contains(&level(directive).as_str()));
    wrong.map_or(Ok(()), |wrong| {
        let nearest = did_you_mean(&level(wrong), LEVELS);
        Err(format!(
            "expected a level (error, warn, info, debug, trace, off), or a list such as info,trunkline_http=debug; \
             {wrong:?} is neither{nearest}"
        ))
    })
}

/// A log filter whose words are levels.
pub(crate) fn log_filter<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let filter = String::deserialize(deserializer)?;
    check_log_filter(&filter).map_err(D::Error::custom)?;
    Ok(filter)
}

/// Host names or addresses, without ports.
pub(crate) fn hosts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    struct Item(#[serde(deserialize_with = "host")] String);

    let items = Vec::<Item>::deserialize(deserializer)?;
    Ok(items.into_iter().map(|item| item.0).collect())
}

fn host<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    parsed(deserializer, |text| {
        let host = Host::parse(text).map(|host| host.to_string());
        host.map_err(|_| "expected a host name without a port")
    })
}

/// Origins of web pages: scheme, host and port as browsers write them, without a path.
pub(crate) fn origins<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    struct Item(#[serde(deserialize_with = "origin")] String);

    let items = Vec::<Item>::deserialize(deserializer)?;
    Ok(items.into_iter().map(|item| item.0).collect())
}

fn origin<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    parsed(deserializer, |text| {
        let url = Url::parse(text).ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
        let origin = url.map(|url| url.origin().ascii_serialization());
        origin
            .filter(|origin| origin == text.trim_end_matches('/'))
            .ok_or("expected an origin such as https://intranet.example.com")
    })
}

/// Networks and addresses.
pub(crate) fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Allowed, D::Error> {
    let items = Vec::<String>::deserialize(deserializer)?;
    Allowed::parse(items.iter().map(String::as_str)).map_err(|error| D::Error::custom(said(&error)))
}

/// Networks and addresses of proxies.
pub(crate) fn proxies<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let items = Vec::<String>::deserialize(deserializer)?;
    let parse = |item: &String| {
        let network = item
            .parse()
            .or_else(|_| item.parse::<IpAddr>().map(IpNet::from));
        network.map_err(|_| {
            D::Error::custom(format!(
                "{item:?} is neither an address nor a network such as 10.0.0.0/8"
            ))
        })
    };
    items.iter().map(parse).collect()
}

/// Parses a text.
pub(crate) fn parsed<'de, D, T, E>(
    deserializer: D,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    E: Display,
{
    let text = String::deserialize(deserializer)?;
    parse(&text).map_err(D::Error::custom)
}

/// The message of an error without the field's name.
pub(crate) fn said(error: &Error) -> String {
    error
        .fields()
        .first()
        .map_or_else(|| error.message().to_owned(), |field| field.message.clone())
}

fn parse_duration(text: &str) -> Result<Duration, &'static str> {
    let parsed = text
        .parse::<SignedDuration>()
        .ok()
        .and_then(|time| Duration::try_from(time).ok());
    parsed
        .filter(|time| !time.is_zero())
        .ok_or("expected a time such as \"500ms\", \"30s\", \"5m\" or \"1h\"")
}

fn parse_share(text: &str) -> Result<f64, &'static str> {
    let is_plain = |text: &&str| text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let percent = text.strip_suffix('%').map(str::trim_end).filter(is_plain);
    percent
        .and_then(|percent| percent.parse::<f64>().ok())
        .filter(|percent| *percent <= 100.0)
        .map(|percent| percent / 100.0)
        .ok_or("expected a percentage from \"0%\" to \"100%\", such as \"10%\"")
}

fn parse_size(text: &str) -> Option<usize> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim_start().to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "KB" | "KIB" => 1 << 10,
        "MB" | "MIB" => 1 << 20,
        "GB" | "GIB" => 1 << 30,
        _ => return None,
    };
    number
        .parse::<usize>()
        .ok()?
        .checked_mul(factor)
        .filter(|bytes| *bytes > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        assert_eq!(parse_duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse_duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(parse_duration("5m"), Ok(Duration::from_secs(300)));
        assert_eq!(parse_duration("24h"), Ok(Duration::from_secs(86_400)));
        assert_eq!(parse_duration("1h 30m"), Ok(Duration::from_secs(5_400)));
        for wrong in [
            "",
            "30",
            "0s",
            "-5s",
            "5 parsecs",
            "1 month",
            "99999999999999999999h",
        ] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes_have_units_or_are_bytes() {
        assert_eq!(parse_size("512"), Some(512));
        assert_eq!(parse_size("64KB"), Some(65_536));
        assert_eq!(parse_size("1 mb"), Some(1 << 20));
        for wrong in ["", "MB", "0", "1.5MB", "-1", "1TB", "99999999999999999999"] {
            assert_eq!(parse_size(wrong), None, "{wrong}");
        }
    }
    #[test]
    fn shares_are_percentages() {
        assert_eq!(parse_share("100%"), Ok(1.0));
        assert_eq!(parse_share("0%"), Ok(0.0));
        assert_eq!(parse_share("2.5 %"), Ok(0.025));
        for wrong in ["", "%", "50", "101%", "-1%", "1e1%", "inf%", "NaN%", "0,5%"] {
            assert!(parse_share(wrong).is_err(), "{wrong}");
        }
    }
}
