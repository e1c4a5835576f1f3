//! The sections of a configuration file but for the accounts.

use std::net::{Ipv4Addr, SocketAddr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use serde::Deserialize;
use serde::de::IgnoredAny;
use trunkline_admin::KeyRate;
use trunkline_engine::Timing;
use url::Url;

use crate::config::units;
use crate::secret::Secret;
use trunkline_http::Allowed;

/// The file: every section there is.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Sections {
    pub(crate) server: Server,
    pub(crate) database: Database,
    pub(crate) rate_limit: RateLimit,
    pub(crate) log: Log,
    pub(crate) telemetry: Telemetry,
    pub(crate) purchases: Purchases,
    pub(crate) events: Events,
    pub(crate) webhooks: Webhooks,
    /// Known here, read elsewhere.
    #[serde(rename = "accounts")]
    _accounts: IgnoredAny,
}

/// `[server]`: the HTTP service.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Address and port to listen on. Default: `127.0.0.1:8080`.
    #[serde(deserialize_with = "units::socket_address")]
    pub listen: SocketAddr,
    /// Where the service is reached from outside; carriers call back there. Without it they are polled.
    #[serde(deserialize_with = "units::web_address")]
    pub public_url: Option<Url>,
    /// Seals offers, cursors and rotating tokens; at least 32 bytes, and the same for all replicas. Made and kept in the
    /// database if absent.
    pub secret_key: Option<Secret>,
    /// The forward proxy that leads to carriers, webhooks and the collector of traces: `http://proxy.example.com:3128`, a
    /// secret since it may hold a password, or `direct` for none. An account may have another. Default: that of the
    /// environment (`HTTPS_PROXY`, `ALL_PROXY`); `NO_PROXY` holds in any case.
    pub proxy: Option<Secret>,
    /// A PEM file of certificates that are trusted beside those of the machine, by everything that this service calls.
    pub ca_file: Option<PathBuf>,
    /// Further names that requests may call the service by; see [`Server::hosts`].
    #[serde(deserialize_with = "units::hosts")]
    pub allowed_hosts: Vec<String>,
    /// Networks such as `10.0.0.0/8`, and addresses, of the reverse proxies in front of the service: the client address
    /// that they write into `X-Forwarded-For` counts. Default: none.
    #[serde(deserialize_with = "units::proxies")]
    pub trusted_proxies: Vec<IpNet>,
    /// How long a stopping service waits for what is in flight. Default: `30s`.
    #[serde(deserialize_with = "units::duration")]
    pub shutdown_timeout: Duration,
    /// How long a service that is told to stop goes on as before, but for saying that it is not ready. Default: `1s`.
    #[serde(deserialize_with = "units::duration")]
    pub drain_delay: Duration,
    /// Largest request body in bytes. Default: `1MB`.
    #[serde(deserialize_with = "units::size")]
    pub max_body: usize,
    /// How fast an API key may call that has no rate of its own, in each process. Default: 1000 per second, and 2000
    /// at once.
    pub rate_limit: Rate,
    /// How many requests may be under way; more get 503. Default: 4096.
    pub max_in_flight: NonZeroUsize,
    /// How many connections may be open; more get 503. Default: 8192.
    pub max_connections: NonZeroUsize,
    /// How long the head of a request may take, and a connection be idle. Default: `20s`.
    #[serde(deserialize_with = "units::duration")]
    pub header_timeout: Duration,
    /// How long a request may take in all. Default: `2m`.
    #[serde(deserialize_with = "units::duration")]
    pub request_timeout: Duration,
    /// Origins whose pages may call the API from a browser, with a key. None unless said.
    #[serde(deserialize_with = "units::origins")]
    pub cors_origins: Vec<String>,
}

impl Server {
    /// Every name, without port, that the `Host` of a request may have: loopback names, the address listened on, the
    /// host of `public_url`, and `allowed_hosts`.
    #[must_use]
    pub fn hosts(&self) -> Vec<String> {
        let address = match self.listen {
            SocketAddr::V4(address) => address.ip().to_string(),
            SocketAddr::V6(address) => format!("[{}]", address.ip()),
        };
        let mut hosts: Vec<String> = ["localhost", "127.0.0.1", "[::1]"]
            .map(str::to_owned)
            .into();
        hosts.push(address);
        hosts.extend(
            self.public_url
                .as_ref()
                .and_then(Url::host_str)
                .map(str::to_owned),
        );
        hosts.extend(self.allowed_hosts.iter().cloned());
        let mut seen = std::collections::BTreeSet::new();
        hosts.retain(|host| seen.insert(host.clone()));
        hosts
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
            drain_delay: Duration::from_secs(1),
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

/// How fast a key may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Requests per second in the long run.
    pub per_second: NonZeroU32,
    /// How many of them may come at once.
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

/// `[database]`: what must survive.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `sqlite://FILE` or `postgres://...`, a secret since it may hold a password. Default: `sqlite://trunkline.db`.
    pub url: Secret,
    /// How long a service that starts waits for a database that can't be reached. Default: `30s`.
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
pub struct RateLimit {
    /// How many replicas there are. Each takes its part of every limit, at least 1. Default: 1.
    pub replicas: NonZeroU32,
    /// A Redis in which they share the requests per second, `redis://...` or `rediss://...`, a secret since it may
    /// hold a password. Each keeps to its part of them only while that is away.
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

/// `[log]`: what is written to standard error.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// `error`, `warn`, `info`, `debug` or `trace`, or a filter such as `info,trunkline_http=debug`. Default: `info`.
    pub level: String,
    /// How lines look.
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

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people. The default.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// `[telemetry]`: traces.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Telemetry {
    /// Where spans are sent, by OTLP over HTTP. Without it there are no traces.
    #[serde(deserialize_with = "units::web_address")]
    pub otlp: Option<Url>,
    /// What the service is called in traces. Default: `trunkline`.
    pub service_name: String,
    /// The part of the traces beginning here that is kept, from 0 to 1; a caller decides for its own. Default: `100%`.
    #[serde(deserialize_with = "units::share")]
    pub sample: f64,
    /// Whether carriers are told the trace that a request of ours is part of. Default: true.
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

/// `[purchases]`: how long a purchase that is presumed failed is watched for a late commit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Purchases {
    /// How long after the failure it is looked for; the last one repeats. Default: 1, 2, 5, 10 and 60 minutes.
    #[serde(deserialize_with = "units::durations")]
    pub watch: Vec<Duration>,
    /// How long it is watched in all, counted in complete looks of the last pause: while the account can't be asked it
    /// goes on. Default: 24 hours.
    #[serde(deserialize_with = "units::duration")]
    pub watch_for: Duration,
}

impl Purchases {
    /// How many complete looks in the last pause of the watch end it; at least one.
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

/// `[events]`: what happened, as a feed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Events {
    /// How long they are kept. Default: 30 days.
    #[serde(deserialize_with = "units::duration")]
    pub keep: Duration,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            keep: Duration::from_secs(30 * 24 * 3_600),
        }
    }
}

/// `[webhooks]`: where events may be sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Webhooks {
    /// Networks such as `10.0.0.0/8`, and addresses, that webhooks may have beside public ones; these over `http` too.
    /// Default: none.
    #[serde(deserialize_with = "units::networks")]
    pub allow: Allowed,
}
