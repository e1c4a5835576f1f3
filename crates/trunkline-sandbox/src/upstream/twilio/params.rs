//! The parameters of a request: query or form, names case-sensitive.

use http::header;

use super::error::{ApiError, Result};
use crate::exchange::Request;

/// Names and values in the order they came.
#[derive(Debug, Default)]
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    pub(super) fn of_query(request: &Request) -> Self {
        Self::parse(request.query.as_bytes())
    }

    /// A body of another type than a form has no parameters.
    pub(super) fn of_form(request: &Request) -> Self {
        let form = request
            .header(header::CONTENT_TYPE.as_str())
            .is_some_and(|value| {
                value
                    .trim_start()
                    .to_ascii_lowercase()
                    .starts_with("application/x-www-form-urlencoded")
            });
        if form {
            Self::parse(&request.body)
        } else {
            Self::default()
        }
    }

    fn parse(text: &[u8]) -> Self {
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

    /// A literal `true` or `false`.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>> {
        match self.filled(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => Err(ApiError::parameter(name, other)),
        }
    }

    pub(super) fn whole(&self, name: &str) -> Result<Option<usize>> {
        let parse = |text: &str| text.parse().map_err(|_| ApiError::parameter(name, text));
        self.filled(name).map(parse).transpose()
    }

    /// The pairs except those named.
    pub(super) fn without<'a>(
        &'a self,
        names: &'a [&str],
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(|(name, _)| !names.contains(name))
    }

    /// As a query that carries the same pairs in the order of their names.
    pub(super) fn sorted_query(&self) -> String {
        let mut pairs: Vec<_> = self.0.iter().collect();
        pairs.sort();
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in pairs {
            query.append_pair(name, value);
        }
        // The form encoding lets asterisks stand; Twilio doesn't.
        query.finish().replace('*', "%2A")
    }
}

/// Refuses a form with a name of more than 64 characters.
pub(super) fn check_name(request: &Request) -> Result<()> {
    match Params::of_form(request).filled("FriendlyName") {
        Some(name) if name.chars().count() > 64 => Err(ApiError::bad(
            20_002,
            "Invalid FriendlyName: at most 64 characters",
        )),
        Some(_) | None => Ok(()),
    }
}
