//! Which numbers of the inventory are meant, and in which order.

use jiff::Timestamp;
use serde::Deserialize;
use trunkline_core::inventory::{HoldingState, InventoryQuery, InventorySort, SummaryBy};
use trunkline_core::{Error, Result};
use trunkline_engine::NumbersRequest;
use utoipa::{IntoParams, ToSchema};

use crate::dto::closed_set::mirrors;
use crate::dto::list::ListParams;
use crate::dto::text::{AccountRef, Country, Cursor, FeatureNames, Names, Word};
use crate::values::{list, one_of, time, word};

mirrors! {
    /// The order of the inventory.
    InventorySortDto as InventorySort = trunkline_core::inventory::InventorySort {
        Number "number", Account "account", Label "label", Price "price",
        PurchasedAt "purchased_at", ChangedAt "changed_at",
    }

    /// What numbers are counted by.
    SummaryByDto as SummaryBy = trunkline_core::inventory::SummaryBy {
        Account "account", Country "country", Type "type", Tag "tag", Provider "provider", Month "month",
    }
}

/// Filters of the inventory.
#[derive(Debug, Default, Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(crate) struct InventoryFilters {
    /// Only at these accounts, separated by commas.
    #[param(value_type = Option<Names>, inline, example = "twilio")]
    account: Option<String>,
    /// Only at accounts of this provider.
    #[param(value_type = Option<AccountRef>, inline)]
    provider: Option<String>,
    /// ISO 3166-1 alpha-2, in either case.
    #[param(value_type = Option<Country>, inline, example = "US")]
    country: Option<String>,
    /// Type.
    #[serde(rename = "type")]
    #[param(value_type = Option<Word>, inline, example = "local")]
    kind: Option<String>,
    /// `held`, `missing` or `gone`; or a state at the carrier, such as `active`. Without it, what is held or missing.
    #[param(value_type = Option<Word>, inline, example = "held")]
    state: Option<String>,
    /// What it must be able to do: `voice,sms,mms,fax`.
    #[param(value_type = Option<FeatureNames>, inline, example = "voice,sms")]
    features: Option<String>,
    /// Exactly this number.
    #[param(value_type = Option<Word>, inline, example = "+14152000137")]
    number: Option<String>,
    /// Digits anywhere in the number.
    #[param(pattern = "^[0-9]{2,}$", example = "415")]
    contains: Option<String>,
    /// Exactly this label.
    #[param(value_type = Option<Word>, inline, example = "Support line")]
    label: Option<String>,
    /// The carrier's id of the owner.
    #[param(value_type = Option<Word>, inline)]
    owner: Option<String>,
    /// The carrier's id of the location.
    #[param(value_type = Option<Word>, inline)]
    location: Option<String>,
    /// `true` for main numbers only, `false` for all others.
    main: Option<bool>,
    /// `true` for numbers without an owner only, `false` for those with one.
    available: Option<bool>,
    /// With this tag.
    #[param(value_type = Option<Word>, inline, example = "support")]
    tag: Option<String>,
    /// Purchased at this time or later.
    #[serde(default, deserialize_with = "time")]
    purchased_after: Option<Timestamp>,
    /// Purchased before this time.
    #[serde(default, deserialize_with = "time")]
    purchased_before: Option<Timestamp>,
    /// `true` for numbers that are routed nowhere and assigned to nobody, `false` for all others.
    unassigned: Option<bool>,
    /// Digits anywhere in the number, or words in label, tags, place and owner: at least 3 characters.
    #[param(min_length = 3, max_length = 200, example = "berlin")]
    q: Option<String>,
}

impl TryFrom<InventoryFilters> for InventoryQuery {
    type Error = Error;

