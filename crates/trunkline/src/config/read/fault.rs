//! What stops a pass over settings.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use crate::config::problems::nearest;

/// One thing that is wrong. It repeats no value: that might be a secret.
#[derive(Debug)]
pub(crate) struct Fault {
    /// Where; not known yet to those who only see the value.
    pub(crate) path: Option<String>,
    pub(crate) what: What,
}

#[derive(Debug)]
pub(crate) enum What {
    /// The table at the path lacks this key.
    Missing(&'static str),
    /// The table at the path has this key too many.
    Unknown {
        key: String,
        suggestion: Option<String>,
    },
    /// The value at the path is wrong.
    Wrong {
        message: String,
        suggestion: Option<String>,
    },
}

impl Fault {
    pub(crate) fn wrong(message: impl Into<String>) -> Self {
        Self {
            path: None,
            what: What::Wrong {
                message: message.into(),
                suggestion: None,
            },
        }
    }

    /// Says where, unless somebody closer to it has.
    pub(crate) fn at(mut self, path: &str) -> Self {
        self.path.get_or_insert_with(|| path.to_owned());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Missing(key) => write!(f, "missing key {key}"),
            What::Unknown { key, .. } => write!(f, "unknown key {key}"),
            What::Wrong { message, .. } => f.write_str(message),
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
        let suggestion = nearest(found, expected.iter().copied()).map(ToOwned::to_owned);
        let message = format!("expected one of {}", expected.join(", "));
        Self {
            path: None,
            what: What::Wrong {
                message,
                suggestion,
            },
        }
    }

    fn unknown_field(found: &str, expected: &'static [&'static str]) -> Self {
        let suggestion = nearest(found, expected.iter().copied()).map(ToOwned::to_owned);
        Self {
            path: None,
            what: What::Unknown {
                key: found.to_owned(),
                suggestion,
            },
        }
    }

    fn missing_field(field: &'static str) -> Self {
        Self {
            path: None,
            what: What::Missing(field),
        }
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
