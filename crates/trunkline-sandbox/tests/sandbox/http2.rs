//! The fakes over HTTP/2, which clients begin without asking.

use std::time::Duration;

use reqwest::{Client, Method, StatusCode, Version};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use trunkline_sandbox::credentials::{TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, ZENDESK_ACCESS_TOKEN};
use trunkline_sandbox::{ClockSettings, Fault};

use crate::support::{TWILIO, World, client};
use crate::zendesk_support::{Desk, NUMBERS};

const LIST: &str = "IncomingPhoneNumbers";

/// A world and a client that speaks HTTP/2 and tries nothing twice.
async fn world() -> (World, Client) {
    client();
    let http = Client::builder()
        .http2_prior_knowledge()
        .retry(reqwest::retry::never())
        .build()
        .unwrap();
    (World::start().await, http)
}

fn get(world: &World, http: &Client) -> reqwest::RequestBuilder {
    http.request(Method::GET, world.url(LIST))
        .basic_auth(TWILIO_ACCOUNT_SID, Some(TWILIO_AUTH_TOKEN))
}

/// Every cause of an error, as one text.
fn causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[tokio::test]
async fn the_fakes_answer_over_http2_on_the_same_port() {
    let (world, http) = world().await;
    let answer = get(&world, &http).send().await.unwrap();
    assert_eq!(
        (answer.version(), answer.status()),
        (Version::HTTP_2, StatusCode::OK)
    );
    assert!(answer.headers().contains_key("date"));
    assert_eq!(world.get(LIST).await.status, 200, "HTTP/1.1 still works");
    let silent = ClockSettings {
        send_date: false,
        ..ClockSettings::EXACT
    };
    world.sandbox.set_clock(TWILIO, silent).unwrap();
    let answer = get(&world, &http).send().await.unwrap();
    assert!(!answer.headers().contains_key("date"));
}

#[tokio::test]
async fn links_name_the_host_that_was_asked_over_http2() {
    let (_, http) = world().await;
    let desk = Desk::start().await;
    desk.buy_some(2).await;
    let url = desk.url(&format!("{NUMBERS}?per_page=1"));
    let request = http.get(url).bearer_auth(ZENDESK_ACCESS_TOKEN);
    let text = request.send().await.unwrap().text().await.unwrap();
    assert!(text.contains(&desk.url("phone_numbers.json?")), "{text}");
}

#[tokio::test]
async fn a_stream_is_refused_and_nothing_is_committed() {
    let (world, http) = world().await;
    world.strike_once("list", Fault::H2RefusedStream {});
    let error = get(&world, &http).send().await.unwrap_err();
    assert!(
        causes(&error).contains("refused stream"),
        "{}",
        causes(&error)
    );
    let again = get(&world, &http).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::OK);
    world.strike_once("purchase", Fault::H2RefusedStream {});
    let number = [("PhoneNumber", "+14152000137")];
    assert!(
        world.try_post(LIST, &number).await.is_err(),
        "over HTTP/1.1"
    );
    assert!(world.ledger().purchases.is_empty());
}

#[tokio::test]
async fn a_connection_goes_away_before_it_looks_at_the_request() {
    let (world, http) = world().await;
    get(&world, &http).send().await.unwrap();
    world.strike_once("list", Fault::H2Goaway {});
    assert!(get(&world, &http).send().await.is_err());
    let again = get(&world, &http).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::OK, "over a new connection");
}

#[tokio::test]
async fn a_connection_that_goes_away_names_the_last_stream_it_looked_at() {
    let (world, _) = world().await;
    world.strike_once("other", Fault::H2Goaway {});
    let host = world.sandbox.url(TWILIO).strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        .await
        .unwrap();
    // No settings, then GET / on stream 1, in indexed header fields.
    stream
        .write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0])
        .await
        .unwrap();
    let head = [0, 0, 3, 1, 5, 0, 0, 0, 1, 0x82, 0x86, 0x84];
    stream.write_all(&head).await.unwrap();
    let mut bytes = Vec::new();
    let read = stream.read_to_end(&mut bytes);
    let _ = tokio::time::timeout(Duration::from_secs(10), read)
        .await
        .unwrap();
    let frame = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    assert!(bytes.windows(17).any(|bytes| bytes == frame), "{bytes:?}");
}

#[tokio::test]
async fn a_drop_ends_the_whole_connection_over_http2() {
    let (world, http) = world().await;
    world.strike_once("list", Fault::DropAfterCommit {});
    assert!(get(&world, &http).send().await.is_err());
    world.strike_once("list", Fault::TruncatedBody {});
    let answer = get(&world, &http).send().await.unwrap();
    assert!(answer.text().await.is_err(), "half a body is an error");
    let again = get(&world, &http).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::OK);
}
