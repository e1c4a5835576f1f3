//! Purchases whose answer is lost.

use serde_json::{Value, json};
use trunkline_sandbox::{ClockSettings, Fault, ProviderKind};

use crate::page::Page;
use crate::stand_in::StandIn;
use crate::{Setup, journey};

const TWILIO: ProviderKind = ProviderKind::Twilio;

async fn buy(page: &Page) {
    page.open("#/search?country=US&area_code=415&accounts=twilio")
        .await;
    page.sees("20 numbers").await;
    page.press_in_row("(415) 200-0137", "Buy").await;
    page.press("Buy for").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_outcome_is_explained_and_followed_until_it_is_known() {
    journey("unknown", Setup::default(), async |page| {
        page.gateway
            .break_once(TWILIO, "purchase", Fault::DropAfterCommit {});
        page.gateway
            .break_always(TWILIO, "list", Fault::StaleList { ms: 60_000 });
        buy(&page).await;
        page.sees("It is not known yet whether the number was bought.")
            .await;
        page.sees("so you can't be charged twice").await;
        page.sees("not there").await;
        page.portray("purchase-unknown").await;

        // It can be left, and is found again.
        page.open("#/purchases").await;
        page.sees("Unknown").await;
        page.press("+14152000137").await;
        page.sees("Settle by hand").await;
        page.press("Settle by hand").await;
        page.press("Settle it").await;
        page.sees("Please fill this in.").await;
        page.portray("purchase-by-hand").await;
        page.press("Close").await;

        page.gateway.mend();
        page.sees("Succeeded").await;
        page.sees("Go to the number").await;
        page.portray("purchase-found").await;
        assert_eq!(page.gateway.asked(TWILIO, "purchase"), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn purchase_that_never_shows_is_presumed_failed() {
    let setup = Setup {
        twilio: "settle = '1s'",
        ..Setup::default()
    };
    journey("presumed", setup, async |page| {
        page.gateway
            .break_once(TWILIO, "purchase", Fault::DropBeforeCommit {});
        buy(&page).await;
        page.sees("Presumed not bought.").await;
        page.sees("Should it turn up within 24 hours after all")
            .await;
        page.portray("purchase-presumed").await;
        page.open("#/purchases?state=failed").await;
        page.sees("Presumed failed").await;
        page.portray("purchases").await;
    })
    .await;
}

/// The carrier's records are ten minutes behind its `Date`.
#[tokio::test(flavor = "multi_thread")]
async fn disputed_purchase_is_explained_and_decided_under_the_id_in_question() {
    journey("question", Setup::default(), async |page| {
        let sandbox = &page.gateway.sandbox;
        let clock = ClockSettings {
            record_offset_ms: -600_000,
            ..sandbox.clock(TWILIO)
        };
        sandbox.set_clock(TWILIO, clock).unwrap();
        buy(&page).await;
        page.sees("Not decided yet").await;
        page.sees("A person has to decide: twilio holds the number")
            .await;
        page.sees_no("Nothing was bought").await;
        page.portray("order-question").await;

        page.open("#/purchases?needs_person=true").await;
        page.sees("Undecided").await;
        page.sees("Needs a person").await;
        page.portray("purchases-question").await;
        page.press("+14152000137").await;
        page.sees("Created there").await;
        page.portray("purchase-question").await;
        page.press("Settle by hand").await;
        page.choose("What became of it", "Bought").await;
        page.until("__field(\"The carrier's id of the number\").value.startsWith('PN')")
            .await;
        page.fill("How you know", "in the console since noon").await;
        page.portray("purchase-question-by-hand").await;
        page.press("Settle it").await;
        page.sees("Succeeded").await;
        page.sees("Decided by a person: in the console since noon")
            .await;
        page.sees_no("Needs a person").await;
        assert_eq!(page.gateway.asked(TWILIO, "purchase"), 1);
    })
    .await;
}

/// As a gateway tells of it after a restore.
fn recovered() -> Value {
    json!({"id": "pur_1", "state": "succeeded", "account": "twilio", "number": "+14152000137", "number_id": "twilio:PN1",
        "configuration": {"state": "none", "error": null}, "late": true, "needs_person": null, "recovered": true,
        "idempotency_key": "order-1", "criteria": null, "candidates": [], "price": {"amount": "1.15", "currency": "USD"},
        "setup_price": null, "price_source": "carrier", "error": null, "created_at": "2026-03-04T05:06:07Z",
        "settled_at": "2026-03-04T06:07:08Z", "attempts": [{"account": "twilio", "provider": "twilio",
        "number": "+14152000137", "state": "succeeded", "presumed": false, "t0": "2026-03-04T05:06:07Z",
        "sent_at": "2026-03-04T05:06:07Z", "answered_at": null, "answer": null, "provider_id": "PN1",
        "evidence": "the account was seen to hold it", "looks": [], "error": null, "reason": null}]})
}

/// A number that was released without trunkline.
fn gone() -> Value {
    json!({"id": "twilio:PN1", "account": "twilio", "provider": "twilio", "provider_id": "PN1",
        "number": "+14152000137", "extension": null, "display_number": "(415) 200-0137", "country": "US",
        "number_type": "local", "features": {"voice": true}, "state": "gone", "gone_since": "2026-03-04T05:06:07Z",
        "label": "Support line", "location": {"latitude": null, "longitude": null}, "owner": null, "voice": {"type": "none"},
        "messaging": {"type": "none"}, "address_requirement": "none", "tags": [], "protected": false, "release_at": null,
        "provider_data": {}})
}

#[tokio::test(flavor = "multi_thread")]
async fn recovered_purchases_and_numbers_that_are_gone_say_so() {
    let event = |id: &str, kind: &str| {
        json!({"id": id, "type": kind, "at": "2026-03-04T05:06:07Z",
        "account": "twilio", "resource": "twilio:PN1", "sequence": 1, "data": {"number": "+14152000137"}})
    };
    let events = [
        "number.gone",
        "number.returned",
        "purchase.needs_person",
        "purchase.recovered",
    ];
    let events: Vec<Value> = events.iter().map(|kind| event(kind, kind)).collect();
    let setup = Setup {
        stand_in: Some(StandIn {
            lists: vec![
                ("/v1/purchases/pur_1", recovered()),
                (
                    "/v1/purchases",
                    json!({"data": [recovered()], "next_cursor": null, "sources": []}),
                ),
                ("/v1/numbers/twilio%3APN1", gone()),
                ("/v1/events", json!({"data": events, "next_cursor": null})),
            ],
        }),
        ..Setup::default()
    };
    journey("recovered", setup, async |page| {
        page.open("#/purchases").await;
        page.sees("Recovered").await;
        page.sees("Late").await;
        page.press("+14152000137").await;
        page.sees("had vanished from the database").await;
        page.portray("purchase-recovered").await;
        page.open("#/numbers/twilio:PN1").await;
        page.sees("This number is gone.").await;
        page.portray("number-gone").await;
        page.open("#/events").await;
        page.sees("Number gone: released without trunkline").await;
        page.sees("Number that was gone is there again").await;
        page.sees("Purchase needs a person").await;
        page.portray("events").await;
    })
    .await;
}
