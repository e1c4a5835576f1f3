//! The first page: what is held where, what it costs, and what waits for a person.

use std::collections::BTreeMap;

use serde_json::json;
use trunkline_sandbox::{ClockSettings, Fault, ProviderKind};

use crate::page::Page;
use crate::{Setup, journey};

/// Webex refuses the credential.
pub(crate) fn refuse(page: &Page) {
    let refused = Fault::Status {
        status: 401,
        headers: BTreeMap::new(),
        body: None,
    };
    page.gateway
        .break_always(ProviderKind::Webex, "list", refused);
}

/// Orders a number at Zendesk, whose records say that it was held before.
pub(crate) async fn dispute(page: &Page) {
    let gateway = &page.gateway;
    let clock = ClockSettings {
        record_offset_ms: -600_000,
        ..gateway.sandbox.clock(ProviderKind::Zendesk)
    };
    gateway
        .sandbox
        .set_clock(ProviderKind::Zendesk, clock)
        .unwrap();
    let offer = &gateway.for_sale("zendesk", "415").await["offer"];
    gateway
        .call("POST", "/v1/numbers", &json!({"offer": offer}))
        .await;
}

/// Orders a number at Twilio, whose answer is lost.
async fn lose(page: &Page) {
    let gateway = &page.gateway;
    gateway.break_once(ProviderKind::Twilio, "purchase", Fault::DropAfterCommit {});
    gateway.break_always(
        ProviderKind::Twilio,
        "list",
        Fault::StaleList { ms: 60_000 },
    );
    let order = json!({"account": "twilio", "number": "+14152000137"});
    gateway.call("POST", "/v1/numbers", &order).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn overview_counts_numbers_and_costs_and_says_when_nothing_waits() {
    let setup = Setup {
        twilio: "spend = { monthly = '10.00', currency = 'USD' }",
        ..Setup::default()
    };
    journey("overview", setup, async |page| {
        page.gateway.bought("twilio", "415", "Support line").await;
        page.gateway.bought("signalwire", "510", "Front desk").await;
        page.open("").await;
        page.sees("Nothing waits for you").await;
        page.sees("Numbers 36 at 3 accounts").await;
        page.sees("A month $1.65 and 34 without a known price").await;
        page.sees("$1.15 of $10.00").await;
        page.sees("was bought at twilio for $1.15 a month.").await;
        page.portray("overview").await;
        // The page, a script, a style sheet and the theme: the rest is the API's.
        let files = "performance.getEntriesByType('resource').filter(({ name }) => name.includes('/console/')).length";
        let files = page.value(files).await.as_u64().unwrap();
        assert!(files <= 4, "{files} files");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn overview_names_failing_accounts_and_leads_to_what_waits() {
    journey("overview-trouble", Setup::default(), async |page| {
        refuse(&page);
        dispute(&page).await;
        lose(&page).await;
        page.open("#/overview").await;
        page.sees("1 purchase needs a person").await;
        page.sees("1 purchase has an unknown outcome: +14152000137.")
            .await;
        page.sees("webex (Webex Calling) fails: the carrier").await;
        page.sees("1 failing").await;
        page.portray("overview-trouble").await;
        page.press("Settle").await;
        page.sees("A person has to decide: zendesk holds the number")
            .await;
        page.sees("Settle by hand").await;
    })
    .await;
}
