//! The list and everything it can be narrowed down by.

use reqwest::Method;
use serde_json::json;
use trunkline_sandbox::credentials::WAZO_SUBTENANT_UUID;

use crate::support::rows;
use crate::wazo_support::{Stack, refusal, send};

async fn filled() -> Stack {
    let stack = Stack::start().await;
    for (number, name, shared) in [
        ("+14165550103", Some("Ámbar"), true),
        ("+14165550101", Some("Zwei"), false),
        ("+14165550102", None, false),
        ("1111", Some("ambar"), true),
    ] {
        let body = json!({ "number": number, "caller_id_name": name, "shared": shared });
        stack.register(&body).await;
    }
    stack
}

#[tokio::test]
async fn without_parameters_everything_comes_by_number() {
    let stack = filled().await;
    let list = stack.get("phone-numbers").await;
    assert_eq!(list.json["total"], 4);
    assert!(list.text.starts_with("{\"total\":"), "{}", list.text);
    assert_eq!(
        rows(&list, "items", "number"),
        ["+14165550101", "+14165550102", "+14165550103", "1111"]
    );
}

#[tokio::test]
async fn filters_are_exact() {
    let stack = filled().await;
    for (query, wanted) in [
        ("number=%2B14165550101", vec!["+14165550101"]),
        ("number=+14165550101", vec![]),
        ("number=14165550101", vec![]),
        ("caller_id_name=ambar", vec!["1111"]),
        ("caller_id_name=", vec![]),
        ("shared=true", vec!["+14165550103", "1111"]),
        ("shared=True", vec!["+14165550103", "1111"]),
        ("shared=FALSE&number=1111", vec![]),
        ("main=true", vec![]),
        (
            "main=false&shared=False",
            vec!["+14165550101", "+14165550102"],
        ),
        ("number=1111&number=1112", vec!["1111"]),
    ] {
        assert_eq!(stack.numbers(&format!("?{query}")).await, wanted, "{query}");
    }
}

#[tokio::test]
async fn search_matches_every_column_ignoring_case_and_accents() {
    let stack = filled().await;
    for (search, count) in [
        ("AMBAR", 2),
        ("%C3%A1mbar", 2),
        ("550102", 1),
        ("%2B1416", 3),
        ("tru", 2),
        ("e", 4),
        ("", 4),
        ("nobody", 0),
    ] {
        let list = stack.get(&format!("phone-numbers?search={search}")).await;
        assert_eq!(list.json["total"], count, "{search}");
    }
    assert_eq!(
        stack.numbers("?search=ambar&shared=true&number=1111").await,
        ["1111"]
    );
}

#[tokio::test]
async fn every_column_can_be_sorted_by() {
    let stack = filled().await;
    let (a, b, c, d) = ("+14165550101", "+14165550102", "+14165550103", "1111");
    for (query, wanted) in [
        ("order=number&direction=asc", [a, b, c, d]),
        ("direction=desc", [d, c, b, a]),
        ("order=caller_id_name", [a, d, c, b]),
        ("order=caller_id_name&direction=desc", [b, c, d, a]),
        ("order=shared", [a, b, c, d]),
        ("order=shared&direction=desc", [c, d, a, b]),
        ("order=main", [c, a, b, d]),
    ] {
        assert_eq!(stack.numbers(&format!("?{query}")).await, wanted, "{query}");
    }
}

#[tokio::test]
async fn ties_change_their_order_when_a_row_changes() {
    let stack = filled().await;
    let first = stack.get("phone-numbers?order=main&limit=1").await;
    let uuid = first.json["items"][0]["uuid"].as_str().unwrap();
    let path = format!("phone-numbers/{uuid}");
    stack.put(&path, &json!({ "caller_id_name": "last" })).await;
    let order = stack.numbers("?order=main").await;
    assert_eq!(order.last().map(String::as_str), Some("+14165550103"));
}

#[tokio::test]
async fn a_window_does_not_change_the_total() {
    let stack = filled().await;
    for (query, count) in [
        ("limit=1", 1),
        ("limit=3&offset=2", 2),
        ("offset=3", 1),
        ("offset=4", 0),
        ("limit=99", 4),
    ] {
        let list = stack.get(&format!("phone-numbers?{query}")).await;
        let items = list.json["items"].as_array().unwrap();
        assert_eq!(
            (items.len(), &list.json["total"]),
            (count, &json!(4)),
            "{query}"
        );
    }
    let shared = stack.get("phone-numbers?shared=true&limit=1").await;
    assert_eq!(shared.json["total"], 2);
}

