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

/// Most items of one page.
const PAGE: usize = 100;

/// One page, or several as one.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Listing {
    /// The items, as they were answered.
    data: Vec<Box<RawValue>>,
    next_cursor: Option<String>,
    #[serde(default)]
    sources: Vec<Value>,
    /// The answer of the API, if it is the only one.
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

    /// What is said of each account.
    pub(crate) fn sources(&self) -> &[Value] {
        &self.sources
    }

    /// Whether the list goes on.
    pub(crate) const fn has_more(&self) -> bool {
        self.next_cursor.is_some()
    }

    /// Reads an answer.
    ///
    /// # Errors
    /// An answer that is not a list.
    pub(crate) fn read(reply: Reply) -> Result<Self, Failure> {
        let listing: Self = reply.read()?;
        Ok(Self {
            body: Some(reply.body),
            ..listing
        })
    }

    /// The answer of the API, or all pages as one answer.
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

    /// Notes about the accounts: failures, unreadable rows, and what else came with a list. Accounts that don't support
    /// the call are noted if they were `named`, or if the list is empty.
    pub(crate) fn notes(&self, named: bool) -> Vec<String> {
        let shows_unsupported = named || self.data.is_empty();
        let noted = |source: &&Value| match source["status"].as_str() {
            Some("unsupported") => shows_unsupported,
            // Rows that could not be read.
            Some("partial") => !source["error"].is_null(),
            _ => false,
        };
        let others = self.sources.iter().filter(noted).map(note);
        let extras = self.sources.iter().filter_map(extra);
        self.failed()
            .map(note)
            .chain(others)
            .chain(extras)
            .collect()
    }

    /// The exit status of the command that shows the list.
    pub(crate) fn exit(&self) -> Exit {
        match (self.failed().count(), self.sources.len()) {
            (0, _) => Exit::Done,
            (failed, all) if failed == all && self.data.is_empty() => Exit::Failed,
            _ => Exit::Partial,
        }
    }

    /// This list with one more page.
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
                // The part before stays as it is.
                Some(_) if source["status"] == "pending" => {}
                // The inventory is as fresh on each page.
                Some(_) if source["status"].is_null() => {}
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

/// How an account failed.
fn note(source: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (account, status) = (text(&source["account"]), text(&source["status"]));
    let detail = text(&source["error"]["detail"]);
    // The detail may begin with the account.
    let mut why = detail
        .strip_prefix(&format!("{account}: "))
        .unwrap_or(&detail)
        .to_owned();
    if let Some(seconds) = source["error"]["retry_after"].as_u64() {
        why.push_str(&format!("; try again in {}", wait(seconds)));
    }
    let separator = if why.is_empty() { "" } else { ": " };
    format!("note: {account}: {status}{separator}{why}")
}

/// What came with the list of an account beside its items. Counts are left out: the list shows them.
fn extra(source: &Value) -> Option<String> {
    let mut extra = source["provider_data"].as_object()?.clone();
    extra.retain(|_, value| !value.is_number());
    let account = source["account"].as_str().unwrap_or_default();
    let extra = (!extra.is_empty()).then(|| Value::from(extra))?;
    Some(format!("note: {account}: the list also has {extra}"))
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
        // A failed account keeps its cursor: asking again without end would not help.
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
    fn some_failed_accounts_exit_as_partial_and_all_as_failed() {
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
    fn unsupported_account_is_noted_only_if_named_or_if_the_list_is_empty() {
        let some = page(
            json!({"data": [1], "next_cursor": null, "sources": [source("w", "unsupported")]}),
        );
        assert_eq!(
            (some.notes(false).len(), some.notes(true).len(), some.exit()),
            (0, 1, Exit::Done)
        );
    }

    #[test]
    fn counts_are_no_note_and_other_data_is() {
        let with = |data: Value| {
            page(json!({"data": [], "next_cursor": null, "sources": [
                {"account": "z", "status": "ok", "count": 0, "provider_data": data}]}))
            .notes(false)
        };
        assert!(with(json!({"count": 0})).is_empty());
        let noted = with(json!({"count": 1, "lines": [{"id": 7}]}));
        assert_eq!(
            noted,
            [r#"note: z: the list also has {"lines":[{"id":7}]}"#]
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
