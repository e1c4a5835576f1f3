//! Answers are compressed for clients that ask for it.

use axum::http::StatusCode;

use crate::{Gateway, request};

const SEARCH: &str = "/v1/available-numbers?country=US&area_code=415&limit=20";

/// The encoding of an answer, and its first bytes if it has any.
async fn encoding(gateway: &Gateway, method: &str, path: &str, headers: &[(&str, &str)]) -> String {
    let answer = gateway.send(request(method, path, headers, "")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.header("content-encoding").to_owned()
}

#[tokio::test]
async fn large_answers_are_compressed_for_clients_that_accept_it() {
    let gateway = Gateway::start().await;
    let gzip = ("accept-encoding", "gzip, br");
    for path in [SEARCH, "/openapi.json"] {
        assert_eq!(
            encoding(&gateway, "GET", path, &[gzip]).await,
            "gzip",
            "{path}"
        );
        assert_eq!(encoding(&gateway, "GET", path, &[]).await, "", "{path}");
        let refused = [("accept-encoding", "gzip;q=0")];
        assert_eq!(
            encoding(&gateway, "GET", path, &refused).await,
            "",
            "{path}"
        );
    }
    let plain = gateway.get("/openapi.json").await.text;
    let answer = gateway
        .send(request("GET", "/openapi.json", &[gzip], ""))
        .await;
    assert!(answer.text.len() < plain.len() / 2);
    assert!(answer.header("vary").contains("accept-encoding"));
}

#[tokio::test]
async fn small_and_streamed_answers_are_sent_as_they_are() {
    let gateway = Gateway::start().await;
    let gzip = ("accept-encoding", "gzip");
    assert_eq!(encoding(&gateway, "GET", "/v1/session", &[gzip]).await, "");
    assert_eq!(
        encoding(&gateway, "HEAD", "/openapi.json", &[gzip]).await,
        ""
    );
    let lines = [gzip, ("accept", "application/x-ndjson")];
    assert_eq!(encoding(&gateway, "GET", SEARCH, &lines).await, "");
}

#[tokio::test]
async fn document_that_the_client_has_is_not_sent_again() {
    let gateway = Gateway::start().await;
    let first = gateway.get("/openapi.json").await;
    let known = [("if-none-match", first.header("etag"))];
    let again = gateway
        .send(request("GET", "/openapi.json", &known, ""))
        .await;
    assert_eq!(
        (again.status, again.text.as_str()),
        (StatusCode::NOT_MODIFIED, "")
    );
    let other = [("if-none-match", "\"other\"")];
    let other = gateway
        .send(request("GET", "/openapi.json", &other, ""))
        .await;
    assert_eq!(other.status, StatusCode::OK);
}
