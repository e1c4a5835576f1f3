//! Carriers that only a forward proxy leads to, behind certificates of a private authority.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use trunkline_sandbox::{ProviderKind, credentials};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{Place, Run, Server, finish};

/// `carrier.pem` is for all of `carrier.test` and for 192.0.2.7, and signed by `private-ca.pem`; `issued.pem` is for
/// `localhost`, and signed by `ca.pem`.
fn file(name: &str) -> PathBuf {
    let folder = "../trunkline-http/tests/pipeline/tls";
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(folder)
        .join(name)
}

fn acceptor(name: &str) -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_file(file(&format!("{name}.pem"))).unwrap();
    let key = PrivateKeyDer::from_pem_file(file(&format!("{name}.key"))).unwrap();
    let config =
        ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
    Arc::new(config).into()
}

/// Where the proxy leads: a name, and the port of this machine that plain HTTP is spoken at.
type Doors = Vec<(String, u16)>;

/// A forward proxy that is the TLS of the servers behind it too.
struct Proxy {
    port: u16,
    asked: Arc<Mutex<BTreeSet<String>>>,
}

impl Proxy {
    /// One that leads through these doors, or answers every `CONNECT` with a status.
    async fn start(doors: Result<Doors, &'static str>) -> Self {
        Self::start_behind(None, doors).await
    }

    /// The same; clients speak TLS to it.
    #[expect(
        clippy::disallowed_methods,
        reason = "it ends with the runtime of its test"
    )]
    async fn start_behind(own: Option<TlsAcceptor>, doors: Result<Doors, &'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(BTreeSet::new()));
        let seen = Arc::clone(&asked);
        let (doors, inner) = (Arc::new(doors), acceptor("carrier"));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (own, inner) = (own.clone(), inner.clone());
                let (doors, seen) = (Arc::clone(&doors), Arc::clone(&seen));
                tokio::spawn(async move {
                    // A client that trusts nobody leaves in the middle of it.
                    let _ = match own {
                        Some(own) => pass(own.accept(client).await?, inner, &doors, &seen).await,
                        None => pass(client, inner, &doors, &seen).await,
                    };
                    io::Result::Ok(())
                });
            }
        });
        Self { port, asked }
    }

    /// What it was asked to connect to so far, and begins anew.
    fn asked(&self) -> BTreeSet<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

async fn pass(
    mut client: impl AsyncReadExt + AsyncWriteExt + Unpin,
    inner: TlsAcceptor,
    doors: &Result<Doors, &'static str>,
    seen: &Mutex<BTreeSet<String>>,
) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap();
    let target = head
        .strip_prefix("CONNECT ")
        .and_then(|rest| rest.split(' ').next())
        .unwrap()
        .to_owned();
    seen.lock().unwrap().insert(target.clone());
    let door = doors.as_ref().map(|doors| {
        let named = |(name, _): &&(String, u16)| target == format!("{name}:443");
        doors.iter().find(named).map(|(_, port)| *port)
    });
    match door {
        Ok(Some(port)) => {
            client
                .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
                .await?;
            let mut secured = inner.accept(client).await?;
            let mut server = TcpStream::connect(("127.0.0.1", port)).await?;
            copy_bidirectional(&mut secured, &mut server)
                .await
                .map(drop)
        }
        Ok(None) => {
            client
                .write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n")
                .await
        }
        Err(status) => {
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
            client.write_all(answer.as_bytes()).await
        }
    }
}

fn port(url: &str) -> u16 {
    url.rsplit_once(':')
        .unwrap()
        .1
        .trim_matches('/')
        .parse()
        .unwrap()
}

/// The five carriers under names of their own.
fn carriers(place: &Place) -> Doors {
    [
        ("twilio", ProviderKind::Twilio),
        ("signalwire", ProviderKind::SignalWire),
        ("zendesk", ProviderKind::Zendesk),
        ("webex", ProviderKind::Webex),
        ("wazo", ProviderKind::Wazo),
    ]
    .map(|(name, kind)| {
        (
            format!("{name}.carrier.test"),
            port(place.sandbox.url(kind)),
        )
    })
    .into()
}

/// An account at each of them.
fn accounts() -> String {
    let credential = |name| match name {
        "twilio" => format!(
            "account_sid = '{}'\nauth_token = '{}'",
            credentials::TWILIO_ACCOUNT_SID,
            credentials::TWILIO_AUTH_TOKEN
        ),
        "signalwire" => format!(
            "project_id = '{}'\napi_token = '{}'",
            credentials::SIGNALWIRE_PROJECT_ID,
            credentials::SIGNALWIRE_API_TOKEN
        ),
        "zendesk" => format!(
            "email = '{}'\napi_token = '{}'",
            credentials::ZENDESK_EMAIL,
            credentials::ZENDESK_API_TOKEN
        ),
        "webex" => format!("access_token = '{}'", credentials::WEBEX_ACCESS_TOKEN),
        _ => format!(
            "username = '{}'\npassword = '{}'",
            credentials::WAZO_USERNAME,
            credentials::WAZO_PASSWORD
        ),
    };
    ["twilio", "signalwire", "zendesk", "webex", "wazo"]
        .map(|name| {
            let base = format!("https://{name}.carrier.test");
            let credential = credential(name);
            format!("[[accounts]]\nname = '{name}'\nprovider = '{name}'\nbase_url = '{base}'\n{credential}\n")
        })
        .concat()
}

