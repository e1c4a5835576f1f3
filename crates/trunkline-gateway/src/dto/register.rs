//! Numbers that are registered, not bought, and the main number.

use serde::{Deserialize, Serialize};
use trunkline_core::{
    ProviderData, RangeItem, RangeOutcome, RangeRequest, Register, Result, plain,
};
use utoipa::ToSchema;

use crate::dto::number::NumberDto;
use crate::dto::problem::SourceError;

/// A number to register at an account: it is held elsewhere already.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = RegisterRequest, example = json!({"account": "wazo", "number": "+14155550100", "shared": true}))]
pub(crate) struct RegisterBody {
    /// The account that shall show it.
    #[schema(examples("wazo"))]
    pub(crate) account: String,
    /// The number, E.164 or as the carrier keeps it.
    #[schema(
        pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$",
        examples("+14155550100")
    )]
    pub(crate) number: String,
    /// The carrier's id of the location; needed where the provider is `by_location`.
    pub(crate) location: Option<String>,
    /// True when everyone in the account may use it.
    pub(crate) shared: Option<bool>,
    /// Options of the carrier. Unknown members are refused by name.
    #[schema(value_type = Option<Object>)]
    pub(crate) provider_options: Option<ProviderData>,
}

impl TryFrom<RegisterBody> for Register {
    type Error = trunkline_core::Error;

    fn try_from(body: RegisterBody) -> Result<Self> {
        plain("number", &body.number)?;
        plain("location", body.location.as_deref().unwrap_or_default())?;
        Ok(Self {
            numbers: vec![body.number],
            location: body.location,
            shared: body.shared,
            provider_options: body.provider_options.unwrap_or_default(),
        })
    }
}

/// Contiguous numbers to register at an account.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = RangeRequest, example = json!({"account": "wazo", "start_number": "+14155550100", "end_number": "+14155550109"}))]
pub(crate) struct RangeBody {
    /// The account that shall show them.
    #[schema(examples("wazo"))]
    pub(crate) account: String,
    /// The first number.
    #[schema(
        pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$",
        examples("+14155550100")
    )]
    pub(crate) start_number: String,
    /// The last number.
    #[schema(
        pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$",
        examples("+14155550109")
    )]
    pub(crate) end_number: String,
    /// The carrier's id of the location; needed where the provider is `by_location`.
    pub(crate) location: Option<String>,
}

impl TryFrom<RangeBody> for RangeRequest {
    type Error = trunkline_core::Error;

    fn try_from(body: RangeBody) -> Result<Self> {
        plain("start_number", &body.start_number)?;
        plain("end_number", &body.end_number)?;
        plain("location", body.location.as_deref().unwrap_or_default())?;
        Ok(Self {
            start_number: body.start_number,
            end_number: body.end_number,
            location: body.location,
        })
    }
}

/// The number that shall be the main one.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = MainNumberRequest, example = json!({"number": "+14155550100"}))]
pub(crate) struct MainNumberBody {
    /// Its id, the carrier's own id of it, or its E.164.
    #[schema(examples("+14155550100"))]
    pub(crate) number: String,
    /// The carrier's id of the location; needed where the provider is `by_location`.
    pub(crate) location: Option<String>,
}

/// Outcome of a range.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RangeResult)]
pub(crate) struct RangeResult {
    /// One for each number, in order.
    pub(crate) data: Vec<RangeItemDto>,
    /// New numbers.
    pub(crate) created: usize,
    /// Numbers that were there already.
    pub(crate) existing: usize,
    /// Refused numbers.
    pub(crate) failed: usize,
}

/// Outcome of one number of a range.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RangeItem)]
pub(crate) struct RangeItemDto {
    /// The number as the carrier keeps it.
    #[schema(examples("+14155550100"))]
    pub(crate) number: String,
    /// `created`, `existing` or `failed`.
    pub(crate) status: RangeStatus,
    /// The number as it is held.
    pub(crate) held: Option<NumberDto>,
    /// Why it was refused.
    pub(crate) error: Option<SourceError>,
}

/// Outcome of one number of a range in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RangeStatus {
    Created,
    Existing,
    Failed,
}

impl From<Vec<RangeItem>> for RangeResult {
    fn from(items: Vec<RangeItem>) -> Self {
        let data: Vec<RangeItemDto> = items.into_iter().map(RangeItemDto::from).collect();
        let count = |status| data.iter().filter(|item| item.status == status).count();
        Self {
            created: count(RangeStatus::Created),
            existing: count(RangeStatus::Existing),
            failed: count(RangeStatus::Failed),
            data,
        }
    }
}

impl From<RangeItem> for RangeItemDto {
    fn from(item: RangeItem) -> Self {
        let (status, held, error) = match item.outcome {
            RangeOutcome::Created(number) => (RangeStatus::Created, Some(*number), None),
            RangeOutcome::Existing(number) => (RangeStatus::Existing, Some(*number), None),
            RangeOutcome::Failed(error) => (RangeStatus::Failed, None, Some(error)),
        };
        Self {
            number: item.number,
            status,
            held: held.map(NumberDto::from),
            error: error.map(SourceError::from),
        }
    }
}
