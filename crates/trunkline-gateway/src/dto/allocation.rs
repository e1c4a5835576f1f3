//! Allocations: many purchases as one request.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use trunkline_core::{
    Allocation, AllocationCounts, AllocationItem, Error, GivenBack, IdempotencyKey, ProviderData,
    Result,
};
use trunkline_engine::allocations::AllocationRequest;
use trunkline_engine::buy::Order;
use utoipa::ToSchema;

use crate::dto::closed_set::mirrors;
use crate::dto::convert::dtos;
use crate::dto::criteria::{CriteriaBody, MoneyBody};
use crate::dto::number::MoneyDto;
use crate::dto::problem::SourceError;
use crate::dto::purchase::{PurchaseBody, StrategyDto};
use crate::identity::Visible;

mirrors! {
    /// How many of the wanted numbers are enough.
    AllocationModeDto as AllocationMode = trunkline_core::AllocationMode {
        BestEffort "best_effort", AtLeast "at_least", AllOrNothing "all_or_nothing",
    }

    /// State of an allocation.
    AllocationStateDto as AllocationState = trunkline_core::AllocationState {
        Running "running", Succeeded "succeeded", Partial "partial", Failed "failed",
    }

    /// State of one purchase of an allocation.
    ItemStateDto as AllocationItemState = trunkline_core::ItemState {
        Open "open", Unknown "unknown", Succeeded "succeeded", Failed "failed",
    }

    /// Whether a number was given back to its carrier.
    GivenBackStateDto as GivenBackState = trunkline_core::GivenBackState {
        Released "released", Later "later", Kept "kept",
    }
}

/// How many numbers to purchase, and what each must be. Label, routing and the like are set once a number is held.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = AllocationRequest, example = json!({"criteria": {"country": "US", "area_code": "415"}, "count": 20, "mode": "all_or_nothing", "release_on_failure": true}))]
pub(crate) struct AllocationBody {
    /// What each number must be.
    pub(crate) criteria: CriteriaBody,
    /// Wanted numbers: 1 to 100.
    #[schema(minimum = 1, maximum = 100, examples(20))]
    pub(crate) count: usize,
    /// `best_effort` (default): as many as can be bought. `at_least`: `minimum` are enough, but all are tried.
    /// `all_or_nothing`: all of them; buying stops as soon as that is impossible.
    pub(crate) mode: Option<AllocationModeDto>,
    /// With `at_least`: how many are enough.
    #[schema(minimum = 1, maximum = 100)]
    pub(crate) minimum: Option<usize>,
    /// With `at_least` and `all_or_nothing`: if the allocation fails, give back what was bought, where the carrier takes
    /// it back.
    #[serde(default)]
    pub(crate) release_on_failure: bool,
    /// `cheapest` (default) or `priority`: the accounts' priorities.
    #[schema(value_type = Option<StrategyDto>)]
    pub(crate) strategy: Option<String>,
    /// Highest monthly price of one number. A number with an unknown price, or a price in another currency, is not bought.
    pub(crate) max_monthly_price: Option<MoneyBody>,
    /// Label of each number.
    pub(crate) label: Option<String>,
    /// Routing of calls.
    #[schema(value_type = Option<crate::openapi::AnyRouting>)]
    pub(crate) voice: Option<Value>,
    /// Routing of messages.
    #[schema(value_type = Option<crate::openapi::AnyRouting>)]
    pub(crate) messaging: Option<Value>,
    /// The carrier's id of the address for emergency calls.
    pub(crate) emergency_address_id: Option<String>,
    /// The carrier's id of the address that the purchase needs.
    pub(crate) address_id: Option<String>,
    /// Options of the carrier. Unknown members are refused by name.
    #[schema(value_type = Option<Object>)]
    pub(crate) provider_options: Option<ProviderData>,
}

