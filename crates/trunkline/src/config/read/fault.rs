//! What stops a pass over settings.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use trunkline_core::nearest;

/// One thing that is wrong. It repeats no value, which might be a secret.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The table lacks this key.
    Missing(&'static str),
    /// The table does not know this key.
    Unknown {
        key: String,
        known: &'static [&'static str],
    },
    /// The value is wrong.
    Wrong {
        message: String,
        suggestion: Option<String>,
    },
    /// Nothing is wrong: these are the keys of the table, which were asked for.
    Keys(&'static [&'static str]),
}

impl Fault {
    pub(super) fn wrong(message: impl Into<String>) -> Self {
        Self::Wrong {
            message: message.into(),
            suggestion: None,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(key) => write!(f, "missing key {key}"),
            Self::Unknown { key, .. } => write!(f, "unknown key {key}"),
            Self::Wrong { message, .. } => f.write_str(message),
            Self::Keys(keys) => f.write_str(&keys.join(", ")),
        }
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::wrong(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::wrong(format!("expected {expected}, found {}", kind(&found)))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::wrong(format!("expected {expected}"))
    }

    fn unknown_variant(found: &str, expected: &'static [&'static str]) -> Self {
        let suggestion = nearest(found, expected.iter().copied());
        Self::Wrong {
            message: format!("expected one of {}", expected.join(", ")),
            suggestion: suggestion.map(ToOwned::to_owned),
        }
    }

    fn unknown_field(found: &str, known: &'static [&'static str]) -> Self {
        let key = found.to_owned();
        Self::Unknown { key, known }
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field)
    }
}

const fn kind(found: &Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "a boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "an integer",
        Unexpected::Str(_) => "a string",
        Unexpected::Seq => "a list",
        Unexpected::Map => "a table",
        _ => "something else",
    }
}
