//! No secret reaches a log, an error, `Debug` or the metrics.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};

use base64::Engine;
use serde_json::json;
use tracing_subscriber::util::SubscriberInitExt;
use trunkline::http::AdapterConfig;
use trunkline_admin::Services;
use trunkline_admin::Stores;
use trunkline_core::vault::MemoryVault;
use trunkline_core::{AccountEntry, Registry};
use trunkline_engine::Timing;
use trunkline_engine::seal::Sealer;
use trunkline_gateway::{AppState, router};
use trunkline_sandbox::{Fault, FaultPlan, ProviderKind, Sandbox, credentials};
use trunkline_twilio::TwilioConfig;

use crate::{Gateway, keyless};

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

const CANARY: &str = "canary5ecret5ecret5ecret5ecret00";

/// A gateway whose account has a secret that its carrier does not accept; what its parts show of themselves is in `said`.
async fn with_canary(said: &mut String) -> Gateway {
    let sandbox = Sandbox::start_default().await.unwrap();
    let config = TwilioConfig::new(credentials::TWILIO_ACCOUNT_SID, CANARY.into())
        .with_base_url(sandbox.url(ProviderKind::Twilio));
    let vault = Arc::new(MemoryVault::default());
    let twilio = config.adapter("twilio".parse().unwrap(), vault).unwrap();
    said.push_str(&format!("{config:?} {twilio:?}"));
    let mut registry = Registry::default();
    registry.insert(AccountEntry::new(twilio)).unwrap();
    let services = Services::new(
        registry,
        Stores::memory(),
        Sealer::new(CANARY.as_bytes()),
        Timing::default(),
    );
    said.push_str(&format!("{services:?}"));
    let state = AppState::new(services.clone(), keyless(), Vec::new());
    Gateway {
        app: router(state.clone()),
        services,
        state,
        sandbox,
        token: None,
    }
}

#[tokio::test]
async fn log_of_a_failure_masks_numbers() {
    let sink = Sink::default();
    let made = sink.clone();
    let logs = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::INFO)
        .with_writer(move || made.clone())
        .set_default();
    let gateway = with_canary(&mut String::new()).await;
    gateway.get("/v1/numbers/+14155550100").await;
    drop(logs);
    let logged = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("+*******0100"), "{logged}");
    assert!(!logged.contains("4155550100"), "{logged}");
}

/// Everything the gateway says while it is used with a secret.
#[tokio::test]
async fn no_secret_is_in_any_log_error_debug_or_metric() {
    let sink = Sink::default();
    let made = sink.clone();
    let logs = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || made.clone())
        .set_default();
    let mut said = String::new();
    let gateway = with_canary(&mut said).await;
    // A carrier that echoes what it was sent.
    let echo = json!({"code": 20003, "message": format!("bad token {CANARY}"), "status": 401});
    let fault = Fault::Status {
        status: 401,
        headers: BTreeMap::default(),
        body: Some(echo),
    };
    gateway
        .sandbox
        .inject(FaultPlan::once(ProviderKind::Twilio, "list", fault))
        .unwrap();
    let search = "/v1/available-numbers?country=US";
    for path in [
        "/v1/numbers",
        search,
        "/v1/accounts",
        "/v1/numbers/twilio:PN1",
        "/metrics",
    ] {
        said.push_str(&gateway.get(path).await.text);
    }
    let body = json!({"account": "twilio", "number": "+14155550100"}).to_string();
    said.push_str(&gateway.buy("k", &body).await.text);
    said.push_str(&gateway.get("/v1/purchases").await.text);
    drop(logs);
    let logged = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("request_id"), "something was logged");
    let basic = base64::engine::general_purpose::STANDARD
        .encode(format!("{}:{CANARY}", credentials::TWILIO_ACCOUNT_SID));
    for (name, text) in [("answers", &said), ("logs", &logged)] {
        for secret in [CANARY, &basic] {
            let at = text
                .find(secret)
                .map(|at| &text[at.saturating_sub(200)..at]);
            assert_eq!(at, None, "a secret in the {name}");
        }
    }
}
