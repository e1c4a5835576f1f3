//! Lists and their sources.

use serde::Serialize;
use trunkline_core::ProviderData;
use trunkline_engine::{Filters, Listed, Source};
use utoipa::ToSchema;

use crate::dto::closed_set::mirrors;
use crate::dto::convert::dtos;
use crate::dto::problem::SourceError;

mirrors! {
    /// How an account answered.
    SourceStatusDto as SourceStatus = trunkline_engine::SourceStatus {
        Ok "ok", Partial "partial", Pending "pending", Unsupported "unsupported",
        RateLimited "rate_limited", Timeout "timeout", Error "error",
    }
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct List<T> {
    /// The items.
    pub(crate) data: Vec<T>,
    /// Send this as `cursor` to get the next page; `null` on the last one. A page may be short and not be the last.
    pub(crate) next_cursor: Option<String>,
    /// How each account answered, by name; empty for lists that ask no carrier.
    pub(crate) sources: Vec<SourceDto>,
}

impl<T> List<T> {
    /// A list that asks no carrier.
    pub(crate) fn local(data: Vec<T>, next_cursor: Option<String>) -> Self {
        Self {
            data,
            next_cursor,
            sources: Vec::new(),
        }
    }

    /// A page of what was read with one item more than the limit; `cursor` names the last item.
    pub(crate) fn page(mut found: Vec<T>, limit: usize, cursor: impl Fn(&T) -> String) -> Self {
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(cursor);
        Self::local(found, next)
    }

    /// The same list with converted items.
    pub(crate) fn map<D>(self, to: impl FnMut(T) -> D) -> List<D> {
        List {
            data: self.data.into_iter().map(to).collect(),
            next_cursor: self.next_cursor,
            sources: self.sources,
        }
    }
}

impl<D> List<D> {
    /// The items of several accounts.
    pub(crate) fn of<T: Into<D>>(items: Vec<T>, sources: Vec<Source>) -> Self {
        Self {
            data: items.into_iter().map(T::into).collect(),
            next_cursor: None,
            sources: sources.into_iter().map(SourceDto::from).collect(),
        }
    }
}

impl<T: Into<D>, D> From<Listed<T>> for List<D> {
    fn from(listed: Listed<T>) -> Self {
        Self {
            next_cursor: listed.next_cursor,
            ..Self::of(listed.items, listed.sources)
        }
    }
}

dtos! {
    /// One account's part in an answer.
    pub(crate) SourceDto as Source = Source, |source| {
        /// The account.
        #[schema(examples("twilio"))]
        account: String,
        /// Its provider.
        provider: String,
        /// `ok`, `partial` (there is more), `pending` (not asked yet), `unsupported`, `rate_limited`, `timeout` or `error`.
        status: SourceStatusDto,
        /// Number of items.
        count: usize,
        /// Milliseconds until it had answered.
        latency_ms: u64 = u64::try_from(source.latency.as_millis()).unwrap_or(u64::MAX),
        /// True when it has more than was asked for.
        truncated: bool,
        /// Who applied the filters of the request.
        filters: FiltersDto,
        /// The carrier's own fields of the list as a whole, for example its counts.
        #[schema(value_type = Object)]
        provider_data: ProviderData,
        /// Why it failed.
        error: Option<SourceError>,
    }

    /// The filters of a request, by who applied them.
    pub(crate) FiltersDto as Filters = Filters, |filters| {
        /// Applied by the carrier.
        native: Vec<String>,
        /// Applied by trunkline to the carrier's answer.
        local: Vec<String>,
        /// Not possible: the account was not asked.
        unsupported: Vec<String>,
    }
}
