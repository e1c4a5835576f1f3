//! Carriers that call back to say how a verification call went.

use axum::http::StatusCode;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use trunkline_core::Tenant;
use trunkline_core::host;
use trunkline_engine::journal::CallerIdRecord;
use trunkline_gateway::Settings;
use trunkline_sandbox::{CallOutcome, ProviderKind, credentials};

use crate::{AUTH_TOKEN, Answer, Gateway, keyless, request};

const NUMBER: &str = "+14155550177";
const PATH: &str = "/v1/caller-ids/twilio:%2B14155550177";

/// The fakes send over plain http only: what they would send here is told and does not arrive.
const PUBLIC: &str = "https://numbers.example.com/gw";

async fn gateway(public_url: &str) -> Gateway {
    let settings = Settings {
        public_url: Some(public_url.parse().unwrap()),
        ..keyless()
    };
    // Who is reached by a public name lets nobody in without a key.
    Gateway::start().await.with_settings(settings).keyed().await
}

async fn start(gateway: &Gateway, body: Value) -> Value {
    let body = body.to_string();
    let started = gateway.call("POST", "/v1/caller-ids", &body).await;
    assert_eq!(started.status, StatusCode::CREATED, "{}", started.text);
    started.json()
}

async fn start_plain(gateway: &Gateway) -> Value {
    start(gateway, json!({"account": "twilio", "number": NUMBER})).await
}

/// Ends the call; answers the address that Twilio was given, if any.
async fn hang_up(gateway: &Gateway, outcome: CallOutcome) -> Option<String> {
    let twilio = ProviderKind::Twilio;
    let report = gateway.sandbox.answer_caller_id(twilio, NUMBER, outcome);
    Some(report.await.unwrap().callback?.url)
}

fn sign(token: &str, url: &str, form: &[(String, String)]) -> String {
    let mut sorted = form.to_vec();
    sorted.sort();
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(token.as_bytes()).unwrap();
    mac.update(url.as_bytes());
    for (name, value) in sorted {
        mac.update(format!("{name}{value}").as_bytes());
    }
    base64::Engine::encode(
        &base64::prelude::BASE64_STANDARD,
        mac.finalize().into_bytes(),
    )
}

/// A callback as Twilio sends it, to be changed.
#[derive(Clone)]
struct Sent {
    url: String,
    form: Vec<(String, String)>,
    signed: Option<String>,
    token: &'static str,
}

impl Sent {
    fn new(url: &str, call: &str, status: &str) -> Self {
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let form = [
            ("CallSid", call),
            ("AccountSid", credentials::TWILIO_ACCOUNT_SID),
            ("To", NUMBER),
            ("From", "+14155550199"),
            ("CallStatus", "completed"),
            ("VerificationStatus", status),
        ];
        Self {
            url: url.to_owned(),
            form: form.map(own).to_vec(),
            signed: None,
            token: AUTH_TOKEN,
        }
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.form.retain(|(other, _)| other != name);
        self.form.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What was changed up to now is signed, what comes after is not.
    fn signed(mut self) -> Self {
        self.signed = Some(sign(self.token, &self.url, &self.form));
        self
    }

    /// Comes in at this gateway, through a proxy that leaves out what is its own of the path.
    async fn arrive(self, gateway: &Gateway) -> Answer {
        let path = self.url.strip_prefix(PUBLIC).unwrap();
        let signature = match &self.signed {
            Some(signature) => signature.clone(),
            None => sign(self.token, &self.url, &self.form),
        };
        let mut form = form_urlencoded::Serializer::new(String::new());
        let body = form.extend_pairs(&self.form).finish();
        let mut sent = request("POST", path, &[("x-twilio-signature", &signature)], &body);
        let headers = sent.headers_mut();
        headers.insert("host", "numbers.example.com".parse().unwrap());
        let form = "application/x-www-form-urlencoded; charset=UTF-8";
        headers.insert("content-type", form.parse().unwrap());
        gateway.send(sent).await
    }
}

/// A proof under way, and the callback that will end it.
async fn under_way(gateway: &Gateway) -> Sent {
    start_plain(gateway).await;
    let url = hang_up(gateway, CallOutcome::Verified).await.unwrap();
    let started = record(gateway).await;
    let data: Value = serde_json::from_str(started.caller_id.provider_data.as_json()).unwrap();
    Sent::new(&url, data["call_sid"].as_str().unwrap(), "success")
}

async fn record(gateway: &Gateway) -> CallerIdRecord {
    let id = format!("twilio:{NUMBER}");
    gateway
        .services
        .engine
        .store
        .caller_id(&id)
        .await
        .unwrap()
        .unwrap()
}

async fn is_open(gateway: &Gateway) -> bool {
    let tenant = Tenant::default();
    let open = gateway.services.engine.store.open_caller_ids(&tenant);
    !open.await.unwrap().is_empty()
}

fn status_and_kind(answer: &Answer) -> (u16, Value) {
    (answer.status.as_u16(), answer.json()["kind"].clone())
}

#[tokio::test]
async fn signed_callback_decides_the_verification() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let public = format!("http://{}", listener.local_addr().unwrap());
    let gateway = gateway(&public).await;
    let app = gateway.app.clone();
    let tasks = gateway.services.engine.purchases.tasks().clone();
    tasks.spawn(async move { axum::serve(listener, app).await });
    for (outcome, told) in [
        (CallOutcome::NoAnswer, "failed"),
        (CallOutcome::Failed, "failed"),
        (CallOutcome::Verified, "verified"),
    ] {
        let started = start_plain(&gateway).await;
        assert_eq!(started["status_callback"], Value::Null, "{started}");
        let twilio = ProviderKind::Twilio;
        let report = gateway.sandbox.answer_caller_id(twilio, NUMBER, outcome);
        let told_here = report.await.unwrap().callback.unwrap();
        assert_eq!(told_here.status, Some(204), "{told_here:?}");
        let open = is_open(&gateway).await;
        assert_eq!(open, told == "failed", "what failed is kept and shown");
        let shown = gateway.get(PATH).await.json();
        assert_eq!(shown["state"], told, "{shown}");
        assert_eq!(shown["validation_code"], Value::Null);
    }
}

