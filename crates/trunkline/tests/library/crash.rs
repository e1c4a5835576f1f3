//! A process that is lost while the carrier sells.

use std::path::Path;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;
use trunkline::{Bought, Order, Search, Trunkline, Twilio};
use trunkline_sandbox::{Fault, FaultPlan, ProviderKind, Sandbox, credentials};

const TWILIO: ProviderKind = ProviderKind::Twilio;

fn runtime() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().build().unwrap()
}

/// The library over a journal in this file.
async fn start(sandbox: &Sandbox, journal: &Path) -> Trunkline {
    let (sid, token) = (
        credentials::TWILIO_ACCOUNT_SID,
        credentials::TWILIO_AUTH_TOKEN,
    );
    let account = Twilio::account("us-main", sid, token).base_url(sandbox.url(TWILIO));
    let builder = Trunkline::builder().account(account).sqlite(journal);
    builder.start().await.unwrap()
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    let give_up = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < give_up, "{what}, but it never did");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[test]
fn purchase_left_open_by_a_crash_is_settled_by_the_next_start_alone() {
    let outside = runtime();
    let sandbox = outside.block_on(Sandbox::start_default()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let journal = directory.path().join("journal.db");

    let slow = FaultPlan::once(TWILIO, "purchase", Fault::Delay { ms: 300 });
    sandbox.inject(slow).unwrap();
    let lost = runtime();
    let number = lost.block_on(async {
        let trunkline = start(&sandbox, &journal).await;
        let found = trunkline
            .search(Search::local("US").limit(1))
            .await
            .unwrap();
        let number = found[0].number.to_string();
        let order = Order::number("us-main", &number);
        lost.spawn(async move { trunkline.buy(order).key("order-1").await });
        number
    });
    let asked = || sandbox.ledger(TWILIO).requests.contains_key("purchase");
    outside.block_on(until("the carrier is asked", asked));
    // Nobody is there to hear what the carrier answers.
    lost.shutdown_background();
    let sold = || !sandbox.ledger(TWILIO).purchases.is_empty();
    outside.block_on(until("the carrier sells", sold));

    let held = outside.block_on(async {
        let trunkline = start(&sandbox, &journal).await;
        let give_up = Instant::now() + Duration::from_secs(60);
        loop {
            let order = Order::number("us-main", &number);
            match trunkline.buy(order).key("order-1").await.unwrap() {
                Bought::Unknown(_) => assert!(Instant::now() < give_up, "it never settles"),
                Bought::Held(held) => return held,
            }
        }
    });
    let ledger = sandbox.ledger(TWILIO);
    assert_eq!(ledger.purchases.len(), 1);
    assert_eq!(held.to_string(), ledger.owned[0].number);
    assert_eq!(ledger.requests["purchase"], 1);
}
