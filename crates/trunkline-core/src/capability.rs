//! What a provider's API can do, as data.

use crate::model::{CallerIdMethod, CountryCode, NumberType};

pub use crate::operation::{ListFilter, NumberField, Operation, OperationSet, SearchFilter};

/// What an account can do: a request for anything else is refused before it leaves.
///
/// What a *number* can do is its [`Features`](crate::Features).
#[derive(Clone, Debug, Default)]
pub struct Capability {
    /// Supported operations.
    pub operations: OperationSet,
    /// Number types that can be searched and purchased.
    pub number_types: Vec<NumberType>,
    /// Countries that can be searched; `None` if only the carrier knows.
    pub countries: Option<Vec<CountryCode>>,
    /// Search filters that the carrier applies itself.
    pub search_filters: Vec<SearchFilter>,
    /// Search filters that are applied here to what the carrier answers.
    pub search_filters_local: Vec<SearchFilter>,
    /// Most numbers that one search call can answer.
    pub search_limit_max: usize,
    /// List filters that the carrier applies itself.
    pub list_filters: Vec<ListFilter>,
    /// List filters that are applied here to what the carrier answers.
    pub list_filters_local: Vec<ListFilter>,
    /// Names in [`ListQuery::provider_options`](crate::ListQuery::provider_options) that the account understands.
    pub list_options: Vec<&'static str>,
    /// Largest page of a list.
    pub page_size_max: usize,
    /// Most numbers in one [`Operation::Register`] call.
    pub batch_max: usize,
    /// Most numbers of one range.
    pub range_max: usize,
    /// Most numbers in one [`Operation::RegisterRange`] call; a longer range takes several.
    pub range_chunk: usize,
    /// Fields that [`Operation::Update`] can change.
    pub writable: Vec<NumberField>,
    /// How a caller ID is proved.
    pub caller_id_method: Option<CallerIdMethod>,
    /// Days after a purchase in which the carrier refuses a release.
    pub release_cooldown_days: u32,
    /// Whether search answers carry a price.
    pub search_has_prices: bool,
    /// Whether the carrier's id of a number is made from the number, so that a number bought again has the same id.
    pub ids_are_numbers: bool,
    /// Whether a purchase of a number that the account holds already sells nothing. Only then may a purchase that was not
    /// answered, and whose number was found absent, be tried again before its watch is over.
    pub repeated_purchase_is_safe: bool,
}

impl Capability {
    /// Whether the account offers this operation.
    pub fn supports(&self, operation: Operation) -> bool {
        self.operations.contains(operation)
    }

    /// Whether a search filter can be honoured, by the carrier or here.
    pub fn can_filter_search(&self, filter: SearchFilter) -> bool {
        self.search_filters.contains(&filter) || self.search_filters_local.contains(&filter)
    }

    /// Whether a list filter can be honoured, by the carrier or here.
    pub fn can_filter_list(&self, filter: ListFilter) -> bool {
        self.list_filters.contains(&filter) || self.list_filters_local.contains(&filter)
    }
}
