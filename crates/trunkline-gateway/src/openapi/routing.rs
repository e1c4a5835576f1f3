//! The kinds of routing, by name.

use serde_json::{Value, json};

use super::complete::object;

/// What a routing may be, each with a name of its own and told apart by `type`, so that clients have a type for each;
/// and how it is changed: member by member.
pub(super) fn name_variants(document: &mut Value) {
    let Some(schemas) = object(document, &["components", "schemas"]) else {
        return;
    };
    let webhook = schemas.remove("Webhook").unwrap_or_default();
    let Some(variants) = schemas
        .get_mut("Routing")
        .and_then(|all| all.get_mut("oneOf"))
    else {
        return;
    };
    let (mut references, mut mapping, mut named) = (Vec::new(), json!({}), Vec::new());
    let mut patch = json!({});
    for variant in variants.as_array().into_iter().flatten() {
        let variant = flat(variant, &webhook);
        let Some(kind) = variant
            .pointer("/properties/type/enum/0")
            .and_then(Value::as_str)
        else {
            continue;
        };
        for (name, member) in variant["properties"].as_object().into_iter().flatten() {
            patch[name] = nullable(member);
        }
        let name = format!("Routing{}", pascal(kind));
        let reference = format!("#/components/schemas/{name}");
        mapping[kind] = json!(reference);
        references.push(json!({"$ref": reference}));
        named.push((name, variant));
    }
    let kinds: Vec<&String> = mapping
        .as_object()
        .into_iter()
        .flat_map(|all| all.keys())
        .collect();
    patch["type"] = json!({"type": "string", "enum": kinds});
    schemas["Routing"]["oneOf"] = references.into();
    schemas["Routing"]["discriminator"] = json!({"propertyName": "type", "mapping": mapping});
    schemas.extend(named);
    let patch = json!({
        "type": "object",
        "description": "Changes to a routing, merged into what there is: all of one type, unless `type` changes, which starts anew.",
        "properties": patch,
        "additionalProperties": false,
    });
    schemas.insert("RoutingPatch".to_owned(), patch);
    for field in ["voice", "messaging"] {
        schemas["NumberPatch"]["properties"][field]["oneOf"][0]["$ref"] =
            json!("#/components/schemas/RoutingPatch");
    }
}

/// A kind of routing as one schema: nothing else than what is named here is taken.
fn flat(variant: &Value, webhook: &Value) -> Value {
    let mut flat = match variant.get("allOf") {
        Some(parts) => {
            let mut whole = webhook.clone();
            whole["properties"]["type"] = parts[1]["properties"]["type"].clone();
            whole["required"] = json!(["type"]);
            whole
        }
        None => variant.clone(),
    };
    flat["additionalProperties"] = json!(false);
    flat
}

/// The same, or null, which unsets it.
fn nullable(member: &Value) -> Value {
    let mut member = member.clone();
    if let Some(kind) = member.get("type").and_then(Value::as_str) {
        member["type"] = json!([kind, "null"]);
    }
    member
}

fn pascal(text: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    text.split('_').map(word).collect()
}
