#![doc = include_str!("../README.md")]

mod callback;
mod config;
mod convert;
mod error;
mod provider;
mod request;
mod routing;
#[doc(hidden)]
pub mod translation;
mod wire;
mod words;

use trunkline_core::ProviderName;

pub use config::TwilioConfig;
pub use provider::Twilio;

/// The provider name of this adapter, `twilio`.
pub static PROVIDER: ProviderName = ProviderName::new("twilio");
