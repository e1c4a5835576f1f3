//! The main number, and what users may show.

use reqwest::Method;
use serde_json::{Value, json};
use trunkline_sandbox::credentials::{
    WAZO_ASSOCIATED_NUMBER, WAZO_SECOND_USERNAME, WAZO_SUBTENANT_USER_ID, WAZO_SUBTENANT_UUID,
    WAZO_USER_ID, WAZO_USER_UUID,
};

use crate::wazo_support::{NOBODY, Stack, refusal, send};

const MAIN: &str = "phone-numbers/main";

async fn with_main() -> (Stack, Vec<String>) {
    let stack = Stack::start().await;
    let uuids = stack.register_all(&["+14165550101", "+14165550102"]).await;
    choose(&stack, &uuids[0]).await;
    (stack, uuids)
}

async fn choose(stack: &Stack, uuid: &str) {
    let chosen = stack.put(MAIN, &json!({ "phone_number_uuid": uuid })).await;
    assert_eq!((chosen.status.as_u16(), &*chosen.text), (204, ""));
    let address = format!("https://localhost/api/confd/1.1/phone-numbers/{uuid}");
    assert_eq!(chosen.header("location"), address);
}

async fn flags(stack: &Stack, uuid: &str) -> (Value, Value) {
    let number = stack.get(&format!("phone-numbers/{uuid}")).await.json;
    (number["main"].clone(), number["shared"].clone())
}

#[tokio::test]
async fn location_without_main_number_is_not_found() {
    let stack = Stack::start().await;
    let text = "Resource Not Found - PhoneNumber was not found ('main': True)";
    assert_eq!(refusal(&stack.get(MAIN).await), (404, vec![text]));
}

#[tokio::test]
async fn the_main_number_is_shared_and_the_one_before_stays_so() {
    let (stack, uuids) = with_main().await;
    assert_eq!(stack.get(MAIN).await.json["uuid"], uuids[0]);
    assert_eq!(flags(&stack, &uuids[0]).await, (json!(true), json!(true)));
    choose(&stack, &uuids[1]).await;
    choose(&stack, &uuids[1]).await;
    assert_eq!(stack.get(MAIN).await.json["uuid"], uuids[1]);
    assert_eq!(flags(&stack, &uuids[0]).await, (json!(false), json!(true)));
    assert_eq!(stack.numbers("?main=true").await, ["+14165550102"]);
}

#[tokio::test]
async fn invalid_main_number_is_rejected() {
    let (stack, uuids) = with_main().await;
    let put = async |body: Value| stack.put(MAIN, &body).await;
    let unknown = put(json!({ "phone_number_uuid": NOBODY })).await;
    let text = format!("Resource Not Found - PhoneNumber was not found ('uuid': '{NOBODY}')");
    assert_eq!(refusal(&unknown), (404, vec![&*text]));
    for (body, text) in [
        (json!({}), "Missing data for required field."),
        (
            json!({ "phone_number_uuid": null }),
            "Field may not be null.",
        ),
        (json!({ "phone_number_uuid": "42" }), "Not a valid UUID."),
        (json!({ "phone_number_uuid": 42 }), "Not a valid UUID."),
    ] {
        let refused = put(body).await;
        let text = format!("Input Error - phone_number_uuid: ['{text}']");
        assert_eq!(refusal(&refused), (400, vec![&*text]));
    }
    assert_eq!(stack.get(MAIN).await.json["uuid"], uuids[0]);
}

#[tokio::test]
async fn the_main_number_can_t_be_unshared() {
    let (stack, uuids) = with_main().await;
    let path = format!("phone-numbers/{}", uuids[0]);
    let refused = stack
        .put(&path, &json!({ "shared": false, "caller_id_name": "N" }))
        .await;
    let (status, texts) = refusal(&refused);
    assert_eq!(status, 500);
    assert!(texts[0].starts_with("Unexpected error: (psycopg2.errors.CheckViolation)"));
    assert!(texts[0].contains("phone_number_shared_if_main"));
    let number = stack.get(&path).await.json;
    assert_eq!(
        (&number["shared"], &number["caller_id_name"]),
        (&json!(true), &Value::Null)
    );
    assert_eq!(
        stack.put(&path, &json!({ "number": "7" })).await.status,
        204
    );
    assert_eq!(stack.get(MAIN).await.json["number"], "7");
}

