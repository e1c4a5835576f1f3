//! The fake carriers, alone or with a gateway, and accounts at them.

use serde_json::{Map, Value, json};
use trunkline::{Config, Problems};
use trunkline_sandbox::{Options, ProviderKind, Sandbox};

use crate::args::serve::PortArgs;
use crate::failure::Failure;

/// Starts the fakes.
///
/// # Errors
/// A port that is taken.
pub(crate) async fn start(ports: &PortArgs) -> Result<Sandbox, Failure> {
    // The journal outlives the sandbox: repeated identifiers would look like numbers that were bought before.
    let seed = ports.seed.unwrap_or_else(rand::random);
    let options = Options {
        seed,
        ..Options::on_ports(ports.port_base)
    };
    Sandbox::start(options).await.map_err(|error| {
        Failure::usage(error.to_string()).with_hint(
            "another sandbox may be running: stop it, or choose other ports with --port-base",
        )
    })
}

/// Where each carrier listens and how to sign in, line by line.
pub(crate) fn ports(sandbox: &Sandbox) -> String {
    let line = |name: &str, url: &str, about: &str| format!("  {name:<10} {url}   {about}\n");
    let carriers = ProviderKind::ALL.into_iter();
    let mut text: String = carriers
        .map(|kind| line(kind.name(), sandbox.url(kind), &kind.login()))
        .collect();
    let about = "faults, ledgers, limits, clocks, stock: see docs/sandbox.md";
    text.push_str(&line("control", sandbox.control_url(), about));
    text
}

/// The same for programs: each carrier with its address and the settings of an account there, and the control port.
pub(crate) fn places(sandbox: &Sandbox) -> Value {
    let carrier = |kind: ProviderKind| {
        let settings = kind.account_settings().iter();
        let settings: Map<String, Value> = settings
            .map(|(name, value)| ((*name).to_owned(), (*value).into()))
            .collect();
        json!({ "provider": kind.name(), "base_url": sandbox.url(kind), "settings": settings })
    };
    let carriers: Vec<Value> = ProviderKind::ALL.into_iter().map(carrier).collect();
    json!({ "carriers": carriers, "control_url": sandbox.control_url() })
}

/// An account at each fake whose adapter is built in.
///
/// # Errors
/// None in practice: a test parses the text.
pub(crate) fn accounts<'u>(url: impl Fn(ProviderKind) -> &'u str) -> Result<Config, Problems> {
    Config::parse(&tables(url))
}

/// The same accounts as the text of a configuration.
pub(crate) fn tables<'u>(url: impl Fn(ProviderKind) -> &'u str) -> String {
    let built_in = trunkline::providers();
    let kinds = ProviderKind::ALL.into_iter();
    kinds
        .filter(|kind| built_in.contains(&kind.name()))
        .map(|kind| kind.example_account(url(kind)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_provider_has_a_sandbox_account() {
        let config = accounts(|_| "http://127.0.0.1:9").unwrap();
        let names: Vec<_> = config
            .accounts
            .iter()
            .map(|account| account.name.as_str().to_owned())
            .collect();
        assert_eq!(names, trunkline::providers());
        assert!(config.registry(&crate::server::backend::nowhere()).is_ok());
    }
}
