//! The fake carriers, alone or beside a gateway, and accounts at them.

use std::fmt::Write;

use trunkline::{Config, Problems};
use trunkline_sandbox::{Options, ProviderKind, Sandbox};

use crate::args::serve::PortArgs;
use crate::failure::Failure;

/// Starts the fakes.
///
/// # Errors
/// A port that is taken.
pub(crate) async fn start(ports: &PortArgs) -> Result<Sandbox, Failure> {
    // A journal outlives its sandbox. Identifiers that come again would look like numbers that were bought before.
    let seed = ports.seed.unwrap_or_else(rand::random);
    let options = Options {
        seed,
        ..Options::on_ports(ports.port_base)
    };
    Sandbox::start(options).await.map_err(|error| {
        Failure::usage(error.to_string())
            .with_hint("another sandbox may run: stop it, or choose other ports with --port-base")
    })
}

/// Where each carrier listens, and with which credentials, line by line.
pub(crate) fn ports(sandbox: &Sandbox) -> String {
    let mut text = String::new();
    for kind in ProviderKind::ALL {
        if let Some(url) = url(sandbox, kind) {
            // Writing to a string can't fail.
            let _ = writeln!(text, "  {:<10} {url}   {}", kind.name(), kind.login());
        }
    }
    let _ = writeln!(
        text,
        "  {:<10} {}   faults, ledgers, limits, clocks, stock: see docs/sandbox.md",
        "control",
        sandbox.control_url()
    );
    text
}

/// Where a fake carrier listens, if it does.
pub(crate) fn url(sandbox: &Sandbox, kind: ProviderKind) -> Option<String> {
    Some(sandbox.url(kind))
        .filter(|url| !url.is_empty())
        .map(ToOwned::to_owned)
}

/// An account at each fake that an adapter is built in for, named as its provider. A fake knows at once what it has sold;
/// what it does not know it has forgotten, since it was started anew.
///
/// # Errors
/// None that a test would not find: the text is ours.
pub(crate) fn accounts(url: impl Fn(ProviderKind) -> Option<String>) -> Result<Config, Problems> {
    Config::parse(&tables(url))
}

/// The same as the text of a configuration.
pub(crate) fn tables(url: impl Fn(ProviderKind) -> Option<String>) -> String {
    let built_in = trunkline::providers();
    let mut text = String::new();
    for kind in ProviderKind::ALL
        .into_iter()
        .filter(|kind| built_in.contains(&kind.name()))
    {
        let settings = settings(kind);
        let name = kind.name();
        let _ = writeln!(
            text,
            "[[accounts]]\nname = \"{name}\"\nprovider = \"{name}\"\ngone_after = \"1s\"\n{settings}"
        );
        if let Some(url) = url(kind) {
            let _ = writeln!(text, "base_url = \"{url}\"");
        }
    }
    text
}

/// The credentials in the words of the configuration.
fn settings(kind: ProviderKind) -> String {
    let settings = kind.account_settings().iter();
    let mut lines: Vec<_> = settings
        .map(|(key, value)| format!("{key} = \"{value}\""))
        .collect();
    if kind == ProviderKind::SignalWire {
        lines.push(format!("prices = [{SIGNALWIRE_PRICES}]"));
    }
    lines.join("\n")
}

/// SignalWire quotes no prices: these are what its fake charges.
const SIGNALWIRE_PRICES: &str = "{ country = \"US\", type = \"local\", monthly = \"1.15\", currency = \"USD\" }, \
     { country = \"US\", type = \"toll_free\", monthly = \"2.15\", currency = \"USD\" }";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_that_is_built_in_has_a_sandbox_account() {
        let config = accounts(|_| Some("http://127.0.0.1:9".to_owned())).unwrap();
        let names: Vec<_> = config
            .accounts
            .iter()
            .map(|account| account.name.as_str().to_owned())
            .collect();
        assert_eq!(names, trunkline::providers());
        assert!(config.registry(&crate::server::backend::nowhere()).is_ok());
    }
}
