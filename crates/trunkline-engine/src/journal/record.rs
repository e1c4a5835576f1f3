//! What the journal keeps of purchases, idempotency keys, numbers and caller IDs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::journal::Release;
use crate::spend::Charge;
use trunkline_core::error::{Effect, Retry};
use trunkline_core::model::{
    CallerId, CallerIdRequest, IdempotencyKey, KeyId, NumberUpdate, Provenance, ProviderData,
    Purchase, PurchaseId, PurchaseOrder, PurchaseState, Tenant,
};

/// Everything the journal keeps of one purchase: one document, replaced as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What the caller may see.
    pub purchase: Purchase,
    /// Whose it is.
    pub tenant: Tenant,
    /// The API key it was asked for with, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyId>,
    /// Who asked.
    #[serde(default, rename = "trail")]
    pub provenance: Provenance,
    /// Hash of the request, see [`Scope`].
    pub fingerprint: String,
    /// Method and path of the request, see [`Scope`]; empty in records of earlier versions.
    #[serde(default)]
    pub route: String,
    /// What is, or was last, ordered.
    pub order: PurchaseOrder,
    /// What is to be set once the number is held.
    pub settings: Option<NumberUpdate>,
    /// What it takes from which purse, unless it failed or its number was released.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charges: Vec<Charge>,
    /// Complete looks made since it was presumed failed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub watch_looks: u32,
    /// Looks that failed, or how often it was left alone, since the last complete look.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub watch_failures: u32,
    /// Grows with every commit; 0 for a record not yet written.
    #[serde(skip)]
    pub version: i64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Record {
    /// The key that it was asked for with.
    pub fn scope(&self) -> Scope {
        Scope {
            tenant: self.tenant.clone(),
            route: self.route.clone(),
            key: self.purchase.idempotency_key.clone(),
        }
    }

    /// Whether it was settled before a time, and neither a look, a question nor a late commit is to come. Whether its number
    /// is held is not said here.
    pub fn is_over_before(&self, time: Timestamp) -> bool {
        let purchase = &self.purchase;
        purchase.is_done()
            && purchase.needs_person.is_none()
            && purchase.settled_at.is_some_and(|settled| settled < time)
            && purchase.attempts.iter().all(|attempt| !attempt.presumed)
    }

    /// Whether the same key may start a new purchase: it failed without effect, and might not fail again.
    pub fn may_start_over(&self) -> bool {
        let attempt_presumed = self
            .purchase
            .attempts
            .last()
            .is_some_and(|attempt| attempt.presumed);
        self.purchase.state == PurchaseState::Failed
            && !attempt_presumed
            && self.purchase.error.as_ref().is_some_and(|error| {
                error.retry() != Retry::Never && error.effect() == Effect::None
            })
    }
}

/// Where an idempotency key belongs: the same key of another tenant or route is another key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope {
    /// Whose it is.
    pub tenant: Tenant,
    /// Method and path of the request.
    pub route: String,
    /// The key.
    pub key: IdempotencyKey,
}

/// What stands under a key.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyEntry {
    /// Hash of the request it was first used with.
    pub fingerprint: String,
    /// The purchase it started; `None` if it was used for another write.
    pub purchase: Option<PurchaseId>,
}

/// trunkline's own fields of a number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Annotation {
    /// Labels for your use.
    pub tags: Vec<String>,
    /// Never released while set.
    pub protected: bool,
    /// When a release that can still be undone takes place. It is read from the release, and not written here.
    #[serde(skip)]
    pub release_at: Option<Timestamp>,
    /// Whether that release waits for a person. It is read from the release, and not written here.
    #[serde(skip)]
    pub release_held: bool,
    /// Whether the number is gone: read from [`Missing`](crate::Missing), not written here.
    #[serde(skip)]
    pub gone: bool,
}

impl Annotation {
    /// Shows a release that has not been sent.
    pub fn waits_for(&mut self, release: &Release) {
        self.release_at = release.undoable_until();
        self.release_held = release.held_since.is_some();
    }
}

/// A caller ID whose proof was started here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallerIdRecord {
    /// Whose it is.
    pub tenant: Tenant,
    /// The caller ID as last known.
    pub caller_id: CallerId,
    /// What was asked for, to ask for it again.
    pub request: CallerIdRequest,
    /// What the status callback is recognized by.
    pub callback_token: Option<String>,
    /// When a proof nobody answered is over.
    pub expires_at: Timestamp,
    /// Who asked.
    #[serde(default, rename = "trail")]
    pub provenance: Provenance,
}

impl CallerIdRecord {
    /// A verified caller ID that an account of this tenant shows; `None` without a number in E.164.
    #[must_use]
    pub fn shown(tenant: &Tenant, caller_id: CallerId) -> Option<Self> {
        let number = caller_id.number.as_ref()?.parse().ok()?;
        Some(Self {
            tenant: tenant.clone(),
            request: CallerIdRequest::new(number),
            callback_token: None,
            expires_at: Timestamp::MAX,
            provenance: Provenance::default(),
            caller_id: CallerId {
                provider_data: ProviderData::default(),
                ..caller_id
            },
        })
    }
}
