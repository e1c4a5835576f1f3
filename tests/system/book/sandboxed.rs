//! What the pages on testing and on the sandbox show in Rust.

use trunkline::{Bought, Search, Trunkline, Twilio};
use trunkline_sandbox::credentials::{TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN};
use trunkline_sandbox::{
    CarrierOptions, ChangedBy, ClockSettings, Fault, FaultPlan, Options, ProviderKind, Sandbox,
};

#[tokio::test]
async fn lost_answer_buys_one_number() {
    let carrier = Sandbox::start_default().await.unwrap();
    let lost = FaultPlan::once(ProviderKind::Twilio, "purchase", Fault::DropAfterCommit {});
    carrier.inject(lost).unwrap();
    let (sid, token) = (TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN);
    let account = Twilio::account("us-main", sid, token);
    let trunkline = Trunkline::builder()
        .account(account.base_url(carrier.url(ProviderKind::Twilio)))
        .memory()
        .start()
        .await
        .unwrap();
    let found = trunkline.search(Search::local("US").area_code("415")).await;
    let offer = found.unwrap().into_iter().next().unwrap();
    for _ in 0..2 {
        let bought = trunkline.buy(&offer).key("order-1").await.unwrap();
        assert!(matches!(bought, Bought::Held(_)), "{bought:?}");
    }
    assert_eq!(carrier.ledger(ProviderKind::Twilio).purchases.len(), 1);
    trunkline.shutdown().await;
}

#[tokio::test]
async fn sandbox_starts_with_options_and_records_what_a_person_buys() {
    let slow = CarrierOptions {
        clock: ClockSettings {
            date_offset_ms: 2_000,
            ..ClockSettings::EXACT
        },
        ..CarrierOptions::PLAIN
    };
    let options = Options::free_ports().with_carrier(ProviderKind::Twilio, slow);
    let sandbox = Sandbox::start(options).await.unwrap();
    let late = Fault::CommitLate { ms: 500 };
    let plan = FaultPlan::once(ProviderKind::Twilio, "purchase", late);
    sandbox.inject(plan).unwrap();
    sandbox
        .console_buy(ProviderKind::Twilio, "+14152000137")
        .unwrap();
    let books = sandbox.ledger(ProviderKind::Twilio);
    assert_eq!(books.purchases[0].by, Some(ChangedBy::Console));
}
