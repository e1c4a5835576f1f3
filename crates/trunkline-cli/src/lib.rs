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
use std::pin::Pin;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches};

use crate::args::Cli;
use crate::client::Target;
use crate::session::Context;

pub use console::Console;
pub use failure::Exit;

/// Runs one command line, which begins with the program's name. Everything but log lines is written to the console.
pub fn run<'a, I, T>(args: I, console: &'a mut Console<'_>) -> Running<'a>
where
    I: IntoIterator<Item = T>,
    T: Into<OsString>,
{
    boxed(args.into_iter().map(Into::into).collect(), console)
}

/// A command line under way. Boxed where its type is known, so that programs do not compile all of it again.
pub type Running<'a> = Pin<Box<dyn Future<Output = Exit> + 'a>>;

fn boxed<'a>(args: Vec<OsString>, console: &'a mut Console<'_>) -> Running<'a> {
    Box::pin(ran(args, console))
}

async fn ran(args: Vec<OsString>, console: &mut Console<'_>) -> Exit {
    console.is_json = asks_for_json(&args);
    let (cli, target) = match parse(&args) {
        Ok(parsed) => parsed,
        Err(error) => return console.usage(&error),
    };
    let context = Context::new(cli.global, target, console.reborrow());
    match commands::run(cli.command, context).await {
        Ok(exit) => exit,
        Err(failure) => console.fail(&failure),
    }
}

fn parse(args: &[OsString]) -> Result<(Cli, Target), clap::Error> {
    let matches = Cli::command().try_get_matches_from(args);
    let matches = matches.or_else(|error| match error.kind() {
        // Variables of the environment count as arguments, so that clap does not show the help by itself.
        ErrorKind::MissingSubcommand => {
            let help = args.iter().cloned().chain(["-h".into()]);
            Cli::command().try_get_matches_from(help)
        }
        _ => Err(error),
    })?;
    let target = Target::choose(&matches);
    let mut cli = Cli::from_arg_matches(&matches)?;
    // Compose files set variables to the empty string.
    cli.global.log = cli.global.log.filter(|filter| !filter.trim().is_empty());
    Ok((cli, target))
}

/// Whether the answer shall be JSON, also where the other arguments are wrong.
fn asks_for_json(args: &[OsString]) -> bool {
    let texts: Vec<&str> = args.iter().filter_map(|arg| arg.to_str()).collect();
    let in_one = ["-ojson", "-o=json", "--output=json"];
    texts.iter().any(|text| in_one.contains(text))
        || texts
            .windows(2)
            .any(|pair| matches!(pair, ["-o" | "--output", "json"]))
}
