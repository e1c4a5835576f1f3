//! What the carrier calls back when a verification call has ended.

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Uri};
use base64::Engine;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::StatusCode;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;
use trunkline_sandbox::CallOutcome;

use crate::support::{TWILIO, World};

type Heard = (Method, Uri, HeaderMap, String);

const NUMBER: &str = "+14155550180";

/// Listens for callbacks; returns its address.
async fn listen() -> (String, mpsc::UnboundedReceiver<Heard>) {
    async fn hear(
        State(heard): State<mpsc::UnboundedSender<Heard>>,
        request: Request,
    ) -> StatusCode {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, 10_000).await.unwrap().to_vec();
        let body = String::from_utf8(body).unwrap();
        heard
            .send((parts.method, parts.uri, parts.headers, body))
            .unwrap();
        StatusCode::NO_CONTENT
    }
    let (sender, receiver) = mpsc::unbounded_channel();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().fallback(hear).with_state(sender);
    TaskTracker::new().spawn(async move { axum::serve(listener, app).await });
    (address, receiver)
}

fn signature(text: &str) -> String {
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(b"sandbox").unwrap();
    mac.update(text.as_bytes());
    base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes())
}

#[tokio::test]
async fn success_is_posted_as_a_signed_form() {
    let world = World::start().await;
    let (address, mut heard) = listen().await;
    let url = format!("{address}/cb?token=t");
    let started = world
        .post(
            "OutgoingCallerIds",
            &[("PhoneNumber", NUMBER), ("StatusCallback", &url)],
        )
        .await;
    let report = world
        .sandbox
        .answer_caller_id(TWILIO, NUMBER, CallOutcome::Verified)
        .await
        .unwrap();
    assert_eq!(report.callback.unwrap().status, Some(204));
    let (method, uri, headers, body) = heard.recv().await.unwrap();
    assert_eq!(
        (method, uri.to_string()),
        (Method::POST, "/cb?token=t".to_owned())
    );
    let mut form: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect();
    form.sort();
    let value = |name: &str| {
        form.iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.clone())
    };
    assert_eq!(value("VerificationStatus").as_deref(), Some("success"));
    assert_eq!(value("CallSid"), Some(started.text_of("call_sid")));
    assert_eq!(value("OutgoingCallerIdSid"), report.caller_id);
    assert_eq!(value("To").as_deref(), Some(NUMBER));
    let signed = form
        .iter()
        .fold(url, |text, (name, value)| format!("{text}{name}{value}"));
    assert_eq!(
        headers["x-twilio-signature"].to_str().unwrap(),
        signature(&signed)
    );
}

#[tokio::test]
async fn failure_callback_uses_get_when_requested() {
    let world = World::start().await;
    let (address, mut heard) = listen().await;
    let url = format!("{address}/cb");
    let form = [
        ("PhoneNumber", NUMBER),
        ("StatusCallback", &url),
        ("StatusCallbackMethod", "GET"),
    ];
    world.post("OutgoingCallerIds", &form).await;
    world
        .sandbox
        .answer_caller_id(TWILIO, NUMBER, CallOutcome::NoAnswer)
        .await
        .unwrap();
    let (method, uri, headers, body) = heard.recv().await.unwrap();
    assert_eq!((method, &*body), (Method::GET, ""));
    let query = uri.query().unwrap();
    assert!(
        query.contains("VerificationStatus=failed") && query.contains("CallStatus=no-answer"),
        "{query}"
    );
    assert!(!query.contains("OutgoingCallerIdSid"));
    assert_eq!(
        headers["x-twilio-signature"].to_str().unwrap(),
        signature(&format!("{address}{uri}"))
    );
}

#[tokio::test]
async fn undeliverable_callback_is_reported() {
    let world = World::start().await;
    let form = [
        ("PhoneNumber", NUMBER),
        ("StatusCallback", "http://127.0.0.1:1/cb"),
    ];
    world.post("OutgoingCallerIds", &form).await;
    let report = world
        .sandbox
        .answer_caller_id(TWILIO, NUMBER, CallOutcome::Verified)
        .await
        .unwrap();
    assert!(report.callback.unwrap().error.is_some());
    assert!(
        report.caller_id.is_some(),
        "the caller ID is there all the same"
    );
}
