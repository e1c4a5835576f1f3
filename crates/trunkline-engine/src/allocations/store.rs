//! What must survive of allocations, and the leases on candidates.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::journal::{Lease, Scope};
use crate::search::{Preference, SearchRequest};
use trunkline_core::error::Result;
use trunkline_core::model::{
    AccountName, Allocation, AllocationId, Caller, E164, IdempotencyKey, KeyId, ProviderName,
    PurchaseId, Requester, Tenant, Wishes,
};

/// A number in the stock of a provider: whichever account buys it, it is the same one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lot {
    /// Who sells it.
    pub provider: ProviderName,
    /// The number.
    pub number: E164,
}

/// Everything kept of one allocation: one document, replaced as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AllocationRecord {
    /// What the caller may see.
    pub allocation: Allocation,
    /// Whose it is.
    pub tenant: Tenant,
    /// The API key it was asked for with, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyId>,
    /// Who asked, and with which request.
    #[serde(default)]
    pub requester: Requester,
    /// The only accounts that the requester may see; `None` for all of the tenant's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<BTreeSet<AccountName>>,
    /// Hash of the request.
    pub fingerprint: String,
    /// What is searched for.
    pub search: SearchRequest,
    /// What decides between candidates.
    pub preference: Preference,
    /// What goes with each number.
    pub wishes: Wishes,
    /// Accounts that refused for a reason of their own, with the reason: nothing more is bought there.
    pub refusing: BTreeMap<AccountName, String>,
    /// The number of the item that was written down last.
    pub last_item: u32,
    /// Grows with every change; 0 for a record not yet written.
    #[serde(skip)]
    pub version: i64,
}

impl AllocationRecord {
    /// In whose name it works.
    pub fn caller(&self) -> Caller {
        Caller {
            accounts: self.accounts.clone(),
            key: self.key.clone(),
            key_name: self.requester.actor.key_name.clone(),
            request_id: self.requester.request_id.clone(),
            via: self.requester.actor.via,
            ..Caller::of(self.tenant.clone())
        }
    }

    /// Whether it is this caller's to see: it must see every account that the allocation may have bought at.
    pub fn is_visible_to(&self, caller: &Caller) -> bool {
        let within = match (&caller.accounts, &self.accounts) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(seen), Some(own)) => own.is_subset(seen),
        };
        self.tenant == caller.tenant && within
    }

    /// The fingerprint of a key that is used up: no request has it.
    pub const USED_UP: &str = "used up";

    /// The name of the lease that it is worked on under.
    #[must_use]
    pub fn lease_name(id: &AllocationId) -> String {
        format!("allocation:{id}")
    }
}

/// Allocations, and who is at which candidate.
///
/// # Errors
/// As [`crate::Journal`].
#[async_trait]
pub trait AllocationStore: Debug + Send + Sync + 'static {
    /// Leases the first of these numbers that no other holder has leased, for `ttl`. It only keeps buyers out of each
    /// other's way: the claim of a purchase is what prevents a second one.
    async fn lease_candidate(
        &self,
        holder: &str,
        lots: &[Lot],
        ttl: Duration,
    ) -> Result<Option<Lot>>;

    /// Gives a lease back, if the holder has it. One that is not given back lapses.
    async fn free_candidate(&self, holder: &str, lot: &Lot) -> Result<()>;

    /// The purchase that the key of an item has started; if there is none, uses the key up so that it never starts one.
    async fn use_up_key(&self, scope: &Scope, owner: &str) -> Result<Option<PurchaseId>>;

    /// Writes an allocation down, on disk; gives the one that stands under the tenant's key if there is one.
    async fn begin_allocation(&self, record: &AllocationRecord)
    -> Result<Option<AllocationRecord>>;

    /// Replaces an allocation, if the lease holds and nobody has changed it; gives its new version, or `None`.
    async fn keep_allocation(
        &self,
        record: &AllocationRecord,
        lease: &Lease,
    ) -> Result<Option<i64>>;

    /// One allocation.
    async fn allocation(&self, id: &AllocationId) -> Result<Option<AllocationRecord>>;

    /// The allocation that a key has started.
    async fn allocation_of(
        &self,
        tenant: &Tenant,
        key: &IdempotencyKey,
    ) -> Result<Option<AllocationRecord>>;

    /// A tenant's allocations, newest first: those older than `before`.
    async fn allocations(
        &self,
        tenant: &Tenant,
        before: Option<&AllocationId>,
        limit: usize,
    ) -> Result<Vec<AllocationRecord>>;

    /// Allocations that are not done and that nobody works on, oldest first.
    async fn due_allocations(&self, limit: usize) -> Result<Vec<AllocationId>>;
}
