//! A JSON value as the text of one cell.

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
        return Some(format!("{amount} {currency}"));
    }
    let flags = !object.is_empty() && object.values().all(Value::is_boolean);
    flags.then(|| {
        let set = object.iter().filter(|(_, value)| **value == true);
        set.map(|(name, _)| name.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    })
}

fn object_cell(object: &Map<String, Value>) -> String {
    in_one_piece(object).unwrap_or_else(|| {
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
}
