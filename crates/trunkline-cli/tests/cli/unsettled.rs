//! Purchases whose outcome is open when a process ends.

use trunkline_sandbox::{Fault, FaultPlan, ProviderKind};

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
async fn what_one_process_leaves_unsettled_the_next_one_settles() {
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

#[tokio::test(flavor = "multi_thread")]
async fn an_account_with_an_open_purchase_is_neither_removed_nor_replaced() {
    let (place, number) = unknown().await;
    let with_other = place.account("us", "sandbox").replace(
        "AC00000000000000000000000000000000",
        "AC00000000000000000000000000000001",
    );
    for config in [place.account("other", "sandbox"), with_other] {
        place.configure(&config);
        let run = place.run(&["serve", "--listen", "127.0.0.1:0"]);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(
            run.err.contains("pur_") && run.err.contains(&number),
            "{run:?}"
        );
    }
}
