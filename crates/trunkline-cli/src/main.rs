//! The `trunkline` command.

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use trunkline_cli::Console;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let (mut out, mut err) = (io::stdout(), io::stderr());
    let mut console = Console {
        out_is_terminal: out.is_terminal(),
        err_is_terminal: err.is_terminal(),
        out: &mut out,
        err: &mut err,
    };
    trunkline_cli::run(std::env::args_os(), &mut console)
        .await
        .into()
}
