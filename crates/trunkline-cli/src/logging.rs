//! Log lines of the process, on standard error.

use std::io::{self, IsTerminal};

use tracing::{Level, Metadata};
use tracing_subscriber::filter::{EnvFilter, FilterExt, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};
use trunkline::config::LogFormat;

use crate::failure::Failure;

/// What a command says unless told otherwise: nothing of a request that fails, which the command tells itself.
pub(crate) const QUIET: &str = "warn,trunkline_gateway::error=off";

/// Starts to log. Only the first call in a process does.
///
/// # Errors
/// A filter that is none.
pub(crate) fn start(filter: &str, format: LogFormat, no_color: bool) -> Result<(), Failure> {
    let chosen = EnvFilter::builder().parse(filter).map_err(|error| {
        Failure::usage(format!("the log filter {filter:?} is wrong: {error}"))
            .with_hint("a level (error, warn, info, debug, trace), or a list such as info,trunkline_http=debug")
    })?;
    let lines = fmt::layer().with_writer(io::stderr);
    let lines: Box<dyn Layer<_> + Send + Sync> = match format {
        LogFormat::Json => lines.json().with_ansi(false).boxed(),
        LogFormat::Text => lines
            .with_ansi(!no_color && io::stderr().is_terminal())
            .boxed(),
    };
    let layer = lines.with_filter(chosen.and(filter_fn(is_discreet)));
    // A second run in the same process keeps the logging of the first.
    let _ = tracing_subscriber::registry().with(layer).try_init();
    Ok(())
}

/// Our own lines keep secrets out at every level. Libraries below us write what they send at debug and trace.
fn is_discreet(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::INFO || metadata.target().starts_with("trunkline")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_is_none_is_refused() {
        assert!(start("info,=x=y", LogFormat::Text, true).is_err());
    }
}
