//! What an account holds: lists, settings, lines, addresses.

use serde_json::{Value, json};
use trunkline_sandbox::credentials::ZENDESK_SECOND_ACCESS_TOKEN;

use crate::zendesk_support::{Desk, NUMBERS, flaw, path_of, rows};

fn ids(rows: &[Value]) -> Vec<u64> {
    rows.iter().map(|row| row["id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_list_is_paged_by_links_that_keep_the_query() {
    let desk = Desk::start().await;
    let bought = desk.buy_some(8).await;
    let mut page = desk
        .get("phone_numbers?per_page=3&minimal_mode=false")
        .await;
    let mut seen = Vec::new();
    loop {
        assert_eq!(page.json["count"], 8);
        seen.extend(ids(&rows(&page, NUMBERS)));
        let Some(next) = page.json["next_page"].as_str() else {
            break;
        };
        assert!(next.starts_with(&desk.url("phone_numbers.json?")), "{next}");
        assert!(next.contains("minimal_mode=false"), "{next}");
        page = desk.follow(next).await;
    }
    assert_eq!(seen, ids(&bought));
    let back = page.json["previous_page"].as_str().unwrap();
    assert_eq!(rows(&desk.follow(back).await, NUMBERS).len(), 3);
    let beyond = desk.get("phone_numbers?page=9").await;
    assert!(rows(&beyond, NUMBERS).is_empty());
}

#[tokio::test]
async fn a_page_has_a_hundred_rows_at_most() {
    let desk = Desk::start().await;
    desk.buy_some(101).await;
    for query in ["", "?per_page=1000"] {
        let page = desk.get(&format!("phone_numbers{query}")).await;
        assert_eq!(rows(&page, NUMBERS).len(), 100);
        let next = page.json["next_page"].as_str().unwrap();
        assert_eq!(rows(&desk.follow(next).await, NUMBERS).len(), 1);
    }
}

#[tokio::test]
async fn update_changes_the_named_fields_and_leaves_the_rest() {
    let desk = Desk::start().await;
    let number = desk.buy_some(1).await.remove(0);
    let path = path_of(&number);
    assert_eq!(number["name"], number["display_number"]);
    let change = json!({
        "nickname": "Sales West", "number": "+10000000000", "toll_free": true, "group_ids": [11, 12],
        "default_group_id": 11, "recorded": false, "brand_id": 7, "made_up": 1,
    });
    let answer = desk.put(&path, json!({ "phone_number": change })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let now = &answer.json["phone_number"];
    assert_eq!(
        (&now["nickname"], &now["name"]),
        (&"Sales West".into(), &"Sales West".into())
    );
    assert_eq!(
        (&now["number"], &now["toll_free"]),
        (&number["number"], &false.into())
    );
    assert_eq!(now["group_ids"], json!([11, 12]));
    assert_eq!(
        (&now["recorded"], &now["brand_id"]),
        (&false.into(), &7.into())
    );
    assert_eq!(desk.get(&path).await.json["phone_number"], *now);
    let back = json!({ "phone_number": { "nickname": null } });
    let answer = desk.put(&path, back).await;
    assert_eq!(answer.json["phone_number"]["name"], number["name"]);
    assert_eq!(answer.json["phone_number"]["brand_id"], 7);
}

#[tokio::test]
async fn settings_are_shown_and_changed_when_they_are_included_only() {
    let desk = Desk::start().await;
    let path = path_of(&desk.buy_some(1).await.remove(0));
    let with = format!("{path}?include=ivrs,settings");
    let change = json!({ "phone_number": { "settings": { "maximum_queue_wait_time": 3 } } });
    let unheard = desk.put(&path, change.clone()).await;
    assert_eq!(unheard.status, 200);
    assert_eq!(unheard.json["phone_number"]["settings"], Value::Null);
    let before = desk.get(&with).await;
    assert_ne!(
        before.json["phone_number"]["settings"]["maximum_queue_wait_time"],
        3
    );
    let changed = desk.put(&with, change).await;
    let settings = &changed.json["phone_number"]["settings"];
    assert_eq!(settings["maximum_queue_wait_time"], 3);
    assert_eq!(settings["voicemail"], true);
    assert_eq!(desk.get(&with).await.json, changed.json);
    assert_eq!(changed.json["ivrs"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_life_of_recordings_is_one_of_ten() {
    let desk = Desk::start().await;
    let path = path_of(&desk.buy_some(1).await.remove(0));
    let path = format!("{path}?include=settings");
    let keep = |life: &str| json!({ "phone_number": { "settings": { "voicemail_recording_delete_after": life } } });
    assert_eq!(desk.put(&path, keep("2.weeks")).await.status, 200);
    let refused = flaw(&desk.put(&path, keep("5.weeks")).await);
    assert_eq!(
        (refused.0, &*refused.1),
        (422, "voicemail_recording_delete_after")
    );
}

#[tokio::test]
async fn empty_or_invalid_update_is_rejected() {
    let desk = Desk::start().await;
    let path = path_of(&desk.buy_some(1).await.remove(0));
    for body in [json!({ "phone_number": {} }), json!({ "nickname": "bare" })] {
        let refused = desk.put(&path, body).await;
        assert_eq!(refused.status, 400);
        assert_eq!(refused.text, "Required parameter missing: phone_number");
        assert_eq!(refused.header("content-type"), "text/html; charset=utf-8");
    }
    let refused = desk
        .put(&path, json!({ "phone_number": { "nickname": 5 } }))
        .await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.json["error"]["title"], "Invalid attribute");
    let nobody = json!({ "phone_number": { "nickname": "A" } });
    assert_eq!(desk.put("phone_numbers/61", nobody).await.status, 404);
}

#[tokio::test]
async fn missing_resource_is_not_found() {
    let desk = Desk::start().await;
    for id in ["61", "no%20such%20id", "900000000102"] {
        let missing = desk.get(&format!("phone_numbers/{id}")).await;
        assert_eq!(
            (missing.status.as_u16(), &*missing.text_of("error")),
            (404, "RecordNotFound")
        );
    }
    for path in ["phone_numbers/1/2", "numbers", "lines/1"] {
        let missing = desk.get(path).await;
        assert_eq!(
            missing.text,
            r#"{"error":"InvalidEndpoint","description":"Not found"}"#
        );
    }
    let method = desk.put(NUMBERS, json!({})).await;
    assert_eq!(
        (method.status.as_u16(), &*method.text_of("error")),
        (404, "InvalidEndpoint")
    );
}

#[tokio::test]
async fn the_second_account_has_an_external_number_and_a_digital_line() {
    let desk = Desk::start().await.seen_by(ZENDESK_SECOND_ACCESS_TOKEN);
    let list = rows(&desk.get(NUMBERS).await, NUMBERS);
    assert_eq!(list.len(), 1);
    assert_eq!(list[0]["external"], true);
    let lines = rows(&desk.get("lines").await, "lines");
    assert_eq!(
        (lines.len(), &lines[1]["line_type"]),
        (2, &"digital".into())
    );
    assert_eq!(lines[1].get("number"), None);
    assert!(desk.ledger().owned.is_empty());
    assert_eq!(desk.delete(&path_of(&list[0])).await.status, 204);
    assert!(desk.ledger().releases.is_empty());
    let own = desk.seen_by("sandbox");
    assert!(rows(&own.get("lines").await, "lines").is_empty());
}

#[tokio::test]
async fn digital_lines_come_and_go() {
    let desk = Desk::start().await;
    let made = desk
        .post(
            "digital_lines",
            json!({ "digital_line": { "nickname": "Web" } }),
        )
        .await;
    assert_eq!(made.status, 200, "{}", made.text);
    let id = made.json["digital_line"]["id"].as_u64().unwrap();
    let path = format!("digital_lines/{id}");
    let change = json!({ "digital_line": { "group_ids": [4] } });
    let changed = desk.put(&path, change).await;
    assert_eq!(changed.json["digital_line"]["group_ids"], json!([4]));
    assert_eq!(desk.get(&path).await.json, changed.json);
    assert!(rows(&desk.get(NUMBERS).await, NUMBERS).is_empty());
    assert_eq!(ids(&rows(&desk.get("lines").await, "lines")), [id]);
    assert_eq!(desk.delete(&path).await.status, 204);
    assert_eq!(desk.get(&path).await.status, 404);
}

#[tokio::test]
async fn addresses_come_and_go() {
    let desk = Desk::start().await;
    let full = json!({
        "name": "HQ", "street": "5 Pier Rd", "city": "Leeds", "province": "West Yorkshire", "zip": "LS1 1AA",
        "country_code": "GB",
    });
    let made = desk.post("addresses", json!({ "address": full })).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let address = &made.json["address"];
    assert_eq!(address["provider_reference"].as_str().unwrap().len(), 34);
    let path = format!("addresses/{}", address["id"]);
    assert_eq!(desk.get(&path).await.json, made.json);
    let moved = desk
        .put(&path, json!({ "address": { "street": "6 Pier Rd" } }))
        .await;
    assert_eq!(moved.json["address"]["street"], "6 Pier Rd");
    let mut part = full;
    part["city"] = "".into();
    assert_eq!(
        flaw(&desk.post("addresses", json!({ "address": part })).await).1,
        "city"
    );
    assert_eq!(rows(&desk.get("addresses").await, "addresses").len(), 5);
    assert_eq!(desk.delete(&path).await.status, 204);
    assert_eq!(desk.get(&path).await.status, 404);
}
