//! What must survive: purchases with their keys, and, in traits of their own, leases, releases, caller IDs and tokens.
//!
//! [`Journal`] is a trait so that library, gateway and command line buy under the same rules on
//! memory, SQLite or PostgreSQL. Its guarantees are unique indexes, not checks before a write.

mod old;
mod overview;
mod record;
mod release;
mod step;

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use crate::allocations::AllocationStore;
use crate::domain_event::DomainEvent;
use crate::inventory::InventoryStore;
use crate::machine::{KnownId, Winner};
use crate::missing::Missing;
use crate::pool::PoolUse;
use trunkline_core::error::Result;
use trunkline_core::model::{
    AccountName, Ceilings, E164, HeldRow, KeyId, NumberId, PurchaseId, Tenant,
};

pub use crate::lease::{Lease, Moment};
pub use old::{ForgottenPurchases, OldPurchases};
pub use overview::{Openness, PurchaseFilter, Unsettled};
pub use record::{Annotation, CallerIdRecord, KeyEntry, Record, Scope};
pub use release::{Release, Releasing};
pub use step::{Begin, Change, Commit, LOOKS_BEFORE_FREEING};

/// The purchases, the keys they were asked for with, and the ids they won.
///
/// # Errors
/// Every method answers `UpstreamUnavailable` if the database can't be reached or written, and
/// `Internal` if what it holds can't be read. A purchase is never sent after either.
#[async_trait]
pub trait Journal: Debug + Send + Sync + 'static {
    /// Writes a purchase with its key, claim on the number, charges and a lease for `owner`, and
    /// [`DomainEvent::PurchaseBegun`].
    async fn begin(&self, scope: &Scope, record: &Record, owner: &str) -> Result<Begin>;

    /// The request that a key was used for, and the purchase that it started.
    async fn find_key(&self, scope: &Scope) -> Result<Option<KeyEntry>>;

    /// Writes one step of a purchase. A settled state frees the claim on the number; a success
    /// takes the carrier's id for this purchase alone; what becomes of its charges says [`Record::charging`].
    async fn commit(&self, change: Change<'_>) -> Result<Commit>;

    /// What the journal knows of the ids under which an identity has had a number, from the view of one purchase.
    async fn known_ids(
        &self,
        identity: &str,
        number: &E164,
        purchase: &PurchaseId,
    ) -> Result<Vec<KnownId>>;

    /// Every id that purchases at this identity have won and that was not given back, by number.
    async fn winners(&self, identity: &str) -> Result<Vec<Winner>>;

    /// Keeps the ids that a look saw with a number. A purchase dispatched later knows that they are not its own.
    async fn keep_ids(&self, identity: &str, number: &E164, rows: &[HeldRow]) -> Result<()>;

    /// Writes back a vanished purchase as its worker has it, with key and claim if they are free; its charges are owed.
    /// `None` if the database is another one or the row is there. Tells [`DomainEvent::PurchaseRecovered`].
    async fn write_back(&self, record: &Record) -> Result<Option<i64>>;

    /// What is in a purse, in millionths of its currency's unit; 0 if nothing was ever taken from it.
    async fn spent(&self, purse: &str) -> Result<i64>;

    /// What the purchases of an API key may cost together, as it is now; nothing bounded for a key that is not known.
    async fn ceilings_of(&self, key: &KeyId) -> Result<Ceilings>;

    /// One purchase.
    async fn load(&self, id: &PurchaseId) -> Result<Option<Record>>;

    /// A tenant's purchases, newest first.
    async fn purchases(
        &self,
        tenant: &Tenant,
        filter: &PurchaseFilter,
        limit: usize,
    ) -> Result<Vec<Record>>;

    /// Purchases of this number at this identity that are presumed failed.
    async fn presumed(&self, identity: &str, number: &E164) -> Result<Vec<Record>>;

    /// Purchases nobody works on that are not done, or whose next look is due; the longest due first.
    async fn due(&self, limit: usize) -> Result<Vec<PurchaseId>>;

    /// How many purchases of each account are not over, and why, where there are any.
    async fn unsettled(&self) -> Result<Vec<Unsettled>>;

    /// Forgets the purchases of a page that are over, with their keys: settled for so long, with no look, question or late
    /// commit to come, and a number, if they won one, that was given back. By default a journal keeps all of them.
    async fn forget_purchases(&self, _old: &OldPurchases) -> Result<ForgottenPurchases> {
        Ok(ForgottenPurchases::default())
    }

    /// Whether the database can be written to, and a connection to read from it can be had.
    async fn check(&self) -> Result<()>;

    /// Size of the database in bytes; `None` for a journal that is kept in memory.
    async fn size(&self) -> Result<Option<u64>> {
        Ok(None)
    }

    /// How busy its connections are; `None` for a journal without any.
    fn pool(&self) -> Option<PoolUse> {
        None
    }
}

/// The rights to work on something for a while.
///
/// # Errors
/// As [`Journal`].
#[async_trait]
pub trait Leases: Debug + Send + Sync + 'static {
    /// Takes a lease, if nobody holds it.
    async fn acquire(&self, name: &str, owner: &str) -> Result<Option<Lease>>;

    /// Prolongs a lease by [`Lease::TTL`]; `None` if it was lost.
    async fn renew(&self, lease: &Lease) -> Result<Option<Lease>>;

    /// Gives a lease back.
    async fn unlock(&self, lease: &Lease) -> Result<()>;
}

