//! Reading one account's pages.

use std::sync::Arc;

use crate::source::Filters;
use trunkline_core::error::Result;
use trunkline_core::model::Page;
use trunkline_core::provider::Provider;

/// How one account is read: a carrier page from a cursor, and which of its items fit.
pub(crate) trait Reader<T>: Sync {
    /// One carrier page.
    fn read(
        &self,
        provider: &Arc<dyn Provider>,
        cursor: Option<String>,
        limit: usize,
    ) -> impl Future<Output = Result<Page<T>>> + Send;
    /// What an item is called.
    fn id<'a>(&self, item: &'a T) -> &'a str;
    /// Whether an item fits the filters that the carrier did not apply.
    fn fits(&self, provider: &dyn Provider, item: &T) -> bool;
    /// Who applies the filters.
    fn filters(&self, provider: &dyn Provider) -> Filters;
}
