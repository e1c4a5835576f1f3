//! Finding numbers on sale.

use std::collections::BTreeSet;

use serde_json::Value;
use trunkline_sandbox::{Options, StockOrder};

use crate::zendesk_support::{Desk, ZENDESK, flaw};

fn texts<'r>(rows: &'r [Value], member: &str) -> Vec<&'r str> {
    rows.iter()
        .map(|row| row[member].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn an_area_code_finds_local_numbers_of_it() {
    let desk = Desk::start().await;
    for area in ["415", "510", "212"] {
        let found = desk.search(&format!("country=US&area_code={area}")).await;
        assert!(found.len() >= 40, "{}", found.len());
        let prefix = format!("+1{area}");
        assert!(
            texts(&found, "number")
                .iter()
                .all(|n| n.starts_with(&prefix))
        );
        assert!(found.iter().all(|row| row["toll_free"] == false));
    }
    assert!(desk.search("country=US&area_code=533").await.is_empty());
}

#[tokio::test]
async fn toll_free_numbers_are_found_when_asked_for_only() {
    let desk = Desk::start().await;
    let free = desk.search("country=US&toll_free=true").await;
    assert!(!free.is_empty() && free.iter().all(|row| row["toll_free"] == true));
    let local = desk.search("country=US&toll_free=false&contains=").await;
    assert!(!local.is_empty() && local.iter().all(|row| row["toll_free"] == false));
    let none = desk
        .search("area_code=510&contains=&country=US&toll_free=true")
        .await;
    assert!(none.is_empty());
}

#[tokio::test]
async fn every_number_has_its_own_token() {
    let desk = Desk::start().await;
    let found = desk.search("country=US").await;
    let tokens: BTreeSet<_> = texts(&found, "token").into_iter().collect();
    assert_eq!(tokens.len(), found.len());
    assert!(tokens.iter().all(|token| token.len() == 32));
}

#[tokio::test]
async fn a_pattern_takes_digits_letters_and_one_digit_wildcards() {
    let desk = Desk::start().await;
    let number = desk.one("country=US&area_code=415").await["number"].clone();
    let digits = number.as_str().unwrap().trim_start_matches('+').to_owned();
    let wild = format!("{}*{}", &digits[..6], &digits[7..]);
    for pattern in [&digits, &digits[1..], &wild] {
        let found = desk.search(&format!("country=US&contains={pattern}")).await;
        assert!(texts(&found, "number").contains(&number.as_str().unwrap()));
    }
    let found = desk.search("country=US&contains=JL").await;
    assert!(
        found
            .iter()
            .all(|row| row["number"].as_str().unwrap().contains("55"))
    );
    let refused = desk
        .get("phone_numbers/search?country=US&contains=%2B1415")
        .await;
    assert_eq!(flaw(&refused).1, "contains");
}

#[tokio::test]
async fn a_search_needs_a_country() {
    let desk = Desk::start().await;
    let refused = desk.get("phone_numbers/search?area_code=415").await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.text, "Required parameter missing: country");
    assert_eq!(refused.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(
        flaw(&desk.get("phone_numbers/search?country=USA").await).1,
        "country"
    );
    assert!(desk.search("country=AQ").await.is_empty());
}

#[tokio::test]
async fn area_codes_abroad_find_nothing_or_are_refused() {
    let desk = Desk::start().await;
    assert!(desk.search("country=GB&area_code=203").await.is_empty());
    assert!(!desk.search("country=CA&area_code=416").await.is_empty());
    let strict = Desk::start_with(Options {
        zendesk_refuses_area_codes_abroad: true,
        ..Options::free_ports()
    })
    .await;
    let refused = strict
        .get("phone_numbers/search?country=GB&area_code=203")
        .await;
    assert_eq!((flaw(&refused).0, &*flaw(&refused).1), (422, "area_code"));
}

#[tokio::test]
async fn stock_can_be_set_without_overlapping_numbers() {
    let desk = Desk::start().await;
    let order = StockOrder {
        country: "US".to_owned(),
        area_code: Some("303".to_owned()),
        number_type: None,
        count: 12,
    };
    let made = desk.world.sandbox.set_stock(ZENDESK, &order);
    assert_eq!(made, Ok(12));
    let found = desk.search("country=US&area_code=303").await;
    assert_eq!(found.len(), 12);
    let other = desk.world.sandbox.set_stock(crate::support::TWILIO, &order);
    assert_eq!(other, Ok(12));
    let others = desk
        .world
        .search("US/Local?AreaCode=303&PageSize=1000")
        .await;
    let own = texts(&found, "number");
    assert!(others.iter().all(|number| !own.contains(&number.as_str())));
}
