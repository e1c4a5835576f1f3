//! The promise with other people's clocks, and after a purchase was called failed.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use trunkline_admin::events::EventType;
use trunkline_admin::{MemoryAdmin, Stores};
use trunkline_core::host;
use trunkline_core::{
    AccountEntry, Caller, ConfigurationState, Error, ErrorKind, Operation, Provider, PurchaseOrder,
    PurchaseState, QuestionReason, Registry, Retry,
};
use trunkline_engine::Engine;
use trunkline_engine::journal::{Change, Record};
use trunkline_engine::{MemoryJournal, Resolution};
use trunkline_testkit::scripted::{Sale, Scripted};

use crate::purchases::{buy, error_kind};
use crate::takeover::leave;
use crate::{number, one, order, published, services};

const HOUR: Duration = Duration::from_secs(3_600);

async fn reread(services: &Engine, record: &Record) -> Record {
    let read = services.store.load(&record.purchase.id).await.unwrap();
    read.unwrap()
}

fn in_background(services: &Engine) {
    services.start().unwrap();
}

/// Waits, by the paused clock, until it is so.
async fn until(services: &Engine, record: &Record, so: impl Fn(&Record) -> bool) -> Record {
    for _ in 0..100_000 {
        let now = reread(services, record).await;
        if so(&now) {
            return now;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    panic!(
        "it never came to that: {:#?}",
        reread(services, record).await.purchase
    )
}

/// The same with what it told.
fn telling() -> (Arc<Scripted>, Stores, Engine) {
    let (carrier, stores) = (Arc::new(Scripted::new("us-main")), Stores::memory());
    let engine = services(&[Arc::clone(&carrier)], Arc::clone(&stores.engine));
    (carrier, stores, engine)
}

/// The carrier's header and its records are two clocks.
#[tokio::test(start_paused = true)]
async fn skewed_clocks_lose_no_purchase_with_or_without_its_answer() {
    for skew in [-240_000, -2_000, -300, 300, 2_000, 240_000, 600_000] {
        let (carrier, _, services) = one();
        carrier.skew(SignedDuration::from_millis(skew));
        for last in 0..40 {
            if last % 2 == 1 {
                carrier.plan([Sale::LostAfter]);
            }
            let record = buy(&services, &format!("key-{last}"), order("us-main", last)).await;
            let purchase = &record.purchase;
            assert_eq!(
                purchase.state,
                PurchaseState::Succeeded,
                "{skew} ms, {last}"
            );
            assert!(!purchase.late && purchase.needs_person.is_none());
        }
        assert_eq!(carrier.calls(Operation::Purchase), 40);
    }
}

/// Then `t0` is by our clock, which may be further from the carrier's records.
#[tokio::test(start_paused = true)]
async fn carrier_without_a_date_may_be_fourteen_minutes_behind_us() {
    let (carrier, _, services) = one();
    carrier.undate();
    carrier.skew(SignedDuration::from_mins(-14));
    for last in 0..40 {
        if last % 2 == 1 {
            carrier.plan([Sale::LostAfter]);
        }
        let record = buy(&services, &format!("key-{last}"), order("us-main", last)).await;
        assert_eq!(record.purchase.state, PurchaseState::Succeeded);
        assert!(record.attempt().unwrap().t0_is_ours);
    }
}

/// It may be somebody else's number, and it may be ours and billed: a person decides.
#[tokio::test(start_paused = true)]
async fn records_far_behind_the_header_are_disputed_and_resolvable() {
    for sale in [Sale::Sold, Sale::LostAfter] {
        let (carrier, stores, services) = telling();
        carrier.skew(SignedDuration::from_secs(-600));
        carrier.plan([sale]);
        let labelled = PurchaseOrder {
            label: Some("Support".into()),
            ..order("us-main", 1)
        };
        let record = buy(&services, "key", labelled).await;
        let question = record.purchase.needs_person.clone().unwrap();
        assert_eq!(record.purchase.state, PurchaseState::Failed);
        assert_eq!(question.why, QuestionReason::Disputed);
        assert_eq!(error_kind(&record), Some(ErrorKind::Conflict));
        assert_eq!(carrier.calls(Operation::Update), 0, "no settings are made");
        // The key never buys again: its purchase is as it is.
        let again = buy(&services, "key", order("us-main", 1)).await;
        assert_eq!(again.purchase.id, record.purchase.id);
        assert_eq!(carrier.calls(Operation::Purchase), 1);
        let told = published(&stores).await;
        let asked = told
            .iter()
            .filter(|kind| **kind == EventType::PurchaseNeedsPerson);
        assert_eq!(asked.count(), 1, "{told:?}");
        let verdict = Resolution {
            provider_id: question.provider_id.as_deref(),
            reason: "in the console",
        };
        let caller = Caller::default();
        let id = &record.purchase.id;
        let resolved = services
            .purchases
            .resolve(&caller, id, verdict)
            .await
            .unwrap();
        assert_eq!(resolved.purchase.state, PurchaseState::Succeeded);
        assert!(resolved.purchase.needs_person.is_none() && !resolved.purchase.late);
    }
}

#[tokio::test(start_paused = true)]
async fn question_is_closed_once_its_number_is_gone_for_a_settling_time() {
    let (carrier, _, services) = one();
    carrier.skew(SignedDuration::from_secs(-600));
    let record = buy(&services, "key", order("us-main", 1)).await;
    assert!(record.purchase.needs_person.is_some());
    in_background(&services);
    tokio::time::sleep(4 * HOUR).await;
    let open = reread(&services, &record).await;
    assert!(
        open.purchase.needs_person.is_some(),
        "it does not end by age"
    );
    carrier.lose(number(1));
    let closed = until(&services, &record, |now| {
        now.purchase.needs_person.is_none()
    })
    .await;
    assert_eq!(
        (closed.purchase.state, error_kind(&closed)),
        (PurchaseState::Failed, Some(ErrorKind::Timeout))
    );
    assert!(closed.attempt().unwrap().presumed, "the watch goes on");
}

#[tokio::test(start_paused = true)]
async fn question_about_an_id_used_again_stays_open_while_the_number_is_held_under_it() {
    let (carrier, _, services) = one();
    let id = carrier.hold(number(1), host::now());
    let held = buy(&services, "held", order("us-main", 1)).await;
    assert_eq!(error_kind(&held), Some(ErrorKind::Conflict));
    carrier.lose(number(1));
    carrier.sell_under(&id);
    let record = buy(&services, "key", order("us-main", 1)).await;
    let question = record.purchase.needs_person.clone().unwrap();
    assert_eq!(question.provider_id.as_ref(), Some(&id));
    in_background(&services);
    tokio::time::sleep(4 * HOUR).await;
    let open = reread(&services, &record).await.purchase.needs_person;
    assert_eq!(open, Some(question), "the number is billed");
    carrier.lose(number(1));
    until(&services, &record, |now| {
        now.purchase.needs_person.is_none()
    })
    .await;
}

/// Who won the id has the number; nothing of it is anybody else's.
#[tokio::test(start_paused = true)]
async fn question_is_answered_by_another_purchase_that_wins_its_id() {
    let (carrier, _, services) = one();
    carrier.skew(SignedDuration::from_secs(-600));
    let record = buy(&services, "key", order("us-main", 1)).await;
    let id = record
        .purchase
        .needs_person
        .clone()
        .unwrap()
        .provider_id
        .unwrap();
    // The carrier's clocks are mended, and its list is behind.
    carrier.skew(SignedDuration::ZERO);
    carrier.lose(number(1));
    carrier.sell_under(&id);
    let other = buy(&services, "other", order("us-main", 1)).await;
    let why = other.purchase.needs_person.map(|question| question.why);
    assert_eq!(
        why,
        Some(QuestionReason::Disputed),
        "an id that was seen before"
    );
    let verdict = Resolution {
        provider_id: Some(&id),
        reason: "bought today",
    };
    let caller = Caller::default();
    let won = services
        .purchases
        .resolve(&caller, &other.purchase.id, verdict);
    assert_eq!(won.await.unwrap().purchase.state, PurchaseState::Succeeded);
    let first = reread(&services, &record).await;
    assert_eq!(first.purchase.needs_person, None);
    assert_eq!(first.purchase.state, PurchaseState::Failed);
}

/// A list may be behind; and a carrier may take a second purchase for a change of settings.
#[tokio::test(start_paused = true)]
async fn number_that_we_have_won_is_not_ordered_again_though_the_list_does_not_show_it() {
    let (carrier, _, services) = one();
    let first = buy(&services, "first", order("us-main", 1)).await;
    carrier.hide(number(1));
    let second = buy(&services, "second", order("us-main", 1)).await;
    let error = second.purchase.error.as_ref().unwrap();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(error.purchase(), Some(first.purchase.id.as_str()));
    assert_eq!(carrier.calls(Operation::Purchase), 1);
    // Just bought, and not shown yet even by its id.
    carrier.lose(number(1));
    let third = buy(&services, "third", order("us-main", 1)).await;
    let error = third.purchase.error.as_ref().unwrap();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.retry_after().is_some());
    assert_eq!(carrier.calls(Operation::Purchase), 1);
}

/// It is the database that forgot, not the carrier.
#[tokio::test(start_paused = true)]
async fn purchase_that_vanished_from_the_database_is_written_back_with_its_answer() {
    let carrier = Arc::new(Scripted::new("us-main"));
    let admin = MemoryAdmin::beside(MemoryJournal::default());
    let memory = admin.journal();
    let stores = Stores {
        engine: admin.journal(),
        admin: Arc::new(admin),
    };
    let services = services(&[Arc::clone(&carrier)], Arc::clone(&stores.engine));
    carrier.plan([Sale::Slow(Duration::from_secs(5))]);
    let buyer = services.clone();
    let bought = tokio::spawn(async move { buy(&buyer, "key", order("us-main", 1)).await });
    tokio::time::sleep(Duration::from_secs(2)).await;
    let open = services
        .purchases
        .list(&Caller::default(), &Default::default(), 9)
        .await
        .unwrap();
    memory.lose_purchase(&open[0].purchase.id);
    let record = bought.await.unwrap();
    assert_eq!(record.purchase.state, PurchaseState::Succeeded);
    let read = reread(&services, &record).await;
    assert!(read.purchase.recovered);
    assert_eq!(read.purchase.number_id, record.purchase.number_id);
    assert!(
        published(&stores)
            .await
            .contains(&EventType::PurchaseRecovered)
    );
    let again = buy(&services, "key", order("us-main", 1)).await;
    assert_eq!(
        again.purchase.id, record.purchase.id,
        "the key is known again"
    );
    assert_eq!(carrier.calls(Operation::Purchase), 1);
}

fn away(carrier: &Scripted, looks: usize) {
    let error = Error::new(ErrorKind::UpstreamUnavailable, "away").with_retry(Retry::Backoff);
    carrier.fail(Operation::FindOwned, std::iter::repeat_n(error, looks));
}

/// A watch ends with complete looks, not by age.
#[tokio::test(start_paused = true)]
async fn late_commit_is_noticed_though_the_account_could_not_be_asked_for_two_days() {
    let (carrier, _, services) = one();
    carrier.plan([Sale::Late(Duration::from_secs(50))]);
    let record = buy(&services, "key", order("us-main", 1)).await;
    assert_eq!(record.purchase.state, PurchaseState::Failed);
    away(&carrier, 100_000);
    in_background(&services);
    tokio::time::sleep(48 * HOUR).await;
    assert_eq!(
        reread(&services, &record).await.purchase.state,
        PurchaseState::Failed
    );
    carrier.recover(Operation::FindOwned);
    let late = until(&services, &record, |now| now.purchase.late).await;
    assert_eq!(late.purchase.state, PurchaseState::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn watch_ends_with_its_last_complete_look() {
    let (carrier, _, services) = one();
    carrier.plan([Sale::LostBefore]);
    let record = buy(&services, "key", order("us-main", 1)).await;
    in_background(&services);
    tokio::time::sleep(30 * HOUR).await;
    let looks = carrier.calls(Operation::FindOwned);
    assert_eq!(reread(&services, &record).await.watch_looks, 4 + 24);
    tokio::time::sleep(30 * HOUR).await;
    assert_eq!(carrier.calls(Operation::FindOwned), looks);
    assert_eq!(services.store.unsettled().await.unwrap(), []);
}

/// While another purchase has the number claimed, a late find can't be written down.
#[tokio::test(start_paused = true)]
async fn watch_continues_while_another_purchase_claims_the_number() {
    let (carrier, store, services) = one();
    carrier.plan([Sale::Late(Duration::from_secs(50))]);
    let old = buy(&services, "old", order("us-main", 1)).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    let mut record = reread(&services, &old).await;
    record.watch_looks = 4 + 24 - 1;
    let change = Change {
        event: None,
        record: &record,
        lease: None,
        durable: true,
        look_in: Some(Duration::ZERO),
        forget_answer: false,
        unclaimed: false,
        gives_up: None,
    };
    store.commit(change).await.unwrap();
    // Its process is killed before it has looked; until its lease lapses the number is claimed.
    leave(&store, &carrier, (1, "new"), false).await;
    in_background(&services);
    let late = until(&services, &old, |now| now.purchase.late).await;
    assert_eq!(late.purchase.state, PurchaseState::Succeeded);
}

/// The account is known by its identity, whatever it is called.
#[tokio::test(start_paused = true)]
async fn late_commit_is_noticed_after_its_account_was_renamed() {
    let (carrier, store, old) = one();
    carrier.plan([Sale::Late(Duration::from_secs(50))]);
    let record = buy(&old, "key", order("us-main", 1)).await;
    old.shutdown().await;
    let mut registry = Registry::default();
    let renamed = carrier.renamed("us-new");
    let entry = AccountEntry::new(Arc::clone(&renamed) as Arc<dyn Provider>);
    registry.insert(entry).unwrap();
    let sealer = trunkline_engine::seal::Sealer::new(b"test");
    let new = Engine::new(registry, store, sealer, Default::default());
    in_background(&new);
    let late = until(&new, &record, |now| now.purchase.late).await;
    assert_eq!(late.purchase.account.as_str(), "us-new");
    let id = late.purchase.number_id.unwrap();
    assert_eq!(id.account(), "us-new");
}

/// Somebody bought, sold and bought it since: whose it is can't be told by looking.
#[tokio::test(start_paused = true)]
async fn presumed_failure_does_not_claim_a_later_manual_purchase() {
    let (carrier, _, services) = one();
    carrier.plan([Sale::LostBefore]);
    let first = buy(&services, "first", order("us-main", 1)).await;
    assert_eq!(first.purchase.state, PurchaseState::Failed);
    let second = buy(&services, "second", order("us-main", 1)).await;
    assert_eq!(second.purchase.state, PurchaseState::Succeeded);
    let id = second.purchase.number_id.unwrap();
    let caller = Caller::default();
    services
        .numbers
        .release(&caller, id.as_str())
        .await
        .unwrap();
    carrier.hold(number(1), host::now());
    in_background(&services);
    let asked = until(&services, &first, |now| now.purchase.needs_person.is_some()).await;
    assert_eq!(asked.purchase.state, PurchaseState::Failed);
    let why = asked.purchase.needs_person.map(|question| question.why);
    assert_eq!(why, Some(QuestionReason::Late));
}

/// A digital line, or a row that the carrier has broken: what was there before can't be what we buy.
#[tokio::test(start_paused = true)]
async fn unreadable_row_blocks_a_purchase_only_if_it_is_new() {
    let (carrier, _, services) = one();
    carrier.hold_nameless("77");
    carrier.plan([Sale::LostAfter]);
    let record = buy(&services, "key", order("us-main", 1)).await;
    assert_eq!(record.purchase.state, PurchaseState::Succeeded);
    carrier.plan([Sale::LostBefore]);
    let buyer = services.clone();
    let open = tokio::spawn(async move { buy(&buyer, "other", order("us-main", 2)).await });
    while carrier.calls(Operation::Purchase) < 2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    carrier.hold_nameless("78");
    tokio::time::sleep(Duration::from_secs(300)).await;
    assert!(!open.is_finished(), "the new row may be the number");
    carrier.name_all();
    let record = open.await.unwrap();
    assert_eq!(record.purchase.state, PurchaseState::Failed);
}

/// Long outages cost the carrier little, and the end of one is noticed within the promised minute.
#[tokio::test(start_paused = true)]
async fn account_that_can_not_be_asked_is_asked_ever_more_seldom() {
    let (carrier, _, services) = one();
    carrier.plan([Sale::LostAfter]);
    let buyer = services.clone();
    let open = tokio::spawn(async move { buy(&buyer, "key", order("us-main", 1)).await });
    while carrier.calls(Operation::Purchase) < 1 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    away(&carrier, 100_000);
    let before = carrier.calls(Operation::FindOwned);
    tokio::time::sleep(Duration::from_secs(13 * 60)).await;
    let looks = carrier.calls(Operation::FindOwned) - before;
    assert!(looks < 40, "{looks} looks in 13 minutes");
    carrier.recover(Operation::FindOwned);
    let well = tokio::time::Instant::now();
    assert_eq!(open.await.unwrap().purchase.state, PurchaseState::Succeeded);
    assert!(well.elapsed() < Duration::from_secs(60));
}

/// A person may have labelled it in the meantime.
#[tokio::test(start_paused = true)]
async fn settings_of_a_late_success_do_not_overwrite_others() {
    for (label, expected) in [
        (None, ConfigurationState::Applied),
        (Some("sales"), ConfigurationState::Failed),
    ] {
        let (carrier, _, services) = one();
        carrier.plan([Sale::Late(Duration::from_secs(50))]);
        let order = PurchaseOrder {
            label: Some("Support".into()),
            ..order("us-main", 1)
        };
        let record = buy(&services, "key", order).await;
        if let Some(label) = label {
            carrier.relabel(number(1), label);
        }
        in_background(&services);
        let done = |now: &Record| now.purchase.late && now.purchase.is_done();
        let late = until(&services, &record, done).await;
        let configuration = &late.purchase.configuration;
        assert_eq!(configuration.state, expected);
        let kind = configuration.error.as_ref().map(Error::kind);
        assert_eq!(kind, label.map(|_| ErrorKind::Conflict));
    }
}

#[tokio::test(start_paused = true)]
async fn look_at_a_long_list_has_a_longer_deadline() {
    let (carrier, _, services) = one();
    carrier.read_for(Duration::from_secs(120));
    let record = buy(&services, "key", order("us-main", 1)).await;
    assert_eq!(record.purchase.state, PurchaseState::Succeeded);
}
