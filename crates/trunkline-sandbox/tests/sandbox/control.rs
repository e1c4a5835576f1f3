//! The control port.

use reqwest::Method;
use serde_json::{Value, json};
use trunkline_sandbox::{Options, ProviderKind, Sandbox};

use crate::support::{Read, TWILIO, World, read};

fn field(answer: &Read) -> (u16, String) {
    assert!(answer.json["error"].is_string(), "{answer:?}");
    (
        answer.status.as_u16(),
        answer.json["field"].as_str().unwrap_or_default().to_owned(),
    )
}

fn plan(provider: &str, operation: &str, fault: &Value) -> Option<Value> {
    Some(json!({ "provider": provider, "operation": operation, "fault": fault }))
}

#[tokio::test]
async fn a_fault_is_planned_shown_and_taken_away() {
    let world = World::start().await;
    let fault = json!({ "kind": "status", "status": 503 });
    let planned = world
        .control(Method::POST, "/faults", plan("twilio", "list", &fault))
        .await;
    assert_eq!(planned.status, 201);
    assert_eq!(world.get("IncomingPhoneNumbers").await.status, 503);
    let shown = world.control(Method::GET, "/faults", None).await;
    let row = &shown.json["data"][0];
    assert_eq!(
        (&row["id"], &row["fired"], &row["operation"]),
        (&planned.json["id"], &1.into(), &"list".into())
    );
    let path = format!("/faults/{}", planned.text_of("id"));
    assert_eq!(world.control(Method::DELETE, &path, None).await.status, 204);
    assert_eq!(world.control(Method::DELETE, &path, None).await.status, 404);
    assert_eq!(world.get("IncomingPhoneNumbers").await.status, 200);
    world
        .control(Method::POST, "/faults", plan("twilio", "*", &fault))
        .await;
    assert_eq!(
        world.control(Method::DELETE, "/faults", None).await.status,
        204
    );
    assert_eq!(
        world.control(Method::GET, "/faults", None).await.json,
        json!({ "data": [] })
    );
}

#[tokio::test]
async fn a_bad_plan_names_the_field() {
    let world = World::start().await;
    let drop = json!({ "kind": "drop_after_commit" });
    let post =
        async |body: Option<Value>| field(&world.control(Method::POST, "/faults", body).await);
    assert_eq!(
        post(plan("vonage", "list", &drop)).await,
        (400, "provider".to_owned())
    );
    assert_eq!(
        post(plan("twilio", "teleport", &drop)).await,
        (400, "operation".to_owned())
    );
    assert_eq!(
        post(plan("twilio", "list", &json!({ "kind": "meteor" }))).await,
        (400, "fault.kind".to_owned())
    );
    assert_eq!(
        post(plan("twilio", "list", &json!({ "kind": "delay" }))).await,
        (400, "fault.ms".to_owned())
    );
    let odd = json!({ "kind": "status", "status": 99 });
    assert_eq!(
        post(plan("twilio", "list", &odd)).await,
        (400, "fault.status".to_owned())
    );
    for (name, value) in [
        ("probability", json!(1.5)),
        ("count", json!(-1)),
        ("surprise", json!(1)),
    ] {
        let mut body = plan("twilio", "list", &drop).unwrap();
        body[name] = value;
        assert_eq!(post(Some(body)).await, (400, name.to_owned()));
    }
    assert_eq!(
        post(Some(json!({ "provider": "twilio" }))).await,
        (400, "operation".to_owned())
    );
}

