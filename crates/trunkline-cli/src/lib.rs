#![doc = include_str!("../README.md")]

#[expect(
    clippy::doc_markdown,
    reason = "the docs of arguments are shown as help, where markup is noise"
)]
mod args;
mod call;
mod client;
mod commands;
mod console;
mod failure;
mod file;
mod listing;
mod progress;
mod render;
mod reply;
mod server;
mod session;

use std::ffi::OsString;

use clap::{CommandFactory, FromArgMatches};

use crate::args::Cli;
use crate::client::Target;
use crate::session::Context;

pub use console::Console;
pub use failure::Exit;

/// Runs one command line, which begins with the program's name. Everything but log lines is written to the console.
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
                // Compose files set variables to the empty string.
                cli.global.log = cli.global.log.filter(|filter| !filter.trim().is_empty());
                (cli, target)
            })
        });
    let (cli, target) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return console.usage(&error),
    };
    let context = Context::new(cli.global, target, console.reborrow());
    match commands::run(cli.command, context).await {
        Ok(exit) => exit,
        Err(failure) => console.fail(&failure),
    }
}
