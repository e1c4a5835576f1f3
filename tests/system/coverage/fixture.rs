//! A fixture, as far as a row can be looked up in it.

use std::path::Path;

use serde_json::{Map, Value};

use super::value::at;
use crate::root;

/// What members are called in the API, and in the calls of fixtures.
const INPUTS: [(&str, &str); 5] = [
    ("id", "key"),
    ("number", "id"),
    ("number", "numbers"),
    ("offer", "handle"),
    ("type", "number_type"),
];

/// What members of answers are called in the API, and in the results of fixtures.
const RESULTS: [(&str, &str); 4] = [
    ("held.", "detail."),
    ("sources.", ""),
    ("offer", "handle"),
    ("next_cursor", "next"),
];

/// A fixture.
#[derive(Debug)]
pub(super) struct Fixture(Value);

/// A request of a fixture with its answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exchange<'a>(&'a Value);

impl Fixture {
    pub(super) fn read(path: &str) -> Result<Self, String> {
        let file = root().join(Path::new(path));
        let text = std::fs::read_to_string(file).map_err(|error| format!("{path}: {error}"))?;
        let value = serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))?;
        Ok(Self(value))
    }

    pub(super) fn operation(&self) -> &str {
        self.0["call"]["operation"].as_str().unwrap_or_default()
    }

    /// What the call is given under a name of the API.
    pub(super) fn inputs(&self, ours: &str) -> Vec<&Value> {
        let call = &self.0["call"];
        // Only a main number is chosen by an id that is given as a number.
        let is_alias = |(name, other): &&(&str, &str)| {
            *name == ours && (*other != "id" || self.operation() == "set_main")
        };
        let others = INPUTS.iter().filter(is_alias).map(|(_, other)| *other);
        let names: Vec<&str> = std::iter::once(ours).chain(others).collect();
        let parts = ["query", "order", "request", "update"];
        let places = std::iter::once(call).chain(parts.iter().filter_map(|part| call.get(part)));
        let found = places.flat_map(|place| names.iter().flat_map(|name| at(place, name)));
        found.filter(|value| !value.is_null()).collect()
    }

    /// The result, if the call succeeds.
    pub(super) fn result(&self) -> Option<&Value> {
        self.0["expect"].get("ok")
    }

    /// The error, if it fails.
    pub(super) fn error(&self) -> Option<&Value> {
        self.0["expect"].get("error")
    }

    pub(super) fn exchanges(&self) -> impl Iterator<Item = Exchange<'_>> {
        self.0["exchanges"]
            .as_array()
            .into_iter()
            .flatten()
            .map(Exchange)
    }
}

/// The name in a result of what the API calls so.
pub(super) fn in_result(ours: &str) -> String {
    for (name, other) in RESULTS {
        if let Some(rest) = ours.strip_prefix(name)
            && (rest.is_empty() || name.ends_with('.'))
        {
            return format!("{other}{rest}");
        }
    }
    ours.to_owned()
}

impl<'a> Exchange<'a> {
    pub(super) fn method(self) -> &'a str {
        self.0["request"]["method"].as_str().unwrap_or_default()
    }

    /// The segments of the path, decoded, without the `.json` that some carriers end it with.
    pub(super) fn segments(self) -> Vec<String> {
        let path = self.0["request"]["path"].as_str().unwrap_or_default();
        let path = path.strip_suffix(".json").unwrap_or(path);
        // A plus stands for itself in a path.
        let decode = |segment: &str| {
            let segment = segment.replace('+', "%2B");
            let pairs = form_urlencoded::parse(segment.as_bytes());
            pairs.map(|(name, _)| name.into_owned()).collect()
        };
        path.split('/').map(decode).collect()
    }

    pub(super) fn query(self) -> &'a Value {
        &self.0["request"]["query"]
    }

    /// The body; that of a form as an object.
    pub(super) fn body(self) -> Value {
        match &self.0["request"]["body"] {
            Value::String(form) => {
                let pairs = form_urlencoded::parse(form.as_bytes());
                let members = pairs.map(|(name, value)| (name.into_owned(), value.into()));
                Value::Object(members.collect::<Map<_, _>>())
            }
            body => body.clone(),
        }
    }

    pub(super) fn status(self) -> u64 {
        self.0["response"]["status"].as_u64().unwrap_or_default()
    }

    pub(super) fn answer(self) -> &'a Value {
        &self.0["response"]["body"]
    }
}