#[tokio::test]
async fn unknown_fields_are_ignored() {
    let stack = filled().await;
    let query = "?uuid=x&page=7&tenant_uuid=x&links=1";
    assert_eq!(stack.numbers(query).await.len(), 4);
}

#[tokio::test]
async fn parameters_that_make_no_sense_are_refused() {
    let stack = filled().await;
    let range = "[{'constraint_id': 'range', 'constraint': {'min': 0}, \
        'message': 'Must be greater than or equal to 0.'}]";
    let integer =
        "[{'constraint_id': 'type', 'constraint': 'integer', 'message': 'Not a valid integer.'}]";
    for (query, text) in [
        ("limit=-1", format!("limit: {range}")),
        ("offset=-1", format!("offset: {range}")),
        ("limit=x", format!("limit: {integer}")),
        ("limit=", format!("limit: {integer}")),
        (
            "limit=0",
            "field 'limit': wrong type. Should be a positive number".to_owned(),
        ),
        (
            "order=nope",
            "order: column 'nope' was not found".to_owned(),
        ),
        (
            "order=uuid",
            "order: column 'uuid' was not found".to_owned(),
        ),
        (
            "direction=DESC",
            "direction: must be 'asc' or 'desc'".to_owned(),
        ),
    ] {
        let refused = stack.get(&format!("phone-numbers?{query}")).await;
        let text = format!("Input Error - {text}");
        assert_eq!(refusal(&refused), (400, vec![&*text]), "{query}");
    }
    let refused = stack
        .get("phone-numbers?limit=-1&offset=x&recurse=perhaps")
        .await;
    assert_eq!(refusal(&refused).1.len(), 3);
}

#[tokio::test]
async fn invalid_flag_is_rejected_by_the_database() {
    let stack = filled().await;
    let refused = stack.get("phone-numbers?shared=rubbish").await;
    let (status, texts) = refusal(&refused);
    assert_eq!(status, 500);
    assert!(texts[0].starts_with("Unexpected error: ("), "{texts:?}");
    assert!(texts[0].contains("\"rubbish\"") && texts[0].contains("[SQL: "));
}

#[tokio::test]
async fn tenants_below_are_listed_on_demand() {
    let stack = filled().await;
    let below = stack
        .request(Method::POST, "phone-numbers")
        .header("Wazo-Tenant", WAZO_SUBTENANT_UUID);
    send(below.json(&json!({ "number": "1111" }))).await;
    assert_eq!(stack.numbers("?number=1111").await, ["1111"]);
    assert_eq!(stack.numbers("?recurse=False&number=1111").await, ["1111"]);
    assert_eq!(
        stack.numbers("?recurse=True&number=1111").await,
        ["1111", "1111"]
    );
    assert_eq!(stack.numbers("?recurse=true").await.len(), 5);
    let below = stack
        .request(Method::GET, "phone-numbers?recurse=true")
        .header("Wazo-Tenant", WAZO_SUBTENANT_UUID);
    assert_eq!(send(below).await.json["total"], 1);
}

#[tokio::test]
async fn a_search_takes_the_wildcards_of_the_database() {
    let stack = filled().await;
    assert_eq!(stack.numbers("?search=%25").await.len(), 4);
    assert_eq!(stack.numbers("?search=%2B1%25103").await, ["+14165550103"]);
    assert_eq!(stack.numbers("?search=zw__").await, ["+14165550101"]);
    assert!(stack.numbers("?search=%5C%25").await.is_empty());
}

#[tokio::test]
async fn options_lists_methods_without_a_token() {
    let stack = Stack::start().await;
    let ask = async |url: String| {
        let request = stack.world.http.request(Method::OPTIONS, url);
        send(request).await
    };
    let told = ask(stack.confd_url("phone-numbers")).await;
    assert_eq!(
        (told.status.as_u16(), told.header("allow")),
        (200, "GET, HEAD, OPTIONS, POST")
    );
    assert!(told.text.is_empty());
    let told = ask(stack.auth_url("token")).await;
    assert_eq!(
        (told.status.as_u16(), told.header("allow")),
        (200, "OPTIONS, POST")
    );
    assert_eq!(ask(stack.confd_url("nowhere")).await.status, 404);
}
