#![doc = include_str!("../README.md")]

mod config;
mod convert;
mod descriptor;
mod error;
mod login;
mod provider;
mod request;
mod wire;

use trunkline_core::ProviderName;

pub use config::WazoConfig;
pub use descriptor::DESCRIPTOR;
pub use provider::Wazo;

/// The provider name of this adapter, `wazo`.
pub static PROVIDER: ProviderName = ProviderName::new("wazo");

/// The header in which its answers name the request.
const REQUEST_ID_HEADER: &str = "x-request-id";
