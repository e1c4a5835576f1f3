//! Arguments of `serve` and `sandbox`.

use std::net::SocketAddr;

use clap::Args;
use trunkline_sandbox::DEFAULT_BASE_PORT;

/// How the gateway runs.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trunkline serve --sandbox                  with fake carriers; no account needed
  trunkline serve                            with ./trunkline.toml
  trunkline serve --config /etc/trunkline.toml --listen 127.0.0.1:9000

SIGINT or SIGTERM stops the gateway after it has answered open requests; a second signal stops it at once. \
With --sandbox and without a configuration file the database is ./trunkline-sandbox.db.")]
pub(crate) struct ServeArgs {
    /// Start the fake carriers, too, and add an account at each
    #[arg(long)]
    pub(crate) sandbox: bool,
    /// Address and port to listen on instead of the configured one; port 0 chooses a free port
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    #[command(flatten)]
    pub(crate) ports: PortArgs,
}

/// Where the fake carriers listen.
#[derive(Debug, Args)]
pub(crate) struct PortArgs {
    /// The fake carriers listen on the ports after this one, the control port nine ports after it; 0 chooses free ports
    #[arg(long, value_name = "PORT", default_value_t = DEFAULT_BASE_PORT)]
    pub(crate) port_base: u16,
    /// Seed for the random choices of the fake carriers [default: a new one at every start]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
}
