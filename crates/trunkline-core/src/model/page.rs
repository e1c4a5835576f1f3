//! Pages of a carrier's list.

use crate::model::ProviderData;

/// Part of a list, in the carrier's order.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page starts, in the adapter's own words; `None` at the end.
    pub next: Option<String>,
    /// Rows of the carrier's that could not be read and are left out.
    pub unreadable: usize,
    /// Whether the carrier's list changed while its pages were read, or lies about how many rows it has: rows may be
    /// missing.
    pub shifted: bool,
    /// What the carrier says about the list as a whole, for example Webex's counts.
    pub provider_data: ProviderData,
}

impl<T> Page<T> {
    /// A page after which there is nothing.
    #[must_use]
    pub fn last(items: Vec<T>) -> Self {
        Self {
            items,
            next: None,
            unreadable: 0,
            shifted: false,
            provider_data: ProviderData::default(),
        }
    }
}
