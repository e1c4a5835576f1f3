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
    #[must_use]
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

/// The names, for those who emit them.
pub mod names {
    /// Operations asked of an account, by how they ended.
    pub const OPERATIONS: &str = "trunkline_operations_total";
    /// How long an operation took.
    pub const OPERATION_SECONDS: &str = "trunkline_operation_seconds";
    /// How much of that was ours.
    pub const OPERATION_OVERHEAD: &str = "trunkline_operation_overhead_seconds";
    /// Requests sent to carriers.
    pub const UPSTREAM_REQUESTS: &str = "trunkline_upstream_requests_total";
    /// How long the carrier took to answer one.
    pub const UPSTREAM_SECONDS: &str = "trunkline_upstream_request_seconds";
    /// Requests sent again.
    pub const UPSTREAM_RETRIES: &str = "trunkline_upstream_retries_total";
    /// Answers that told an account to wait.
    pub const UPSTREAM_HOLDS: &str = "trunkline_upstream_holds_total";
    /// Requests on their way to the carrier.
    pub const UPSTREAM_IN_FLIGHT: &str = "trunkline_upstream_in_flight";
    /// Most requests on their way at once.
    pub const CONCURRENCY_LIMIT: &str = "trunkline_concurrency_limit";
    /// How long an account is still held.
    pub const HELD_SECONDS: &str = "trunkline_account_held_seconds";
    /// Whether calls to an account are let through.
    pub const BREAKER_STATE: &str = "trunkline_breaker_state";
    /// Requests that may leave now.
    pub const QUOTA_REMAINING: &str = "trunkline_quota_remaining";
    /// Requests per second that an account may make.
    pub const QUOTA_PER_SECOND: &str = "trunkline_quota_per_second";
    /// Whether a quota is shared with the other replicas.
    pub const QUOTA_SHARED: &str = "trunkline_quota_shared";
    /// Purchases whose outcome is open.
    pub const UNSETTLED: &str = "trunkline_purchases_unsettled";
    /// Age of the oldest of these.
    pub const UNSETTLED_SECONDS: &str = "trunkline_purchases_unsettled_seconds";
    /// Numbers that went away without us.
    pub const NUMBERS_GONE: &str = "trunkline_numbers_gone_total";
    /// Those of them that came again.
    pub const NUMBERS_RETURNED: &str = "trunkline_numbers_returned_total";
    /// How far a carrier's records are ahead of its `Date` header.
    pub const CLOCK_SKEW: &str = "trunkline_clock_skew_seconds";
    /// Requests that the gateway answered.
    pub const HTTP_REQUESTS: &str = "trunkline_http_requests_total";
    /// How long it took to answer one.
    pub const HTTP_SECONDS: &str = "trunkline_http_request_seconds";
    /// How much of that was ours.
    pub const HTTP_OVERHEAD: &str = "trunkline_http_overhead_seconds";
    /// Connections to the database at most.
    pub const DATABASE_CONNECTIONS: &str = "trunkline_database_connections";
    /// Connections to the database in use.
    pub const DATABASE_IN_USE: &str = "trunkline_database_connections_in_use";
    /// Reads and writes that wait for one.
    pub const DATABASE_WAITING: &str = "trunkline_database_waiting";
    /// How long they waited.
    pub const DATABASE_WAIT_SECONDS: &str = "trunkline_database_wait_seconds";
    /// Whether the database answers.
    pub const DATABASE_UP: &str = "trunkline_database_up";
    /// Events not delivered yet.
    pub const WEBHOOK_BACKLOG: &str = "trunkline_webhook_backlog";
    /// The version.
    pub const BUILD_INFO: &str = "trunkline_build_info";
}

const ACCOUNT: &[&str] = &["account", "provider"];
const POOL: &[&str] = &["pool"];
const PURCHASES: &[&str] = &["account", "state"];
const OPERATION: &[&str] = &["account", "provider", "operation"];
const OUTCOME: &[&str] = &["account", "provider", "operation", "outcome"];

const fn counter(
    name: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric {
        name,
        kind: MetricKind::Counter,
        labels,
        help,
    }
}

const fn gauge(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric {
        name,
        kind: MetricKind::Gauge,
        labels,
        help,
    }
}

const fn histogram(
    name: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric {
        name,
        kind: MetricKind::Histogram,
        labels,
        help,
    }
}

