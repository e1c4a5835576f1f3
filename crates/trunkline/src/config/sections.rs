//! The sections of a configuration file except the accounts.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use serde::Deserialize;
use serde::de::IgnoredAny;
use trunkline_admin::KeyRate;
use trunkline_engine::{Pace, Timing};
use url::Url;

use crate::config::units;
use crate::secret::Secret;
use trunkline_http::Allowed;

/// The sections of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Sections {
    pub(crate) server: Server,
    pub(crate) database: Database,
    pub(crate) rate_limit: RateLimit,
    pub(crate) log: Log,
    pub(crate) telemetry: Telemetry,
    pub(crate) purchases: Purchases,
    pub(crate) retention: Retention,
    pub(crate) inventory: Inventory,
    pub(crate) webhooks: Webhooks,
    /// Allowed here, and read elsewhere.
    #[serde(rename = "accounts")]
    _accounts: IgnoredAny,
}

/// `[server]`: the HTTP service.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Server {
    /// Address and port to listen on. Default: `127.0.0.1:8080`.
    #[serde(deserialize_with = "units::socket_address")]
    pub listen: SocketAddr,
    /// Public address of the service, where carriers call back. Without it they are polled.
    #[serde(deserialize_with = "units::web_address")]
    pub public_url: Option<Url>,
    /// Seals offers, cursors and rotating tokens: at least 32 bytes. Default: generated, and kept in the database.
    pub secret_key: Option<Secret>,
    /// Forward proxy for outgoing calls: `http://proxy.example.com:3128`, or `direct` for none. An account may have its own.
    /// Default: `HTTPS_PROXY` or `ALL_PROXY` of the environment. `NO_PROXY` always applies.
    pub proxy: Option<Secret>,
    /// PEM file of certificates to trust in addition to those of the machine, for all outgoing calls.
    pub ca_file: Option<PathBuf>,
    /// Further host names of the service; see [`Server::hosts`].
    #[serde(deserialize_with = "units::hosts")]
    pub allowed_hosts: Vec<String>,
    /// Networks such as `10.0.0.0/8`, and addresses, of reverse proxies whose `X-Forwarded-For` is used. Default: none.
    #[serde(deserialize_with = "units::proxies")]
    pub trusted_proxies: Vec<IpNet>,
    /// Longest time to finish open requests when the service stops. Default: `30s`.
    #[serde(deserialize_with = "units::duration")]
    pub shutdown_timeout: Duration,
    /// How long the service goes on after SIGTERM while it says that it is not ready. Default: `1s`, and no time if only
    /// this machine can reach it.
    #[serde(deserialize_with = "units::some_duration")]
    pub drain_delay: Option<Duration>,
    /// Largest request body in bytes. Default: `1MB`.
    #[serde(deserialize_with = "units::size")]
    pub max_body: usize,
    /// Rate of API keys without a rate of their own, in each process. Default: 1000 per second, and 2000 at once.
    pub rate_limit: Rate,
    /// Most open requests; more get 503. Default: 4096.
    pub max_in_flight: NonZeroUsize,
    /// Most open connections; more get 503. Default: 8192.
    pub max_connections: NonZeroUsize,
    /// Longest time for the head of a request, and for an idle connection. Default: `20s`.
    #[serde(deserialize_with = "units::duration")]
    pub header_timeout: Duration,
    /// Longest time for a request. Default: `2m`.
    #[serde(deserialize_with = "units::duration")]
    pub request_timeout: Duration,
    /// Origins whose pages may call the API from a browser, with a key. Default: none.
    #[serde(deserialize_with = "units::origins")]
    pub cors_origins: Vec<String>,
}

impl Server {
    /// The allowed `Host`s, without ports: loopback, the address listened on, that of `public_url`, and `allowed_hosts`.
    #[must_use]
    pub fn hosts(&self) -> Vec<String> {
        let address = match self.listen {
            SocketAddr::V4(address) => address.ip().to_string(),
            SocketAddr::V6(address) => format!("[{}]", address.ip()),
        };
        let public = self.public_url.as_ref().and_then(Url::host_str);
        let mut hosts = vec!["localhost", "127.0.0.1", "[::1]", &address];
        hosts.extend(public);
        hosts.extend(self.allowed_hosts.iter().map(String::as_str));
        let mut seen = BTreeSet::new();
        hosts.retain(|host| seen.insert(*host));
        hosts.into_iter().map(str::to_owned).collect()
    }
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 8080).into(),
            public_url: None,
            secret_key: None,
            proxy: None,
            ca_file: None,
            allowed_hosts: Vec::new(),
            trusted_proxies: Vec::new(),
            shutdown_timeout: Duration::from_secs(30),
            drain_delay: None,
            max_body: 1 << 20,
            rate_limit: Rate {
                per_second: positive(1_000),
                burst: positive(2_000),
            },
            max_in_flight: many(4_096),
            max_connections: many(8_192),
            header_timeout: Duration::from_secs(20),
            request_timeout: Duration::from_secs(120),
            cors_origins: Vec::new(),
        }
    }
}

const fn positive(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}

const fn many(number: usize) -> NonZeroUsize {
    match NonZeroUsize::new(number) {
        Some(number) => number,
        None => NonZeroUsize::MIN,
    }
}

/// Rate of an API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rate {
    /// Requests per second on average.
    pub per_second: NonZeroU32,
    /// Requests at once.
    pub burst: NonZeroU32,
}

impl From<Rate> for KeyRate {
    fn from(rate: Rate) -> Self {
        Self {
            per_second: rate.per_second,
            burst: rate.burst,
        }
    }
}

