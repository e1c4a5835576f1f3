//! The gateway as a client meets it: the router in process, over the fake carriers on real sockets.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests stop at the first surprise"
)]

#[path = "gateway/access.rs"]
mod access;
#[path = "gateway/allocations.rs"]
mod allocations;
#[path = "gateway/callbacks.rs"]
mod callbacks;
#[path = "gateway/caller_ids.rs"]
mod caller_ids;
#[path = "gateway/carriers.rs"]
mod carriers;
#[path = "gateway/choosing.rs"]
mod choosing;
#[path = "gateway/compression.rs"]
mod compression;
#[path = "gateway/countries.rs"]
mod countries;
#[path = "gateway/fuzz.rs"]
mod fuzz;
#[path = "gateway/input.rs"]
mod input;
#[path = "gateway/inventory.rs"]
mod inventory;
#[path = "gateway/journey.rs"]
mod journey;
#[path = "gateway/keys.rs"]
mod keys;
#[path = "gateway/limits.rs"]
mod limits;
#[path = "gateway/metrics.rs"]
mod metrics;
#[path = "gateway/operations.rs"]
mod operations;
#[path = "gateway/outcomes.rs"]
mod outcomes;
#[path = "gateway/providers.rs"]
mod providers;
#[path = "gateway/releases.rs"]
mod releases;
#[path = "gateway/remembered.rs"]
mod remembered;
#[path = "gateway/routes.rs"]
mod routes;
#[path = "gateway/secrets.rs"]
mod secrets;
#[path = "gateway/serving.rs"]
mod serving;
#[path = "gateway/sessions.rs"]
mod sessions;
#[path = "gateway/signing_in.rs"]
mod signing_in;
#[path = "gateway/spellings.rs"]
mod spellings;
#[path = "gateway/spend.rs"]
mod spend;
#[path = "gateway/stock.rs"]
mod stock;
#[path = "gateway/strangers.rs"]
mod strangers;
#[path = "gateway/trails.rs"]
mod trails;

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt;
use trunkline::http::{Allowed, WebhookCourier};
use trunkline_admin::Services;
use trunkline_admin::Stores;
use trunkline_core::vault::{MemoryVault, TokenVault};
use trunkline_core::{AccountEntry, Registry};
use trunkline_engine::Timing;
use trunkline_engine::seal::Sealer;
use trunkline_gateway::{AppState, Settings, router};
use trunkline_sandbox::{Ledger, ProviderKind, Sandbox, credentials};
use trunkline_twilio::{Twilio, TwilioConfig};

