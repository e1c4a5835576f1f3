#![doc = include_str!("../README.md")]

mod callback;
mod config;
mod convert;
mod descriptor;
mod error;
mod provider;
mod request;
mod routing;
#[doc(hidden)]
pub mod translation;
mod wire;
mod words;

pub use config::{PROVIDER, TwilioConfig};
pub use descriptor::DESCRIPTOR;
pub use provider::Twilio;

/// The header in which its answers name the request.
const REQUEST_ID_HEADER: &str = "twilio-request-id";
