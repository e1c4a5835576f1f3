//! Numbers that a purchase of ours won and that their carrier does not know any more: released in its console, it seems.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::journal::Release;
use crate::spend::Charge;
use trunkline_core::error::Result;
use trunkline_core::model::{E164, NumberId, Provenance, PurchaseId, Tenant};

/// A number of ours that its carrier has answered 404 for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingNumber {
    /// Whose it is.
    pub tenant: Tenant,
    /// The upstream identity of the account.
    pub identity: String,
    /// The number.
    pub number_id: NumberId,
    /// Its E.164 form.
    pub number: E164,
    /// The purchase that won it.
    pub purchase: PurchaseId,
    /// Since when the carrier answers so.
    pub since: Timestamp,
    /// When it was found to be gone, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone_at: Option<Timestamp>,
    /// Who bought it.
    #[serde(default, rename = "trail")]
    pub provenance: Provenance,
}

impl MissingNumber {
    /// Longest that it is put off: a look that would come later comes at once, since a clock was set back.
    pub const LONGEST_PAUSE: Duration = Duration::from_secs(7 * 24 * 3_600);

    /// The name of the lease under which it is looked for.
    pub fn lease_name(&self) -> String {
        format!("missing:{}:{}", self.identity, self.number_id.provider_id())
    }

    /// The release as which it ends.
    pub fn ended(&self) -> Release {
        Release {
            tenant: self.tenant.clone(),
            number_id: self.number_id.clone(),
            identity: self.identity.clone(),
            number: Some(self.number),
            done: true,
            release_at: None,
            sent: true,
            held_since: None,
            asked_at: None,
            provenance: self.provenance.clone(),
        }
    }
}

/// What is known of missing numbers. A row is `suspected` until it is decided, and `gone` from then on until it shows again.
///
/// # Errors
/// As [`Journal`](crate::Journal).
#[async_trait]
pub trait Missing: Debug + Send + Sync + 'static {
    /// The purchase that won a carrier's id and whose number was not released.
    async fn winner(&self, identity: &str, provider_id: &str) -> Result<Option<PurchaseId>>;

    /// The purchase that won a carrier's id last, if its number was released since.
    async fn releaser(&self, identity: &str, provider_id: &str) -> Result<Option<PurchaseId>>;

    /// Purchases that take from a purse every month, so many of them, any.
    async fn spenders(&self, purse: &str, limit: usize) -> Result<Vec<PurchaseId>>;

    /// What is known of a number, if it is missing.
    async fn missing(&self, identity: &str, provider_id: &str) -> Result<Option<MissingNumber>>;

    /// Writes down that a number is missing, to be looked for after so long; unless that is known.
    async fn suspect(&self, number: &MissingNumber, after: Duration) -> Result<()>;

    /// Suspected numbers that are to be looked for and that nobody looks for, the longest due first.
    async fn suspects(&self, limit: usize) -> Result<Vec<MissingNumber>>;

    /// Looks for a suspected number after so long again.
    async fn put_off_suspect(&self, number: &MissingNumber, after: Duration) -> Result<()>;

    /// It is there after all.
    async fn clear_suspect(&self, number: &MissingNumber) -> Result<()>;

    /// Ends a suspected number as [`MissingNumber::ended`]. `false` if it is not suspected any more. Tells
    /// [`DomainEvent::NumberGone`](crate::domain_event::DomainEvent::NumberGone).
    async fn end_missing(&self, number: &MissingNumber) -> Result<bool>;

    /// A number that was gone is there again: its purchase has it again, and takes these charges, whatever the ceilings.
    /// `false` if it was not gone, or if another purchase has won the id since, which ends its being gone all the same.
    /// Tells `NumberReturned`.
    async fn return_missing(&self, number: &MissingNumber, charges: &[Charge]) -> Result<bool>;
}
