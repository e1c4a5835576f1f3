//! Searching: every filter, every type.

use trunkline_sandbox::StockOrder;

use crate::support::{TWILIO, World};

async fn count(world: &World, path: &str) -> usize {
    world.search(path).await.len()
}

async fn refusal(world: &World, query: &str) -> (u16, u64) {
    world
        .get(&format!("AvailablePhoneNumbers/US/Local?{query}"))
        .await
        .error()
}

#[tokio::test]
async fn an_area_code_finds_its_numbers_alone() {
    let world = World::start().await;
    let found = world.search("US/Local?AreaCode=212&PageSize=1000").await;
    assert!(found.len() >= 40 && found.iter().all(|number| number.starts_with("+1212")));
    assert_eq!(count(&world, "US/Local?AreaCode=533").await, 0);
    assert_eq!(count(&world, "GB/Local?AreaCode=20").await, 0);
    assert_eq!(count(&world, "US/Local").await, 50);
}

#[tokio::test]
async fn a_pattern_narrows_a_search() {
    let world = World::start().await;
    assert!(
        world
            .search("US/Local?Contains=%2B1415")
            .await
            .iter()
            .all(|number| number.starts_with("+1415"))
    );
    assert!(
        world
            .search("GB/Local?Contains=%2B44203&SmsEnabled=true")
            .await
            .iter()
            .all(|n| n.starts_with("+44203"))
    );
    let known = world.one("US/Local?AreaCode=415").await;
    let ending = &known[known.len() - 4..];
    assert!(
        world
            .search(&format!("US/Local?Contains={ending}%24"))
            .await
            .iter()
            .all(|n| n.ends_with(ending))
    );
    assert!(count(&world, "US/Local?Contains=415*******").await > 0);
    for pattern in ["4", "4*5", "%5E415", "+1415", "4155550100415555010"] {
        assert_eq!(
            refusal(&world, &format!("Contains={pattern}")).await,
            (400, 20422),
            "{pattern}"
        );
    }
}

#[tokio::test]
async fn features_are_asked_for_with_true_and_ignored_with_false() {
    let world = World::start().await;
    assert_eq!(count(&world, "US/TollFree?MmsEnabled=true").await, 0);
    assert!(count(&world, "US/TollFree?SmsEnabled=true&VoiceEnabled=true").await > 0);
    assert!(count(&world, "US/Local?FaxEnabled=true&MmsEnabled=false").await > 0);
    assert_eq!(refusal(&world, "SmsEnabled=1").await, (400, 20422));
}

#[tokio::test]
async fn numbers_that_need_an_address_can_be_left_out() {
    let world = World::start().await;
    for (path, left) in [
        ("DE/Local?ExcludeAllAddressRequired=true", 0),
        ("DE/Local?ExcludeLocalAddressRequired=true", 0),
        ("DE/Local?ExcludeForeignAddressRequired=true", 50),
        ("BE/Local?ExcludeForeignAddressRequired=true", 0),
        ("FR/Local?ExcludeLocalAddressRequired=true", 50),
        ("FR/Local?ExcludeAllAddressRequired=true", 0),
        ("PT/Local?Beta=false", 0),
        ("PT/Local", 50),
    ] {
        assert_eq!(count(&world, path).await, left, "{path}");
    }
}

#[tokio::test]
async fn places_narrow_a_search() {
    let world = World::start().await;
    let all = |prefix: &'static str| move |number: &String| number.starts_with(prefix);
    assert!(
        world
            .search("US/Local?InRegion=NY")
            .await
            .iter()
            .all(all("+1212"))
    );
    assert!(
        world
            .search("US/Local?InPostalCode=94601")
            .await
            .iter()
            .all(all("+1510"))
    );
    assert!(
        world
            .search("US/Local?InLocality=Sausalito")
            .await
            .iter()
            .all(all("+1415"))
    );
    assert!(
        world
            .search("US/Local?InLata=132")
            .await
            .iter()
            .all(all("+1212"))
    );
    assert_eq!(
        count(
            &world,
            "US/Local?InLata=722&InRateCenter=SAUSALITO&PageSize=1000"
        )
        .await,
        40
    );
    assert_eq!(
        refusal(&world, "InRateCenter=SAUSALITO").await,
        (400, 20422)
    );
    assert_eq!(count(&world, "US/Local?InRegion=TX").await, 0);
    assert_eq!(count(&world, "GB/Local?InLocality=Manchester").await, 50);
}

