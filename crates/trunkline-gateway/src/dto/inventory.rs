//! The inventory: what is held, as it is remembered.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use trunkline_core::inventory::{
    Holding, InventoryEntry, InventoryPage, InventoryReport, InventorySource, Origin, PriceCounts,
    SummaryFigures, SummaryGroup,
};
use trunkline_engine::inventory::{InventoryItem, TagChange, Tagged};
use utoipa::ToSchema;

use crate::dto::closed_set::mirrors;
use crate::dto::convert::{dtos, unchanged};
use crate::dto::drift::DriftDto;
use crate::dto::inventory_filters::InventoryFilters;
use crate::dto::number::{MoneyDto, NumberDto, PriceSourceDto};

mirrors! {
    /// Whether a number is still held.
    HoldingStateDto as HoldingState = trunkline_core::inventory::HoldingState {
        Held "held", Missing "missing", Gone "gone",
    }
}

unchanged! { BTreeMap<String, Option<String>> as BTreeMap<String, Option<String>> }

dtos! {
    /// What the inventory knows of a number beside its carrier's document.
    pub(crate) HoldingDto as Holding = Holding, |holding| {
        /// `held`, `missing` (the last complete reading did not show it) or `gone`.
        state: HoldingStateDto,
        /// How it came.
        origin: OriginDto,
        /// When it was first known here.
        first_seen_at: Timestamp,
        /// When the carrier last showed it.
        last_seen_at: Timestamp,
        /// When the record last changed.
        changed_at: Timestamp,
        /// Price of a month: the carrier's, else that of the purchase, else the configured one.
        monthly_price: Option<MoneyDto>,
        /// `carrier`, `config` or `unknown`.
        price_source: PriceSourceDto,
    }

    /// How a number came into the inventory.
    pub(crate) OriginDto as Origin = Origin, |origin| {
        /// `purchased`, `registered`, or `found` by a reading of the account.
        kind: String = match origin {
            Origin::Purchased { .. } => "purchased",
            Origin::Registered => "registered",
            Origin::Found => "found",
        },
        /// The purchase.
        purchase_id: Option<String> = match origin {
            Origin::Purchased { purchase_id } => Some(purchase_id.clone()),
            Origin::Registered | Origin::Found => None,
        },
    }

    /// How fresh the inventory of an account is.
    pub(crate) InventorySourceDto as InventorySource = InventorySource, |source| {
        /// The account.
        #[schema(examples("twilio"))]
        account: String,
        /// Its provider.
        provider: String,
        /// When its last complete reading began; `null` until there is one.
        as_of: Option<Timestamp>,
        /// Why the last reading was not complete.
        error: Option<String>,
    }

    /// Where prices come from.
    pub(crate) PriceCountsDto as PriceCounts = PriceCounts, |counts| {
        /// Numbers whose price is the carrier's.
        carrier: u64,
        /// Numbers whose price is configured.
        config: u64,
        /// Numbers whose price is not known.
        unknown: u64,
    }

    /// How many numbers, and what they cost.
    pub(crate) FiguresDto as InventoryFigures = SummaryFigures, |figures| {
        /// How many.
        count: u64,
        /// What those of a known price cost a month together, for each currency.
        monthly: Vec<MoneyDto>,
        /// Where their prices come from.
        prices: PriceCountsDto,
    }

    /// Numbers that have the same values.
    pub(crate) GroupDto as InventoryGroup = SummaryGroup, |group| {
        /// The value of each part of `by`; `null` for numbers that have none.
        by: BTreeMap<String, Option<String>>,
        /// How many.
        count: u64 = group.figures.count,
        /// What those of a known price cost a month together, for each currency.
        monthly: Vec<MoneyDto> = group.figures.monthly,
        /// Where their prices come from.
        prices: PriceCountsDto = group.figures.prices,
    }

    /// The inventory, counted.
    pub(crate) SummaryDto as InventorySummary = InventoryReport, |report| {
        /// All of it.
        total: FiguresDto,
        /// By what was asked for, in order of the values.
        groups: Vec<GroupDto>,
        /// How fresh each account is, by name.
        sources: Vec<InventorySourceDto>,
    }

    /// What a change of tags and protection does.
    pub(crate) TaggedDto as InventoryChanged = Tagged, |tagged| {
        /// Whether it was done, or only tried.
        applied: bool,
        /// How many numbers were selected.
        matched: u64,
        /// How many of them change.
        changed: u64,
        /// The ids of those that change; the first 100.
        ids: Vec<String>,
    }
}

/// A number of the inventory: its fields as the carrier showed them last, and `inventory`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InventoryNumber)]
pub(crate) struct InventoryNumberDto {
    #[serde(flatten)]
    number: NumberDto,
    /// What is known of it beside.
    inventory: HoldingDto,
}

impl From<InventoryEntry> for InventoryNumberDto {
    fn from(entry: InventoryEntry) -> Self {
        Self {
            number: entry.number.into(),
            inventory: entry.inventory.into(),
        }
    }
}

/// A number of the inventory, and what is known to have happened to it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InventoryItem)]
pub(crate) struct InventoryItemDto {
    #[serde(flatten)]
    number: NumberDto,
    /// What is known of it beside.
    inventory: HoldingDto,
    /// Its drifts, open or not, newest first; 100 at most. What was done through trunkline is in the audit trail.
    history: Vec<DriftDto>,
    /// How fresh it is.
    source: InventorySourceDto,
}

impl From<InventoryItem> for InventoryItemDto {
    fn from(item: InventoryItem) -> Self {
        Self {
            number: item.entry.number.into(),
            inventory: item.entry.inventory.into(),
            history: item.history.into_iter().map(DriftDto::from).collect(),
            source: item.source.into(),
        }
    }
}

/// Part of the inventory, in the order asked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InventoryPage)]
pub(crate) struct InventoryPageDto {
    /// The numbers.
    data: Vec<InventoryNumberDto>,
    /// Send this as `cursor` to get the next page; `null` on the last one.
    next_cursor: Option<String>,
    /// How many match in all, with `count=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    /// How fresh each account is, by name.
    sources: Vec<InventorySourceDto>,
}

impl From<InventoryPage> for InventoryPageDto {
    fn from(page: InventoryPage) -> Self {
        let sources = page.sources.into_iter().map(InventorySourceDto::from);
        Self {
            data: page.data.into_iter().map(Into::into).collect(),
            next_cursor: page.next_cursor,
            count: page.count,
            sources: sources.collect(),
        }
    }
}

/// A change of tags and protection.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = InventoryChange)]
pub(crate) struct InventoryChangeBody {
    /// Which numbers: the filters of `GET /v1/inventory` by the same names; `{}` for all.
    select: InventoryFilters,
    /// All tags from now on; not together with `add` and `remove`.
    #[serde(default)]
    tags: Option<Vec<String>>,
    /// Tags to add.
    #[serde(default)]
    add: Vec<String>,
    /// Tags to remove.
    #[serde(default)]
    remove: Vec<String>,
    /// True to make the numbers impossible to release.
    #[serde(default)]
    protected: Option<bool>,
    /// True to make the change; else the answer says what would change.
    #[serde(default)]
    apply: bool,
}

impl InventoryChangeBody {
    /// Which numbers, and what to change.
    pub(crate) fn parts(self) -> (InventoryFilters, TagChange) {
        let change = TagChange {
            tags: self.tags,
            add: self.add,
            remove: self.remove,
            protected: self.protected,
            apply: self.apply,
        };
        (self.select, change)
    }
}
