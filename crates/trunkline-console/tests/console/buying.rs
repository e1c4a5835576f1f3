//! Purchases that go as they should, and some that do not.

use serde_json::json;
use trunkline_sandbox::{Fault, ProviderKind};

use crate::page::Page;
use crate::{Setup, journey};

const TWILIO: ProviderKind = ProviderKind::Twilio;

/// Searches at Twilio, and asks for the confirmation of its first number.
async fn confirm(page: &Page) {
    page.open("#/search?country=US&area_code=415&accounts=twilio")
        .await;
    page.sees("20 numbers").await;
    page.press_in_row("(415) 200-0137", "Buy").await;
    page.sees("Buy this number?").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_is_bought_after_its_price_was_confirmed() {
    journey("purchase", Setup::default(), async |page| {
        confirm(&page).await;
        page.sees("Monthly price $1.15").await;
        page.sees("Price according to Twilio").await;
        page.sees("nothing: no address has to be on file").await;
        page.portray("purchase-confirmation").await;
        assert_eq!(page.gateway.asked(TWILIO, "purchase"), 0);
        page.fill("Label", "Front desk").await;
        page.press("Where calls and messages go").await;
        page.fill("Calls ask this web address", "https://voice.example.com/in")
            .await;
        page.press("Buy for $1.15 a month").await;
        page.sees("+14152000137 is yours.").await;
        page.sees("Settings made").await;
        page.portray("purchase-bought").await;
        assert_eq!(page.gateway.asked(TWILIO, "purchase"), 1);

        page.press("Go to the number").await;
        page.sees("Front desk").await;
        page.sees("https://voice.example.com/in").await;
        page.open("#/purchases").await;
        page.press("+14152000137").await;
        page.sees("The carrier confirmed it").await;
        page.portray("purchase").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_in_the_middle_repeats_the_order_and_buys_once() {
    journey("reload", Setup::default(), async |page| {
        page.gateway
            .break_once(TWILIO, "purchase", Fault::Delay { ms: 1_500 });
        confirm(&page).await;
        page.press("Buy for").await;
        page.until("location.hash.startsWith('#/orders/')").await;
        page.reload().await;
        page.sees("is yours.").await;
        page.reload().await;
        page.sees("is yours.").await;
        assert_eq!(page.gateway.asked(TWILIO, "purchase"), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn number_sold_to_someone_else_is_reported_as_not_bought() {
    journey("gone", Setup::default(), async |page| {
        confirm(&page).await;
        let quicker = json!({"account": "twilio", "number": "+14152000137"});
        page.gateway.call("POST", "/v1/numbers", &quicker).await;
        page.press("Buy for").await;
        page.sees("Nothing was bought.").await;
        page.sees("Request id for support").await;
        page.portray("purchase-gone").await;
        assert_eq!(page.gateway.asked(TWILIO, "purchase"), 1);
        // A refused order is not sent again by itself.
        page.reload().await;
        page.sees("Nothing was bought").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_never_arrived_can_be_sent_again() {
    journey("offline", Setup::default(), async |page| {
        confirm(&page).await;
        page.offline(true).await;
        page.press("Buy for").await;
        page.sees("It is unclear whether the order arrived").await;
        page.picture("purchase-offline").await;
        page.offline(false).await;
        page.press("Send the same order again").await;
        page.sees("is yours.").await;
        assert_eq!(page.gateway.asked(TWILIO, "purchase"), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_best_number_that_fits_is_chosen_under_a_ceiling() {
    journey("best", Setup::default(), async |page| {
        page.open("#/search?country=US&area_code=510").await;
        page.sees("60 numbers").await;
        page.press("Buy the best that fits").await;
        page.portray("purchase-best").await;
        page.fill("At most, a month", "lots").await;
        page.press("Buy one number").await;
        page.sees("Nothing was sent to a carrier.").await;
        page.has_focus("At most, a month").await;
        page.fill("At most, a month", "0.75").await;
        page.press("Buy").await;
        page.sees("is yours.").await;
        page.press("The whole purchase").await;
        page.sees("Candidates").await;
        page.portray("purchase-candidates").await;
        let bought = page
            .gateway
            .call("GET", "/v1/purchases", &json!(null))
            .await;
        assert_eq!(bought["data"][0]["account"], "signalwire");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_a_country_asks_for_is_asked_for_and_mended() {
    journey("address", Setup::default(), async |page| {
        page.open("#/search?country=DE&accounts=twilio").await;
        page.sees("Needs an address in the area").await;
        page.press_in_row("030 20000137", "Buy").await;
        page.press("Buy for").await;
        page.sees("Please fill this in.").await;
        page.portray("purchase-address").await;
        page.fill("Address", "somewhere").await;
        page.press("Buy for").await;
        page.sees("Nothing was sent to a carrier.").await;
        page.has_focus("Address").await;
        page.portray("purchase-mended").await;
        page.fill("Address", "AD00000000000000000000000000000002")
            .await;
        page.press("Buy").await;
        // The mended order went out; that the carrier knows no such address is its own refusal.
        page.sees("is not an address of this account").await;
        page.sees("Nothing was bought.").await;
        assert_eq!(page.gateway.asked(TWILIO, "purchase"), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn double_click_buys_once() {
    journey("double", Setup::default(), async |page| {
        confirm(&page).await;
        page.value("(() => { const buy = __button('Buy for'); buy.click(); buy.click(); })()")
            .await;
        page.sees("is yours.").await;
        assert_eq!(page.gateway.asked(TWILIO, "purchase"), 1);
        let orders = page
            .value("Object.keys(JSON.parse(sessionStorage['trunkline.orders'])).length")
            .await;
        assert_eq!(orders, 1);
    })
    .await;
}
