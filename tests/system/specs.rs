//! The check against OpenAPI documents finds what it is there to find.

use std::path::Path;

use serde_json::{Value, json};
use trunkline_sandbox::{ProviderKind, Sandbox};
use trunkline_tests::specs::{Place, check};

/// A document with one thing of each kind.
fn document() -> Value {
    json!({
        "openapi": "3.0.3",
        "servers": [{"url": "https://{space}.example.com/v1"}],
        "paths": {
            "/numbers/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}}],
                "put": {
                    "operationId": "update",
                    "parameters": [
                        {"name": "shared", "in": "query", "required": true, "schema": {"type": "boolean"}},
                        {"name": "sort", "in": "query", "schema": {"type": "string", "enum": ["name", "number"]}},
                    ],
                    "requestBody": {"required": true, "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Number"}},
                        "application/x-www-form-urlencoded": {"schema": {"$ref": "#/components/schemas/Number"}},
                    }},
                    "responses": {
                        "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Number"}}}},
                        "204": {},
                    },
                },
            },
            "/numbers/main": {"put": {"operationId": "set_main", "responses": {}}},
        },
        "components": {"schemas": {"Number": {
            "type": "object",
            "required": ["id", "priority"],
            "properties": {
                "id": {"type": "integer", "readOnly": true},
                "name": {"type": "string", "nullable": true},
                "priority": {"type": "integer", "minimum": 1},
            },
        }}},
    })
}

fn fixture() -> Value {
    json!({
        "exchanges": [{
            "request": {
                "method": "PUT",
                "path": "/v1/numbers/7",
                "query": {"shared": "true"},
                "body": {"name": null, "priority": 2},
            },
            "response": {"status": 200, "body": {"id": 7, "name": null, "priority": 2, "new": "member"}},
        }],
        "expect": {"ok": {}},
    })
}

fn write(directory: &Path, fixture: &Value) {
    let directory = directory.join("update");
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("case.json"), fixture.to_string()).unwrap();
}

/// What is said about a fixture; nothing if it passes.
async fn said(document: &Value, fixture: &Value) -> String {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), fixture);
    let document = document.to_string();
    let report = check(ProviderKind::Wazo, &document, directory.path(), None);
    let report = report.await.unwrap();
    let said = report.to_string();
    assert_eq!(said.contains("failures: 0"), report.passed(), "{said}");
    if report.passed() { String::new() } else { said }
}

/// The fixture with one member of its exchange replaced.
async fn changed(pointer: &str, value: Value) -> String {
    let mut fixture = fixture();
    *fixture["exchanges"][0].pointer_mut(pointer).unwrap() = value;
    said(&document(), &fixture).await
}

#[tokio::test]
async fn documented_shapes_pass() {
    assert_eq!(said(&document(), &fixture()).await, "");
}

/// Checks that each change leads to a line that says so.
async fn each_is_named(cases: impl IntoIterator<Item = (&str, Value, &str)>) {
    for (pointer, value, wanted) in cases {
        let said = changed(pointer, value.clone()).await;
        assert!(said.contains(wanted), "{value}: {wanted}: {said}");
    }
}

