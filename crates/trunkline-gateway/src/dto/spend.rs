//! What an account may spend.

use serde::Serialize;
use trunkline_core::Money;
use trunkline_engine::spend::Spending;
use utoipa::ToSchema;

use crate::dto::number::MoneyDto;

/// What an account may spend and has committed.
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
    /// The most that they may come to.
    pub(crate) ceiling: MoneyDto,
    /// What they come to, purchases under way included.
    pub(crate) committed: MoneyDto,
}

/// Setup fees of a month.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SetupSpend)]
pub(crate) struct SetupSpendDto {
    /// The most that they may come to.
    pub(crate) ceiling: MoneyDto,
    /// What they come to, purchases under way included.
    pub(crate) committed: MoneyDto,
    /// The calendar month (UTC).
    #[schema(examples("2026-05"))]
    pub(crate) month: String,
}

impl From<Spending> for SpendDto {
    fn from(spending: Spending) -> Self {
        let dtos = |(ceiling, committed): (Money, Money)| (ceiling.into(), committed.into());
        let month = spending.month;
        Self {
            monthly: spending
                .monthly
                .map(dtos)
                .map(|(ceiling, committed)| MonthlySpendDto { ceiling, committed }),
            setup: spending
                .setup
                .map(dtos)
                .map(|(ceiling, committed)| SetupSpendDto {
                    ceiling,
                    committed,
                    month,
                }),
        }
    }
}
