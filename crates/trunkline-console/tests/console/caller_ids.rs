//! Caller IDs, with the code going either way.

use std::collections::BTreeMap;

use serde_json::json;
use trunkline_sandbox::{CallOutcome, Fault, ProviderKind};

use crate::{Setup, journey};

const NUMBER: &str = "+14155550177";

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_keyed_in_at_the_phone_is_shown_and_noticed() {
    journey("code-shown", Setup::default(), async |page| {
        page.open("#/caller-ids").await;
        page.press("Verify a number").await;
        page.choose("Which account shall show it", "twilio (Twilio)")
            .await;
        page.sees("the person who answers keys it in").await;
        page.press("Call now").await;
        page.sees("Please fill this in.").await;
        page.fill("Number", "12").await;
        page.press("Call now").await;
        page.sees("Not an E.164 number").await;
        page.portray("caller-id-wrong").await;
        page.fill("Number", NUMBER).await;
        page.fill("Label", "Front desk").await;
        page.press("Call now").await;
        page.sees("Waiting for the code to be keyed in").await;
        let code = page
            .gateway
            .sandbox
            .validation_code(ProviderKind::Twilio, NUMBER)
            .unwrap();
        let spaced: Vec<String> = code.chars().map(String::from).collect();
        page.until(&format!(
            "document.querySelector('.code').ariaLabel === 'The code: {}'",
            spaced.join(" ")
        ))
        .await;
        page.portray("caller-id-code").await;
        let sandbox = &page.gateway.sandbox;
        sandbox
            .answer_caller_id(ProviderKind::Twilio, NUMBER, CallOutcome::Verified)
            .await;
        page.sees("Verified. You may show this number when you call.")
            .await;
        page.portray("caller-id-verified").await;
        page.press("Rename").await;
        page.fill("Label", "Reception").await;
        page.press("Save").await;
        page.sees("Reception").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_heard_is_entered() {
    journey("code-heard", Setup::default(), async |page| {
        page.open("#/caller-ids/new?account=signalwire").await;
        page.fill("Number", NUMBER).await;
        page.press("Call now").await;
        page.sees("reads a code out").await;
        page.fill("Code heard on the phone", "12").await;
        page.press("Verify").await;
        page.sees("Not the code that the callee heard.").await;
        page.has_focus("Code heard on the phone").await;
        page.portray("caller-id-wrong-code").await;
        let code = page
            .gateway
            .sandbox
            .validation_code(ProviderKind::SignalWire, NUMBER)
            .unwrap();
        page.fill("Code heard on the phone", &code).await;
        page.press("Verify").await;
        page.sees("Verified.").await;
        page.press("Remove").await;
        page.press("Remove").await;
        page.sees("is no longer a caller ID").await;
        page.sees("webex").await;
        page.portray("caller-ids").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_nobody_answers_can_be_repeated() {
    journey("call-failed", Setup::default(), async |page| {
        page.open("#/caller-ids/new?account=twilio").await;
        page.fill("Number", NUMBER).await;
        page.press("Call now").await;
        page.sees("Waiting for the code").await;
        let sandbox = &page.gateway.sandbox;
        sandbox
            .answer_caller_id(ProviderKind::Twilio, NUMBER, CallOutcome::Failed)
            .await;
        page.press("Call again").await;
        page.sees("Twilio calls again").await;
        page.sees("Waiting for the code").await;
        assert_eq!(
            page.gateway.asked(ProviderKind::Twilio, "start_caller_id"),
            2
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_caller_ids_are_settings_they_are_chosen() {
    journey("directory", Setup::default(), async |page| {
        page.open("#/caller-ids?account=webex").await;
        page.sees("Gus Hale").await;
        page.press_in_row("Gus Hale", "+1").await;
        page.sees("there is nothing to prove here").await;
        page.choose("Show", "location number").await;
        page.press("Save").await;
        page.sees("Saved").await;
        page.portray("caller-id-setting").await;
        page.reload().await;
        page.until("__field('Show').value === 'LOCATION_NUMBER'")
            .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn verification_starts_with_an_account_that_answers() {
    journey("verify-down", Setup::default(), async |page| {
        let broken = Fault::Status {
            status: 500,
            headers: BTreeMap::new(),
            body: None,
        };
        page.gateway
            .break_always(ProviderKind::SignalWire, "list", broken);
        let path = "/v1/numbers?account=signalwire&timeout_ms=3000";
        page.gateway.call("GET", path, &json!(null)).await;
        page.open("#/caller-ids/new").await;
        page.until("__field('Which account shall show it').value === 'twilio'")
            .await;
    })
    .await;
}
