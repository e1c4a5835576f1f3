//! Numbers one by one, and requests that make no sense.

use reqwest::Method;
use serde_json::{Value, json};
use trunkline_sandbox::credentials::{WAZO_SECOND_USERNAME, WAZO_SUBTENANT_UUID, WAZO_TENANT_UUID};

use crate::wazo_support::{NOBODY, Stack, refusal, send};

const NUMBER: &str = "+14165550142";

#[tokio::test]
async fn a_registered_number_is_shown_whole() {
    let stack = Stack::start().await;
    let body = json!({ "number": NUMBER, "caller_id_name": "Northwind", "shared": true });
    let answer = stack.post("phone-numbers", &body).await;
    assert_eq!(answer.status, 201);
    let uuid = answer.text_of("uuid");
    let address = format!("https://localhost/api/confd/1.1/phone-numbers/{uuid}");
    assert_eq!(answer.header("location"), address);
    let places = [
        "uuid",
        "tenant_uuid",
        "number",
        "caller_id_name",
        "main",
        "shared",
        "links",
    ]
    .map(|key| answer.text.find(&format!("\"{key}\":")).unwrap());
    assert!(places.is_sorted(), "{}", answer.text);
    let whole = json!({
        "uuid": uuid,
        "tenant_uuid": WAZO_TENANT_UUID,
        "number": NUMBER,
        "caller_id_name": "Northwind",
        "main": false,
        "shared": true,
        "links": [{ "rel": "phone_numbers", "href": address }],
    });
    assert_eq!(answer.json, whole);
    let got = stack.get(&format!("phone-numbers/{uuid}")).await;
    assert_eq!((got.status.as_u16(), got.json), (200, whole));
    for (name, value) in [
        ("server", "nginx/1.18.0"),
        ("access-control-allow-origin", "*"),
        ("strict-transport-security", "max-age=31536000"),
        ("content-type", "application/json"),
    ] {
        assert_eq!(answer.header(name), value);
    }
}

#[tokio::test]
async fn on_the_stack_itself_links_follow_the_host() {
    let stack = Stack::start().await;
    let base = stack
        .world
        .sandbox
        .url(crate::wazo_support::WAZO)
        .to_owned();
    let request = stack
        .world
        .http
        .post(format!("{base}/1.1/phone-numbers"))
        .header("X-Auth-Token", &stack.token)
        .json(&json!({ "number": NUMBER }));
    let answer = send(request).await;
    let address = format!("{base}/1.1/phone-numbers/{}", answer.text_of("uuid"));
    assert_eq!(answer.header("location"), address);
    assert_eq!(stack.numbers("").await, [NUMBER]);
}

#[tokio::test]
async fn any_digits_are_accepted_as_a_number() {
    let stack = Stack::start().await;
    let long = "1".repeat(128);
    for number in ["1111", "+1414", "5555550100", "+15555550100", &long, "0100"] {
        let answer = stack
            .post("phone-numbers", &json!({ "number": number }))
            .await;
        assert_eq!(answer.text_of("number"), number);
        assert_eq!(answer.json["shared"], false);
        assert!(answer.json["caller_id_name"].is_null());
    }
}

#[tokio::test]
async fn unwritable_fields_are_ignored() {
    let stack = Stack::start().await;
    let body = json!({ "number": NUMBER, "main": true, "uuid": NOBODY, "tenant_uuid": NOBODY,
        "links": 1, "surprise": {} });
    let answer = stack.post("phone-numbers", &body).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.json["main"], false);
    assert_eq!(answer.json["tenant_uuid"], WAZO_TENANT_UUID);
    let path = format!("phone-numbers/{}", answer.text_of("uuid"));
    let updated = stack.put(&path, &json!({ "main": true })).await;
    assert_eq!(updated.status, 204);
    assert_eq!(stack.get(&path).await.json["main"], false);
}

#[tokio::test]
async fn a_number_is_registered_once_in_a_tenant() {
    let stack = Stack::start().await;
    let body = json!({ "number": NUMBER });
    stack.register(&body).await;
    let again = stack.post("phone-numbers", &body).await;
    let text = format!(
        "Resource Error - PhoneNumber already exists ('number': '{NUMBER}', 'tenant_uuid': '{WAZO_TENANT_UUID}')"
    );
    assert_eq!(refusal(&again), (400, vec![&*text]));
    let below = stack
        .request(Method::POST, "phone-numbers")
        .header("Wazo-Tenant", WAZO_SUBTENANT_UUID);
    assert_eq!(send(below.json(&body)).await.status, 201);
    let stack = stack.seen_by(WAZO_SECOND_USERNAME).await;
    stack.register(&body).await;
    assert_eq!(stack.ledger().owned.len(), 3);
}

