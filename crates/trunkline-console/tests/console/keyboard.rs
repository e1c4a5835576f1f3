//! Without a mouse, and without eyes on the screen.

use crate::{Setup, journey};

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";

#[tokio::test(flavor = "multi_thread")]
async fn every_control_is_reachable_by_keyboard_with_visible_focus() {
    journey("keyboard", Setup::default(), async |page| {
        page.open("#/numbers").await;
        page.sees("34 numbers").await;
        page.keys(TAB).await;
        page.has_focus("Skip to content").await;
        page.picture("keyboard-skip").await;
        page.keys(ENTER).await;
        page.has_focus("Numbers").await;
        // A page that is come to is told by its heading.
        page.press("Caller IDs").await;
        page.until("__name(document.activeElement) === 'Caller IDs' && document.activeElement.matches('h1')").await;
        assert_eq!(page.value("document.title").await, "Caller IDs · trunkline");

        page.open("#/search?country=US&area_code=415&accounts=twilio").await;
        page.sees("20 numbers").await;
        page.until("document.querySelector('[aria-live]').textContent.includes('Search finished')").await;
        page.value("__button('Buy', __row('(415) 200-0137')).focus()").await;
        page.keys(ENTER).await;
        page.sees("Buy this number?").await;
        // Not on the button that costs money.
        page.has_focus("Buy this number?").await;
        for _ in 0..12 {
            page.keys(TAB).await;
            page.until("document.activeElement === document.body || document.querySelector('dialog').contains(document.activeElement)").await;
        }
        page.keys(ESCAPE).await;
        page.until("!document.querySelector('dialog')").await;
        page.has_focus("Buy (415) 200-0137 at twilio").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_theme_that_was_chosen_stays() {
    journey("theme", Setup::default(), async |page| {
        page.open("#/accounts").await;
        page.sees("signalwire").await;
        page.press("Dark").await;
        let back = "getComputedStyle(document.body).backgroundColor";
        page.until(&format!("{back} === 'rgb(14, 18, 24)'")).await;
        page.reload().await;
        page.sees("signalwire").await;
        page.until(&format!("{back} === 'rgb(14, 18, 24)'")).await;
        page.press("As the system").await;
        page.until(&format!("{back} === 'rgb(245, 246, 249)'"))
            .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_phone_the_menu_opens_and_closes() {
    journey("phone", Setup::default(), async |page| {
        page.look(390, "light").await;
        page.open("#/numbers?account=webex").await;
        page.sees("34 numbers").await;
        page.press("Menu").await;
        page.press("Accounts").await;
        page.sees("One for each credential at a carrier").await;
        page.until("!document.querySelector('nav').checkVisibility()")
            .await;
    })
    .await;
}