#[tokio::test]
async fn limits_and_stock_are_checked() {
    let world = World::start().await;
    let put = async |path: &str, body| world.control(Method::PUT, path, Some(body)).await;
    assert_eq!(
        put(
            "/twilio/limits",
            json!({ "per_second": 5, "retry_after": null })
        )
        .await
        .status,
        200
    );
    assert_eq!(
        world
            .control(Method::GET, "/twilio/limits", None)
            .await
            .json["per_second"],
        5
    );
    assert_eq!(
        field(&put("/twilio/limits", json!({ "per_hour": 5 })).await),
        (400, "per_hour".to_owned())
    );
    assert_eq!(
        field(&put("/twilio/limits", json!({ "concurrency": "x" })).await),
        (400, "concurrency".to_owned())
    );
    let stock = json!({ "country": "US", "area_code": "510", "count": 1000 });
    assert_eq!(
        put("/twilio/stock", stock).await.json,
        json!({ "on_sale": 1000 })
    );
    for (body, name) in [
        (json!({ "country": "XX", "count": 1 }), "country"),
        (
            json!({ "country": "GB", "area_code": "999", "count": 1 }),
            "area_code",
        ),
        (
            json!({ "country": "US", "type": "carrier_pigeon", "count": 1 }),
            "type",
        ),
        (
            json!({ "country": "US", "area_code": "415", "count": 100_000_000 }),
            "count",
        ),
        (json!({ "country": "US" }), "count"),
    ] {
        assert_eq!(
            field(&put("/twilio/stock", body).await),
            (400, name.to_owned())
        );
    }
    assert_eq!(
        put("/vonage/stock", json!({ "country": "US", "count": 1 }))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn the_ledger_is_served_as_json() {
    let world = World::start().await;
    let number = world.one("US/Local?AreaCode=415").await;
    world.buy(&number).await;
    let ledger = world
        .control(Method::GET, "/twilio/ledger", None)
        .await
        .json;
    assert_eq!(
        (
            &ledger["owned"][0]["number"],
            &ledger["owned"][0]["monthly_price"]
        ),
        (&number.into(), &"1.15".into())
    );
    assert_eq!(ledger["purchases"][0]["charged"], "1.15");
    assert_eq!(
        ledger["requests"],
        json!({ "purchase": 1, "search_available": 1 })
    );
    assert!(
        ledger["purchases"][0]["at"]
            .as_str()
            .unwrap()
            .ends_with('Z')
    );
}

#[tokio::test]
async fn a_verification_is_answered_over_the_control_port() {
    let world = World::start().await;
    let started = world
        .post("OutgoingCallerIds", &[("PhoneNumber", "+14155550190")])
        .await;
    let path = "/twilio/caller-ids/+14155550190";
    let code = world
        .control(Method::GET, &format!("{path}/code"), None)
        .await;
    assert_eq!(code.json["code"], started.json["validation_code"]);
    let bad = world
        .control(
            Method::POST,
            &format!("{path}/answer"),
            Some(json!({ "outcome": "maybe" })),
        )
        .await;
    assert_eq!(field(&bad), (400, "outcome".to_owned()));
    let answered = world
        .control(Method::POST, &format!("{path}/answer"), None)
        .await;
    assert_eq!(
        (answered.status.as_u16(), &answered.json["outcome"]),
        (200, &"verified".into())
    );
    assert_eq!(
        world
            .control(Method::GET, &format!("{path}/code"), None)
            .await
            .status,
        404
    );
    assert_eq!(
        world
            .control(Method::POST, &format!("{path}/answer"), None)
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_reset_restores_everything() {
    let world = World::start().await;
    let before = world.search("US/Local?AreaCode=415").await;
    let sid = world.buy_some(2).await.remove(0);
    world.delete(&format!("IncomingPhoneNumbers/{sid}")).await;
    world
        .control(
            Method::POST,
            "/faults",
            plan("twilio", "*", &json!({ "kind": "drop_before_commit" })),
        )
        .await;
    world
        .control(
            Method::PUT,
            "/twilio/limits",
            Some(json!({ "per_second": 1 })),
        )
        .await;
    assert_eq!(
        world.control(Method::POST, "/reset", None).await.status,
        204
    );
    assert_eq!(world.ledger(), Default::default());
    assert_eq!(world.search("US/Local?AreaCode=415").await, before);
    assert_eq!(world.get("IncomingPhoneNumbers").await.status, 200);
    assert!(world.sandbox.faults().is_empty());
}

#[tokio::test]
async fn control_port_rejects_browsers() {
    let world = World::start().await;
    let url = format!("{}/faults", world.sandbox.control_url());
    let foreign = [
        ("host", "evil.example"),
        ("origin", "http://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ];
    for (name, value) in foreign {
        let answer = read(
            world
                .http
                .get(&url)
                .header(name, value)
                .send()
                .await
                .unwrap(),
        )
        .await;
        assert_eq!(field(&answer).0, 403, "{name}: {value}");
    }
    let own = world
        .http
        .get(&url)
        .header("origin", world.sandbox.control_url())
        .send()
        .await
        .unwrap();
    assert_eq!(own.status(), 200);
    for kind in ["text/plain", "application/x-www-form-urlencoded", ""] {
        let answer = world
            .http
            .post(&url)
            .header("content-type", kind)
            .body("{}")
            .send()
            .await
            .unwrap();
        assert_eq!(field(&read(answer).await).0, 415, "{kind}");
    }
}

#[tokio::test]
async fn unknown_routes_and_methods_are_refused_in_json() {
    let world = World::start().await;
    assert_eq!(
        field(&world.control(Method::GET, "/nothing", None).await).0,
        404
    );
    assert_eq!(
        field(&world.control(Method::GET, "/vonage/ledger", None).await).0,
        404
    );
    assert_eq!(
        field(&world.control(Method::PUT, "/faults", Some(json!({}))).await).0,
        405
    );
}

#[tokio::test]
async fn requests_are_kept_as_they_came() {
    let world = World::start().await;
    world
        .post("IncomingPhoneNumbers", &[("PhoneNumber", "+15005550000")])
        .await;
    let request = world.sandbox.requests(TWILIO).remove(0);
    assert_eq!(
        (request.method.as_str(), &request.body[..]),
        ("POST", &b"PhoneNumber=%2B15005550000"[..])
    );
    assert!(request.path.ends_with("/IncomingPhoneNumbers.json") && request.query.is_empty());
    assert!(
        request
            .header("authorization")
            .unwrap()
            .starts_with("Basic ")
    );
    assert!(
        !format!("{request:?}").contains("Basic"),
        "credentials stay out of debug output"
    );
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = Sandbox::start(Options::on_ports(port - 1))
        .await
        .unwrap_err();
    assert_eq!(error.port(), u32::from(port));
    assert!(
        error.to_string().contains(&port.to_string()) && error.to_string().contains("twilio"),
        "{error}"
    );
    assert!(Sandbox::start(Options::on_ports(u16::MAX)).await.is_err());
}

#[tokio::test]
async fn a_stopped_sandbox_listens_no_more() {
    let world = World::start().await;
    let url = world.sandbox.url(ProviderKind::Twilio).to_owned();
    world.sandbox.shutdown().await;
    assert!(world.http.get(url).send().await.unwrap_err().is_connect());
}
