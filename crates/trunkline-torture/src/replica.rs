//! A `trunkline serve` of its own: this program, run again with the very same command line, and with one point armed.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitCode, Stdio};
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal, getpid, kill_process};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use trunkline_cli::{Console, Exit};
use trunkline_core::failpoint;

use crate::world::World;

/// Longest that a gateway takes to listen.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often one is started that ends before it listens: SQLite lets nobody in while a frozen gateway is writing.
const TRIES: u32 = 60;

const PAUSE: Duration = Duration::from_millis(250);

/// A running gateway, killed when dropped.
#[derive(Debug)]
pub(crate) struct Replica {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
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
    /// Starts a gateway and waits until it listens, as often as it takes. `None` if its point came before that. Errors:
    /// it can't be started, or does not listen.
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

/// The first argument of a child. What follows is the protocol it speaks to the carriers, an [`Arming`] or `-`, and then a
/// command line of `trunkline`.
pub(crate) const SERVE: &str = "__trunkline";

/// What a frozen child says before it is.
pub(crate) const FROZEN: &str = "frozen at ";

/// What a point does, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arming {
    pub(crate) point: &'static str,
    /// Which hit counts, from 1.
    pub(crate) nth: u32,
    /// SIGSTOP instead of SIGKILL.
    pub(crate) freezes: bool,
}

impl Arming {
    /// As an argument.
    pub(crate) fn argument(&self) -> String {
        let what = if self.freezes { "freeze" } else { "kill" };
        format!("{}:{}:{what}", self.point, self.nth)
    }
}

impl FromStr for Arming {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split(':');
        let mut next = || parts.next().ok_or(());
        let (name, nth, what) = (next()?, next()?, next()?);
        let point = failpoint::ALL.iter().find(|point| **point == name);
        Ok(Self {
            point: point.ok_or(())?,
            nth: nth.parse().map_err(|_| ())?,
            freezes: what == "freeze",
        })
    }
}

/// The second argument of a child that speaks HTTP/2 to the carriers.
pub(crate) const HTTP2: &str = "h2";

/// Runs what the arguments after [`SERVE`] say.
pub(crate) async fn serve(mut arguments: impl Iterator<Item = OsString>) -> ExitCode {
    if arguments.next().is_some_and(|protocol| protocol == HTTP2) {
        failpoint::arm(failpoint::HTTP2, || {});
    }
    let armed = arguments.next().unwrap_or_default();
    match armed.to_string_lossy().as_ref() {
        "-" => {}
        text => match text.parse() {
            Ok(arming) => arm(arming),
            Err(()) => return Exit::Usage.into(),
        },
    }
    let (mut out, mut err) = (io::stdout(), io::stderr());
    let mut console = Console::capture(&mut out, &mut err);
    let arguments = std::iter::once(OsString::from("trunkline")).chain(arguments);
    trunkline_cli::run(arguments, &mut console).await.into()
}

fn arm(arming: Arming) {
    let hits = AtomicU32::new(0);
    failpoint::arm(arming.point, move || {
        if hits.fetch_add(1, Ordering::Relaxed) + 1 != arming.nth {
            return;
        }
        let signal = if arming.freezes {
            let mut out = io::stdout();
            // The task that thaws it reads this. If no task reads it, none will thaw it either.
            let _ = writeln!(out, "{FROZEN}{}", arming.point).and_then(|()| out.flush());
            Signal::STOP
        } else {
            Signal::KILL
        };
        // A process may always send itself a signal.
        let _ = kill_process(getpid(), signal);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arming_reads_back_as_it_was_written() {
        for freezes in [false, true] {
            let arming = Arming {
                point: failpoint::BEFORE_SEND,
                nth: 3,
                freezes,
            };
            assert_eq!(arming.argument().parse(), Ok(arming));
        }
        assert_eq!("nowhere:1:kill".parse::<Arming>(), Err(()));
    }
}
