//! Finding and comparing members of JSON documents.

use serde_json::Value;

/// Every value at a path of members with dots between them; lists on the way are looked through.
pub(super) fn at<'a>(document: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut found = vec![document];
    for name in path.split('.') {
        let inner = found.into_iter().flat_map(|value| match value {
            Value::Array(items) => items.iter().collect(),
            other => vec![other],
        });
        found = inner.filter_map(|value| value.get(name)).collect();
    }
    found
}

/// Every value at a path that starts anywhere in the document.
pub(super) fn below<'a>(document: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut found = at(document, path);
    let inner: Vec<&Value> = match document {
        Value::Object(members) => members.values().collect(),
        Value::Array(items) => items.iter().collect(),
        _ => Vec::new(),
    };
    for value in inner {
        found.extend(below(value, path));
    }
    found
}

/// Whether a value says anything.
pub(super) fn is_said(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

/// A value as text, so that `1` and `"1"`, or `POST` and `post`, are the same.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_ascii_lowercase(),
        Value::Array(items)
            if items
                .iter()
                .all(|item| !item.is_object() && !item.is_array()) =>
        {
            items.iter().map(text).collect::<Vec<_>>().join(",")
        }
        Value::Number(number) => number.as_f64().map_or_else(String::new, |n| n.to_string()),
        other => other.to_string(),
    }
}
