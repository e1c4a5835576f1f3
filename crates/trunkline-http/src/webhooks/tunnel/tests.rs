use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::*;

fn file(name: &str) -> std::path::PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pipeline/tls")).join(name)
}

/// A proxy that is the server at the other end of its tunnel too. It tells what it was asked, by which name the
/// server, and what that was sent.
fn proxy() -> (u16, std::thread::JoinHandle<[String; 3]>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).unwrap();
        let connect = String::from_utf8_lossy(&buffer[..read]).into_owned();
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        let certificate = CertificateDer::from_pem_file(file("carrier.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_file(file("carrier.key")).unwrap();
        let config =
            ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![certificate], key)
                .unwrap();
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), stream);
        let read = stream.read(&mut buffer).unwrap();
        let request = String::from_utf8_lossy(&buffer[..read]).into_owned();
        stream
            .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
            .unwrap();
        let name = stream.conn.server_name().unwrap_or_default().to_owned();
        [connect, name, request]
    });
    (port, served)
}

#[tokio::test]
async fn proxy_receives_an_address_and_the_server_its_name() {
    let (port, served) = proxy();
    let matcher = Matcher::builder()
        .all(format!("http://127.0.0.1:{port}"))
        .build();
    let uri = Uri::from_static("https://hooks.carrier.test/");
    let tls = Arc::new(crate::tls(Some(&file("private-ca.pem"))).unwrap());
    let parcel = Parcel {
        url: "https://hooks.carrier.test/hook".to_owned(),
        headers: Vec::new(),
        body: "{}".to_owned(),
    };
    let address = "192.0.2.7:443".parse().unwrap();
    let status = carry(&matcher.intercept(&uri).unwrap(), &tls, &[address], &parcel).await;
    assert_eq!(status.unwrap(), 204);
    let [connect, name, request] = served.join().unwrap();
    assert!(
        connect.starts_with("CONNECT 192.0.2.7:443 HTTP/1.1\r\n"),
        "{connect}"
    );
    assert_eq!(name, "hooks.carrier.test");
    assert!(
        request.contains("host: hooks.carrier.test\r\n"),
        "{request}"
    );
}