#[tokio::test]
async fn every_fault_of_a_body_has_its_text() {
    let stack = Stack::start().await;
    let no_number = "not a valid digit-only phone number";
    let number = |text: &str| format!("Input Error - number: ['{text}']");
    let both = format!("Length must be between 1 and 128.', '{no_number}");
    let name = |text: &str| format!("Input Error - caller_id_name: ['{text}']");
    let shared = |text: &str| format!("Input Error - shared: ['{text}']");
    let with = |field: &str, value: Value| {
        let mut body = json!({ "number": NUMBER });
        body[field] = value;
        body
    };
    for (body, text) in [
        (json!({}), number("Missing data for required field.")),
        (json!({ "number": null }), number("Field may not be null.")),
        (
            json!({ "number": 4165550142_u64 }),
            number("Not a valid string."),
        ),
        (json!({ "number": "" }), number(&both)),
        (
            json!({ "number": "1".repeat(129) }),
            number("Length must be between 1 and 128."),
        ),
        (json!({ "number": "+" }), number(no_number)),
        (json!({ "number": "416-555-0142" }), number(no_number)),
        (
            with("caller_id_name", json!("")),
            name("Length must be between 1 and 256."),
        ),
        (
            with("caller_id_name", json!("n".repeat(257))),
            name("Length must be between 1 and 256."),
        ),
        (
            with("caller_id_name", json!(1)),
            name("Not a valid string."),
        ),
        (
            with("shared", json!(null)),
            shared("Field may not be null."),
        ),
        (
            with("shared", json!("true")),
            shared("Not a valid boolean."),
        ),
        (with("shared", json!(1)), shared("Not a valid boolean.")),
        (
            json!([1]),
            "Input Error - _schema: ['Invalid input type.']".to_owned(),
        ),
    ] {
        let refused = stack.post("phone-numbers", &body).await;
        assert_eq!(refusal(&refused), (400, vec![&*text]), "{body}");
    }
    let many = json!({ "number": "x", "caller_id_name": "", "shared": 0 });
    let refused = stack.post("phone-numbers", &many).await;
    assert_eq!(refusal(&refused).1.len(), 3);
    assert!(stack.ledger().owned.is_empty());
}

