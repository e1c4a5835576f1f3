//! A process that is lost while the carrier sells.

use std::io::sink;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use trunkline::service::Services;
use trunkline::{Caller, ErrorKind};
use trunkline_sandbox::{Fault, FaultPlan, ProviderKind, Sandbox};

use crate::example::{purchase, search, services};

const TWILIO: ProviderKind = ProviderKind::Twilio;

fn runtime() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().build().unwrap()
}

/// The library as the example starts it, over a journal in this file.
async fn start(sandbox: &Sandbox, journal: &str) -> Services {
    let journal = trunkline_store::open(journal).await.unwrap();
    services(sandbox.url(TWILIO), journal).unwrap()
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
    let journal = format!("sqlite://{}/journal.db", directory.path().display());
    let caller = Caller::default();

    let slow = FaultPlan::once(TWILIO, "purchase", Fault::Delay { ms: 300 });
    sandbox.inject(slow).unwrap();
    let lost = runtime();
    let offer = lost.block_on(async {
        let services = start(&sandbox, &journal).await;
        let offer = search(&services, &caller, &mut sink()).await.unwrap();
        let order = offer.clone();
        lost.spawn(async move { purchase(&services, &caller, &order, &mut sink()).await });
        offer
    });
    let asked = || sandbox.ledger(TWILIO).requests.contains_key("purchase");
    outside.block_on(until("the carrier is asked", asked));
    // Nobody is there to hear what the carrier answers.
    lost.shutdown_background();
    let sold = || !sandbox.ledger(TWILIO).purchases.is_empty();
    outside.block_on(until("the carrier sells", sold));

    let bought = outside.block_on(async {
        let services = start(&sandbox, &journal).await;
        let give_up = Instant::now() + Duration::from_secs(60);
        loop {
            match purchase(&services, &Caller::default(), &offer, &mut sink()).await {
                Err(error) if error.kind() == ErrorKind::Timeout && Instant::now() < give_up => {}
                outcome => return outcome.unwrap(),
            }
        }
    });
    let ledger = sandbox.ledger(TWILIO);
    assert_eq!(ledger.purchases.len(), 1);
    assert_eq!(
        bought.number.map(|number| number.to_string()),
        Some(ledger.owned[0].number.clone())
    );
    assert_eq!(ledger.requests["purchase"], 1);
}
