//! A JSON value as the text of one cell.

use jiff::Timestamp;
use serde_json::{Map, Value};
use trunkline_core::one_line;

/// The text of a value; empty for `null`. Control characters, which a carrier's text may hold, are replaced.
pub(super) fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => one_line(text).into_owned(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(" "),
        Value::Object(object) => object_cell(object),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// Objects that are shown as one text: money, and flags as the names of those that are set.
pub(super) fn in_one_piece(object: &Map<String, Value>) -> Option<String> {
    if let (Some(Value::String(amount)), Some(Value::String(currency)), 2) =
        (object.get("amount"), object.get("currency"), object.len())
    {
        // A sum may have lost a zero: 9.2 is 9.20.
        let is_short = amount.as_bytes().iter().rev().nth(1) == Some(&b'.');
        let zero = if is_short { "0" } else { "" };
        return Some(format!("{amount}{zero} {currency}"));
    }
    let flags = !object.is_empty() && object.values().all(Value::is_boolean);
    flags.then(|| {
        let set = object.iter().filter(|(_, value)| **value == true);
        set.map(|(name, _)| name.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    })
}

/// Town and region of a location, or its name.
fn place(object: &Map<String, Value>) -> Option<String> {
    let text = |name: &str| object.get(name).and_then(Value::as_str);
    object.get("locality")?;
    let town: Vec<_> = [text("locality"), text("region")]
        .into_iter()
        .flatten()
        .collect();
    match town.as_slice() {
        [] => text("name").map(str::to_owned),
        town => Some(town.join(", ")),
    }
}

fn object_cell(object: &Map<String, Value>) -> String {
    in_one_piece(object)
        .or_else(|| place(object))
        .unwrap_or_else(|| {
            let members = object.iter().filter(|(_, value)| !value.is_null());
            let members: Map<String, Value> = members
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            // Escaped as JSON, it holds no control characters.
            if members.is_empty() {
                String::new()
            } else {
                one_line(&Value::Object(members).to_string()).into_owned()
            }
        })
}

/// A time as people say it: `5 min ago`, `in 14 days`, or its day if that is more than two months away. `None` for other
/// texts.
pub(super) fn human_time(text: &str, now: Timestamp) -> Option<String> {
    let at: Timestamp = time(text)?;
    let seconds = now.as_second() - at.as_second();
    let said = match seconds.unsigned_abs() {
        0..60 => return Some("now".to_owned()),
        distance @ 60..3_600 => format!("{} min", distance / 60),
        distance @ 3_600..172_800 => format!("{} h", distance / 3_600),
        distance @ 172_800..5_184_000 => format!("{} days", distance / 86_400),
        _ => return text.get(.."2026-11-22".len()).map(str::to_owned),
    };
    Some(match seconds > 0 {
        true => format!("{said} ago"),
        false => format!("in {said}"),
    })
}

/// The time in RFC 3339 that a text is.
fn time(text: &str) -> Option<Timestamp> {
    let is_like_one = text.as_bytes().get(10) == Some(&b'T');
    is_like_one.then(|| text.parse().ok()).flatten()
}

/// A time without its fraction of a second, which people don't read. Other texts stay as they are.
pub(super) fn to_seconds(text: String) -> String {
    const SECONDS: usize = "2026-11-22T03:39:38".len();
    let is_finer = text.as_bytes().get(SECONDS) == Some(&b'.') && text.ends_with('Z');
    match is_finer && time(&text).is_some() {
        true => format!("{}Z", &text[..SECONDS]),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn money_and_features_are_readable() {
        assert_eq!(
            cell(&json!({"amount": "1.15", "currency": "USD"})),
            "1.15 USD"
        );
        assert_eq!(
            cell(&json!({"amount": "9.2", "currency": "USD"})),
            "9.20 USD"
        );
        assert_eq!(
            cell(&json!({"amount": "150", "currency": "JPY"})),
            "150 JPY"
        );
        assert_eq!(
            cell(&json!({"voice": true, "sms": true, "fax": false})),
            "sms voice"
        );
        assert_eq!(cell(&json!({"voice": false})), "");
        assert_eq!(cell(&json!(["a", "b"])), "a b");
    }

    #[test]
    fn control_characters_in_a_label_are_replaced() {
        assert_eq!(
            cell(&json!("a\u{1b}[31mb\r\n")),
            "a\u{fffd}[31mb\u{fffd}\u{fffd}"
        );
        assert_eq!(
            cell(&json!({"x": "\u{1b}", "y": 1})),
            "{\"x\":\"\\u001b\",\"y\":1}"
        );
    }

    #[test]
    fn location_is_its_town_and_region_or_its_name() {
        let at = |locality: Value| json!({"locality": locality, "region": "CA", "name": "HQ", "latitude": 1.5});
        assert_eq!(cell(&at(json!("Oakland"))), "Oakland, CA");
        assert_eq!(cell(&at(Value::Null)), "CA");
        assert_eq!(
            cell(&json!({"locality": null, "region": null, "name": "HQ"})),
            "HQ"
        );
    }

    #[test]
    fn times_are_said_as_people_say_them() {
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        for (at, said) in [
            ("2026-11-22T11:59:30.5Z", "now"),
            ("2026-11-22T11:54:59Z", "5 min ago"),
            ("2026-11-21T14:00:00Z", "22 h ago"),
            ("2026-11-10T12:00:00Z", "12 days ago"),
            ("2026-12-06T12:00:01Z", "in 14 days"),
            ("2026-01-31T00:00:00Z", "2026-01-31"),
        ] {
            assert_eq!(human_time(at, now).as_deref(), Some(said), "{at}");
        }
        assert_eq!(human_time("Front desk", now), None);
    }

    #[test]
    fn times_are_shown_to_the_second() {
        assert_eq!(
            to_seconds("2026-11-22T03:39:38.23690174Z".to_owned()),
            "2026-11-22T03:39:38Z"
        );
        for other in [
            "2026-11-22T03:39:38Z",
            "a label that is long enough. Z",
            "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}T\u{e9}\u{e9}\u{e9}\u{e9}.Z",
        ] {
            assert_eq!(to_seconds(other.to_owned()), other);
        }
    }
}
