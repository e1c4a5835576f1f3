//! What must survive: purchases, idempotency keys, leases and the records beside them.
//!
//! [`Journal`] is a trait so that library, gateway and command line buy under the same rules on
//! memory, SQLite or PostgreSQL. Its guarantees are unique indexes, not checks before a write.

mod release;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::allocations::AllocationStore;
use crate::domain_event::DomainEvent;
use crate::machine::{KnownId, Winner};
use crate::missing::Missing;
use crate::pool::PoolUse;
use crate::spend::{Booking, Charge, Full};
use trunkline_core::error::Result;
use trunkline_core::model::{
    AccountName, CallerId, Ceilings, E164, HeldRow, IdempotencyKey, KeyId, NumberId, NumberUpdate,
    Provenance, Purchase, PurchaseId, PurchaseOrder, PurchaseState, Tenant,
};

pub use crate::lease::{Lease, Moment};
pub use release::{Release, Releasing};

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
    pub watch_looks: u32,
    /// Looks that failed since the last complete one of the watch.
    #[serde(default)]
    pub watch_failures: u32,
    /// Grows with every commit; 0 for a record not yet written.
    #[serde(skip)]
    pub version: i64,
}

/// From how many complete looks of the watch on a presumed failure frees what it had reserved: those after one, two, five
/// and ten minutes.
pub const LOOKS_BEFORE_FREEING: u32 = 4;

impl Record {
    /// What a step of this record does to its charges: they become these, under or over the ceilings. `None` leaves them.
    #[must_use]
    pub fn charging(&self, change: &Change<'_>) -> Option<(&[Charge], Booking)> {
        if change.gives_up.is_some() {
            return Some((&self.charges, Booking::Bounded));
        }
        if self.charges.is_empty() {
            return None;
        }
        let watched = self.attempt().is_some_and(|attempt| attempt.presumed);
        match self.purchase.state {
            PurchaseState::Failed if self.purchase.needs_person.is_some() => {
                Some((&self.charges, Booking::Owed))
            }
            PurchaseState::Failed if watched && self.watch_looks < LOOKS_BEFORE_FREEING => None,
            PurchaseState::Failed => Some((&[], Booking::Owed)),
            PurchaseState::Succeeded if change.unclaimed => Some((&self.charges, Booking::Owed)),
            _ => None,
        }
    }

    /// The key that it was asked for with.
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope {
            tenant: self.tenant.clone(),
            route: self.route.clone(),
            key: self.purchase.idempotency_key.clone(),
        }
    }

    /// Whether the same key may start a new purchase: it failed without effect, and might not fail again.
    #[must_use]
    pub fn may_start_over(&self) -> bool {
        let attempt_presumed = self
            .purchase
            .attempts
            .last()
            .is_some_and(|attempt| attempt.presumed);
        self.purchase.state == PurchaseState::Failed
            && !attempt_presumed
            && self.purchase.error.as_ref().is_some_and(|error| {
                error.retry() != trunkline_core::Retry::Never
                    && error.effect() == trunkline_core::Effect::None
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

/// An answer kept to be given again, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: String,
    /// `Location`, if there is one.
    pub location: Option<String>,
    /// Body.
    pub body: String,
}

/// What stands under a key.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyEntry {
    /// Hash of the request it was first used with.
    pub fingerprint: String,
    /// The purchase it started, if it did.
    pub purchase: Option<PurchaseId>,
    /// The answer, once there is one.
    pub answer: Option<Answer>,
}

/// What came of beginning a purchase.
#[derive(Clone, Debug, PartialEq)]
pub enum Begin {
    /// It is written down, under this lease.
    Fresh(Lease),
    /// The key has started this purchase before.
    Known(Box<Record>),
    /// The key was used with another request.
    Mismatch,
    /// Another purchase or release of this number at this account is open.
    Busy {
        /// Who: a purchase's id, or `release`.
        by: String,
    },
    /// A purse has no room for one of its charges.
    Full(Full),
}

/// What came of reserving a key for a write that is no purchase.
#[derive(Clone, Debug, PartialEq)]
pub enum Reserve {
    /// It is free, and now held under this lease.
    Fresh(Lease),
    /// It was answered so.
    Answered(Answer),
    /// Somebody is at it.
    InFlight,
    /// The key was used with another request.
    Mismatch,
}

/// One step of a purchase, written as one transaction or not at all.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    /// The record as it shall be; its `version` is the one it was read with.
    pub record: &'a Record,
    /// What the step is told as, if it is.
    pub event: Option<DomainEvent<'a>>,
    /// The lease that the step needs; `None` for evidence, which counts from whoever brings it.
    pub lease: Option<&'a Lease>,
    /// Whether it must be on disk, not just committed, when the call returns.
    pub durable: bool,
    /// When to look again, from now, if nobody works on it.
    pub look_in: Option<Duration>,
    /// Forget the answer kept under the key, and keep none that was made from an earlier version: the outcome is another
    /// one now.
    pub forget_answer: bool,
    /// Refuse the step while another purchase or release of the number is open: a late success must not
    /// take what that one has just bought. What it takes from its purses is owed then, whatever their ceilings.
    pub unclaimed: bool,
    /// Move the claim from this identity and number to those of the record's current attempt, and take the record's
    /// charges instead of the old ones; refused if another purchase or release of that number is open, or a purse
    /// has no room.
    pub gives_up: Option<(&'a str, &'a E164)>,
}

