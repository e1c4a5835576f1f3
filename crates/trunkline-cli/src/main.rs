//! The `trunkline` command.

use std::io::{self, BufRead, IsTerminal, Write};
use std::process::ExitCode;

use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};
use trunkline_cli::Console;
use trunkline_core::strength::Safeguard;

/// A program whose safeguards can be switched off does not compile.
const _: () = assert!(!Safeguard::LookFirst.is_off());

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[tokio::main]
async fn main() -> ExitCode {
    // For machines that give huge pages to everybody. Where it fails, more memory is used.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    let (mut out, mut err) = (io::stdout(), io::stderr());
    // Without a handler the signal would end the process at the first write that makes a file larger than the limit
    // (ulimit -f). With one, that write fails, as on a full disk. The handler stays installed. SIGPIPE is ignored by Rust.
    if let Err(error) = signal(SignalKind::from_raw(Signal::XFSZ.as_raw())) {
        // Nobody may be there to read it.
        let _ = writeln!(err, "warning: SIGXFSZ can't be caught: {error}");
    }
    let columns = rustix::termios::tcgetwinsize(&out).ok();
    let columns = columns
        .map(|size| usize::from(size.ws_col))
        .filter(|columns| *columns > 0);
    let mut input = io::stdin().lock();
    let is_asked = input.is_terminal() && err.is_terminal();
    let mut console = Console {
        out_is_terminal: out.is_terminal(),
        err_is_terminal: err.is_terminal(),
        columns,
        input: is_asked.then_some(&mut input as &mut dyn BufRead),
        ..Console::capture(&mut out, &mut err)
    };
    trunkline_cli::run(std::env::args_os(), &mut console)
        .await
        .into()
}
