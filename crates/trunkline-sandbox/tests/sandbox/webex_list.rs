//! The list of numbers: pages, filters, counts.

use std::time::Duration;

use serde_json::Value;
use trunkline_sandbox::credentials::{
    WEBEX_LOCATION_ID, WEBEX_LONDON_LOCATION_ID, WEBEX_PERSON_ID, WEBEX_SECOND_LOCATION_ID,
};
use trunkline_sandbox::{Fault, FaultPlan, Options, StockOrder};

use crate::support::read;
use crate::webex_support::{NUMBERS, Org, WEBEX, fictional, text};

fn names(rows: &[Value]) -> Vec<String> {
    rows.iter()
        .map(|row| format!("{} {}", row["phoneNumber"], row["extension"]))
        .collect()
}

#[tokio::test]
async fn pages_by_offset_and_by_link_give_the_same_rows() {
    let org = Org::start().await;
    let all = org.rows("").await;
    let (mut by_offset, mut by_link) = (Vec::new(), Vec::new());
    for start in (0..all.len()).step_by(7) {
        by_offset.extend(org.rows(&format!("max=7&start={start}")).await);
    }
    let mut url = org.url(&format!("{NUMBERS}?max=7"));
    loop {
        let request = org.world.http.get(&url).bearer_auth("sandbox");
        let page = read(request.send().await.unwrap()).await;
        by_link.extend(page.json["phoneNumbers"].as_array().unwrap().clone());
        let link = page.header("link");
        let Some(next) = link.strip_suffix(">; rel=\"next\"") else {
            assert_eq!(link, "");
            break;
        };
        next.strip_prefix('<').unwrap().clone_into(&mut url);
        assert!(url.starts_with(org.world.sandbox.url(WEBEX)), "{url}");
    }
    assert_eq!(by_offset, all);
    assert_eq!(by_link, all);
    assert!(org.rows("start=1000").await.is_empty());
}

#[tokio::test]
async fn page_link_carries_the_filters_and_the_last_page_has_no_link() {
    let org = Org::start().await;
    let page = org.get(&format!("{NUMBERS}?available=true&max=2")).await;
    assert!(page.header("link").contains("available=true&start=2&max=2"));
    let count = org.rows("available=true").await.len();
    let whole = org
        .get(&format!("{NUMBERS}?available=true&max={count}"))
        .await;
    assert_eq!(whole.header("link"), "");
}

