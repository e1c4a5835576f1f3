//! What is held, at all carriers.

use trunkline_sandbox::{Fault, ProviderKind};

use crate::{Setup, journey};

const MARKUP: &str = "<img src=x onerror=alert(1)>";

#[tokio::test(flavor = "multi_thread")]
async fn numbers_of_all_carriers_are_listed_and_filtered() {
    journey("inventory", Setup::default(), async |page| {
        page.gateway.bought("twilio", "415", "Support line").await;
        // Data is never markup, whoever wrote it.
        page.gateway.bought("zendesk", "510", MARKUP).await;
        page.open("#/numbers").await;
        page.sees("Support line").await;
        page.sees(MARKUP).await;
        page.sees("webex 34 numbers").await;
        // What was bought last comes first, at each account: both in the same second.
        let first = "[...document.querySelectorAll('tbody tr')].slice(0, 2).map(__text).join()";
        page.until(&format!(
            "{first}.includes('onerror') && {first}.includes('Support line')"
        ))
        .await;
        page.sees("$1.15").await;
        page.portray("inventory").await;
        page.choose("Sort by", "account").await;
        page.until("document.querySelector('tbody tr').innerText.includes('twilio')")
            .await;
        page.choose("Sort by", "the newest first").await;

        page.fill("Contains", "415").await;
        page.choose("Account", "webex").await;
        page.press("Filter").await;
        page.until(
            "location.hash.includes('contains=415') && location.hash.includes('account=webex')",
        )
        .await;
        page.sees_no("Support line").await;
        page.sees("(415) 500-0137").await;
        assert!(!page.shows("(212) 500-0137").await);
        page.press("Remove the filter Account").await;
        page.sees("Support line").await;
        page.press("Clear all").await;
        page.sees("(212) 500-0137").await;

        page.press("More filters").await;
        page.tick("Main numbers only").await;
        page.press("Filter").await;
        page.sees("4 numbers").await;
        page.open("#/numbers?label=Nothing%20of%20mine").await;
        page.sees("No number fits these filters").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_comes_in_pages() {
    journey("pages", Setup::default(), async |page| {
        page.open("#/numbers?limit=25").await;
        page.sees("25 numbers so far").await;
        page.sees("webex 25 numbers so far").await;
        page.press("Show more").await;
        page.until("document.querySelectorAll('tbody tr').length === 34")
            .await;
        page.sees_no("Show more").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failing_carrier_is_named_and_hides_no_results() {
    journey("failing-carrier", Setup::default(), async |page| {
        page.gateway.bought("twilio", "415", "Support line").await;
        let refused = Fault::Status {
            status: 401,
            headers: std::collections::BTreeMap::default(),
            body: None,
        };
        page.gateway
            .break_always(ProviderKind::Webex, "list", refused);
        page.open("#/numbers").await;
        page.sees("Webex Calling did not answer properly").await;
        page.sees("Support line").await;
        page.until("document.querySelector('[data-account=webex][data-status=error]')")
            .await;
        page.portray("inventory-failing-carrier").await;
        page.gateway.mend();
        page.press("Refresh").await;
        page.sees_no("did not answer properly").await;
        page.sees("(212) 500-0137").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_filter_names_its_field() {
    journey("wrong-filter", Setup::default(), async |page| {
        page.open("#/numbers").await;
        page.sees("34 numbers").await;
        page.fill("Contains", "x").await;
        page.press("Filter").await;
        page.sees("2 digits or more.").await;
        page.has_focus("Contains").await;
        page.portray("inventory-wrong-filter").await;
        page.fill("Contains", "5975").await;
        page.press("Filter").await;
        page.sees_no("2 digits or more.").await;
        page.sees("(212) 500-5975").await;
    })
    .await;
}
