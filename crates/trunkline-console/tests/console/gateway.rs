//! The gateway under test: the real router on a free port, over an account at each fake carrier.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::ServiceExt;
use trunkline::http::{Allowed, WebhookCourier};
use trunkline_admin::Services;
use trunkline_admin::Stores;
use trunkline_core::vault::{MemoryVault, TokenVault};
use trunkline_core::{Registry, Tenant};
use trunkline_engine::Timing;
use trunkline_engine::seal::Sealer;
use trunkline_gateway::{AppState, Operator, Settings, router};
use trunkline_sandbox::{Fault, FaultPlan, ProviderKind, Sandbox};

/// An account at each carrier, in the words of a configuration.
const ACCOUNTS: [(ProviderKind, &str); 5] = [
    (
        ProviderKind::Twilio,
        "account_sid = 'AC00000000000000000000000000000000'\nauth_token = 'sandbox'",
    ),
    (
        ProviderKind::SignalWire,
        "project_id = '00000000-0000-4000-8000-000000000000'\napi_token = 'sandbox'\n\
         prices = [{ country = 'US', type = 'local', monthly = '0.50', currency = 'USD' }]",
    ),
    (ProviderKind::Zendesk, "access_token = 'sandbox'"),
    (ProviderKind::Webex, "access_token = 'sandbox'"),
    (
        ProviderKind::Wazo,
        "username = 'sandbox'\npassword = 'sandbox'",
    ),
];

/// What is particular about a gateway.
#[derive(Default)]
pub(crate) struct Setup {
    /// Further settings of the account at Twilio.
    pub(crate) twilio: &'static str,
    /// What the key may do that is made beforehand; without, nobody needs one.
    pub(crate) scopes: Option<&'static [&'static str]>,
}

/// A gateway over a sandbox.
pub(crate) struct Gateway {
    pub(crate) address: SocketAddr,
    pub(crate) sandbox: Sandbox,
    /// What the gateway keeps.
    pub(crate) stores: Stores,
    /// The key, if there is one.
    pub(crate) key: Option<String>,
    app: Router,
    _services: Services,
}

impl Gateway {
    pub(crate) async fn start(setup: Setup) -> Self {
        let sandbox = Sandbox::start_default().await.unwrap();
        let stores = Stores::memory();
        let services = services(registry(&sandbox, setup.twilio), stores.clone());
        services.start().unwrap();
        let settings = Settings {
            keyless: true,
            ..Settings::default()
        };
        let state = AppState::new(services.clone(), settings, trunkline::descriptors());
        let app = router(state);
        let key = match setup.scopes {
            Some(scopes) => Some(make_key(&app, scopes).await),
            None => None,
        };
        Self {
            address: serve(app.clone()).await,
            key,
            app,
            sandbox,
            stores,
            _services: services,
        }
    }

    /// Breaks an operation of a carrier until [`Gateway::mend`].
    pub(crate) fn break_always(&self, kind: ProviderKind, operation: &str, fault: Fault) {
        let plan = FaultPlan::always(kind, operation, fault);
        self.sandbox.inject(plan).unwrap();
    }

    /// Breaks the next call of an operation.
    pub(crate) fn break_once(&self, kind: ProviderKind, operation: &str, fault: Fault) {
        let plan = FaultPlan::once(kind, operation, fault);
        self.sandbox.inject(plan).unwrap();
    }

    pub(crate) fn mend(&self) {
        self.sandbox.clear_faults();
    }

    /// How often a carrier was asked to carry an operation out.
    pub(crate) fn asked(&self, kind: ProviderKind, operation: &str) -> u64 {
        let requests = self.sandbox.ledger(kind).requests;
        requests.get(operation).copied().unwrap_or_default()
    }

    /// Asks the gateway without the console, with its key if it has one.
    pub(crate) async fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let request = Request::builder().method(method).uri(path);
        let request = match &self.key {
            Some(key) => request.header("authorization", format!("Bearer {key}")),
            None => request,
        };
        let request = request
            .header("host", self.address.to_string())
            .header("content-type", "application/json")
            .header("idempotency-key", key(&format!("{method}{path}{body}")))
            .body(Body::from(body.to_string()))
            .unwrap();
        let response = self.app.clone().oneshot(request).await.unwrap();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await;
        serde_json::from_slice(&bytes.unwrap()).unwrap()
    }

    /// The first number for sale at an account.
    pub(crate) async fn for_sale(&self, account: &str, area_code: &str) -> Value {
        let path = format!(
            "/v1/available-numbers?country=US&area_code={area_code}&limit=1&accounts={account}"
        );
        self.call("GET", &path, &Value::Null).await["data"][0].clone()
    }

    /// Buys a number without the console, for pages that need one. Its id.
    pub(crate) async fn bought(&self, account: &str, area_code: &str, label: &str) -> String {
        let offer = &self.for_sale(account, area_code).await["offer"];
        let order = json!({"offer": offer, "label": label});
        let bought = self.call("POST", "/v1/numbers", &order).await;
        let id = bought["number"]["id"].as_str();
        id.unwrap_or_else(|| panic!("{bought}")).to_owned()
    }
}

/// A key that says the same of the same request, and is short enough.
fn key(request: &str) -> String {
    let mut hasher = DefaultHasher::new();
    request.hash(&mut hasher);
    format!("test-{:x}", hasher.finish())
}

fn registry(sandbox: &Sandbox, twilio: &str) -> Registry {
    let mut text = String::new();
    for (kind, settings) in ACCOUNTS {
        let (name, url) = (kind.name(), sandbox.url(kind));
        let more = if kind == ProviderKind::Twilio {
            twilio
        } else {
            ""
        };
        text.push_str(&format!(
            "[[accounts]]\nname = '{name}'\nprovider = '{name}'\nbase_url = '{url}'\n{settings}\n{more}\n"
        ));
    }
    let vault: Arc<dyn TokenVault> = Arc::new(MemoryVault::default());
    let config = trunkline::Config::parse(&text).unwrap();
    config.registry(&vault).unwrap()
}

fn services(registry: Registry, stores: Stores) -> Services {
    let timing = Timing {
        tick: Duration::from_millis(20),
        ..Timing::default()
    };
    let courier = WebhookCourier::new(Allowed::default()).unwrap();
    Services::new(registry, stores, Sealer::new(b"test"), timing).with_courier(Arc::new(courier))
}

/// Serves until the test is over.
async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    #[expect(
        clippy::disallowed_methods,
        reason = "it ends with the test's runtime, which has nothing to drain"
    )]
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    address
}

/// A key of the operator's making.
async fn make_key(app: &Router, scopes: &[&str]) -> String {
    let body = json!({"name": "Ada's laptop", "scopes": scopes});
    let operator = Operator {
        tenant: Tenant::default(),
    };
    let request = Request::post("/v1/keys")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .extension(operator)
        .body(Body::from(body.to_string()))
        .unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await;
    let made: Value = serde_json::from_slice(&bytes.unwrap()).unwrap();
    made["secret"].as_str().unwrap().to_owned()
}
