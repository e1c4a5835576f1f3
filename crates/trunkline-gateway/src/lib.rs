#![doc = include_str!("../README.md")]

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
pub use reload::{Reloaded, ReloadedAccounts};
pub use router::{document, router};
pub use serve::{bind, serve};
pub use settings::Settings;
pub use state::{AppState, Reload};
