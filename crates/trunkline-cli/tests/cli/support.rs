//! A sandbox, a directory with a configuration for it, and the binary run there.

use std::io::{BufRead, BufReader, Lines};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use rustix::process::Pid;
use serde_json::Value;
use tempfile::TempDir;
use trunkline_sandbox::{Ledger, ProviderKind, Sandbox, credentials};

/// One run of the binary.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    /// Its answer, which must be JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A sandbox, and a directory with `trunkline.toml` for its Twilio account.
pub(crate) struct Place {
    pub(crate) sandbox: Sandbox,
    pub(crate) dir: TempDir,
    /// The key that commands send to a server, once there is one.
    pub(crate) key: OnceLock<String>,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let sandbox = Sandbox::start_default().await.unwrap();
        let place = Self {
            sandbox,
            dir: tempfile::tempdir().unwrap(),
            key: OnceLock::new(),
        };
        place.configure(&place.account("us", "sandbox"));
        place
    }

    /// An account of the sandbox as TOML.
    pub(crate) fn account(&self, name: &str, token: &str) -> String {
        format!(
            "[[accounts]]\nname = \"{name}\"\nprovider = \"twilio\"\naccount_sid = \"{}\"\nauth_token = \"{token}\"\nbase_url = \"{}\"\n",
            credentials::TWILIO_ACCOUNT_SID,
            self.sandbox.url(ProviderKind::Twilio),
        )
    }

    pub(crate) fn configure(&self, text: &str) {
        std::fs::write(self.dir.path().join("trunkline.toml"), text).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A command that runs the binary in the directory, with the key if there is one.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = command(self.dir.path(), args);
        command.envs(self.key.get().map(|key| ("TRUNKLINE_KEY", key)));
        command
    }

    /// Runs the binary in the directory.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        finish(&mut self.command(args))
    }

    /// The key of the commands that are run from now on: one for everything.
    pub(crate) fn key(&self) -> &str {
        self.key.get_or_init(|| {
            let create = [
                "keys", "create", "--name", "test", "--scope", "all", "-o", "json",
            ];
            let made = run_in(self.dir.path(), &create).json();
            made["secret"].as_str().unwrap().to_owned()
        })
    }

    /// Starts `serve` there on a free port with a key, and waits until it answers.
    pub(crate) fn serve(&self, args: &[&str]) -> Server {
        self.key();
        self.serve_as_it_is(args)
    }

    /// The same with the keys that there are.
    pub(crate) fn serve_as_it_is(&self, args: &[&str]) -> Server {
        Server::start(self.dir.path(), args)
    }

    pub(crate) fn ledger(&self) -> Ledger {
        self.sandbox.ledger(ProviderKind::Twilio)
    }

    /// How often the carrier was asked to do this.
    pub(crate) fn asked(&self, operation: &str) -> u64 {
        self.ledger()
            .requests
            .get(operation)
            .copied()
            .unwrap_or_default()
    }

    /// A number on offer, with its offer.
    pub(crate) fn on_offer(&self) -> (String, String) {
        let found = self.run(&[
            "search",
            "--country",
            "US",
            "--area-code",
            "415",
            "--limit",
            "1",
            "-o",
            "json",
        ]);
        let first = found.json()["data"][0].clone();
        (
            first["number"].as_str().unwrap().to_owned(),
            first["offer"].as_str().unwrap().to_owned(),
        )
    }
}

/// A command that would run the binary in a directory, with nothing of ours in its environment.
pub(crate) fn command(dir: &std::path::Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trunkline"));
    command.args(args).current_dir(dir).stdin(Stdio::null());
    for name in [
        "TRUNKLINE_URL",
        "TRUNKLINE_KEY",
        "TRUNKLINE_DATABASE",
        "TRUNKLINE_LOG",
        "NO_COLOR",
        "ALL_PROXY",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "NO_PROXY",
        "all_proxy",
        "https_proxy",
        "http_proxy",
        "no_proxy",
    ] {
        command.env_remove(name);
    }
    command
}

/// Runs the binary in a directory.
pub(crate) fn run_in(dir: &std::path::Path, args: &[&str]) -> Run {
    finish(&mut command(dir, args))
}

/// Runs a command to its end.
pub(crate) fn finish(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A gateway in a process of its own. Dropping it kills it.
pub(crate) struct Server {
    child: Child,
    /// What it said.
    pub(crate) banner: Vec<String>,
    lines: Lines<BufReader<ChildStdout>>,
    /// Where it listens.
    pub(crate) url: String,
    /// What tests send that write their requests themselves; empty without a key.
    pub(crate) key: String,
}

impl Server {
    pub(crate) fn start(dir: &std::path::Path, args: &[&str]) -> Self {
        Self::logging_to(Stdio::null(), dir, args)
    }

    /// The same with its log lines.
    pub(crate) fn logging_to(log: Stdio, dir: &std::path::Path, args: &[&str]) -> Self {
        let args = [&["serve", "--listen", "127.0.0.1:0"], args].concat();
        let mut child = command(dir, &args)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut banner = Vec::new();
        // The last line of the banner shows how to list or to look at the books.
        for line in lines.by_ref().map_while(Result::ok) {
            let last = line.contains("/ledger")
                || (line.contains("  curl '") && !args.contains(&"--sandbox"));
            banner.push(line);
            if last {
                break;
            }
        }
        let url = banner
            .iter()
            .find_map(|line| line.split_once("listens on "))
            .unwrap_or_default()
            .1
            .to_owned();
        Self {
            child,
            banner,
            lines,
            url,
            key: String::new(),
        }
    }

    /// The process.
    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Sends a signal, such as `HUP`.
    pub(crate) fn signal(&self, name: &str) {
        let told = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(told.success());
    }

    /// Sends SIGTERM and waits; its exit code.
    pub(crate) fn terminate(mut self) -> Option<i32> {
        self.signal("TERM");
        let code = self.child.wait().unwrap().code();
        assert_eq!(
            self.lines.next().map(Result::unwrap),
            None,
            "nothing is said after the banner"
        );
        code
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
