//! The query of a request. Names are case-sensitive, and unknown ones are ignored without a word.

use super::error::Problem;
use crate::exchange::Request;

/// Names and values in the order they came.
#[derive(Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn of(request: &Request) -> Self {
        Self::parse(request.query.as_bytes())
    }

    /// A query or a form.
    pub(super) fn parse(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    /// The value of `name`, empty values included.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The value of `name`, if it is not empty.
    pub(super) fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// A whole number.
    pub(super) fn whole(&self, name: &str) -> Result<Option<usize>, Problem> {
        self.filled(name)
            .map(|text| {
                text.parse()
                    .map_err(|_| Problem::value(name, "must be a whole number"))
            })
            .transpose()
    }

    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Whether `text` contains `part`, in whatever case.
pub(super) fn contains(text: &str, part: &str) -> bool {
    text.to_lowercase().contains(&part.to_lowercase())
}