#[tokio::test]
async fn the_main_number_can_be_released() {
    let (stack, uuids) = with_main().await;
    let released = stack.delete(&format!("phone-numbers/{}", uuids[0])).await;
    assert_eq!(released.status, 204);
    assert_eq!(stack.get(MAIN).await.status, 404);
}

#[tokio::test]
async fn main_number_is_looked_up_in_its_tenant() {
    let (stack, uuids) = with_main().await;
    let below = stack
        .request(Method::POST, "phone-numbers")
        .header("Wazo-Tenant", WAZO_SUBTENANT_UUID);
    let below = send(below.json(&json!({ "number": "7" })))
        .await
        .text_of("uuid");
    let refused = stack
        .put(MAIN, &json!({ "phone_number_uuid": below }))
        .await;
    assert_eq!(refused.status, 404);
    let main = stack
        .request(Method::GET, MAIN)
        .header("Wazo-Tenant", WAZO_SUBTENANT_UUID);
    assert_eq!(send(main).await.status, 404);
    let chosen = stack
        .request(Method::PUT, MAIN)
        .header("Wazo-Tenant", WAZO_SUBTENANT_UUID);
    let chosen = send(chosen.json(&json!({ "phone_number_uuid": below }))).await;
    assert_eq!(chosen.status, 204);
    assert_eq!(stack.get(MAIN).await.json["uuid"], uuids[0]);
}

#[tokio::test]
async fn user_may_show_each_number_once_or_no_number() {
    let (stack, uuids) = with_main().await;
    let name = json!({ "caller_id_name": "Northwind" });
    stack
        .put(&format!("phone-numbers/{}", uuids[0]), &name)
        .await;
    // The same as the user's own, and the same as the main one.
    for number in [
        "+1".to_owned() + WAZO_ASSOCIATED_NUMBER,
        "4165550101".to_owned(),
    ] {
        stack
            .register(&json!({ "number": number, "shared": true }))
            .await;
    }
    stack
        .register(&json!({ "number": "+14165550109", "shared": true }))
        .await;
    let wanted = json!({
        "total": 4,
        "items": [
            { "type": "main", "number": "+14165550101", "caller_id_name": "Northwind" },
            { "type": "associated", "number": WAZO_ASSOCIATED_NUMBER, "caller_id_name": "" },
            { "type": "shared", "number": "+14165550109", "caller_id_name": "" },
            { "type": "anonymous" },
        ],
    });
    for user in [WAZO_USER_ID.to_string(), WAZO_USER_UUID.to_owned()] {
        let shown = stack.get(&format!("users/{user}/callerids/outgoing")).await;
        assert_eq!(shown.json, wanted, "{user}");
    }
    assert_eq!(stack.ledger().requests["list_caller_ids"], 2);
}

#[tokio::test]
async fn a_user_below_has_its_own_tenants_numbers() {
    let (stack, _) = with_main().await;
    let path = format!("users/{WAZO_SUBTENANT_USER_ID}/callerids/outgoing");
    let shown = stack.get(&path).await;
    assert_eq!(
        shown.json,
        json!({ "total": 1, "items": [{ "type": "anonymous" }] })
    );
    let stack = stack.seen_by(WAZO_SECOND_USERNAME).await;
    for user in [
        WAZO_SUBTENANT_USER_ID.to_string(),
        "7".to_owned(),
        NOBODY.to_owned(),
    ] {
        let lost = stack.get(&format!("users/{user}/callerids/outgoing")).await;
        let (status, texts) = refusal(&lost);
        assert_eq!(status, 404);
        assert!(texts[0].starts_with("Resource Not Found - User was not found"));
    }
}
