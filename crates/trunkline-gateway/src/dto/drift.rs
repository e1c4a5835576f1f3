//! Drifts, and readings of accounts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trunkline_core::inventory::{Drift, DriftAuthor, DriftSelector, SyncProgress, SyncReading};
use trunkline_core::{Error, Result};
use trunkline_engine::inventory::{Accepted, SyncRequest};
use utoipa::{IntoParams, ToSchema};

use crate::dto::audit::ActorDto;
use crate::dto::closed_set::mirrors;
use crate::dto::convert::dtos;
use crate::dto::problem::SourceError;
use crate::dto::text::{Names, NumberRef, Word};
use crate::values::{list, time, with_plus, word};

mirrors! {
    /// What is different.
    DriftClassDto as DriftClass = trunkline_core::inventory::DriftClass {
        Appeared "appeared", Missing "missing", Changed "changed", PriceChanged "price_changed", Duplicate "duplicate",
    }

    /// Whether a drift needs attention.
    DriftStateDto as DriftState = trunkline_core::inventory::DriftState {
        Open "open", Accepted "accepted", Resolved "resolved",
    }

    /// How far the reading of an account has come.
    SyncStateDto as SyncState = trunkline_core::inventory::SyncState {
        Waiting "waiting", Reading "reading", Complete "complete", Incomplete "incomplete", Suspect "suspect",
    }
}

dtos! {
    /// A difference between an account and the inventory that was not made through trunkline's record.
    pub(crate) DriftDto as Drift = Drift, |drift| {
        /// Id.
        #[schema(examples("drf_01j9zr2m4g7q8t5v6w7x8y9z0a"))]
        id: String,
        /// `appeared`, `missing`, `changed`, `price_changed`, or `duplicate` (two accounts that sell numbers hold it).
        class: DriftClassDto,
        /// The account.
        #[schema(examples("twilio"))]
        account: String,
        /// The number's id.
        number_id: String,
        /// The number, or its extension.
        number: Option<String>,
        /// The field that has changed.
        #[schema(examples("label"))]
        field: Option<String>,
        /// The value that the inventory had; of a duplicate the other number's id.
        was: Option<Value>,
        /// The value that the carrier shows.
        is: Option<Value>,
        /// Who made the change.
        author: DriftAuthorDto,
        /// When it was found.
        since: Timestamp,
        /// When a second complete reading did not show a missing number either.
        gone_at: Option<Timestamp>,
        /// `open`, `accepted`, or `resolved` (it is again as it was).
        state: DriftStateDto,
        /// Who accepted it.
        accepted_by: Option<ActorDto>,
        /// When it was accepted or resolved.
        ended_at: Option<Timestamp>,
    }

    /// Who made a change.
    pub(crate) DriftAuthorDto as DriftAuthor = DriftAuthor, |author| {
        /// `outside`: a person in the carrier's console, or another system. What trunkline did itself is never a drift.
        kind: String = match author {
            DriftAuthor::Outside => "outside",
        },
    }

    /// How many drifts were accepted.
    pub(crate) AcceptedDto as AcceptedDrifts = Accepted, |done| {
        /// How many.
        accepted: u64,
    }

    /// Readings of accounts.
    pub(crate) SyncDto as Sync = SyncProgress, |sync| {
        /// Id.
        #[schema(examples("syn_01j9zr2m4g7q8t5v6w7x8y9z0a"))]
        id: String,
        /// When it was asked for.
        created_at: Timestamp,
        /// When every account was over.
        ended_at: Option<Timestamp>,
        /// Each account.
        accounts: Vec<SyncReadingDto>,
    }

    /// The reading of one account.
    pub(crate) SyncReadingDto as SyncReading = SyncReading, |reading| {
        /// The account.
        #[schema(examples("twilio"))]
        account: String,
        /// `waiting`, `reading`, `complete`, `incomplete` (it broke off, or its pages repeated or shifted), or `suspect` (it
        /// lacks so many numbers that none was marked missing).
        state: SyncStateDto,
        /// Pages read.
        pages: u64,
        /// Numbers read.
        rows: u64,
        /// Numbers that are new.
        appeared: u64,
        /// Numbers that have changed.
        changed: u64,
        /// Numbers that are missing now.
        missing: u64,
        /// Numbers that are gone now.
        gone: u64,
        /// Why it is not complete.
        error: Option<SourceError>,
    }
}

/// Which drifts are meant.
#[derive(Debug, Default, Deserialize, Serialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(crate) struct DriftFilters {
    /// Only of this class.
    #[param(inline, example = "changed")]
    class: Option<DriftClassDto>,
    /// Only at these accounts, separated by commas.
    #[param(value_type = Option<Names>, inline, example = "twilio")]
    account: Option<String>,
    /// Only of the number with this id, or of this number.
    #[param(value_type = Option<NumberRef>, inline, example = "+14152000137")]
    number: Option<String>,
    /// Only of this field.
    #[param(value_type = Option<Word>, inline, example = "label")]
    field: Option<String>,
    /// Only those found at this time or later.
    #[serde(default, deserialize_with = "time")]
    since: Option<Timestamp>,
}

impl TryFrom<DriftFilters> for DriftSelector {
    type Error = Error;

    fn try_from(filters: DriftFilters) -> Result<Self> {
        let number = filters.number.map(|text| with_plus(&text));
        Ok(Self {
            class: filters.class.map(Into::into),
            accounts: list("account", filters.account.as_deref())?,
            number: word("number", number)?,
            field: word("field", filters.field)?,
            since: filters.since,
            open: None,
        })
    }
}

/// Which accounts to read.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = SyncRequest)]
#[serde(default)]
pub(crate) struct SyncBody {
    /// The accounts; all that the key sees if empty, which needs the scope `admin`.
    accounts: Vec<String>,
    /// True to mark numbers missing although they are so many that the reading is suspect. Needs the scope `admin`.
    believe_missing: bool,
}

impl From<SyncBody> for SyncRequest {
    fn from(body: SyncBody) -> Self {
        Self {
            accounts: body.accounts,
            believe_missing: body.believe_missing,
        }
    }
}
