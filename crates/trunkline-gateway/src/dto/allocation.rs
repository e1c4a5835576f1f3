//! Many purchases as one undertaking.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trunkline_core::{
    Allocation, AllocationItem, Error, GivenBack, IdempotencyKey, ProviderData, Result,
};
use trunkline_engine::allocations::AllocationRequest;
use trunkline_engine::buy::Order;
use utoipa::ToSchema;

use crate::dto::closed_set::mirrors;
use crate::dto::criteria::{CriteriaBody, MoneyBody};
use crate::dto::number::MoneyDto;
use crate::dto::problem::SourceError;
use crate::dto::purchase::{PurchaseBody, StrategyDto};
use crate::dto::routing::AnyRouting;
use crate::identity::Identity;

mirrors! {
    /// How many of the numbers wanted are enough.
    AllocationModeDto as AllocationMode = trunkline_core::AllocationMode {
        BestEffort "best_effort", AtLeast "at_least", AllOrNothing "all_or_nothing",
    }

    /// How far an allocation has come.
    AllocationStateDto as AllocationState = trunkline_core::AllocationState {
        Running "running", Succeeded "succeeded", Partial "partial", Failed "failed",
    }

    /// How far one number of an allocation has come.
    ItemStateDto as AllocationItemState = trunkline_core::ItemState {
        Open "open", Unknown "unknown", Succeeded "succeeded", Failed "failed",
    }

    /// What became of giving a number back.
    GivenBackStateDto as GivenBackState = trunkline_core::GivenBackState {
        Released "released", Later "later", Kept "kept",
    }
}

