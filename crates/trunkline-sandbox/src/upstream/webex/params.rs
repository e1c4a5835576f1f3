//! Query parameters, bodies and pages: by offset, and with a link to the next one where links are on.

use http::HeaderName;
use serde::Serialize;
use serde_json::{Map, Value};

use super::error::{ApiError, Result};
use super::state::{Context, Webex};
use crate::exchange::{Answer, Request};

/// The value of `name`, which must be one of these.
pub(super) fn one_of(
    name: &str,
    value: Option<&str>,
    known: &[&'static str],
) -> Result<Option<&'static str>> {
    let Some(value) = value else {
        return Ok(None);
    };
    let found = known.iter().find(|known| **known == value);
    let found = found.ok_or_else(|| ApiError::invalid(name, value))?;
    Ok(Some(found))
}

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

    /// A text; `None` if it is absent or null.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>> {
        self.read(name, Value::as_str)
    }

    /// A member of one type; `None` if it is absent or null.
    fn read<'b, T>(
        &'b self,
        name: &str,
        typed: impl FnOnce(&'b Value) -> Option<T>,
    ) -> Result<Option<T>> {
        let value = self.0.get(name).filter(|value| !value.is_null());
        let invalid = |value: &Value| ApiError::invalid(name, &value.to_string());
        let read = |value| typed(value).ok_or_else(|| invalid(value));
        value.map(read).transpose()
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
        *slot = self.read(name, Value::as_bool)?.unwrap_or(*slot);
        Ok(())
    }

    /// A text that must be one of these.
    pub(super) fn one_of(
        &self,
        name: &str,
        known: &[&'static str],
    ) -> Result<Option<&'static str>> {
        one_of(name, self.text(name)?, known)
    }

    pub(super) fn numbers(&self) -> Result<Vec<String>> {
        texts(self.0.get("phoneNumbers"), "phoneNumbers")
    }

    /// An object among the members.
    pub(super) fn part(&self, name: &str) -> Result<Option<Self>> {
        self.read(name, |value| value.as_object().cloned().map(Self))
    }
}

/// A list of texts that must be there and not empty.
pub(super) fn texts(value: Option<&Value>, name: &str) -> Result<Vec<String>> {
    let list = match value {
        None | Some(Value::Null) => return Err(ApiError::missing(&[name])),
        Some(Value::Array(list)) if list.is_empty() => return Err(ApiError::missing(&[name])),
        Some(Value::Array(list)) => list,
        Some(other) => return Err(ApiError::invalid(name, &other.to_string())),
    };
    list.iter()
        .map(|item| match item {
            Value::String(text) => Ok(text.clone()),
            other => Err(ApiError::invalid(name, &other.to_string())),
        })
        .collect()
}

const DEFAULT_MAX: usize = 2_000;

impl Webex {
    /// Answers with a page of `all` rows; the document is made of that page.
    pub(super) fn paged<'a, T, D: Serialize>(
        &self,
        context: &Context<'_>,
        all: &'a [T],
        document: impl FnOnce(&'a [T]) -> D,
    ) -> Result<Answer> {
        let params = context.query();
        let max = params.whole("max")?.unwrap_or(DEFAULT_MAX);
        if max == 0 {
            return Err(ApiError::invalid("max", "0"));
        }
        let first = params.whole("start")?.unwrap_or_default();
        let (start, count) = context.visit.shifted(first, all.len());
        let start = start.min(all.len());
        let page = &all[start..all.len().min(start.saturating_add(max))];
        let mut answer = Answer::ok(&document(page));
        let next = first.saturating_add(max);
        if self.options.webex_links && next < count {
            let (host, path) = (context.request.host(), &context.request.path);
            let paging = [("start", next.to_string()), ("max", max.to_string())];
            let filters = |name: &str| name != "start" && name != "max";
            let query = params.rewritten(filters, &paging);
            let link = format!("<http://{host}{path}?{query}>; rel=\"next\"");
            answer.set(HeaderName::from_static("link"), link);
        }
        Ok(answer)
    }
}
