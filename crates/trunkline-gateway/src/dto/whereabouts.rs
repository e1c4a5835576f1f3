//! Where a number is.

use jiff::Timestamp;
use serde_json::Value;
use trunkline_core::inventory::{Difference, Place, PlacedValue, WhereAbouts};

use crate::dto::closed_set::mirrors;
use crate::dto::convert::dtos;
use crate::dto::inventory::{HoldingStateDto, InventorySourceDto};

mirrors! {
    /// As what an account has a number.
    PlaceKindDto as PlaceKind = trunkline_core::inventory::PlaceKind {
        Bought "bought", Registered "registered", External "external",
        VerifiedCallerId "verified_caller_id",
    }
}

dtos! {
    /// Where a number is.
    pub(crate) WhereDto as Whereabouts = WhereAbouts, |found| {
        /// The number.
        #[schema(examples("+14152000137"))]
        number: String,
        /// Every account that has it or had it, by name.
        places: Vec<PlaceDto>,
        /// What disagrees between them.
        differences: Vec<DifferenceDto>,
        /// How fresh each account is, by name.
        sources: Vec<InventorySourceDto>,
    }

    /// A number at an account.
    pub(crate) PlaceDto as Place = Place, |place| {
        /// The account.
        account: String,
        /// Its provider.
        provider: String,
        /// The number's id there; the caller ID's.
        number_id: String,
        /// `bought`, `registered`, `external` (another carrier carries it), or `verified_caller_id` (the account does not have
        /// it, and may show it as the caller's).
        r#as: PlaceKindDto = place.kind,
        /// True for the main number of the account, or of a location.
        main: bool,
        /// `held`, `missing` or `gone`.
        state: HoldingStateDto,
        /// Its label.
        label: Option<String>,
        /// When the account last showed it.
        last_seen_at: Timestamp,
    }

    /// What disagrees between the accounts that have a number.
    pub(crate) DifferenceDto as Difference = Difference, |difference| {
        /// `label`, `voice`, `registered_but_held_nowhere`, `held_but_released`, or `held_twice`.
        what: String = match difference {
            Difference::Label { .. } => "label",
            Difference::Voice { .. } => "voice",
            Difference::RegisteredButHeldNowhere => "registered_but_held_nowhere",
            Difference::HeldButReleased { .. } => "held_but_released",
            Difference::HeldTwice => "held_twice",
        },
        /// The different values, of `label` and `voice`.
        values: Vec<PlacedValueDto> = match difference {
            Difference::Label { values } | Difference::Voice { values } => values.as_slice(),
            _ => &[],
        },
        /// The number's id where it was given back, of `held_but_released`.
        number_id: Option<String> = match difference {
            Difference::HeldButReleased { number_id } => Some(number_id.clone()),
            _ => None,
        },
    }

    /// A value at an account.
    pub(crate) PlacedValueDto as PlacedValue = PlacedValue, |placed| {
        /// The number's id there.
        number_id: String,
        /// The value.
        value: Value,
    }
}
