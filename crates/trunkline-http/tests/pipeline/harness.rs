//! Accounts, servers and clocks for the tests.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use trunkline_core::{AccountName, Call, Effect, Lane, Operation, ProviderName, Result};
use trunkline_http::{
    ApiRequest, Auth, Explained, HttpClient, Profile, Refusal, Response, Retries,
};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(crate) const SECRET: &str = "s3cret-token-0123";

/// Reads a carrier whose documentation promises that a 429 was not processed; reads `{code, message}`.
pub(crate) fn vouching(refusal: &Refusal<'_>) -> Explained {
    #[derive(Deserialize)]
    struct Problem {
        code: u32,
        message: String,
    }
    let mut explained = Explained::by_status(refusal);
    if let Ok(problem) = serde_json::from_slice::<Problem>(refusal.body) {
        explained.code = Some(problem.code.to_string());
        explained.message = Some(problem.message);
    }
    if refusal.status == 429 {
        explained.effect = Effect::None;
    }
    explained
}

pub(crate) fn profile(base: &str) -> Profile {
    let profile = Profile::new(
        AccountName::new("us-main").unwrap(),
        ProviderName::new("acme"),
        base.parse().unwrap(),
        Auth::Basic {
            user: "AC1".into(),
            password: SecretString::from(SECRET),
        },
        vouching,
    );
    Profile {
        retries: Retries {
            first_pause: Duration::from_millis(1),
            longest_pause: Duration::from_millis(2),
            ..Retries::default()
        },
        ..profile
    }
}

pub(crate) fn client(base: &str) -> HttpClient {
    HttpClient::new(profile(base)).unwrap()
}

pub(crate) fn read() -> ApiRequest {
    ApiRequest::get(Operation::List, "numbers")
}

pub(crate) fn update() -> ApiRequest {
    ApiRequest::post(Operation::Update, "numbers/PN1").replay_safe()
}

pub(crate) fn purchase() -> ApiRequest {
    ApiRequest::post(Operation::Purchase, "numbers")
        .form([("PhoneNumber", "+14155550100".to_owned())])
}

/// Sends with a deadline, as a search would.
pub(crate) async fn send_within(
    client: &HttpClient,
    request: ApiRequest,
    time: Duration,
) -> Result<Response> {
    Call::within(time, Lane::Search)
        .scope(client.send(request))
        .await
}

/// A server that answers with these in turn, the last one for ever.
pub(crate) async fn server(answers: impl IntoIterator<Item = ResponseTemplate>) -> MockServer {
    let server = MockServer::start().await;
    let answers: Vec<_> = answers.into_iter().collect();
    let last = answers.len() - 1;
    for (turn, answer) in answers.into_iter().enumerate() {
        let mock = Mock::given(any()).respond_with(answer);
        let mock = if turn < last {
            mock.up_to_n_times(1)
        } else {
            mock
        };
        mock.mount(&server).await;
    }
    server
}

pub(crate) fn status(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status)
}

pub(crate) fn told_to_wait(status: u16, retry_after: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).insert_header("Retry-After", retry_after)
}

pub(crate) async fn received(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

/// Waits for a condition that comes true while other parts of the test run; ten seconds at most.
#[expect(
    clippy::disallowed_methods,
    reason = "ten real seconds, whatever tokio's clock does"
)]
pub(crate) async fn until(condition: impl Fn() -> bool) {
    let started = std::time::Instant::now();
    while !condition() {
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "never came true"
        );
        tokio::task::yield_now().await;
    }
}

/// Lets time pass without waiting. Only while nothing is on the wire.
pub(crate) async fn pass_time(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

/// What the raw server does with a connection once it has read the request.
#[derive(Clone, Copy)]
pub(crate) enum Then {
    /// Closes it without a word.
    Close,
    /// Writes this and closes it.
    Write(&'static str),
    /// Keeps it open and silent.
    Hang,
}

/// A server below HTTP, for what goes wrong on the wire.
pub(crate) struct RawServer {
    pub(crate) base: String,
    requests: Arc<AtomicUsize>,
}

impl RawServer {
    /// Serves one connection for each step, and refuses connections after the last.
    pub(crate) fn start(steps: &'static [Then]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}/", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let count = requests.clone();
        std::thread::spawn(move || {
            let mut hanging = Vec::new();
            for step in steps {
                let (mut stream, _) = listener.accept().unwrap();
                read_request(&mut stream);
                count.fetch_add(1, Ordering::SeqCst);
                match step {
                    Then::Close => {}
                    Then::Write(text) => stream.write_all(text.as_bytes()).unwrap(),
                    Then::Hang => hanging.push(stream),
                }
            }
            // Hanging connections end with the client.
            for mut stream in hanging {
                let _ = stream.read(&mut [0]);
            }
        });
        Self { base, requests }
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

fn read_request(stream: &mut TcpStream) {
    let mut seen = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&seen);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return;
            }
        }
        match stream.read(&mut chunk).unwrap() {
            0 => return,
            read => seen.extend_from_slice(&chunk[..read]),
        }
    }
}

/// A base URL where nobody listens.
pub(crate) fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/", listener.local_addr().unwrap())
}
