#![doc = include_str!("../README.md")]

mod config;
mod convert;
mod descriptor;
mod error;
mod id;
mod provider;
mod request;
mod wire;

use trunkline_core::ProviderName;

pub use config::WebexConfig;
pub use descriptor::DESCRIPTOR;
pub use provider::Webex;

/// The provider name of this adapter, `webex`.
pub static PROVIDER: ProviderName = ProviderName::new("webex");

/// The header in which its answers name the request.
const REQUEST_ID_HEADER: &str = "trackingid";
