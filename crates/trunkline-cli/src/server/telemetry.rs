//! Traces of this process, sent to a collector by OTLP over HTTP.
//!
//! Only this module uses OpenTelemetry: the other crates make spans, and ask a [`Tracer`] for the context of a trace.
//!
//! [`Tracer`]: trunkline_core::telemetry::trace::Tracer

mod collector;
mod context;

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::{Layer, Registry};
use trunkline::Config;
use trunkline_core::telemetry::trace;
use url::Url;

use crate::failure::Failure;
use collector::Collector;
use context::Context;

/// Path below a collector's address.
const PATH: &str = "/v1/traces";
/// Longest time to send the last spans when the process ends.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// A part of the process's subscriber.
pub(crate) type SubscriberLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Sends spans to the collector.
#[derive(Debug)]
pub(crate) struct Telemetry(SdkTracerProvider);

impl Telemetry {
    /// Starts to send spans if a collector is configured. An unreachable collector is no error: its spans are lost.
    ///
    /// # Errors
    /// An unusable address.
    pub(crate) fn start(config: &Config) -> Result<Option<Self>, Failure> {
        let settings = &config.telemetry;
        let Some(otlp) = &settings.otlp else {
            return Ok(None);
        };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Collector::new(config)?)
            .with_endpoint(endpoint(otlp))
            .build()
            .map_err(|error| Failure::usage(format!("telemetry.otlp: {error}")))?;
        let resource = Resource::builder()
            .with_service_name(settings.service_name.clone())
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        // Callers with a trace decide whether it is kept.
        let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(settings.sample)));
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(sampler)
            .with_resource(resource)
            .build();
        trace::install(Box::new(Context::new(settings.propagate)));
        Ok(Some(Self(provider)))
    }

    /// The part of the subscriber that takes only the spans for traces.
    pub(crate) fn layer(&self) -> SubscriberLayer {
        let is_meant = |metadata: &tracing::Metadata<'_>| {
            metadata.is_span() && metadata.target() == trace::TARGET
        };
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("trunkline"))
            // Places in the code and threads don't help operators.
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_level(false)
            .with_tracked_inactivity(false)
            .with_context_activation(false)
            .with_filter(filter_fn(is_meant).with_max_level_hint(LevelFilter::INFO))
            .boxed()
    }

    /// Sends the remaining spans.
    pub(crate) async fn close(self) {
        // This blocks until the runtime has sent the last request.
        let closing = move || self.0.shutdown_with_timeout(LAST_WORDS);
        match tokio::task::spawn_blocking(closing).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the last spans are lost"),
            Err(error) => tracing::debug!(%error, "the last spans are lost"),
        }
    }
}

/// The address for traces at a collector; the path is added if it is missing.
fn endpoint(otlp: &Url) -> String {
    let base = otlp.as_str().trim_end_matches('/');
    if base.ends_with(PATH) {
        base.to_owned()
    } else {
        format!("{base}{PATH}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trace_path_is_added_unless_the_address_has_it() {
        for (otlp, wanted) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            (
                "https://otel.test/tenant/",
                "https://otel.test/tenant/v1/traces",
            ),
            ("https://otel.test/v1/traces", "https://otel.test/v1/traces"),
        ] {
            assert_eq!(endpoint(&otlp.parse().unwrap()), wanted);
        }
    }
}
