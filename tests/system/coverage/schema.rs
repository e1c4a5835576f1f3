//! Whether the API has the route of a row, and the member on it.

use serde_json::Value;

use super::{Entry, Place};

/// Looks the row up in the OpenAPI document.
pub(super) fn check(document: &Value, entry: &Entry<'_>) -> Result<(), String> {
    let Some(http) = entry.http() else {
        let is_setting = entry.section.place == Place::Named;
        return is_setting
            .then_some(())
            .ok_or_else(|| "no route".to_owned());
    };
    let (method, path) = http.split_once(' ').ok_or("no method and route")?;
    let operation = &document["paths"][path][method.to_ascii_lowercase()];
    if operation.is_null() {
        return Err(format!("the API has no {http}"));
    }
    let ours = &entry.row.ours;
    let reached = if entry.is_input() {
        has_input(document, operation, ours)
    } else if entry.section.place == Place::Answer {
        has_output(document, operation, ours)
    } else {
        true
    };
    reached
        .then_some(())
        .ok_or_else(|| format!("{http} has no {ours}"))
}

fn has_input(document: &Value, operation: &Value, ours: &str) -> bool {
    // Options of one carrier are one parameter.
    let name = ours.split('.').next().unwrap_or_default();
    let parameters = operation["parameters"].as_array();
    let is_parameter = parameters
        .into_iter()
        .flatten()
        .any(|parameter| parameter["name"] == name);
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    is_parameter || has(document, body, ours)
}

fn has_output(document: &Value, operation: &Value, ours: &str) -> bool {
    let answers = operation["responses"].as_object().into_iter().flatten();
    let mut good = answers.filter(|(status, _)| status.starts_with('2'));
    good.any(|(_, answer)| {
        let schema = &answer["content"]["application/json"]["schema"];
        // The items of a list, or what is said of the list as a whole.
        has(document, schema, ours) || has(document, schema, &format!("data.{ours}"))
    })
}

/// Whether a schema has a member at this path, or takes any.
fn has(document: &Value, schema: &Value, path: &str) -> bool {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.trim_start_matches('#');
        return document
            .pointer(pointer)
            .is_some_and(|schema| has(document, schema, path));
    }
    let choices = ["oneOf", "anyOf", "allOf"]
        .iter()
        .filter_map(|name| schema[*name].as_array());
    if choices.flatten().any(|choice| has(document, choice, path)) {
        return true;
    }
    if !schema["items"].is_null() {
        return has(document, &schema["items"], path);
    }
    if is_free(schema) {
        return true;
    }
    match path.split_once('.') {
        None => !schema["properties"][path].is_null(),
        Some((name, rest)) => {
            let member = &schema["properties"][name];
            !member.is_null() && has(document, member, rest)
        }
    }
}

/// An object of which nothing is said.
fn is_free(schema: &Value) -> bool {
    let is_object = match &schema["type"] {
        Value::String(kind) => kind == "object",
        Value::Array(kinds) => kinds.contains(&Value::from("object")),
        _ => false,
    };
    let said = ["properties", "oneOf", "anyOf", "allOf"];
    is_object && said.iter().all(|name| schema[*name].is_null())
}
