//! Ranges, as literally as the stack takes them.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use trunkline_sandbox::credentials::WAZO_SUBTENANT_UUID;

use crate::support::Read;
use crate::wazo_support::{Stack, refusal, send};

async fn range(stack: &Stack, start: &str, end: &str) -> Read {
    let body = json!({ "start_number": start, "end_number": end });
    stack.post("phone-numbers/ranges", &body).await
}

fn members(answer: &Read, list: &str, member: &str) -> Vec<String> {
    crate::support::rows(answer, list, member)
}

#[tokio::test]
async fn a_range_makes_every_number_of_it() {
    let stack = Stack::start().await;
    let answer = range(&stack, "+14165550140", "+14165550144").await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(answer.header("location"), "");
    assert!(answer.text.starts_with("{\"created\":"), "{}", answer.text);
    assert_eq!(answer.json["total"], 5);
    let created = members(&answer, "created", "uuid");
    assert_eq!(answer.json["created"][0], json!({ "uuid": created[0] }));
    let links = members(&answer, "links", "href");
    assert!(
        created
            .iter()
            .zip(&links)
            .all(|(uuid, href)| href.ends_with(uuid))
    );
    assert_eq!((created.len(), links.len()), (5, 5));
    let listed = stack.get("phone-numbers").await;
    assert_eq!(members(&listed, "items", "uuid"), created, "ascending");
    let row = &listed.json["items"][4];
    assert_eq!(row["number"], "+14165550144");
    assert_eq!(
        (&row["shared"], &row["caller_id_name"]),
        (&json!(false), &Value::Null)
    );
    assert_eq!(stack.ledger().owned.len(), 5);
    assert_eq!(stack.ledger().requests["register_range"], 1);
}

#[tokio::test]
async fn existing_numbers_are_linked_last_and_unchanged() {
    let stack = Stack::start().await;
    let old = stack
        .register(&json!({ "number": "+14165550141", "caller_id_name": "Old", "shared": true }))
        .await;
    let answer = range(&stack, "+14165550140", "+14165550142").await;
    assert_eq!(answer.json["total"], 3);
    let created = members(&answer, "created", "uuid");
    assert_eq!(created.len(), 2);
    assert!(members(&answer, "links", "href")[2].ends_with(&old));
    let kept = stack.get(&format!("phone-numbers/{old}")).await;
    assert_eq!(kept.json["caller_id_name"], "Old");
    let again = range(&stack, "+14165550140", "+14165550142").await;
    assert_eq!(
        (again.status.as_u16(), &again.json["total"]),
        (201, &json!(3))
    );
    assert!(members(&again, "created", "uuid").is_empty());
    let all: BTreeSet<_> = members(&again, "links", "href").into_iter().collect();
    assert_eq!(all.len(), 3);
}

#[tokio::test]
async fn a_range_may_be_one_number_long() {
    let stack = Stack::start().await;
    let answer = range(&stack, "7", "7").await;
    assert_eq!(answer.json["total"], 1);
    assert_eq!(stack.numbers("").await, ["7"]);
}

#[tokio::test]
async fn leading_zeros_get_lost() {
    let stack = Stack::start().await;
    assert_eq!(range(&stack, "0100", "0102").await.status, 201);
    assert_eq!(stack.numbers("").await, ["0102", "100", "101"]);
}

#[tokio::test]
async fn reversed_bounds_are_rejected() {
    let stack = Stack::start().await;
    let schema = |text: &str| format!("Input Error - _schema: ['{text}']");
    let order = schema("start phone number must precede end phone number");
    let size = schema("range size must be between 1 and 10000");
    for (start, end, text) in [
        ("+9", "+10", &order),
        ("+14165550102", "+14165550101", &order),
        ("100", "99", &size),
        ("+14160000000", "+14160010000", &size),
        ("1", &"1".repeat(128), &size),
    ] {
        let refused = range(&stack, start, end).await;
        assert_eq!(refusal(&refused), (400, vec![&**text]), "{start} to {end}");
    }
    let refused = range(&stack, "a", "b").await;
    let text =
        |field: &str| format!("Input Error - {field}: ['not a valid digit-only phone number']");
    let (start, end) = (text("start_number"), text("end_number"));
    assert_eq!(refusal(&refused), (400, vec![&*start, &*end]));
    let missing = stack.post("phone-numbers/ranges", &json!({})).await;
    let text = |field: &str| format!("Input Error - {field}: ['Missing data for required field.']");
    let (start, end) = (text("start_number"), text("end_number"));
    assert_eq!(refusal(&missing), (400, vec![&*start, &*end]));
    assert!(stack.ledger().owned.is_empty());
}

#[tokio::test]
async fn ten_thousand_numbers_come_in_one_range() {
    let stack = Stack::start().await;
    let answer = range(&stack, "+14160000000", "+14160009999").await;
    assert_eq!(answer.json["total"], 10_000);
    let page = stack.get("phone-numbers?limit=1&offset=9999").await;
    assert_eq!(page.json["items"][0]["number"], "+14160009999");
}

#[tokio::test]
async fn the_same_range_fits_into_two_tenants() {
    let stack = Stack::start().await;
    range(&stack, "100", "102").await;
    let body = json!({ "start_number": "100", "end_number": "102" });
    let below = stack
        .request(Method::POST, "phone-numbers/ranges")
        .header("Wazo-Tenant", WAZO_SUBTENANT_UUID);
    let below = send(below.json(&body)).await;
    assert_eq!(members(&below, "created", "uuid").len(), 3);
    assert_eq!(stack.ledger().owned.len(), 6);
}
