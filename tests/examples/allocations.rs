//! Measures allocations, and what another client notices of them: twenty one after another on SQLite, six at once on
//! PostgreSQL. Each allocation buys 20 numbers; another client reads `GET /v1/purchases` all the time.
//!
//! `cargo run --release -p trunkline-tests --example allocations [POSTGRES_URL]`. Without a URL a server is started where
//! PostgreSQL is installed; it does not sync its disk. The gateway is a process of its own: this program, run again as
//! `allocations serve ...`.

use std::io::Write;
use std::path::Path;
use std::process::{ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time::Instant;
use trunkline_cli::Console;
use trunkline_sandbox::{Latency, ProviderKind, Sandbox, StockOrder, credentials};
use trunkline_testkit::services::postgres;

const TWILIO: ProviderKind = ProviderKind::Twilio;

/// Numbers of one allocation.
const COUNT: usize = 20;

/// Milliseconds that the carrier takes for each request, which is little: without any a lone allocation keeps two cores busy,
/// and several at once can't be much faster than one after another.
const CARRIER_MS: u64 = 50;

/// Pause between two reads of the other client, which must leave the machine to the gateway.
const BETWEEN_READS: Duration = Duration::from_millis(5);

/// What a gateway says that has no connection to its database free.
const NONE_FREE: [&str; 2] = ["pool timed out", "no connection free"];

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_command = |first: &String| first == "serve" || first == "keys";
    if arguments.first().is_some_and(is_command) {
        let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
        let mut console = Console::capture(&mut out, &mut err);
        let arguments = ["trunkline".to_owned()].into_iter().chain(arguments);
        let exit = trunkline_cli::run(arguments, &mut console).await;
        return ExitCode::from(exit as u8);
    }
    match measure(arguments.first().map(String::as_str)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            say(&format!("can't be measured: {why}"));
            ExitCode::FAILURE
        }
    }
}

async fn measure(url: Option<&str>) -> Result<(), Failure> {
    run("SQLite", "sqlite://trunkline.db", (20, 1)).await?;
    let started = match url {
        Some(url) => Some(url.to_owned()),
        None => postgres::shared().await.map(postgres::Server::database),
    };
    match started {
        Some(url) => run("PostgreSQL", &url, (6, 6)).await,
        None => Ok(()),
    }
}

/// So many allocations, so many of them at once, after three alone.
async fn run(name: &str, url: &str, (count, at_once): (usize, usize)) -> Result<(), Failure> {
    let carrier = Sandbox::start_default().await?;
    let stock = StockOrder {
        country: "US".to_owned(),
        area_code: Some("510".to_owned()),
        number_type: None,
        count: 1_000,
    };
    carrier.set_stock(TWILIO, &stock)?;
    let latency = Latency {
        operation: "*".to_owned(),
        ms: CARRIER_MS,
        per_row_ms: 0,
    };
    carrier.set_latency(TWILIO, &latency)?;
    let directory = tempfile::tempdir()?;
    std::fs::write(
        directory.path().join("trunkline.toml"),
        config(&carrier, url),
    )?;
    let gateway = Arc::new(Gateway::start(directory.path()).await?);
    let mut alone = Vec::new();
    for index in 0..3 {
        alone.push(allocate(Arc::clone(&gateway), format!("alone-{index}")).await?);
    }
    alone.sort();
    let reader = Reader::start(Arc::clone(&gateway));
    let (mut left, mut times) = (0..count, Vec::new());
    let mut running = JoinSet::new();
    loop {
        for index in left.by_ref().take(at_once - running.len()) {
            running.spawn(allocate(
                Arc::clone(&gateway),
                format!("allocation-{index}"),
            ));
        }
        match running.join_next().await {
            Some(time) => times.push(time??),
            None => break,
        }
    }
    let slowest = times.into_iter().max().unwrap_or_default();
    let (reads, slowest_read, refused) = reader.end().await?;
    say(&format!(
        "{name}: {count} allocations of {COUNT}, {at_once} at once: slowest {slowest:.0?}, alone {:.0?} ({:.1} times); \
         {reads} reads beside them, slowest {slowest_read:.0?}, {refused} refused; {} times without a free connection",
        alone[1],
        slowest.as_secs_f64() / alone[1].as_secs_f64(),
        gateway.none_free.load(Ordering::Relaxed),
    ));
    Ok(())
}

fn config(carrier: &Sandbox, url: &str) -> String {
    format!(
        r#"
        [database]
        url = "{url}"
        [[accounts]]
        name = "us-main"
        provider = "twilio"
        account_sid = "{}"
        auth_token = "{}"
        base_url = "{}"
        limits = {{ per_second = 1000, burst = 1000, concurrency = 50 }}
        "#,
        credentials::TWILIO_ACCOUNT_SID,
        credentials::TWILIO_AUTH_TOKEN,
        carrier.url(TWILIO)
    )
}

