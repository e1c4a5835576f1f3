//! Purchases to test journals with.

use std::time::Duration;

use jiff::Timestamp;
use trunkline_admin::{Answer, Reserve};
use trunkline_core::{
    AccountName, Attempt, Configuration, E164, Effect, Error, ErrorKind, HeldRow, IdempotencyKey,
    NumberId, PriceSource, Provenance, ProviderName, Purchase, PurchaseId, PurchaseOrder,
    PurchaseState, Retry, Sighting, TOLERANCE, Tenant,
};
use trunkline_engine::journal::{
    Annotation, Begin, CallerIdRecord, Change, Commit, KeyEntry, Lease, PurchaseFilter, Record,
    Release, Releasing, Scope,
};
use trunkline_engine::machine::Evidence;
use trunkline_engine::{DomainEvent, Store};

use super::Subject;

/// The upstream identity of purchases that don't say otherwise.
pub const IDENTITY: &str = "AC00000000000000000000000000000000";

/// A number reserved for fiction; there are a hundred.
#[must_use]
pub fn number(index: u32) -> E164 {
    assert!(
        index < 100,
        "only a hundred numbers are reserved for fiction"
    );
    format!("+1415555{:04}", 100 + index).parse().unwrap()
}

/// A key of the default tenant, used to purchase.
#[must_use]
pub fn scope(key: &str) -> Scope {
    Scope {
        tenant: Tenant::default(),
        route: "POST /v1/numbers".to_owned(),
        key: IdempotencyKey::new(key).unwrap(),
    }
}

/// A purchase of a number of [`number`]'s, of which nothing has been done.
#[must_use]
pub fn purchase(index: u32) -> Record {
    purchase_at(IDENTITY, index)
}

/// As [`purchase`], at another upstream identity.
#[must_use]
pub fn purchase_at(identity: &str, index: u32) -> Record {
    let (account, number) = (AccountName::new("us-main").unwrap(), number(index));
    let attempt = Attempt::new(
        account.clone(),
        ProviderName::new("acme"),
        identity.to_owned(),
        number,
    );
    // In whole milliseconds, so that ids sort like times.
    let created_at = Timestamp::from_millisecond(Timestamp::now().as_millisecond()).unwrap();
    Record {
        purchase: Purchase {
            id: PurchaseId::generate(created_at),
            state: PurchaseState::Intended,
            account: account.clone(),
            number,
            number_id: None,
            held: None,
            configuration: Configuration::default(),
            late: false,
            idempotency_key: IdempotencyKey::new("key").unwrap(),
            criteria: None,
            candidates: Vec::new(),
            attempts: vec![attempt],
            price: None,
            setup_price: None,
            price_source: PriceSource::Unknown,
            error: None,
            needs_person: None,
            recovered: false,
            created_at,
            settled_at: None,
        },
        tenant: Tenant::default(),
        fingerprint: "fingerprint".to_owned(),
        route: "route".to_owned(),
        order: PurchaseOrder::new(account, number),
        settings: None,
        charges: Vec::new(),
        key: None,
        provenance: Provenance::default(),
        watch_looks: 0,
        watch_failures: 0,
        version: 0,
    }
}

/// Begins a purchase under a key of its own, and gives it as it is then.
pub async fn begun(store: &dyn Store, record: &Record) -> (Record, Lease) {
    begun_as(store, &scope(record.purchase.id.as_str()), record).await
}

/// Begins a purchase under this key, and gives it as it is then.
pub async fn begun_as(store: &dyn Store, scope: &Scope, record: &Record) -> (Record, Lease) {
    let mut record = record.clone();
    record.purchase.idempotency_key = scope.key.clone();
    record.tenant = scope.tenant.clone();
    match store.begin(scope, &record, "owner").await.unwrap() {
        Begin::Fresh(lease) => {
            record.version = 1;
            (record, lease)
        }
        other => panic!("the purchase was not begun: {other:?}"),
    }
}

/// A step of evidence: no lease, not durable, nothing to look for.
#[must_use]
pub fn evidence(record: &Record) -> Change<'_> {
    Change {
        event: None,
        record,
        lease: None,
        durable: false,
        look_in: None,
        forget_answer: false,
        unclaimed: false,
        gives_up: None,
    }
}

/// Makes a step that must succeed, and gives the record as it is then.
pub async fn step(store: &dyn Store, record: Record) -> Record {
    step_watched(store, record, None).await
}