/// How many numbers to purchase, and what each must be. The rest is set once a number is held.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = AllocationRequest, example = json!({"criteria": {"country": "US", "area_code": "415"}, "count": 20, "mode": "all_or_nothing", "release_on_failure": true}))]
pub(crate) struct AllocationBody {
    /// What each number must be.
    pub(crate) criteria: CriteriaBody,
    /// Numbers wanted: 1 to 100.
    #[schema(minimum = 1, maximum = 100, examples(20))]
    pub(crate) count: usize,
    /// `best_effort` (the default): as many as can be had. `at_least`: `minimum` are enough, all are tried for.
    /// `all_or_nothing`: all of them; nothing more is bought once that can't be had.
    pub(crate) mode: Option<AllocationModeDto>,
    /// With `at_least`: so many are enough.
    #[schema(minimum = 1, maximum = 100)]
    pub(crate) minimum: Option<usize>,
    /// With `at_least` and `all_or_nothing`: give back what was bought if it fails, where the carrier takes it.
    #[serde(default)]
    pub(crate) release_on_failure: bool,
    /// `cheapest` (the default) or `priority`, by the accounts' priorities.
    #[schema(value_type = Option<StrategyDto>)]
    pub(crate) strategy: Option<String>,
    /// The most that a month of one number may cost. An unknown price, or one in another currency, is too much.
    pub(crate) max_monthly_price: Option<MoneyBody>,
    /// Name of each number.
    pub(crate) label: Option<String>,
    /// What happens to a call.
    #[schema(value_type = Option<AnyRouting>)]
    pub(crate) voice: Option<Value>,
    /// What happens to a message.
    #[schema(value_type = Option<AnyRouting>)]
    pub(crate) messaging: Option<Value>,
    /// The carrier's id of the address given to emergency services.
    pub(crate) emergency_address_id: Option<String>,
    /// The carrier's id of the address that the purchase needs.
    pub(crate) address_id: Option<String>,
    /// What one carrier alone has; unknown members are refused by name.
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
        // Each of them is bought as one number by criteria is.
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

/// Many purchases as one undertaking, with what became of each.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Allocation)]
pub(crate) struct AllocationDto {
    /// Its id.
    #[schema(examples("alc_01j9zr2m4g7q8t5v6w7x8y9z0a"))]
    pub(crate) id: String,
    /// `running`, `succeeded`, `partial` (best effort, and some are held) or `failed`.
    pub(crate) state: AllocationStateDto,
    /// `best_effort`, `at_least` or `all_or_nothing`.
    pub(crate) mode: AllocationModeDto,
    /// With `at_least`: so many are enough.
    pub(crate) minimum: Option<usize>,
    /// `cheapest` or `priority`.
    pub(crate) strategy: StrategyDto,
    /// The most that a month of one number may cost.
    pub(crate) max_monthly_price: Option<MoneyDto>,
    /// Whether what was bought is given back if it fails.
    pub(crate) release_on_failure: bool,
    /// What was asked for.
    #[schema(value_type = Object)]
    pub(crate) criteria: ProviderData,
    /// Your key.
    pub(crate) idempotency_key: Option<String>,
    /// How many are how far.
    pub(crate) counts: AllocationCountsDto,
    /// One for each purchase, oldest first. There may be more than numbers wanted: a purchase that failed may be
    /// followed by another.
    pub(crate) items: Vec<AllocationItemDto>,
    /// How often it has searched.
    pub(crate) searches: u32,
    /// Why no more is bought, if fewer are held than wanted.
    pub(crate) error: Option<SourceError>,
    /// When it was written down.
    pub(crate) created_at: Timestamp,
    /// When it was over.
    pub(crate) finished_at: Option<Timestamp>,
}

/// How many numbers of an allocation are how far.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AllocationCounts)]
pub(crate) struct AllocationCountsDto {
    /// Wanted.
    pub(crate) wanted: usize,
    /// Bought and held.
    pub(crate) bought: usize,
    /// Purchases that failed.
    pub(crate) failed: usize,
    /// Sent, with an outcome that is not known yet.
    pub(crate) unknown: usize,
    /// Being bought.
    pub(crate) open: usize,
    /// Bought, and given back or about to be.
    pub(crate) released: usize,
}

/// One purchase of an allocation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AllocationItem)]
pub(crate) struct AllocationItemDto {
    /// Its number within the allocation.
    #[schema(examples(1))]
    pub(crate) item: u32,
    /// The purchase; `null` until it is written down.
    pub(crate) purchase_id: Option<String>,
    /// The account that buys.
    pub(crate) account: Option<String>,
    /// The number wanted.
    #[schema(examples("+14155550100"))]
    pub(crate) number: Option<String>,
    /// The number's id, once held.
    pub(crate) number_id: Option<String>,
    /// `open`, `unknown`, `succeeded` or `failed`.
    pub(crate) state: ItemStateDto,
    /// It failed because the carrier was not seen to have sold it, and is watched on: nothing is bought in its place
    /// unless its number is on offer again.
    pub(crate) presumed: bool,
    /// It had been presumed failed, and the carrier carried it out afterwards.
    pub(crate) late: bool,
    /// Price of a month.
    pub(crate) price: Option<MoneyDto>,
    /// Why it failed; of one that was bought, why its settings were refused.
    pub(crate) error: Option<SourceError>,
    /// What became of giving it back, if the allocation failed and that was wanted.
    pub(crate) released: Option<GivenBackDto>,
}

/// What became of giving a number back.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GivenBack)]
pub(crate) struct GivenBackDto {
    /// `released`, `later` (after the account's grace period, or once the carrier has answered) or `kept` (the carrier
    /// does not take it back, or not yet).
    pub(crate) state: GivenBackStateDto,
    /// When it was, or will be, given back; of one that is kept, from when on the carrier takes it.
    pub(crate) at: Option<Timestamp>,
    /// Why it is kept, or goes later.
    pub(crate) reason: Option<String>,
}

impl AllocationDto {
    /// The allocation as this caller may see it.
    pub(crate) fn seen_by(who: &Identity, allocation: Allocation) -> Self {
        let mut seen = Self::from(allocation);
        seen.idempotency_key = seen.idempotency_key.filter(|_| who.sees_keys());
        seen
    }
}

impl From<Allocation> for AllocationDto {
    fn from(a: Allocation) -> Self {
        let counts = a.counts();
        Self {
            id: a.id.into(),
            state: a.state.into(),
            mode: a.mode.into(),
            minimum: a.minimum,
            strategy: a.strategy.into(),
            max_monthly_price: a.max_monthly_price.map(MoneyDto::from),
            release_on_failure: a.release_on_failure,
            criteria: a.criteria,
            idempotency_key: Some(a.idempotency_key.into()),
            counts: AllocationCountsDto {
                wanted: counts.wanted,
                bought: counts.bought,
                failed: counts.failed,
                unknown: counts.unknown,
                open: counts.open,
                released: counts.released,
            },
            items: a.items.into_iter().map(AllocationItemDto::from).collect(),
            searches: a.searches,
            error: a.error.as_ref().map(SourceError::from),
            created_at: a.created_at,
            finished_at: a.finished_at,
        }
    }
}

impl From<AllocationItem> for AllocationItemDto {
    fn from(item: AllocationItem) -> Self {
        Self {
            item: item.item,
            purchase_id: item.purchase.map(String::from),
            account: item.account.map(String::from),
            number: item.number.map(|number| number.as_str().to_owned()),
            number_id: item.number_id.map(String::from),
            state: item.state.into(),
            presumed: item.presumed,
            late: item.late,
            price: item.price.map(MoneyDto::from),
            error: item.error.as_ref().map(SourceError::from),
            released: item.given_back.map(GivenBackDto::from),
        }
    }
}

impl From<GivenBack> for GivenBackDto {
    fn from(given_back: GivenBack) -> Self {
        Self {
            state: given_back.state.into(),
            at: given_back.at,
            reason: given_back.reason,
        }
    }
}
