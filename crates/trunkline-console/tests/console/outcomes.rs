//! Purchases whose answer is lost.

use trunkline_core::PurchaseState;
use trunkline_sandbox::{ClockSettings, Fault, ProviderKind};
use trunkline_testkit::journal_contract::draft;

use crate::page::Page;
use crate::{Setup, journey};

const TWILIO: ProviderKind = ProviderKind::Twilio;

async fn buy(page: &Page) {
    page.open("#/search?country=US&area_code=415&accounts=twilio")
        .await;
    page.sees("20 numbers").await;
    page.press_in_row("(415) 200-0137", "Buy").await;
    page.press("Buy for").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_outcome_is_explained_and_followed_until_it_is_known() {
    journey("unknown", Setup::default(), async |page| {
        page.gateway
            .break_once(TWILIO, "purchase", Fault::DropAfterCommit {});
        page.gateway
            .break_always(TWILIO, "list", Fault::StaleList { ms: 60_000 });
        buy(&page).await;
        page.sees("It is not known yet whether the number was bought.")
            .await;
        page.sees("so you can't be charged twice").await;
        page.sees("not there").await;
        let zone = page.value("document.querySelector('.looks time').textContent.slice(-4)");
        assert_eq!(zone.await, " UTC", "as the other times of the page");
        page.portray("purchase-unknown").await;

        // It can be left, and is found again.
        page.open("#/purchases").await;
        page.sees("Unknown").await;
        page.press("+14152000137").await;
        page.sees("Settle by hand").await;
        page.press("Settle by hand").await;
        page.press("Settle it").await;
        page.sees("Please fill this in.").await;
        page.portray("purchase-by-hand").await;
        page.press("Close").await;

        page.gateway.mend();
        page.sees("Succeeded").await;
        page.sees("Go to the number").await;
        page.portray("purchase-found").await;
        assert_eq!(page.gateway.asked(TWILIO, "purchase"), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn purchase_that_never_shows_is_presumed_failed() {
    let setup = Setup {
        twilio: "settle = '1s'",
        ..Setup::default()
    };
    journey("presumed", setup, async |page| {
        page.gateway
            .break_once(TWILIO, "purchase", Fault::DropBeforeCommit {});
        buy(&page).await;
        page.sees("Presumed not bought.").await;
        page.sees("Should it turn up within 24 hours after all")
            .await;
        page.portray("purchase-presumed").await;
        page.open("#/purchases?state=failed").await;
        page.sees("Presumed failed").await;
        page.portray("purchases").await;
    })
    .await;
}

/// The carrier's records are ten minutes behind its `Date`.
#[tokio::test(flavor = "multi_thread")]
async fn disputed_purchase_is_explained_and_decided_under_the_id_in_question() {
    journey("question", Setup::default(), async |page| {
        let sandbox = &page.gateway.sandbox;
        let clock = ClockSettings {
            record_offset_ms: -600_000,
            ..sandbox.clock(TWILIO)
        };
        sandbox.set_clock(TWILIO, clock).unwrap();
        buy(&page).await;
        page.sees("Not decided yet").await;
        page.sees("A person has to decide: twilio holds the number")
            .await;
        page.sees_no("Nothing was bought").await;
        page.portray("order-question").await;
        page.press("Settle it by hand").await;
        page.sees("Attempts and evidence").await;

        page.open("#/purchases?needs_person=true").await;
        page.sees("Undecided").await;
        page.sees("Needs a person").await;
        page.portray("purchases-question").await;
        page.press("+14152000137").await;
        page.sees("Created there").await;
        page.portray("purchase-question").await;
        page.press("Settle by hand").await;
        page.choose("What became of it", "Bought").await;
        page.until("__field(\"The carrier's id of the number\").value.startsWith('PN')")
            .await;
        page.fill("How you know", "in the console since noon").await;
        page.portray("purchase-question-by-hand").await;
        page.press("Settle it").await;
        page.sees("Succeeded").await;
        page.sees("Decided by a person: in the console since noon")
            .await;
        page.sees_no("Needs a person").await;
        assert_eq!(page.gateway.asked(TWILIO, "purchase"), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn recovered_purchase_says_so() {
    journey("recovered", Setup::default(), async |page| {
        let mut record = draft::purchase(0);
        record.purchase.state = PurchaseState::Succeeded;
        record.purchase.recovered = true;
        record.purchase.late = true;
        draft::begun(&*page.gateway.stores.engine, &record).await;
        page.open("#/purchases").await;
        page.sees("Recovered").await;
        page.sees("Late").await;
        page.press("+14155550100").await;
        page.sees("had vanished from the database").await;
        page.portray("purchase-recovered").await;
    })
    .await;
}