/// What happened without a change of its own in the store.
///
/// # Errors
/// As [`Journal`].
#[async_trait]
pub trait Notices: Debug + Send + Sync + 'static {
    /// Tells of what happened without a change in the journal.
    async fn tell(&self, events: &[DomainEvent<'_>]) -> Result<()>;

    /// The same, unless it was done under this name less than `within` ago. Returns whether it was done.
    async fn tell_once(
        &self,
        name: &str,
        within: Duration,
        events: &[DomainEvent<'_>],
    ) -> Result<bool>;

    /// Forgets when something was last told under this name.
    async fn forget_told(&self, name: &str) -> Result<()>;
}

/// The releases of numbers, and trunkline's own fields of numbers.
///
/// # Errors
/// As [`Journal`].
#[async_trait]
pub trait Releases: Debug + Send + Sync + 'static {
    /// Writes a release that is due after this long, in place of an earlier one, and claims the number. Not of a
    /// protected number.
    async fn begin_release(
        &self,
        release: &Release,
        after: Duration,
        event: DomainEvent<'_>,
    ) -> Result<Releasing>;

    /// Writes that a due release is about to be sent. Not of a protected number, and not an overdue release.
    async fn send_release(&self, release: &Release) -> Result<Releasing>;

    /// Leaves an unsent release to a person: it is not due any more. Tells [`DomainEvent::ReleaseHeld`].
    async fn hold_release(&self, release: &Release) -> Result<bool>;

    /// Forgets an unsent release, and frees its claim. `false` if it has been sent.
    async fn undo_release(&self, release: &Release, event: DomainEvent<'_>) -> Result<bool>;

    /// Writes down what came of it and frees the claim on the number. If it is `done` the carrier's id
    /// is free too, the monthly price of the purchase that won it is committed no more, and the number's annotation is
    /// forgotten; if not, the release is forgotten. One that is over already stays as it is.
    async fn end_release(&self, release: &Release, event: DomainEvent<'_>) -> Result<()>;

    /// Releases that were begun and not ended and whose time has come, oldest first.
    async fn open_releases(&self, limit: usize) -> Result<Vec<Release>>;

    /// The release of this number that was asked for last.
    async fn find_release(&self, tenant: &Tenant, id: &NumberId) -> Result<Option<Release>>;

    /// The ids of numbers whose release was asked for, each with its place, after a place. In their order.
    async fn released(&self, after: i64, limit: usize) -> Result<Vec<(i64, NumberId)>>;

    /// Moves releases to another spelling of a number's id. Of two of a tenant the open one stays, or else that under
    /// `own`.
    async fn respell_releases(&self, from: &NumberId, own: &NumberId) -> Result<()>;

    /// trunkline's own fields of numbers: tags, protection, and the releases that can still be undone.
    async fn annotations(&self, ids: &[NumberId]) -> Result<Vec<(NumberId, Annotation)>>;

    /// Sets tags and protection of a number at an identity, under the id that it has by the name that its account has now;
    /// gives that id. A request may have been begun before the account got another name.
    async fn annotate_at(
        &self,
        identity: &str,
        id: &NumberId,
        annotation: &Annotation,
    ) -> Result<NumberId>;

    /// Sets tags and protection of a number by its id.
    async fn annotate(&self, id: &NumberId, annotation: &Annotation) -> Result<()>;

    /// Ids of which anything is noted, in order, after one.
    async fn annotated(&self, after: Option<&NumberId>, limit: usize) -> Result<Vec<NumberId>>;
}

/// The caller IDs whose proof was started here, and the verified ones that accounts have shown.
///
/// # Errors
/// As [`Journal`].
#[async_trait]
pub trait CallerIdStore: Debug + Send + Sync + 'static {
    /// Writes a caller ID, in whatever state, along with what there is to tell.
    async fn keep_caller_id(
        &self,
        record: &CallerIdRecord,
        event: Option<DomainEvent<'_>>,
    ) -> Result<()>;

    /// Forgets a caller ID whose proof is over, and tells so.
    async fn end_caller_id(&self, record: &CallerIdRecord, event: DomainEvent<'_>) -> Result<()>;

    /// A caller ID by its id.
    async fn caller_id(&self, id: &str) -> Result<Option<CallerIdRecord>>;

    /// A tenant's caller IDs that are not verified, by id.
    async fn open_caller_ids(&self, tenant: &Tenant) -> Result<Vec<CallerIdRecord>>;

    /// The caller IDs of these ids that there are.
    async fn caller_ids(&self, ids: &[String]) -> Result<Vec<CallerIdRecord>>;

    /// Remembers the verified caller IDs of an account in place of those before. One whose proof was started again stays
    /// as it is.
    async fn keep_verified(&self, account: &AccountName, verified: &[CallerIdRecord])
    -> Result<()>;

    /// Forgets a caller ID.
    async fn forget_caller_id(&self, id: &str) -> Result<()>;
}

/// Tokens that rotate, sealed.
///
/// # Errors
/// As [`Journal`].
#[async_trait]
pub trait TokenStore: Debug + Send + Sync + 'static {
    /// Keeps a sealed text under a name, durably, in place of what was there.
    async fn keep_sealed(&self, name: &str, sealed: &str) -> Result<()>;

    /// The sealed text under a name.
    async fn sealed(&self, name: &str) -> Result<Option<String>>;
}

/// Everything that the engine keeps, in one database.
pub trait Store:
    Journal
    + Leases
    + Notices
    + Releases
    + Missing
    + CallerIdStore
    + AllocationStore
    + InventoryStore
    + TokenStore
{
}

impl<S> Store for S where
    S: Journal
        + Leases
        + Notices
        + Releases
        + Missing
        + CallerIdStore
        + AllocationStore
        + InventoryStore
        + TokenStore
{
}
