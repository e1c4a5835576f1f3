//! From arguments to the members of a request. The argument structs say how the API names them.

use std::time::Duration;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::call::Pairs;

/// The arguments that were given, as members of a body.
pub(crate) fn members(args: &impl Serialize) -> Map<String, Value> {
    let Ok(Value::Object(mut members)) = serde_json::to_value(args) else {
        return Map::new();
    };
    let is_empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
    members.retain(|_, value| !value.is_null() && !is_empty(value));
    members
}

/// The arguments that were given, as query parameters.
pub(crate) fn pairs(args: &impl Serialize) -> Pairs {
    let text = |value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    let members = members(args).into_iter();
    members
        .map(|(name, value)| (name.into(), text(value)))
        .collect()
}

/// Writes a time in milliseconds.
#[expect(clippy::ref_option, reason = "serde calls it")]
pub(crate) fn millis<S: Serializer>(
    time: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let millis = time.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
    millis.serialize(serializer)
}

/// Whether a flag is not set, so that it is not sent.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it")]
pub(crate) fn is_unset(flag: &bool) -> bool {
    !flag
}
