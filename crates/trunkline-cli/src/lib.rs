//! The command line of trunkline: every command is a call of the HTTP API, to a server or to the same router in
//! this process.
//!
//! It holds no rule about buying and knows no carrier: those are in `trunkline-core` and the adapters.
//!
//! ```
//! use trunkline_cli::{Console, Exit, run};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let (mut out, mut err) = (Vec::new(), Vec::new());
//! let exit = run(["trunkline", "--version"], &mut Console::capture(&mut out, &mut err)).await;
//! assert_eq!(exit, Exit::Done);
//! assert!(out.starts_with(b"trunkline "));
//! # }
//! ```

#[expect(
    clippy::doc_markdown,
    reason = "the docs of arguments are shown as help, where markup is noise"
)]
mod args;
mod backend;
mod call;
mod client;
mod commands;
mod console;
mod failure;
mod file;
mod listing;
mod logging;
mod patience;
mod progress;
mod reload;
mod render;
mod reply;
mod telemetry;
mod unsettled;

use std::ffi::OsString;

use clap::{CommandFactory, FromArgMatches};

use crate::args::Cli;
use crate::client::Target;
use crate::commands::Session;

pub use console::Console;
pub use failure::Exit;

/// Runs one command line, the program's name first. Writes to the console alone, log lines of the process apart.
pub async fn run<I, T>(args: I, console: &mut Console<'_>) -> Exit
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    let parsed = Cli::command()
        .try_get_matches_from(args)
        .and_then(|matches| {
            let target = Target::choose(&matches);
            Cli::from_arg_matches(&matches).map(|mut cli| {
                // An empty variable, as compose files leave them, is none.
                cli.global.log = cli.global.log.filter(|filter| !filter.trim().is_empty());
                (cli, target)
            })
        });
    let (cli, target) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return console.usage(&error),
    };
    let session = Session::new(cli.global, target, console);
    match commands::run(cli.command, session).await {
        Ok(exit) => exit,
        Err(failure) => console.fail(&failure),
    }
}
