//! Webhooks and their deliveries.

use crate::{Setup, journey};

#[tokio::test(flavor = "multi_thread")]
async fn webhook_is_made_shows_its_secret_once_and_says_why_deliveries_fail() {
    journey("webhooks", Setup::default(), async |page| {
        page.open("#/webhooks").await;
        page.sees("No webhooks yet").await;
        page.press("Make a webhook").await;
        page.fill("Address", "nowhere").await;
        page.press("Make the webhook").await;
        page.has_focus("Address").await;
        page.portray("webhook-wrong").await;
        // A name that exists nowhere.
        page.fill("Address", "https://hooks.invalid/trunkline")
            .await;
        page.fill("Description", "Billing").await;
        page.tick("Number purchased").await;
        page.press("Make the webhook").await;
        page.sees("whsec_").await;
        page.press("I have copied it").await;
        page.sees_no("whsec_").await;
        page.sees("1 type").await;
        page.portray("webhooks").await;

        page.press("https://hooks.invalid/trunkline").await;
        page.sees("Nothing was sent yet").await;
        page.gateway.bought("twilio", "415", "Support line").await;
        page.reload().await;
        page.sees("its name can't be resolved").await;
        page.portray("webhook").await;
        page.press("Deliver again").await;
        page.press("Deliver them again").await;
        page.sees("1 event will be delivered again").await;
        page.press("Switch off").await;
        page.sees("Switched off").await;
        page.press("New secret").await;
        page.sees("whsec_").await;
        page.press("I have copied it").await;
        page.press("Remove").await;
        page.press("Remove").await;
        page.sees("No webhooks yet").await;
    })
    .await;
}
