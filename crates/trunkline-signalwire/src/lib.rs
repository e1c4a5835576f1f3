#![doc = include_str!("../README.md")]

mod config;
mod convert;
mod error;
mod plan;
mod provider;
mod request;
mod routing;
mod wire;

pub use config::{PROVIDER, SignalWireConfig};
pub use provider::SignalWire;
