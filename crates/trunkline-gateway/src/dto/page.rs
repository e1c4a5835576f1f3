//! Lists and their sources.

use std::borrow::Cow;

use serde::Serialize;
use trunkline_core::ProviderData;
use trunkline_engine::{Listed, Source};
use utoipa::ToSchema;

use crate::dto::closed_set::mirrors;
use crate::dto::problem::SourceError;

mirrors! {
    /// How an account did.
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
    /// What to ask for the next page with; `null` at the end. A page may be short while it is not.
    pub(crate) next_cursor: Option<String>,
    /// What each account contributed, by name; empty for lists that ask no carrier.
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

    /// The same list of what each item becomes.
    pub(crate) fn map<D>(self, to: impl FnMut(T) -> D) -> List<D> {
        List {
            data: self.data.into_iter().map(to).collect(),
            next_cursor: self.next_cursor,
            sources: self.sources,
        }
    }
}

impl<D> List<D> {
    /// What accounts have contributed.
    pub(crate) fn of<T: Into<D>>(items: Vec<T>, sources: Vec<Source>) -> Self {
        Self {
            data: items.into_iter().map(Into::into).collect(),
            next_cursor: None,
            sources: sources.into_iter().map(SourceDto::from).collect(),
        }
    }
}

impl<T, D: From<T>> From<Listed<T>> for List<D> {
    fn from(listed: Listed<T>) -> Self {
        Self {
            next_cursor: listed.next_cursor,
            ..Self::of(listed.items, listed.sources)
        }
    }
}

/// One account's part in an answer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Source)]
pub(crate) struct SourceDto {
    /// The account.
    #[schema(examples("us-main"))]
    pub(crate) account: String,
    /// Its provider.
    #[schema(examples("twilio"))]
    pub(crate) provider: String,
    /// `ok`, `partial` (there is more), `pending` (its turn has not come), `unsupported`, `rate_limited`, `timeout` or `error`.
    pub(crate) status: SourceStatusDto,
    /// How many items it gave.
    pub(crate) count: usize,
    /// How long it took.
    pub(crate) latency_ms: u64,
    /// Whether it has more than was asked for.
    pub(crate) truncated: bool,
    /// Who applied the filters of the request.
    pub(crate) filters: FiltersDto,
    /// What the carrier says about the list as a whole, for example Webex's counts.
    #[schema(value_type = Object)]
    pub(crate) provider_data: ProviderData,
    /// Why it failed.
    pub(crate) error: Option<SourceError>,
}

/// The filters of a request, by who applied them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Filters)]
pub(crate) struct FiltersDto {
    /// The carrier did.
    #[schema(value_type = Vec<String>)]
    pub(crate) native: Vec<Cow<'static, str>>,
    /// trunkline did, to what the carrier answered.
    #[schema(value_type = Vec<String>)]
    pub(crate) local: Vec<Cow<'static, str>>,
    /// Nobody can: the account was not asked.
    #[schema(value_type = Vec<String>)]
    pub(crate) unsupported: Vec<Cow<'static, str>>,
}

impl From<Source> for SourceDto {
    fn from(source: Source) -> Self {
        Self {
            account: source.account.into(),
            provider: source.provider.to_string(),
            status: source.status.into(),
            count: source.count,
            latency_ms: u64::try_from(source.latency.as_millis()).unwrap_or(u64::MAX),
            truncated: source.truncated,
            filters: FiltersDto {
                native: source.filters.native,
                local: source.filters.local,
                unsupported: source.filters.unsupported,
            },
            provider_data: source.provider_data,
            error: source.error.as_ref().map(SourceError::from),
        }
    }
}
