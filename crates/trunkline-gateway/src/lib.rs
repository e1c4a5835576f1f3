#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(feature = "openapi"),
    expect(unused_imports, reason = "what is only there for the document")
)]

// Derives and attributes for the document make nothing without it.
#[cfg(not(feature = "openapi"))]
extern crate trunkline_macros as utoipa;

mod address;
mod answer;
mod auth;
mod bounded;
mod browser;
mod compress;
pub mod dto;
mod error;
mod extract;
mod headers;
mod idempotency;
mod identity;
mod layers;
mod limits;
#[cfg(feature = "openapi")]
mod openapi;
mod reload;
mod route;
mod router;
mod routes;
mod serve;
mod server;
mod settings;
mod spans;
mod state;
mod telemetry;
mod values;

pub use auth::Operator;
pub use dto::problem::status_of;
#[cfg(feature = "openapi")]
pub use openapi::rules::document;
pub use reload::{Reloaded, ReloadedAccounts};
pub use router::router;
pub use serve::{bind, serve};
pub use settings::Settings;
pub use state::{AppState, Reload};