#[tokio::test]
async fn a_path_or_query_that_is_not_as_documented_is_named_with_its_place() {
    let path = |path: &str| json!(format!("/v1/{path}"));
    let query = |name: &str, value: &str| json!({"shared": "true", name: value});
    each_is_named([
        (
            "/request/path",
            path("lines/7"),
            "PUT /v1/lines/7: /request/path: it is no operation",
        ),
        (
            "/request/path",
            path("numbers/a"),
            "update: /request/path/id: it is not of type \"integer\"",
        ),
        (
            "/request/query",
            json!({}),
            "/request/query/shared: it is required",
        ),
        (
            "/request/query",
            query("shared", "yes"),
            "/request/query/shared: it is not of type \"boolean\"",
        ),
        (
            "/request/query",
            query("sort", "age"),
            "/request/query/sort: it is not one of",
        ),
        (
            "/request/query",
            query("limit", "5"),
            "/request/query/limit: it is no parameter",
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_body_that_is_not_as_documented_is_named_with_its_place() {
    each_is_named([
        ("/request/body", Value::Null, "body: it is required"),
        (
            "/request/body",
            json!({"priority": 0}),
            "body/priority: it is less than the minimum of 1",
        ),
        (
            "/request/body",
            json!({"name": "a"}),
            "body/priority: it is required",
        ),
        (
            "/request/body",
            json!({"priority": 1, "id": 7}),
            "body/id: it is read-only",
        ),
        (
            "/request/body",
            json!({"priority": 1, "nmae": "a"}),
            "body/nmae: it is no member",
        ),
        (
            "/request/body",
            json!("priority=1&name=2&id=7"),
            "body/id: it is read-only",
        ),
    ])
    .await;
}

#[tokio::test]
async fn values_of_a_form_are_of_the_types_of_the_schema() {
    assert_eq!(
        changed("/request/body", json!("priority=1&name=2")).await,
        ""
    );
}

#[tokio::test]
async fn the_literal_path_goes_before_the_one_with_a_parameter() {
    let said = changed("/request/path", json!("/v1/numbers/main")).await;
    assert!(
        said.contains("set_main: /request/body: there is none"),
        "{said}"
    );
}

#[tokio::test]
async fn an_answer_that_is_not_as_documented_is_named_with_its_place() {
    let answer = |body: Value| json!({"status": 200, "body": body});
    let null = answer(json!({"id": 1, "priority": null}));
    each_is_named([
        (
            "/response",
            answer(json!({"priority": 2})),
            "body/id: it is required",
        ),
        (
            "/response",
            null,
            "body/priority: it is not of type \"integer\"",
        ),
        ("/response", answer(Value::Null), "body: it is required"),
        (
            "/response",
            answer(json!("<html>")),
            "content-type: it is not application/json with status 200",
        ),
        (
            "/response",
            json!({"status": 204, "body": {}}),
            "body: there is none with status 204",
        ),
    ])
    .await;
}

#[tokio::test]
async fn answer_without_an_expected_body_is_not_read() {
    let mut fixture = fixture();
    fixture["exchanges"][0]["response"]["body"] = json!({"id": "seven"});
    fixture["expect"] = json!({"error": {"kind": "protocol"}});
    assert_eq!(said(&document(), &fixture).await, "");
}

#[tokio::test]
async fn a_document_of_version_2_is_read_as_one_of_version_3() {
    let document = json!({
        "swagger": "2.0",
        "basePath": "/v1",
        "parameters": {"shared": {"name": "shared", "in": "query", "type": "boolean"}},
        "paths": {"/numbers/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": true, "type": "integer"}],
            "put": {
                "parameters": [
                    {"$ref": "#/parameters/shared"},
                    {"name": "body", "in": "body", "schema": {"$ref": "#/definitions/Number"}},
                ],
                "responses": {"200": {"schema": {"$ref": "#/definitions/Number"}}},
            },
        }},
        "definitions": {"Number": {"properties": {
            "name": {"type": "string", "x-nullable": true},
            "priority": {"type": "integer"},
        }}},
    });
    assert_eq!(said(&document, &fixture()).await, "");
    let mut fixture = fixture();
    fixture["exchanges"][0]["request"]["query"]["shared"] = json!("perhaps");
    fixture["exchanges"][0]["response"]["body"]["priority"] = json!("high");
    let said = said(&document, &fixture).await;
    assert!(
        said.contains("PUT /numbers/{id}: /request/query/shared"),
        "{said}"
    );
    assert!(
        said.contains("PUT /numbers/{id}: /response/body/priority"),
        "{said}"
    );
}

#[tokio::test]
async fn answers_of_a_fake_are_checked_too() {
    let sandbox = Sandbox::start_default().await.unwrap();
    let balance = "/2010-04-01/Accounts/{account}/Balance.json";
    let document = json!({
        "openapi": "3.1.0",
        "paths": {balance: {"get": {
            "operationId": "balance",
            "parameters": [{"name": "account", "in": "path", "required": true}],
            "responses": {"2XX": {"content": {"application/json": {"schema": {
                "properties": {"balance": {"type": "number"}},
            }}}}},
        }}},
    });
    let directory = tempfile::tempdir().unwrap();
    let account = balance.replace("{account}", "AC5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e");
    let exchange = json!({
        "request": {"method": "GET", "path": account},
        "response": {"status": 200, "body": {"balance": 1}},
    });
    write(directory.path(), &json!({"exchanges": [exchange]}));
    let place = Place {
        url: sandbox.url(ProviderKind::Twilio),
        control_url: sandbox.control_url(),
    };
    let document = document.to_string();
    let report = check(
        ProviderKind::Twilio,
        &document,
        directory.path(),
        Some(place),
    );
    let said = report.await.unwrap().to_string();
    let wanted = "fake: balance: /response/body/balance: it is not of type \"number\"";
    assert!(said.contains(wanted), "{said}");
    assert!(!said.contains("fixtures: balance"), "{said}");
}