impl AllocationBody {
    /// What is asked for under this key, and the hash of the body.
    ///
    /// # Errors
    /// `InvalidRequest` naming the field.
    pub(crate) fn request(
        self,
        idempotency_key: IdempotencyKey,
        fingerprint: String,
    ) -> Result<AllocationRequest> {
        // Each number is bought like a single one by criteria.
        let one = PurchaseBody {
            criteria: Some(self.criteria),
            strategy: self.strategy,
            max_monthly_price: self.max_monthly_price,
            label: self.label,
            voice: self.voice,
            messaging: self.messaging,
            emergency_address_id: self.emergency_address_id,
            address_id: self.address_id,
            provider_options: self.provider_options,
            ..PurchaseBody::default()
        };
        let no_offer = |_: &str| Err(Error::invalid("offer", "not here"));
        let Order::Criteria(one) = one.order(no_offer)? else {
            return Err(Error::invalid("criteria", "missing"));
        };
        Ok(AllocationRequest {
            idempotency_key,
            fingerprint,
            search: one.search,
            preference: one.preference,
            criteria: one.written,
            wishes: one.wishes,
            count: self.count,
            mode: self.mode.map(Into::into).unwrap_or_default(),
            minimum: self.minimum,
            release_on_failure: self.release_on_failure,
        })
    }
}

dtos! {
    /// Many purchases as one request, with the outcome of each.
    pub(crate) AllocationDto as Allocation = Visible<Allocation>, |a| {
        /// Id.
        #[schema(examples("alc_01j9zr2m4g7q8t5v6w7x8y9z0a"))]
        id: String = a.id,
        /// `running`, `succeeded`, `partial` (best effort: some numbers are held) or `failed`.
        state: AllocationStateDto,
        /// Numbers by state.
        counts: AllocationCountsDto = a.counts(),
        /// `best_effort`, `at_least` or `all_or_nothing`.
        mode: AllocationModeDto,
        /// With `at_least`: how many are enough.
        minimum: Option<usize>,
        /// `cheapest` or `priority`.
        strategy: StrategyDto,
        /// Highest monthly price of one number.
        max_monthly_price: Option<MoneyDto>,
        /// True when what was bought is given back if the allocation fails.
        release_on_failure: bool,
        /// The criteria of the request.
        #[schema(value_type = Object)]
        criteria: ProviderData,
        /// Your key.
        idempotency_key: Option<String> = a.key(&a.idempotency_key),
        /// One for each purchase, oldest first. There may be more than wanted numbers: a failed purchase may be followed
        /// by another one.
        items: Vec<AllocationItemDto>,
        /// Searches so far.
        searches: u32,
        /// Why fewer numbers are held than wanted and no more are bought.
        error: Option<SourceError>,
        /// When the request was recorded.
        created_at: Timestamp,
        /// When the allocation ended.
        finished_at: Option<Timestamp>,
    }

    /// Numbers of an allocation, by state.
    pub(crate) AllocationCountsDto as AllocationCounts = AllocationCounts, |counts| {
        /// Wanted.
        wanted: usize,
        /// Bought and held.
        bought: usize,
        /// Failed purchases.
        failed: usize,
        /// Sent, with an unknown outcome.
        unknown: usize,
        /// Being bought.
        open: usize,
        /// Bought, and given back or about to be.
        released: usize,
    }

    /// One purchase of an allocation.
    pub(crate) AllocationItemDto as AllocationItem = AllocationItem, |it| {
        /// Its number within the allocation, from 1.
        #[schema(examples(1))]
        item: u32,
        /// The purchase; `null` until it is recorded.
        purchase_id: Option<String> = it.purchase,
        /// The buying account.
        account: Option<String>,
        /// The wanted number.
        #[schema(examples("+14152000137"))]
        number: Option<String>,
        /// The number's id, once held.
        number_id: Option<String>,
        /// `open`, `unknown`, `succeeded` or `failed`.
        state: ItemStateDto,
        /// True when it counts as failed because the carrier does not show the number, and is still being watched. It is
        /// replaced only if its number is on offer again.
        presumed: bool,
        /// True when it was presumed failed and the carrier carried it out afterwards.
        late: bool,
        /// Monthly price.
        price: Option<MoneyDto>,
        /// Why it failed; for a bought number, why its settings were refused.
        error: Option<SourceError>,
        /// Whether it was given back, if the allocation failed and that was wanted.
        released: Option<GivenBackDto> = it.given_back,
    }

    /// Whether a number was given back to its carrier.
    pub(crate) GivenBackDto as GivenBack = GivenBack, |given_back| {
        /// `released`, `later` (after the account's grace period, or once the carrier has answered) or `kept` (the carrier
        /// does not take it back, or not yet).
        state: GivenBackStateDto,
        /// When it was, or will be, given back; for a kept number, the earliest time at which the carrier takes it back.
        at: Option<Timestamp>,
        /// Why it is kept, or given back later.
        reason: Option<String>,
    }
}
