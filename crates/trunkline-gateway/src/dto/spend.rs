//! Ceilings on spending.

use serde::Serialize;
use trunkline_core::Money;
use trunkline_engine::spend::Spending;
use utoipa::ToSchema;

use crate::dto::number::MoneyDto;

/// What may be spent, and what is committed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Spend)]
pub(crate) struct SpendDto {
    /// Monthly prices of all numbers bought and not released; `null` without a ceiling.
    pub(crate) monthly: Option<MonthlySpendDto>,
    /// Setup fees of this calendar month; `null` without a ceiling.
    pub(crate) setup: Option<SetupSpendDto>,
}

/// Monthly prices.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MonthlySpend)]
pub(crate) struct MonthlySpendDto {
    /// Their highest allowed sum.
    pub(crate) ceiling: MoneyDto,
    /// Their sum, purchases under way included.
    pub(crate) committed: MoneyDto,
}

/// Setup fees of a month.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SetupSpend)]
pub(crate) struct SetupSpendDto {
    /// Their highest allowed sum.
    pub(crate) ceiling: MoneyDto,
    /// Their sum, purchases under way included.
    pub(crate) committed: MoneyDto,
    /// The calendar month (UTC).
    #[schema(examples("2026-05"))]
    pub(crate) month: String,
}

impl From<Spending> for SpendDto {
    fn from(spending: Spending) -> Self {
        let month = spending.month;
        let monthly = |(ceiling, committed): (Money, Money)| MonthlySpendDto {
            ceiling: ceiling.into(),
            committed: committed.into(),
        };
        let setup = |(ceiling, committed): (Money, Money)| SetupSpendDto {
            ceiling: ceiling.into(),
            committed: committed.into(),
            month,
        };
        Self {
            monthly: spending.monthly.map(monthly),
            setup: spending.setup.map(setup),
        }
    }
}