#[tokio::test]
async fn links_can_be_switched_off() {
    let options = Options {
        webex_links: false,
        ..Options::free_ports()
    };
    let org = Org::with(options).await;
    let page = org.get(&format!("{NUMBERS}?max=2")).await;
    assert_eq!(page.header("link"), "");
    assert_eq!(page.json["phoneNumbers"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn counts_come_on_request_and_are_of_the_whole_organization() {
    let org = Org::start().await;
    assert!(org.get(NUMBERS).await.json.get("count").is_none());
    let rows = org.rows("").await;
    let page = org
        .get(&format!("{NUMBERS}?details=true&max=1&state=INACTIVE"))
        .await;
    let count = |name: &str| page.json["count"][name].as_u64().unwrap();
    assert_eq!(count("total"), u64::try_from(rows.len()).unwrap());
    assert_eq!(
        count("assigned") + count("unAssigned") + count("extensionOnly"),
        count("total")
    );
    let small = [
        "inActive",
        "tollFreeNumbers",
        "mobileNumber",
        "serviceNumber",
    ]
    .map(count);
    assert_eq!(small, [2, 1, 1, 2]);
}

/// Whether a row is among those that a filter lets through.
type Test = fn(&Value) -> bool;

/// Every filter that has rows to tell apart.
fn filters() -> [(String, Test); 19] {
    [
        (format!("locationId={WEBEX_SECOND_LOCATION_ID}"), |row| {
            row["location"]["name"] == "Oakland"
        }),
        ("phoneNumber=415500".to_owned(), |row| {
            row["phoneNumber"]
                .as_str()
                .is_some_and(|n| n.contains("415500"))
        }),
        ("available=true".to_owned(), |row| {
            row.get("owner").is_none()
        }),
        (format!("ownerId={WEBEX_PERSON_ID}"), |row| {
            row["owner"]["lastName"] == "Brandt"
        }),
        ("ownerName=cast".to_owned(), |row| {
            row["owner"]["lastName"] == "Castillo"
        }),
        ("ownerType=PLACE".to_owned(), |row| {
            row["owner"]["type"] == "PLACE"
        }),
        ("ownerType=GROUP_PAGING".to_owned(), |row| {
            row["owner"]["type"] == "PAGING_GROUP"
        }),
        ("ownerType=BROADWORKS_ANYWHERE".to_owned(), |row| {
            row["owner"]["type"] == "OFFICE_ANYWHERE"
        }),
        ("extension=1009".to_owned(), |row| {
            row["extension"] == "1009"
        }),
        ("numberType=EXTENSION".to_owned(), |row| {
            row["phoneNumber"].is_null()
        }),
        ("phoneNumberType=FAX".to_owned(), |row| {
            row["phoneNumberType"] == "FAX"
        }),
        ("state=INACTIVE".to_owned(), |row| {
            row["state"] == "INACTIVE"
        }),
        ("tollFreeNumbers=true".to_owned(), |row| {
            row["tollFreeNumber"] == true
        }),
        ("includedTelephonyTypes=MOBILE_NUMBER".to_owned(), |row| {
            row["includedTelephonyTypes"] == "MOBILE_NUMBER"
        }),
        ("serviceNumber=true".to_owned(), |row| {
            row["isServiceNumber"] == true
        }),
        ("reservedNumber=true".to_owned(), |row| {
            row["isReservedNumber"] == true
        }),
        ("assigned=true".to_owned(), |row| row["owner"].is_object()),
        ("assigned=false".to_owned(), |row| row["owner"].is_null()),
        ("available=false".to_owned(), |row| row["owner"].is_object()),
    ]
}

#[tokio::test]
async fn every_filter_lets_the_right_rows_through() {
    let org = Org::start().await;
    let numbered: Test = |row| row["phoneNumber"].is_string();
    let all = org.rows("").await;
    for (query, test) in filters() {
        let wanted: Vec<_> = all.iter().filter(|row| test(row)).cloned().collect();
        assert!(!wanted.is_empty() && wanted.len() < all.len(), "{query}");
        assert_eq!(names(&org.rows(&query).await), names(&wanted), "{query}");
    }
    assert!(org.rows("state=ACTIVE").await.iter().all(numbered));
    assert!(
        org.rows("phoneNumberType=PRIMARY")
            .await
            .iter()
            .all(numbered)
    );
    let restricted = org.rows("restrictedNonGeoNumbers=true").await;
    assert_eq!(restricted.len(), 1);
    assert!(text(&restricted[0], "phoneNumber").starts_with("+443"));
}

#[tokio::test]
async fn a_plus_sign_that_arrives_as_a_space_is_a_plus_sign() {
    let org = Org::start().await;
    let number = org.free(WEBEX_LOCATION_ID).await;
    assert_eq!(org.rows(&format!("phoneNumber={number}")).await.len(), 1);
}

#[tokio::test]
async fn rows_are_sorted_as_requested_and_by_number_by_default() {
    let org = Org::start().await;
    let by = async |order: &str, member: &str| -> Vec<String> {
        let rows = org.rows(&format!("order={order}&numberType=NUMBER")).await;
        let texts = rows.iter().filter_map(|row| row[member].as_str());
        texts.map(str::to_owned).collect()
    };
    let numbers = by("dn-asc", "phoneNumber").await;
    assert!(numbers.is_sorted());
    let mut backwards = by("dn-desc", "phoneNumber").await;
    backwards.reverse();
    assert_eq!(backwards, numbers);
    assert!(by("extension", "extension").await.is_sorted());
    let rows = org.rows("order=lastName-desc").await;
    assert_eq!(rows[0]["owner"]["lastName"], "Support queue");
    assert!(rows[rows.len() - 1].get("owner").is_none());
}

#[tokio::test]
async fn parameters_that_exclude_each_other_or_make_no_sense_are_refused() {
    let org = Org::start().await;
    for query in [
        "available=true&ownerType=PEOPLE",
        "numberType=NUMBER&available=true",
        "numberType=EXTENSION&state=ACTIVE",
        "reservedNumber=true&available=true",
        "reservedNumber=false&available=false",
        "reservedNumber=true&assigned=true",
        "assigned=yes",
        "elinEnabled=1",
        "state=active",
        "ownerType=PERSON",
        "order=name",
        "order=dn-down",
        "max=0",
        "max=many",
        "available=yes",
        "includedTelephonyTypes=FAX",
        &format!("ownerName={}", "x".repeat(256)),
    ] {
        let refused = org.get(&format!("{NUMBERS}?{query}")).await;
        assert_eq!(refused.status, 400, "{query}");
        assert!(refused.json["message"].is_string(), "{}", refused.text);
    }
    assert!(
        !org.rows("available=false&ownerType=PEOPLE")
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn stale_list_omits_only_new_numbers() {
    let org = Org::start().await;
    let before = org.rows("").await;
    assert_eq!(org.add(&fictional(100, 1)).await.status, 201);
    let stale = Fault::StaleList { ms: 60_000 };
    let plan = FaultPlan::once(WEBEX, "list", stale.clone());
    org.world.sandbox.inject(plan).unwrap();
    assert_eq!(org.rows("").await, before);
    assert!(org.row("+14155550100").await.is_object());
    org.world.sandbox.advance_clock(Duration::from_secs(61));
    let plan = FaultPlan::once(WEBEX, "list", stale);
    org.world.sandbox.inject(plan).unwrap();
    assert_eq!(org.rows("").await.len(), before.len() + 1);
}

#[tokio::test]
async fn stock_is_unassigned_numbers_of_the_first_location_of_the_country() {
    let org = Org::start().await;
    let order = |country: &str, count| StockOrder {
        country: country.to_owned(),
        area_code: None,
        number_type: None,
        count,
    };
    for (country, count) in [("US", 300), ("US", 2), ("GB", 50)] {
        let set = org.world.sandbox.set_stock(WEBEX, &order(country, count));
        assert_eq!(set, Ok(count));
    }
    let free = org
        .rows(&format!(
            "available=true&locationId={WEBEX_LONDON_LOCATION_ID}"
        ))
        .await;
    let london = free
        .iter()
        .filter(|row| text(row, "phoneNumber").starts_with("+44203"));
    assert_eq!(london.count(), 50);
    let refused = org.world.sandbox.set_stock(WEBEX, &order("FR", 1));
    assert_eq!(refused.unwrap_err().field, "country");
}
