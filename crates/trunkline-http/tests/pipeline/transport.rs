use http::HeaderMap;
use trunkline_core::{Effect, ErrorKind, Operation};
use trunkline_http::{ApiRequest, Body, HttpClient, Profile};

use crate::harness::*;

/// `{"sid":"PN1"}`, compressed.
const GZIPPED: &[u8] = &[
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 42, 206, 76, 81, 178, 82, 10, 240, 51, 84, 170, 5, 0,
    235, 20, 173, 255, 13, 0, 0, 0,
];

#[tokio::test]
async fn a_request_is_sent_as_it_was_described() {
    let server = server([status(201)]).await;
    let mut headers = HeaderMap::new();
    headers.insert("x-tenant", "t1".parse().unwrap());
    let profile = Profile {
        headers,
        ..profile(&format!("{}/2010-04-01", server.uri()))
    };
    let request = purchase().query("Beta", "true & +");
    HttpClient::new(profile)
        .unwrap()
        .send(request)
        .await
        .unwrap();
    let sent = &server.received_requests().await.unwrap()[0];
    assert_eq!(sent.method, "POST");
    assert_eq!(sent.url.path(), "/2010-04-01/numbers");
    assert_eq!(sent.url.query(), Some("Beta=true+%26+%2B"));
    assert_eq!(sent.body, b"PhoneNumber=%2B14155550100");
    let header = |name: &str| sent.headers[name].to_str().unwrap();
    assert_eq!(header("content-type"), "application/x-www-form-urlencoded");
    assert_eq!(
        header("authorization"),
        "Basic QUMxOnMzY3JldC10b2tlbi0wMTIz"
    );
    assert_eq!(header("x-tenant"), "t1");
    assert_eq!(
        header("user-agent"),
        concat!("trunkline/", env!("CARGO_PKG_VERSION"))
    );
}

#[tokio::test]
async fn json_is_sent_as_json() {
    let server = server([status(200)]).await;
    let mut request = ApiRequest::put(Operation::Update, "/numbers/PN1");
    request.body = Body::Json(b"{}".to_vec());
    client(&server.uri()).send(request).await.unwrap();
    let sent = &server.received_requests().await.unwrap()[0];
    assert_eq!(sent.headers["content-type"], "application/json");
    assert_eq!(sent.body, b"{}");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let target = server([status(200)]).await;
    let server = server([status(302).insert_header("Location", target.uri())]).await;
    let error = client(&server.uri()).send(read()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert_eq!((received(&server).await, received(&target).await), (1, 0));
}

#[tokio::test]
async fn a_compressed_answer_is_read() {
    let answer = status(200)
        .insert_header("Content-Encoding", "gzip")
        .set_body_bytes(GZIPPED);
    let server = server([answer]).await;
    let response = client(&server.uri()).send(read()).await.unwrap();
    assert_eq!(&response.body[..], br#"{"sid":"PN1"}"#);
}

#[tokio::test]
async fn an_oversized_answer_is_a_protocol_error() {
    let server = server([status(200).set_body_bytes(vec![b' '; (16 << 20) + 1])]).await;
    let client = client(&server.uri());
    let error = client.send(read()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Protocol, Effect::None)
    );
    let error = client.send(purchase()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Protocol, Effect::Unknown)
    );
    assert_eq!(received(&server).await, 2);
}

#[tokio::test]
async fn plain_http_to_another_host_must_be_allowed() {
    let elsewhere = profile("http://192.0.2.1/");
    let error = HttpClient::new(elsewhere.clone()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let allowed = Profile {
        allow_http: true,
        ..elsewhere
    };
    assert!(HttpClient::new(allowed).is_ok());
}

#[tokio::test]
async fn a_burst_without_a_rate_is_a_configuration_error() {
    let mut profile = profile("http://127.0.0.1/");
    profile.limits.burst = Some(5.try_into().unwrap());
    let error = HttpClient::new(profile).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[tokio::test]
async fn a_purchase_without_a_trusted_connection_was_never_sent() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("https://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let _ = std::io::Write::write_all(&mut stream, b"this is not TLS");
        }
    });
    let error = client(&base).send(purchase()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::UpstreamUnavailable, Effect::None)
    );
}
