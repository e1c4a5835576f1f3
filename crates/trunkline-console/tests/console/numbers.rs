//! One number: shown, changed, protected, released, kept after all.

use serde_json::{Value, json};
use trunkline_sandbox::ProviderKind;

use crate::page::Page;
use crate::{Setup, journey};

const TWILIO: ProviderKind = ProviderKind::Twilio;

/// Goes to a number just bought.
async fn bought(page: &Page, account: &str) -> String {
    let id = page.gateway.bought(account, "415", "Support line").await;
    page.open(&format!("#/numbers/{id}")).await;
    page.sees("Overview").await;
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn number_is_updated_and_unsupported_fields_are_reported() {
    journey("edit", Setup::default(), async |page| {
        let id = bought(&page, "twilio").await;
        page.portray("number").await;
        page.press("Edit").await;
        page.sees("Twilio can't change this.").await;
        page.fill("Label", "Hotline").await;
        page.fill("Tags", "emea, sales").await;
        page.choose("Calls go to", "Ask a web address (webhook)")
            .await;
        page.fill("Web address", "nowhere").await;
        page.press("Save").await;
        page.sees("Must be an absolute http or https address.")
            .await;
        page.has_focus("Web address").await;
        page.portray("number-edit-wrong").await;
        page.fill("Web address", "https://voice.example.com/in")
            .await;
        page.press("Save").await;
        page.sees("Saved").await;
        page.sees("https://voice.example.com/in").await;
        page.sees("emea").await;
        let number = page
            .gateway
            .call("GET", &format!("/v1/numbers/{id}"), &Value::Null)
            .await;
        assert_eq!(number["label"], "Hotline");
        assert_eq!(number["tags"], json!(["emea", "sales"]));

        // What was not touched is not sent: somebody else's change of it stays.
        page.press("Edit").await;
        page.gateway
            .call(
                "PATCH",
                &format!("/v1/numbers/{id}"),
                &json!({"label": "By another"}),
            )
            .await;
        page.fill("Tags", "only").await;
        page.press("Save").await;
        page.sees("By another").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_needs_the_number_typed_and_no_protection() {
    journey("release", Setup::default(), async |page| {
        bought(&page, "twilio").await;
        page.press("Protect").await;
        page.sees("Protected: it can't be released").await;
        page.press("Release").await;
        page.sees("It can't be released now. It is protected: stop protecting it first.")
            .await;
        page.portray("release-protected").await;
        page.keys("\u{e00c}").await;
        page.press("Stop protecting").await;
        page.sees("No longer protected").await;

        page.press("Release").await;
        page.fill("Type +14152000137 to confirm", "+1415200013")
            .await;
        page.until("__button('Release').disabled").await;
        page.portray("release").await;
        page.fill("Type +14152000137 to confirm", "+1 (415) 200-0137")
            .await;
        page.press("Release").await;
        page.sees("was released").await;
        page.until("location.hash === '#/numbers'").await;
        assert_eq!(page.gateway.asked(TWILIO, "release"), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_under_a_grace_period_is_undone() {
    let setup = Setup {
        twilio: "quarantine = '24h'",
        ..Setup::default()
    };
    journey("grace", setup, async |page| {
        bought(&page, "twilio").await;
        page.press("Release").await;
        page.fill("Type +14152000137 to confirm", "+14152000137")
            .await;
        page.press("Release").await;
        page.sees("This number will be released").await;
        page.portray("release-waiting").await;
        page.press("Keep it after all").await;
        page.sees("The number stays").await;
        page.sees_no("This number will be released").await;
        assert_eq!(page.gateway.asked(TWILIO, "release"), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn number_not_yet_releasable_is_reported_with_its_date() {
    journey("cooldown", Setup::default(), async |page| {
        bought(&page, "signalwire").await;
        page.press("Release").await;
        page.sees("SignalWire takes a number back 14 days after its purchase: this one from")
            .await;
        page.portray("release-too-early").await;
        assert_eq!(page.gateway.asked(ProviderKind::SignalWire, "release"), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_numbers_and_pages_say_so() {
    journey("unknown-number", Setup::default(), async |page| {
        page.open("#/numbers/twilio:PN00000000000000000000000000000000")
            .await;
        page.sees("Not found").await;
        page.sees("Request id for support: req_").await;
        page.portray("number-unknown").await;
        page.open("#/nowhere").await;
        page.sees("No such page").await;
    })
    .await;
}
