//! Log lines of the process, on standard error.

use std::io::{self, IsTerminal};

use tracing::{Level, Metadata};
use tracing_subscriber::filter::{EnvFilter, FilterExt, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};
use trunkline::config::LogFormat;
use trunkline_core::telemetry::trace;

use crate::failure::Failure;
use crate::server::telemetry::SubscriberLayer;

/// What a command says unless told otherwise: nothing of a request that fails, which the command tells itself.
pub(crate) const QUIET: &str = "warn,trunkline_gateway::error=off";

/// Starts to log, and to hand spans to what takes those of traces. Only the first call in a process does.
///
/// # Errors
/// A filter that is none.
pub(crate) fn start(
    filter: &str,
    format: LogFormat,
    no_color: bool,
    traces: Option<SubscriberLayer>,
) -> Result<(), Failure> {
    let layers: Vec<SubscriberLayer> = traces
        .into_iter()
        .chain([lines(filter, format, no_color)?])
        .collect();
    // A second run in the same process keeps the logging of the first.
    let _ = tracing_subscriber::registry().with(layers).try_init();
    Ok(())
}

fn lines(filter: &str, format: LogFormat, no_color: bool) -> Result<SubscriberLayer, Failure> {
    let chosen = EnvFilter::builder().parse(filter).map_err(|error| {
        Failure::usage(format!("the log filter {filter:?} is wrong: {error}"))
            .with_hint("a level (error, warn, info, debug, trace), or a list such as info,trunkline_http=debug")
    })?;
    // To say that a line can't be written would be to write one more.
    let lines = fmt::layer()
        .with_writer(io::stderr)
        .log_internal_errors(false);
    let lines: Box<dyn Layer<_> + Send + Sync> = match format {
        LogFormat::Json => lines.json().with_ansi(false).boxed(),
        LogFormat::Text => lines
            .with_ansi(!no_color && io::stderr().is_terminal())
            .boxed(),
    };
    let discreet = chosen.and(filter_fn(is_discreet));
    Ok(lines.with_filter(discreet).boxed())
}

/// Our own lines keep secrets out at every level. Libraries below us write what they send at debug and trace. Spans
/// meant for traces repeat what those of the log say, and more.
fn is_discreet(metadata: &Metadata<'_>) -> bool {
    let is_ours = metadata.target().starts_with("trunkline");
    metadata.target() != trace::TARGET && (*metadata.level() <= Level::INFO || is_ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_for_traces_are_not_made_for_the_log() {
        let lines = lines("trace", LogFormat::Json, true).unwrap();
        let subscriber = tracing_subscriber::registry().with(vec![lines]);
        tracing::subscriber::with_default(subscriber, || {
            assert!(tracing::info_span!(target: trace::TARGET, "upstream").is_disabled());
            assert!(!tracing::info_span!("request").is_disabled());
        });
    }

    #[test]
    fn a_filter_that_is_none_is_refused() {
        assert!(start("info,=x=y", LogFormat::Text, true, None).is_err());
    }
}
