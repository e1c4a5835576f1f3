//! What is held as it was last read, and what changed without trunkline.

use serde_json::{Value, json};
use trunkline_sandbox::ProviderKind;

use crate::overview::refuse;
use crate::page::Page;
use crate::{Setup, journey};

/// Reads every account, and waits until that is over.
async fn read(page: &Page) {
    page.press("Read again").await;
    page.until(
        "/Reading/.test(document.body.innerText) || document.querySelector('.sources time')",
    )
    .await;
    page.sees("As the carriers had it just now").await;
}

/// How often Twilio was asked what the account holds.
fn lists(page: &Page) -> Option<u64> {
    let ledger = page.gateway.sandbox.ledger(ProviderKind::Twilio);
    ledger.requests.get("list").copied()
}

#[tokio::test(flavor = "multi_thread")]
async fn inventory_says_why_an_account_was_not_read() {
    journey("remembered-incomplete", Setup::default(), async |page| {
        refuse(&page);
        page.open("#/inventory").await;
        page.press("Read again").await;
        page.sees("The last reading was not complete").await;
        page.sees("webex, last read never: the carrier answered the list of numbers with 401")
            .await;
        page.portray("remembered-incomplete").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn inventory_is_read_filtered_sorted_and_tagged() {
    journey("remembered", Setup::default(), async |page| {
        page.open("#/inventory").await;
        page.sees("Some accounts have never been read").await;
        page.portray("remembered-empty").await;
        page.gateway.bought("twilio", "415", "Support line").await;
        read(&page).await;
        page.sees("35 numbers").await;
        page.sees("Support line").await;
        page.portray("remembered").await;
        // The overview counts by it, and asks no carrier.
        let asked = lists(&page);
        page.open("#/overview").await;
        page.sees("Numbers 35 at 2 accounts").await;
        page.sees("A month $1.15 and 34 without a known price").await;
        assert_eq!(lists(&page), asked);
        page.open("#/inventory").await;

        page.choose("Sort by", "the newest first").await;
        page.until("document.querySelector('tbody tr').innerText.includes('Support line')")
            .await;
        page.fill("Search", "support line").await;
        page.press("Filter").await;
        page.sees("1 number").await;

        page.press("Tag these").await;
        page.fill("Tags to add", "sales, hotline").await;
        page.press("See what would change").await;
        page.sees("1 number fits the filters; 1 would change").await;
        page.portray("remembered-tags").await;
        page.press("Change 1 number").await;
        page.sees("hotline").await;
        // What would be kept as a file.
        page.value("(URL.createObjectURL = (file) => { file.text().then((text) => { window.__csv = text; }); return '#'; }, 1)")
            .await;
        page.press("Export as CSV").await;
        page.until("window.__csv?.includes('hotline') && window.__csv.trim().split('\\n').length === 2")
            .await;
        page.press("Clear all").await;
        page.press("More filters").await;
        page.fill("Tag", "hotline").await;
        page.press("Filter").await;
        page.sees("1 number").await;
        page.fill("Search", "x").await;
        page.press("Filter").await;
        page.has_focus("Search").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn drift_is_shown_and_accepted() {
    journey("drift", Setup::default(), async |page| {
        page.open("#/inventory").await;
        read(&page).await;
        page.open("#/drift").await;
        page.sees("No open drift").await;
        let (kind, number) = (ProviderKind::Twilio, "+14152000137");
        page.gateway.sandbox.console_buy(kind, number).unwrap();
        page.open("#/inventory").await;
        read(&page).await;
        page.open("#/drift").await;
        page.sees("It is held, and was not bought or registered here")
            .await;
        page.portray("drift").await;
        page.open("#/overview").await;
        page.sees("1 change was made").await;
        page.press("Look").await;
        page.press_in_row("+14152000137", "+14152000137").await;
        page.sees("In the inventory").await;
        page.sees("Changed without trunkline").await;
        page.portray("remembered-number").await;
        page.open("#/drift").await;
        page.press("Accept").await;
        page.sees("No open drift").await;
        page.choose("Show", "All").await;
        page.press("Filter").await;
        page.sees("Accepted").await;
        let open = page
            .gateway
            .call("GET", "/v1/drift?open=true", &Value::Null)
            .await;
        assert_eq!(open["data"], json!([]));
    })
    .await;
}
