//! `trunkline` as a process of its own: this test binary, run again.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use trunkline_cli::Console;

/// Where the arguments of the process to be are found, one on each line.
pub(crate) const ARGUMENTS: &str = "TRUNKLINE_TEST_PROCESS";

/// What makes this test binary run [`be_trunkline`] and nothing else.
pub(crate) const BE_TRUNKLINE: [&str; 4] =
    ["--exact", "process::be_trunkline", "--nocapture", "--quiet"];

/// Not a test: what the process runs. Without arguments it does nothing.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "how a test tells its own child what to be"
)]
fn be_trunkline() {
    let Ok(arguments) = std::env::var(ARGUMENTS) else {
        return;
    };
    let arguments = std::iter::once("trunkline").chain(arguments.lines());
    let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
    let mut console = Console::capture(&mut out, &mut err);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let exit = runtime.block_on(trunkline_cli::run(arguments, &mut console));
    std::process::exit(exit as i32);
}

/// A running `trunkline serve`, killed when dropped.
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub(crate) address: String,
    /// The control port of its sandbox; empty without one.
    pub(crate) control: String,
    /// The header of a key, where one is needed.
    key: String,
    _reader: JoinSet<()>,
}

fn command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(BE_TRUNKLINE)
        .env(ARGUMENTS, arguments.join("\n"))
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Runs `trunkline` to its end: exit code, standard output, standard error.
pub(crate) async fn run(directory: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = command(directory, arguments).output();
    let output = tokio::time::timeout(Duration::from_secs(60), output)
        .await
        .expect("it ends")
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap_or(-1),
        text(output.stdout),
        text(output.stderr),
    )
}

/// Makes a key for everything, on the database that a gateway with these arguments uses: the header to send.
pub(crate) async fn make_key(directory: &Path, arguments: &[&str]) -> String {
    let create = [
        "keys", "create", "--name", "test", "--scope", "all", "-o", "json",
    ];
    let (code, out, err) = run(directory, &[&create[..], arguments].concat()).await;
    assert_eq!(code, 0, "{err}");
    // The harness that the process runs in says something, too.
    let json = &out[out.find('{').unwrap()..=out.rfind('}').unwrap()];
    let key: Value = serde_json::from_str(json).unwrap();
    format!(
        "authorization: Bearer {}\r\n",
        key["secret"].as_str().unwrap()
    )
}

impl Server {
    /// Starts `trunkline serve` with these arguments in this directory, and waits until it answers.
    pub(crate) async fn start(directory: &Path, arguments: &[&str]) -> Self {
        let key = match arguments.contains(&"--sandbox") {
            true => String::new(),
            false => make_key(directory, arguments).await,
        };
        Self::start_with(key, directory, arguments).await
    }

    /// The same with no key made, so that the database need not be there yet.
    pub(crate) async fn start_without_key(directory: &Path, arguments: &[&str]) -> Self {
        Self::start_with(String::new(), directory, arguments).await
    }

    async fn start_with(key: String, directory: &Path, arguments: &[&str]) -> Self {
        let mut child = command(
            directory,
            &[&["serve", "--listen", "127.0.0.1:0"], arguments].concat(),
        )
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (mut address, mut control) = (String::new(), String::new());
        while address.is_empty() || (arguments.contains(&"--sandbox") && control.is_empty()) {
            let line = lines
                .next_line()
                .await
                .unwrap()
                .expect("it says where it listens before it ends");
            if let Some((_, at)) = line.split_once("listens on http://") {
                at.trim().clone_into(&mut address);
            }
            if let Some(("", at)) = line.trim().split_once("control") {
                at.split_whitespace()
                    .next()
                    .unwrap()
                    .clone_into(&mut control);
            }
        }
        // It must never wait for somebody to read what it says.
        let mut reader = JoinSet::new();
        reader.spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self {
            child,
            address,
            control,
            key,
            _reader: reader,
        }
    }

    /// `kill -9`.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// One request, such as `GET /v1/numbers`: status and body. `None` if the server was gone before it had answered.
    pub(crate) async fn call(&self, line: &str, headers: &str, body: &str) -> Option<(u16, Value)> {
        let headers = format!("{}{headers}", self.key);
        call(&self.address, line, &headers, body).await
    }

    /// One request to the control port of its sandbox.
    pub(crate) async fn control(&self, line: &str, body: &str) -> Option<(u16, Value)> {
        call(self.control.trim_start_matches("http://"), line, "", body).await
    }

    /// Reads a path until the answer is as wanted.
    pub(crate) async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..4_000 {
            if let Some((_, answer)) = self.call(&format!("GET {path}"), "", "").await
                && wanted(&answer)
            {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{path} never got there");
    }
}

async fn call(address: &str, line: &str, headers: &str, body: &str) -> Option<(u16, Value)> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    let kind = if body.is_empty() {
        ""
    } else {
        "content-type: application/json\r\n"
    };
    let request = format!(
        "{line} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{kind}{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let status = answer.split(' ').nth(1)?.parse().ok()?;
    let (_, body) = answer.split_once("\r\n\r\n")?;
    Some((status, serde_json::from_str(body).unwrap_or_default()))
}
