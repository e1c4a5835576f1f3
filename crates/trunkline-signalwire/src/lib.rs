#![doc = include_str!("../README.md")]

mod config;
mod convert;
mod descriptor;
mod error;
mod plan;
mod provider;
mod request;
mod routing;
mod wire;

pub use config::{PROVIDER, SignalWireConfig};
pub use descriptor::DESCRIPTOR;
pub use provider::SignalWire;

/// The header in which its answers name the request.
const REQUEST_ID_HEADER: &str = "x-request-id";
