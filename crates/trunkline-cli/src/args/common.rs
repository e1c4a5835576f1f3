//! Arguments that many commands have.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use crate::args::parse;

/// How a write is sent.
#[derive(Debug, Args)]
pub(crate) struct WriteArgs {
    /// Show the request without sending it
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Key of your choice, 1 to 255 visible ASCII characters: a repeated key repeats the answer, not the work
    #[arg(long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<String>,
}

/// How much of a list is shown.
#[derive(Debug, Args)]
pub(crate) struct PageArgs {
    /// Most items to show
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = parse::at_least_one)]
    pub(crate) limit: usize,
    /// Show all items
    #[arg(long, conflicts_with = "limit")]
    pub(crate) all: bool,
    /// Continue after an earlier answer with the same filters: its next_cursor
    #[arg(long)]
    pub(crate) cursor: Option<String>,
}

/// One thing, by its id.
#[derive(Debug, Args)]
pub(crate) struct IdArgs {
    /// Id, as the list shows it
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) id: String,
}

/// One thing and how the write is sent.
#[derive(Debug, Args)]
pub(crate) struct IdWriteArgs {
    #[command(flatten)]
    pub(crate) which: IdArgs,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}
