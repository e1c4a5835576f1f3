//! Numbers that are recorded, not bought.

use serde::{Deserialize, Serialize};
use trunkline_core::{
    ProviderData, RangeItem, RangeOutcome, RangeRequest, Register, Result, plain,
};
use utoipa::ToSchema;

use crate::dto::number::NumberDto;
use crate::dto::problem::SourceError;

/// A number to be recorded at an account: it is held elsewhere already.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = RegisterRequest, example = json!({"account": "wazo", "number": "+14155550100", "shared": true}))]
pub(crate) struct RegisterBody {
    /// The account whose books it goes on.
    #[schema(examples("emea-webex"))]
    pub(crate) account: String,
    /// The number, E.164 or as the carrier keeps it.
    #[schema(
        pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$",
        examples("+14155550100")
    )]
    pub(crate) number: String,
    /// The carrier's id of the place; needed at Webex.
    pub(crate) location: Option<String>,
    /// Usable by everyone in the account.
    pub(crate) shared: Option<bool>,
    /// What one carrier alone has; unknown members are refused by name.
    #[schema(value_type = Option<Object>)]
    pub(crate) provider_options: Option<ProviderData>,
}

impl TryFrom<RegisterBody> for Register {
    type Error = trunkline_core::Error;

    fn try_from(body: RegisterBody) -> Result<Self> {
        plain("number", &body.number)?;
        if let Some(location) = &body.location {
            plain("location", location)?;
        }
        Ok(Self {
            numbers: vec![body.number],
            location: body.location,
            shared: body.shared,
            provider_options: body.provider_options.unwrap_or_default(),
        })
    }
}

/// Contiguous numbers to be recorded at an account.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = RangeRequest, example = json!({"account": "wazo", "start_number": "+14155550100", "end_number": "+14155550109"}))]
pub(crate) struct RangeBody {
    /// The account whose books they go on.
    #[schema(examples("wazo"))]
    pub(crate) account: String,
    /// The first.
    #[schema(
        pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$",
        examples("+14155550100")
    )]
    pub(crate) start_number: String,
    /// The last.
    #[schema(
        pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$",
        examples("+14155550109")
    )]
    pub(crate) end_number: String,
    /// The carrier's id of the place; needed at Webex.
    pub(crate) location: Option<String>,
}

impl TryFrom<RangeBody> for RangeRequest {
    type Error = trunkline_core::Error;

    fn try_from(body: RangeBody) -> Result<Self> {
        plain("start_number", &body.start_number)?;
        plain("end_number", &body.end_number)?;
        if let Some(location) = &body.location {
            plain("location", location)?;
        }
        Ok(Self {
            start_number: body.start_number,
            end_number: body.end_number,
            location: body.location,
        })
    }
}

/// What became of a range.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RangeResult)]
pub(crate) struct RangeResult {
    /// One for each number, in order.
    pub(crate) data: Vec<RangeItemDto>,
    /// How many are new.
    pub(crate) created: usize,
    /// How many were there already.
    pub(crate) existing: usize,
    /// How many were refused.
    pub(crate) failed: usize,
}

/// What became of one number of a range.
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

/// What became of a number.
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
            error: error.as_ref().map(SourceError::from),
        }
    }
}
