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
    /// Whether the carrier's list changed while it was read, or its count is wrong: rows may be missing.
    pub shifted: bool,
    /// Whether the carrier may have more that fits than it gave: of a search whose answer was sifted here.
    pub cut: bool,
    /// The filters that were applied here to what the carrier gave, by their names.
    pub local: Vec<&'static str>,
    /// What the carrier says about the list as a whole, for example Webex's counts.
    pub provider_data: ProviderData,
}

impl<T> Page<T> {
    /// What fits of a search's answer. `misfit` names the filter that a row does not fit, `room` is how many the carrier
    /// could have given, `None` if it does not say.
    #[must_use]
    pub fn sifted(
        rows: impl IntoIterator<Item = T>,
        room: Option<usize>,
        misfit: impl Fn(&T) -> Option<&'static str>,
    ) -> Self {
        let rows = rows.into_iter();
        let (mut all, mut page) = (0, Self::last(Vec::with_capacity(rows.size_hint().0)));
        for row in rows {
            all += 1;
            match misfit(&row) {
                None => page.items.push(row),
                Some(filter) => {
                    page.cut = true;
                    page.sift(filter);
                }
            }
        }
        page.cut &= room.is_none_or(|room| all >= room);
        page
    }

    /// Says that a filter was applied here.
    pub fn sift(&mut self, filter: &'static str) {
        if !self.local.contains(&filter) {
            self.local.push(filter);
        }
    }

    /// A page after which there is nothing.
    #[must_use]
    pub fn last(items: Vec<T>) -> Self {
        Self {
            items,
            next: None,
            unreadable: 0,
            shifted: false,
            cut: false,
            local: Vec::new(),
            provider_data: ProviderData::default(),
        }
    }
}