#[tokio::test]
async fn nearness_is_measured_in_miles() {
    let world = World::start().await;
    let near = world
        .search("US/Local?NearLatLong=37.77,-122.42&Distance=5&PageSize=1000")
        .await;
    assert!(!near.is_empty() && near.iter().all(|number| number.starts_with("+1415")));
    let wider = world
        .search("US/Local?NearNumber=%2B14155550100&PageSize=1000")
        .await;
    assert!(wider.iter().any(|number| number.starts_with("+1510")));
    assert!(!wider.iter().any(|number| number.starts_with("+1212")));
    assert_eq!(
        refusal(&world, "NearLatLong=37.77,-122.42&Distance=501").await,
        (400, 20422)
    );
    assert_eq!(refusal(&world, "NearLatLong=here").await, (400, 20422));
}

#[tokio::test]
async fn a_type_that_a_country_lacks_is_not_found() {
    let world = World::start().await;
    for path in [
        "US/Mobile",
        "XX/Local",
        "US/MachineToMachine",
        "us/Local",
        "US/Local/More",
    ] {
        assert_eq!(
            world
                .get(&format!("AvailablePhoneNumbers/{path}"))
                .await
                .error(),
            (404, 20404),
            "{path}"
        );
    }
    for path in [
        "GB/Mobile",
        "GB/TollFree",
        "GB/National",
        "GB/SharedCost",
        "FR/Voip",
        "SE/Mobile",
        "PL/Mobile",
    ] {
        assert!(count(&world, path).await >= 40, "{path}");
    }
}

#[tokio::test]
async fn countries_say_which_types_they_have() {
    let world = World::start().await;
    let country = world.get("AvailablePhoneNumbers/GB").await;
    assert_eq!(
        (
            &*country.text_of("country_code"),
            &*country.text_of("country")
        ),
        ("GB", "United Kingdom")
    );
    let mobile = country.json["subresource_uris"]["mobile"].as_str().unwrap();
    assert!(mobile.ends_with("/AvailablePhoneNumbers/GB/Mobile.json"));
    assert!(country.json["subresource_uris"].get("voip").is_none());
    let all = world.get("AvailablePhoneNumbers").await;
    assert!(all.json["countries"].as_array().unwrap().len() >= 13);
    assert_eq!(
        world.get("AvailablePhoneNumbers/XX").await.error(),
        (404, 20404)
    );
}

#[tokio::test]
async fn stock_can_be_made_and_taken_away() {
    let world = World::start().await;
    let order = |area: &str, count| StockOrder {
        country: "US".to_owned(),
        area_code: Some(area.to_owned()),
        number_type: None,
        count,
    };
    assert_eq!(world.sandbox.set_stock(TWILIO, &order("303", 700)), Ok(700));
    assert_eq!(
        count(&world, "US/Local?AreaCode=303&PageSize=1000").await,
        700
    );
    assert_eq!(world.sandbox.set_stock(TWILIO, &order("415", 3)), Ok(3));
    assert_eq!(count(&world, "US/Local?AreaCode=415").await, 3);
    world.buy_some(3).await;
    assert_eq!(world.sandbox.set_stock(TWILIO, &order("415", 5)), Ok(5));
    assert_eq!(count(&world, "US/Local?AreaCode=415").await, 5);
    assert_eq!(
        world
            .sandbox
            .set_stock(TWILIO, &order("533", 1))
            .unwrap_err()
            .field,
        "area_code"
    );
}

#[tokio::test]
async fn the_price_list_is_on_the_same_port() {
    let world = World::start().await;
    let prices = world.follow("/v1/PhoneNumbers/Countries/US").await;
    assert_eq!(
        (
            &*prices.text_of("price_unit"),
            &*prices.text_of("iso_country")
        ),
        ("USD", "US")
    );
    let toll_free = &prices.json["phone_number_prices"][1];
    assert_eq!(
        (&toll_free["number_type"], &toll_free["current_price"]),
        (&"toll free".into(), &"2.15".into())
    );
    assert!(
        world.follow("/v1/PhoneNumbers/Countries").await.json["countries"]
            .as_array()
            .unwrap()
            .len()
            >= 13
    );
    assert_eq!(
        world.follow("/v1/PhoneNumbers/Countries/XX").await.error(),
        (404, 20404)
    );
}
