//! Schemas of an OpenAPI document as JSON Schema, and values held against them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::document::Document;
use super::mismatch::{self, Mismatch};

/// The way a value travels, which decides what it may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Direction {
    /// To the carrier: members that are read-only or unknown are mistakes.
    Request,
    /// From the carrier, who may always say more than is documented.
    Response,
}

/// The schemas of a document, made into validators as they are asked for.
#[derive(Debug)]
pub(crate) struct Schemas<'d> {
    document: &'d Document,
    components: [Value; 2],
    made: RefCell<BTreeMap<(Direction, String), Rc<Validator>>>,
}

impl<'d> Schemas<'d> {
    pub(crate) fn new(document: &'d Document) -> Self {
        let components = |direction| {
            let schemas = document.root["components"]["schemas"].as_object();
            let converted = schemas.into_iter().flatten();
            converted
                .map(|(name, schema)| (name.clone(), convert(schema, direction)))
                .collect::<Value>()
        };
        Self {
            document,
            components: [
                components(Direction::Request),
                components(Direction::Response),
            ],
            made: RefCell::default(),
        }
    }

    /// Holds a value against a schema.
    ///
    /// # Errors
    /// If the schema itself is none.
    pub(crate) fn check(
        &self,
        schema: &Value,
        value: &Value,
        direction: Direction,
    ) -> Result<Vec<Mismatch>, String> {
        let validator = self.validator(schema, direction)?;
        let mut mismatches = Vec::new();
        for error in validator.iter_errors(value) {
            mismatch::read(&error, &mut mismatches);
        }
        Ok(mismatches)
    }

    fn validator(&self, schema: &Value, direction: Direction) -> Result<Rc<Validator>, String> {
        let key = (direction, schema.to_string());
        if let Some(made) = self.made.borrow().get(&key) {
            return Ok(Rc::clone(made));
        }
        let mut root = place(schema, direction);
        if let Value::Object(root) = &mut root {
            let components = &self.components[direction as usize];
            root.insert("components".to_owned(), json!({"schemas": components}));
        }
        let built = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .should_validate_formats(true)
            .build(&root);
        let made = Rc::new(built.map_err(|error| error.to_string())?);
        self.made.borrow_mut().insert(key, Rc::clone(&made));
        Ok(made)
    }

    /// A text as the schema's type has it: `true`, `20`; a text that is nothing of the kind stays one.
    pub(crate) fn coerce(&self, schema: &Value, text: &str) -> Value {
        let schema = self.document.resolve(schema);
        let read = match self.type_of(schema) {
            "boolean" => text.parse().ok().map(Value::Bool),
            "integer" => text.parse::<i64>().ok().map(Value::from),
            "number" => text.parse::<f64>().ok().map(Value::from),
            _ => None,
        };
        read.unwrap_or_else(|| Value::from(text))
    }

    /// The type of a schema; empty if it has none or several.
    pub(crate) fn type_of<'s>(&'s self, schema: &'s Value) -> &'s str {
        let schema = self.document.resolve(schema);
        let inner = || self.document.resolve(&schema["allOf"][0])["type"].as_str();
        schema["type"].as_str().or_else(inner).unwrap_or_default()
    }

    /// The schema of a member of an object; of anything, if the schema does not know it.
    pub(crate) fn member<'s>(&'s self, schema: &'s Value, name: &str) -> &'s Value {
        &self.document.resolve(schema)["properties"][name]
    }
}

/// A schema where a value stands. In a request no member may come that it doesn't name, wherever it names any; that
/// can't be said where the schema is defined, since it may be a part of a greater one.
fn place(schema: &Value, direction: Direction) -> Value {
    let mut converted = convert(schema, direction);
    if direction == Direction::Request
        && let Value::Object(object) = &mut converted
    {
        let names = |object: &Map<String, Value>| {
            ["$ref", "properties", "allOf", "oneOf", "anyOf"]
                .iter()
                .any(|key| object.contains_key(*key))
        };
        let open = ["additionalProperties", "unevaluatedProperties"]
            .iter()
            .any(|key| object.contains_key(*key));
        if names(object) && !open {
            object.insert("unevaluatedProperties".to_owned(), Value::Bool(false));
        }
    }
    converted
}

/// OpenAPI's own keywords in JSON Schema's words.
fn convert(schema: &Value, direction: Direction) -> Value {
    let Value::Object(old) = schema else {
        return schema.clone();
    };
    let mut new = Map::new();
    for (key, value) in old {
        let value = match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => properties
                .iter()
                .map(|(name, property)| (name.clone(), member(property, direction)))
                .collect(),
            ("items" | "additionalProperties", value) => place(value, direction),
            ("allOf" | "oneOf" | "anyOf", Value::Array(parts)) => {
                parts.iter().map(|part| convert(part, direction)).collect()
            }
            ("not", value) => convert(value, direction),
            ("required", Value::Array(names)) if direction == Direction::Request => {
                let read_only = |name: &Value| {
                    let property = &old["properties"][name.as_str().unwrap_or_default()];
                    property["readOnly"] == true
                };
                names
                    .iter()
                    .filter(|name| !read_only(name))
                    .cloned()
                    .collect()
            }
            (_, value) => value.clone(),
        };
        new.insert(key.clone(), value);
    }
    let nullable = old.get("nullable").or_else(|| old.get("x-nullable"));
    if nullable == Some(&Value::Bool(true)) {
        allow_null(new)
    } else {
        Value::Object(new)
    }
}

/// In place where the schema names its type, so that a mismatch says what is wrong with the value.
fn allow_null(mut schema: Map<String, Value>) -> Value {
    match schema.get_mut("type") {
        Some(kind @ Value::String(_)) => *kind = json!([kind.take(), "null"]),
        _ => return json!({"anyOf": [schema, {"type": "null"}]}),
    }
    if let Some(Value::Array(options)) = schema.get_mut("enum") {
        options.push(Value::Null);
    }
    Value::Object(schema)
}

fn member(property: &Value, direction: Direction) -> Value {
    if direction == Direction::Request && property["readOnly"] == true {
        return Value::Bool(false);
    }
    place(property, direction)
}