/// Every metric, in the order of the documentation.
pub const METRICS: &[Metric] = &[
    counter(
        names::OPERATIONS,
        OUTCOME,
        "Operations asked of an account, by outcome: ok, the kind of the error, or cancelled when its caller stopped waiting",
    ),
    histogram(
        names::OPERATION_SECONDS,
        OPERATION,
        "Time an operation took, with all its requests, waits and retries",
    ),
    histogram(
        names::OPERATION_OVERHEAD,
        OPERATION,
        "Our own part of that: without the time in which the carrier was asked, or its limits or a pause before a retry kept us waiting",
    ),
    counter(
        names::UPSTREAM_REQUESTS,
        OUTCOME,
        "Requests sent to carriers, by what came back: 2xx to 5xx, connect, broken, timeout or too_large",
    ),
    histogram(
        names::UPSTREAM_SECONDS,
        OPERATION,
        "Time until a carrier had answered a request, from the first byte sent to the last one read",
    ),
    counter(names::UPSTREAM_RETRIES, OPERATION, "Requests sent again"),
    counter(
        names::UPSTREAM_HOLDS,
        ACCOUNT,
        "Answers that told an account to wait (429, 423 or 503 with Retry-After)",
    ),
    gauge(
        names::HELD_SECONDS,
        ACCOUNT,
        "Time that an account is still held because its carrier said so; 0 if it is not",
    ),
    gauge(
        names::BREAKER_STATE,
        ACCOUNT,
        "The account's circuit breaker: 0 closed (calls are let through), 1 half open (one is), 2 open (none is)",
    ),
    gauge(
        names::QUOTA_REMAINING,
        ACCOUNT,
        "Requests that may leave this instant under the account's rate limit; none is reported for an account without one",
    ),
    gauge(
        names::QUOTA_PER_SECOND,
        ACCOUNT,
        "The account's rate limit in requests per second; none is reported for an account without one",
    ),
    gauge(
        names::QUOTA_SHARED,
        ACCOUNT,
        "1 while replicas share the account's rate limit in Redis, 0 while Redis is away and each keeps to its part; only where rate_limit.shared is set",
    ),
    gauge(
        names::CONCURRENCY_LIMIT,
        ACCOUNT,
        "Most requests that the account may have on their way at once, now",
    ),
    gauge(
        names::UPSTREAM_IN_FLIGHT,
        ACCOUNT,
        "Requests of the account that are on their way",
    ),
    gauge(
        names::UNSETTLED,
        PURCHASES,
        "Purchases that are not over: open, watched for a late commit, or with a question for a person",
    ),
    gauge(
        names::UNSETTLED_SECONDS,
        PURCHASES,
        "Age of the oldest purchase that is not over",
    ),
    gauge(
        names::CLOCK_SKEW,
        ACCOUNT,
        "How far the carrier's records are ahead of its Date header, by the latest purchase",
    ),
    counter(
        names::NUMBERS_GONE,
        &["account"],
        "Numbers bought here that their carrier does not know any more, and that ended as released",
    ),
    counter(
        names::NUMBERS_RETURNED,
        &["account"],
        "Numbers that were taken for gone and are there again, and are paid for again",
    ),
    counter(
        names::HTTP_REQUESTS,
        &["method", "route", "status"],
        "Requests answered by the gateway",
    ),
    histogram(
        names::HTTP_SECONDS,
        &["route"],
        "Time until the gateway had an answer",
    ),
    histogram(
        names::HTTP_OVERHEAD,
        &["route"],
        "Our own part of that: without the time in which at least one carrier was asked or waited for",
    ),
    gauge(
        names::WEBHOOK_BACKLOG,
        &[],
        "Events that webhooks have not taken yet",
    ),
    gauge(
        names::DATABASE_UP,
        &[],
        "1 if the database answers, 0 if it does not",
    ),
    gauge(
        names::DATABASE_CONNECTIONS,
        POOL,
        "Most connections that the process has to the database, by pool: readers (SQLite) or connections (PostgreSQL)",
    ),
    gauge(
        names::DATABASE_IN_USE,
        POOL,
        "Connections to the database that are in use",
    ),
    gauge(
        names::DATABASE_WAITING,
        POOL,
        "Reads and writes that wait for a connection to the database",
    ),
    histogram(
        names::DATABASE_WAIT_SECONDS,
        POOL,
        "Time that a read or write waited for a connection to the database; those that found one free are not counted",
    ),
    gauge(
        names::BUILD_INFO,
        &["version"],
        "Always 1; the version is a label",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_for_one_metric_and_says_what_it_counts() {
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
