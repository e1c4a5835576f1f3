//! Lists and their sources.

use std::borrow::Cow;

use serde::Serialize;
use trunkline_core::ProviderData;
use trunkline_engine::{Listed, Source};
use utoipa::ToSchema;

use crate::dto::problem::SourceError;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T> {
    /// The items.
    pub data: Vec<T>,
    /// What to ask for the next page with; `null` at the end. A page may be short while it is not.
    pub next_cursor: Option<String>,
    /// What each account contributed, by name; empty for lists that ask no carrier.
    pub sources: Vec<SourceDto>,
}

impl<T> List<T> {
    /// A list that asks no carrier.
    pub fn local(data: Vec<T>, next_cursor: Option<String>) -> Self {
        Self {
            data,
            next_cursor,
            sources: Vec::new(),
        }
    }
}

impl<T, D: From<T>> From<Listed<T>> for List<D> {
    fn from(listed: Listed<T>) -> Self {
        Self {
            data: listed.items.into_iter().map(D::from).collect(),
            next_cursor: listed.next_cursor,
            sources: listed.sources.into_iter().map(SourceDto::from).collect(),
        }
    }
}

/// One account's part in an answer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Source)]
pub struct SourceDto {
    /// The account.
    #[schema(examples("us-main"))]
    pub account: String,
    /// Its provider.
    #[schema(examples("twilio"))]
    pub provider: String,
    /// `ok`, `partial` (there is more), `pending` (its turn has not come), `unsupported`, `rate_limited`, `timeout` or `error`.
    #[schema(examples("ok"))]
    pub status: &'static str,
    /// How many items it gave.
    pub count: usize,
    /// How long it took.
    pub latency_ms: u64,
    /// Whether it has more than was asked for.
    pub truncated: bool,
    /// Who applied the filters of the request.
    pub filters: FiltersDto,
    /// What the carrier says about the list as a whole, for example Webex's counts.
    #[schema(value_type = Object)]
    pub provider_data: ProviderData,
    /// Why it failed.
    pub error: Option<SourceError>,
}

/// The filters of a request, by who applied them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Filters)]
pub struct FiltersDto {
    /// The carrier did.
    #[schema(value_type = Vec<String>)]
    pub native: Vec<Cow<'static, str>>,
    /// trunkline did, to what the carrier answered.
    #[schema(value_type = Vec<String>)]
    pub local: Vec<Cow<'static, str>>,
    /// Nobody can: the account was not asked.
    #[schema(value_type = Vec<String>)]
    pub unsupported: Vec<Cow<'static, str>>,
}

impl From<Source> for SourceDto {
    fn from(source: Source) -> Self {
        Self {
            account: source.account.into(),
            provider: source.provider.to_string(),
            status: source.status.as_str(),
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
