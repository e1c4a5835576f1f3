//! Purchases whose outcome is open when a process ends.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::Instant;
use trunkline_core::host;
use trunkline_engine::journal::{Change, PurchaseFilter};
use trunkline_sandbox::{ClockSettings, Fault, FaultPlan, ProviderKind};

use crate::support::Place;

/// A purchase whose answer is lost, and whose commit comes only after the command has given up waiting.
async fn unknown() -> (Place, String) {
    let place = Place::new().await;
    let (number, _) = place.on_offer();
    let late = FaultPlan::once(
        ProviderKind::Twilio,
        "purchase",
        Fault::CommitLate { ms: 2_000 },
    );
    place.sandbox.inject(late).unwrap();
    let run = place.run(&[
        "buy",
        "--account",
        "us",
        "--number",
        &number,
        "--idempotency-key",
        "k",
        "--wait",
        "0",
    ]);
    assert_eq!(run.code, 4, "{run:?}");
    assert!(
        run.err.contains("purchases get pur_") && run.err.contains("--idempotency-key k"),
        "{run:?}"
    );
    (place, number)
}

#[tokio::test(flavor = "multi_thread")]
async fn next_process_settles_the_open_purchase_of_an_earlier_one() {
    let (place, number) = unknown().await;
    let again = place.run(&[
        "buy",
        "--account",
        "us",
        "--number",
        &number,
        "--idempotency-key",
        "k",
        "-o",
        "json",
    ]);
    assert_eq!(again.code, 0, "{again:?}");
    assert_eq!(again.json()["purchase"]["state"], "succeeded");
    assert_eq!(
        (place.ledger().purchases.len(), place.asked("purchase")),
        (1, 1)
    );
}

