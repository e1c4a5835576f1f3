//! What 4 000 strangers cost a gateway: `cargo run -p trunkline-tests --example strangers -- target/release/trunkline`.
//!
//! They connect from 127.0.0.2 to 127.0.0.40, and then all from one address. A third of them say nothing, a third begin a
//! body and send a byte of it each second, a third ask for the largest file and read nothing. Meanwhile a client on 127.0.0.1
//! with a key calls on and on. Exit code 1 if a call takes a second or more or fails, or if the gateway grows by 50 MB.

use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::Instant;

const STRANGERS: usize = 4_000;
const LONGEST: Duration = Duration::from_secs(1);
/// Between two calls of the client, which must not pass the rate of its key.
const PAUSE: Duration = Duration::from_millis(5);
const GROWTH_KB: u64 = 50 * 1024;
/// How long they stay once they are all there.
const STAY: Duration = Duration::from_secs(5);

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// A gateway in a process of its own, killed when dropped.
struct Gateway {
    child: Child,
    address: SocketAddr,
    key: String,
    _directory: tempfile::TempDir,
}

impl Gateway {
    fn start(program: &Path) -> Result<Self, Failed> {
        let directory = tempfile::tempdir()?;
        let account = "[[accounts]]\nname = 'us'\nprovider = 'wazo'\nbase_url = 'http://127.0.0.1:1'\ntoken = 'x'\n";
        std::fs::write(directory.path().join("trunkline.toml"), account)?;
        let run = |arguments: &[&str]| {
            let mut command = Command::new(program);
            command.args(arguments).args(["--config", "trunkline.toml"]);
            command.current_dir(directory.path()).stderr(Stdio::null());
            command
        };
        let made = run(&[
            "keys", "create", "--name", "a", "--scope", "all", "-o", "json",
        ])
        .output()?;
        let made: Value = serde_json::from_slice(&made.stdout)?;
        let key = made["secret"].as_str().ok_or("no key was made")?.to_owned();
        let mut child = run(&["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()?;
        let out = child.stdout.take().ok_or("no output")?;
        let mut lines = BufReader::new(out).lines().map_while(Result::ok);
        let address =
            lines.find_map(|line| Some(line.split_once("listens on http://")?.1.trim().to_owned()));
        let address = address.ok_or("it does not listen")?.parse()?;
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self {
            child,
            address,
            key,
            _directory: directory,
        })
    }

    /// Resident memory, in kilobytes.
    fn memory(&self) -> Result<u64, Failed> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next());
        Ok(kilobytes.ok_or("no VmRSS")?.parse()?)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One call on a connection of its own; how long it took.
async fn call(address: SocketAddr, key: &str) -> Result<Duration, Failed> {
    let began = Instant::now();
    let mut stream = TcpStream::connect(address).await?;
    let head = format!(
        "GET /v1/accounts HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    if answer.starts_with("HTTP/1.1 200") {
        Ok(began.elapsed())
    } else {
        Err(answer.lines().next().unwrap_or("no answer").into())
    }
}

async fn stranger(address: SocketAddr, number: usize, last: u8) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(IpAddr::from([127, 0, 0, last]), 0))?;
    let mut stream = socket.connect(address).await?;
    let said = match number % 3 {
        0 => String::new(),
        1 => format!(
            "POST /v1/session HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{"
        ),
        _ => format!("GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: {address}\r\n\r\n"),
    };
    stream.write_all(said.as_bytes()).await?;
    Ok(stream)
}

/// Whether it is this process that has no room for another stranger.
fn is_ours(error: &std::io::Error) -> bool {
    let errno = Errno::from_io_error(error);
    let full = [Errno::MFILE, Errno::NFILE, Errno::ADDRNOTAVAIL];
    errno.is_some_and(|errno| full.contains(&errno))
}

/// As many open files as the system allows.
fn make_room() -> Result<(), Failed> {
    let allowed = getrlimit(Resource::Nofile);
    setrlimit(
        Resource::Nofile,
        Rlimit {
            current: allowed.maximum,
            ..allowed
        },
    )?;
    match allowed.maximum {
        Some(most) if most < 2 * STRANGERS as u64 => {
            Err(format!("this process may open {most} files: `ulimit -Hn` shows it").into())
        }
        _ => Ok(()),
    }
}

/// Calls on and on; the longest call in microseconds, and how many failed.
#[derive(Default)]
struct Client {
    over: AtomicBool,
    calls: AtomicU64,
    longest: AtomicU64,
    failed: AtomicU64,
}

impl Client {
    /// Counts a call that failed, and says why the first one did.
    fn fail(&self, why: &str) {
        if self.failed.fetch_add(1, Ordering::Relaxed) == 0 {
            eprintln!("a call failed: {why}");
        }
    }

    async fn run(&self, address: SocketAddr, key: &str) {
        while !self.over.load(Ordering::Relaxed) {
            self.calls.fetch_add(1, Ordering::Relaxed);
            let called = tokio::time::timeout(Duration::from_secs(10), call(address, key)).await;
            match called {
                Ok(Ok(took)) => {
                    let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
                    self.longest.fetch_max(took, Ordering::Relaxed);
                }
                Ok(Err(error)) => self.fail(&error.to_string()),
                Err(late) => self.fail(&late.to_string()),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Has the strangers come and stay; whether everything held.
async fn besiege(
    gateway: &Gateway,
    name: &str,
    from: impl Fn(usize) -> u8,
) -> Result<bool, Failed> {
    let before = gateway.memory()?;
    let client = Arc::new(Client::default());
    let (running, address, key) = (Arc::clone(&client), gateway.address, gateway.key.clone());
    let mut calling = tokio::task::JoinSet::new();
    calling.spawn(async move { running.run(address, &key).await });
    let mut held = Vec::with_capacity(STRANGERS);
    let mut grown = 0;
    for number in 0..STRANGERS {
        match stranger(address, number, from(number)).await {
            Ok(stream) => held.push((number, stream)),
            Err(error) if is_ours(&error) => return Err(error.into()),
            // One that the gateway has closed by now has come, too.
            Err(_) => {}
        }
    }
    for _ in 0..STAY.as_secs() {
        tokio::time::sleep(Duration::from_secs(1)).await;
        for (_, slow) in held.iter().filter(|(number, _)| number % 3 == 1) {
            let _ = slow.try_write(b" ");
        }
        grown = grown.max(gateway.memory()?.saturating_sub(before));
    }
    client.over.store(true, Ordering::Relaxed);
    calling.join_all().await;
    let (calls, failed) = (
        client.calls.load(Ordering::Relaxed),
        client.failed.load(Ordering::Relaxed),
    );
    let longest = Duration::from_micros(client.longest.load(Ordering::Relaxed));
    let came = held.len();
    let line = format!(
        "{name}: {came} strangers, {calls} calls, {failed} failed, longest {longest:?}, grown by {grown} kB"
    );
    writeln!(std::io::stdout(), "{line}")?;
    Ok(failed == 0 && longest < LONGEST && grown < GROWTH_KB)
}

async fn run() -> Result<bool, Failed> {
    let program = std::env::args_os()
        .nth(1)
        .ok_or("name the program: target/release/trunkline")?;
    let program = std::path::absolute(program)?;
    make_room()?;
    let gateway = Gateway::start(&program)?;
    for _ in 0..200 {
        call(gateway.address, &gateway.key).await?;
    }
    let many = besiege(&gateway, "39 addresses", |number| {
        u8::try_from(2 + number % 39).unwrap_or(2)
    })
    .await?;
    let one = besiege(&gateway, "one address", |_| 2).await?;
    Ok(many && one)
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}
