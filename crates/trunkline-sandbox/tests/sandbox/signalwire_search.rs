//! Searching SignalWire's stock.

use trunkline_sandbox::StockOrder;
use trunkline_sandbox::credentials::SIGNALWIRE_DOCUMENTED_PROJECT_ID;

use crate::signalwire_support::{SIGNALWIRE, Space, refused};

async fn all_start_with(space: &Space, query: &str, start: &str) {
    let found = space.search(query).await;
    assert!(!found.is_empty(), "{query}");
    for number in found {
        assert!(number.starts_with(start), "{query}: {number}");
    }
}

#[tokio::test]
async fn a_row_is_as_it_was_seen() {
    let space = Space::start().await;
    let found = space
        .get("phone_numbers/search?areacode=415&max_results=1")
        .await;
    let number = found.json["data"][0]["e164"].as_str().unwrap();
    let (area, exchange, line) = (&number[2..5], &number[5..8], &number[8..]);
    let wanted = format!(
        "{{\"links\":{{}},\"data\":[{{\"e164\":\"{number}\",\
         \"national_number_formatted\":\"({area}) {exchange}-{line}\",\
         \"international_number_formatted\":\"+1 ({area}) {exchange}-{line}\",\
         \"region\":\"CA\",\"rate_center\":\"SNFC CNTRL\",\"country_code\":\"US\",\
         \"capabilities\":[\"voice\",\"sms\",\"mms\",\"fax\"]}}]}}"
    );
    assert_eq!(found.text, wanted);
}

#[tokio::test]
async fn a_project_that_goes_by_the_documents_gets_their_shape() {
    let space = Space::of(SIGNALWIRE_DOCUMENTED_PROJECT_ID).await;
    let found = space
        .get("phone_numbers/search?areacode=510&max_results=2")
        .await;
    let row = &found.json["data"][0];
    assert!(row["number"].as_str().unwrap().starts_with("+1510"));
    assert_eq!(row["city"], "Oakland");
    assert_eq!(row["lata"], "722");
    assert_eq!(row["capabilities"]["mms"], true);
    assert_eq!(
        found.json["links"]["first"],
        "/api/relay/rest/phone_numbers/search?areacode=510&max_results=2"
    );
}

#[tokio::test]
async fn every_filter_is_honoured() {
    let space = Space::start().await;
    all_start_with(&space, "areacode=212", "+1212").await;
    all_start_with(&space, "starts_with=604", "+1604").await;
    all_start_with(&space, "starts_with=5103&areacode=510", "+15103").await;
    all_start_with(&space, "region=NY", "+1212").await;
    all_start_with(&space, "region=ca&city=oakland", "+1510").await;
    all_start_with(&space, "number_type=toll-free", "+18").await;
    all_start_with(&space, "number_type=toll-free&areacode=888", "+1888").await;
    let some = space.search("areacode=415&max_results=3").await;
    let tail = &some[2][9..];
    for found in space.search(&format!("ends_with={tail}")).await {
        assert!(found.ends_with(tail), "{found}");
    }
    let middle = &some[2][6..11];
    let found = space.search(&format!("contains={middle}")).await;
    assert!(found.contains(&some[2]));
    for query in [
        "areacode=533",
        "areacode=4155",
        "starts_with=999",
        "region=ZZ",
    ] {
        assert!(space.search(query).await.is_empty(), "{query}");
    }
}

#[tokio::test]
async fn page_size_defaults_to_50_and_is_at_most_100() {
    let space = Space::start().await;
    assert_eq!(space.search("areacode=415").await.len(), 50);
    assert_eq!(
        space.search("areacode=415&max_results=100").await.len(),
        100
    );
    let refusal = space.get("phone_numbers/search?max_results=101").await;
    assert_eq!(refused(&refusal), (422, vec!["invalid_parameter"]));
}

#[tokio::test]
async fn names_are_case_sensitive_and_unknown_ones_ignored() {
    let space = Space::start().await;
    let anywhere = space.search("").await;
    assert_eq!(space.search("area_code=415&limit=1").await, anywhere);
    assert_eq!(space.search("AreaCode=415").await, anywhere);
}

#[tokio::test]
async fn a_search_holds_nothing_and_a_sale_takes_the_number_out() {
    let space = Space::start().await;
    let before = space.search("areacode=415").await;
    assert_eq!(space.search("areacode=415").await, before);
    space.buy(&before[0]).await;
    assert!(!space.search("areacode=415").await.contains(&before[0]));
}

#[tokio::test]
async fn stock_is_made_for_the_two_countries_it_sells_in() {
    let space = Space::start().await;
    let order = |country: &str, area: &str, kind: Option<&str>| StockOrder {
        country: country.to_owned(),
        area_code: Some(area.to_owned()),
        number_type: kind.map(str::to_owned),
        count: 3,
    };
    let set = |order: &StockOrder| space.sandbox.set_stock(SIGNALWIRE, order);
    assert_eq!(set(&order("US", "303", None)), Ok(3));
    assert_eq!(space.search("areacode=303").await.len(), 3);
    assert_eq!(set(&order("GB", "203", None)).unwrap_err().field, "country");
    let mobile = order("US", "303", Some("mobile"));
    assert_eq!(set(&mobile).unwrap_err().field, "type");
}