impl Change<'_> {
    /// Longest pause before the next look: a later one comes so much earlier.
    pub const LONGEST_PAUSE: Duration = Duration::from_secs(2 * 3_600);
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Commit {
    /// It is written; the record's new version.
    Done(i64),
    /// The record was changed by another: read it again.
    Stale,
    /// The lease is another's.
    LeaseLost,
    /// Another purchase has won the carrier's id already.
    NotOurs(PurchaseId),
    /// Another purchase or release of the number is open.
    Busy,
    /// A purse has no room for what the record's current attempt takes.
    Full(Full),
}

/// Which purchases to list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PurchaseFilter {
    /// In this state.
    pub state: Option<PurchaseState>,
    /// At this account.
    pub account: Option<String>,
    /// At these accounts; at all if `None`.
    pub accounts: Option<BTreeSet<AccountName>>,
    /// For this number.
    pub number: Option<E164>,
    /// With, or without, an open question for a person.
    pub needs_person: Option<bool>,
    /// Older than this one.
    pub before: Option<PurchaseId>,
}

/// Why purchases of an account are not over yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Openness {
    /// Written down, nothing was sent.
    Intended,
    /// About to be sent, or sent.
    Dispatched,
    /// It can't be told yet what came of them.
    Unknown,
    /// Presumed failed, and watched for a late commit.
    Watched,
    /// Failed as it seems, with a question for a person.
    NeedsPerson,
}

impl Openness {
    /// Every member.
    pub const ALL: [Self; 5] = [
        Self::Intended,
        Self::Dispatched,
        Self::Unknown,
        Self::Watched,
        Self::NeedsPerson,
    ];

    /// The name used in metrics and messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Dispatched => "dispatched",
            Self::Unknown => "unknown",
            Self::Watched => "watched",
            Self::NeedsPerson => "needs_person",
        }
    }

    /// Why a purchase is not over, if it is not: `due` says whether it will be looked at again.
    #[must_use]
    pub const fn of(purchase: &Purchase, due: bool) -> Option<Self> {
        match purchase.state {
            PurchaseState::Intended => Some(Self::Intended),
            PurchaseState::Dispatched => Some(Self::Dispatched),
            PurchaseState::Unknown => Some(Self::Unknown),
            PurchaseState::Failed if purchase.needs_person.is_some() => Some(Self::NeedsPerson),
            PurchaseState::Failed if due => Some(Self::Watched),
            PurchaseState::Succeeded | PurchaseState::Failed => None,
        }
    }
}