/// A purchase whose account has answered nothing since, sent two hours ago by what its journal says.
async fn unknown_for_long() -> (Place, String) {
    let (place, _) = unknown().await;
    let file = place.path("trunkline.db");
    let store = trunkline_store::open(&format!("sqlite://{}", file.display()))
        .await
        .unwrap();
    let tenant = trunkline_core::Tenant::default();
    let all = PurchaseFilter::default();
    let mut record = store.purchases(&tenant, &all, 1).await.unwrap().remove(0);
    let two_hours_ago = host::now().checked_sub(SignedDuration::from_hours(2));
    record.purchase.attempts[0].sent_at = two_hours_ago.ok();
    assert!(record.ask_a_person(Duration::from_secs(3_600), host::now()));
    let change = Change {
        event: None,
        record: &record,
        lease: None,
        durable: true,
        look_in: None,
        forget_answer: false,
        unclaimed: false,
        gives_up: None,
    };
    store.commit(change).await.unwrap();
    store.close().await;
    let away = FaultPlan::always(ProviderKind::Twilio, "*", Fault::DropBeforeCommit {});
    place.sandbox.inject(away).unwrap();
    let id = record.purchase.id.to_string();
    (place, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn open_question_is_listed_with_its_evidence_and_the_command() {
    let (place, id) = unknown_for_long().await;
    let listed = place.run(&["purchases", "list"]);
    for line in listed.out.lines() {
        let shown = line.get(..80).unwrap_or(line);
        assert!(
            shown.contains("QUESTION") || shown.contains("unknown"),
            "{listed:?}"
        );
    }
    assert!(listed.err.contains("hint: QUESTION"), "{listed:?}");
    let asking = place.run(&["purchases", "list", "--needs-person", "-o", "csv"]);
    assert_eq!(asking.out.lines().count(), 2, "{asking:?}");
    assert!(asking.out.contains(",unknown,20"), "{asking:?}");
    let shown = place.run(&["purchases", "get", &id]);
    assert!(shown.out.contains("attempts[0].looks[0].seen"), "{shown:?}");
    let command = format!("trunkline purchases resolve {id} --outcome failed");
    assert!(shown.err.contains(&command), "{shown:?}");
    assert!(
        shown
            .err
            .contains("For an hour trunkline could not find out"),
        "{shown:?}"
    );
    let json = place.run(&["purchases", "get", &id, "-o", "json"]);
    assert_eq!(json.json()["needs_person"]["why"], "unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_is_shown_before_a_decision() {
    let (place, id) = unknown_for_long().await;
    let decided = place.run(&[
        "purchases",
        "resolve",
        &id,
        "--outcome",
        "failed",
        "--reason",
        "not in the console",
    ]);
    assert_eq!(decided.code, 0, "{decided:?}");
    let (before, after) = (&decided.err, &decided.out);
    assert!(before.contains("attempts[0].answer.kind"), "{decided:?}");
    assert!(
        before.contains("unknown") && after.contains("failed"),
        "{decided:?}"
    );
    assert!(
        after.contains("decided by a person: not in the console"),
        "{decided:?}"
    );
}

/// Bought from a carrier whose records are ten minutes behind its `Date`.
#[tokio::test(flavor = "multi_thread")]
async fn disputed_purchase_exits_with_4_and_is_resolved_with_the_id_in_question() {
    let place = Place::new().await;
    let (number, _) = place.on_offer();
    let clock = ClockSettings {
        record_offset_ms: -600_000,
        ..place.sandbox.clock(ProviderKind::Twilio)
    };
    place
        .sandbox
        .set_clock(ProviderKind::Twilio, clock)
        .unwrap();
    let bought = place.run(&["buy", "--account", "us", "--number", &number]);
    assert_eq!(bought.code, 4, "{bought:?}");
    assert!(bought.err.contains("shows what to look for"), "{bought:?}");
    let listed = place.run(&["purchases", "list", "-o", "json"]);
    let purchase = listed.json()["data"][0].clone();
    let (id, asked) = (purchase["id"].as_str().unwrap(), &purchase["needs_person"]);
    assert_eq!(asked["why"], "disputed");
    let doctor = place.run(&["doctor"]);
    assert!(
        doctor.out.contains("1 wait for a person's decision"),
        "{doctor:?}"
    );
    let shown = place.run(&["purchases", "get", id]);
    assert!(
        shown.err.contains("Somebody else may have bought it"),
        "{shown:?}"
    );
    let resolve = |rest: &[&str]| {
        let args = [
            "purchases",
            "resolve",
            id,
            "--outcome",
            "succeeded",
            "--reason",
            "it is ours",
        ];
        place.run(&[&args, rest].concat())
    };
    let plan = resolve(&["--dry-run"]);
    let under = asked["provider_id"].as_str().unwrap();
    assert!(
        plan.out.contains(under) && plan.out.contains("a person may decide"),
        "{plan:?}"
    );
    let decided = resolve(&[]);
    assert_eq!(decided.code, 0, "{decided:?}");
    assert!(decided.err.contains("question: disputed"), "{decided:?}");
    assert!(decided.out.contains(&format!("us:{under}")), "{decided:?}");
    let again = resolve(&["--provider-id", under]);
    assert!(
        again.code == 1 && again.err.contains("or presumed failed"),
        "{again:?}"
    );
    let missing = resolve(&[]);
    assert!(
        missing.code == 2 && missing.err.contains("--provider-id is missing"),
        "{missing:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn account_with_an_open_purchase_is_neither_removed_nor_replaced() {
    let (place, _) = unknown().await;
    let with_other = place.account("us", "sandbox").replace(
        "AC00000000000000000000000000000000",
        "AC00000000000000000000000000000001",
    );
    for config in [String::new(), with_other] {
        place.configure(&config);
        let run = place.run(&["serve", "--listen", "127.0.0.1:0"]);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(
            run.err.contains("1 purchase of us is")
                && run
                    .err
                    .contains("no account is AC00000000000000000000000000000000"),
            "{run:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn open_purchase_is_settled_after_its_account_was_renamed() {
    let (place, number) = unknown().await;
    place.configure(&place.account("other", "sandbox"));
    let server = place.serve(&[]);
    let list = [
        "purchases",
        "list",
        "--number",
        &number,
        "--server",
        &server.url,
        "-o",
        "json",
    ];
    let give_up = Instant::now() + Duration::from_secs(60);
    let mut purchase = place.run(&list).json()["data"][0].clone();
    while purchase["state"] != "succeeded" {
        assert!(Instant::now() < give_up, "{purchase}");
        purchase = place.run(&list).json()["data"][0].clone();
    }
    assert_eq!(purchase["account"], "other");
    assert_eq!(server.terminate(), Some(0));
}
