//! What is the same for many routes, written into the document in one place: errors, headers, bounds.
//!
//! The routes say what is theirs. Everything here is derived from what they say, so that a new route can't forget it.

use serde_json::{Map, Value, json};

use super::{answers, bounds, routing};

type Object = Map<String, Value>;

/// The document of the routes with everything that they share.
#[must_use]
pub(crate) fn complete(mut document: Value) -> Value {
    share_items(&mut document);
    routing::name_variants(&mut document);
    bounds::apply(&mut document);
    answers::shared(&mut document);
    let mut operations = Vec::new();
    if let Some(paths) = object(&mut document, &["paths"]) {
        for (path, item) in paths {
            let Some(item) = item.as_object_mut() else {
                continue;
            };
            operations.extend(
                item.iter_mut()
                    .map(|(method, operation)| (method.clone(), path.clone(), operation)),
            );
        }
    }
    for (method, path, operation) in operations {
        answers::complete(&method, &path, operation);
    }
    document
}

/// The object at a place, made if it is not there.
pub(super) fn object<'a>(value: &'a mut Value, place: &[&str]) -> Option<&'a mut Object> {
    let mut value = value;
    for step in place {
        let members = value.as_object_mut()?;
        value = members.entry(*step).or_insert_with(|| json!({}));
    }
    value.as_object_mut()
}

/// A list's items are of a schema of their own: written out in place, every list would have a type of its own.
fn share_items(document: &mut Value) {
    let Some(schemas) = object(document, &["components", "schemas"]) else {
        return;
    };
    let names: Vec<String> = schemas.keys().cloned().collect();
    for (name, schema) in schemas.iter_mut() {
        let item = name.strip_prefix("List_");
        let Some(item) = item.filter(|item| names.iter().any(|name| name == item)) else {
            continue;
        };
        schema["properties"]["data"]["items"] =
            json!({"$ref": format!("#/components/schemas/{item}")});
    }
}
