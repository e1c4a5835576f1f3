//! Query parameters and bodies.

use std::str::FromStr;

use serde_json::{Map, Value};

use super::error::{ApiError, Result};
use crate::exchange::Request;

/// Names and values in the order they came.
#[derive(Debug, Default)]
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    pub(super) fn of_query(request: &Request) -> Self {
        Self::parse(request.query.as_bytes())
    }

    pub(super) fn of_form(request: &Request) -> Self {
        Self::parse(&request.body)
    }

    fn parse(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    /// The value of `name`, if it is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// All values of `name`, be it repeated or a list with commas.
    pub(super) fn list(&self, name: &str) -> Vec<&str> {
        let values = self.0.iter().filter(|(key, _)| key == name);
        values
            .flat_map(|(_, value)| value.split(','))
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .collect()
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>> {
        self.parsed(name)
    }

    pub(super) fn whole(&self, name: &str) -> Result<Option<usize>> {
        self.parsed(name)
    }

    /// The value of `name`, which must be one of these.
    pub(super) fn one_of(
        &self,
        name: &str,
        known: &[&'static str],
    ) -> Result<Option<&'static str>> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let found = known.iter().find(|known| **known == value);
        found
            .map(|known| Some(*known))
            .ok_or_else(|| invalid(name, value))
    }

    /// The same parameters as a query, these two replaced.
    pub(super) fn page(&self, start: usize, max: usize) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let others = self
            .0
            .iter()
            .filter(|(name, _)| name != "start" && name != "max");
        for (name, value) in others {
            query.append_pair(name, value);
        }
        query.append_pair("start", &start.to_string());
        query.append_pair("max", &max.to_string());
        query.finish()
    }

    fn parsed<T: FromStr>(&self, name: &str) -> Result<Option<T>> {
        let parse = |value: &str| value.parse().map_err(|_| invalid(name, value));
        self.get(name).map(parse).transpose()
    }
}

/// A parameter with a value that it can't have.
pub(super) fn invalid(name: &str, value: &str) -> ApiError {
    ApiError::bad(format!("Invalid value for {name}: {value}"))
}

/// The members of a JSON body.
#[derive(Debug)]
pub(super) struct Body(pub(super) Map<String, Value>);

impl Body {
    /// Reads the body of a request, which must be an object. A missing one is refused like one that can't be read.
    pub(super) fn of(request: &Request) -> Result<Self> {
        const REFUSAL: &str = "Invalid JSON format in request body";
        let refuse = |detail: &str| {
            let message = format!("{REFUSAL}: {detail}");
            ApiError::new(http::StatusCode::BAD_REQUEST, 25_024, message)
        };
        if request.body.is_empty() {
            return Err(refuse("Required request body is missing"));
        }
        match serde_json::from_slice(&request.body) {
            Ok(Value::Object(members)) => Ok(Self(members)),
            Ok(_) => Err(refuse("an object is expected")),
            Err(error) => Err(refuse(&error.to_string())),
        }
    }

    /// A text; null and absent are none.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(invalid(name, &other.to_string())),
        }
    }

    /// A text that may be taken away: with null or an empty text.
    pub(super) fn change(&self, name: &str, slot: &mut Option<String>) -> Result<()> {
        if self.0.contains_key(name) {
            *slot = self
                .text(name)?
                .filter(|text| !text.is_empty())
                .map(str::to_owned);
        }
        Ok(())
    }

    pub(super) fn flag(&self, name: &str, slot: &mut bool) -> Result<()> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(()),
            Some(Value::Bool(flag)) => {
                *slot = *flag;
                Ok(())
            }
            Some(other) => Err(invalid(name, &other.to_string())),
        }
    }

    /// A text that must be one of these.
    pub(super) fn one_of(
        &self,
        name: &str,
        known: &[&'static str],
    ) -> Result<Option<&'static str>> {
        let Some(value) = self.text(name)? else {
            return Ok(None);
        };
        let found = known.iter().find(|known| **known == value);
        found
            .map(|known| Some(*known))
            .ok_or_else(|| invalid(name, value))
    }

    /// A list of texts that must be there and not empty.
    pub(super) fn numbers(&self) -> Result<Vec<String>> {
        texts(self.0.get("phoneNumbers"), "phoneNumbers")
    }

    /// An object among the members.
    pub(super) fn part(&self, name: &str) -> Result<Option<Self>> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(members)) => Ok(Some(Self(members.clone()))),
            Some(other) => Err(invalid(name, &other.to_string())),
        }
    }
}

/// A list of texts that must be there and not empty.
pub(super) fn texts(value: Option<&Value>, name: &str) -> Result<Vec<String>> {
    let list = match value {
        None | Some(Value::Null) => return Err(ApiError::missing(&[name])),
        Some(Value::Array(list)) if list.is_empty() => return Err(ApiError::missing(&[name])),
        Some(Value::Array(list)) => list,
        Some(other) => return Err(invalid(name, &other.to_string())),
    };
    list.iter()
        .map(|item| match item {
            Value::String(text) => Ok(text.clone()),
            other => Err(invalid(name, &other.to_string())),
        })
        .collect()
}
