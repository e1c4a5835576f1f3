//! This program as `trunkline`: the very same command line, with one point armed.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::{Signal, getpid, kill_process};
use trunkline_cli::{Console, Exit};
use trunkline_core::failpoint;

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
pub(crate) async fn run(mut arguments: impl Iterator<Item = OsString>) -> ExitCode {
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
            // Whoever thaws it reads this; if nobody reads, nobody is left to thaw it either.
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