/// As [`step`], to be looked at again after this long.
pub async fn step_watched(store: &dyn Store, record: Record, look_in: Option<Duration>) -> Record {
    let change = Change {
        look_in,
        ..evidence(&record)
    };
    match store.commit(change).await.unwrap() {
        Commit::Done(version) => Record { version, ..record },
        other => panic!("the step was not made: {other:?}"),
    }
}

/// As [`evidence`], under a lease.
pub(super) fn under<'a>(lease: &'a Lease, record: &'a Record) -> Change<'a> {
    Change {
        lease: Some(lease),
        ..evidence(record)
    }
}

/// How a number is refused that this purchase is at.
pub(super) fn busy(by: &Record) -> Begin {
    Begin::Busy {
        by: by.purchase.id.to_string(),
    }
}

pub(super) fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status,
        content_type: "application/json".to_owned(),
        location: Some("/v1/numbers/us-main:PN1".to_owned()),
        body: body.to_owned(),
    }
}

pub(super) fn number_id(provider_id: &str) -> NumberId {
    NumberId::new(format!("us-main:{provider_id}")).unwrap()
}

/// A release of a number of [`number`]'s that is begun and sent at once.
pub(super) fn release(index: u32, provider_id: &str) -> Release {
    Release {
        tenant: Tenant::default(),
        number_id: number_id(provider_id),
        identity: IDENTITY.to_owned(),
        number: Some(number(index)),
        done: false,
        release_at: None,
        sent: true,
        held_since: None,
        asked_at: None,
        provenance: Provenance::default(),
    }
}

pub(super) fn done(release: &Release) -> Release {
    Release {
        done: true,
        ..release.clone()
    }
}

/// The store's calls of the same name, which must work.
macro_rules! must_work {
    ($($name:ident($($argument:ident: $type:ty),*) $(-> $answer:ty)?;)*) => {
        impl Subject {
            $(pub(super) async fn $name(&self, $($argument: $type),*) $(-> $answer)? {
                self.store.$name($($argument),*).await.unwrap()
            })*
        }
    };
}

