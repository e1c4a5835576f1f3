//! Arguments that many commands have.

use clap::Args;

use crate::args::parse;

/// How a write is sent.
#[derive(Debug, Args)]
pub(crate) struct WriteArgs {
    /// Show what would be sent, and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Key of your choice, 1 to 255 visible ASCII characters: repeating it repeats the answer and nothing else
    #[arg(long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<String>,
}

/// How much of a list is shown.
#[derive(Debug, Args)]
pub(crate) struct PageArgs {
    /// At most this many
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = parse::at_least_one)]
    pub(crate) limit: usize,
    /// All of them
    #[arg(long, conflicts_with = "limit")]
    pub(crate) all: bool,
    /// Go on where an earlier answer with the same filters ended: its next_cursor
    #[arg(long)]
    pub(crate) cursor: Option<String>,
}