/// How long an allocation took, from its request to the answer that it is over.
async fn allocate(gateway: Arc<Gateway>, key: String) -> Result<Duration, Failure> {
    let body = json!({"criteria": {"country": "US", "area_code": "510"}, "count": COUNT, "mode": "all_or_nothing"}).to_string();
    let started = Instant::now();
    let headers = format!("idempotency-key: {key}\r\n");
    let begun = gateway.call("POST /v1/allocations", &headers, &body);
    let (_, begun) = begun.await?;
    let id = begun["id"].as_str().ok_or_else(|| begun.to_string())?;
    loop {
        let (status, allocation) = gateway
            .call(&format!("GET /v1/allocations/{id}"), "", "")
            .await?;
        match allocation["state"].as_str() {
            Some("succeeded") => return Ok(started.elapsed()),
            Some("running") => tokio::time::sleep(Duration::from_millis(10)).await,
            _ => return Err(format!("{status}: {allocation}").into()),
        }
    }
}

/// A client that reads purchases all the time.
struct Reader {
    over: Arc<AtomicBool>,
    reading: JoinSet<Result<(usize, Duration, usize), Failure>>,
}

impl Reader {
    fn start(gateway: Arc<Gateway>) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let mut reading = JoinSet::new();
        let until = Arc::clone(&over);
        reading.spawn(async move {
            let (mut reads, mut slowest, mut refused) = (0, Duration::ZERO, 0);
            while !until.load(Ordering::Relaxed) {
                let started = Instant::now();
                let (status, _) = gateway.call("GET /v1/purchases", "", "").await?;
                slowest = slowest.max(started.elapsed());
                reads += 1;
                refused += usize::from(status != 200);
                tokio::time::sleep(BETWEEN_READS).await;
            }
            Ok((reads, slowest, refused))
        });
        Self { over, reading }
    }

    /// Reads made, the time of the slowest, and how many were refused.
    async fn end(mut self) -> Result<(usize, Duration, usize), Failure> {
        self.over.store(true, Ordering::Relaxed);
        let ended = self.reading.join_next().await.ok_or("nobody has read")?;
        ended?
    }
}

/// A running `trunkline serve`, ended when dropped.
struct Gateway {
    address: String,
    key: String,
    none_free: Arc<AtomicUsize>,
    _process: Child,
    _listening: JoinSet<()>,
}

impl Gateway {
    async fn start(directory: &Path) -> Result<Self, Failure> {
        let program = |arguments: &[&str]| {
            let mut command = Command::new(std::env::current_exe()?);
            let config = ["--config", "trunkline.toml"];
            command.args(arguments).args(config).current_dir(directory);
            Ok::<_, Failure>(command)
        };
        let made = [
            "keys", "create", "--name", "a", "--scope", "all", "-o", "json",
        ];
        let made = program(&made)?.output().await?;
        let made: Value = serde_json::from_slice(&made.stdout)?;
        let key = made["secret"].as_str().ok_or("no key was made")?.to_owned();
        let mut process = program(&["serve", "--listen", "127.0.0.1:0"])?
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let (out, err) = (process.stdout.take(), process.stderr.take());
        let mut lines = BufReader::new(out.ok_or("no output")?).lines();
        let address = loop {
            let line = lines
                .next_line()
                .await?
                .ok_or("it ended before it listened")?;
            if let Some((_, address)) = line.split_once("listens on http://") {
                break address.trim().to_owned();
            }
        };
        let none_free = Arc::new(AtomicUsize::new(0));
        let mut said = BufReader::new(err.ok_or("no log")?).lines();
        let (mut listening, count) = (JoinSet::new(), Arc::clone(&none_free));
        listening.spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        listening.spawn(async move {
            while let Ok(Some(line)) = said.next_line().await {
                let found = NONE_FREE.iter().any(|text| line.contains(text));
                count.fetch_add(usize::from(found), Ordering::Relaxed);
            }
        });
        Ok(Self {
            address,
            key,
            none_free,
            _process: process,
            _listening: listening,
        })
    }

    /// One request: status and body.
    async fn call(&self, line: &str, headers: &str, body: &str) -> Result<(u16, Value), Failure> {
        let mut stream = TcpStream::connect(&self.address).await?;
        let request = format!(
            "{line} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\nconnection: close\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n{body}",
            self.address,
            self.key,
            body.len()
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let status = answer.split(' ').nth(1).ok_or("no status")?.parse()?;
        let (_, body) = answer.split_once("\r\n\r\n").ok_or("no body")?;
        Ok((status, serde_json::from_str(body).unwrap_or_default()))
    }
}

fn say(text: &str) {
    // Nothing can be done where nobody reads.
    let _ = writeln!(std::io::stdout(), "{text}");
}