/// A configuration with the accounts and these settings of `[server]`.
fn configure(place: &Place, server: &str) {
    place.configure(&format!(
        "[server]\n{server}\n[webhooks]\nallow = ['192.0.2.0/24']\n{}",
        accounts()
    ));
}

fn ca_file(name: &str) -> String {
    format!("ca_file = '{}'", file(name).display())
}

fn through(proxy: &Proxy, ca: &str) -> String {
    format!("proxy = 'http://127.0.0.1:{}'\n{}", proxy.port, ca_file(ca))
}

/// The same over TLS: the authorities of both the proxy and the carriers are trusted.
fn through_tls(place: &Place, proxy: &Proxy) -> String {
    let both = ["private-ca.pem", "ca.pem"].map(|name| std::fs::read(file(name)).unwrap());
    std::fs::write(place.path("both.pem"), both.concat()).unwrap();
    let port = proxy.port;
    format!("proxy = 'https://localhost:{port}'\nca_file = 'both.pem'\n")
}

/// What `doctor` finds at an account: statuses and details.
fn findings(run: &Run, account: &str) -> Vec<(String, String)> {
    let json = run.json();
    let checks = json["checks"].as_array().unwrap().iter();
    let own = checks.filter(|check| check["about"] == account);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    own.map(|check| (text(&check["status"]), text(&check["detail"])))
        .collect()
}

const ACCOUNTS: [&str; 5] = ["twilio", "signalwire", "zendesk", "webex", "wazo"];