    fn try_from(filters: InventoryFilters) -> Result<Self> {
        let holding = filters.state.as_deref().and_then(holding);
        let wanted = NumbersRequest::try_from(ListParams {
            account: filters.account,
            provider: filters.provider,
            country: filters.country,
            kind: filters.kind,
            state: filters.state.filter(|_| holding.is_none()),
            features: filters.features,
            number: filters.number,
            contains: filters.contains,
            label: filters.label,
            owner: filters.owner,
            location: filters.location,
            main: filters.main,
            available: filters.available,
            ..ListParams::default()
        })?;
        Ok(Self {
            numbers: wanted.query,
            accounts: wanted.accounts,
            provider: wanted.provider,
            tag: word("tag", filters.tag)?,
            holding,
            purchased_after: filters.purchased_after,
            purchased_before: filters.purchased_before,
            unassigned: filters.unassigned,
            q: filters.q,
            limit: PAGE,
            ..Self::default()
        })
    }
}

fn holding(text: &str) -> Option<HoldingState> {
    HoldingState::ALL
        .into_iter()
        .find(|state| state.as_str().eq_ignore_ascii_case(text))
}

/// Numbers on a page by default.
const PAGE: usize = 50;

/// Order and part of a list of the inventory.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct InventoryOrder {
    /// `number` (default), `account`, `label`, `price`, `purchased_at` or `changed_at`; `-price` for the reverse.
    #[param(
        pattern = "^-?(number|account|label|price|purchased_at|changed_at)$",
        example = "-price"
    )]
    sort: Option<String>,
    /// At most this many: 1 to 1000, default 50.
    #[param(minimum = 1, maximum = 1000)]
    pub(crate) limit: Option<usize>,
    /// `next_cursor` of the previous page; with the same filters and order.
    #[param(value_type = Option<Cursor>, inline)]
    pub(crate) cursor: Option<String>,
    /// `true` to count all that match.
    count: Option<bool>,
}

impl InventoryOrder {
    /// Refuses what only a page has.
    ///
    /// # Errors
    /// `InvalidRequest` naming the field.
    pub(crate) fn check_stream(&self) -> Result<()> {
        for (field, given) in [
            ("limit", self.limit.is_some()),
            ("cursor", self.cursor.is_some()),
            ("count", self.count.is_some()),
        ] {
            if given {
                return Err(Error::invalid(field, "a stream has no pages"));
            }
        }
        Ok(())
    }

    /// What to list.
    ///
    /// # Errors
    /// `InvalidRequest` naming the field.
    pub(crate) fn of(self, filters: InventoryFilters) -> Result<InventoryQuery> {
        let text = self.sort.unwrap_or_default();
        let (name, descending) = match text.strip_prefix('-') {
            Some(name) => (name, true),
            None => (text.as_str(), false),
        };
        let sort = match text.as_str() {
            "" => InventorySort::default(),
            _ => one_of("sort", name, InventorySortDto::ALL)?.into(),
        };
        let query = InventoryQuery {
            sort,
            descending,
            limit: self.limit.unwrap_or(PAGE),
            cursor: self.cursor,
            count: self.count.unwrap_or_default(),
            ..InventoryQuery::try_from(filters)?
        };
        query.validate()?;
        Ok(query)
    }
}

/// What a summary counts by.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SummaryParams {
    /// Of `account`, `country`, `type`, `tag`, `provider` and `month` (of purchase), separated by commas. A number counts
    /// once under each of its tags.
    #[param(value_type = Option<Names>, inline, example = "account,country")]
    by: Option<String>,
}

impl SummaryParams {
    /// What to count by, each once.
    ///
    /// # Errors
    /// `InvalidRequest` naming `by`.
    pub(crate) fn by(&self) -> Result<Vec<SummaryBy>> {
        let mut all = Vec::new();
        for name in list("by", self.by.as_deref())? {
            let by = SummaryBy::from(one_of("by", &name, SummaryByDto::ALL)?);
            if all.contains(&by) {
                return Err(Error::invalid("by", format!("{by} is given twice")));
            }
            all.push(by);
        }
        Ok(all)
    }
}