#[tokio::test]
async fn body_is_read_as_json_unless_its_content_type_is_a_form() {
    let stack = Stack::start().await;
    let post = |kind: Option<&'static str>, body: &str| {
        let request = stack
            .request(Method::POST, "phone-numbers")
            .body(body.to_owned());
        send(match kind {
            Some(kind) => request.header("Content-Type", kind),
            None => request,
        })
    };
    assert_eq!(
        post(Some("text/plain"), r#"{"number": "1"}"#).await.status,
        201
    );
    assert_eq!(post(None, r#"{"number": "2"}"#).await.status, 201);
    let form = "application/x-www-form-urlencoded";
    for (kind, body) in [
        (Some(form), r#"{"number": "3"}"#),
        (Some("application/json"), ""),
        (Some("application/json"), "{"),
        (None, "number=3"),
    ] {
        let refused = post(kind, body).await;
        let (status, texts) = refusal(&refused);
        assert_eq!(status, 400);
        assert!(
            texts[0].starts_with("The browser (or proxy) sent"),
            "{texts:?}"
        );
    }
}

#[tokio::test]
async fn update_changes_the_named_fields() {
    let stack = Stack::start().await;
    let body = json!({ "number": NUMBER, "caller_id_name": "Northwind", "shared": true });
    let path = format!("phone-numbers/{}", stack.register(&body).await);
    let shown = async || {
        let number = stack.get(&path).await.json;
        json!([number["number"], number["caller_id_name"], number["shared"]])
    };
    for (update, wanted) in [
        (json!({}), json!([NUMBER, "Northwind", true])),
        (
            json!({ "caller_id_name": "Südwind" }),
            json!([NUMBER, "Südwind", true]),
        ),
        (
            json!({ "caller_id_name": null }),
            json!([NUMBER, null, true]),
        ),
        (json!({ "shared": false }), json!([NUMBER, null, false])),
        (json!({ "number": "0142" }), json!(["0142", null, false])),
        (
            json!({ "number": "0142", "shared": true }),
            json!(["0142", null, true]),
        ),
    ] {
        let answer = stack.put(&path, &update).await;
        assert_eq!(
            (answer.status.as_u16(), &*answer.text),
            (204, ""),
            "{update}"
        );
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(shown().await, wanted, "{update}");
    }
    let none = send(stack.request(Method::PUT, &path)).await;
    assert_eq!(none.status, 400);
}

#[tokio::test]
async fn an_update_that_is_refused_changes_nothing() {
    let stack = Stack::start().await;
    let uuids = stack.register_all(&[NUMBER, "+14165550143"]).await;
    let path = format!("phone-numbers/{}", uuids[0]);
    let taken = json!({ "number": "+14165550143", "shared": true });
    let refused = stack.put(&path, &taken).await;
    let (status, texts) = refusal(&refused);
    assert_eq!(status, 400);
    assert!(
        texts[0].contains("already exists ('number': '+14165550143'"),
        "{texts:?}"
    );
    for bad in [
        json!({ "number": null }),
        json!({ "shared": null, "caller_id_name": "x" }),
    ] {
        assert_eq!(stack.put(&path, &bad).await.status, 400);
    }
    let number = stack.get(&path).await.json;
    assert_eq!(
        (&number["shared"], &number["caller_id_name"]),
        (&json!(false), &Value::Null)
    );
}

#[tokio::test]
async fn a_released_number_is_gone() {
    let stack = Stack::start().await;
    let uuid = stack.register(&json!({ "number": NUMBER })).await;
    let path = format!("phone-numbers/{uuid}");
    let released = stack.delete(&path).await;
    assert_eq!((released.status.as_u16(), &*released.text), (204, ""));
    let text = format!("Resource Not Found - PhoneNumber was not found ('uuid': UUID('{uuid}'))");
    let (get, again) = (stack.get(&path).await, stack.delete(&path).await);
    assert_eq!(refusal(&get), (404, vec![&*text]));
    assert_eq!(refusal(&again), (404, vec![&*text]));
    assert_eq!(stack.put(&path, &json!({})).await.status, 404);
    let ledger = stack.ledger();
    assert!(ledger.owned.is_empty() && ledger.purchases.is_empty());
    assert_eq!(ledger.releases.len(), 1);
    assert_eq!(ledger.releases[0].account, WAZO_TENANT_UUID);
    // And can come back at once, under another uuid.
    assert_ne!(stack.register(&json!({ "number": NUMBER })).await, uuid);
}

#[tokio::test]
async fn number_of_a_subtenant_is_reachable_and_of_a_sibling_is_not() {
    let stack = Stack::start().await;
    let below = stack
        .request(Method::POST, "phone-numbers")
        .header("Wazo-Tenant", WAZO_SUBTENANT_UUID);
    let below = send(below.json(&json!({ "number": NUMBER }))).await;
    let path = format!("phone-numbers/{}", below.text_of("uuid"));
    assert_eq!(
        stack.get(&path).await.json["tenant_uuid"],
        WAZO_SUBTENANT_UUID
    );
    assert_eq!(
        stack.put(&path, &json!({ "shared": true })).await.status,
        204
    );
    let mine = stack.register(&json!({ "number": NUMBER })).await;
    let above = stack
        .request(Method::GET, &format!("phone-numbers/{mine}"))
        .header("Wazo-Tenant", WAZO_SUBTENANT_UUID);
    assert_eq!(send(above).await.status, 404);
    assert_eq!(stack.delete(&path).await.status, 204);
    let stack = stack.seen_by(WAZO_SECOND_USERNAME).await;
    assert_eq!(
        stack.get(&format!("phone-numbers/{mine}")).await.status,
        404
    );
}

#[tokio::test]
async fn registered_numbers_are_booked_without_a_price() {
    let stack = Stack::start().await;
    stack.register_all(&[NUMBER, "1111"]).await;
    let ledger = stack.ledger();
    let owned: Vec<_> = ledger
        .owned
        .iter()
        .map(|entry| (&*entry.number, &*entry.account, &*entry.monthly_price))
        .collect();
    assert_eq!(
        owned,
        [
            (NUMBER, WAZO_TENANT_UUID, "0.00"),
            ("1111", WAZO_TENANT_UUID, "0.00")
        ]
    );
    assert!(ledger.purchases.is_empty());
    assert_eq!(ledger.requests["register"], 2);
}

#[tokio::test]
async fn unknown_route_is_html_and_wrong_method_is_an_object() {
    let stack = Stack::start().await;
    for path in [
        "phone-numbers/42",
        "phone-numbers/",
        "lines",
        "users/me/callerids/outgoing",
    ] {
        let lost = stack.get(path).await;
        assert_eq!(lost.status, 404, "{path}");
        assert!(
            lost.header("content-type").starts_with("text/html"),
            "{path}"
        );
        assert!(lost.text.starts_with("<!doctype html>"), "{path}");
    }
    for (method, path, allowed) in [
        (Method::DELETE, "phone-numbers", "GET, HEAD, OPTIONS, POST"),
        (Method::GET, "phone-numbers/ranges", "OPTIONS, POST"),
        (
            Method::POST,
            "phone-numbers/main",
            "GET, HEAD, OPTIONS, PUT",
        ),
        (
            Method::POST,
            "users/42/callerids/outgoing",
            "GET, HEAD, OPTIONS",
        ),
        (
            Method::PATCH,
            &format!("phone-numbers/{NOBODY}"),
            "DELETE, GET, HEAD, OPTIONS, PUT",
        ),
    ] {
        let refused = send(stack.request(method, path)).await;
        assert_eq!(refused.status, 405, "{path}");
        assert_eq!(refused.header("allow"), allowed);
        let message = "The method is not allowed for the requested URL.";
        assert_eq!(refused.json, json!({ "message": message }));
    }
    let root = stack
        .world
        .http
        .get(stack.world.sandbox.url(crate::wazo_support::WAZO));
    assert_eq!(send(root).await.status, 404);
}
