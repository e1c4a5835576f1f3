//! A thousand reloads of a gateway at work: no request of a client fails, and no number is bought twice.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Value, json};
use tokio::task::JoinSet;
use trunkline_sandbox::{ProviderKind, Sandbox, credentials};

use crate::process::Server;

const RELOADS: usize = 1_000;
/// Every so many reloads a client buys a number, and the file is a bad one.
const EVERY: usize = 100;

/// The configuration of one round: an account that stays, one whose secret and priority change, one that comes and goes.
fn configuration(carrier: &Sandbox, round: usize) -> String {
    let twilio = |name: &str, sid: &str, more: String| {
        format!(
            "[[accounts]]\nname = '{name}'\nprovider = 'twilio'\naccount_sid = '{sid}'\nbase_url = '{}'\n{more}\n",
            carrier.url(ProviderKind::Twilio)
        )
    };
    let token = format!("auth_token = '{}'", credentials::TWILIO_AUTH_TOKEN);
    let mut text = twilio("stays", credentials::TWILIO_ACCOUNT_SID, token);
    let wazo = format!(
        "[[accounts]]\nname = 'changes'\nprovider = 'wazo'\nbase_url = '{}'\nusername = '{}'\n\
         password = {{ file = 'password' }}\npriority = {round}\n",
        carrier.url(ProviderKind::Wazo),
        credentials::WAZO_USERNAME,
    );
    text.push_str(&wazo);
    if round.is_multiple_of(2) {
        let webex = format!(
            "[[accounts]]\nname = 'comes'\nprovider = 'webex'\naccess_token = '{}'\nbase_url = '{}'\n",
            credentials::WEBEX_ACCESS_TOKEN,
            carrier.url(ProviderKind::Webex)
        );
        text.push_str(&webex);
    }
    text
}

struct Load {
    server: Arc<Server>,
    over: AtomicBool,
    answered: AtomicUsize,
}

/// Asks for this again and again; every answer must be a good one.
async fn ask(load: Arc<Load>, line: &'static str) {
    while !load.over.load(Ordering::Acquire) {
        let answer = load.server.call(line, "", "").await;
        let (status, body) = answer.unwrap_or_else(|| panic!("{line} was not answered"));
        assert_eq!(status, 200, "{line}: {body}");
        for source in body["sources"].as_array().into_iter().flatten() {
            let failed = ["error", "timeout", "rate_limited"]
                .iter()
                .any(|bad| source["status"] == *bad);
            assert!(!failed, "{line}: {source}");
        }
        load.answered.fetch_add(1, Ordering::Relaxed);
    }
}

/// Puts a file in the place of the configuration, as an editor does: whole.
fn write(directory: &Path, text: &str) {
    let (new, file) = (directory.join("new.toml"), directory.join("trunkline.toml"));
    std::fs::write(&new, text).unwrap();
    std::fs::rename(&new, &file).unwrap();
}

impl Load {
    async fn start(directory: &Path, carrier: &Sandbox) -> Arc<Self> {
        std::fs::write(directory.join("password"), credentials::WAZO_PASSWORD).unwrap();
        write(directory, &configuration(carrier, 0));
        let arguments = ["--config", "trunkline.toml", "--log", "error"];
        Arc::new(Self {
            server: Arc::new(Server::start(directory, &arguments).await),
            over: AtomicBool::new(false),
            answered: AtomicUsize::new(0),
        })
    }

    /// Numbers on offer at the account that stays.
    async fn on_offer(&self) -> Vec<Value> {
        let path = "/v1/available-numbers?country=US&area_code=510&limit=40&accounts=stays&timeout_ms=30000";
        let found = self.server.call(&format!("GET {path}"), "", "").await;
        found.unwrap().1["data"].as_array().unwrap().clone()
    }

    async fn buy(&self, number: &Value) {
        let body = json!({"account": "stays", "number": number["number"]}).to_string();
        let key = format!(
            "idempotency-key: {}\r\nprefer: wait=60\r\n",
            number["number"]
        );
        let answer = self.server.call("POST /v1/numbers", &key, &body).await;
        let (status, body) = answer.unwrap();
        assert_eq!(status, 201, "{body}");
    }

    /// Reloads; a bad file is refused with its reason.
    async fn reload(&self, bad: bool) {
        let answer = self.server.call("POST /v1/admin/reload", "", "").await;
        let (status, body) = answer.unwrap();
        assert_eq!(status, if bad { 400 } else { 200 }, "{body}");
        if bad {
            assert_eq!(body["errors"][0]["field"], "server.listn", "{body}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_reloads_at_load_fail_no_request() {
    let carrier = Sandbox::start_default().await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let load = Load::start(directory.path(), &carrier).await;
    let mut clients = JoinSet::new();
    for line in [
        "GET /v1/numbers?account=stays",
        "GET /v1/available-numbers?country=US&area_code=415&limit=3&accounts=stays&timeout_ms=30000",
        "GET /v1/numbers?limit=5",
        "GET /readyz",
    ] {
        clients.spawn(ask(Arc::clone(&load), line));
    }
    let mut numbers = load.on_offer().await.into_iter();
    for round in 0..RELOADS {
        let bad = round % EVERY == EVERY - 1;
        let text = configuration(&carrier, round);
        if bad {
            write(directory.path(), &format!("{text}\n[server]\nlistn = 1\n"));
            let number = numbers.next().unwrap();
            tokio::join!(load.reload(true), load.buy(&number));
        } else {
            write(directory.path(), &text);
            load.reload(false).await;
        }
    }
    load.over.store(true, Ordering::Release);
    clients.join_all().await;
    assert!(load.answered.load(Ordering::Relaxed) > RELOADS / 10);
    let sold = carrier.ledger(ProviderKind::Twilio).purchases.len();
    assert_eq!(sold, RELOADS / EVERY);
}
