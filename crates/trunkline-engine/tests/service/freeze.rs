//! A process that was frozen for longer than its lease: what it may still do, and what not. And what is on disk by then.

#[path = "freeze/inventory.rs"]
mod inventory;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use trunkline_core::Ceilings;
use trunkline_core::host;
use trunkline_core::{
    AccountName, AllocationId, Caller, E164, Error, ErrorKind, HeldRow, IdempotencyKey, KeyId,
    NumberId, Operation, PurchaseId, PurchaseState, Result, Tenant,
};
use trunkline_engine::Charge;
use trunkline_engine::DomainEvent;
use trunkline_engine::Engine;
use trunkline_engine::allocations::{AllocationRecord, AllocationStore, Lot};
use trunkline_engine::buy::{Bought, Order, Request};
use trunkline_engine::journal::{
    Annotation, Begin, CallerIdRecord, CallerIdStore, Change, Commit, Journal, KeyEntry, Lease,
    Leases, Notices, PurchaseFilter, Record, Release, Releases, Releasing, Scope, TokenStore,
    Unsettled,
};
use trunkline_engine::machine::{KnownId, Winner};
use trunkline_engine::missing::{Missing, MissingNumber};
use trunkline_engine::{MemoryJournal, NumberPatch, Released, Started, Store};
use trunkline_testkit::scripted::{Sale, Scripted};

use crate::{LONG, keyed, number, order, scope, services};

/// Longer than a lease.
const FROZEN: Duration = Duration::from_secs(15);

/// A journal in memory whose leases can't be renewed, as those of a frozen process aren't.
#[derive(Debug, Default)]
struct Frozen {
    inner: MemoryJournal,
    /// The process freezes once this state is written.
    at: Option<PurchaseState>,
    /// Or once a release is.
    at_release: bool,
    /// Or before tags and protection are.
    at_note: bool,
    /// The steps that were asked for: state, and whether it was to be on disk.
    steps: Mutex<Vec<(PurchaseState, bool)>>,
    /// How often a key or a purchase was read.
    reads: AtomicUsize,
}

fn frozen(at: Option<PurchaseState>) -> (Arc<Scripted>, Arc<Frozen>, Engine) {
    let carrier = Arc::new(Scripted::new("us-main"));
    let journal = Arc::new(Frozen {
        at,
        ..Frozen::default()
    });
    let store: Arc<dyn Store> = journal.clone();
    let services = services(&[Arc::clone(&carrier)], store);
    (carrier, journal, services)
}

/// Buys, and gives the purchase as it is a while after everybody has done what they may.
async fn bought(services: &Engine) -> Record {
    bought_by(services, LONG).await
}

/// The same after this time.
async fn bought_by(services: &Engine, time: Duration) -> Record {
    let mut order = order("us-main", 1);
    order.label = Some("Front desk".to_owned());
    let started = services
        .purchases
        .start(keyed(&scope("key"), "f"), order)
        .await;
    let Started::Fresh(id) = started.unwrap() else {
        panic!("the key is new")
    };
    services.purchases.wait(&id, time).await.unwrap()
}

/// Nor does it keep the others from settling it at once.
#[tokio::test(start_paused = true)]
async fn process_with_lapsed_lease_does_not_postpone_the_purchase() {
    let (_, journal, services) = frozen(Some(PurchaseState::Dispatched));
    let record = bought_by(&services, FROZEN + Duration::from_secs(1)).await;
    assert_eq!(record.purchase.state, PurchaseState::Dispatched);
    assert_eq!(journal.due(10).await.unwrap(), [record.purchase.id]);
}

#[tokio::test(start_paused = true)]
async fn process_with_lapsed_lease_sends_nothing() {
    let (carrier, _, services) = frozen(Some(PurchaseState::Dispatched));
    let record = bought(&services).await;
    assert_eq!(carrier.calls(Operation::Purchase), 0);
    assert_eq!(record.purchase.state, PurchaseState::Dispatched);
}

#[tokio::test(start_paused = true)]
async fn process_with_lapsed_lease_settles_nothing_by_absence() {
    let (carrier, _, services) = frozen(None);
    carrier.plan([Sale::LostBefore]);
    let record = bought(&services).await;
    assert_eq!(record.purchase.state, PurchaseState::Unknown);
}

/// Another has made them, and told the buyer, who may have changed them since.
#[tokio::test(start_paused = true)]
async fn process_with_lapsed_lease_makes_no_settings() {
    let (carrier, _, services) = frozen(Some(PurchaseState::Succeeded));
    let record = bought(&services).await;
    assert_eq!(record.purchase.state, PurchaseState::Succeeded);
    assert_eq!(carrier.calls(Operation::Update), 0);
}

