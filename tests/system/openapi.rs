//! The committed OpenAPI document is the one that is served, and its examples are valid.

use serde_json::Value;

use crate::snapshot;

fn document() -> Value {
    serde_json::to_value(trunkline_gateway::document()).unwrap()
}

#[test]
fn the_committed_document_is_current() {
    let text = serde_json::to_string_pretty(&document()).unwrap() + "\n";
    snapshot("docs/openapi.json", &text);
}

/// Calls `check` with every schema below `value` that has examples, its place, and the examples.
fn examples(value: &Value, at: &str, check: &mut impl FnMut(&str, &Value, &[Value])) {
    match value {
        Value::Object(object) => {
            if let Some(Value::Array(examples)) = object.get("examples") {
                check(at, value, examples);
            }
            if let Some(example) = object.get("example") {
                let schema = object.get("schema").unwrap_or(value);
                check(at, schema, std::slice::from_ref(example));
            }
            for (name, value) in object
                .iter()
                .filter(|(name, _)| !name.starts_with("example"))
            {
                examples(value, &format!("{at}/{name}"), check);
            }
        }
        Value::Array(items) => {
            for (place, value) in items.iter().enumerate() {
                examples(value, &format!("{at}/{place}"), check);
            }
        }
        _ => {}
    }
}

#[test]
fn every_example_fits_its_schema() {
    let document = document();
    let mut checked = 0;
    examples(&document, "", &mut |at, schema, examples| {
        let mut schema = schema.clone();
        schema["components"] = document["components"].clone();
        let validator = jsonschema::validator_for(&schema).unwrap_or_else(|e| panic!("{at}: {e}"));
        for example in examples {
            let errors: Vec<_> = validator
                .iter_errors(example)
                .map(|e| e.to_string())
                .collect();
            assert!(errors.is_empty(), "{at}: {example}: {errors:?}");
            checked += 1;
        }
    });
    assert!(checked > 40, "only {checked} examples");
}

#[test]
fn every_operation_has_an_id_a_summary_a_tag_and_answers() {
    let document = document();
    let mut ids = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let what = format!("{method} {path}");
            assert!(
                ids.insert(operation["operationId"].to_string()),
                "{what}: id taken"
            );
            assert!(
                operation["summary"].is_string() && operation["tags"][0].is_string(),
                "{what}"
            );
            let answers = operation["responses"].as_object().unwrap();
            assert!(
                answers.keys().any(|status| status.starts_with('2')),
                "{what}"
            );
            assert!(!answers.contains_key("default"), "{what}: which errors?");
            let of_v1 = path.starts_with("/v1/");
            assert!(!of_v1 || answers.contains_key("500"), "{what}: no errors");
            for (status, answer) in answers {
                let answer = match answer["$ref"].as_str() {
                    Some(shared) => document.pointer(shared.trim_start_matches('#')).unwrap(),
                    None => answer,
                };
                let problem = &answer["content"]["application/problem+json"]["schema"]["$ref"];
                let failed = status.starts_with(['4', '5']);
                assert!(
                    !failed || *problem == "#/components/schemas/Problem",
                    "{what}: {status} has no problem"
                );
                assert!(
                    answer["headers"]["X-Request-Id"].is_object(),
                    "{what}: {status}"
                );
            }
        }
    }
}
