//! Clients that ask again and again, and how long they wait.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};

use crate::{Failed, carrier};

/// Longest that an answer is waited for; what comes later has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is asked, by how many, how long.
pub(crate) struct Load {
    host: String,
    path: String,
    clients: u32,
    length: Duration,
    /// Requests a second in all; each client asks as fast as it is answered without.
    rate: Option<u32>,
    /// The account to buy from: a POST for another number each time.
    buy: Option<String>,
    key: Option<String>,
    /// Numbers are counted from here. Runs that follow each other have numbers of their own, as long as they buy no more
    /// than 2 500 a second.
    first: u64,
}

/// What the clients saw.
#[derive(Default)]
struct Seen {
    waits: Vec<u64>,
    failed: u32,
    first_failure: Option<String>,
    next: u32,
}

impl Load {
    /// From `http://host:port/path` and `name=value` words.
    pub(crate) fn parse(url: &str, options: &[&str]) -> Result<Self, Failed> {
        let rest = url
            .strip_prefix("http://")
            .ok_or("the URL begins with http://")?;
        let (host, path) = rest.split_once('/').ok_or("the URL has a path")?;
        let mut load = Self {
            host: host.to_owned(),
            path: format!("/{path}"),
            clients: 16,
            length: Duration::from_secs(3),
            rate: None,
            buy: None,
            key: None,
            first: carrier::now().as_millisecond().unsigned_abs() * 5 / 2,
        };
        for option in options {
            match option.split_once('=').ok_or("options are name=value")? {
                ("clients", value) => load.clients = value.parse()?,
                ("secs", value) => load.length = Duration::from_secs_f64(value.parse()?),
                ("rate", value) => load.rate = Some(value.parse()?),
                ("buy", value) => load.buy = Some(value.to_owned()),
                ("key", value) => load.key = Some(value.to_owned()),
                (name, _) => return Err(format!("no option is called {name}").into()),
            }
        }
        Ok(load)
    }

    pub(crate) async fn run(self) -> Result<Value, Failed> {
        let (load, seen) = (Rc::new(self), Rc::new(RefCell::new(Seen::default())));
        let started = Instant::now();
        let local = tokio::task::LocalSet::new();
        for client in 0..load.clients {
            let (load, seen) = (load.clone(), seen.clone());
            local.spawn_local(async move { load.client(client, started, &seen).await });
        }
        local.await;
        let seconds = started.elapsed().as_secs_f64();
        let mut seen = seen.borrow_mut();
        seen.waits.sort_unstable();
        let at = |share: usize| {
            let last = seen.waits.len().saturating_sub(1);
            seen.waits.get(last * share / 100).copied()
        };
        Ok(json!({
            "answers": seen.waits.len(), "failed": seen.failed, "first_failure": seen.first_failure,
            "seconds": seconds,
            "p50_us": at(50), "p99_us": at(99)
        }))
    }

    async fn client(&self, index: u32, started: Instant, seen: &RefCell<Seen>) {
        let end = started + self.length;
        let pause = self
            .rate
            .map(|rate| Duration::from_secs(1) * self.clients / rate);
        let mut connection = None;
        let mut turn = 0;
        loop {
            let begin = match pause {
                // The clients begin one after another, evenly spread.
                Some(pause) => {
                    let due = started + pause * index / self.clients + pause * turn;
                    sleep_until(due).await;
                    due
                }
                None => Instant::now(),
            };
            if begin >= end {
                return;
            }
            turn += 1;
            let outcome = timeout(PATIENCE, self.ask(&mut connection, seen)).await;
            match outcome.map_err(Failed::from).flatten() {
                Ok(()) => {
                    let wait = u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX);
                    seen.borrow_mut().waits.push(wait);
                }
                Err(error) => {
                    connection = None;
                    let mut seen = seen.borrow_mut();
                    seen.failed += 1;
                    seen.first_failure.get_or_insert_with(|| error.to_string());
                }
            }
        }
    }

    async fn ask(
        &self,
        connection: &mut Option<TcpStream>,
        seen: &RefCell<Seen>,
    ) -> Result<(), Failed> {
        let mut stream = match connection.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(&self.host).await?;
                stream.set_nodelay(true)?;
                stream
            }
        };
        stream.write_all(self.request(seen).as_bytes()).await?;
        read(&mut stream).await?;
        *connection = Some(stream);
        Ok(())
    }

    fn request(&self, seen: &RefCell<Seen>) -> String {
        let (path, host) = (&self.path, &self.host);
        let key = self.key.as_ref();
        let key = key.map_or_else(String::new, |key| {
            format!("Authorization: Bearer {key}\r\n")
        });
        let Some(account) = &self.buy else {
            return format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{key}\r\n");
        };
        let next = {
            let mut seen = seen.borrow_mut();
            seen.next += 1;
            seen.next
        };
        let number = (self.first + u64::from(next)) % 8_000_000 + 2_000_000;
        let number = format!("+1415{number:07}");
        let body = json!({"account": account, "number": number}).to_string();
        format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\n{key}Idempotency-Key: peers-{}-{next}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            std::process::id(),
            body.len()
        )
    }
}

/// Reads one answer with `Content-Length`; an error unless it is a success.
async fn read(stream: &mut TcpStream) -> Result<(), Failed> {
    let mut buffer = Vec::with_capacity(65_536);
    loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = std::str::from_utf8(&buffer[..end])?.to_ascii_lowercase();
            let length = head
                .split_once("content-length:")
                .ok_or("an answer without length")?;
            let length: usize = length.1.lines().next().unwrap_or_default().trim().parse()?;
            while buffer.len() < end + 4 + length {
                if stream.read_buf(&mut buffer).await? == 0 {
                    return Err("cut off".into());
                }
            }
            let good = head.starts_with("http/1.1 2");
            return if good { Ok(()) } else { Err(head.into()) };
        }
        if stream.read_buf(&mut buffer).await? == 0 {
            return Err("no answer".into());
        }
    }
}