/// It read the number before another gave it back.
#[tokio::test(start_paused = true)]
async fn frozen_process_does_not_call_a_number_protected_that_is_released_by_then() {
    let carrier = Arc::new(Scripted::new("us-main"));
    let store: Arc<dyn Store> = Arc::new(Frozen {
        at_note: true,
        ..Frozen::default()
    });
    let services = services(&[Arc::clone(&carrier)], Arc::clone(&store));
    let id = format!("us-main:{}", carrier.hold(number(1), host::now()));
    let (caller, protect) = (
        Caller::default(),
        NumberPatch {
            protected: Some(true),
            ..NumberPatch::default()
        },
    );
    let release = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        services.numbers.release(&caller, &id).await
    };
    let protect = services.numbers.update(&caller, &id, protect);
    let (late, released) = tokio::join!(protect, release);
    assert!(matches!(released, Ok(Released::Now(_))), "{released:?}");
    assert_eq!(late.unwrap_err().kind(), ErrorKind::Conflict);
    // Whatever the id comes to stand for is not protected.
    let noted = store.annotations(&[id.parse().unwrap()]).await.unwrap();
    assert!(noted.iter().all(|(_, note)| !note.protected), "{noted:?}");
}

/// Another may have found the number protected, and ended the release.
#[tokio::test(start_paused = true)]
async fn process_with_lapsed_lease_sends_no_release() {
    let carrier = Arc::new(Scripted::new("us-main"));
    let store: Arc<dyn Store> = Arc::new(Frozen {
        at_release: true,
        ..Frozen::default()
    });
    let services = services(&[Arc::clone(&carrier)], store);
    let id = format!("us-main:{}", carrier.hold(number(1), host::now()));
    let released = services.numbers.release(&Caller::default(), &id).await;
    assert_eq!(released.unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(carrier.calls(Operation::Release), 0);
    assert_eq!(services.store.open_releases(9).await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn carrier_answer_counts_after_the_lease_has_lapsed() {
    let (carrier, _, services) = frozen(None);
    carrier.plan([Sale::Slow(FROZEN)]);
    let record = bought(&services).await;
    assert_eq!(record.purchase.state, PurchaseState::Succeeded);
    assert_eq!(carrier.calls(Operation::Purchase), 1);
}

#[tokio::test(start_paused = true)]
async fn held_number_counts_after_the_lease_has_lapsed() {
    let (carrier, _, services) = frozen(None);
    carrier.plan([Sale::Late(FROZEN)]);
    let record = bought(&services).await;
    assert_eq!(record.purchase.state, PurchaseState::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn dispatch_and_outcome_are_written_durably() {
    let (_, journal, services) = frozen(None);
    bought(&services).await;
    let steps = journal.steps.lock().unwrap().clone();
    assert_eq!(
        steps,
        [
            (PurchaseState::Dispatched, true),
            (PurchaseState::Succeeded, true),
            // With its settings.
            (PurchaseState::Succeeded, true)
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn replayed_key_reads_key_and_purchase_once() {
    let (_, journal, services) = frozen(None);
    let scope = scope("key");
    let request = || {
        let order = Box::new(order("us-main", 1));
        Ok::<_, Error>(Request {
            account: None,
            number: None,
            order: Ok(Order::Number(order)),
        })
    };
    for (is_known, reads) in [(false, 1), (true, 2)] {
        let before = journal.reads.load(Ordering::Relaxed);
        let bought = services.buy(keyed(&scope, "f"), LONG, request).await;
        assert!(matches!(bought, Ok(Bought::Purchase { known, .. }) if known == is_known));
        assert_eq!(journal.reads.load(Ordering::Relaxed) - before, reads);
    }
}

#[async_trait]
impl Journal for Frozen {
    async fn commit(&self, change: Change<'_>) -> Result<Commit> {
        let state = change.record.purchase.state;
        let step = (state, change.durable);
        self.steps.lock().unwrap().push(step);
        let done = self.inner.commit(change).await;
        if self.at == Some(state) {
            tokio::time::sleep(FROZEN).await;
        }
        done
    }

    async fn begin(&self, scope: &Scope, record: &Record, owner: &str) -> Result<Begin> {
        self.inner.begin(scope, record, owner).await
    }

    async fn find_key(&self, scope: &Scope) -> Result<Option<KeyEntry>> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.inner.find_key(scope).await
    }

    async fn known_ids(
        &self,
        identity: &str,
        number: &E164,
        purchase: &PurchaseId,
    ) -> Result<Vec<KnownId>> {
        self.inner.known_ids(identity, number, purchase).await
    }

    async fn winners(&self, identity: &str) -> Result<Vec<Winner>> {
        self.inner.winners(identity).await
    }

    async fn keep_ids(&self, identity: &str, number: &E164, rows: &[HeldRow]) -> Result<()> {
        self.inner.keep_ids(identity, number, rows).await
    }

    async fn write_back(&self, record: &Record) -> Result<Option<i64>> {
        self.inner.write_back(record).await
    }

    async fn load(&self, id: &PurchaseId) -> Result<Option<Record>> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.inner.load(id).await
    }

    async fn purchases(
        &self,
        tenant: &Tenant,
        filter: &PurchaseFilter,
        limit: usize,
    ) -> Result<Vec<Record>> {
        self.inner.purchases(tenant, filter, limit).await
    }

    async fn presumed(&self, identity: &str, number: &E164) -> Result<Vec<Record>> {
        self.inner.presumed(identity, number).await
    }

    async fn due(&self, limit: usize) -> Result<Vec<PurchaseId>> {
        self.inner.due(limit).await
    }

    async fn unsettled(&self) -> Result<Vec<Unsettled>> {
        self.inner.unsettled().await
    }

    async fn ceilings_of(&self, key: &KeyId) -> Result<Ceilings> {
        self.inner.ceilings_of(key).await
    }

    async fn spent(&self, purse: &str) -> Result<i64> {
        self.inner.spent(purse).await
    }

    async fn check(&self) -> Result<()> {
        self.inner.check().await
    }
}

#[async_trait]
impl Leases for Frozen {
    async fn renew(&self, _: &Lease) -> Result<Option<Lease>> {
        Ok(None)
    }

    async fn acquire(&self, name: &str, owner: &str) -> Result<Option<Lease>> {
        self.inner.acquire(name, owner).await
    }

    async fn unlock(&self, lease: &Lease) -> Result<()> {
        self.inner.unlock(lease).await
    }
}

#[async_trait]
impl Notices for Frozen {
    async fn tell(&self, events: &[DomainEvent<'_>]) -> Result<()> {
        self.inner.tell(events).await
    }

    async fn tell_once(
        &self,
        name: &str,
        within: Duration,
        events: &[DomainEvent<'_>],
    ) -> Result<bool> {
        self.inner.tell_once(name, within, events).await
    }

    async fn forget_told(&self, name: &str) -> Result<()> {
        self.inner.forget_told(name).await
    }
}

#[async_trait]
impl Releases for Frozen {
    async fn begin_release(
        &self,
        release: &Release,
        after: Duration,
        event: DomainEvent<'_>,
    ) -> Result<Releasing> {
        let begun = self.inner.begin_release(release, after, event).await;
        if self.at_release {
            tokio::time::sleep(FROZEN).await;
        }
        begun
    }

    async fn send_release(&self, release: &Release) -> Result<Releasing> {
        self.inner.send_release(release).await
    }

    async fn hold_release(&self, release: &Release) -> Result<bool> {
        self.inner.hold_release(release).await
    }

    async fn undo_release(&self, release: &Release, event: DomainEvent<'_>) -> Result<bool> {
        self.inner.undo_release(release, event).await
    }

    async fn end_release(&self, release: &Release, event: DomainEvent<'_>) -> Result<()> {
        self.inner.end_release(release, event).await
    }

    async fn open_releases(&self, limit: usize) -> Result<Vec<Release>> {
        self.inner.open_releases(limit).await
    }

    async fn find_release(&self, tenant: &Tenant, id: &NumberId) -> Result<Option<Release>> {
        self.inner.find_release(tenant, id).await
    }

    async fn released(&self, after: i64, limit: usize) -> Result<Vec<(i64, NumberId)>> {
        self.inner.released(after, limit).await
    }

    async fn respell_releases(&self, from: &NumberId, own: &NumberId) -> Result<()> {
        self.inner.respell_releases(from, own).await
    }

    async fn annotations(&self, ids: &[NumberId]) -> Result<Vec<(NumberId, Annotation)>> {
        self.inner.annotations(ids).await
    }

    async fn annotated(&self, after: Option<&NumberId>, limit: usize) -> Result<Vec<NumberId>> {
        self.inner.annotated(after, limit).await
    }

    async fn annotate_at(
        &self,
        identity: &str,
        id: &NumberId,
        annotation: &Annotation,
    ) -> Result<NumberId> {
        if self.at_note {
            tokio::time::sleep(FROZEN).await;
        }
        self.inner.annotate_at(identity, id, annotation).await
    }

    async fn annotate(&self, id: &NumberId, annotation: &Annotation) -> Result<()> {
        self.inner.annotate(id, annotation).await
    }
}

#[async_trait]
impl CallerIdStore for Frozen {
    async fn keep_caller_id(
        &self,
        record: &CallerIdRecord,
        event: Option<DomainEvent<'_>>,
    ) -> Result<()> {
        self.inner.keep_caller_id(record, event).await
    }

    async fn caller_ids(&self, ids: &[String]) -> Result<Vec<CallerIdRecord>> {
        self.inner.caller_ids(ids).await
    }

    async fn keep_verified(
        &self,
        account: &AccountName,
        verified: &[CallerIdRecord],
    ) -> Result<()> {
        self.inner.keep_verified(account, verified).await
    }

    async fn end_caller_id(&self, record: &CallerIdRecord, event: DomainEvent<'_>) -> Result<()> {
        self.inner.end_caller_id(record, event).await
    }

    async fn caller_id(&self, id: &str) -> Result<Option<CallerIdRecord>> {
        self.inner.caller_id(id).await
    }

    async fn open_caller_ids(&self, tenant: &Tenant) -> Result<Vec<CallerIdRecord>> {
        self.inner.open_caller_ids(tenant).await
    }

    async fn forget_caller_id(&self, id: &str) -> Result<()> {
        self.inner.forget_caller_id(id).await
    }
}

#[async_trait]
impl TokenStore for Frozen {
    async fn keep_sealed(&self, name: &str, sealed: &str) -> Result<()> {
        self.inner.keep_sealed(name, sealed).await
    }

    async fn sealed(&self, name: &str) -> Result<Option<String>> {
        self.inner.sealed(name).await
    }
}

#[async_trait]
impl AllocationStore for Frozen {
    async fn lease_candidate(
        &self,
        holder: &str,
        lots: &[Lot],
        ttl: Duration,
    ) -> Result<Option<Lot>> {
        self.inner.lease_candidate(holder, lots, ttl).await
    }

    async fn free_candidate(&self, holder: &str, lot: &Lot) -> Result<()> {
        self.inner.free_candidate(holder, lot).await
    }

    async fn use_up_key(&self, scope: &Scope, owner: &str) -> Result<Option<PurchaseId>> {
        self.inner.use_up_key(scope, owner).await
    }

    async fn begin_allocation(
        &self,
        record: &AllocationRecord,
    ) -> Result<Option<AllocationRecord>> {
        self.inner.begin_allocation(record).await
    }

    async fn keep_allocation(
        &self,
        record: &AllocationRecord,
        lease: &Lease,
    ) -> Result<Option<i64>> {
        self.inner.keep_allocation(record, lease).await
    }

    async fn allocation(&self, id: &AllocationId) -> Result<Option<AllocationRecord>> {
        self.inner.allocation(id).await
    }

    async fn allocation_of(
        &self,
        tenant: &Tenant,
        key: &IdempotencyKey,
    ) -> Result<Option<AllocationRecord>> {
        self.inner.allocation_of(tenant, key).await
    }

    async fn allocations(
        &self,
        tenant: &Tenant,
        before: Option<&AllocationId>,
        limit: usize,
    ) -> Result<Vec<AllocationRecord>> {
        self.inner.allocations(tenant, before, limit).await
    }

    async fn due_allocations(&self, limit: usize) -> Result<Vec<AllocationId>> {
        self.inner.due_allocations(limit).await
    }
}

#[async_trait]
impl Missing for Frozen {
    async fn winner(&self, identity: &str, provider_id: &str) -> Result<Option<PurchaseId>> {
        self.inner.winner(identity, provider_id).await
    }

    async fn releaser(&self, identity: &str, provider_id: &str) -> Result<Option<PurchaseId>> {
        self.inner.releaser(identity, provider_id).await
    }

    async fn spenders(&self, purse: &str, limit: usize) -> Result<Vec<PurchaseId>> {
        self.inner.spenders(purse, limit).await
    }

    async fn missing(&self, identity: &str, provider_id: &str) -> Result<Option<MissingNumber>> {
        self.inner.missing(identity, provider_id).await
    }

    async fn suspect(&self, number: &MissingNumber, after: Duration) -> Result<()> {
        self.inner.suspect(number, after).await
    }

    async fn suspects(&self, limit: usize) -> Result<Vec<MissingNumber>> {
        self.inner.suspects(limit).await
    }

    async fn put_off_suspect(&self, number: &MissingNumber, after: Duration) -> Result<()> {
        self.inner.put_off_suspect(number, after).await
    }

    async fn clear_suspect(&self, number: &MissingNumber) -> Result<()> {
        self.inner.clear_suspect(number).await
    }

    async fn end_missing(&self, number: &MissingNumber) -> Result<bool> {
        self.inner.end_missing(number).await
    }

    async fn return_missing(&self, number: &MissingNumber, charges: &[Charge]) -> Result<bool> {
        self.inner.return_missing(number, charges).await
    }
}
