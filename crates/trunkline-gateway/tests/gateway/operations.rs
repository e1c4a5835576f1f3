//! Reading the configuration again, being ready, and stopping.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use trunkline_core::{Error, ErrorKind, Result};
use trunkline_gateway::{AppState, Reload, Reloaded, ReloadedAccounts, Settings, router, serve};

use crate::{Gateway, keyless, request};

/// Answers what it is told to.
#[derive(Debug)]
struct Scripted(Result<Reloaded>);

impl Reload for Scripted {
    fn reload<'a>(&'a self, _: &'a AppState) -> BoxFuture<'a, Result<Reloaded>> {
        std::future::ready(self.0.clone()).boxed()
    }
}

async fn reloading(answer: Result<Reloaded>) -> crate::Answer {
    let mut gateway = Gateway::start().await;
    let state = AppState::new(gateway.services.clone(), keyless(), Vec::new());
    state.reload_with(Arc::new(Scripted(answer)));
    gateway.app = router(state);
    gateway.call("POST", "/v1/admin/reload", "").await
}

#[tokio::test]
async fn reload_reports_what_has_changed() {
    let answer = reloading(Ok(Reloaded {
        accounts: ReloadedAccounts {
            added: vec!["b".to_owned()],
            unchanged: vec!["a".to_owned()],
            ..ReloadedAccounts::default()
        },
        ignored: vec!["server.listen".to_owned()],
        ..Reloaded::default()
    }))
    .await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let body = answer.json();
    assert_eq!(body["accounts"]["added"][0], "b");
    assert_eq!(body["accounts"]["unchanged"][0], "a");
    assert_eq!(body["ignored"][0], "server.listen");
}

#[tokio::test]
async fn invalid_configuration_is_refused_with_every_fault() {
    let wrong = Error::new(ErrorKind::Config, "the new configuration is wrong")
        .with_field("server.listn", "line 2: unknown key listn")
        .with_field("accounts[0].name", "line 5: missing key name");
    let answer = reloading(Err(wrong)).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
    let body = answer.json();
    assert_eq!(body["kind"], "config");
    assert_eq!(body["errors"].as_array().unwrap().len(), 2);
    assert_eq!(answer.field(), "server.listn");
}

#[tokio::test]
async fn removing_an_account_with_open_purchases_is_a_conflict() {
    let lost =
        Error::new(ErrorKind::Conflict, "purchases are open").with_field("accounts", "pur_1");
    let answer = reloading(Err(lost)).await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "{answer:?}");
    assert_eq!(answer.field(), "accounts");
}

#[tokio::test]
async fn reload_without_a_file_is_unsupported() {
    let gateway = Gateway::start().await;
    let answer = gateway.call("POST", "/v1/admin/reload", "").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.json()["kind"], "unsupported");
}

#[tokio::test]
async fn reload_refuses_query_parameters() {
    let gateway = Gateway::start().await;
    let answer = gateway.call("POST", "/v1/admin/reload?dry_run=1", "").await;
    assert_eq!(
        (answer.status, answer.field()),
        (StatusCode::BAD_REQUEST, "dry_run".to_owned())
    );
}

#[tokio::test]
async fn readiness_names_its_checks() {
    let gateway = Gateway::start().await;
    let answer = gateway.get("/readyz").await;
    assert_eq!(answer.status, StatusCode::OK);
    let checks = answer.json()["checks"].clone();
    assert_eq!(checks[0]["name"], "database");
    assert_eq!(
        (&checks[1]["name"], &checks[1]["status"]),
        (&"accounts".into(), &"ok".into())
    );
}

#[tokio::test]
async fn replaced_settings_apply_from_the_next_request() {
    let gateway = Gateway::start().await;
    let state = AppState::new(gateway.services.clone(), keyless(), Vec::new());
    let app = router(state.clone());
    let gateway = Gateway { app, ..gateway };
    let foreign = || {
        let mut foreign = request("GET", "/v1/providers", &[], "");
        foreign
            .headers_mut()
            .insert("host", "gw.internal".parse().unwrap());
        foreign
    };
    assert_eq!(gateway.send(foreign()).await.status, StatusCode::FORBIDDEN);
    let allowed_hosts = vec!["gw.internal".to_owned()];
    state.replace_settings(Settings {
        allowed_hosts,
        ..keyless()
    });
    // It is one of ours now, by which nobody is let in without a key.
    let known = gateway.send(foreign()).await;
    assert_eq!(known.status, StatusCode::UNAUTHORIZED);
}

/// The status that a gateway answers a request for this path with; `None` if nothing listens any more.
async fn status(address: std::net::SocketAddr, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    let head = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    answer.split(' ').nth(1).map(ToOwned::to_owned)
}

#[tokio::test]
async fn draining_gateway_answers_while_not_ready() {
    let gateway = Gateway::start().await;
    let settings = Settings {
        drain_delay: Some(Duration::from_millis(500)),
        ..keyless()
    };
    let state = AppState::new(gateway.services.clone(), settings, Vec::new());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = serve(listener, state.clone(), async move { drop(stopped.await) });
    let client = async {
        assert_eq!(status(address, "/readyz").await.unwrap(), "200");
        stop.send(()).unwrap();
        while !state.is_draining() {
            tokio::task::yield_now().await;
        }
        assert_eq!(status(address, "/readyz").await.unwrap(), "503");
        assert_eq!(status(address, "/v1/providers").await.unwrap(), "200");
    };
    let (served, ()) = tokio::join!(serving, client);
    served.unwrap();
    assert_eq!(status(address, "/readyz").await, None);
}
