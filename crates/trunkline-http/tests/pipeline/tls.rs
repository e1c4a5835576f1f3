//! Whose certificates are trusted. The keys in `tls/` belong to this machine alone, and to nothing on it.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use trunkline_core::{Effect, ErrorKind, Result};
use trunkline_http::{HttpClient, Profile, Response};

use crate::harness::*;

pub(crate) fn file(name: &str) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pipeline/tls");
    PathBuf::from(folder).join(name)
}

/// An address of this machine that no certificate names.
const UNNAMED: &str = "127.0.0.2";

/// Serves `{}` over TLS, one connection after the other, and says on which port.
pub(crate) fn serve(name: &str) -> u16 {
    serve_with(name).0
}

/// The same, keeping what was asked.
pub(crate) fn serve_with(name: &str) -> (u16, Arc<Mutex<Vec<String>>>) {
    serve_at("127.0.0.1", name)
}

/// The same at another address of this machine.
fn serve_at(address: &str, name: &str) -> (u16, Arc<Mutex<Vec<String>>>) {
    let certificate = CertificateDer::from_pem_file(file(&format!("{name}.pem"))).unwrap();
    let key = PrivateKeyDer::from_pem_file(file(&format!("{name}.key"))).unwrap();
    let provider = rustls::crypto::ring::default_provider();
    let config = ServerConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind((address, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&requests);
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut stream = StreamOwned::new(connection, stream);
            // A client that trusts nobody leaves before it has asked anything.
            let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
            let mut buffer = [0; 4096];
            let asked = stream.read(&mut buffer);
            if let Ok(length) = asked {
                let request = String::from_utf8_lossy(&buffer[..length]).into_owned();
                seen.lock().unwrap().push(request);
                let _ = stream.write_all(answer.as_bytes());
            }
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    (port, requests)
}

async fn ask(base: &str, ca_file: Option<&str>) -> Result<Response> {
    let profile = Profile {
        ca_file: ca_file.map(file),
        ..profile(base)
    };
    HttpClient::new(profile)?.send(purchase()).await
}

#[tokio::test]
async fn a_certificate_signed_by_the_authority_of_the_file_is_trusted() {
    let base = format!("https://localhost:{}/", serve("issued"));
    ask(&base, Some("ca.pem")).await.unwrap();
}

#[tokio::test]
async fn pinned_certificate_marked_as_ca_is_trusted() {
    let base = format!("https://127.0.0.1:{}/", serve("own"));
    ask(&base, Some("own.pem")).await.unwrap();
}

#[tokio::test]
async fn nothing_is_sent_to_an_untrusted_server() {
    let (issued, own) = (serve("issued"), serve("own"));
    for (port, ca_file) in [
        (issued, None),
        (own, None),
        (issued, Some("own.pem")),
        (own, Some("ca.pem")),
    ] {
        let base = format!("https://localhost:{port}/");
        let error = ask(&base, ca_file).await.unwrap_err();
        let kind = (error.kind(), error.effect());
        let unreached = (ErrorKind::UpstreamUnavailable, Effect::None);
        assert_eq!(kind, unreached, "{ca_file:?}: {error:?}");
    }
}

#[tokio::test]
async fn a_trusted_certificate_is_good_for_its_own_host_alone() {
    for (name, ca_file) in [("own", "own.pem"), ("issued", "ca.pem")] {
        let base = format!("https://{UNNAMED}:{}/", serve_at(UNNAMED, name).0);
        let error = ask(&base, Some(ca_file)).await.unwrap_err();
        assert_eq!(error.effect(), Effect::None, "{name}: {error:?}");
    }
}

#[tokio::test]
async fn a_file_that_holds_no_certificate_is_a_configuration_error() {
    for name in ["nowhere.pem", "own.key", "../tls.rs"] {
        let error = ask("https://localhost/", Some(name)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{name}");
        assert_eq!(error.fields()[0].field, "ca_file", "{name}");
        assert_eq!(error.account().unwrap().as_str(), "us-main", "{name}");
    }
}

#[tokio::test]
async fn certificate_error_is_explained() {
    for (name, host, ca_file, words) in [
        ("issued", "localhost", None, "is not trusted"),
        (
            "issued",
            "localhost",
            Some("private-ca.pem"),
            "is not trusted",
        ),
        ("issued", UNNAMED, Some("ca.pem"), "is for another name"),
        (
            "expired",
            "localhost",
            Some("private-ca.pem"),
            "has expired",
        ),
    ] {
        let address = if host == UNNAMED {
            UNNAMED
        } else {
            "127.0.0.1"
        };
        let base = format!("https://{host}:{}/", serve_at(address, name).0);
        let error = ask(&base, ca_file).await.unwrap_err();
        assert!(error.message().contains(words), "{name} {host}: {error}");
    }
}

#[tokio::test]
async fn unreachable_carrier_error_tells_dns_failure_from_refused_connection() {
    for (base, words) in [
        (nobody(), "the connection was refused"),
        (
            "https://no-such-carrier.invalid/".to_owned(),
            "its name can't be resolved",
        ),
    ] {
        let error = ask(&base, None).await.unwrap_err();
        assert!(error.message().contains(words), "{base}: {error}");
    }
}
