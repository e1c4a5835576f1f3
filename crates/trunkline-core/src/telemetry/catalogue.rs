//! Every metric there is, whichever crate emits it.

/// How a metric behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// It only grows, until the process starts again.
    Counter,
    /// It is as it is now.
    Gauge,
    /// How often it was how large. Prometheus adds `_bucket`, `_sum` and `_count` to the name.
    Histogram,
}

impl MetricKind {
    /// The name that Prometheus has for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// What one metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metric {
    /// Its name, with its unit at the end.
    pub name: &'static str,
    /// How it behaves.
    pub kind: MetricKind,
    /// What its values are told apart by.
    pub labels: &'static [&'static str],
    /// What it tells, in one line.
    pub help: &'static str,
}

/// The metric of this name; that of a histogram's `_bucket`, `_sum` or `_count` too.
#[must_use]
pub fn find(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| match metric.kind {
        MetricKind::Counter | MetricKind::Gauge => metric.name == name,
        MetricKind::Histogram => name
            .strip_prefix(metric.name)
            .is_some_and(|rest| matches!(rest, "" | "_bucket" | "_sum" | "_count")),
    })
}

/// Metrics, each with its kind, name, labels and help.
macro_rules! metrics {
    ($($id:ident: $kind:ident = $name:literal [$($label:literal),*], $help:literal;)+) => {
        /// The names, for those who emit them.
        #[expect(clippy::doc_markdown, reason = "the help of a metric is plain text")]
        pub mod names {
            $(#[doc = $help] pub const $id: &str = $name;)+
        }

        /// Every metric, in the order of the documentation.
        pub const METRICS: &[Metric] = &[$(Metric {
            name: names::$id,
            kind: MetricKind::$kind,
            labels: &[$($label),*],
            help: $help,
        }),+];
    };
}

metrics! {
    OPERATIONS: Counter = "trunkline_operations_total" ["account", "provider", "operation", "outcome"],
        "Operations asked of an account, by outcome: ok, the kind of the error, or cancelled when its caller stopped waiting";
    OPERATION_SECONDS: Histogram = "trunkline_operation_seconds" ["provider", "operation"],
        "Time an operation took, with all its requests, waits and retries";
    OPERATION_OVERHEAD: Histogram = "trunkline_operation_overhead_seconds" ["provider", "operation"],
        "Our own part of that: without the time in which the carrier was asked, or its limits or a pause before a retry kept us waiting";
    UPSTREAM_REQUESTS: Counter = "trunkline_upstream_requests_total" ["account", "provider", "outcome"],
        "Requests sent to carriers, by what came back: 2xx to 5xx, connect, broken, timeout or too_large";
    UPSTREAM_SECONDS: Histogram = "trunkline_upstream_request_seconds" ["account", "provider"],
        "Time until a carrier had answered a request, from the first byte sent to the last one read";
    UPSTREAM_RETRIES: Counter = "trunkline_upstream_retries_total" ["account", "provider"],
        "Requests sent again";
    UPSTREAM_HOLDS: Counter = "trunkline_upstream_holds_total" ["account", "provider"],
        "Answers that told an account to wait (429, 423 or 503 with Retry-After)";
    HELD_SECONDS: Gauge = "trunkline_account_held_seconds" ["account", "provider"],
        "Time that an account is still held because its carrier said so; 0 if it is not";
    BREAKER_STATE: Gauge = "trunkline_breaker_state" ["account", "provider"],
        "The account's circuit breaker: 0 closed (calls are let through), 1 half open (one is), 2 open (none is)";
    QUOTA_REMAINING: Gauge = "trunkline_quota_remaining" ["account", "provider"],
        "Requests that may leave this instant under the account's rate limit; none is reported for an account without one";
    QUOTA_PER_SECOND: Gauge = "trunkline_quota_per_second" ["account", "provider"],
        "The account's rate limit in requests per second; none is reported for an account without one";
    QUOTA_SHARED: Gauge = "trunkline_quota_shared" ["account", "provider"],
        "1 while replicas share the account's rate limit in Redis, 0 while Redis is away and each keeps to its part; only where rate_limit.shared is set";
    ACCOUNT_WAIT_SECONDS: Histogram = "trunkline_account_wait_seconds" ["account", "provider", "limit"],
        "Time that requests waited here, by what kept them: the account's limit concurrency or rate, or a hold of its carrier; those that passed at once are not counted";
    ACCOUNT_WAITING: Gauge = "trunkline_account_waiting" ["account", "provider"],
        "Requests of the account that wait here for its limits";
    CONCURRENCY_LIMIT: Gauge = "trunkline_concurrency_limit" ["account", "provider"],
        "Most requests that the account may have on their way at once, now";
    UPSTREAM_IN_FLIGHT: Gauge = "trunkline_upstream_in_flight" ["account", "provider"],
        "Requests of the account that are on their way";
    UNSETTLED: Gauge = "trunkline_purchases_unsettled" ["account", "state"],
        "Purchases that are not over: open, watched for a late commit, or with a question for a person";
    UNSETTLED_SECONDS: Gauge = "trunkline_purchases_unsettled_seconds" ["account", "state"],
        "Age of the oldest purchase that is not over";
    CLOCK_SKEW: Gauge = "trunkline_clock_skew_seconds" ["account", "provider"],
        "How far the carrier's records are ahead of its Date header, by the latest purchase";
    NUMBERS_GONE: Counter = "trunkline_numbers_gone_total" ["account"],
        "Numbers bought here that their carrier does not know any more, and that ended as released";
    NUMBERS_RETURNED: Counter = "trunkline_numbers_returned_total" ["account"],
        "Numbers that were taken for gone and are there again, and are paid for again";
    DRIFTS_OPEN: Gauge = "trunkline_drifts_open" ["account", "class"],
        "Differences between an account and the inventory that nobody has accepted";
    HTTP_REQUESTS: Counter = "trunkline_http_requests_total" ["method", "route", "status"],
        "Requests answered by the gateway";
    HTTP_SECONDS: Histogram = "trunkline_http_request_seconds" ["route"],
        "Time until the gateway had an answer";
    HTTP_OVERHEAD: Histogram = "trunkline_http_overhead_seconds" ["route"],
        "Our own part of that: without the time in which at least one carrier was asked or waited for";
    WEBHOOK_BACKLOG: Gauge = "trunkline_webhook_backlog" [],
        "Events that webhooks have not taken yet";
    DATABASE_UP: Gauge = "trunkline_database_up" [],
        "1 if the database answers, 0 if it does not";
    DATABASE_BYTES: Gauge = "trunkline_database_bytes" [],
        "Size of the database in bytes: of the whole file (SQLite, without its write-ahead log) or of all tables and indexes (PostgreSQL)";
    DATABASE_CONNECTIONS: Gauge = "trunkline_database_connections" ["pool"],
        "Most connections that the process has to the database, by pool: readers (SQLite) or connections (PostgreSQL)";
    DATABASE_IN_USE: Gauge = "trunkline_database_connections_in_use" ["pool"],
        "Connections to the database that are in use";
    DATABASE_WAITING: Gauge = "trunkline_database_waiting" ["pool"],
        "Reads and writes that wait for a connection to the database";
    DATABASE_WAIT_SECONDS: Histogram = "trunkline_database_wait_seconds" ["pool"],
        "Time that a read or write waited for a connection to the database; those that found one free are not counted";
    BUILD_INFO: Gauge = "trunkline_build_info" ["version"],
        "Always 1; the version is a label";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metric_names_are_unique_and_described() {
        for (at, metric) in METRICS.iter().enumerate() {
            let Metric {
                name, kind, help, ..
            } = metric;
            assert!(
                METRICS[..at].iter().all(|other| other.name != *name),
                "{name}"
            );
            assert!(name.starts_with("trunkline_"), "{name}");
            assert_eq!(
                *kind == MetricKind::Counter,
                name.ends_with("_total"),
                "{name}"
            );
            assert!(
                *kind != MetricKind::Histogram || name.ends_with("_seconds"),
                "{name}"
            );
            assert!(!help.is_empty() && !help.ends_with('.'), "{name}");
        }
    }

    #[test]
    fn the_parts_of_a_histogram_are_found_by_its_name() {
        assert_eq!(
            find("trunkline_http_request_seconds_bucket"),
            find(names::HTTP_SECONDS)
        );
        assert_eq!(find("trunkline_http_requests_total_sum"), None);
        assert_eq!(find("trunkline_http"), None);
    }
}