thread_local! {
    /// The database of the gateways that a test starts; `None` for one in memory.
    static DATABASE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// What a gateway keeps its data in.
async fn stores() -> Stores {
    match DATABASE.with_borrow(Clone::clone) {
        Some(url) => trunkline_store::stores(trunkline_store::open(&url).await.unwrap()),
        None => Stores::memory(),
    }
}

/// A gateway over a sandbox.
struct Gateway {
    app: Router,
    services: Services,
    state: AppState,
    sandbox: Sandbox,
    /// Sent with every request that has no key of its own.
    token: Option<String>,
}

/// Settings of a gateway all of whose accounts are the sandbox's: callers on this machine need no key until there is one.
fn keyless() -> Settings {
    Settings {
        keyless: true,
        ..Settings::default()
    }
}

/// An answer, read whole.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    /// The one field that a problem names.
    fn field(&self) -> String {
        self.json()["errors"][0]["field"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }
}

const AUTH_TOKEN: &str = credentials::TWILIO_AUTH_TOKEN;

impl Gateway {
    async fn start() -> Self {
        Self::with_settle(Duration::from_millis(300)).await
    }

    async fn with_settle(settle: Duration) -> Self {
        Self::with(|entry| entry.settle = settle).await
    }

    /// An account at the fake Twilio, changed so.
    async fn with(change: impl FnOnce(&mut AccountEntry)) -> Self {
        let sandbox = Sandbox::start_default().await.unwrap();
        let config = TwilioConfig::new(credentials::TWILIO_ACCOUNT_SID, AUTH_TOKEN.into())
            .with_base_url(sandbox.url(ProviderKind::Twilio));
        let account = Twilio::configured("twilio", config);
        let mut registry = Registry::default();
        let mut entry = account.entry(Arc::new(MemoryVault::default())).unwrap();
        change(&mut entry);
        registry.insert(entry).unwrap();
        Self::over(sandbox, registry).await
    }

    /// An account at each of the fake carriers, named as its provider.
    async fn with_all_carriers() -> Self {
        Self::with_accounts(&carriers::SETTINGS).await
    }

    /// Accounts at fake carriers with these settings, named as their providers.
    async fn with_accounts(accounts: &[(ProviderKind, &str)]) -> Self {
        let sandbox = Sandbox::start_default().await.unwrap();
        let mut text = "[server]\nsecret_key = '0123456789abcdef0123456789abcdef'\n".to_owned();
        for (kind, settings) in accounts {
            let (name, url) = (kind.name(), sandbox.url(*kind));
            text.push_str(&format!(
                "[[accounts]]\nname = '{name}'\nprovider = '{name}'\nbase_url = '{url}'\n{settings}\n"
            ));
        }
        let vault: Arc<dyn TokenVault> = Arc::new(MemoryVault::default());
        let registry = trunkline::Config::parse(&text).unwrap().registry(&vault);
        Self::over(sandbox, registry.unwrap()).await
    }

    async fn over(sandbox: Sandbox, registry: Registry) -> Self {
        let timing = Timing {
            watch: vec![Duration::from_millis(100)],
            tick: Duration::from_millis(20),
            ..Timing::default()
        };
        let stores = stores().await;
        let courier = WebhookCourier::new(Allowed::parse(["127.0.0.1"]).unwrap()).unwrap();
        let services = Services::new(registry, stores, Sealer::new(b"test"), timing)
            .with_courier(Arc::new(courier));
        services.start().unwrap();
        let state = AppState::new(services.clone(), keyless(), trunkline::descriptors());
        Self {
            app: router(state.clone()),
            services,
            state,
            sandbox,
            token: None,
        }
    }

    /// The same with these settings.
    fn with_settings(self, settings: Settings) -> Self {
        let state = AppState::new(self.services.clone(), settings, Vec::new());
        Self {
            services: state.services().clone(),
            app: router(state),
            ..self
        }
    }

    fn ledger(&self) -> Ledger {
        self.sandbox.ledger(ProviderKind::Twilio)
    }

    /// The same with a key for everything, which is sent from now on.
    async fn keyed(self) -> Self {
        let (_, token) = self.key(keys::draft()).await;
        Self {
            token: Some(token),
            ..self
        }
    }

    async fn send(&self, mut request: Request<Body>) -> Answer {
        if let Some(token) = &self.token {
            let bearer = format!("Bearer {token}").parse().unwrap();
            request
                .headers_mut()
                .entry("authorization")
                .or_insert(bearer);
        }
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text,
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(request("GET", path, &[], "")).await
    }

    async fn call(&self, method: &str, path: &str, body: &str) -> Answer {
        self.send(request(method, path, &[], body)).await
    }

    async fn buy(&self, key: &str, body: &str) -> Answer {
        self.send(request(
            "POST",
            "/v1/numbers",
            &[("idempotency-key", key)],
            body,
        ))
        .await
    }

    /// An offer for the first number in 415, and the number.
    async fn offer(&self) -> (String, String) {
        let found = self
            .get("/v1/available-numbers?country=US&area_code=415&limit=1")
            .await
            .json();
        let first = &found["data"][0];
        (
            first["offer"].as_str().unwrap().to_owned(),
            first["number"].as_str().unwrap().to_owned(),
        )
    }
}

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request<Body> {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "127.0.0.1:8080");
    if !body.is_empty() {
        request = request.header("content-type", "application/json");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::from(body.to_owned())).unwrap()
}
