//! What there is at the carrier under test.

use std::collections::BTreeMap;

use serde_json::Value;
use trunkline_core::capability::{NumberField, SearchFilter};
use trunkline_core::{
    CountryCode, E164, NumberType, NumberUpdate, PurchaseOrder, RangeRequest, SearchQuery,
};

/// What there is at the carrier to find, buy, set and prove. What belongs to an operation that the account lacks stays
/// empty; the suite fails if something is missing that the capability promises.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// Finds at least 20 numbers, and `crowd` of them, that can be bought without papers.
    pub stock: Option<SearchQuery>,
    /// Finds nothing.
    pub nothing: Option<SearchQuery>,
    /// Searches for every filter. For each filter one of them must find fewer numbers with it than without, and one
    /// must find something.
    pub searches: Vec<(SearchFilter, SearchQuery)>,
    /// Where numbers of each type are on sale.
    pub types: Vec<(NumberType, CountryCode)>,
    /// Types that the carrier knows and has none of, and a country to ask for them.
    pub types_out_of_stock: Vec<(NumberType, CountryCode)>,
    /// A purchase that the carrier refuses, because the number is not its to sell (any more).
    pub taken: Option<PurchaseOrder>,
    /// The carrier's id of an address, where no number is sold without one.
    pub address_id: Option<String>,
    /// How many numbers must be held for a complete look to take several pages, if that is possible; eight at least.
    pub crowd: usize,
    /// Numbers that can be registered, `crowd` of them at least.
    pub register: Vec<String>,
    /// Numbers that can be registered as a range, two at least.
    pub range: Option<RangeRequest>,
    /// The carrier's id of the place of registered and main numbers, where there are several.
    pub location: Option<String>,
    /// Changes to a number, each as complete as the carrier will show it; together they touch every writable field.
    pub updates: Vec<NumberUpdate>,
    /// Writable fields that can't be unset.
    pub not_unset: Vec<NumberField>,
    /// A number whose callee [`Harness::answer_caller_id`](super::Harness::answer_caller_id) plays.
    pub caller_id: Option<E164>,
    /// An id as the carrier's are, of nothing.
    pub unknown_id: String,
    /// A number that the account does not hold and can't show.
    pub unknown_number: Option<E164>,
    /// A country with a price list.
    pub price_country: Option<CountryCode>,
    /// A refusal of a read in the carrier's own shape.
    pub refusal: Option<Refusal>,
    /// The account's secrets, and what they look like on the wire.
    pub secrets: Vec<String>,
}

/// A refusal as the carrier words it, and what must be kept of it.
#[derive(Clone, Debug, Default)]
pub struct Refusal {
    /// A 4xx status after which a read is not repeated.
    pub status: u16,
    /// Headers, the one with the request id among them.
    pub headers: BTreeMap<String, String>,
    /// The body; the message must stand in it as it is.
    pub body: Value,
    /// The carrier's code in the body.
    pub code: Option<String>,
    /// The carrier's message in the body.
    pub message: Option<String>,
    /// The carrier's id of the request.
    pub request_id: Option<String>,
}
