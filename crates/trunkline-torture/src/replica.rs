//! A `trunkline serve` of its own: this program, run again.

use std::fs::OpenOptions;
use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::child::{Arming, FROZEN, HTTP2, SERVE};
use crate::world::World;

/// Longest that a gateway takes to listen.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often one is started that ends before it listens: SQLite lets nobody in while a frozen gateway is writing.
const TRIES: u32 = 60;

/// The pause before the next try.
const PAUSE: Duration = Duration::from_millis(250);

/// A running gateway, killed when dropped.
#[derive(Debug)]
pub(crate) struct Replica {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

/// What a gateway did by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// It killed itself at its point.
    Killed,
    /// It ended, which nobody asked it to.
    Ended,
    /// It froze at its point.
    Frozen,
}

/// What came of starting a gateway.
enum Start {
    Listens(Box<Replica>),
    Killed,
    Ended,
}

impl Replica {
    /// Starts a gateway and waits until it listens, as often as it takes. `None` if its point came before that.
    ///
    /// # Errors
    /// It can't be started, or does not listen.
    pub(crate) async fn start(
        world: &World,
        name: usize,
        arming: Option<&Arming>,
    ) -> Result<Option<Self>, String> {
        for _ in 0..TRIES {
            match Self::try_start(world, name, arming).await? {
                Start::Listens(replica) => return Ok(Some(*replica)),
                Start::Killed if arming.is_some() => return Ok(None),
                Start::Killed | Start::Ended => tokio::time::sleep(PAUSE).await,
            }
        }
        let said = std::fs::read_to_string(world.path().join(log(name))).unwrap_or_default();
        let last = said.lines().next_back().unwrap_or_default();
        Err(format!("a gateway ended at its start: {last}"))
    }

    async fn try_start(
        world: &World,
        name: usize,
        arming: Option<&Arming>,
    ) -> Result<Start, String> {
        let mut child = command(world, name, arming)?
            .spawn()
            .map_err(|error| format!("a gateway can't be started: {error}"))?;
        let out = child.stdout.take().ok_or("a gateway without output")?;
        let mut lines = BufReader::new(out).lines();
        let listening = async {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some((_, at)) = line.split_once("listens on http://") {
                    return at.trim().parse().ok();
                }
            }
            None
        };
        let address = tokio::time::timeout(PATIENCE, listening).await;
        let address = address.map_err(|_| "a gateway does not listen".to_owned())?;
        let Some(address) = address else {
            let killed = was_killed(&mut child).await;
            return Ok(if killed { Start::Killed } else { Start::Ended });
        };
        Ok(Start::Listens(Box::new(Self {
            child,
            lines,
            address,
        })))
    }

    /// Waits until it does something by itself.
    pub(crate) async fn event(&mut self) -> Event {
        while let Ok(Some(line)) = self.lines.next_line().await {
            if line.starts_with(FROZEN) {
                return Event::Frozen;
            }
        }
        if was_killed(&mut self.child).await {
            Event::Killed
        } else {
            Event::Ended
        }
    }

    /// `kill -9`.
    pub(crate) async fn kill(mut self) {
        let _ = self.child.kill().await;
    }

    /// SIGSTOP.
    pub(crate) fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// SIGCONT.
    pub(crate) fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(pid) = id.and_then(Pid::from_raw) {
            // It may have ended meanwhile.
            let _ = kill_process(pid, signal);
        }
    }
}

/// Waits for its end, and tells whether that was SIGKILL.
async fn was_killed(child: &mut Child) -> bool {
    let status = child.wait().await;
    status.is_ok_and(|status| status.signal() == Some(Signal::KILL.as_raw()))
}

/// The file that a gateway's log goes to.
fn log(name: usize) -> String {
    format!("gateway-{name}.log")
}

fn command(world: &World, name: usize, arming: Option<&Arming>) -> Result<Command, String> {
    let told = |error: std::io::Error| error.to_string();
    let program = std::env::current_exe().map_err(told)?;
    let path = world.path().join(log(name));
    let log = OpenOptions::new().create(true).append(true).open(path);
    let mut command = Command::new(program);
    command
        .arg(SERVE)
        .arg(if world.next_start().is_multiple_of(2) {
            HTTP2
        } else {
            "h1"
        })
        .arg(arming.map_or_else(|| "-".to_owned(), Arming::argument))
        .args(["serve", "--config", "trunkline.toml"])
        .args(["--listen", "127.0.0.1:0", "--database", &world.database])
        .current_dir(world.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log.map_err(told)?)
        .kill_on_drop(true);
    Ok(command)
}
