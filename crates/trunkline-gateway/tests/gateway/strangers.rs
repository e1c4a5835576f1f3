//! What somebody who shows no key may cost. The same at full size: `cargo run --release -p trunkline-tests --example strangers`.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::Instant;
use trunkline_gateway::Settings;

use crate::serving::{Served, read};

/// A connection from another address of this machine.
async fn connect_from(gateway: &Served, last: u8) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    let from = SocketAddr::new(IpAddr::from([127, 0, 0, last]), 0);
    socket.bind(from).unwrap();
    socket.connect(gateway.address).await.unwrap()
}

fn session_head(gateway: &Served, length: usize) -> String {
    let host = gateway.address;
    format!(
        "POST /v1/session HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
}

/// A call with a key is answered, and how long that took.
async fn answered(gateway: &Served, token: &str) -> Duration {
    let began = Instant::now();
    let right = format!("Authorization: Bearer {token}\r\n");
    let answer = gateway.get("/v1/accounts", &right).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    began.elapsed()
}

#[tokio::test]
async fn slow_unauthenticated_clients_do_not_delay_authenticated_ones() {
    let settings = Settings {
        max_connections: 128,
        max_in_flight: 16,
        ..Settings::default()
    };
    let gateway = Served::start(settings).await;
    let token = gateway.token().await;
    let mut held = Vec::new();
    for n in 0..200_u8 {
        // From many addresses first, then all from one.
        let last = if n < 100 { 2 + n % 39 } else { 2 };
        let mut stream = connect_from(&gateway, last).await;
        let said = match n % 3 {
            0 => String::new(),
            1 => session_head(&gateway, 100),
            _ => format!(
                "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: {}\r\n\r\n",
                gateway.address
            ),
        };
        // It may have been ended already: another one has come.
        let _ = stream.write_all(said.as_bytes()).await;
        held.push(stream);
        if n % 50 == 49 {
            assert!(answered(&gateway, &token).await < Duration::from_secs(1));
        }
    }
    assert!(answered(&gateway, &token).await < Duration::from_secs(1));
}

#[tokio::test]
async fn authenticated_connection_is_not_closed_for_strangers() {
    let settings = Settings {
        max_connections: 64,
        ..Settings::default()
    };
    let gateway = Served::start(settings).await;
    let token = gateway.token().await;
    let mut known = connect_from(&gateway, 2).await;
    let asked = format!(
        "GET /v1/session HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\n\r\n",
        gateway.address
    );
    let mut first = [0; 12];
    known.write_all(asked.as_bytes()).await.unwrap();
    known.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    let mut strangers = Vec::new();
    for _ in 0..40 {
        strangers.push(connect_from(&gateway, 2).await);
    }
    // The first of them has made room for the last.
    assert_eq!(read(&mut strangers[0]).await, "");
    known
        .write_all(
            asked
                .replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")
                .as_bytes(),
        )
        .await
        .unwrap();
    let rest = read(&mut known).await;
    assert_eq!(rest.matches("HTTP/1.1 200").count(), 1, "{rest}");
}

#[tokio::test]
async fn open_route_accepts_only_a_small_body() {
    let gateway = Served::start(Settings::default()).await;
    let large = gateway.say(&session_head(&gateway, 1_000_000)).await;
    assert!(
        large.starts_with("HTTP/1.1 413"),
        "told before it is sent: {large}"
    );
    let chunked = format!(
        "POST /v1/callbacks/us/x HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Transfer-Encoding: chunked\r\n\r\n2000\r\n{}\r\n",
        gateway.address,
        "a".repeat(0x2000)
    );
    let large = gateway.say(&chunked).await;
    assert!(large.starts_with("HTTP/1.1 413"), "{large}");
}

#[tokio::test]
async fn body_is_not_read_before_authentication() {
    let gateway = Served::start(Settings::default()).await;
    gateway.token().await;
    let head = session_head(&gateway, 1_000_000).replace("/v1/session", "/v1/numbers");
    let mut stream = gateway.connect().await;
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 401");
}

#[tokio::test]
async fn slow_body_of_an_open_route_times_out_and_holds_no_place() {
    let settings = Settings {
        max_in_flight: 1,
        ..Settings::default()
    };
    let gateway = Served::start(settings).await;
    let mut slow = connect_from(&gateway, 2).await;
    slow.write_all(session_head(&gateway, 10).as_bytes())
        .await
        .unwrap();
    let docs = gateway.get("/docs/", "").await;
    assert!(docs.starts_with("HTTP/1.1 200"), "{docs}");
    let told = read(&mut slow).await;
    assert!(told.starts_with("HTTP/1.1 408"), "{told}");
}

#[tokio::test]
async fn client_that_reads_no_answer_is_disconnected() {
    let settings = Settings {
        write_timeout: Duration::from_millis(100),
        ..Settings::default()
    };
    let gateway = Served::start(settings).await;
    let socket = TcpSocket::new_v4().unwrap();
    // What the system takes for the client shall be small.
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stream = socket.connect(gateway.address).await.unwrap();
    let asked = format!(
        "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: {}\r\n\r\n",
        gateway.address
    );
    stream
        .write_all(asked.repeat(200).as_bytes())
        .await
        .unwrap();
    // It is noticed when a write fails, since what was sent before waits to be read.
    let gone = async {
        while stream.write_all(b"GET / HTTP/1.1\r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(
        tokio::time::timeout(Duration::from_secs(10), gone)
            .await
            .is_ok()
    );
}
