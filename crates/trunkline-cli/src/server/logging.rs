//! Log lines of the process, on standard error.

use std::io::{self, IsTerminal};

use tracing::{Level, Metadata};
use tracing_subscriber::filter::{EnvFilter, FilterExt, LevelFilter, filter_fn};
use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};
use trunkline::config::{LogFormat, check_log_filter};
use trunkline_core::telemetry::trace;

use crate::failure::Failure;
use crate::server::log_line::Line;
use crate::server::telemetry::SubscriberLayer;

/// Default filter of commands. Failed requests and accounts are not logged: the command reports them.
pub(crate) const QUIET: &str = "warn,trunkline_gateway::error=off,trunkline_http::account=off";

/// Starts logging, and sends spans to `traces`. Only the first call in a process has an effect.
///
/// # Errors
/// An invalid filter.
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
    let wrong = |error: String| Failure::usage(format!("--log: {error}"));
    check_log_filter(filter).map_err(wrong)?;
    let chosen = EnvFilter::builder()
        .parse(filter)
        .map_err(|error| wrong(error.to_string()))?;
    // A line that can't be written is not reported: that would write one more.
    let is_coloured = format == LogFormat::Text && !no_color && io::stderr().is_terminal();
    let lines = fmt::layer()
        .fmt_fields(JsonFields::new())
        .event_format(Line(format))
        .with_writer(io::stderr)
        .with_ansi(is_coloured)
        .log_internal_errors(false);
    // Without a level of its own, the filter would make every crate build its records down to trace.
    let discreet = filter_fn(is_discreet).with_max_level_hint(LevelFilter::TRACE);
    let discreet = chosen.and(discreet);
    Ok(lines.with_filter(discreet).boxed())
}

/// Leaves out what may hold secrets: other crates log what they send at debug and trace. Spans for traces are left out,
/// too: they repeat those of the log.
fn is_discreet(metadata: &Metadata<'_>) -> bool {
    let is_ours = metadata.target().starts_with("trunkline");
    metadata.target() != trace::TARGET && (*metadata.level() <= Level::INFO || is_ours)
}

#[cfg(test)]
mod tests {
    use tracing::Subscriber as _;

    use super::*;

    #[test]
    fn spans_for_traces_are_not_logged() {
        let lines = lines("trace", LogFormat::Json, true).unwrap();
        let subscriber = tracing_subscriber::registry().with(vec![lines]);
        tracing::subscriber::with_default(subscriber, || {
            assert!(tracing::info_span!(target: trace::TARGET, "upstream").is_disabled());
            assert!(!tracing::info_span!("request").is_disabled());
        });
    }

    #[test]
    fn records_below_the_chosen_level_are_not_built() {
        for (filter, level) in [
            ("info", LevelFilter::INFO),
            ("warn,trunkline_http=debug", LevelFilter::DEBUG),
        ] {
            let lines = lines(filter, LogFormat::Text, true).unwrap();
            let subscriber = tracing_subscriber::registry().with(vec![lines]);
            assert_eq!(subscriber.max_level_hint(), Some(level), "{filter}");
        }
    }

    #[test]
    fn invalid_filter_is_rejected() {
        assert!(start("info,=x=y", LogFormat::Text, true, None).is_err());
    }
}
