//! Where a command works, and what it needs there.

use clap::ArgMatches;
use clap::parser::ValueSource;

/// Where a command works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// At the gateway of this address.
    Server(String),
    /// In this process.
    Here,
    /// Both were given.
    Both,
}

impl Target {
    /// Reads the arguments. The command line takes precedence over the environment.
    pub(crate) fn choose(matches: &ArgMatches) -> Self {
        let by_hand = |name| matches.value_source(name) == Some(ValueSource::CommandLine);
        let server = matches
            .get_one::<String>("server")
            .filter(|server| !server.is_empty());
        let here = by_hand("config") || by_hand("database");
        match server {
            Some(_) if here && by_hand("server") => Self::Both,
            Some(server) if !here => Self::Server(server.clone()),
            _ => Self::Here,
        }
    }
}

/// What a command needs beside the API itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Accounts and a database.
    Accounts,
    /// Nothing: it works without a configuration.
    Nothing,
}
