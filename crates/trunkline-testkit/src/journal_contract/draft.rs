//! Purchases to test journals with.

use std::time::Duration;

use jiff::Timestamp;
use trunkline_core::Provenance;
use trunkline_core::TOLERANCE;
use trunkline_core::{
    AccountName, Attempt, Configuration, E164, Effect, Error, ErrorKind, HeldRow, IdempotencyKey,
    PriceSource, ProviderName, Purchase, PurchaseId, PurchaseOrder, PurchaseState, Retry, Sighting,
    Tenant,
};
use trunkline_engine::Store;
use trunkline_engine::journal::{Begin, Change, Commit, Lease, Record, Scope};
use trunkline_engine::machine::Evidence;

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
        ProviderName::new("twilio"),
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
        Begin::Fresh(lease) => (
            Record {
                version: 1,
                ..record
            },
            lease,
        ),
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
    match store
        .commit(Change {
            look_in,
            ..evidence(&record)
        })
        .await
        .unwrap()
    {
        Commit::Done(version) => Record { version, ..record },
        other => panic!("the step was not made: {other:?}"),
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
    let mut record = if record.purchase.state == PurchaseState::Intended {
        unknown(record)
    } else {
        record
    };
    let row = HeldRow {
        provider_id: provider_id.to_owned(),
        created_at: None,
    };
    let sighting = Sighting::of(vec![row], None);
    assert!(record.see(&sighting, &no_evidence(), Timestamp::now()));
    record
}

/// The record, failed for good.
#[must_use]
pub fn failed(mut record: Record) -> Record {
    assert!(record.refuse(
        Error::new(ErrorKind::Conflict, "held already"),
        Timestamp::now()
    ));
    record
}

/// The record, failed without effect and perhaps not the next time.
#[must_use]
pub fn failed_for_now(mut record: Record) -> Record {
    let error = Error::new(ErrorKind::UpstreamUnavailable, "the carrier is away");
    assert!(record.refuse(
        error.with_retry(Retry::Backoff).with_effect(Effect::None),
        Timestamp::now()
    ));
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
    let row = HeldRow {
        provider_id: "PN9".to_owned(),
        created_at: Some(Timestamp::UNIX_EPOCH),
    };
    let sighting = Sighting::of(vec![row], None);
    assert!(record.see(&sighting, &no_evidence(), Timestamp::now()));
    record
}

fn no_evidence() -> Evidence {
    Evidence {
        known: Vec::new(),
        tolerance: TOLERANCE,
        ids_are_numbers: false,
    }
}
