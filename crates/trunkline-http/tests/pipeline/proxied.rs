//! Behind a forward proxy with an authority of one's own: who is asked for what, and what is said when that fails.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use secrecy::SecretString;
use trunkline_core::courier::{Courier, Parcel};
use trunkline_core::{Effect, Error, ErrorKind};
use trunkline_http::{Allowed, HttpClient, Profile, Proxies, WebhookCourier};

use crate::harness::*;
use crate::tls::{file, serve, serve_with};

/// A proxy that tunnels everything to one port of this machine, or answers with a status.
struct Proxy {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn start(answer: Result<u16, &'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&heads);
        std::thread::spawn(move || {
            while let Ok((mut client, _)) = listener.accept() {
                let head = read_head(&mut client);
                seen.lock().unwrap().push(head);
                match answer {
                    Ok(target) => tunnel(client, target),
                    Err(status) => drop(write!(
                        client,
                        "HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n"
                    )),
                }
            }
        });
        Self { port, heads }
    }

    fn setting(&self) -> SecretString {
        format!("http://me:s3cret@127.0.0.1:{}", self.port).into()
    }

    fn asked(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn read_head(stream: &mut TcpStream) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read > 0) {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

fn tunnel(mut client: TcpStream, target: u16) {
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
    let mut server = TcpStream::connect(("127.0.0.1", target)).unwrap();
    let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(std::net::Shutdown::Write);
    });
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut server, &mut client);
        let _ = client.shutdown(std::net::Shutdown::Write);
    });
}

const CARRIER: &str = "https://api.carrier.test/v1/";

async fn ask(proxy: &Proxy, ca_file: Option<&str>) -> Result<(), Error> {
    let profile = Profile {
        ca_file: ca_file.map(file),
        proxy: Some(proxy.setting()),
        ..profile(CARRIER)
    };
    HttpClient::new(profile)?.send(purchase()).await.map(drop)
}

#[tokio::test]
async fn a_carrier_is_asked_through_the_proxy_by_its_name() {
    let proxy = Proxy::start(Ok(serve("carrier")));
    ask(&proxy, Some("private-ca.pem")).await.unwrap();
    let asked = proxy.asked();
    assert!(
        asked[0].starts_with("CONNECT api.carrier.test:443 HTTP/1.1\r\n"),
        "{asked:?}"
    );
    let credential = "proxy-authorization: Basic bWU6czNjcmV0\r\n";
    assert!(asked[0].contains(credential), "{asked:?}");
}

#[tokio::test]
async fn an_authority_that_is_not_trusted_is_named_as_such() {
    let proxy = Proxy::start(Ok(serve("carrier")));
    for ca_file in [None, Some("ca.pem")] {
        let error = ask(&proxy, ca_file).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::UpstreamUnavailable, Effect::None)
        );
        assert!(
            error.message().contains("not trusted") && error.message().contains("ca_file"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_proxy_that_opens_no_tunnel_is_named_and_nothing_was_sent() {
    for (status, words) in [
        ("403 Forbidden", "does not allow this connection"),
        ("502 Bad Gateway", "the proxy can't reach it"),
        ("503 Service Unavailable", "the proxy opened no tunnel"),
        ("407 Proxy Authentication Required", "user and a password"),
    ] {
        let proxy = Proxy::start(Err(status));
        let error = ask(&proxy, None).await.unwrap_err();
        let told = format!("{words}: it answered CONNECT with {status}");
        assert!(error.message().contains(&told), "{status}: {error}");
        assert_eq!(error.effect(), Effect::None, "{status}");
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
    }
    let away = Proxy {
        port: 1,
        heads: Arc::default(),
    };
    let error = ask(&away, None).await.unwrap_err();
    assert!(
        error.message().contains("the proxy can't be reached"),
        "{error}"
    );
}

#[tokio::test]
async fn loopback_is_never_asked_through_a_proxy() {
    let proxy = Proxy::start(Err("403 Forbidden"));
    let server = server([status(200)]).await;
    let profile = Profile {
        proxy: Some(proxy.setting()),
        ..profile(&server.uri())
    };
    HttpClient::new(profile)
        .unwrap()
        .send(read())
        .await
        .unwrap();
    let courier = courier(&proxy, "127.0.0.1", None);
    let delivered = courier.carry(&parcel(&server.uri())).await;
    assert_eq!((delivered.unwrap(), proxy.asked().len()), (200, 0));
}

#[test]
fn invalid_proxy_is_a_configuration_error_naming_the_field() {
    let profile = Profile {
        proxy: Some("socks5://127.0.0.1:1080".into()),
        ..profile(CARRIER)
    };
    let error = HttpClient::new(profile).unwrap_err();
    assert_eq!(
        (error.kind(), error.fields()[0].field.as_str()),
        (ErrorKind::Config, "proxy")
    );
}

fn courier(proxy: &Proxy, allowed: &str, ca_file: Option<&str>) -> WebhookCourier {
    let proxies = Proxies::new(Some(&proxy.setting())).unwrap();
    let allowed = Allowed::parse([allowed]).unwrap();
    WebhookCourier::through(allowed, proxies, ca_file.map(file).as_deref()).unwrap()
}

fn parcel(url: &str) -> Parcel {
    Parcel {
        url: url.to_owned(),
        headers: vec![("webhook-id", "evt_1".to_owned())],
        body: "{}".to_owned(),
    }
}

#[tokio::test]
async fn webhook_tunnel_uses_the_checked_address() {
    let (port, requests) = serve_with("carrier");
    let proxy = Proxy::start(Ok(port));
    let courier = courier(&proxy, "192.0.2.0/24", Some("private-ca.pem"));
    let delivered = courier
        .carry(&parcel("https://192.0.2.7:8443/hook?a=1"))
        .await;
    assert_eq!(delivered.unwrap(), 200);
    let asked = proxy.asked();
    assert!(
        asked[0].starts_with("CONNECT 192.0.2.7:8443 HTTP/1.1\r\n"),
        "{asked:?}"
    );
    let request = requests.lock().unwrap()[0].clone();
    assert!(
        request.starts_with("POST /hook?a=1 HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(
        request.contains("host: 192.0.2.7:8443\r\n") && request.contains("webhook-id: evt_1\r\n"),
        "{request}"
    );
}

#[tokio::test]
async fn webhook_to_a_private_address_never_reaches_the_proxy() {
    let proxy = Proxy::start(Err("403 Forbidden"));
    let courier = courier(&proxy, "192.0.2.0/24", None);
    for url in [
        "https://10.0.0.1/",
        "https://169.254.169.254/",
        "http://8.8.8.8/",
    ] {
        assert!(courier.carry(&parcel(url)).await.is_err(), "{url}");
    }
    assert_eq!(proxy.asked().len(), 0);
}

#[tokio::test]
async fn webhook_refused_by_the_proxy_is_reported() {
    let refusing = Proxy::start(Err("403 Forbidden"));
    let distrusted = Proxy::start(Ok(serve("carrier")));
    let refused = "it answered CONNECT with 403 Forbidden";
    for (proxy, words) in [(refusing, refused), (distrusted, "not trusted")] {
        let courier = courier(&proxy, "192.0.2.0/24", None);
        let error = courier
            .carry(&parcel("https://192.0.2.7/hook"))
            .await
            .unwrap_err();
        assert!(error.message().contains(words), "{error}");
    }
}