must_work! {
    commit(change: Change<'_>) -> Commit;
    due(limit: usize) -> Vec<PurchaseId>;
    acquire(name: &str, owner: &str) -> Option<Lease>;
    renew(lease: &Lease) -> Option<Lease>;
    unlock(lease: &Lease);
    send_release(release: &Release) -> Releasing;
    open_releases(limit: usize) -> Vec<Release>;
    annotate(id: &NumberId, annotation: &Annotation);
    annotations(ids: &[NumberId]) -> Vec<(NumberId, Annotation)>;
    caller_id(id: &str) -> Option<CallerIdRecord>;
}

/// Other calls that must work, with what most tests leave out.
impl Subject {
    pub(super) async fn begin(&self, scope: &Scope, record: &Record) -> Begin {
        self.store.begin(scope, record, "other").await.unwrap()
    }

    pub(super) async fn begun(&self, record: &Record) -> (Record, Lease) {
        begun(&*self.store, record).await
    }

    pub(super) async fn begun_as(&self, scope: &Scope, record: &Record) -> (Record, Lease) {
        begun_as(&*self.store, scope, record).await
    }

    /// A purchase of a number of [`number`]'s that is begun, and then changed by a step.
    pub(super) async fn stepped(&self, index: u32, change: impl Fn(Record) -> Record) -> Record {
        let (record, _) = self.begun(&purchase(index)).await;
        self.step(change(record)).await
    }

    pub(super) async fn step(&self, record: Record) -> Record {
        step(&*self.store, record).await
    }

    pub(super) async fn step_watched(&self, record: Record, look_in: Option<Duration>) -> Record {
        step_watched(&*self.store, record, look_in).await
    }

    /// The purchase of a record, as it is stored.
    pub(super) async fn load(&self, record: &Record) -> Option<Record> {
        self.store.load(&record.purchase.id).await.unwrap()
    }

    pub(super) async fn purchases(&self, filter: &PurchaseFilter, limit: usize) -> Vec<Record> {
        let tenant = Tenant::default();
        self.store.purchases(&tenant, filter, limit).await.unwrap()
    }

    pub(super) async fn entry(&self, key: &str) -> Option<KeyEntry> {
        self.store.find_key(&scope(key)).await.unwrap()
    }

    /// The answer that is kept under a key.
    pub(super) async fn answer(&self, key: &str) -> Option<Answer> {
        self.admin.answer(&scope(key)).await.unwrap()
    }

    pub(super) async fn reserve(&self, scope: &Scope, fingerprint: &str, owner: &str) -> Reserve {
        let reserved = self.admin.reserve_key(scope, fingerprint, owner).await;
        reserved.unwrap()
    }

    pub(super) async fn keep_answer(&self, scope: &Scope, answer: &Answer) -> Answer {
        let kept = self.admin.keep_answer(scope, answer.clone(), None).await;
        kept.unwrap()
    }

    pub(super) async fn begin_release(&self, release: &Release) -> Releasing {
        self.begin_release_after(release, Duration::ZERO).await
    }

    pub(super) async fn begin_release_after(
        &self,
        release: &Release,
        after: Duration,
    ) -> Releasing {
        let event = DomainEvent::ReleaseBegun(release);
        let begun = self.store.begin_release(release, after, event).await;
        begun.unwrap()
    }

    pub(super) async fn undo_release(&self, release: &Release) -> bool {
        let event = DomainEvent::ReleaseHeld(release);
        self.store.undo_release(release, event).await.unwrap()
    }

    pub(super) async fn end_release(&self, release: &Release) {
        let event = DomainEvent::ReleaseEnded(release);
        self.store.end_release(release, event).await.unwrap();
    }

    pub(super) async fn find_release(&self, id: &NumberId) -> Option<Release> {
        let found = self.store.find_release(&Tenant::default(), id).await;
        found.unwrap()
    }

    pub(super) async fn keep_caller_id(&self, record: &CallerIdRecord) {
        self.store.keep_caller_id(record, None).await.unwrap();
    }
}

/// The record, dispatched.
#[must_use]
pub fn dispatched(mut record: Record) -> Record {
    let look = Sighting::of(Vec::new(), Some(Timestamp::UNIX_EPOCH));
    assert!(record.dispatch(&look, Timestamp::now()));
    record
}

/// The record, its outcome unknown.
#[must_use]
pub fn unknown(record: Record) -> Record {
    let mut record = dispatched(record);
    assert!(record.lose(Timestamp::now()));
    record
}

/// The record, seen to hold the number under this id of the carrier's.
#[must_use]
pub fn succeeded(record: Record, provider_id: &str) -> Record {
    let intended = record.purchase.state == PurchaseState::Intended;
    seen(
        if intended { unknown(record) } else { record },
        provider_id,
        None,
    )
}

/// The record, failed for good.
#[must_use]
pub fn failed(mut record: Record) -> Record {
    let error = Error::new(ErrorKind::Conflict, "held already");
    assert!(record.refuse(error, Timestamp::now()));
    record
}

/// The record, failed without effect and perhaps not the next time.
#[must_use]
pub fn failed_for_now(mut record: Record) -> Record {
    let error = Error::new(ErrorKind::UpstreamUnavailable, "the carrier is away");
    let error = error.with_retry(Retry::Backoff).with_effect(Effect::None);
    assert!(record.refuse(error, Timestamp::now()));
    record
}

/// The record, presumed failed.
#[must_use]
pub fn presumed(record: Record) -> Record {
    let mut record = unknown(record);
    assert!(record.presume_failed(Duration::from_secs(30), Timestamp::now()));
    record
}

/// The record, with a question for a person: it is held under `PN9`, since long before it was ordered.
#[must_use]
pub fn disputed(mut record: Record) -> Record {
    record = dispatched(record);
    if let Some(attempt) = record.purchase.attempts.last_mut() {
        attempt.t0 = Some(Timestamp::now());
    }
    assert!(record.lose(Timestamp::now()));
    seen(record, "PN9", Some(Timestamp::UNIX_EPOCH))
}

fn seen(mut record: Record, provider_id: &str, created_at: Option<Timestamp>) -> Record {
    let row = HeldRow {
        provider_id: provider_id.to_owned(),
        created_at,
    };
    let evidence = Evidence {
        known: Vec::new(),
        tolerance: TOLERANCE,
        ids_are_numbers: false,
    };
    let sighting = Sighting::of(vec![row], None);
    assert!(record.see(&sighting, &evidence, Timestamp::now()));
    record
}