/// `[database]`: purchases, keys and the audit trail.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Database {
    /// `sqlite://FILE` or `postgres://...`, secret because it may hold a password. Default: `sqlite://trunkline.db`.
    pub url: Secret,
    /// How long a start waits for a database that can't be reached. Default: `30s`.
    #[serde(deserialize_with = "units::duration")]
    pub start_timeout: Duration,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            start_timeout: Duration::from_secs(30),
            url: Secret::literal("sqlite://trunkline.db".into()),
        }
    }
}

/// `[rate_limit]`: how several replicas share the quota of an account.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RateLimit {
    /// Number of replicas. Each uses its part of every limit, at least 1. Default: 1.
    pub replicas: NonZeroU32,
    /// Redis in which they share the requests per second: `redis://...` or `rediss://...`. While it is unreachable, each
    /// replica uses its part.
    pub shared: Option<Secret>,
}

impl Default for RateLimit {
    fn default() -> Self {
        Self {
            replicas: NonZeroU32::MIN,
            shared: None,
        }
    }
}

/// `[log]`: log lines on standard error.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Log {
    /// `error`, `warn`, `info`, `debug` or `trace`, or a filter such as `info,trunkline_http=debug`. Default: `info`.
    #[serde(deserialize_with = "units::log_filter")]
    pub level: String,
    /// Format of the lines.
    pub format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            format: LogFormat::default(),
        }
    }
}

/// Format of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people. Default.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// `[telemetry]`: traces.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Telemetry {
    /// Address of a collector, for OTLP over HTTP. Default: no traces.
    #[serde(deserialize_with = "units::web_address")]
    pub otlp: Option<Url>,
    /// Name of the service in traces. Default: `trunkline`.
    pub service_name: String,
    /// Share of the traces that start here and are kept, from 0 to 1; callers decide for theirs. Default: `100%`.
    #[serde(deserialize_with = "units::share")]
    pub sample: f64,
    /// Whether requests to carriers carry the trace. Default: true.
    pub propagate: bool,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self {
            otlp: None,
            service_name: "trunkline".to_owned(),
            sample: 1.0,
            propagate: true,
        }
    }
}

/// `[purchases]`: how purchases that are presumed failed are watched for a late commit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Purchases {
    /// When to look after the failure; the last pause repeats. Default: 1, 2, 5, 10 and 60 minutes.
    #[serde(deserialize_with = "units::durations")]
    pub watch: Vec<Duration>,
    /// How long to watch, counted in complete looks of the last pause. Default: 24 hours.
    #[serde(deserialize_with = "units::duration")]
    pub watch_for: Duration,
}

impl Purchases {
    /// How many complete looks in the last pause end the watch; at least one.
    #[must_use]
    pub fn watch_looks(&self) -> u32 {
        let last = self.watch.last().copied().unwrap_or_default().as_millis();
        let looks = self.watch_for.as_millis().div_ceil(last.max(1));
        u32::try_from(looks).unwrap_or(u32::MAX).max(1)
    }
}

impl Default for Purchases {
    fn default() -> Self {
        let Timing {
            watch, watch_looks, ..
        } = Timing::default();
        let watch_for = watch.last().copied().unwrap_or_default() * watch_looks;
        Self { watch, watch_for }
    }
}

/// `[inventory]`: what accounts hold, remembered.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Inventory {
    /// How long after the end of a reading of an account the next begins; zero for readings on demand alone. Default: 15
    /// minutes.
    #[serde(deserialize_with = "units::duration_or_none")]
    pub every: Duration,
    /// Fields that others own: their changes are not reported, at any account. Default: none.
    #[serde(deserialize_with = "units::compared_fields")]
    pub ignore: Vec<String>,
    /// Names in `provider_data` whose changes are reported too, at every account. Default: none.
    pub watch: Vec<String>,
}

impl Default for Inventory {
    fn default() -> Self {
        Self {
            every: Pace::EVERY,
            ignore: Vec::new(),
            watch: Vec::new(),
        }
    }
}

/// `[retention]`: how long what is over is kept; zero is forever.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Retention {
    /// Events. Default: 30 days.
    #[serde(deserialize_with = "units::duration_or_none")]
    pub events: Duration,
    /// Rows of the audit trail, at least 31 days. Default: forever.
    #[serde(deserialize_with = "units::duration_or_none")]
    pub audit: Duration,
    /// Purchases that are settled and hold no number, at least 31 days. Default: forever.
    #[serde(deserialize_with = "units::duration_or_none")]
    pub purchases: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        Self::from(trunkline_admin::Retention::default())
    }
}

impl From<trunkline_admin::Retention> for Retention {
    fn from(kept: trunkline_admin::Retention) -> Self {
        Self {
            events: kept.events.unwrap_or_default(),
            audit: kept.audit.unwrap_or_default(),
            purchases: kept.purchases.unwrap_or_default(),
        }
    }
}

impl From<&Retention> for trunkline_admin::Retention {
    fn from(kept: &Retention) -> Self {
        let limited = |time: Duration| (!time.is_zero()).then_some(time);
        Self {
            events: limited(kept.events),
            audit: limited(kept.audit),
            purchases: limited(kept.purchases),
        }
    }
}

/// `[webhooks]`: where events may be sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Webhooks {
    /// Networks such as `10.0.0.0/8`, and addresses, that webhooks may have besides public ones. Default: none.
    #[serde(deserialize_with = "units::networks")]
    pub allow: Allowed,
}
