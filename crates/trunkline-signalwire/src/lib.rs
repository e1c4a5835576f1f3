#![doc = include_str!("../README.md")]

mod config;
mod convert;
mod error;
mod provider;
mod request;
mod routing;
mod wire;

use trunkline_core::ProviderName;

pub use config::SignalWireConfig;
pub use provider::SignalWire;

/// The provider name of this adapter, `signalwire`.
pub static PROVIDER: ProviderName = ProviderName::new("signalwire");
