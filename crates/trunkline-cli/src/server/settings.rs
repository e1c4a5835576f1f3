//! From a configuration to the settings of the gateway.

use trunkline::Config;
use trunkline_gateway::Settings;

/// The gateway's settings in a configuration.
pub(super) fn settings(config: &Config) -> Settings {
    let server = &config.server;
    Settings {
        listen: server.listen,
        public_url: server.public_url.clone(),
        allowed_hosts: server.allowed_hosts.clone(),
        max_body: server.max_body,
        trusted_proxies: server.trusted_proxies.clone(),
        drain_delay: server.drain_delay,
        shutdown_timeout: server.shutdown_timeout,
        cors_origins: server.cors_origins.clone(),
        rate_limit: server.rate_limit.into(),
        max_in_flight: server.max_in_flight.get(),
        max_connections: server.max_connections.get(),
        header_timeout: server.header_timeout,
        request_timeout: server.request_timeout,
        ..Settings::default()
    }
}
