//! Accounts, and what is registered.

use std::collections::BTreeMap;

use serde_json::json;
use trunkline_sandbox::{Fault, ProviderKind};

use crate::{Setup, journey};

#[tokio::test(flavor = "multi_thread")]
async fn accounts_show_health_quota_and_breaker_as_charts() {
    let setup = Setup {
        twilio: "limits = { per_second = 20, burst = 40 }\nspend = { monthly = '10.00', setup = '5.00', currency = 'USD' }",
        ..Setup::default()
    };
    journey("accounts", setup, async |page| {
        page.gateway.bought("twilio", "415", "Support line").await;
        let broken = Fault::Status {
            status: 500,
            headers: BTreeMap::new(),
            body: None,
        };
        page.gateway
            .break_always(ProviderKind::Webex, "list", broken);
        page.open("#/accounts").await;
        page.sees("Quota left").await;
        page.sees("$1.15 of $10.00").await;
        page.until("document.querySelectorAll('.chart svg[role=img]').length >= 12")
            .await;
        page.gateway
            .call(
                "GET",
                "/v1/numbers?account=webex&timeout_ms=3000",
                &json!(null),
            )
            .await;
        page.sees("The last call failed").await;
        page.portray("accounts").await;
        page.offline(true).await;
        page.sees("The gateway does not answer.").await;
        page.offline(false).await;
        page.sees_no("The gateway does not answer.").await;
        page.press("webex").await;
        page.sees("What it can do").await;
        page.gateway.mend();
        page.open("#/accounts/twilio").await;
        page.sees("Takes numbers back at any time").await;
        page.portray("account").await;
        page.open("#/accounts/nobody").await;
        page.sees("No such account").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_and_ranges_are_registered() {
    journey("register", Setup::default(), async |page| {
        page.open("#/register").await;
        page.sees("A range").await;
        page.press("Register the range").await;
        page.sees("Please fill this in.").await;
        page.fill("From", "+14155550109").await;
        page.fill("To", "+14155550100").await;
        page.press("Register the range").await;
        page.until("__scope().querySelector('[aria-invalid]') && !__seen('Please fill this in.')")
            .await;
        page.portray("register-wrong").await;
        page.fill("From", "+14155550100").await;
        page.fill("To", "+14155550104").await;
        page.press("Register the range").await;
        page.sees("5 numbers recorded").await;
        page.press("Register the range").await;
        page.sees("0 numbers recorded, 5 there already").await;
        page.fill("Number", "+14155550100").await;
        page.press("Register the number").await;
        page.sees("was there already; nothing was changed.").await;
        page.portray("register").await;
        page.press("(415) 555-0100").await;
        page.press("Make it the main number").await;
        page.sees("It is the main number now").await;
        page.open("#/accounts/wazo").await;
        page.sees("(415) 555-0100").await;
    })
    .await;
}