#[tokio::test]
async fn callback_is_accepted_once_at_the_public_url() {
    let gateway = gateway(PUBLIC).await;
    let sent = under_way(&gateway).await;
    assert!(
        sent.url
            .starts_with(&format!("{PUBLIC}/v1/callbacks/twilio/cb_"))
    );
    assert!(is_open(&gateway).await);
    let taken = sent.clone().arrive(&gateway).await;
    assert_eq!(taken.status, StatusCode::NO_CONTENT, "{}", taken.text);
    assert!(!is_open(&gateway).await, "the carrier shows it from now on");
    let again = sent.arrive(&gateway).await;
    assert_eq!(
        status_and_kind(&again),
        (404, json!("not_found")),
        "{}",
        again.text
    );
}

#[tokio::test]
async fn reported_failure_cannot_be_reported_again_or_reversed() {
    let gateway = gateway(PUBLIC).await;
    let sent = under_way(&gateway).await;
    let failed = sent.clone().with("VerificationStatus", "failed");
    assert_eq!(
        failed.clone().arrive(&gateway).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(failed.arrive(&gateway).await.status, StatusCode::NOT_FOUND);
    assert_eq!(sent.arrive(&gateway).await.status, StatusCode::NOT_FOUND);
    let kept = record(&gateway).await;
    assert_eq!(
        (kept.callback_token, kept.caller_id.validation_code),
        (None, None)
    );
}

#[tokio::test]
async fn two_simultaneous_callbacks_end_the_verification_once() {
    let gateway = gateway(PUBLIC).await;
    let sent = under_way(&gateway).await;
    let (one, other) = tokio::join!(sent.clone().arrive(&gateway), sent.arrive(&gateway));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 404]);
}

