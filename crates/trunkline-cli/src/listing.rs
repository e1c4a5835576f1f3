//! Lists of the API, page by page.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::args::PageArgs;
use crate::call::Call;
use crate::client::Api;
use crate::failure::{Exit, Failure, wait};
use crate::reply::Reply;

/// Most that one page holds.
const PAGE: usize = 100;

/// One page, or several as one.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Listing {
    /// The items, as they were answered.
    data: Vec<Box<RawValue>>,
    next_cursor: Option<String>,
    #[serde(default)]
    sources: Vec<Value>,
    /// The answer, as long as it is one.
    #[serde(skip)]
    body: Option<String>,
}

impl Listing {
    /// The items.
    pub(crate) fn items(&self) -> Vec<Value> {
        self.data
            .iter()
            .map(|item| serde_json::from_str(item.get()).unwrap_or_default())
            .collect()
    }

    /// Whether there is more than this.
    pub(crate) const fn has_more(&self) -> bool {
        self.next_cursor.is_some()
    }

    /// The list that an answer is.
    ///
    /// # Errors
    /// An answer that is none.
    pub(crate) fn read(reply: Reply) -> Result<Self, Failure> {
        let listing: Self = reply.read()?;
        Ok(Self {
            body: Some(reply.body),
            ..listing
        })
    }

    /// The answer, or what it would have been in one page.
    pub(crate) fn json(&self) -> Cow<'_, str> {
        match &self.body {
            Some(body) => Cow::Borrowed(body),
            // Its parts were JSON.
            None => Cow::Owned(serde_json::to_string(self).unwrap_or_default()),
        }
    }

    /// The accounts that failed.
    fn failed(&self) -> impl Iterator<Item = &Value> {
        let is_failure = |source: &&Value| {
            matches!(
                source["status"].as_str(),
                Some("rate_limited" | "timeout" | "error")
            )
        };
        self.sources.iter().filter(is_failure)
    }

    /// What a person should know of the accounts. Those that can't do what was asked are told of if they were named,
    /// or if that is why there is nothing.
    pub(crate) fn notes(&self, named: bool) -> Vec<String> {
        let told = named || self.data.is_empty();
        let unable = self
            .sources
            .iter()
            .filter(|source| told && source["status"] == "unsupported");
        let note = |source: &Value| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let (account, status) = (text(&source["account"]), text(&source["status"]));
            // It begins with the account already, and ends with the carrier's code.
            let detail = text(&source["error"]["detail"]);
            let mut why = detail
                .strip_prefix(&format!("{account}: "))
                .unwrap_or(&detail)
                .to_owned();
            if let Some(seconds) = source["error"]["retry_after"].as_u64() {
                why.push_str(&format!("; try again in {}", wait(seconds)));
            }
            let separator = if why.is_empty() { "" } else { ": " };
            format!("note: {account}: {status}{separator}{why}")
        };
        // What an account gave may lack rows that nobody could read.
        let lacking = self
            .sources
            .iter()
            .filter(|source| source["status"] == "partial" && !source["error"].is_null());
        let said = self.sources.iter().filter_map(|source| {
            let data = &source["provider_data"];
            let account = source["account"].as_str().unwrap_or_default();
            let says = data.as_object().is_some_and(|data| !data.is_empty());
            says.then(|| format!("note: {account} says of the list: {data}"))
        });
        self.failed()
            .chain(lacking)
            .chain(unable)
            .map(note)
            .chain(said)
            .collect()
    }

    /// Done, or how much of it.
    pub(crate) fn exit(&self) -> Exit {
        match (self.failed().count(), self.sources.len()) {
            (0, _) => Exit::Done,
            (failed, all) if failed == all && self.data.is_empty() => Exit::Failed,
            _ => Exit::Partial,
        }
    }

    /// Both, as one.
    fn and(mut self, page: Self) -> Self {
        self.body = None;
        self.data.extend(page.data);
        self.next_cursor = page.next_cursor;
        for mut source in page.sources {
            let before = self
                .sources
                .iter_mut()
                .find(|before| before["account"] == source["account"]);
            match before {
                // What it gave so far stands.
                Some(_) if source["status"] == "pending" => {}
                Some(before) => {
                    let count = before["count"].as_u64().unwrap_or_default()
                        + source["count"].as_u64().unwrap_or_default();
                    source["count"] = Value::from(count);
                    *before = source;
                }
                None => self.sources.push(source),
            }
        }
        self
    }
}

/// Follows a list until it has as many items as wanted, or ends.
///
/// # Errors
/// Those of the API.
pub(crate) async fn follow(api: &Api, call: &Call, page: PageArgs) -> Result<Listing, Failure> {
    let mut listing: Option<Listing> = None;
    let mut cursor = page.cursor;
    let wanted = if page.all { usize::MAX } else { page.limit };
    loop {
        let held = listing.as_ref().map_or(0, |listing| listing.data.len());
        let mut query = vec![("limit".into(), (wanted - held).min(PAGE).to_string())];
        query.extend(cursor.take().map(|cursor| ("cursor".into(), cursor)));
        let next = Listing::read(api.send(&call.clone().with_query(query)).await?)?;
        // An account that failed keeps its place; asking for it without end would help nobody.
        let is_stuck = next.data.is_empty() && next.failed().next().is_some();
        let all = match listing.take() {
            None => next,
            Some(before) => before.and(next),
        };
        if is_stuck || !all.has_more() || all.data.len() >= wanted {
            return Ok(all);
        }
        cursor.clone_from(&all.next_cursor);
        listing = Some(all);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn page(value: Value) -> Listing {
        serde_json::from_value(value).unwrap()
    }

    fn source(account: &str, status: &str) -> Value {
        json!({"account": account, "status": status, "count": 1, "error": {"detail": "no answer", "retry_after": 3}})
    }

    #[test]
    fn some_failed_accounts_make_it_partial_and_all_make_it_failed() {
        let partly = page(
            json!({"data": [1], "next_cursor": null, "sources": [source("a", "ok"), source("b", "timeout")]}),
        );
        assert_eq!(partly.exit(), Exit::Partial);
        assert_eq!(
            partly.notes(false),
            ["note: b: timeout: no answer; try again in 3 s"]
        );
        let wholly =
            page(json!({"data": [], "next_cursor": null, "sources": [source("b", "error")]}));
        assert_eq!(wholly.exit(), Exit::Failed);
    }

    #[test]
    fn an_account_that_cannot_is_told_of_only_where_it_matters() {
        let some = page(
            json!({"data": [1], "next_cursor": null, "sources": [source("w", "unsupported")]}),
        );
        assert_eq!(
            (some.notes(false).len(), some.notes(true).len(), some.exit()),
            (0, 1, Exit::Done)
        );
    }

    #[test]
    fn pages_add_up() {
        let first =
            page(json!({"data": [1], "next_cursor": "c", "sources": [source("a", "partial")]}));
        let all = first.and(page(json!({"data": [2], "next_cursor": null, "sources": [source("a", "ok"), source("b", "ok")]})));
        assert_eq!(all.items(), [json!(1), json!(2)]);
        let sources: Vec<_> = all
            .sources
            .iter()
            .map(|s| (s["status"].clone(), s["count"].clone()))
            .collect();
        assert_eq!(sources, [(json!("ok"), json!(2)), (json!("ok"), json!(1))]);
        assert!(!all.has_more());
    }
}
