//! API keys.

use serde_json::json;

use crate::access::{ALL, with_scopes};
use crate::journey;
use crate::page::WIDE;

#[tokio::test(flavor = "multi_thread")]
async fn keys_show_ceilings_and_last_use_and_every_action_is_in_sight() {
    journey("keys", with_scopes(ALL), async |page| {
        page.sign_in("#/keys").await;
        page.sees("Ada's laptop").await;
        page.sees("Yours").await;
        page.press("Make a key").await;
        page.press("Make the key").await;
        page.sees("Please fill this in.").await;
        page.fill("Name", "Script").await;
        page.tick("Buy numbers").await;
        page.tick("twilio").await;
        page.fill("Most for monthly prices", "lots").await;
        page.press("Make the key").await;
        page.has_focus("Most for monthly prices").await;
        page.portray("key-wrong").await;
        page.fill("Most for monthly prices", "10.00").await;
        page.press("Make the key").await;
        page.sees("tl_").await;
        page.sees("Copy it now.").await;
        let secret = page.value("document.querySelector('.secret code').innerText").await;
        page.press("I have copied it").await;
        page.sees("$0.00 of $10.00").await;
        page.sees("never").await;
        page.portray("keys").await;
        for width in [WIDE, 390] {
            page.look(width, "light").await;
            let inside = "(() => { const box = __button('Revoke', __row('Script')).getBoundingClientRect(); return box.width > 0 && box.right <= innerWidth; })()";
            page.until(inside).await;
        }
        page.look(WIDE, "light").await;

        page.press_in_row("Script", "Rotate").await;
        page.press("Replace the secret").await;
        page.sees("Copy it now.").await;
        let other = page.value("document.querySelector('.secret code').innerText").await;
        assert_ne!(secret, other);
        page.press("I have copied it").await;
        page.sees("old secret ends in").await;
        page.press_in_row("Script", "Revoke").await;
        page.press("Revoke").await;
        page.sees("Revoked").await;
        let keys = page.gateway.call("GET", "/v1/keys", &json!(null)).await;
        assert_eq!(keys["data"][0]["state"], "revoked", "{keys}");
    })
    .await;
}
