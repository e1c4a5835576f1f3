//! Paging: newest first, by token, both ways.

use crate::support::{Read, World, rows};

const NUMBERS: &str = "IncomingPhoneNumbers";

fn sids(page: &Read) -> Vec<String> {
    rows(page, "incoming_phone_numbers", "sid")
}

#[tokio::test]
async fn pages_run_from_newest_to_oldest_and_back() {
    let world = World::start().await;
    let mut bought = world.buy_some(5).await;
    bought.reverse();
    let first = world.get(&format!("{NUMBERS}?PageSize=2")).await;
    assert_eq!(sids(&first), bought[..2]);
    let second = world.follow(&first.text_of("next_page_uri")).await;
    assert_eq!(sids(&second), bought[2..4]);
    assert_eq!(
        (
            &second.json["page"],
            &second.json["start"],
            &second.json["end"]
        ),
        (&1.into(), &2.into(), &3.into())
    );
    let third = world.follow(&second.text_of("next_page_uri")).await;
    assert_eq!(sids(&third), bought[4..]);
    assert!(third.json["next_page_uri"].is_null());
    let back = world.follow(&third.text_of("previous_page_uri")).await;
    assert_eq!(sids(&back), bought[2..4]);
    let start = world.follow(&back.text_of("previous_page_uri")).await;
    assert_eq!(sids(&start), bought[..2]);
    assert!(start.json["previous_page_uri"].is_null());
}

#[tokio::test]
async fn a_number_bought_meanwhile_shifts_no_page() {
    let world = World::start().await;
    let mut bought = world.buy_some(4).await;
    bought.reverse();
    let first = world.get(&format!("{NUMBERS}?PageSize=2")).await;
    world.buy_some(1).await;
    let second = world.follow(&first.text_of("next_page_uri")).await;
    assert_eq!(sids(&second), bought[2..]);
}

#[tokio::test]
async fn an_empty_page_starts_and_ends_at_zero() {
    let world = World::start().await;
    let page = world.get(NUMBERS).await;
    for (member, value) in [("start", 0), ("end", 0), ("page", 0), ("page_size", 50)] {
        assert_eq!(page.json[member], value, "{member}");
    }
    assert!(page.json["next_page_uri"].is_null() && page.json["previous_page_uri"].is_null());
}

#[tokio::test]
async fn links_are_relative_and_carry_the_filters() {
    let world = World::start().await;
    let page = world
        .get(&format!("{NUMBERS}?FriendlyName=Call+tracking"))
        .await;
    let uri = page.text_of("uri");
    assert!(uri.starts_with("/2010-04-01/Accounts/"), "{uri}");
    assert!(
        uri.ends_with("IncomingPhoneNumbers.json?FriendlyName=Call+tracking&PageSize=50&Page=0"),
        "{uri}"
    );
    assert_eq!(page.text_of("first_page_uri"), uri);
}

#[tokio::test]
async fn a_stale_or_made_up_token_is_refused() {
    let world = World::start().await;
    let bought = world.buy_some(3).await;
    let first = world.get(&format!("{NUMBERS}?PageSize=1")).await;
    world.delete(&format!("{NUMBERS}/{}", bought[2])).await;
    assert_eq!(
        world.follow(&first.text_of("next_page_uri")).await.error(),
        (400, 21481)
    );
    for query in ["Page=1", "Page=1&PageToken=rubbish", "PageToken=PAPN1"] {
        assert_eq!(
            world.get(&format!("{NUMBERS}?{query}")).await.error(),
            (400, 21481),
            "{query}"
        );
    }
}

#[tokio::test]
async fn page_sizes_have_bounds() {
    let world = World::start().await;
    assert_eq!(
        world.get(&format!("{NUMBERS}?PageSize=1001")).await.error(),
        (400, 20007)
    );
    assert_eq!(
        world.get(&format!("{NUMBERS}?PageSize=0")).await.error(),
        (400, 20422)
    );
    assert_eq!(
        world.get(&format!("{NUMBERS}?PageSize=x")).await.error(),
        (400, 20422)
    );
    assert_eq!(
        world.get(&format!("{NUMBERS}?PageSize=1000")).await.status,
        200
    );
}
