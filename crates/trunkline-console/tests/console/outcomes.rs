//! Purchases whose answer is lost.

use trunkline_sandbox::{Fault, ProviderKind};

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
async fn what_never_turns_up_is_presumed_not_bought() {
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