#[tokio::test]
async fn forged_callback_is_refused_and_changes_nothing() {
    let gateway = gateway(PUBLIC).await;
    let sent = under_way(&gateway).await;
    let mut other_key = sent.clone();
    other_key.token = "another token";
    let mut unsigned = sent.clone();
    unsigned.signed = Some(String::new());
    let mut other_address = sent.clone().signed();
    other_address.url.push_str("?a=1");
    let mut longer = sent.clone().signed();
    longer.form.push(("Extra".into(), "1".into()));
    let status = sent.clone().with("VerificationStatus", "failed").signed();
    for (what, forged) in [
        ("another key", other_key),
        ("no signature", unsigned),
        ("another address", other_address),
        ("one more parameter", longer),
        (
            "another outcome",
            status.with("VerificationStatus", "success"),
        ),
        (
            "another number",
            sent.clone().signed().with("To", "+14155550178"),
        ),
        (
            "another account",
            sent.clone()
                .with("AccountSid", "AC11111111111111111111111111111111"),
        ),
    ] {
        let answer = forged.arrive(&gateway).await;
        assert_eq!(
            status_and_kind(&answer),
            (403, json!("permission_denied")),
            "{what}"
        );
    }
    for (what, status, odd) in [
        ("another call", 409, sent.clone().with("CallSid", "CA1")),
        (
            "another number",
            409,
            sent.clone().with("To", "+14155550178"),
        ),
        (
            "no outcome",
            400,
            sent.clone().with("VerificationStatus", "maybe"),
        ),
    ] {
        assert_eq!(odd.arrive(&gateway).await.status, status, "{what}, signed");
    }
    assert!(is_open(&gateway).await);
    assert_eq!(sent.arrive(&gateway).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn callback_at_an_unknown_address_is_not_found() {
    let gateway = gateway(PUBLIC).await;
    let sent = under_way(&gateway).await;
    let token = sent.url.rsplit('/').next().unwrap().to_owned();
    let mut altered = token.clone().into_bytes();
    altered[40] = if altered[40] == b'A' { b'B' } else { b'A' };
    let altered = String::from_utf8(altered).unwrap();
    let unsealed = token.replace("cb_", "");
    for (account, token) in [
        ("twilio", altered.as_str()),
        ("twilio", &unsealed),
        ("twilio", "cb_"),
        ("twilio", "x"),
        ("twilio", "%ff"),
        ("other", &token),
    ] {
        let mut odd = sent.clone();
        odd.url = format!("{PUBLIC}/v1/callbacks/{account}/{token}");
        let answer = odd.arrive(&gateway).await;
        let problem = answer.json();
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{account} {token}");
        assert_eq!(problem["detail"], "no callback is awaited here");
    }
}

#[tokio::test]
async fn second_call_invalidates_the_callback_of_the_first() {
    let gateway = gateway(PUBLIC).await;
    let first = under_way(&gateway).await;
    gateway.call("DELETE", PATH, "").await;
    let second = under_way(&gateway).await;
    assert_ne!(first.url, second.url);
    assert_eq!(first.arrive(&gateway).await.status, StatusCode::NOT_FOUND);
    assert_eq!(second.arrive(&gateway).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn callback_accepts_only_a_small_form() {
    let gateway = gateway(PUBLIC).await;
    let sent = under_way(&gateway).await;
    let path = sent.url.strip_prefix(PUBLIC).unwrap().to_owned();
    let json = gateway.call("POST", &path, "{}").await;
    assert_eq!(json.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let huge = sent.clone().with("Extra", &"x".repeat(70_000));
    assert_eq!(
        huge.arrive(&gateway).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    assert_eq!(
        gateway.get(&path).await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
    let mut elsewhere = request("POST", "/v1/caller-ids", &[], "account=twilio");
    let form = "application/x-www-form-urlencoded".parse().unwrap();
    elsewhere.headers_mut().insert("content-type", form);
    let elsewhere = gateway.send(elsewhere);
    assert_eq!(elsewhere.await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn status_callback_of_the_caller_replaces_ours_and_the_carrier_is_asked() {
    let gateway = gateway(PUBLIC).await;
    let own = "https://crm.example.com/calls";
    let body = json!({"account": "twilio", "number": NUMBER, "status_callback": own});
    let started = start(&gateway, body).await;
    assert_eq!(started["status_callback"], own);
    let told = hang_up(&gateway, CallOutcome::Verified).await;
    assert_eq!(told.as_deref(), Some(own));
    gateway.services.engine.caller_ids.poll().await.unwrap();
    assert!(!is_open(&gateway).await, "asked, and verified");
}

#[tokio::test]
async fn without_a_public_url_the_carrier_is_asked_until_expiry() {
    let gateway = Gateway::start().await;
    start_plain(&gateway).await;
    gateway.services.engine.caller_ids.poll().await.unwrap();
    let mut open = record(&gateway).await;
    assert!(open.callback_token.is_none());
    open.expires_at = host::now();
    gateway
        .services
        .engine
        .store
        .keep_caller_id(&open, None)
        .await
        .unwrap();
    assert_eq!(hang_up(&gateway, CallOutcome::NoAnswer).await, None);
    gateway.services.engine.caller_ids.poll().await.unwrap();
    let asked = |gateway: &Gateway| gateway.ledger().requests["list_caller_ids"];
    let before = asked(&gateway);
    gateway.services.engine.caller_ids.poll().await.unwrap();
    assert_eq!(
        asked(&gateway),
        before,
        "what is over is not asked about again"
    );
    assert_eq!(gateway.get(PATH).await.json()["state"], "expired");
}

#[tokio::test]
async fn lost_callback_is_replaced_by_asking_at_expiry() {
    let gateway = gateway(PUBLIC).await;
    under_way(&gateway).await;
    gateway.services.engine.caller_ids.poll().await.unwrap();
    assert!(is_open(&gateway).await, "whoever is told does not ask");
    let mut open = record(&gateway).await;
    open.expires_at = host::now();
    gateway
        .services
        .engine
        .store
        .keep_caller_id(&open, None)
        .await
        .unwrap();
    gateway.services.engine.caller_ids.poll().await.unwrap();
    assert!(!is_open(&gateway).await);
}

#[tokio::test]
async fn account_with_an_api_key_asks_the_carrier_instead_of_callbacks() {
    let key = "SK00000000000000000000000000000000";
    let text = json!({
        "account_sid": credentials::TWILIO_ACCOUNT_SID,
        "api_key_sid": key,
        "api_key_secret": "secret",
        "base_url": "http://127.0.0.1:1",
    });
    let config: trunkline_twilio::TwilioConfig = serde_json::from_value(text).unwrap();
    let vault = std::sync::Arc::new(trunkline_core::vault::MemoryVault::default());
    let account = trunkline_twilio::Twilio::configured("twilio", config);
    let entry = account.entry(vault).unwrap();
    assert!(!entry.provider.checks_callbacks());
}
