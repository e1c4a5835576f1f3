#![doc = include_str!("../README.md")]

mod config;
mod convert;
mod descriptor;
mod error;
mod provider;
mod request;
mod wire;

use trunkline_core::ProviderName;

pub use config::ZendeskConfig;
pub use descriptor::DESCRIPTOR;
pub use provider::Zendesk;

/// The provider name of this adapter, `zendesk`.
pub static PROVIDER: ProviderName = ProviderName::new("zendesk");

/// The header in which its answers name the request.
const REQUEST_ID_HEADER: &str = "x-zendesk-request-id";
