//! What the gateway bounds on its sockets.

use std::net::SocketAddr;
use std::time::Duration;

use axum::http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use trunkline_admin::KeyRate;
use trunkline_admin::Services;
use trunkline_admin::Stores;
use trunkline_core::Registry;
use trunkline_engine::Timing;
use trunkline_engine::seal::Sealer;
use trunkline_gateway::{AppState, Settings, bind, router, serve};

use crate::keys::{draft, issue};
use crate::{Gateway, keyless, request};

/// A gateway on a socket, without accounts.
pub(crate) struct Served {
    pub(crate) services: Services,
    pub(crate) address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

impl Served {
    pub(crate) async fn start(settings: Settings) -> Self {
        let stores = Stores::memory();
        let sealer = Sealer::new(b"test");
        let services = Services::new(Registry::default(), stores, sealer, Timing::default());
        let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = AppState::new(services.clone(), settings, Vec::new());
        let (stop, stopped) = oneshot::channel::<()>();
        services.engine.purchases.tasks().spawn(async move {
            let stop = async {
                let _ = stopped.await;
            };
            serve(listener, state, stop).await.unwrap();
        });
        Self {
            services,
            address,
            _stop: stop,
        }
    }

    /// A key for everything.
    pub(crate) async fn token(&self) -> String {
        issue(&self.services, draft()).await.1
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends this, and gives what comes until the gateway closes.
    pub(crate) async fn say(&self, text: &str) -> String {
        let mut stream = self.connect().await;
        // What is refused in the middle can't be written to the end.
        let _ = stream.write_all(text.as_bytes()).await;
        read(&mut stream).await
    }

    pub(crate) async fn get(&self, path: &str, headers: &str) -> String {
        let host = self.address;
        self.say(&format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n"
        ))
        .await
    }
}

pub(crate) async fn read(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let all = stream.read_to_end(&mut bytes);
    let ended = tokio::time::timeout(Duration::from_secs(20), all).await;
    // A connection may be reset after what it said.
    let _ = ended.unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn unfinished_request_head_ends_the_connection() {
    let settings = Settings {
        header_timeout: Duration::from_millis(50),
        ..keyless()
    };
    let gateway = Served::start(settings).await;
    let slow = gateway.say("GET /healthz HTTP/1.1\r\nHost: 127.0").await;
    assert!(!slow.contains("200 OK"), "{slow}");
    assert_eq!(gateway.say("").await, "", "nor one who says nothing");
}

#[tokio::test]
async fn too_large_request_head_is_refused() {
    let gateway = Served::start(keyless()).await;
    let long = format!("X-Long: {}\r\n", "x".repeat(1_000_000));
    let answer = gateway.get("/healthz", &long).await;
    // The answer may be lost with what was not read.
    let refused = answer.is_empty() || answer.starts_with("HTTP/1.1 431");
    assert!(refused, "{answer}");
    let many: String = (0..200).map(|n| format!("X-{n}: 1\r\n")).collect();
    let answer = gateway.get("/healthz", &many).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn excess_connection_is_refused_with_retry_after() {
    let settings = Settings {
        max_connections: 1,
        ..keyless()
    };
    let gateway = Served::start(settings).await;
    let mut first = gateway.connect().await;
    first
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await
        .unwrap();
    let mut some = [0; 12];
    first.read_exact(&mut some).await.unwrap();
    assert_eq!(&some, b"HTTP/1.1 200");
    let second = gateway.get("/healthz", "").await;
    assert!(second.starts_with("HTTP/1.1 503"), "{second}");
    assert!(second.contains("retry-after: 1") && second.contains("upstream_unavailable"));
    drop(first);
    loop {
        let third = gateway.get("/healthz", "").await;
        if third.starts_with("HTTP/1.1 200") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn excess_request_is_refused_with_retry_after() {
    let gateway = Gateway::start().await;
    let settings = Settings {
        max_in_flight: 0,
        ..keyless()
    };
    let state = AppState::new(gateway.services.clone(), settings, Vec::new());
    let full = Gateway {
        app: router(state),
        ..gateway
    };
    let refused = full.get("/v1/accounts").await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(full.get("/healthz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn slow_request_times_out() {
    let gateway = Gateway::start().await;
    let settings = Settings {
        request_timeout: Duration::ZERO,
        ..keyless()
    };
    let state = AppState::new(gateway.services.clone(), settings, Vec::new());
    let hasty = Gateway {
        app: router(state),
        ..gateway
    };
    let refused = hasty.get("/v1/numbers").await;
    assert_eq!(refused.status, StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(refused.json()["kind"], "timeout");
}

#[tokio::test]
async fn wrong_keys_from_one_address_are_counted_and_valid_ones_are_not() {
    let rate = KeyRate {
        per_second: 1.try_into().unwrap(),
        burst: 3.try_into().unwrap(),
    };
    let settings = Settings {
        failed_auth: rate,
        ..keyless()
    };
    let gateway = Served::start(settings).await;
    let token = gateway.token().await;
    let wrong = "Authorization: Bearer tl_wrong\r\n";
    for _ in 0..3 {
        let refused = gateway.get("/v1/accounts", wrong).await;
        assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
    }
    let refused = gateway.get("/v1/accounts", wrong).await;
    assert!(refused.starts_with("HTTP/1.1 429"), "{refused}");
    assert!(refused.contains("retry-after: 1"), "{refused}");
    let right = format!("Authorization: Bearer {token}\r\n");
    let answer = gateway.get("/v1/accounts", &right).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let metrics = gateway.get("/metrics", "").await;
    assert!(metrics.starts_with("HTTP/1.1 200"), "on loopback");
    let proxied = gateway
        .get("/metrics", "X-Forwarded-For: 192.0.2.7\r\n")
        .await;
    assert!(
        proxied.starts_with("HTTP/1.1 429"),
        "through a proxy: {proxied}"
    );
}

#[tokio::test]
async fn foreign_pages_may_call_only_if_configured() {
    let gateway = Gateway::start().await;
    let page = ("origin", "https://intranet.example.com");
    let preflight = [
        page,
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "authorization"),
    ];
    let refused = gateway
        .send(request("OPTIONS", "/v1/accounts", &preflight, ""))
        .await;
    assert_eq!(refused.header("access-control-allow-origin"), "");
    let refused = gateway
        .send(request("GET", "/v1/accounts", &[page], ""))
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let settings = Settings {
        cors_origins: vec![page.1.to_owned()],
        ..keyless()
    };
    let state = AppState::new(gateway.services.clone(), settings, Vec::new());
    let named = Gateway {
        app: router(state),
        ..gateway
    };
    let allowed = named
        .send(request("OPTIONS", "/v1/accounts", &preflight, ""))
        .await;
    assert_eq!(allowed.status, StatusCode::OK);
    assert_eq!(allowed.header("access-control-allow-origin"), page.1);
    assert!(
        allowed
            .header("access-control-allow-headers")
            .contains("authorization")
    );
    let headers = [page, ("sec-fetch-site", "cross-site")];
    let read = named
        .send(request("GET", "/v1/accounts", &headers, ""))
        .await;
    assert_eq!(read.status, StatusCode::OK);
    assert_eq!(read.header("access-control-allow-origin"), page.1);
    assert_eq!(read.header("access-control-allow-credentials"), "");
    let other = ("origin", "https://evil.example");
    let refused = named
        .send(request("GET", "/v1/accounts", &[other], ""))
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn own_pages_have_restrictive_headers() {
    let gateway = Gateway::start().await;
    let page = gateway.get("/docs/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.header("content-security-policy")
            .contains("frame-ancestors 'none'")
    );
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    // Nothing in it needs more than that allows.
    assert!(!page.text.contains("<script>") && !page.text.contains("onload="));
}
