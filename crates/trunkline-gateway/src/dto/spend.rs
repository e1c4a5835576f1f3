//! Ceilings on spending.

use trunkline_core::Money;
use trunkline_engine::spend::Spending;

use crate::dto::convert::dtos;
use crate::dto::number::MoneyDto;

dtos! {
    /// What may be spent, and what is committed.
    pub(crate) SpendDto as Spend = Spending, |spending| {
        /// Monthly prices of all numbers bought and not released; `null` without a ceiling.
        monthly: Option<MonthlySpendDto>,
        /// Setup fees of this calendar month; `null` without a ceiling.
        setup: Option<SetupSpendDto> = spending.setup.map(|setup| (setup, spending.month.clone())),
    }

    /// Monthly prices.
    pub(crate) MonthlySpendDto as MonthlySpend = (Money, Money), |sums| {
        /// Their highest allowed sum.
        ceiling: MoneyDto = sums.0,
        /// Their sum, purchases under way included.
        committed: MoneyDto = sums.1,
    }

    /// Setup fees of a month.
    pub(crate) SetupSpendDto as SetupSpend = ((Money, Money), String), |fees| {
        /// Their highest allowed sum.
        ceiling: MoneyDto = fees.0.0,
        /// Their sum, purchases under way included.
        committed: MoneyDto = fees.0.1,
        /// The calendar month (UTC).
        #[schema(examples("2026-05"))]
        month: String = fees.1,
    }
}
