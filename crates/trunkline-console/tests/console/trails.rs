//! Events and the audit trail, as sentences.

use serde_json::json;
use trunkline_admin::Trail;
use trunkline_admin::events::{Draft, EventType};
use trunkline_core::Tenant;

use crate::access::{ALL, with_scopes};
use crate::{Setup, journey};

#[tokio::test(flavor = "multi_thread")]
async fn audit_tells_sentences_newest_first_and_is_filtered_by_choices() {
    journey("audit", with_scopes(ALL), async |page| {
        let id = page.gateway.bought("twilio", "415", "Support line").await;
        let change = json!({"label": "Front desk"});
        let path = format!("/v1/numbers/{id}");
        page.gateway.call("PATCH", &path, &change).await;
        let ceiling = json!({"amount": "0.01", "currency": "USD"});
        let dear = json!({"criteria": {"country": "US"}, "max_monthly_price": ceiling});
        page.gateway.call("POST", "/v1/numbers", &dear).await;
        page.sign_in(&format!("#/numbers/{id}")).await;
        page.sees("Ada's laptop bought +14152000137 at twilio for $1.15 a month.")
            .await;
        page.sees("Ada's laptop changed +14152000137 at twilio.")
            .await;
        page.press("More about this").await;
        page.sees("Label: Support line → Front desk").await;
        page.portray("number-history").await;

        page.open("#/audit").await;
        page.sees("made the key Ada's laptop").await;
        // Only what a key may not do is not allowed.
        page.sees("Ada's laptop could not buy: no number that fits can be bought")
            .await;
        // An account that sells nothing is no reason.
        assert!(!page.shows("does not offer").await);
        page.sees("Today").await;
        // Nothing that was begun and is done has a line of its own.
        assert!(!page.shows("asked to").await);
        page.portray("audit").await;
        page.choose("Action", "Number update").await;
        // An apostrophe stops the driver's own way to choose.
        page.until("__field('Key').options.length === 2").await;
        page.value("(() => { const key = __field('Key'); key.value = key.options[1].value; key.dispatchEvent(new Event('change', { bubbles: true })); })()").await;
        page.press("Filter").await;
        page.sees_no("bought").await;
        page.sees("changed +14152000137").await;
        page.open("#/audit?from=2020-01-01&to=2020-01-02").await;
        page.sees("Nothing fits these filters").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_come_newest_first_and_their_pages_end() {
    journey("events", Setup::default(), async |page| {
        page.open("#/events").await;
        page.sees("Nothing happened yet").await;
        let tenant = Tenant::default();
        let mut trail = Trail::default();
        for n in 0..60 {
            let kind = EventType::ALL[n % EventType::ALL.len()];
            let data = json!({"number": format!("+141555501{n:02}"), "purchase": "pur_1", "needs_person": {"why": "disputed"}});
            let event = Draft::new(kind, &tenant, "twilio").on("twilio:PN1").with(data);
            trail.events.push(event);
        }
        page.gateway.stores.admin.note(&trail).await.unwrap();
        page.press("Refresh").await;
        page.sees("50 events so far").await;
        page.until("document.querySelector('.entry').innerText.includes('+14155550159')").await;
        page.portray("events").await;
        page.press("Show more").await;
        page.until("document.querySelectorAll('.entry').length === 60").await;
        page.sees_no("Show more").await;
        page.sees("is gone: it was released at twilio without trunkline.").await;
        page.sees("needs a person: the account holds the number, but perhaps not by this purchase.").await;
        page.choose("Type", "Caller id verified").await;
        page.press("Filter").await;
        page.sees_no("needs a person").await;
        page.sees("is verified.").await;
    })
    .await;
}
