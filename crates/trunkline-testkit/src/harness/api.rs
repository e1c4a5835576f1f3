//! What the suite asks of a carrier under test, and what there is at it.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use trunkline_core::capability::{NumberField, SearchFilter};
use trunkline_core::{
    CountryCode, E164, NumberType, NumberUpdate, Operation, Provider, PurchaseOrder, RangeRequest,
    SearchQuery,
};
use trunkline_sandbox::{CallOutcome, Fault, Ledger};

/// A carrier with one account, and an adapter for it.
#[async_trait]
pub trait Harness: Send + Sync {
    /// A new adapter for the account, one that remembers nothing of earlier calls. It is not wrapped in `Guarded`, and
    /// its retries are a few milliseconds apart.
    fn provider(&self) -> Arc<dyn Provider>;

    /// What there is at the carrier to find, buy, set and prove.
    fn samples(&self) -> &Samples;

    /// Makes requests of an operation fail: the next so many, or all of them.
    fn inject(&self, operation: Operation, fault: Fault, times: Option<u64>);

    /// Takes every fault out of force.
    fn clear_faults(&self);

    /// The carrier's books, and how many requests of each kind it got, faulted ones included.
    fn ledger(&self) -> Ledger;

    /// What the ledger calls the (last) request that an operation makes.
    fn wire_name(&self, operation: Operation) -> &'static str {
        match operation {
            Operation::FindOwned => Operation::List.as_str(),
            other => other.as_str(),
        }
    }

    /// What the callee of the open verification of a number hears or must key in.
    fn validation_code(&self, number: &E164) -> Option<String>;

    /// Lets the callee of the open verification of a number answer.
    async fn answer_caller_id(&self, number: &E164, outcome: CallOutcome);

    /// Lets so much time pass at the carrier that numbers bought before can be released, and callees called again.
    /// Nothing to do for one without such waits.
    fn let_time_pass(&self) {}
}

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
