//! Every way a purchase can end.

use std::time::Duration;

use serde_json::json;
use trunkline_sandbox::credentials::{ZENDESK_ADDRESS_SIDS, ZENDESK_SECOND_ACCESS_TOKEN};
use trunkline_sandbox::{Fault, Options};

use crate::support::read;
use crate::zendesk_support::{Desk, NUMBERS, flaw, path_of, rows};

fn address_in(country: &str) -> &'static str {
    let found = ZENDESK_ADDRESS_SIDS
        .iter()
        .find(|(code, _)| *code == country);
    found.unwrap().1
}

#[tokio::test]
async fn a_token_buys_its_number_once() {
    let desk = Desk::start().await;
    let row = desk.one("country=US&area_code=415").await;
    let bought = desk.buy_with(&row, None).await;
    assert_eq!(bought.status, 200, "{}", bought.text);
    assert_eq!(bought.json["phone_number"]["number"], row["number"]);
    let again = desk.buy_with(&row, None).await;
    assert_eq!((flaw(&again).0, &*flaw(&again).1), (422, "token"));
    let ledger = desk.ledger();
    assert_eq!((ledger.purchases.len(), ledger.owned.len()), (1, 1));
    assert_eq!(ledger.purchases[0].charged, "1.15");
    assert_eq!(row["price"], "$1.15");
    assert_eq!(ledger.requests["purchase"], 2);
    let left = desk.search("country=US&area_code=415").await;
    assert!(left.iter().all(|other| other["number"] != row["number"]));
}

#[tokio::test]
async fn a_token_expires_by_the_clock() {
    let desk = Desk::start().await;
    let row = desk.one("country=US&area_code=415").await;
    desk.world
        .sandbox
        .advance_clock(Duration::from_secs(15 * 60));
    let late = flaw(&desk.buy_with(&row, None).await);
    assert!(late.2.contains("expired"), "{late:?}");
    let fresh = desk.one("country=US&area_code=415").await;
    assert_eq!(fresh["number"], row["number"]);
    assert_ne!(fresh["token"], row["token"]);
    assert_eq!(desk.buy_with(&fresh, None).await.status, 200);
}

#[tokio::test]
async fn how_long_a_token_is_good_can_be_chosen() {
    let desk = Desk::start_with(Options {
        zendesk_token_life: Duration::from_secs(30),
        ..Options::free_ports()
    })
    .await;
    let row = desk.one("country=US&area_code=415").await;
    desk.world.sandbox.advance_clock(Duration::from_secs(31));
    assert_eq!(desk.buy_with(&row, None).await.status, 422);
}

#[tokio::test]
async fn a_token_is_good_in_its_own_account() {
    let desk = Desk::start().await;
    let row = desk.one("country=US&area_code=415").await;
    let desk = desk.seen_by(ZENDESK_SECOND_ACCESS_TOKEN);
    assert_eq!(flaw(&desk.buy_with(&row, None).await).1, "token");
    let own = desk.one("country=US&area_code=415").await;
    assert_ne!(own["token"], row["token"]);
    assert_eq!(desk.buy_with(&own, None).await.status, 200);
    let desk = desk.seen_by("sandbox");
    let gone = flaw(&desk.buy_with(&row, None).await);
    assert!(gone.2.contains("no longer available"), "{gone:?}");
    assert_eq!(desk.ledger().owned[0].account, "second");
}

#[tokio::test]
async fn unwrapped_or_unauthenticated_request_is_rejected() {
    let desk = Desk::start().await;
    let row = desk.one("country=US&area_code=415").await;
    for body in [
        json!({ "token": row["token"] }),
        json!({ "phone_number": {} }),
        json!({}),
    ] {
        let refused = desk.post(NUMBERS, body).await;
        assert_eq!(refused.status, 400);
        assert_eq!(refused.text, "Required parameter missing: phone_number");
    }
    let by_number = json!({ "phone_number": { "number": row["number"] } });
    assert_eq!(flaw(&desk.post(NUMBERS, by_number).await).1, "token");
    let unreadable = desk
        .request(reqwest::Method::POST, NUMBERS)
        .header("content-type", "application/json")
        .body("{\"phone_number\":")
        .send()
        .await
        .unwrap();
    assert_eq!(read(unreadable).await.status, 422);
    assert!(desk.ledger().purchases.is_empty());
}

