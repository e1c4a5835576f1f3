//! Where a document and what is right are known to differ: what carriers were seen to answer outranks what they write.

mod table;

use std::fmt;

use serde_json::Value;

use super::check::Finding;

pub(crate) use table::known;

/// One known difference.
#[derive(Debug)]
pub(crate) struct Deviation {
    /// The document's name of the operation, or `*`. Where the document has none: a method and the path's beginning.
    operation: &'static str,
    /// The JSON pointer of [`Finding`]; `*` stands for the beginning of a segment or all of it,
    /// `**` for any number of segments.
    pointer: &'static str,
    found: Found,
    /// Why it is right all the same.
    reason: &'static str,
}

/// What is there instead.
#[derive(Clone, Copy, Debug)]
enum Found {
    Anything,
    /// Null, or not there.
    Nothing,
    EmptyText,
    /// A text that begins so; with an empty beginning, any text.
    Text(&'static str),
    Array,
    /// A number where a text is documented.
    Number,
    /// Anything, in one fixture.
    In(&'static str),
}

impl Deviation {
    /// Whether this explains what was found in a fixture, if it was in one.
    pub(crate) fn explains(&self, fixture: Option<&str>, finding: &Finding) -> bool {
        self.names(&finding.operation)
            && fits(&segments(self.pointer), &segments(&finding.pointer))
            && self.found.is_it(fixture, &finding.found)
    }

    fn names(&self, operation: &str) -> bool {
        match self.operation {
            "*" => true,
            // What is outside of the document goes by its request.
            begin if begin.contains(' ') => operation.starts_with(begin),
            id => id == operation,
        }
    }
}

impl Found {
    fn is_it(self, fixture: Option<&str>, value: &Value) -> bool {
        match self {
            Self::Anything => true,
            Self::Nothing => value.is_null(),
            Self::EmptyText => value == "",
            Self::Text(begin) => value.as_str().is_some_and(|text| text.starts_with(begin)),
            Self::Array => value.is_array(),
            Self::Number => value.is_number(),
            Self::In(name) => fixture == Some(name),
        }
    }
}

fn segments(pointer: &str) -> Vec<&str> {
    pointer.split('/').collect()
}

fn fits(pattern: &[&str], pointer: &[&str]) -> bool {
    match (pattern.split_first(), pointer.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), _) => {
            fits(rest, pointer)
                || pointer
                    .split_first()
                    .is_some_and(|(_, less)| fits(pattern, less))
        }
        (Some((wanted, pattern)), Some((got, pointer))) => {
            let one = match wanted.strip_prefix('*') {
                Some(end) => got.ends_with(end),
                None => wanted == got,
            };
            one && fits(pattern, pointer)
        }
        _ => false,
    }
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.found {
            Found::In(fixture) => write!(f, "fixture {fixture}: {}", self.reason),
            _ => write!(f, "{}: {}: {}", self.operation, self.pointer, self.reason),
        }
    }
}
