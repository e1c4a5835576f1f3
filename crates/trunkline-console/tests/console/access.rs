//! Signing in, and what a key does not allow.

use serde_json::json;
use trunkline_sandbox::{Fault, ProviderKind};

use crate::{Setup, journey};

pub(crate) fn with_scopes(scopes: &'static [&'static str]) -> Setup {
    Setup {
        scopes: Some(scopes),
        ..Setup::default()
    }
}

pub(crate) const ALL: &[&str] = &[
    "numbers:read",
    "numbers:write",
    "numbers:purchase",
    "numbers:release",
    "caller_ids:read",
    "caller_ids:write",
    "admin",
];

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_returns_to_the_requested_page_and_signing_out_ends_the_session() {
    journey("login", with_scopes(ALL), async |page| {
        page.open("#/search?country=US&area_code=415").await;
        page.sees("Sign in").await;
        page.press("Sign in").await;
        page.sees("Please fill this in.").await;
        page.fill("API key", "tl_wrong").await;
        page.press("Sign in").await;
        page.sees("This key is not valid").await;
        page.portray("login").await;
        page.fill("API key", page.gateway.key.as_deref().unwrap())
            .await;
        page.press("Sign in").await;
        page.sees("60 numbers").await;
        page.sees("Signed in as Ada's laptop").await;
        // The key itself is kept nowhere that a script could read.
        let kept = page
            .value(
                "document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)",
            )
            .await;
        assert!(!kept.as_str().unwrap().contains("tl_"), "{kept}");

        page.forget_cookies().await;
        page.press("Numbers").await;
        page.sees("Your session has ended").await;
        page.fill("API key", page.gateway.key.as_deref().unwrap())
            .await;
        page.keys("\u{e007}").await;
        page.sees("webex 34 numbers").await;
        page.press("Sign out").await;
        page.sees("It begins with tl_").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forbidden_actions_are_locked_and_say_why() {
    journey("scopes", with_scopes(&["numbers:read"]), async |page| {
        page.sign_in("").await;
        page.sees("Held where").await;
        assert!(!page.shows("Recent events").await);
        page.press("Numbers").await;
        page.sees("webex 34 numbers").await;
        let shown = page.value("document.querySelector('nav').innerText").await;
        let shown = shown.as_str().unwrap();
        for hidden in [
            "Caller IDs",
            "Register",
            "API keys",
            "Audit",
            "Webhooks",
            "Events",
        ] {
            assert!(!shown.contains(hidden), "{hidden} in {shown}");
        }
        page.press("(212) 500-5975").await;
        page.sees("Overview").await;
        page.press("Edit").await;
        page.sees("Your key may not change numbers (it lacks the scope numbers:write).")
            .await;
        page.portray("locked").await;
        page.press("Dismiss").await;
        page.open("#/search?country=US&area_code=415").await;
        page.sees("60 numbers").await;
        page.press_in_row("(415) 200-0137", "Buy").await;
        page.sees("it lacks the scope numbers:purchase").await;
        assert!(!page.shows("Buy this number?").await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settling_by_hand_asks_for_the_scope_that_the_api_asks_for() {
    let setup = Setup {
        twilio: "settle = '1s'",
        ..with_scopes(&["numbers:read", "numbers:purchase"])
    };
    journey("settle-scope", setup, async |page| {
        let lost = Fault::DropBeforeCommit {};
        page.gateway
            .break_once(ProviderKind::Twilio, "purchase", lost);
        let order = json!({"account": "twilio", "number": "+14152000137"});
        page.gateway.call("POST", "/v1/numbers", &order).await;
        page.sign_in("#/purchases").await;
        page.sees("Presumed failed").await;
        page.press("+14152000137").await;
        // The looks of a second that saw the same are one line.
        page.sees("times: not there").await;
        page.press("Settle by hand").await;
        page.sees("Your key may not administer (it lacks the scope admin).")
            .await;
        assert!(!page.shows("Settle it by hand?").await);
    })
    .await;
}