#[tokio::test]
async fn a_regulated_number_needs_an_address_that_fits_beside_the_token() {
    let desk = Desk::start().await;
    let local = desk.one("country=DE").await;
    assert_eq!(local["address_requirements"], "local");
    let missing = flaw(&desk.buy_with(&local, None).await);
    assert_eq!((missing.0, &*missing.1), (422, "address_sid"));
    for sid in ["ADffffffffffffffffffffffffffffffff", address_in("FR")] {
        assert_eq!(
            flaw(&desk.buy_with(&local, Some(sid)).await).1,
            "address_sid"
        );
    }
    let nested =
        json!({ "phone_number": { "token": local["token"], "address_sid": address_in("DE") } });
    assert_eq!(flaw(&desk.post(NUMBERS, nested).await).1, "address_sid");
    let bought = desk.buy_with(&local, Some(address_in("DE"))).await;
    assert_eq!(bought.status, 200, "{}", bought.text);
    let any = desk.one("country=FR").await;
    assert_eq!(any["address_requirements"], "any");
    assert_eq!(
        desk.buy_with(&any, Some(address_in("US"))).await.status,
        200
    );
    let foreign = desk.one("country=BE").await;
    assert_eq!(foreign["address_requirements"], "foreign");
    assert_eq!(
        desk.buy_with(&foreign, Some(address_in("NL"))).await.status,
        200
    );
}

#[tokio::test]
async fn a_number_that_needs_a_verified_business_is_never_sold() {
    let desk = Desk::start().await;
    let row = desk.one("country=GB&contains=4474").await;
    assert_eq!(row["address_requirements"], "none");
    let refused = flaw(&desk.buy_with(&row, None).await);
    assert!(refused.2.contains("business verification"), "{refused:?}");
    assert!(desk.ledger().purchases.is_empty());
}

#[tokio::test]
async fn a_purchase_with_a_lost_answer_is_in_the_list() {
    let desk = Desk::start().await;
    let row = desk.one("country=US&area_code=415").await;
    desk.strike_once("purchase", Fault::StatusAfterCommit { status: 504 });
    let lost = desk.buy_with(&row, None).await;
    assert_eq!(lost.status, 504);
    let held = rows(&desk.get(NUMBERS).await, NUMBERS);
    assert_eq!(held[0]["number"], row["number"]);
    desk.strike_once("list", Fault::StaleList { ms: 60_000 });
    assert!(rows(&desk.get(NUMBERS).await, NUMBERS).is_empty());
}

#[tokio::test]
async fn a_released_number_is_gone_for_good() {
    let desk = Desk::start().await;
    let number = desk.buy_some(1).await.remove(0);
    let path = path_of(&number);
    let released = desk.delete(&path).await;
    assert_eq!((released.status.as_u16(), &*released.text), (204, ""));
    for gone in [desk.delete(&path).await, desk.get(&path).await] {
        assert_eq!(gone.status, 404);
        assert_eq!(
            gone.text,
            r#"{"error":"RecordNotFound","description":"Not found"}"#
        );
    }
    let ledger = desk.ledger();
    assert_eq!((ledger.owned.len(), ledger.releases.len()), (0, 1));
}

#[tokio::test]
async fn a_release_can_answer_with_a_space() {
    let desk = Desk::start_with(Options {
        zendesk_releases_with_a_space: true,
        ..Options::free_ports()
    })
    .await;
    let number = desk.buy_some(1).await.remove(0);
    let released = desk.delete(&path_of(&number)).await;
    assert_eq!((released.status.as_u16(), &*released.text), (200, " "));
    assert_eq!(released.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(released.header("content-length"), "1");
}

#[tokio::test]
async fn the_same_seed_gives_the_same_ids_and_tokens() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let desk = Desk::start().await;
        let row = desk.one("country=US&area_code=415").await;
        let bought = desk.buy_with(&row, None).await;
        runs.push((
            row["token"].clone(),
            bought.json["phone_number"]["id"].clone(),
        ));
    }
    assert_eq!(runs[0], runs[1]);
}
