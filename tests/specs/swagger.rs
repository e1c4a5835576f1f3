//! OpenAPI 2 ("Swagger") in the shape of version 3.

use serde_json::{Map, Value, json};

const JSON: &str = "application/json";

/// Moves everything to where version 3 has it.
pub(crate) fn upgrade(mut old: Value) -> Value {
    point_anew(&mut old);
    let base = old["basePath"].as_str().unwrap_or_default();
    let mut new = json!({
        "openapi": "3.0.0",
        "servers": [{"url": base}],
        "components": {"schemas": old["definitions"].clone(), "responses": {}, "parameters": {}},
        "paths": {},
    });
    for (name, parameter) in members(&old["parameters"]) {
        new["components"]["parameters"][name] = upgrade_parameter(parameter);
    }
    for (name, response) in members(&old["responses"]) {
        new["components"]["responses"][name] = upgrade_response(response);
    }
    for (path, item) in members(&old["paths"]) {
        let mut upgraded = Map::new();
        for (key, value) in members(item) {
            let value = match key.as_str() {
                "parameters" => upgrade_parameters(value),
                _ => upgrade_operation(value),
            };
            upgraded.insert(key.clone(), value);
        }
        new["paths"][path] = Value::Object(upgraded);
    }
    new
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// References follow what they refer to.
fn point_anew(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(target)) = object.get_mut("$ref") {
                *target = target.replace("#/definitions/", "#/components/schemas/");
                for kind in ["parameters", "responses"] {
                    let new = format!("#/components/{kind}/");
                    *target = target.replace(&format!("#/{kind}/"), &new);
                }
            }
            object.values_mut().for_each(point_anew);
        }
        Value::Array(items) => items.iter_mut().for_each(point_anew),
        _ => {}
    }
}

fn upgrade_operation(old: &Value) -> Value {
    let mut new = old.clone();
    let body = old["parameters"].as_array().into_iter().flatten();
    if let Some(body) = body.into_iter().find(|parameter| parameter["in"] == "body") {
        new["requestBody"] = json!({
            "required": body["required"],
            "content": {JSON: {"schema": body["schema"]}},
        });
    }
    new["parameters"] = upgrade_parameters(&old["parameters"]);
    for (status, response) in members(&old["responses"]) {
        new["responses"][status] = upgrade_response(response);
    }
    new
}

fn upgrade_parameters(old: &Value) -> Value {
    let parameters = old.as_array().into_iter().flatten();
    parameters
        .filter(|parameter| parameter["in"] != "body")
        .map(upgrade_parameter)
        .collect()
}

/// A parameter's type stands in the parameter itself in version 2.
fn upgrade_parameter(old: &Value) -> Value {
    let mut new = old.clone();
    if old.get("$ref").is_none() {
        let apart = ["name", "in", "required", "description", "collectionFormat"];
        let schema = members(old).filter(|(key, _)| !apart.contains(&key.as_str()));
        new["schema"] = schema
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        new["explode"] = Value::Bool(old["collectionFormat"] == "multi");
    }
    new
}

fn upgrade_response(old: &Value) -> Value {
    let mut new = old.clone();
    if let Some(schema) = old.get("schema") {
        new["content"] = json!({JSON: {"schema": schema}});
    }
    new
}