/// The purchases of an account that are not over, for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsettled {
    /// The account by its name then, whether it is still configured or not.
    pub account: AccountName,
    /// The upstream identity of the account.
    pub identity: String,
    /// Why they are not over.
    pub open: Openness,
    /// How many there are.
    pub count: u64,
    /// The age of the oldest.
    pub oldest: Duration,
}

impl PurchaseFilter {
    /// Whether a purchase is listed.
    #[must_use]
    pub fn fits(&self, purchase: &Purchase) -> bool {
        let account = &purchase.account;
        let named = |wanted: &String| account.as_str() == wanted;
        self.state.is_none_or(|wanted| purchase.state == wanted)
            && self.account.as_ref().is_none_or(named)
            && self
                .accounts
                .as_ref()
                .is_none_or(|all| all.contains(account))
            && self.number.is_none_or(|wanted| purchase.number == wanted)
            && self
                .needs_person
                .is_none_or(|wanted| purchase.needs_person.is_some() == wanted)
            && self
                .before
                .as_ref()
                .is_none_or(|before| purchase.id < *before)
    }
}

/// The purchases, keys and leases.
///
/// # Errors
/// Every method answers `UpstreamUnavailable` if the database can't be reached or written, and
/// `Internal` if what it holds can't be read. A purchase is never sent after either.
#[async_trait]
pub trait Journal: Debug + Send + Sync + 'static {
    /// Writes down a purchase with its key, its claim on the number, its charges and a lease for `owner`, or says why not.
    /// Tells [`DomainEvent::PurchaseBegun`].
    async fn begin(&self, scope: &Scope, record: &Record, owner: &str) -> Result<Begin>;

    /// What stands under a key.
    async fn find_key(&self, scope: &Scope) -> Result<Option<KeyEntry>>;

    /// Reserves a key for a write that is no purchase. A reservation whose lease lapsed without an
    /// answer is free again.
    async fn reserve_key(&self, scope: &Scope, fingerprint: &str, owner: &str) -> Result<Reserve>;

    /// Keeps an answer under a key, unless there is one, and gives the one that is kept. `version`: the version of the
    /// purchase that the answer was made from; if an answer has been forgotten at a later one (see
    /// [`Change::forget_answer`]) this one is given back and not kept.
    async fn keep_answer(
        &self,
        scope: &Scope,
        answer: Answer,
        version: Option<i64>,
    ) -> Result<Answer>;

    /// Gives back a reserved key without an answer, so that it can be used again.
    async fn forget_key(&self, scope: &Scope) -> Result<()>;

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

    /// Keeps the ids under which a look saw a number, those that are new with their place in the order of the journal:
    /// every purchase dispatched later knows that they are not its own.
    async fn keep_ids(&self, identity: &str, number: &E164, rows: &[HeldRow]) -> Result<()>;

    /// Writes back a purchase whose row has vanished, as it is in the hands of who works on it, with its key and its
    /// claim if they are free. What it takes from its purses is owed. `None` if this is not the database that it was
    /// written to, or the row is there. Tells [`DomainEvent::PurchaseRecovered`].
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

    /// Takes a lease, if nobody holds it.
    async fn acquire(&self, name: &str, owner: &str) -> Result<Option<Lease>>;

    /// Prolongs a lease by [`Lease::TTL`]; `None` if it was lost.
    async fn renew(&self, lease: &Lease) -> Result<Option<Lease>>;

    /// Gives a lease back.
    async fn unlock(&self, lease: &Lease) -> Result<()>;

    /// Tells of what happened without a change in the journal.
    async fn tell(&self, events: &[DomainEvent<'_>]) -> Result<()>;

    /// The same, unless something was told under this name less than `within` ago; answers whether it was told.
    async fn tell_once(
        &self,
        name: &str,
        within: Duration,
        events: &[DomainEvent<'_>],
    ) -> Result<bool>;

    /// Lets the next [`Journal::tell_once`] of this name tell whatever the time.
    async fn forget_told(&self, name: &str) -> Result<()>;

    /// How many purchases of each account are not over, and why, where there are any.
    async fn unsettled(&self) -> Result<Vec<Unsettled>>;

    /// Whether the database can be written to, and a connection to read from it can be had.
    async fn check(&self) -> Result<()>;

    /// How busy its connections are; `None` for a journal without any.
    fn pool(&self) -> Option<PoolUse> {
        None
    }
}

/// trunkline's own records beside the purchases.
///
/// # Errors
/// As [`Journal`].
#[async_trait]
pub trait Records: Debug + Send + Sync + 'static {
    /// Writes down that a release is to be sent after this long, in place of what was known of it, and claims the
    /// number for it. Not that of a number that is protected when it is written.
    async fn begin_release(
        &self,
        release: &Release,
        after: Duration,
        event: DomainEvent<'_>,
    ) -> Result<Releasing>;

    /// Writes down that a release whose time has come is about to be sent. Not that of a number that is protected when
    /// it is written, and not one that is overdue.
    async fn send_release(&self, release: &Release) -> Result<Releasing>;

    /// Leaves a release that has not been sent to a person: it is due no more, and can still be undone or begun again.
    /// Tells [`DomainEvent::ReleaseHeld`].
    async fn hold_release(&self, release: &Release) -> Result<bool>;

    /// Forgets a release that has not been sent, and frees its claim. Not one that has been: nobody can tell what
    /// came of it.
    async fn undo_release(&self, release: &Release, event: DomainEvent<'_>) -> Result<bool>;

    /// Writes down what came of it and frees the claim on the number. If it is `done` the carrier's id
    /// is free too, the monthly price of the purchase that won it is committed no more, and the number's annotation is
    /// forgotten; if not, the release is forgotten.
    async fn end_release(&self, release: &Release, event: DomainEvent<'_>) -> Result<()>;

    /// Releases that were begun and not ended and whose time has come, oldest first.
    async fn open_releases(&self, limit: usize) -> Result<Vec<Release>>;

    /// The release of this number that was asked for last.
    async fn find_release(&self, tenant: &Tenant, id: &NumberId) -> Result<Option<Release>>;

    /// The ids of numbers whose release was asked for, each with its place, after a place. In their order.
    async fn released(&self, after: i64, limit: usize) -> Result<Vec<(i64, NumberId)>>;

    /// Keeps the releases of a number under another spelling of its id. Where a tenant has one under both, the one that
    /// is not done stays, or else that under `own`.
    async fn respell_releases(&self, from: &NumberId, own: &NumberId) -> Result<()>;

    /// trunkline's own fields of numbers: tags, protection, and the releases that can still be undone.
    async fn annotations(&self, ids: &[NumberId]) -> Result<Vec<(NumberId, Annotation)>>;

    /// Sets tags and protection of a number.
    async fn annotate(&self, id: &NumberId, annotation: &Annotation) -> Result<()>;

    /// Ids of which anything is noted, in order, after one.
    async fn annotated(&self, after: Option<&NumberId>, limit: usize) -> Result<Vec<NumberId>>;

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

    /// Forgets a caller ID.
    async fn forget_caller_id(&self, id: &str) -> Result<()>;

    /// Keeps a sealed text under a name, durably, in place of what was there.
    async fn keep_sealed(&self, name: &str, sealed: &str) -> Result<()>;

    /// The sealed text under a name.
    async fn sealed(&self, name: &str) -> Result<Option<String>>;
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
    pub release_at: Option<jiff::Timestamp>,
    /// Whether that release waits for a person. It is read from the release, and not written here.
    #[serde(skip)]
    pub release_held: bool,
    /// Whether the number was taken for gone. It is read from [`Missing`], and not
    /// written here.
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
    pub request: trunkline_core::model::CallerIdRequest,
    /// What the status callback is recognized by.
    pub callback_token: Option<String>,
    /// When a proof nobody answered is over.
    pub expires_at: jiff::Timestamp,
    /// Who asked.
    #[serde(default, rename = "trail")]
    pub provenance: Provenance,
}

/// All of it, in one database.
pub trait Store: Journal + Records + AllocationStore + Missing {}

impl<S> Store for S where S: Journal + Records + AllocationStore + Missing {}
