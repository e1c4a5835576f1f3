//! What each kind of fault does to the connection and to the books.

use std::time::Duration;

use base64::Engine;
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;
use trunkline_sandbox::{Fault, FaultPlan, LimitSettings};

use crate::support::{TWILIO, World, read, rows};

const NUMBERS: &str = "IncomingPhoneNumbers";

/// Sends a purchase over a bare socket and returns every byte that comes back before the end.
async fn raw_purchase(world: &World, number: &str) -> Vec<u8> {
    let url = world.url(NUMBERS);
    let (host, path) = url
        .strip_prefix("http://")
        .unwrap()
        .split_once('/')
        .unwrap();
    let form = format!("PhoneNumber=%2B{}", number.trim_start_matches('+'));
    let login = base64::engine::general_purpose::STANDARD
        .encode("AC00000000000000000000000000000000:sandbox");
    let request = format!(
        "POST /{path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic {login}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{form}",
        form.len()
    );
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    bytes
}

async fn world_and_number() -> (World, String) {
    let world = World::start().await;
    let number = world.one("US/Local?AreaCode=415").await;
    (world, number)
}

/// Waits until the books show so many purchases.
async fn purchases(world: &World, count: usize) {
    let late = tokio::time::timeout(Duration::from_secs(10), async {
        while world.ledger().purchases.len() != count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    late.await.unwrap();
}

#[tokio::test]
async fn a_status_fault_commits_nothing() {
    let (world, number) = world_and_number().await;
    let headers = [("Retry-After".to_owned(), "7".to_owned())].into();
    world.strike_once(
        "purchase",
        Fault::Status {
            status: 503,
            headers,
            body: Some("sorry".into()),
        },
    );
    let answer = world.post(NUMBERS, &[("PhoneNumber", &number)]).await;
    assert_eq!(
        (
            answer.status.as_u16(),
            answer.header("retry-after"),
            &*answer.text
        ),
        (503, "7", "sorry")
    );
    assert!(world.ledger().purchases.is_empty());
    assert_eq!(world.ledger().requests["purchase"], 1);
    world.buy(&number).await;
}

#[tokio::test]
async fn a_status_fault_without_a_body_has_the_carriers_usual_one() {
    let world = World::start().await;
    world.strike_once("list", Fault::status(429));
    assert_eq!(world.get(NUMBERS).await.error(), (429, 20429));
    world.strike_once("list", Fault::status(503));
    let answer = world.get(NUMBERS).await;
    assert_eq!(answer.error(), (503, 20503));
    assert_eq!(
        answer.json["more_info"],
        "https://www.twilio.com/docs/errors/503"
    );
    world.strike_once("list", Fault::status(502));
    let answer = world.get(NUMBERS).await;
    assert!(
        answer.header("content-type").starts_with("text/html"),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_planned_header_is_sent_instead_of_the_carriers_own() {
    let world = World::start().await;
    let fault = Fault::Status {
        status: 400,
        headers: [("Twilio-Request-Id".to_owned(), "RQ1".to_owned())].into(),
        body: None,
    };
    world.strike_once("list", fault);
    assert_eq!(world.get(NUMBERS).await.header("twilio-request-id"), "RQ1");
    assert_ne!(world.get(NUMBERS).await.header("twilio-request-id"), "RQ1");
}

#[tokio::test]
async fn a_delay_answers_right_but_late() {
    let (world, number) = world_and_number().await;
    world.strike_once("purchase", Fault::Delay { ms: 150 });
    let started = Instant::now();
    world.buy(&number).await;
    assert!(started.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn a_drop_before_the_commit_sends_no_byte_and_sells_nothing() {
    let (world, number) = world_and_number().await;
    world.strike_once("purchase", Fault::DropBeforeCommit {});
    assert_eq!(raw_purchase(&world, &number).await, b"");
    assert!(world.ledger().purchases.is_empty());
    assert_eq!(world.ledger().requests["purchase"], 1);
}

#[tokio::test]
async fn a_drop_after_the_commit_sends_no_byte_and_sells_the_number() {
    let (world, number) = world_and_number().await;
    world.strike_once("purchase", Fault::DropAfterCommit {});
    assert_eq!(raw_purchase(&world, &number).await, b"");
    assert_eq!(world.ledger().purchases[0].number, number);
}

#[tokio::test]
async fn a_late_commit_closes_at_once_and_sells_later() {
    let (world, number) = world_and_number().await;
    world.strike_once("purchase", Fault::CommitLate { ms: 100 });
    let started = Instant::now();
    assert_eq!(raw_purchase(&world, &number).await, b"");
    if started.elapsed() < Duration::from_millis(90) {
        assert!(world.ledger().purchases.is_empty());
    }
    purchases(&world, 1).await;
}

#[tokio::test]
async fn a_commit_that_is_late_by_a_reset_never_happens() {
    let (world, number) = world_and_number().await;
    world.strike_once("purchase", Fault::CommitLate { ms: 50 });
    raw_purchase(&world, &number).await;
    world.sandbox.reset();
    let marker = world.one("US/Local?AreaCode=510").await;
    world.strike_once("purchase", Fault::CommitLate { ms: 100 });
    raw_purchase(&world, &marker).await;
    purchases(&world, 1).await;
    assert_eq!(world.ledger().purchases[0].number, marker);
}

#[tokio::test]
async fn a_status_after_the_commit_hides_a_sale() {
    let (world, number) = world_and_number().await;
    world.strike_once("purchase", Fault::StatusAfterCommit { status: 500 });
    assert_eq!(
        world
            .post(NUMBERS, &[("PhoneNumber", &number)])
            .await
            .error(),
        (500, 20500)
    );
    assert_eq!(world.ledger().purchases.len(), 1);
}

#[tokio::test]
async fn a_truncated_body_is_shorter_than_announced() {
    let (world, number) = world_and_number().await;
    world.strike_once("purchase", Fault::TruncatedBody {});
    let text = String::from_utf8(raw_purchase(&world, &number).await).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 201"), "{head}");
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .unwrap();
    assert!(
        !body.is_empty() && body.len() < length.parse().unwrap(),
        "{} of {length}",
        body.len()
    );
    assert_eq!(world.ledger().purchases.len(), 1);
}

#[tokio::test]
async fn a_malformed_body_is_complete_but_no_json() {
    let (world, number) = world_and_number().await;
    world.strike_once("purchase", Fault::MalformedBody {});
    let answer = world.post(NUMBERS, &[("PhoneNumber", &number)]).await;
    assert_eq!(answer.status, 201);
    assert!(serde_json::from_str::<serde_json::Value>(&answer.text).is_err());
    assert_eq!(world.ledger().purchases.len(), 1);
}

#[tokio::test]
async fn a_release_can_be_answered_malformed_too() {
    let world = World::start().await;
    let sid = world.buy_some(1).await.remove(0);
    world.strike_once("release", Fault::MalformedBody {});
    let answer = world.delete(&format!("{NUMBERS}/{sid}")).await;
    assert!(
        answer.status.is_success() && !answer.text.is_empty(),
        "{answer:?}"
    );
    assert_eq!(world.ledger().releases.len(), 1);
}

#[tokio::test]
async fn stale_list_omits_new_numbers() {
    let world = World::start().await;
    world.buy_some(2).await;
    world
        .sandbox
        .inject(FaultPlan::once(
            TWILIO,
            "find_owned",
            Fault::StaleList { ms: 60_000 },
        ))
        .unwrap();
    assert_eq!(
        rows(&world.get(NUMBERS).await, "incoming_phone_numbers", "sid").len(),
        0
    );
    assert_eq!(
        rows(&world.get(NUMBERS).await, "incoming_phone_numbers", "sid").len(),
        2
    );
}

#[tokio::test]
async fn client_disconnect_cancels_nothing() {
    let (world, number) = world_and_number().await;
    world.strike_once("purchase", Fault::Delay { ms: 100 });
    let request = world
        .request(Method::POST, &world.url(NUMBERS))
        .form(&[("PhoneNumber", &number)]);
    let gone = request.timeout(Duration::from_millis(30)).send().await;
    assert!(gone.unwrap_err().is_timeout());
    assert!(world.ledger().purchases.is_empty());
    purchases(&world, 1).await;
}

#[tokio::test]
async fn a_fault_of_some_probability_strikes_the_same_requests_in_every_run() {
    let run = async || {
        let world = World::start().await;
        let fault = FaultPlan {
            probability: Some(0.4),
            ..FaultPlan::always(TWILIO, "list", Fault::status(500))
        };
        world.sandbox.inject(fault).unwrap();
        let mut struck = Vec::new();
        for _ in 0..20 {
            struck.push(world.get(NUMBERS).await.status == 500);
        }
        struck
    };
    let first = run().await;
    assert!(first.contains(&true) && first.contains(&false), "{first:?}");
    assert_eq!(first, run().await);
}

#[tokio::test]
async fn too_many_requests_a_second_are_refused_with_retry_after() {
    let world = World::start().await;
    let settings = LimitSettings {
        per_second: Some(2),
        retry_after: Some(3),
        ..LimitSettings::default()
    };
    world.sandbox.set_limits(TWILIO, settings);
    world.get(NUMBERS).await;
    world.get(NUMBERS).await;
    let refused = world.get(NUMBERS).await;
    assert_eq!(
        (refused.error(), refused.header("retry-after")),
        ((429, 20429), "3")
    );
    assert_eq!(world.ledger().requests["list"], 3);
    world.sandbox.set_limits(TWILIO, LimitSettings::default());
    assert_eq!(world.get(NUMBERS).await.status, 200);
}

#[tokio::test]
async fn too_many_requests_in_flight_are_refused_and_not_processed() {
    let (world, number) = world_and_number().await;
    world
        .control(
            Method::PUT,
            "/twilio/limits",
            Some(json!({ "concurrency": 1 })),
        )
        .await;
    world.strike_once("list", Fault::Delay { ms: 300 });
    let url = world.url(NUMBERS);
    let slow = TaskTracker::new().spawn(world.request(Method::GET, &url).send());
    while !world.ledger().requests.contains_key("list") {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let refused = world.post(NUMBERS, &[("PhoneNumber", &number)]).await;
    assert_eq!(
        (refused.error(), refused.header("retry-after")),
        ((429, 20429), "")
    );
    assert_eq!(refused.header("twilio-concurrent-requests"), "1");
    assert!(world.ledger().purchases.is_empty());
    assert_eq!(read(slow.await.unwrap().unwrap()).await.status, 200);
    world.buy(&number).await;
}
