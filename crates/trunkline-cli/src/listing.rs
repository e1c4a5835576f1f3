//! Lists of the API, page by page.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::args::PageArgs;
use crate::call::Call;
use crate::client::Api;
use crate::failure::{Exit, Failure};

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

    /// As the API would have answered it in one page.
    pub(crate) fn json(&self) -> String {
        // Its parts were JSON.
        serde_json::to_string(self).unwrap_or_default()
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
            let mut why = text(&source["error"]["detail"]);
            if let Some(code) = source["error"]["provider_code"].as_str() {
                why.push_str(&format!(", code {code}"));
            }
            if let Some(seconds) = source["error"]["retry_after"].as_u64() {
                why.push_str(&format!("; try again in {seconds} s"));
            }
            let separator = if why.is_empty() { "" } else { ": " };
            format!("note: {account}: {status}{separator}{why}")
        };
        self.failed().chain(unable).map(note).collect()
    }

    /// Done, or how much of it.
    pub(crate) fn exit(&self) -> Exit {
        match (self.failed().count(), self.sources.len()) {
            (0, _) => Exit::Done,
            (failed, all) if failed == all && self.data.is_empty() => Exit::Failed,
            _ => Exit::Partial,
        }
    }

    fn add(&mut self, page: Self) {
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
    }
}

/// Follows a list until it has as many items as wanted, or ends.
///
/// # Errors
/// Those of the API.
pub(crate) async fn follow(api: &Api, call: &Call, page: PageArgs) -> Result<Listing, Failure> {
    let mut listing = Listing {
        next_cursor: page.cursor,
        ..Listing::default()
    };
    let wanted = if page.all { usize::MAX } else { page.limit };
    loop {
        let mut query = vec![("limit", (wanted - listing.data.len()).min(PAGE).to_string())];
        query.extend(listing.next_cursor.take().map(|cursor| ("cursor", cursor)));
        let next: Listing = api.send(&call.clone().with_query(query)).await?.read()?;
        // An account that failed keeps its place; asking for it without end would help nobody.
        let is_stuck = next.data.is_empty() && next.failed().next().is_some();
        listing.add(next);
        if is_stuck || !listing.has_more() || listing.data.len() >= wanted {
            return Ok(listing);
        }
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
        let mut all =
            page(json!({"data": [1], "next_cursor": "c", "sources": [source("a", "partial")]}));
        all.add(page(json!({"data": [2], "next_cursor": null, "sources": [source("a", "ok"), source("b", "ok")]})));
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