fn names() -> BTreeSet<String> {
    ACCOUNTS
        .iter()
        .map(|name| format!("{name}.carrier.test:443"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn search_purchase_list_and_doctor_work_through_a_proxy_with_a_private_authority() {
    let place = Place::new().await;
    let proxy = Proxy::start(Ok(carriers(&place))).await;
    configure(&place, &through(&proxy, "private-ca.pem"));

    let doctor = place.run(&["doctor", "-o", "json"]);
    for account in ACCOUNTS {
        let found = findings(&doctor, account);
        let is_fine = found.len() > 1 && found.iter().all(|(status, _)| status == "ok");
        assert!(is_fine, "{account}: {doctor:?}");
    }
    assert_eq!(proxy.asked(), names());

    let search = ["search", "--country", "US", "--limit", "5", "-o", "json"];
    let found = place.run(&search);
    assert_eq!(found.code, 0, "{found:?}");
    let bought = place.run(&["buy", found.json()["data"][0]["offer"].as_str().unwrap()]);
    assert_eq!(bought.code, 0, "{bought:?}");
    let listed = place.run(&["numbers", "list", "--all", "-o", "json"]);
    assert_eq!(listed.code, 0, "{listed:?}");
    let number = &found.json()["data"][0]["number"];
    let json = listed.json();
    let mut numbers = json["data"].as_array().unwrap().iter();
    assert!(numbers.any(|held| held["number"] == *number), "{listed:?}");
    assert_eq!(proxy.asked(), names());
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_proxy_works_once_its_authority_is_trusted() {
    let place = Place::new().await;
    let proxy = Proxy::start_behind(Some(acceptor("issued")), Ok(carriers(&place))).await;
    let list = ["numbers", "list", "--account", "twilio"];
    let trusted = through_tls(&place, &proxy);
    let untrusted = trusted.replace("ca_file", "#ca_file") + &ca_file("private-ca.pem");
    configure(&place, &untrusted);
    let refused = place.run(&list);
    let told = "the proxy can't be reached: its certificate is not trusted";
    assert!(refused.err.contains(told), "{refused:?}");
    assert_eq!(proxy.asked(), BTreeSet::new());

    configure(&place, &trusted);
    let listed = place.run(&list);
    assert_eq!(listed.code, 0, "{listed:?}");
    let asked = BTreeSet::from(["twilio.carrier.test:443".to_owned()]);
    assert_eq!(proxy.asked(), asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn certificate_of_an_unknown_authority_is_reported_with_the_setting_that_trusts_it() {
    let place = Place::new().await;
    let proxy = Proxy::start(Ok(carriers(&place))).await;
    configure(&place, &through(&proxy, "ca.pem"));
    let doctor = place.run(&["doctor", "-o", "json"]);
    assert_eq!(doctor.code, 1, "{doctor:?}");
    for account in ACCOUNTS {
        let found = findings(&doctor, account);
        let named = |detail: &str| {
            detail.contains("certificate is not trusted") && detail.contains("ca_file")
        };
        let is_named = found
            .iter()
            .any(|(status, detail)| status == "fail" && named(detail));
        assert!(is_named, "{account}: {found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusal_of_a_proxy_is_explained() {
    let place = Place::new().await;
    for (status, words) in [
        ("403 Forbidden", "does not allow this connection"),
        ("502 Bad Gateway", "can't reach it"),
        (
            "407 Proxy Authentication Required",
            "wants a user and a password",
        ),
    ] {
        let proxy = Proxy::start(Err(status)).await;
        let told = format!("the proxy {words}: it answered CONNECT with {status}");
        configure(&place, &through(&proxy, "private-ca.pem"));
        let doctor = place.run(&["doctor", "-o", "json"]);
        for account in ACCOUNTS {
            let found = findings(&doctor, account);
            let is_told = found.iter().any(|(_, detail)| detail.contains(&told));
            assert!(is_told, "{account}: {found:?}");
        }
        let server = ["accounts", "--server", "https://gateway.carrier.test"];
        let remote = finish(&mut behind(&place, &proxy, &server));
        assert!(remote.code == 1 && remote.err.contains(&told), "{remote:?}");
    }
}

/// A command for which the environment names the proxy, and the authority.
fn behind(place: &Place, proxy: &Proxy, args: &[&str]) -> Command {
    let mut command = place.command(args);
    command
        .env("HTTPS_PROXY", format!("http://127.0.0.1:{}", proxy.port))
        .env("SSL_CERT_FILE", file("private-ca.pem"));
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn names_in_no_proxy_are_called_directly_and_others_through_the_proxy() {
    let place = Place::new().await;
    let proxy = Proxy::start(Ok(carriers(&place))).await;
    configure(&place, &ca_file("private-ca.pem"));
    let doctor = ["doctor", "-o", "json"];
    let run = finish(behind(&place, &proxy, &doctor).env("NO_PROXY", "wazo.carrier.test"));
    let mut others = names();
    others.remove("wazo.carrier.test:443");
    assert_eq!(proxy.asked(), others);
    // Nobody but the proxy knows where that name leads.
    let found = findings(&run, "wazo");
    let unresolved = |(_, detail): &(String, String)| detail.contains("can't be resolved");
    assert!(found.iter().any(unresolved), "{found:?}");
    assert!(
        findings(&run, "twilio")
            .iter()
            .all(|(status, _)| status == "ok"),
        "{run:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_and_commands_use_the_proxy() {
    let place = Place::new().await;
    let hook = MockServer::start().await;
    let answer = Mock::given(method("POST")).respond_with(ResponseTemplate::new(204));
    answer.expect(1..).mount(&hook).await;
    let mut doors = carriers(&place);
    doors.push(("192.0.2.7".to_owned(), hook.address().port()));
    let proxy = Proxy::start_behind(Some(acceptor("issued")), Ok(doors.clone())).await;
    configure(&place, &through_tls(&place, &proxy));
    let server: Server = place.serve(&[]);

    doors.push(("gateway.carrier.test".to_owned(), port(&server.url)));
    let entry = Proxy::start(Ok(doors)).await;
    let remote = |args: &[&str]| {
        let args = [args, &["--server", "https://gateway.carrier.test"]].concat();
        let run = finish(&mut behind(&place, &entry, &args));
        assert_eq!(run.code, 0, "{run:?}");
        run
    };
    remote(&["webhooks", "create", "https://192.0.2.7/hook"]);
    let found = remote(&["search", "--country", "US", "--limit", "1", "-o", "json"]);
    remote(&["buy", found.json()["data"][0]["offer"].as_str().unwrap()]);
    let told = BTreeSet::from(["gateway.carrier.test:443".to_owned()]);
    assert_eq!(entry.asked(), told);

    for _ in 0..2_000 {
        if !hook.received_requests().await.unwrap().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let request = hook.received_requests().await.unwrap().remove(0);
    assert_eq!(request.url.path(), "/hook");
    assert!(request.headers.contains_key("webhook-signature"));
    assert!(proxy.asked().contains("192.0.2.7:443"));
    assert_eq!(server.terminate(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn traces_reach_a_collector_behind_the_proxy() {
    let place = Place::new().await;
    let collector = MockServer::start().await;
    let taken = Mock::given(path("/v1/traces")).respond_with(ResponseTemplate::new(200));
    taken.expect(1..).mount(&collector).await;
    let door = ("otlp.carrier.test".to_owned(), collector.address().port());
    let proxy = Proxy::start(Ok(vec![door])).await;
    let server = through(&proxy, "private-ca.pem");
    let account = place.account("us", "sandbox");
    place.configure(&format!(
        "[server]\n{server}\n[telemetry]\notlp = 'https://otlp.carrier.test'\n{account}"
    ));
    let server = place.serve(&[]);
    let listed = place.run(&["accounts", "--server", &server.url]);
    assert_eq!(listed.code, 0, "{listed:?}");
    // What is not sent yet is sent before it ends.
    assert_eq!(server.terminate(), Some(0));
    let asked = BTreeSet::from(["otlp.carrier.test:443".to_owned()]);
    assert_eq!(proxy.asked(), asked);
}
